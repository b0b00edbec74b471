"""The rhythm of a communication plan: on which days something that is due weekly, monthly or quarterly falls."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORDERS = ("first", "second", "third", "fourth", "last")
_DAYS = {str(number): number for number in range(1, 29)}
"""The days that every month has, as they are written."""
_LONGEST_DAYS = 98
"""The most days from one day of a rhythm to the next: a quarter of 92 days, and a weekday that falls six days later."""


class Rhythm(StrEnum):
    """How often something is due."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


def days_between(rhythm: Rhythm, day: str | int, first: date, last: date) -> list[date]:
    """The days of [first, last], both included, on which something falls that is due in a rhythm, earliest first.

    `day` is a weekday such as "tue" for what is weekly, otherwise a day from 1 to 28 or a weekday such as "first tue"
    or "last fri". What is quarterly falls in the first month of the calendar quarter: January, April, July or October.

    Raises:
        ValueError: that is no day of the rhythm.
    """
    if rhythm is Rhythm.WEEKLY:
        start = first.toordinal() + (_weekday(day) - first.weekday()) % 7
        return [date.fromordinal(ordinal) for ordinal in range(start, last.toordinal() + 1, 7)]
    place = _place_in_month(rhythm, day)
    step = 3 if rhythm is Rhythm.QUARTERLY else 1
    # Months are counted from January of the year 0, so that a quarter begins with every third one.
    months = range(-(-_month(first) // step) * step, _month(last) + 1, step)
    falling = [_day_in(month // 12, month % 12 + 1, place) for month in months]
    return [on for on in falling if first <= on <= last]


def next_day(rhythm: Rhythm, day: str | int, after: date) -> date:
    """The first day after a day on which something falls that is due in a rhythm.

    Raises:
        ValueError: that is no day of the rhythm.
    """
    return days_between(rhythm, day, after + timedelta(days=1), after + timedelta(days=_LONGEST_DAYS))[0]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _weekday(day: str | int) -> int:
    if day not in WEEKDAYS:
        raise ValueError(f"{str(day)!r} is no day for what is weekly; write a weekday such as tue")
    return WEEKDAYS.index(str(day))


def _place_in_month(rhythm: Rhythm, day: str | int) -> int | tuple[str, int]:
    """A day of the month, or which one of a weekday, Monday being 0."""
    text = str(day)
    if text in _DAYS:
        return _DAYS[text]
    order, _, name = text.partition(" ")
    if order in _ORDERS and name in WEEKDAYS:
        return order, WEEKDAYS.index(name)
    expected = "a day from 1 to 28, or a weekday such as first tue or last fri"
    raise ValueError(f"{text!r} is no day for what is {rhythm}; write {expected}")


def _day_in(year: int, month: int, place: int | tuple[str, int]) -> date:
    """The day at a place of a month."""
    if isinstance(place, int):
        return date(year, month, place)
    order, weekday = place
    if order == _ORDERS[-1]:
        end = date(year, month, monthrange(year, month)[1])
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    start = date(year, month, 1)
    return start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * _ORDERS.index(order))
