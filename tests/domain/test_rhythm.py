from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.rhythm import Rhythm, days_between, is_day

WEEKLY, MONTHLY, QUARTERLY = Rhythm
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ORDERS = ["first", "second", "third", "fourth", "last"]
IN_A_MONTH = [*map(str, range(1, 29)), *(f"{order} {name}" for order in ORDERS for name in WEEK)]
EVERY_WAY = [
    *((WEEKLY, name) for name in WEEK),
    *((rhythm, day) for rhythm in (MONTHLY, QUARTERLY) for day in IN_A_MONTH),
]

START, END = date(2024, 1, 1), date(2028, 12, 31)
ALL_DAYS = [START + timedelta(days=number) for number in range((END - START).days + 1)]


def days(*texts):
    return [date.fromisoformat(text) for text in texts]


def falls_on(rhythm, day, on):
    """Whether something due in a rhythm falls on one day, read off the day itself and its neighbours."""
    if rhythm is QUARTERLY and on.month not in {1, 4, 7, 10}:
        return False
    if day.isdecimal():
        return on.day == int(day)
    *order, name = day.split()
    if WEEK[on.isoweekday() - 1] != name:
        return False
    if not order:
        return True
    if order == ["last"]:
        return (on + timedelta(days=7)).month != on.month
    same_weekday_before = sum((on - timedelta(weeks=weeks)).month == on.month for weeks in range(1, 5))
    return ORDERS[:4].index(order[0]) == same_weekday_before if same_weekday_before < 4 else False


@pytest.mark.parametrize(("rhythm", "day"), EVERY_WAY)
def test_days_between_is_what_looking_at_every_day_finds(rhythm, day):
    assert days_between(rhythm, day, START, END) == [on for on in ALL_DAYS if falls_on(rhythm, day, on)]


@given(st.sampled_from(EVERY_WAY), st.integers(0, 800), st.integers(-40, 400))
def test_a_stretch_holds_what_the_whole_holds_in_it(way, offset, length):
    first = START + timedelta(days=offset)
    last = first + timedelta(days=length)
    assert days_between(*way, first, last) == [on for on in days_between(*way, START, END) if first <= on <= last]


@pytest.mark.parametrize(
    ("rhythm", "day", "expected"),
    [
        (WEEKLY, "mon", days("2028-02-07", "2028-02-14", "2028-02-21", "2028-02-28")),
        (WEEKLY, "tue", days("2028-02-01", "2028-02-08", "2028-02-15", "2028-02-22", "2028-02-29")),
        (MONTHLY, "28", days("2028-02-28")),
        (MONTHLY, 1, days("2028-02-01")),
        (MONTHLY, "first tue", days("2028-02-01")),
        (MONTHLY, "first mon", days("2028-02-07")),
        (MONTHLY, "fourth tue", days("2028-02-22")),
        (MONTHLY, "last tue", days("2028-02-29")),
        (MONTHLY, "last wed", days("2028-02-23")),
        (QUARTERLY, "1", []),
    ],
)
def test_days_of_a_leap_february_that_begins_and_ends_on_a_tuesday(rhythm, day, expected):
    assert days_between(rhythm, day, date(2028, 2, 1), date(2028, 2, 29)) == expected


def test_quarterly_counts_from_the_first_month_of_the_calendar_quarter():
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert days_between(QUARTERLY, 5, *year) == days("2026-01-05", "2026-04-05", "2026-07-05", "2026-10-05")
    assert days_between(QUARTERLY, "last fri", *year) == days("2026-01-30", "2026-04-24", "2026-07-31", "2026-10-30")


@pytest.mark.parametrize(("rhythm", "day"), [(WEEKLY, "wed"), (MONTHLY, "5"), (MONTHLY, "first thu")])
def test_the_first_and_the_last_day_belong_to_the_stretch(rhythm, day):
    [on, following] = days_between(rhythm, day, date(2026, 9, 1), date(2026, 12, 31))[:2]
    assert days_between(rhythm, day, on, following) == [on, following]
    assert days_between(rhythm, day, on, on) == [on]
    assert days_between(rhythm, day, on + timedelta(days=1), following - timedelta(days=1)) == []
    assert days_between(rhythm, day, following, on) == []


@pytest.mark.parametrize("day", ["5", 5, "first tue", "Tue", "tuesday", "", "mon-fri"])
def test_what_is_weekly_needs_a_weekday(day):
    with pytest.raises(ValueError, match=rf"^'{day}' is no day for what is weekly; write a weekday such as tue$"):
        days_between(WEEKLY, day, START, END)
    assert not is_day(WEEKLY, day)


@pytest.mark.parametrize("rhythm", [MONTHLY, QUARTERLY])
@pytest.mark.parametrize("day", [0, "05", "29", 31, -1, True, "tue", "fifth tue", "first", "last  fri", "first day"])
def test_what_falls_in_a_month_needs_a_day_that_every_month_has(rhythm, day):
    expected = f"^'{day}' is no day for what is {rhythm}; write a day from 1 to 28, or a weekday such as first tue"
    with pytest.raises(ValueError, match=expected):
        days_between(rhythm, day, date(2026, 2, 1), date(2026, 2, 28))
    assert not is_day(rhythm, day)
