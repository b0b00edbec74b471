"""Reporting periods: days, weeks, months and longer, between local midnights of one time zone.

A period begins at the first instant of its first local date and ends where the next one begins. Instants are whole UTC
epoch seconds, periods are half-open [start, end).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from itertools import pairwise
from math import gcd
from zoneinfo import ZoneInfo

from rapport.domain.calendars import local_date, local_instant


class PeriodKind(StrEnum):
    """How time is divided for reporting."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CONTRACT_MONTH = "contract_month"
    ROLLING = "rolling"


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.CONTRACT_MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}
_LONGEST_DAYS = {
    PeriodKind.DAY: 1,
    PeriodKind.WEEK: 7,
    PeriodKind.MONTH: 31,
    PeriodKind.CONTRACT_MONTH: 31,
    PeriodKind.QUARTER: 92,
    PeriodKind.YEAR: 366,
    PeriodKind.ROLLING: 31,
}
_TOTALS = frozenset({"count", "sum"})
"""Kinds of KPIs whose value grows with the period, so that a target for a month says nothing of a quarter."""


def longest_days(kind: PeriodKind) -> int:
    """The most days from the end of one period to the end of the next; a rolling window ends with every month."""
    return _LONGEST_DAYS[kind]


def told_by(kpi: str, own: PeriodKind) -> tuple[PeriodKind, ...]:
    """By which periods one figure of a kind of KPI is told, the first of them that has one.

    By quarters where its own are shorter, since more records are in them, and then by its own; a total only by its own.
    """
    is_shorter = own is not PeriodKind.ROLLING and longest_days(own) < longest_days(PeriodKind.QUARTER)
    return (PeriodKind.QUARTER, own) if is_shorter and kpi not in _TOTALS else (own,)


@dataclass(frozen=True)
class PeriodRule:
    """How an agreement divides time.

    Attributes:
        kind: calendar periods (weeks are ISO weeks, from Monday), contract months, or rolling windows of months.
        zone: IANA name of the zone whose local midnights are the boundaries.
        start_day: first day of a contract month, 1 to 28.
        months: length of a rolling window, which ends with a calendar month.
    """

    kind: PeriodKind
    zone: str
    start_day: int = 1
    months: int = 12

    def __post_init__(self) -> None:
        if not 1 <= self.start_day <= 28:
            raise ValueError(f"a contract month starts on day 1 to 28, not {self.start_day}")
        if self.months < 1:
            raise ValueError(f"a rolling window has at least 1 month, not {self.months}")


@dataclass(frozen=True)
class Period:
    """A labelled span [start, end), such as "2026-03", "2026-W09" or "2026-03 (12 months)"."""

    label: str
    start: int
    end: int


def periods_between(rule: PeriodRule, first: int, last: int) -> list[Period]:
    """Every period that holds an instant of [first, last], in order.

    Rolling windows overlap each other; there is one for each calendar month of [first, last], ending with it.
    """
    zone = ZoneInfo(rule.zone)
    days = _first_days(base_rule(rule), local_date(zone, first), local_date(zone, last))
    periods = [
        Period(_label(rule, day), local_instant(zone, _window_start(rule, day)), local_instant(zone, following))
        for day, following in pairwise(days)
    ]
    # A zone that moves across the date line skips a whole day, as Samoa did on 30 December 2011.
    return [period for period in periods if period.start < period.end]


def base_rule(rule: PeriodRule) -> PeriodRule:
    """The rule whose periods never overlap and make up those of a rule: calendar months for rolling windows."""
    return replace(rule, kind=PeriodKind.MONTH) if rule.kind is PeriodKind.ROLLING else rule


def base_periods(rule: PeriodRule, periods: Sequence[Period]) -> list[Period]:
    """The base periods that make up consecutive periods of a rule."""
    return periods_between(base_rule(rule), periods[0].start, periods[-1].end - 1)


def members(periods: Sequence[Period], base: Sequence[Period]) -> list[tuple[int, int]]:
    """Rows (index of a period, index of a base period in it)."""
    starts = [part.start for part in base]
    return [
        (index, part)
        for index, period in enumerate(periods)
        for part in range(bisect_left(starts, period.start), bisect_left(starts, period.end))
    ]


@dataclass(frozen=True)
class PeriodSlots:
    """Periods as integers that any SQL engine can join: one row (slot, index) for each UTC slot of `width` seconds.

    The slot of an instant t is t // width; an instant whose slot has no row lies outside all periods.
    """

    width: int
    rows: list[tuple[int, int]]


def edges_of(periods: Sequence[Period]) -> list[int]:
    """Where periods begin and end."""
    return [edge for period in periods for edge in (period.start, period.end)]


def period_slots(periods: Sequence[Period], width: int | None = None) -> PeriodSlots:
    """Consecutive periods in slots that no beginning or end falls into: the widest such, unless a width is given."""
    width = width or gcd(*edges_of(periods))
    # Slots before 1970 are left out: there engines divide differently.
    spans = (range(max(1, period.start // width), period.end // width) for period in periods)
    return PeriodSlots(width, [(slot, index) for index, span in enumerate(spans) for slot in span])


def find_period(periods: Sequence[Period], label: str) -> Period:
    """The period with a label.

    Raises:
        ValueError: there is none; the message names the nearest labels.
    """
    labelled = {period.label: period for period in periods}
    if label not in labelled:
        nearest = ", ".join(get_close_matches(label, labelled, cutoff=0))
        raise ValueError(f"there is no period {label!r}; the nearest are {nearest}")
    return labelled[label]


def _first_days(rule: PeriodRule, first: date, last: date) -> Iterator[date]:
    """First days of the periods of a base rule that hold [first, last], and last of the period after them."""
    day = _first_day(rule, first)
    while day <= last:
        yield day
        day = _first_day(rule, day + timedelta(days=longest_days(rule.kind)))
    yield day


def _first_day(rule: PeriodRule, day: date) -> date:
    """First day of the period of a base rule that holds a day."""
    if rule.kind is PeriodKind.DAY:
        return day
    if rule.kind is PeriodKind.WEEK:
        return day - timedelta(days=day.weekday())
    start_day = rule.start_day if rule.kind is PeriodKind.CONTRACT_MONTH else 1
    shifted = day - timedelta(days=start_day - 1)
    first = _add_months(shifted, -((shifted.month - 1) % _MONTHS[rule.kind]))
    return first.replace(day=start_day)


def _window_start(rule: PeriodRule, day: date) -> date:
    return _add_months(day, 1 - rule.months) if rule.kind is PeriodKind.ROLLING else day


def _add_months(day: date, months: int) -> date:
    """First day of the month that many months after the month of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _label(rule: PeriodRule, day: date) -> str:
    match rule.kind:
        case PeriodKind.WEEK:
            return f"{day:%G-W%V}"
        case PeriodKind.MONTH:
            return f"{day:%Y-%m}"
        case PeriodKind.QUARTER:
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case PeriodKind.YEAR:
            return f"{day.year}"
        case PeriodKind.ROLLING:
            return f"{day:%Y-%m} ({rule.months} months)"
        case PeriodKind.DAY | PeriodKind.CONTRACT_MONTH:
            return day.isoformat()
