from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.intervals import clip, merge, subtract, total

INTERVALS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)
REPEATABLE = settings(max_examples=100, deadline=None, derandomize=True)


def instants(intervals):
    return {second for start, end in intervals for second in range(start, end)}


def test_merge_sorts_and_joins_overlapping_and_adjacent_intervals():
    assert merge([(20, 30), (0, 5), (5, 8), (7, 9), (22, 24)]) == [(0, 9), (20, 30)]


def test_merge_drops_empty_and_reversed_intervals():
    assert merge([(5, 5), (9, 3)]) == []


def test_clip_keeps_the_part_inside():
    assert clip([(0, 10), (20, 30), (40, 50)], 5, 25) == [(5, 10), (20, 25)]


def test_subtract_cuts_holes():
    assert subtract([(0, 10), (20, 30)], [(2, 4), (3, 5), (8, 22), (29, 40)]) == [(0, 2), (5, 8), (22, 29)]


def test_total_counts_overlap_once():
    assert total([(0, 10), (5, 12), (20, 21)]) == 13


@REPEATABLE
@given(INTERVALS)
def test_merge_is_the_shortest_sorted_form_of_the_union(intervals):
    merged = merge(intervals)
    assert instants(merged) == instants(intervals)
    assert all(start < end for start, end in merged)
    assert all(end < following for (_, end), (following, _) in pairwise(merged))


@REPEATABLE
@given(INTERVALS, INTERVALS, st.integers(0, 40), st.integers(0, 40))
def test_operations_agree_with_sets_of_instants(left, right, start, end):
    assert instants(clip(left, start, end)) == instants(left) & set(range(start, end))
    assert instants(subtract(left, right)) == instants(left) - instants(right)
    assert total(left) == len(instants(left))
