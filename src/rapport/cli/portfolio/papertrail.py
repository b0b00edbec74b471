"""Papertrail, scanning and archiving: few batches a month, and too few to be judged when everybody is on holiday."""

from collections.abc import Iterator
from datetime import date
from random import Random

from rapport.cli.portfolio.documents import working_time
from rapport.cli.portfolio.records import Files, Past, Row, day_of, instant, quarterly
from rapport.domain.calendars import OpenTime

_BATCHES = (12, 12, 13, 12, 12, 12, 9, 2, 11, 12, 11, 2)
_WEEK = (1.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0)
_KINDS = {"policies": (9000, 0.008), "claims": (7000, 0.012), "correspondence": (4500, 0.016)}
_PACE = 2750  # pages a day
_FORGOTTEN = 0.04  # the chance that a batch lies about after it was scanned
_WORN = (date(2025, 11, 1), 2.4)  # the month in which a feeder was worn, and how many times as often pages were skewed
_LAYOUT = "%d-%m-%Y"


def records(chance: Random, past: Past) -> Files:
    """Batches of files with their pages, and how often a page had to be scanned again."""
    works = working_time("papertrail", "works", past)
    rows = (row for month in past.months() for row in _batches(chance, past, month, works))
    heading = ("batch", "collected", "archived", "kind", "pages", "rescanned", "scanning_days")
    numbered = ((day, (f"B-{number}", *cells)) for number, (day, cells) in enumerate(rows, start=1))
    return {"batches": quarterly("batches", heading, numbered)}


def _batches(chance: Random, past: Past, month: date, works: OpenTime) -> Iterator[Row]:
    for day in past.drawn_days(chance, month, _BATCHES[month.month - 1], _WEEK):
        kind = chance.choice(list(_KINDS))
        usual, skewed = _KINDS[kind]
        pages = int(usual * chance.uniform(0.6, 1.3))
        times = _WORN[1] if month == _WORN[0] else 1
        rescanned = int(pages * skewed * times * chance.uniform(0.7, 1.3))
        scanning_days = max(1, round(pages / (_PACE * chance.uniform(0.88, 1.15)), 1))
        waited = 9 if chance.random() < _FORGOTTEN else chance.randint(2, 5)
        archived = _after(works, day, int(scanning_days) + waited)
        counted = (pages, rescanned, scanning_days) if archived <= past.today else ("", "", "")
        yield day, (past.day_text(day, _LAYOUT), past.day_text(archived, _LAYOUT), kind, *counted)


def _after(works: OpenTime, day: date, business_days: int) -> date:
    return day_of(works.add_business_days(instant(day, 12 * 60), business_days))
