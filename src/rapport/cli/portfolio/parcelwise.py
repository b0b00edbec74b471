"""Parcelwise, delivery of documents: met while its eased targets last, good after them but for one Christmas."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from rapport.cli.portfolio.documents import working_time
from rapport.cli.portfolio.records import FIRST, Files, Past, Row, drawn_numbers, drawn_words, quarterly

_VOLUME = 850
_SEASON = (1.1, 0.95, 1.25, 1.15, 1.0, 0.95, 0.9, 0.8, 1.1, 1.05, 1.0, 1.2)
_WEEK = (1.2, 1.1, 1.0, 1.0, 0.9, 0.2, 0.0)
# The share that comes late; the client's peak before Christmas was not planned for.
_LATE = {
    date(2025, 4, 1): 0.12, date(2025, 5, 1): 0.11, date(2025, 6, 1): 0.095,
    date(2025, 7, 1): 0.08, date(2025, 8, 1): 0.075, date(2025, 9, 1): 0.065,
    date(2025, 12, 1): 0.08,
}  # fmt: skip
_USUALLY_LATE = 0.022
_DAMAGED = {date(2025, 4, 1): 0.015, date(2025, 5, 1): 0.013, date(2025, 6, 1): 0.008}
_REGIONS = {"London": 30, "South": 24, "Midlands": 18, "North": 18, "Scotland and Wales": 10}
_LAYOUT = "%d/%m/%Y"


def records(chance: Random, past: Past) -> Files:
    """Orders with the day promised and the day delivered."""
    rounds = working_time("parcelwise", "rounds", past).calendar
    span = (past.today - FIRST).days + 60
    days = [day for day in (FIRST + timedelta(days=number) for number in range(span)) if rounds.is_business_day(day)]
    rows = (row for month in past.months() for row in _orders(chance, past, month, days))
    heading = ("order", "ordered", "promised", "delivered", "region", "damaged", "returned", "note")
    numbered = ((day, (f"O-{number}", *cells)) for number, (day, cells) in enumerate(rows, start=500001))
    return {"orders": quarterly("orders", heading, numbered)}


def _orders(chance: Random, past: Past, month: date, rounds: list[date]) -> Iterator[Row]:
    ordered = past.drawn_days(chance, month, _VOLUME * _SEASON[month.month - 1], _WEEK)
    late, damaged, returned, moved = (
        drawn_numbers(chance, len(ordered), share)
        for share in (_LATE.get(month, _USUALLY_LATE), _DAMAGED.get(month, 0.005), 0.012, 0.008)
    )
    regions = drawn_words(chance, len(ordered), _REGIONS)
    for number, day in enumerate(ordered):
        promised = _later(rounds, day, 3)
        if number in late or number in moved:
            delivered = _later(rounds, promised, 1 + int(4 * chance.random() ** 2))
        else:
            delivered = _later(rounds, day, chance.choice((2, 3, 3)))
        dates = (past.day_text(day, _LAYOUT), promised.strftime(_LAYOUT), past.day_text(delivered, _LAYOUT))
        signs = ("yes" if number in part else "no" for part in (damaged, returned))
        yield day, (*dates, regions[number], *signs, "address changed" if number in moved else "")


def _later(rounds: list[date], day: date, count: int) -> date:
    """The n-th day of delivery after a day."""
    return rounds[bisect_right(rounds, day) + count - 1]
