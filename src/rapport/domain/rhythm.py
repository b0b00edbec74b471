"""The rhythm of a communication plan: on which days something that is due weekly, monthly or quarterly falls."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORDERS = ("first", "second", "third", "fourth", "last")
_DAYS = {str(number): number for number in range(1, 29)}
"""The days that every month has, as they are written."""


class Rhythm(StrEnum):
    """How often something is due."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


_IN_A_MONTH = "a day from 1 to 28, or a weekday such as first tue or last fri"
EXPECTED: Mapping[Rhythm, str] = {
    Rhythm.WEEKLY: "a weekday such as tue",
    Rhythm.MONTHLY: _IN_A_MONTH,
    Rhythm.QUARTERLY: _IN_A_MONTH,
}
"""On which days something falls that is due in a rhythm, in words."""


def is_day(rhythm: Rhythm, day: str | int) -> bool:
    """Whether something that is due in a rhythm can fall on a day: one of those that `EXPECTED` describes."""
    text = str(day)
    if rhythm is Rhythm.WEEKLY:
        return text in WEEKDAYS
    order, _, name = text.partition(" ")
    return text in _DAYS or (order in _ORDERS and name in WEEKDAYS)


def days_between(rhythm: Rhythm, day: str | int, first: date, last: date) -> list[date]:
    """The days of [first, last], both included, on which something falls that is due in a rhythm, earliest first.

    `day` is a weekday such as "tue" for what is weekly, otherwise a day from 1 to 28 or a weekday such as "first tue"
    or "last fri". What is quarterly falls in the first month of the calendar quarter: January, April, July or October.

    Raises:
        ValueError: that is no day of the rhythm.
    """
    if not is_day(rhythm, day):
        raise ValueError(f"{str(day)!r} is no day for what is {rhythm}; write {EXPECTED[rhythm]}")
    if rhythm is Rhythm.WEEKLY:
        start = first.toordinal() + (WEEKDAYS.index(str(day)) - first.weekday()) % 7
        return [date.fromordinal(ordinal) for ordinal in range(start, last.toordinal() + 1, 7)]
    step = 3 if rhythm is Rhythm.QUARTERLY else 1
    # Months are counted from January of the year 0, so that a quarter begins with every third one.
    months = range(-(-_month(first) // step) * step, _month(last) + 1, step)
    falling = [_day_in(month // 12, month % 12 + 1, str(day)) for month in months]
    return [on for on in falling if first <= on <= last]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _day_in(year: int, month: int, day: str) -> date:
    """The day of a month, or which one of a weekday."""
    if day in _DAYS:
        return date(year, month, _DAYS[day])
    order, _, name = day.partition(" ")
    weekday = WEEKDAYS.index(name)
    if order == _ORDERS[-1]:
        end = date(year, month, monthrange(year, month)[1])
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    start = date(year, month, 1)
    return start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * _ORDERS.index(order))
