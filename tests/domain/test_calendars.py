"""Business time against published examples, and against a count of open seconds one by one.

The reference walks UTC and asks the time zone for each local wall-clock time; the code under test goes the other way,
from local hours to UTC.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.calendars import (
    Calendar,
    OpenTime,
    day_ending,
    last_today,
    local_date,
    local_instant,
    parse_hours,
    slot_table,
)
from rapport.domain.intervals import clip, total

HOUR = 3600
DAY = 86400

NINE_TO_FIVE = parse_hours("09:00-17:00")
TEN_TO_FOUR = parse_hours("10:00-16:00")
NIGHT = parse_hours("22:00-06:00")

OFFICE = Calendar("UTC", (NINE_TO_FIVE,) * 5 + ((), ()))
BIZ = Calendar(
    "UTC", (NINE_TO_FIVE, TEN_TO_FOUR, NINE_TO_FIVE, TEN_TO_FOUR, NINE_TO_FIVE, parse_hours("11:00-14:30"), ())
)
ODD = parse_hours("00:00:01-01:59:59, 02:30:07-09:00:30, 23:15:45-02:10:05")


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def compiled(calendar, start, end):
    return OpenTime(calendar, utc(start), utc(end))


def is_open(calendar, zone, instant):
    local = datetime.fromtimestamp(instant, zone)
    second = local.hour * HOUR + local.minute * 60 + local.second
    today = hours_on(calendar, local.date())
    yesterday = hours_on(calendar, local.date() - timedelta(days=1))
    return any(opens <= second < closes for opens, closes in today) or any(
        opens <= second + DAY < closes for opens, closes in yesterday
    )


@cache
def hours_on(calendar, day):
    return calendar.hours_on(day)


def open_flags(calendar, start, end, step=1):
    zone = ZoneInfo(calendar.zone)
    return [is_open(calendar, zone, instant) for instant in range(start, end, step)]


def assert_until_agrees(open_time, start, flags, step=1):
    counted = accumulate((step * flag for flag in flags), initial=0)
    for index, count in enumerate(counted):
        assert open_time.between(start, start + index * step) == count


def assert_slots_agree(open_time, instants):
    table = slot_table(open_time, open_time.end)
    rows = {row[0]: row[1:] for row in table.rows}
    for instant in instants:
        base, rate, *bends = rows[instant // table.width]
        bent = sum(turn * max(0, instant - at) for at, turn in zip(bends[::2], bends[1::2], strict=True))
        assert base + rate * instant + bent == open_time.until(instant)
        assert len(bends) == 2 * table.bends


def assert_deadlines_agree(open_time, start, flags, step=1):
    """Every instant that follows an open second is the earliest with its count."""
    for index, flag in enumerate(flags):
        instant = start + (index + 1) * step
        if flag:
            assert open_time.add(start, open_time.between(start, instant)) == instant


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("09:00-17:30", ((32400, 63000),)),
        ("08:00-12:00, 13:00-17:00", ((28800, 43200), (46800, 61200))),
        ("13:00-17:00,8:00-12:00", ((28800, 43200), (46800, 61200))),
        ("08:00-12:00, 12:00-17:00", ((28800, 43200), (43200, 61200))),
        ("00:00-24:00", ((0, 86400),)),
        ("22:00-06:00", ((79200, 108000),)),
        ("22:00-00:00", ((79200, 86400),)),
        ("09:00:30-17:00", ((32430, 61200),)),
        (" Closed ", ()),
    ],
)
def test_hours_are_read_from_text(text, hours):
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a pair of times"),
        ("09:00", "not a pair of times"),
        ("9-17", "not a pair of times"),
        ("09:00-17:60", "not a pair of times"),
        ("09:00-24:01", "not a pair of times"),
        ("09:00-12:00-17:00", "not a pair of times"),
        ("09:00-12:00,", "not a pair of times"),
        ("09:00-09:00", "empty"),
        ("24:00-06:00", "empty"),
        ("09:00-13:00, 12:00-17:00", "overlap"),
        ("20:00-06:00, 22:00-23:00", "overlap"),
    ],
)
def test_unusable_hours_are_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse_hours(text)


def test_replacement_wins_over_holiday_and_holiday_over_weekly_hours():
    christmas, boxing_day = date(2026, 12, 25), date(2026, 12, 26)
    calendar = Calendar(
        "UTC",
        (NINE_TO_FIVE,) * 7,
        holidays=frozenset({christmas, boxing_day}),
        replacements=((boxing_day, TEN_TO_FOUR), (date(2026, 12, 28), ())),
    )
    assert calendar.hours_on(date(2026, 12, 24)) == NINE_TO_FIVE
    assert calendar.hours_on(christmas) == ()
    assert calendar.hours_on(boxing_day) == TEN_TO_FOUR
    assert not calendar.is_business_day(date(2026, 12, 28))


def test_a_calendar_needs_seven_days():
    with pytest.raises(ValueError, match="seven days"):
        Calendar("UTC", (NINE_TO_FIVE,) * 5)


def test_published_week_total():
    start, end = utc("2006-01-01"), utc("2006-01-08")
    assert OpenTime(BIZ, start, end).between(start, end) == 39.5 * HOUR


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "deadline"),
    [
        (BIZ, "2006-01-04T13:00", 3, "2006-01-04T16:00"),
        (BIZ, "2006-01-04T14:30", 1.5, "2006-01-04T16:00"),
        (BIZ, "2006-01-03T00:00", 0, "2006-01-03T10:00"),
        (OFFICE, "2026-01-09T16:00", 4, "2026-01-12T12:00"),
        (OFFICE, "2026-01-09T17:00", 8, "2026-01-12T17:00"),
        (OFFICE, "2026-01-09T09:00", 8, "2026-01-09T17:00"),
        (OFFICE, "2026-01-09T17:00", 0, "2026-01-12T09:00"),
        (OFFICE, "2026-01-09T16:59:59", 0, "2026-01-09T16:59:59"),
        (OFFICE, "2026-01-10T12:00", 1 / HOUR, "2026-01-12T09:00:01"),
    ],
)
def test_deadlines(calendar, start, hours, deadline):
    assert compiled(calendar, start, deadline).add(utc(start), round(hours * HOUR)) == utc(deadline)


def test_a_deadline_published_wrongly_is_not_reproduced():
    start = "2026-01-09T17:00"
    assert compiled(OFFICE, start, start).add(utc(start), 8 * HOUR) != utc("2026-01-12T09:00")


def test_pauses_count_in_open_seconds_and_move_the_deadline():
    created, pause = utc("2026-01-05T10:00"), (utc("2026-01-05T15:00"), utc("2026-01-06T11:00"))
    open_time = OpenTime(OFFICE, created, created)
    hold = open_time.between(*pause)
    assert hold == 4 * HOUR
    assert open_time.add(created, 8 * HOUR + hold) == utc("2026-01-06T14:00")


@pytest.mark.parametrize(
    ("calendar", "start", "days", "deadline"),
    [
        (BIZ, "2006-01-06T12:00", 2, "2006-01-09T12:00"),
        (OFFICE, "2026-01-09T20:00", 1, "2026-01-13T09:00"),
        (OFFICE, "2026-01-10T03:00", 5, "2026-01-19T09:00"),
        (OFFICE, "2028-02-28T12:00", 2, "2028-03-01T12:00"),
        # 01:30 does not exist in London on 29 March 2026 and happens twice on 25 October 2026.
        (Calendar.always("Europe/London"), "2026-03-28T01:30", 1, "2026-03-29T01:30"),
        (Calendar.always("Europe/London"), "2026-03-28T12:00", 1, "2026-03-29T11:00"),
        (Calendar.always("Europe/London"), "2026-10-24T00:30", 1, "2026-10-25T00:30"),
        # From the second 01:30 of October to the one that March skips.
        (Calendar.always("Europe/London"), "2026-10-25T01:30", 154, "2027-03-28T01:30"),
    ],
)
def test_business_days_keep_the_local_time(calendar, start, days, deadline):
    assert compiled(calendar, start, deadline).add_business_days(utc(start), days) == utc(deadline)


def test_business_days_start_at_the_next_opening():
    """As Boston's city services count them: what comes in after hours or on a holiday starts when they open."""
    office = Calendar("America/New_York", (parse_hours("08:30-17:00"),) * 5 + ((),) * 2, frozenset({date(2015, 2, 16)}))
    open_time = OpenTime(office, utc("2015-02-01"), utc("2015-03-31"))
    for start, days, deadline in [
        ("2015-02-25T22:00", 3, "2015-03-03T13:30"),  # Wednesday 17:00 sharp is Thursday 08:30
        ("2015-02-14T15:00", 1, "2015-02-18T13:30"),  # Saturday; Monday is a holiday
        ("2015-02-11T21:59:54", 1, "2015-02-12T21:59:54"),
    ]:
        assert open_time.add_business_days(utc(start), days) == utc(deadline)


