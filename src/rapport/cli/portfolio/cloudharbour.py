"""Cloudharbour, hosting: short outages within the error budget, and February 2026 with one that nobody forgets."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from rapport.cli.portfolio.records import Files, Past, Row, instant, quarterly, utc_text

_SERVICES = ("policy-portal", "broker-api", "document-store", "data-warehouse")
_CAUSES = ("disk", "network", "certificate", "release", "load")
# The storage failed on a Tuesday morning: day, minute of the day, minutes down, service.
_DISASTER = (
    (date(2026, 2, 17), 9 * 60 + 12, 692, "policy-portal"),
    (date(2026, 2, 17), 9 * 60 + 15, 174, "broker-api"),
)
_OFTEN = 0.75  # the chance that a service has a first outage in a month, and that of a second one
_LONGEST = 18  # minutes; two of these stay within a month's error budget of 43 minutes


def records(chance: Random, past: Past) -> Files:
    """Outages of four services, and the maintenance that was asked for."""
    windows = [window for month in past.months() for window in _windows(chance, past, month)]
    outages = [outage for month in past.months() for outage in _outages(chance, past, month)]
    outages += [_outage(day, minute, length, service, "total", "storage") for day, minute, length, service in _DISASTER]
    return {
        "outages": _numbered("outages", "OUT", ("outage", "service", "down", "up", "severity", "cause"), outages),
        "windows": _numbered("windows", "MW", ("window", "start", "end", "approved"), windows),
    }


def _outages(chance: Random, past: Past, month: date) -> Iterator[Row]:
    for service in _SERVICES:
        for _ in range(2):
            if chance.random() < _OFTEN * past.part_of(month):
                day, minute = chance.choice(past.days_of(month)), int(chance.triangular(6 * 60, 23 * 60, 10 * 60))
                (severity,) = chance.choices(("total", "partial"), (2, 3))
                length = 3 + int((_LONGEST - 3) * chance.random())
                if instant(day, minute) < past.now_at - _LONGEST * 60:
                    yield _outage(day, minute, length, service, severity, chance.choice(_CAUSES))
    sunday = _first_sunday(month)
    service = chance.choice(_SERVICES)
    if sunday < past.today:
        yield _outage(sunday, 2 * 60 + 10, 35, service, "total", "planned work")


def _windows(chance: Random, past: Past, month: date) -> Iterator[Row]:
    """Maintenance on the first Sunday of the month, and now and then a wish that was refused."""
    sunday = _first_sunday(month)
    if sunday < past.today:
        yield sunday, (utc_text(instant(sunday, 120)), utc_text(instant(sunday, 240)), "yes")
    friday = sunday + timedelta(days=5)
    if chance.random() < 0.25 and friday < past.today:
        yield friday, (utc_text(instant(friday, 780)), utc_text(instant(friday, 840)), "no")


def _first_sunday(month: date) -> date:
    return month + timedelta(days=6 - month.weekday())


def _outage(day: date, minute: int, length: int, service: str, severity: str, cause: str) -> Row:
    down = instant(day, minute)
    return day, (service, utc_text(down), utc_text(down + length * 60), severity, cause)


def _numbered(name: str, prefix: str, heading: tuple[str, ...], rows: list[Row]) -> list[tuple[str, str]]:
    in_order = sorted(rows, key=lambda row: row[0])
    return quarterly(
        name,
        heading,
        ((day, (f"{prefix}-{number}", *cells)) for number, (day, cells) in enumerate(in_order, start=101)),
    )
