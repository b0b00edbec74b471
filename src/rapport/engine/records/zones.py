"""Wall clocks and UTC, for whole columns of seconds at once.

Local seconds count a wall clock's time from 1970-01-01 00:00 as if it were UTC. As with Python's fold=0, a time that
the clock shows twice is the first of the two, and one that it skips is as far beyond the gap as it was inside it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DAY = 86_400
_YEARS = range(2, 9_999)  # a year inside what datetime can hold; beyond, a zone keeps its last offset


@dataclass(frozen=True)
class Change:
    """The UTC second at which a zone's offset changes, and its offsets in seconds before and after."""

    moment: int
    before: int
    after: int


def to_utc(local: Seconds, zone: str) -> tuple[Seconds, Mask, Mask]:
    """UTC seconds of local ones, and which of them are ambiguous and which do not exist."""
    first, changes = _changes_around(local, zone)
    starts, offsets, doubts = [np.iinfo(np.int64).min], [first], [0]
    for change in changes:
        starts += sorted((change.moment + change.before, change.moment + change.after))
        offsets += [change.before, change.after]
        doubts += [1 if change.after < change.before else 2, 0]
    index = np.searchsorted(np.array(starts), local, side="right") - 1
    doubt = np.array(doubts)[index]
    return local - np.array(offsets)[index], doubt == 1, doubt == 2


def to_local(utc: Seconds, zone: str) -> Seconds:
    """Local seconds of UTC ones."""
    first, changes = _changes_around(utc, zone)
    moments = np.array([change.moment for change in changes], np.int64)
    offsets = np.array([first, *(change.after for change in changes)], np.int64)
    return utc + offsets[np.searchsorted(moments, utc, side="right")]


def _changes_around(seconds: Seconds, zone: str) -> tuple[int, list[Change]]:
    """A zone's first offset and its changes in the years of some moments and the years next to them."""
    found = np.unique(seconds.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64)) + 1970
    years = sorted({year for each in found.tolist() for year in range(each - 1, each + 2)} & set(_YEARS))
    first = _changes_in(zone, years[0])[0] if years else 0
    changes: list[Change] = []
    for year in years:
        known, (start, inside) = changes[-1].after if changes else first, _changes_in(zone, year)
        if start != known:  # years between were left out
            changes.append(Change(_new_year(year), known, start))
        changes += inside
    return first, changes


@lru_cache(maxsize=1024)
def _changes_in(zone: str, year: int) -> tuple[int, tuple[Change, ...]]:
    """A zone's offset when a UTC year begins, and its changes in that year; at most one change a day is assumed."""
    clock = ZoneInfo(zone)
    days = range(_new_year(year), _new_year(year + 1) + 1, _DAY)
    offsets = [_offset(day, clock) for day in days]
    changes = [
        Change(_first_second(day, after, clock), before, after)
        for day, before, after in zip(days, offsets, offsets[1:], strict=False)
        if before != after
    ]
    return offsets[0], tuple(changes)


def _first_second(start: int, offset: int, clock: ZoneInfo) -> int:
    """The first second of an offset that holds a day after `start`, but not at it."""
    low, high = start, start + _DAY
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(middle, clock) == offset else (middle, high)
    return high


def _new_year(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


def _offset(moment: int, clock: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(moment, clock).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
