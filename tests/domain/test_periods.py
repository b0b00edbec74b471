from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.periods import (
    Period,
    PeriodKind,
    PeriodRule,
    base_periods,
    base_rule,
    find_period,
    longest_days,
    members,
    period_slots,
    periods_between,
    told_by,
)

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata"]


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def between(kind, first, last, zone="UTC", **options):
    return periods_between(PeriodRule(PeriodKind(kind), zone, **options), utc(first), utc(last))


def labels(periods):
    return [period.label for period in periods]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("day", Period("2028-02-29", utc("2028-02-29"), utc("2028-03-01"))),
        ("week", Period("2028-W09", utc("2028-02-28"), utc("2028-03-06"))),
        ("month", Period("2028-02", utc("2028-02-01"), utc("2028-03-01"))),
        ("quarter", Period("2028-Q1", utc("2028-01-01"), utc("2028-04-01"))),
        ("year", Period("2028", utc("2028-01-01"), utc("2029-01-01"))),
        ("contract_month", Period("2028-02-15", utc("2028-02-15"), utc("2028-03-15"))),
        ("rolling", Period("2028-02 (12 months)", utc("2027-03-01"), utc("2028-03-01"))),
    ],
)
def test_the_period_of_a_leap_day(kind, expected):
    assert between(kind, "2028-02-29T12:00", "2028-02-29T12:00", start_day=15) == [expected]


@pytest.mark.parametrize(
    ("kind", "first", "last", "expected"),
    [
        ("week", "2026-12-30", "2027-01-04", ["2026-W53", "2027-W01"]),
        ("month", "2025-12-31", "2026-03-01", ["2025-12", "2026-01", "2026-02", "2026-03"]),
        ("quarter", "2025-12-31", "2026-06-30T23:59:59", ["2025-Q4", "2026-Q1", "2026-Q2"]),
        ("year", "2025-12-31T23:59:59", "2026-01-01", ["2025", "2026"]),
        ("contract_month", "2026-01-14T23:59:59", "2026-02-15", ["2025-12-15", "2026-01-15", "2026-02-15"]),
        ("rolling", "2026-01-31", "2026-02-01", ["2026-01 (3 months)", "2026-02 (3 months)"]),
    ],
)
def test_periods_that_overlap_a_span(kind, first, last, expected):
    assert labels(between(kind, first, last, start_day=15, months=3)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/London", "2026-03-29", "2026-03-29T00:00", 23),
        ("Europe/London", "2026-10-25", "2026-10-24T23:00", 25),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00", 23),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", 24.5),
        # The day begins at 01:00: midnight does not exist.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", 23),
        ("Asia/Kolkata", "2026-01-05", "2026-01-04T18:30", 24),
    ],
)
def test_days_last_as_long_as_the_local_clock_says(zone, day, start, hours):
    period = between("day", start, start, zone)[0]
    assert period == Period(day, utc(start), utc(start) + round(hours * 3600))


def test_a_day_that_a_zone_skips_is_no_period():
    days = between("day", "2011-12-30T00:00", "2012-01-01T00:00", "Pacific/Apia")
    assert labels(days) == ["2011-12-29", "2011-12-31", "2012-01-01"]


def test_rolling_windows_are_made_of_months():
    rule = PeriodRule(PeriodKind.ROLLING, "Europe/London", months=3)
    windows = periods_between(rule, utc("2026-03-15"), utc("2026-04-15"))
    months = base_periods(rule, windows)
    assert base_rule(rule).kind is PeriodKind.MONTH
    assert labels(months) == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert members(windows, months) == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3)]


@pytest.mark.parametrize("kind", [kind for kind in PeriodKind if kind is not PeriodKind.ROLLING])
def test_other_periods_are_their_own_base(kind):
    rule = PeriodRule(kind, "America/New_York", start_day=28)
    periods = periods_between(rule, utc("2026-01-01"), utc("2028-03-01"))
    assert base_rule(rule) == rule
    assert base_periods(rule, periods) == periods
    assert members(periods, periods) == [(index, index) for index in range(len(periods))]