def test_calendar_days_keep_the_local_time():
    open_time = compiled(Calendar.always("Europe/London"), "2026-03-01", "2026-04-30")
    assert open_time.add_calendar_days(utc("2026-03-28T12:00"), 2) == utc("2026-03-30T11:00")


def test_closed_intervals_take_open_time_away():
    opened = OpenTime(
        OFFICE, utc("2026-01-05"), utc("2026-01-06"), [(utc("2026-01-05T10:00"), utc("2026-01-05T11:00"))]
    )
    plain = compiled(OFFICE, "2026-01-05", "2026-01-06")
    day = utc("2026-01-05"), utc("2026-01-06")
    assert plain.between(*day) - opened.between(*day) == HOUR


def test_negative_spans_have_no_open_time():
    open_time = compiled(OFFICE, "2026-01-05", "2026-01-06")
    assert open_time.between(utc("2026-01-06"), utc("2026-01-05")) == 0


def test_before_the_first_opening_nothing_has_been_open():
    open_time = compiled(OFFICE, "2026-01-05", "2026-01-06")
    assert open_time.until(open_time.start) == 0
    assert open_time.until(open_time.end) == open_time.open_before[-1]


@pytest.mark.parametrize(
    "ask",
    [
        lambda open_time: open_time.until(open_time.start - 1),
        lambda open_time: open_time.until(open_time.end + 1),
        lambda open_time: open_time.add(open_time.start, open_time.open_before[-1] + 1),
        lambda open_time: open_time.add(open_time.end, 0),
        lambda open_time: open_time.add_business_days(open_time.start - 1, 1),
        lambda open_time: open_time.add_business_days(open_time.start, 100),
    ],
)
def test_questions_beyond_the_span_are_refused(ask):
    with pytest.raises(ValueError, match="compiled span"):
        ask(compiled(OFFICE, "2026-01-05", "2026-01-06"))


