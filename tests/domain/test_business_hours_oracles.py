"""Business hours against the published worked examples, the wrongly published one included."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rapport.domain.calendars import Calendar, OpenTime, parse_hours

HOUR = 3600
MONDAY_TO_FRIDAY = Calendar("UTC", (parse_hours("09:00-17:00"),) * 5 + ((),) * 2)


def instant(text, zone="UTC"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def opened(calendar):
    return OpenTime(calendar, instant("2006-01-01T00:00"), instant("2026-12-31T00:00"))


def weekly(schedule):
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    hours = tuple(parse_hours(", ".join(schedule.get(day, ["closed"]))) for day in days)
    return Calendar(schedule["tz"], hours)


def utc(text):
    return instant(text.removesuffix("Z"))


def test_a_week_has_its_hours(oracle):
    case = oracle("bh-week-total")
    start, end = utc(case["inputs"]["start"]), utc(case["inputs"]["end"])
    assert opened(weekly(case["inputs"]["schedule"])).between(start, end) == case["expected"]["hours"] * HOUR


@pytest.mark.parametrize("name", ["bh-add-3h", "bh-add-90min", "bh-add-zero", "bh-add-2-days-a"])
def test_time_is_added(oracle, name):
    case = oracle(name)
    inputs, open_time = case["inputs"], opened(weekly(case["inputs"]["schedule"]))
    start = utc(inputs["start"])
    if "add_business_days" in inputs:
        end = open_time.add_business_days(start, inputs["add_business_days"])
    else:
        end = open_time.add(start, inputs.get("add_hours", 0) * HOUR + inputs.get("add_minutes", 0) * 60)
    assert end == utc(case["expected"]["end"])


@pytest.mark.parametrize("name", ["bh-fri-4pm-4h", "bh-WRONG-published-1"])
def test_a_deadline_runs_on_after_the_weekend(oracle, name):
    case = oracle(name)
    start = instant(f"2026-01-09T{case['inputs']['start'].removeprefix('Fri ')}")
    due = opened(MONDAY_TO_FRIDAY).add(start, case["inputs"]["target_h"] * HOUR)
    assert due == instant(f"2026-01-12T{case['expected']['due'].removeprefix('Mon ')}")
    if published := case["inputs"].get("published"):
        assert due != instant(f"2026-01-12T{published.removeprefix('Mon ')}")


def test_a_clock_change_takes_an_hour_away(oracle):
    case = oracle("bh-dst-spring-24x7")
    zone = case["inputs"]["tz"]
    start, end = (instant(case["inputs"][edge], zone) for edge in ("start", "end"))
    assert opened(Calendar.always(zone)).between(start, end) == case["expected"]["hours"] * HOUR


def test_a_pause_counts_working_time_only(oracle):
    case = oracle("bh-pause")
    open_time = opened(MONDAY_TO_FRIDAY)
    hold = sum(open_time.between(utc(start), utc(end)) for start, end in case["inputs"]["paused"])
    assert hold == case["expected"]["hold_hours"] * HOUR
    due = open_time.add(utc(case["inputs"]["created"]), case["inputs"]["target_h"] * HOUR + hold)
    assert due == utc(case["expected"]["due"])
