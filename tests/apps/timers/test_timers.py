"""Timers: set once, moved, stopped, rung once; what fails is kept with its reason and tried again."""

from datetime import timedelta

import pytest

from rapport.apps.timers import actions
from rapport.apps.timers.actions import set_timer, share_out, stop_timers
from rapport.apps.timers.jobs import ring_due_timers
from rapport.apps.timers.models import Timer

pytestmark = pytest.mark.django_db
AWHILE = timedelta(minutes=1)


class Bell:
    """Remembers what it was rung for; fails as often as it is told to."""

    def __init__(self, failures=0):
        self.rung, self.failures = [], failures

    def __call__(self, subject, at):
        Timer.objects.create(key=f"effect of {subject} at {at}", kind="effect", subject=subject, due_at=at, done_at=at)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("no paper")
        self.rung.append(subject)

    @property
    def effects(self):
        """What has come of it in the database."""
        return list(Timer.objects.filter(kind="effect").values_list("subject", flat=True))


@pytest.fixture
def bell():
    return Bell()


@pytest.fixture
def ring(bell):
    return lambda at: ring_due_timers(at, {"remind": bell})


def test_a_timer_rings_once_when_it_is_due(now, bell, ring):
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now)
    assert [ring(now - AWHILE), ring(now), ring(now), ring(now + AWHILE)] == [0, 1, 0, 0]
    assert bell.rung == bell.effects == [7]


def test_a_timer_that_is_set_twice_is_one(now, bell, ring):
    for _ in range(2):
        set_timer(kind="remind", subject=7, key="remind 7", due_at=now)
    ring(now)
    assert bell.rung == [7]


def test_a_timer_that_is_set_again_stays_as_it_is(now, bell, ring):
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now)
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now + AWHILE)
    assert [ring(now), ring(now + AWHILE)] == [1, 0]


def test_a_timer_that_has_rung_stays_done_when_it_is_set_again(now, bell, ring):
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now)
    ring(now)
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now + AWHILE)
    ring(now + AWHILE)
    assert bell.rung == [7]


def test_timers_of_a_subject_are_stopped_and_others_ring(now, bell, ring):
    for subject in (7, 8):
        set_timer(kind="remind", subject=subject, key=f"remind {subject}", due_at=now)
    set_timer(kind="other", subject=7, key="other 7", due_at=now)
    stop_timers(kind="remind", subject=7, at=now)
    ring(now)
    assert bell.rung == [8]
    assert Timer.objects.get(key="other 7").done_at is None


def test_a_timer_that_is_stopped_while_it_is_about_to_ring_is_still(now, bell):
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now)
    read_before = Timer.objects.get()
    stop_timers(kind="remind", subject=7, at=now)
    assert not actions.ring(timer=read_before, act=bell, at=now)
    assert bell.effects == []


def test_an_act_that_fails_is_kept_with_its_reason_and_tried_again_later(now, bell, ring):
    bell.failures = 1
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now)
    assert ring(now) == 0
    timer = Timer.objects.get(key="remind 7")
    assert (timer.done_at, timer.attempts, timer.error) == (None, 1, "RuntimeError: no paper")
    assert bell.effects == []
    assert ring(now + timedelta(seconds=19)) == 0
    assert ring(now + timedelta(seconds=20)) == 1
    assert bell.rung == bell.effects == [7]


def test_a_timer_that_fails_again_waits_longer(now, bell, ring):
    bell.failures = 2
    set_timer(kind="remind", subject=7, key="remind 7", due_at=now)
    assert [ring(now + timedelta(seconds=seconds)) for seconds in (0, 20, 59, 60)] == [0, 0, 0, 1]


def test_one_that_fails_keeps_no_other_waiting(now, bell, ring):
    bell.failures = 1
    for subject in (7, 8, 9):
        set_timer(kind="remind", subject=subject, key=f"remind {subject}", due_at=now + timedelta(subject))
    assert ring(now + timedelta(9)) == 2
    assert bell.rung == [8, 9]


def test_a_kind_that_nobody_knows_is_kept_with_its_reason_and_waits(now, ring):
    set_timer(kind="unheard of", subject=7, key="unheard of 7", due_at=now)
    set_timer(kind="remind", subject=8, key="remind 8", due_at=now)
    assert ring(now) == 1
    timer = Timer.objects.get(key="unheard of 7")
    assert (timer.attempts, timer.done_at) == (1, None)
    assert "knows no such timer" in timer.error


def test_where_another_worker_is_ahead_one_goes_on_further_on_and_comes_back_for_the_rest():
    left, others, done = list(range(40)), set(range(0, 40, 3)), []

    def do(subject):
        if subject in others:
            return None
        left.remove(subject)
        return done.append(subject) or 1

    counted = 0
    while len(left) > len(others):
        counted += share_out(list(left), do)
    assert sorted(done) == [one for one in range(40) if one % 3]
    assert counted == len(done)


def test_alone_everything_is_done_in_its_order_also_after_what_fails():
    done = []
    assert share_out([3, 0, 2], lambda one: done.append(one) or one) == 5
    assert done == [3, 0, 2]


def test_what_became_due_while_nobody_worked_rings_on_return_the_oldest_first(now, bell, ring):
    for days in (2, 0, 1):
        set_timer(kind="remind", subject=days, key=f"remind {days}", due_at=now + timedelta(days))
    assert ring(now + timedelta(3)) == 3
    assert bell.rung == [0, 1, 2]
