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
