"""Nobody worked for three days; the clock jumps; clocks change: each thing happens once, none is lost, none early."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from moments import DAY, HOUR, NOW

PEOPLE = {f"{name}@northwind.example" for name in ("manager", "viewer", "auditor")}


def away_for_three_days(workshop, without=None):
    for day in range(3):
        workshop("happen", numbers=[2 * day, 2 * day + 1], at=NOW + day * DAY, urgency="digest")
    for minutes in range(3):
        workshop("work", at=NOW + 3 * DAY + minutes * 60, without=without)


def test_on_return_each_timer_rings_once_and_everybody_gets_one_digest(workshop, post):
    away_for_three_days(workshop)
    found = workshop("look")
    assert found["effects"] == {str(number): 1 for number in range(6)}
    assert found["outbox"] == ["sent"] * 18
    assert sorted((to, subject) for to, subject, _ in post.taken()) == [
        (one, "6 things in Rapport") for one in sorted(PEOPLE)
    ]


def test_the_harness_sees_letters_that_do_not_collapse(workshop, post):
    away_for_three_days(workshop, without="collapse")
    assert len(post.taken()) == 18


def test_nothing_happens_before_its_time_or_twice_when_the_clock_jumps_an_hour_and_back(workshop, post):
    workshop("happen", numbers=[1], at=NOW + HOUR // 2)
    workshop("happen", numbers=[2], at=NOW + 2 * HOUR)
    for at in (NOW, NOW + HOUR, NOW + 60, NOW + HOUR // 2, NOW + HOUR):
        workshop("work", at=at)
    assert workshop("look")["effects"] == {"1": 1}
    assert {subject for _, subject, _ in post.taken()} == {"Note 1"}
    workshop("work", at=NOW + 2 * HOUR)
    assert workshop("look")["effects"] == {"1": 1, "2": 1}
    assert sorted(post.names().values()) == [1] * 6
    assert len(post.taken()) == 6


@pytest.mark.parametrize("ahead", [HOUR, 365 * DAY])
def test_what_failed_by_a_clock_that_was_ahead_is_tried_again_when_it_is_right(workshop, post, ahead):
    _fails_ahead(workshop, post, ahead)
    found = workshop("look")
    assert found["effects"] == {"1": 1}
    assert found["outbox"] == ["sent"] * 3


def test_the_harness_sees_what_waits_for_a_clock_that_was_ahead(workshop, post):
    _fails_ahead(workshop, post, HOUR, without="clock")
    found = workshop("look")
    assert found["effects"] == {}
    assert "" in found["outbox"]


def _fails_ahead(workshop, post, ahead, without=None):
    """Everything fails while the clock is ahead, and could be done once it has been set back."""
    workshop("happen", numbers=[1], at=NOW)
    post.close()
    workshop("work", at=NOW + ahead, fails_before=NOW + ahead + 1)
    post.open()
    for minutes in (2, 4):
        workshop("work", at=NOW + minutes * 60, without=without)


LONDON = ZoneInfo("Europe/London")
CHANGES = {"spring": datetime(2026, 3, 29, 1, tzinfo=UTC), "autumn": datetime(2026, 10, 25, 1, tzinfo=UTC)}


def around(workshop, change, without=None):
    """What clocks in London show when a digest leaves, over four days with a change of clocks in their middle."""
    workshop("fresh", zone="Europe/London")
    begin = int(CHANGES[change].timestamp()) // DAY * DAY - 2 * DAY
    left = workshop("live", begin=begin, end=begin + 5 * DAY, step=HOUR // 2, without=without)
    return [f"{datetime.fromtimestamp(one, LONDON):%m-%d %H:%M}" for one in left]


@pytest.mark.parametrize(
    ("change", "days"),
    [("spring", ["03-28", "03-29", "03-30", "03-31"]), ("autumn", ["10-24", "10-25", "10-26", "10-27"])],
)
def test_one_digest_a_day_at_its_time_through_a_change_of_clocks(workshop, post, change, days):
    assert around(workshop, change) == [f"{day} 07:30" for day in days]
    assert len(post.taken()) == len(days)


@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.usefixtures("post")
def test_the_harness_sees_a_digest_an_hour_off_after_a_change_of_clocks(workshop, change):
    assert {one[-5:] for one in around(workshop, change, without="zones")} != {"07:30"}