def test_deadlines_before_their_start_are_refused():
    open_time = compiled(OFFICE, "2026-01-05", "2026-01-06")
    with pytest.raises(ValueError, match="cannot add -1 open seconds"):
        open_time.add(utc("2026-01-05"), -1)
    with pytest.raises(ValueError, match="cannot add 0 business days"):
        open_time.add_business_days(utc("2026-01-05"), 0)


def test_a_calendar_that_never_opens():
    closed = OpenTime(Calendar("UTC", ((),) * 7), 0, DAY)
    assert closed.between(0, DAY) == 0
    assert {row[1:] for row in slot_table(closed, closed.end).rows} <= {(0, 0)}
    with pytest.raises(ValueError, match="compiled span"):
        closed.add_business_days(0, 1)


@pytest.mark.parametrize(
    ("zone", "hours", "start", "end", "open_hours"),
    [
        ("Europe/London", "00:00-24:00", "2026-03-28T12:00", "2026-03-30T11:00", 47),
        ("Europe/London", "00:00-24:00", "2026-10-24T11:00", "2026-10-26T12:00", 49),
        ("Europe/London", "22:00-06:00", "2026-03-28T12:00", "2026-03-29T12:00", 7),
        ("Europe/London", "22:00-06:00", "2026-10-24T12:00", "2026-10-25T12:00", 9),
        ("America/New_York", "01:00-03:30", "2026-03-08T00:00", "2026-03-09T00:00", 1.5),
        ("America/New_York", "01:00-03:30", "2026-11-01T00:00", "2026-11-02T00:00", 3.5),
        ("Australia/Lord_Howe", "22:00-06:00", "2026-04-04T06:00", "2026-04-05T06:00", 8.5),
        ("Australia/Lord_Howe", "22:00-06:00", "2026-10-03T06:00", "2026-10-04T06:00", 7.5),
        # Midnight of 4 November 2018 does not exist in Sao Paulo.
        ("America/Sao_Paulo", "00:00-06:00", "2018-11-03T12:00", "2018-11-04T12:00", 5),
        ("America/Sao_Paulo", "22:00-00:30", "2018-11-03T12:00", "2018-11-04T12:00", 2),
        ("Asia/Kolkata", "09:30-18:00", "2026-01-05T00:00", "2026-01-06T00:00", 8.5),
        ("UTC", "09:00-17:00", "2028-02-29T00:00", "2028-03-01T00:00", 8),
    ],
)
def test_open_hours_over_clock_changes(zone, hours, start, end, open_hours):
    open_time = compiled(Calendar(zone, (parse_hours(hours),) * 7), start, end)
    assert open_time.between(utc(start), utc(end)) == open_hours * HOUR


