"""Business hours: the hours a calendar is open, and elapsed business time counted to the second.

A UTC second is open when its local wall-clock time lies in the hours of its local day, or in the part of the day
before's hours that runs on past midnight. That one rule settles clock changes: a skipped hour is never open, a repeated
hour is open twice. All instants are whole UTC epoch seconds.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate, islice, pairwise
from math import gcd
from zoneinfo import ZoneInfo

from rapport.domain.intervals import Interval, subtract

Hours = tuple[tuple[int, int], ...]
"""[open, close) pairs in seconds of the local day; a close past 86400 belongs to a shift that ends after midnight."""

DAY = 86400
_EPOCH = date(1970, 1, 1).toordinal()
_MARGIN = 31 * DAY
_NARROWEST_SLOT, _USUAL_SLOT = 900, 1800
_TIME = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")


def parse_hours(text: str) -> Hours:
    """Hours of one day from text such as "09:00-17:30", "08:00-12:00, 13:00-17:00", "22:00-06:00" or "closed".

    Raises:
        ValueError: a part is not two times of day, is empty, or overlaps another part.
    """
    if text.strip().lower() == "closed":
        return ()
    hours = tuple(sorted(_parse_shift(part.strip()) for part in text.split(",")))
    if any(following < close for (_, close), (following, _) in pairwise(hours)):
        raise ValueError(f"the hours {text!r} overlap; write each open second once")
    return hours


def _parse_shift(text: str) -> tuple[int, int]:
    opening, _, closing = text.partition("-")
    opens, closes = _parse_time(opening, text), _parse_time(closing, text)
    if opens in (closes, DAY):
        raise ValueError(f"the hours {text!r} are empty; write '00:00-24:00' for a whole day or 'closed' for none")
    return opens, closes if opens < closes else closes + DAY


def _parse_time(text: str, shift: str) -> int:
    match = _TIME.fullmatch(text.strip())
    hour, minute, second = (int(part or 0) for part in match.groups()) if match else (24, 60, 0)
    if (seconds := hour * 3600 + minute * 60 + second) > DAY:
        raise ValueError(f"{shift!r} is not a pair of times of day; write for example '09:00-17:30' or 'closed'")
    return seconds


def last_today(moment: datetime) -> date:
    """Today where the day ends last, twelve hours after UTC's: what was due before it is late wherever people are."""
    return (moment.astimezone(UTC) - timedelta(hours=12)).date()


def day_ending(moment: datetime) -> date:
    """The day that is over at a moment, where it is midnight about then: from Hawaii to New Zealand in summer.

    A clock that was changed meanwhile, by which it is an hour earlier or later, makes no difference.
    """
    return (moment.astimezone(UTC) - timedelta(hours=11)).date()


def local_instant(zone: ZoneInfo, day: date, wall: time = time()) -> int:
    """The instant of a local wall-clock time: the first of two, and past the gap when the clock skips it."""
    return int(datetime.combine(day, wall.replace(fold=0), zone).timestamp())


def local_date(zone: ZoneInfo, instant: int) -> date:
    """The date on the local calendar at an instant."""
    return datetime.fromtimestamp(instant, zone).date()


@dataclass(frozen=True)
class Calendar:
    """When an organisation works: weekly hours in an IANA time zone, with exceptions by date.

    Attributes:
        zone: IANA name, such as "Europe/London".
        weekly: the hours of the seven days of the week, Monday first.
        holidays: dates that are closed.
        replacements: hours of single dates, in place of both the weekly hours and a holiday.
    """

    zone: str
    weekly: tuple[Hours, ...]
    holidays: frozenset[date] = frozenset()
    replacements: tuple[tuple[date, Hours], ...] = ()

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError(f"weekly hours need seven days, Monday first; got {len(self.weekly)}")

    @classmethod
    def always(cls, zone: str) -> "Calendar":
        """The calendar that never closes."""
        return cls(zone, (((0, DAY),),) * 7)

    def hours_on(self, day: date) -> Hours:
        """The hours that begin on a local date."""
        weekly = () if day in self.holidays else self.weekly[day.weekday()]
        return self._replacements.get(day, weekly)

    def is_business_day(self, day: date) -> bool:
        """Whether any hours begin on a local date."""
        return bool(self.hours_on(day))

    @cached_property
    def _replacements(self) -> dict[date, Hours]:
        return dict(self.replacements)


