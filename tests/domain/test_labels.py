from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.labels import spread


def test_labels_with_room_stay_where_they_are():
    assert spread([10, 50, 90], gap=12, height=100) == [10, 50, 90]


def test_labels_on_one_place_go_down():
    assert spread([10, 10, 10], gap=12, height=100) == [10, 22, 34]


def test_labels_at_the_bottom_go_up():
    assert spread([98, 99], gap=12, height=100) == [88, 100]


@given(st.lists(st.floats(0, 100), max_size=8))
def test_labels_are_a_gap_apart_and_keep_their_order(wanted):
    places = spread(wanted, gap=10, height=100)
    ordered = sorted(zip(wanted, places, strict=True))
    assert all(below - above >= 10 - 1e-9 for (_, above), (_, below) in pairwise(sorted(ordered, key=lambda p: p[1])))
    assert max(places, default=0) <= 100 + 1e-9