@pytest.mark.parametrize("options", [{"start_day": 0}, {"start_day": 29}, {"months": 0}])
def test_impossible_rules_are_refused(options):
    with pytest.raises(ValueError, match=r"contract month|rolling window"):
        PeriodRule(PeriodKind.MONTH, "UTC", **options)


def test_a_period_is_found_by_its_label():
    months = between("month", "2026-01-01", "2026-12-31")
    assert find_period(months, "2026-03") is months[2]


def test_an_unknown_label_is_answered_with_the_nearest():
    months = between("month", "2026-01-01", "2026-12-31")
    with pytest.raises(ValueError, match=r"no period '2026-13'; the nearest are .*2026-1[0-2]"):
        find_period(months, "2026-13")


def test_slots_of_periods():
    periods = [Period("a", 20, 40), Period("b", 40, 70)]
    slots = period_slots(periods)
    assert slots.width == 10
    assert slots.rows == [(2, 0), (3, 0), (4, 1), (5, 1), (6, 1)]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.sampled_from([kind for kind in PeriodKind if kind is not PeriodKind.ROLLING]),
    st.sampled_from(ZONES),
    st.integers(1, 28),
    st.integers(utc("2017-01-01"), utc("2030-01-01")),
    st.integers(0, 120 * 86400),
)
def test_periods_and_slots_agree_with_local_dates(kind, zone, start_day, first, length):
    rule = PeriodRule(kind, zone, start_day)
    periods = periods_between(rule, first, first + length)
    slots = period_slots(periods)
    rows = dict(slots.rows)
    assert len(rows) == len(slots.rows)
    assert periods[0].start <= first < periods[0].end
    assert periods[-1].start <= first + length < periods[-1].end
    for period, following in pairwise(periods):
        assert period.end == following.start
    for instant in sample(periods):
        period = periods[rows[instant // slots.width]]
        assert period.start <= instant < period.end
        assert period.label == label_of(rule, datetime.fromtimestamp(instant, ZoneInfo(zone)).date())
    for instant in (periods[0].start - 1, periods[-1].end):
        assert instant // slots.width not in rows


def sample(periods):
    """Both edges and some of the inside of every period."""
    for period in periods:
        yield from (period.start, period.start + 1, period.end - 1)
        yield from range(period.start, period.end, 5 * 86400 + 12345)


def label_of(rule, day):
    if rule.kind is PeriodKind.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if rule.kind is PeriodKind.CONTRACT_MONTH:
        year, month = day.year, day.month
        if day.day < rule.start_day:
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return date(year, month, rule.start_day).isoformat()
    return {
        PeriodKind.DAY: str(day),
        PeriodKind.MONTH: str(day)[:7],
        PeriodKind.QUARTER: f"{day.year}-Q{(day.month - 1) // 3 + 1}",
        PeriodKind.YEAR: str(day.year),
    }[rule.kind]


@pytest.mark.parametrize("kind", PeriodKind)
def test_longest_days_are_the_most_from_one_end_to_the_next(kind):
    ends = [period.end for period in between(kind, "2023-01-01", "2029-01-01")]
    assert max(after - before for before, after in pairwise(ends)) == longest_days(kind) * 86_400


@pytest.mark.parametrize(
    ("own", "expected"),
    [("day", ["quarter", "day"]), ("week", ["quarter", "week"]), ("month", ["quarter", "month"]),
     ("contract_month", ["quarter", "contract_month"]), ("quarter", ["quarter"]), ("year", ["year"]),
     ("rolling", ["rolling"])],
)  # fmt: skip
def test_a_figure_is_told_by_the_quarter_where_its_own_periods_are_shorter(own, expected):
    assert told_by("share", PeriodKind(own)) == tuple(expected)
    assert told_by("count", PeriodKind(own)) == told_by("sum", PeriodKind(own)) == (own,)
