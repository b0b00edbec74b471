"""Workers at once: what there is to do is done by one of them."""

import time

import pytest
from moments import HOUR, NOW

MANY = range(12)


def worked_off(workshop, workers, without=None):
    """Workers that begin at the same moment work off what is due; what came of it."""
    workshop("happen", numbers=list(MANY), at=NOW)
    words = {"at": NOW, "begin": time.time() + 0.5, "without": without}
    told = workshop.at_once(*[("work_off", words)] * workers)
    assert [code for code, _ in told] == [0] * workers
    workshop("work", at=NOW + HOUR, without=without)  # what one of them could not do since the other was at it
    return workshop("look")


@pytest.mark.parametrize("workers", [2, 4])
def test_each_timer_has_one_effect_and_everybody_gets_one_letter(workshop, post, workers):
    found = worked_off(workshop, workers)
    assert found["effects"] == {str(number): 1 for number in MANY}
    assert found["outbox"] == ["sent"] * 3 * len(MANY)
    assert len(post.taken()) == 3


def test_a_slow_mail_server_has_nobody_sent_a_letter_twice(workshop, post):
    post.pause = 0.2
    worked_off(workshop, 2)
    assert len(post.taken()) == 3


def test_the_harness_sees_things_happen_twice_where_nobody_looks_whether_they_are_done(workshop, post):
    post.pause = 0.2
    found = worked_off(workshop, 2, without="swap")
    assert max(found["effects"].values()) > 1
    assert len(post.taken()) > 3


def test_whoever_stops_a_timer_that_is_ringing_and_what_it_does_do_not_wait_for_each_other(workshop):
    """In PostgreSQL; SQLite has one write at a time anyway."""
    workshop("happen", numbers=[1], at=NOW, people=0)
    words = {"person": "manager", "at": NOW, "begin": time.time() + 0.5}
    ringing, stopping = workshop.at_once(("ring_waiting_for", words), ("stop_holding", words | {"number": 1}))
    assert (ringing[0], stopping[0]) == (0, 0)
    assert workshop("look")["open"] == []


def test_two_who_are_in_charge_do_not_both_leave_nor_wait_for_each_other(workshop):
    """In PostgreSQL; SQLite has one write at a time anyway."""
    words = {"at": NOW, "begin": time.time() + 0.5}
    workshop("take_charge", people=["manager", "viewer"])
    left = workshop.at_once(("leave", words | {"person": "manager"}), ("leave", words | {"person": "viewer"}))
    assert sorted(left) == [(0, False), (0, True)]