class OpenTime:
    """The open time of a calendar, compiled over a span so that elapsed business time is one look-up.

    The compiled span [start, end] reaches a month beyond the one asked for at both ends, so that deadlines of its last
    records still fall inside, and on to the full day of UTC.

    Attributes:
        open_intervals: the open time of the span, sorted and disjoint.
        open_before: open seconds of the span before each of those intervals, and last the total.
    """

    def __init__(self, calendar: Calendar, start: int, end: int, closed: Iterable[Interval] = ()) -> None:
        """Compile a calendar for [start, end], less the intervals for which it is `closed` besides."""
        self.calendar = calendar
        self.start = (start - _MARGIN) // DAY * DAY
        self.end = -(-(end + _MARGIN) // DAY) * DAY
        self.open_intervals = subtract(_open_intervals(calendar, self.start, self.end), closed)
        self.open_before = list(accumulate((closes - opens for opens, closes in self.open_intervals), initial=0))
        self._openings = [start for start, _ in self.open_intervals]

    def until(self, instant: int) -> int:
        """Open seconds from the start of the span to an instant.

        Raises:
            ValueError: the instant lies outside the span.
        """
        self._require(instant)
        index = bisect_right(self._openings, instant)
        if index == 0:
            return 0
        close = self.open_intervals[index - 1][1]
        return self.open_before[index] - max(0, close - instant)

    def between(self, start: int, end: int) -> int:
        """Open seconds in [start, end), 0 when the end comes first."""
        return max(0, self.until(end) - self.until(start))

    def add(self, start: int, seconds: int) -> int:
        """The deadline: the earliest instant that many open seconds after the start.

        With 0 seconds, the next open instant, which is the start itself when that is open.

        Raises:
            ValueError: the seconds are negative, or the deadline lies beyond the span.
        """
        if seconds < 0:
            raise ValueError(f"cannot add {seconds} open seconds; a deadline lies after its start")
        target = self.until(start) + seconds
        # Closing and the next opening have the same count: a deadline is the closing, a next open instant the opening.
        index = (bisect_left(self.open_before, target) if seconds else bisect_right(self.open_before, target)) - 1
        if index == len(self.open_intervals):
            raise ValueError(
                f"{seconds} open seconds after {start} lie beyond the compiled span, which ends {self.end}"
            )
        return self._openings[index] + target - self.open_before[index]

    def add_business_days(self, start: int, days: int) -> int:
        """The same local wall-clock time on the n-th business day after the start.

        What starts while the calendar is closed starts at the next opening.

        Raises:
            ValueError: fewer than one day is asked for, or the result lies beyond the span.
        """
        if days < 1:
            raise ValueError(f"cannot add {days} business days; the least is 1")
        zone = ZoneInfo(self.calendar.zone)
        local = datetime.fromtimestamp(self.add(start, 0), zone)
        later = map(date.fromordinal, range(local.toordinal() + 1, local_date(zone, self.end).toordinal()))
        day = next(islice(filter(self.calendar.is_business_day, later), days - 1, None), None)
        if day is None:
            raise ValueError(f"{days} business days after {start} lie beyond the compiled span, which ends {self.end}")
        return local_instant(zone, day, local.time())

    def add_calendar_days(self, start: int, days: int) -> int:
        """The same local wall-clock time a number of days later, open or closed."""
        zone = ZoneInfo(self.calendar.zone)
        local = datetime.fromtimestamp(start, zone)
        return local_instant(zone, local.date() + timedelta(days=days), local.time())

    def _require(self, instant: int) -> None:
        if not self.start <= instant <= self.end:
            raise ValueError(f"instant {instant} lies outside the compiled span {self.start} to {self.end}")


def _open_intervals(calendar: Calendar, start: int, end: int) -> Iterator[Interval]:
    """The hours of every local day in UTC, cut where the UTC offset changes."""
    for low, high, offset in _constant_offsets(ZoneInfo(calendar.zone), start, end):
        # The day before's hours may run on into the first day.
        for day in range((low + offset) // DAY - 1, (high + offset) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in calendar.hours_on(date.fromordinal(_EPOCH + day)):
                yield max(low, midnight + opens), min(high, midnight + closes)


def _constant_offsets(zone: ZoneInfo, start: int, end: int) -> list[tuple[int, int, int]]:
    """The span as (start, end, UTC offset) pieces; no zone changes its clocks twice within a day."""
    days = [*range(start, end, DAY), end]
    offsets = {day: _utc_offset(zone, day) for day in days}
    changes = [_offset_change(zone, low, high) for low, high in pairwise(days) if offsets[low] != offsets[high]]
    return [(low, high, _utc_offset(zone, low)) for low, high in pairwise([start, *changes, end])]


def _offset_change(zone: ZoneInfo, low: int, high: int) -> int:
    """The instant in (low, high] from which the UTC offset is that of `high`."""
    offset = _utc_offset(zone, high)
    return low + bisect_left(range(low, high), True, key=lambda instant: _utc_offset(zone, instant) == offset)


def _utc_offset(zone: ZoneInfo, instant: int) -> int:
    """Seconds that the local wall clock is ahead of UTC."""
    return int(datetime.fromtimestamp(instant, zone).replace(tzinfo=UTC).timestamp()) - instant


@dataclass(frozen=True)
class SlotTable:
    """Open time as integers that any SQL engine can join: one row for each UTC slot of `width` seconds.

    Within a slot the open seconds lie on a line, bent where the calendar opens or closes inside the slot. A row is
    (slot, base, rate, at1, turn1, ..., atk, turnk), with (0, 0) for bends not used. For an instant t, whose slot is
    t // width, `OpenTime.until` is base + rate * t + the sum over bends of turn * max(0, t - at).

    Attributes:
        width: seconds of a slot; where it divides every opening and closing there are no bends.
        bends: k, the greatest number of bends in one slot.
        rows: one row for each slot of the span, in order.
    """

    width: int
    bends: int
    rows: list[tuple[int, ...]]


def slot_table(open_time: OpenTime, end: int, marks: Iterable[int] = ()) -> SlotTable:
    """Compile open time up to an instant for joins on `instant // width`; no slot runs across one of the marks."""
    lines = _lines(open_time)
    width = _slot_width([at for at, _, _ in lines], gcd(*marks))
    bends: dict[int, list[int]] = defaultdict(list)
    for at, _, rate in lines:
        if at % width:
            bends[at // width] += (at, 1 if rate else -1)
    most = max(map(len, bends.values()), default=0)
    padded = {slot: (*bent, *[0] * (most - len(bent))) for slot, bent in bends.items()}
    straight = (0,) * most
    rows = []
    for (at, base, rate), (following, _, _) in pairwise([*lines, (end + 1, 0, 0)]):
        # Slots that begin after `end` are left out, and those before 1970, where engines divide differently.
        slots = range(max(1, -(-at // width)), -(-min(following, end + 1) // width))
        rows += [(slot, base, rate, *padded.get(slot, straight)) for slot in slots]
    return SlotTable(width, most // 2, rows)


def _lines(open_time: OpenTime) -> list[tuple[int, int, int]]:
    """The open seconds up to an instant as straight lines, in order: (first instant, base, rate)."""
    lines = [(open_time.start, 0, 0)]
    for (opens, closes), before in zip(open_time.open_intervals, open_time.open_before, strict=False):
        lines += [(opens, before - opens, 1), (closes, before + closes - opens, 0)]
    return lines


def _slot_width(edges: Iterable[int], marks: int) -> int:
    """The widest slots without bends, or half-hours where those would be too many; always ones that divide `marks`."""
    width = gcd(marks, *edges)
    return width if width >= _NARROWEST_SLOT else gcd(marks, _USUAL_SLOT)
