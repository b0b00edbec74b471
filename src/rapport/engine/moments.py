"""Instants as people write and read them: ISO 8601 text on the outside, UTC epoch seconds inside."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant_of(text: str, zone: str) -> int:
    """The instant of an ISO date or date and time, in `zone` unless it names an offset; a date means its end.

    Raises:
        ValueError: the text is neither.
    """
    if len(text) == len("2026-01-31"):
        moment = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), ZoneInfo(zone))
    else:
        moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp())


def iso(instant: int | None, zone: str = "UTC") -> str | None:
    """An instant as ISO 8601 local time with its offset."""
    return None if instant is None else datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone)).isoformat()


def local_day(instant: int, zone: str) -> date:
    """The date on the local calendar at an instant."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).date()
