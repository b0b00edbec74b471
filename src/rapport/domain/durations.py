"""Lengths of time as agreements write them: "4h", "90 minutes", "2 business days", "30 calendar days"."""

import re
from dataclasses import dataclass

from rapport.domain.plurals import counted_noun

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "week", "weeks"), "w"),
}
_PART = re.compile(r"(\d+)\s*([a-z]+)\s*", re.ASCII)
_DAYS = re.compile(r"(\d+)\s*(business|calendar)\s*days?", re.ASCII)


@dataclass(frozen=True)
class Limit:
    """How long something may take.

    One of three: `seconds` of a calendar's open time; `business_days`, which keep the time of day and skip closed
    days; `calendar_days`, which keep the local time of day and skip nothing.
    """

    seconds: int = 0
    business_days: int = 0
    calendar_days: int = 0

    @property
    def counts_days(self) -> bool:
        """Whether it sets a due time on the calendar rather than a length of open time."""
        return bool(self.business_days or self.calendar_days)


def parse_duration(text: str) -> int:
    """Seconds in a length such as "4h", "1h 30m" or "45 minutes"; a day is 24 hours.

    Raises:
        ValueError: the text is not a length of time, or mixes in business days.
    """
    matches = list(_PART.finditer(text.strip().lower()))
    if not matches or "".join(match.group() for match in matches) != text.strip().lower():
        raise ValueError(f"{text!r} is not a length of time; write for example '4h', '1h 30m' or '45 minutes'")
    return sum(int(match.group(1)) * _SECONDS[_unit(match.group(2), text)] for match in matches)


def parse_limit(text: str) -> Limit:
    """A limit such as "4h", "2 business days" or "30 calendar days".

    Raises:
        ValueError: the text is none of these.
    """
    days = _DAYS.fullmatch(text.strip().lower())
    if days is None:
        return Limit(seconds=parse_duration(text))
    count = int(days.group(1))
    if not count:
        raise ValueError(f"{text!r} is no limit; write at least one day")
    return Limit(business_days=count) if days.group(2) == "business" else Limit(calendar_days=count)


def format_duration(seconds: int) -> str:
    """Seconds as a reader would write them: 5400 becomes "1h 30m"."""
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts = []
    for unit in ("h", "m", "s"):
        count, left = divmod(left, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return sign + (" ".join(parts) or "0s")


def format_limit(limit: Limit) -> str:
    """The text that `parse_limit` reads back as the same limit."""
    if limit.business_days:
        return counted_noun(limit.business_days, "business day")
    if limit.calendar_days:
        return counted_noun(limit.calendar_days, "calendar day")
    return format_duration(limit.seconds)


def _unit(word: str, text: str) -> str:
    if word not in _UNITS:
        raise ValueError(f"{word!r} in {text!r} is not a unit of time; use s, m, h, d or w")
    return _UNITS[word]