def test_a_night_shift_before_a_holiday_ends_on_the_holiday():
    calendar = Calendar("UTC", (NIGHT,) * 7, holidays=frozenset({date(2026, 1, 6)}))
    open_time = compiled(calendar, "2026-01-05", "2026-01-08")
    inside = clip(open_time.open_intervals, utc("2026-01-05T12:00"), utc("2026-01-07T12:00"))
    assert inside == [(utc("2026-01-05T22:00"), utc("2026-01-06T06:00"))]


def test_a_day_that_a_zone_skips_has_no_hours():
    samoa = Calendar("Pacific/Apia", (NINE_TO_FIVE,) * 7)
    zone = ZoneInfo(samoa.zone)
    start, end = local_instant(zone, date(2011, 12, 29)), local_instant(zone, date(2012, 1, 1))
    assert OpenTime(samoa, start, end).between(start, end) == 16 * HOUR


def test_local_date_follows_the_zone():
    assert local_date(ZoneInfo("Asia/Kolkata"), utc("2026-01-05T18:30")) == date(2026, 1, 6)


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/London", "2026-03-28T20:00"),
        ("Europe/London", "2026-10-24T20:00"),
        ("America/New_York", "2026-11-01T02:00"),
        ("Australia/Lord_Howe", "2026-04-04T08:00"),
        ("Australia/Lord_Howe", "2026-10-03T08:00"),
        ("America/Sao_Paulo", "2018-11-03T23:00"),
        ("Asia/Kolkata", "2028-02-28T16:00"),
    ],
)
def test_every_second_of_a_clock_change_agrees_with_the_reference(zone, start):
    calendar = Calendar(zone, (ODD, NIGHT, ODD, ODD, NIGHT, ODD, ODD))
    first, last = utc(start), utc(start) + 9 * HOUR
    open_time = OpenTime(calendar, first, last)
    flags = open_flags(calendar, first, last)
    assert_until_agrees(open_time, first, flags)
    assert_slots_agree(open_time, range(first, last, 7))
    assert_deadlines_agree(open_time, first, flags)


CLOCK_CHANGES = {
    "Europe/London": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "America/Sao_Paulo": ["2018-02-18T02:00", "2018-11-04T03:00"],
    "Asia/Kolkata": ["2028-02-29T00:00"],
}


