from datetime import UTC, datetime, timedelta

import pytest

from rapport.domain.retries import is_forgotten, is_given_up, is_turn

BEGUN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def after(seconds):
    return BEGUN + timedelta(seconds=seconds)


def test_what_nobody_began_is_begun_at_once():
    assert is_turn(None, 0, BEGUN)


@pytest.mark.parametrize(("attempts", "wait"), [(1, 20), (2, 40), (4, 80)])
def test_what_broke_off_waits_longer_each_time(attempts, wait):
    assert not is_turn(BEGUN, attempts, after(wait - 1))
    assert is_turn(BEGUN, attempts, after(wait))


def test_work_is_given_up_after_five_attempts():
    assert [is_given_up(attempts) for attempts in (0, 4, 5, 6)] == [False, False, True, True]


def test_work_is_forgotten_that_nobody_began_for_a_while():
    assert not is_forgotten(BEGUN, None, after(15))
    assert is_forgotten(BEGUN, None, after(16))
    assert not is_forgotten(BEGUN, BEGUN, after(3600))
