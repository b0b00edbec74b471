"""Claimsight, claims processing: a storm in January, slipping since August 2026; its tool counts from registration."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from rapport.cli.portfolio.documents import working_time
from rapport.cli.portfolio.records import Files, Past, Row, day_of, drawn_numbers, drawn_words, instant, quarterly
from rapport.domain.calendars import OpenTime

_LIMIT = 5  # business days
_VOLUME = 470
_SEASON = (1.15, 1.1, 1.0, 0.95, 0.95, 1.0, 1.1, 1.1, 0.95, 1.0, 1.05, 1.1)
_WEEK = (1.4, 1.1, 1.0, 1.0, 1.0, 0.3, 0.25)
_LATE = {date(2026, 1, 1): 0.12}
_USUALLY_LATE = 0.045
_SLIPPING = (date(2026, 8, 1), 0.13)  # since when more has come late, and how much
_LINES = {"motor": 55, "home": 32, "travel": 13}
_STORM = (date(2026, 1, 12), 70)  # the night a storm broke roofs, and the claims it brought within two days


def records(chance: Random, past: Past) -> Files:
    """Claims with the moments they were received, registered and settled, and the partner's own verdict."""
    office = working_time("claimsight", "office", past)
    rows = [row for month in past.months() for row in _claims(chance, past, month, office)]
    rows += _storm_claims(chance, past, office)
    heading = ("case", "received", "registered", "settled", "line", "corrections", "event", "in_time")
    in_order = enumerate(sorted(rows, key=lambda row: str(row[1][0])), start=700001)
    return {"cases": quarterly("cases", heading, ((day, (f"C-{number}", *cells)) for number, (day, cells) in in_order))}


def _claims(chance: Random, past: Past, month: date, office: OpenTime) -> Iterator[Row]:
    days = past.drawn_days(chance, month, _VOLUME * _SEASON[month.month - 1], _WEEK)
    late = drawn_numbers(chance, len(days), _late_in(month))
    corrected = drawn_numbers(chance, len(days), 0.025)
    lines = drawn_words(chance, len(days), _LINES)
    for number, day in enumerate(days):
        taken = _LIMIT + 1 + int(4 * chance.random() ** 2) if number in late else chance.randint(1, _LIMIT - 1)
        yield from _claim(chance, past, day, taken, office, (lines[number], int(number in corrected), ""))


def _late_in(month: date) -> float:
    since, share = _SLIPPING
    return share if month >= since else _LATE.get(month, _USUALLY_LATE)


def _storm_claims(chance: Random, past: Past, office: OpenTime) -> Iterator[Row]:
    night, count = _STORM
    for _ in range(count):
        day = night + timedelta(days=chance.randrange(2))
        told = ("home", int(chance.random() < 0.05), "storm")
        yield from _claim(chance, past, day, chance.randint(6, 16), office, told)


def _claim(
    chance: Random, past: Past, day: date, taken: int, office: OpenTime, told: tuple[str, int, str]
) -> Iterator[Row]:
    """A claim that takes so many business days, if it has been received by now."""
    received = instant(day, chance.randrange(8 * 60, 18 * 60))
    if not past.moment_text(received):
        return
    waited = int(chance.random() < 0.3)
    registered = office.add_business_days(received, 1) if waited else office.add(received, 0)
    settled = _at_work(chance, office.add_business_days(received, taken))
    verdict = "yes" if taken - waited <= _LIMIT else "no"
    moments = (past.moment_text(received), past.moment_text(registered), past.moment_text(settled))
    yield day, (*moments, *told, verdict if moments[2] else "")


def _at_work(chance: Random, moment: int) -> int:
    """Some minute of the office hours of a moment's day."""
    return instant(day_of(moment), chance.randrange(9 * 60 + 30, 17 * 60))