@st.composite
def hours_in_minutes(draw):
    edges = sorted(draw(st.sets(st.integers(0, 2 * 1440 - 1), max_size=6)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((opens * 60, closes * 60) for opens, closes in pairs if opens < 1440)


@st.composite
def calendars_near_a_clock_change(draw):
    zone, changes = draw(st.sampled_from(list(CLOCK_CHANGES.items())))
    change = utc(draw(st.sampled_from(changes)))
    days = st.integers(-2, 2).map(lambda shift: datetime.fromtimestamp(change, UTC).date() + timedelta(days=shift))
    calendar = Calendar(
        zone,
        draw(st.tuples(*[hours_in_minutes()] * 7)),
        draw(st.frozensets(days, max_size=2)),
        tuple(draw(st.dictionaries(days, hours_in_minutes(), max_size=2)).items()),
    )
    return calendar, change - draw(st.integers(0, 2 * 1440)) * 60


@settings(max_examples=25, deadline=None, derandomize=True)
@given(calendars_near_a_clock_change())
def test_any_calendar_agrees_with_the_reference_minute_by_minute(case):
    calendar, start = case
    end = start + 2 * DAY
    open_time = OpenTime(calendar, start, end)
    flags = open_flags(calendar, start, end, step=60)
    assert_until_agrees(open_time, start, flags, step=60)
    assert_slots_agree(open_time, range(start, end, 60))
    assert_deadlines_agree(open_time, start, flags, step=60)


def test_open_intervals_are_sorted_disjoint_and_complete():
    open_time = compiled(Calendar("Europe/London", (NIGHT,) * 7), "2026-01-01", "2027-01-01")
    assert total(open_time.open_intervals) == open_time.open_before[-1]
    assert all(close < following for (_, close), (following, _) in pairwise(open_time.open_intervals))


def test_slots_cover_the_span_without_gaps():
    open_time = compiled(OFFICE, "2026-01-05", "2026-01-06")
    table = slot_table(open_time, utc("2026-01-05 10:59:59"))
    slots = [row[0] for row in table.rows]
    assert slots == list(range(open_time.start // 3600, utc("2026-01-05 11:00") // 3600))
    assert (table.width, table.bends) == (3600, 0)


def test_slots_are_as_wide_as_the_hours_let_them():
    always, to_five = Calendar.always("Europe/London"), Calendar("Asia/Kolkata", (parse_hours("09:00-17:00"),) * 7)
    assert slot_table(compiled(always, "2026-01-01", "2026-12-31"), utc("2026-12-31")).width % DAY == 0
    assert slot_table(compiled(to_five, "2026-01-01", "2026-12-31"), utc("2026-12-31")).width == 1800


def test_rows_of_a_day_whose_hours_begin_and_end_within_slots():
    hours = parse_hours("00:50-01:00:08, 01:10-02:00")
    open_time = OpenTime(Calendar("UTC", ((),) * 7, replacements=((date(1970, 1, 1), hours),)), 0, DAY)
    table = slot_table(open_time, DAY)
    assert (table.width, table.bends) == (1800, 2)
    assert [row for row in table.rows if row[0] <= 4] == [
        (1, 0, 0, 3000, 1, 0, 0),
        (2, 0 - 3000, 1, 3608, -1, 4200, 1),
        (3, 608 - 4200, 1, 0, 0, 0, 0),
        (4, 3608, 0, 0, 0, 0, 0),
    ]


@given(st.integers(1_577_836_800, 1_893_456_000))
def test_the_last_today_is_over_nowhere_before_it_is_over(second):
    moment = datetime.fromtimestamp(second, UTC)
    west = ZoneInfo("Etc/GMT+12")
    assert last_today(moment) == moment.astimezone(west).date()
    assert last_today(moment.astimezone(ZoneInfo("Asia/Tokyo"))) == last_today(moment)
    for zone in ("Pacific/Pago_Pago", "America/Los_Angeles", "Europe/London", "Pacific/Kiritimati"):
        assert last_today(moment) <= moment.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize("month", [1, 7])
@pytest.mark.parametrize(
    "zone", ["Pacific/Honolulu", "America/New_York", "Europe/London", "Asia/Tokyo", "Pacific/Auckland"]
)
def test_the_day_that_ends_is_that_of_the_zone(zone, month):
    midnight = datetime(2026, month, 15, tzinfo=ZoneInfo(zone))
    assert day_ending(midnight) == date(2026, month, 14)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/London", "Pacific/Auckland"])
def test_the_day_that_ends_stays_when_the_clock_is_changed_before_it_does(zone):
    for ended, ends in ((date(2026, 2, 1), date(2026, 5, 1)), (date(2026, 7, 1), date(2026, 12, 1))):
        began = datetime(ended.year, ended.month, ended.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert day_ending(began + (ends - ended)) == ends - timedelta(days=1)
