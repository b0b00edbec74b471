from datetime import UTC, datetime, timedelta

import pytest

from rapport.domain.retries import has_rested, is_forgotten, is_given_up, pause_after

BEGUN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def after(seconds):
    return BEGUN + timedelta(seconds=seconds)


def test_work_is_given_up_after_five_attempts():
    assert [is_given_up(attempts) for attempts in (0, 4, 5, 6)] == [False, False, True, True]


def test_work_is_forgotten_that_nobody_began_for_a_while():
    assert not is_forgotten(BEGUN, None, after(15))
    assert is_forgotten(BEGUN, None, after(16))
    assert not is_forgotten(BEGUN, BEGUN, after(3600))


@pytest.mark.parametrize(
    ("attempts", "wait"), [(0, 0), (1, 20), (2, 40), (3, 80), (8, 2560), (9, 3600), (60, 3600), (10**6, 3600)]
)
def test_what_failed_waits_twice_as_long_each_time_up_to_an_hour(attempts, wait):
    assert pause_after(attempts) == timedelta(seconds=wait)


def test_what_was_never_tried_is_tried_now():
    assert has_rested(None, 0, BEGUN)


@pytest.mark.parametrize(("attempts", "least", "wait"), [(1, 0, 20), (3, 0, 80), (1, 60, 60), (3, 60, 80)])
def test_what_failed_is_tried_again_after_its_pause(attempts, least, wait):
    least = timedelta(seconds=least)
    assert not has_rested(BEGUN, attempts, after(wait - 1), least)
    assert has_rested(BEGUN, attempts, after(wait), least)


def test_a_clock_that_was_set_back_since_holds_up_nothing():
    assert has_rested(after(365 * 86400), 9, BEGUN)
    assert not has_rested(after(2), 1, BEGUN)  # another machine's clock, a little ahead
