"""When somebody is told something: at once or with the day's digest, and never in the quiet hours they asked for."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rapport.domain.calendars import local_date, local_instant


class Urgency(StrEnum):
    """Whether something can wait for the day's digest, or is told at once."""

    DIGEST = "digest"
    AT_ONCE = "at_once"


@dataclass(frozen=True)
class Habits:
    """When somebody wants to be told: the time of the digest and the quiet hours, as clocks of a time zone show it.

    Quiet hours may run over midnight, and hold their first moment but not their last; with equal ends there are none.
    Without `is_mailed` nothing is sent, and everything is only shown in the application.
    """

    zone: str = "UTC"
    digest_at: time = time(7, 30)
    quiet_from: time = time(20)
    quiet_until: time = time(7)
    is_mailed: bool = True


def send_at(urgency: Urgency, created_at: int, habits: Habits) -> int:
    """When a notice of a moment (UTC seconds) is sent to somebody with these habits (UTC seconds, never earlier)."""
    zone = ZoneInfo(habits.zone)
    if urgency is Urgency.AT_ONCE:
        return _next(zone, created_at, habits.quiet_until) if _is_quiet_at(zone, created_at, habits) else created_at
    return _next(zone, created_at, habits.digest_at)


def _is_quiet_at(zone: ZoneInfo, instant: int, habits: Habits) -> bool:
    day = local_date(zone, instant)
    walls = (habits.quiet_from, habits.quiet_until)
    started, ended = (local_instant(zone, day, wall) for wall in walls)
    if habits.quiet_from <= habits.quiet_until:  # by the clock: a skipped hour may turn the two moments round
        return started <= instant < ended
    return instant >= started or instant < ended


def _next(zone: ZoneInfo, instant: int, wall: time) -> int:
    """The first moment from `instant` on at which clocks of the zone show a time of day."""
    day = local_date(zone, instant)
    return next(at for at in (local_instant(zone, one, wall) for one in _from(day)) if at >= instant)


def _from(day: date) -> tuple[date, ...]:
    return tuple(day + timedelta(days=count) for count in range(3))
