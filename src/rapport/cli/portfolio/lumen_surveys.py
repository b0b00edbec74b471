"""Lumen Surveys, three figures a month: slowly better, and for March 2026 nothing was ever reported."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from rapport.cli.portfolio.records import Files, Past, Row, quarterly

_SILENT = date(2026, 3, 1)
# Where a figure begins, what each month adds, how far it scatters, and its decimals.
_FIGURES = {
    "satisfaction": (4.08, 0.012, 0.05, 2),
    "recommendation": (31.5, 0.4, 1.2, 1),
    "response rate": (20.5, 0.05, 1.2, 1),
}
_WEAK = {(date(2026, 1, 1), "satisfaction"): 0.35, (date(2026, 1, 1), "recommendation"): 8}  # after the storm
_LAYOUT = "%Y-%m-%d"


def records(chance: Random, past: Past) -> Files:
    """The figures of each month that is over, and the reports they came in."""
    over = [month for month in past.months() if _last_day(month) <= past.today]
    figures = (row for number, month in enumerate(over) if month != _SILENT for row in _figures(chance, number, month))
    reports = (_report(chance, past, month) for month in over)
    return {
        "figures": quarterly("figures", ("figure", "month", "value", "answers"), figures),
        "reports": quarterly("reports", ("report", "due", "received"), reports),
    }


def _figures(chance: Random, number: int, month: date) -> Iterator[Row]:
    last, answers = _last_day(month), chance.randint(320, 460)
    for figure, (start, step, scatter, decimals) in _FIGURES.items():
        value = start + number * step + chance.uniform(-scatter, scatter) - _WEAK.get((month, figure), 0)
        yield last, (figure, last.strftime(_LAYOUT), round(value, decimals), answers)


def _report(chance: Random, past: Past, month: date) -> Row:
    due = _last_day(month) + timedelta(days=10)
    received = "" if month == _SILENT else past.day_text(due - timedelta(days=chance.randint(0, 4)), _LAYOUT)
    return due, (f"R-{month:%Y-%m}", due.strftime(_LAYOUT), received)


def _last_day(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
