"""Fitting: which definition were the partner's verdicts really made with?

Every plausible stop event, calendar and set of pauses is tried; for each, the limit of every group of records is the
one that explains most verdicts of the training part. What is reported as agreement was found on that part; the
agreement on the held-out part was not used for anything and is the honest figure.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.domain.calendars import Calendar, Hours, OpenTime
from rapport.domain.durations import format_duration
from rapport.engine import agreement as doc
from rapport.engine.agreement import ColumnType
from rapport.engine.backend import quote_name
from rapport.engine.reconcile import judged_kpi, population_condition
from rapport.engine.results import number
from rapport.engine.terms import calendar_of, source_of
from rapport.engine.variants import stop_events
from rapport.engine.workspace import Workspace

Seconds = NDArray[np.int64]
Flags = NDArray[np.bool_]

HOUR = 3600
_ROUND_STEPS = (24 * HOUR, 12 * HOUR, 8 * HOUR, 4 * HOUR, 2 * HOUR, HOUR, 1800, 900, 300, 60)
_SHORTEST_DAY, _LONGEST_DAY = 4, 24
_USUAL_HOURS = ((0, 24), (8, 17), (9, 17), (8, 18), (8, 20), (6, 22), (6, 14), (14, 22))
"""Weekday hours tried first: around the clock, office hours, long days, early and late shifts."""
_REFINED = 3  # how many of the best readings are refined with other hours and pauses
_MISSING = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Reading:
    """One way the clock may have run: from the agreed start to `stop`, in `calendar`, less `pauses`."""

    stop: str
    calendar: str
    pauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A reading with the limits that explain the verdicts best, and the share of verdicts it explains."""

    reading: Reading
    limits: dict[str, tuple[int | None, int | None]]
    agreement: Fraction
    agreement_held_out: Fraction

    def definition(self) -> dict[str, Any]:
        """The reading in words; a limit is the roundest within the range that explains the verdicts equally well."""
        return {
            "stop": self.reading.stop,
            "calendar": self.reading.calendar,
            "pauses": list(self.reading.pauses),
            "limits": {group: _limit_json(*edges) for group, edges in self.limits.items()},
        }

    def to_json(self) -> dict[str, Any]:
        """The candidate as plain data."""
        return {
            "definition": self.definition(),
            "agreement": number(self.agreement),
            "agreement_held_out": number(self.agreement_held_out),
        }


@dataclass(frozen=True)
class Fit:
    """The candidates, best first, and how many records they were tried on."""

    kpi: str
    column: str
    trained: int
    held_out: int
    candidates: tuple[Candidate, ...]

    def to_json(self) -> dict[str, Any]:
        """The documented interface of `rapport fit --json`."""
        return {
            "kpi": self.kpi,
            "column": self.column,
            "trained_on": self.trained,
            "held_out": self.held_out,
            "best": self.candidates[0].to_json(),
            "candidates": [candidate.to_json() for candidate in self.candidates],
        }


def fit(workspace: Workspace, column: str, kpi_id: str | None = None, keep: int = 20) -> Fit:
    """Rank the readings of a KPI's clock by how well they explain the partner's boolean `column`.

    Raises:
        LookupError: there is no such KPI or column, or too few records carry a verdict.
    """
    kpi = judged_kpi(workspace, column, ColumnType.BOOLEAN, kpi_id)
    trial = _Trial(_load(workspace, kpi, column), _Clocks(workspace, kpi))
    best = trial.search(workspace.progress)
    trained = int(trial.cases.is_training.sum())
    return Fit(kpi.id, column, trained, len(trial.cases.verdict) - trained, tuple(best[:keep]))


@dataclass(frozen=True)
class _Cases:
    """The judged records as columns; instants are UTC epoch seconds, `_MISSING` where there is none."""

    start: Seconds
    stops: dict[str, Seconds]
    verdict: Flags
    group: NDArray[np.int64]
    groups: list[str]
    is_training: Flags
    pauses: dict[str, tuple[Seconds, Seconds, Seconds]]
    """By status: the index of the case, the start and the end of each pause."""


class _Clocks:
    """Calendars by name, compiled once for the span of the records."""

    def __init__(self, workspace: Workspace, kpi: doc.ShareWithinLimit) -> None:
        self._workspace = workspace
        self._zone = workspace.agreement.time_zone
        self._compiled: dict[str, tuple[Seconds, Seconds, Seconds]] = {}
        self.agreed = workspace.agreement.clocks[kpi.clock].calendar

    def presets(self) -> list[str]:
        """The agreement's calendars and the usual ones."""
        usual = [week_hours(*hours) for hours in _USUAL_HOURS]
        return list(dict.fromkeys([self.agreed, *self._workspace.agreement.calendars, doc.ALWAYS, *usual]))

    def until(self, calendar: str, moments: Seconds, first: int, last: int) -> Seconds:
        """Open seconds up to each moment."""
        if calendar not in self._compiled:
            self._compiled[calendar] = self._compile(calendar, first, last)
        opens, closes, before = self._compiled[calendar]
        index = np.searchsorted(opens, moments, side="right")
        left = np.maximum(closes[np.maximum(index, 1) - 1] - moments, 0)
        return np.where(index == 0, 0, before[index] - left)

    def _compile(self, name: str, first: int, last: int) -> tuple[Seconds, Seconds, Seconds]:
        open_time = OpenTime(self._calendar(name), first, last)
        edges = np.array(open_time.open_intervals, dtype=np.int64).reshape(-1, 2)
        return edges[:, 0], edges[:, 1], np.array(open_time.open_before, dtype=np.int64)

    def _calendar(self, name: str) -> Calendar:
        if name == doc.ALWAYS or name in self._workspace.agreement.calendars:
            return calendar_of(self._workspace.agreement, name)
        opens, closes = parse_week_hours(name)
        hours: Hours = ((opens * HOUR, closes * HOUR),)
        return Calendar(self._zone, (hours,) * 5 + ((),) * 2)


def week_hours(opens: int, closes: int) -> str:
    """The name of a calendar that is open on weekdays between two full hours, without holidays."""
    return f"mon-fri {opens:02}:00-{closes:02}:00"


def parse_week_hours(name: str) -> tuple[int, int]:
    """The two hours of such a name."""
    return int(name[8:10]), int(name[14:16])


@dataclass
class _Trial:
    """The search: presets first, then other hours and pauses around the best."""

    cases: _Cases
    clocks: _Clocks
    _scored: dict[Reading, Candidate] = field(default_factory=dict)

    def search(self, progress: Any) -> list[Candidate]:
        presets = [Reading(stop, calendar) for stop in self.cases.stops for calendar in self.clocks.presets()]
        for reading in presets:
            progress(f"trying {reading.stop}, {reading.calendar}")
            self._score(reading)
        for candidate in self._best()[:_REFINED]:
            self._climb(candidate.reading, self._neighbouring_hours, progress)
        for candidate in self._best()[:_REFINED]:
            self._climb(candidate.reading, self._neighbouring_pauses, progress)
        return self._best()

    def _climb(self, reading: Reading, neighbours: Any, progress: Any) -> None:
        """Step to the best neighbour for as long as one is better."""
        while True:
            progress(f"trying {reading.stop}, {reading.calendar}")
            current = self._score(reading)
            better = max((self._score(near) for near in neighbours(reading)), key=_rank, default=current)
            if better.agreement <= current.agreement:
                return
            reading = better.reading

    def _neighbouring_hours(self, reading: Reading) -> Iterable[Reading]:
        if not reading.calendar.startswith("mon-fri "):
            return
        opens, closes = parse_week_hours(reading.calendar)
        for earlier in (-4, -2, -1, 0, 1, 2, 4):
            for later in (-4, -2, -1, 0, 1, 2, 4):
                start, end = opens + earlier, closes + later
                if 0 <= start < end <= 24 and end - start >= _SHORTEST_DAY:
                    yield replace(reading, calendar=week_hours(start, end))

    def _neighbouring_pauses(self, reading: Reading) -> Iterable[Reading]:
        for status in self.cases.pauses:
            if status not in reading.pauses:
                yield replace(reading, pauses=tuple(sorted((*reading.pauses, status))))

    def _best(self) -> list[Candidate]:
        return sorted(self._scored.values(), key=_rank, reverse=True)

    def _score(self, reading: Reading) -> Candidate:
        if reading not in self._scored:
            self._scored[reading] = self._explained(reading)
        return self._scored[reading]

    def _explained(self, reading: Reading) -> Candidate:
        cases = self.cases
        elapsed = self._elapsed(reading)
        is_known = elapsed != _MISSING
        verdict = np.zeros(len(elapsed), dtype=bool)
        limits: dict[str, tuple[int | None, int | None]] = {}
        for number_, name in enumerate(cases.groups):
            members = is_known & (cases.group == number_)
            chosen = members & cases.is_training
            limits[name] = best_split(elapsed[chosen], cases.verdict[chosen])
            low, high = limits[name]
            verdict[members] = False if low is None else elapsed[members] <= round_limit(low, high)
        is_right = is_known & (verdict == cases.verdict)
        return Candidate(reading, limits, _share(is_right[cases.is_training]), _share(is_right[~cases.is_training]))

    def _elapsed(self, reading: Reading) -> Seconds:
        cases, stop = self.cases, self.cases.stops[reading.stop]
        is_known = (stop != _MISSING) & (cases.start != _MISSING)
        first = int(cases.start[cases.start != _MISSING].min())
        last = max(int(moments.max()) for moments in cases.stops.values())
        start, end = np.where(is_known, cases.start, first), np.where(is_known, np.maximum(stop, cases.start), first)
        elapsed = self.clocks.until(reading.calendar, end, first, last) - self.clocks.until(
            reading.calendar, start, first, last
        )
        for status in reading.pauses:
            index, begun, ended = cases.pauses[status]
            low, high = np.maximum(begun, start[index]), np.minimum(ended, end[index])
            low = np.minimum(low, np.maximum(high, first))
            spans = self.clocks.until(reading.calendar, np.maximum(high, low), first, last)
            spans = spans - self.clocks.until(reading.calendar, low, first, last)
            elapsed -= np.bincount(index, weights=spans * (high > low), minlength=len(elapsed)).astype(np.int64)
        return np.where(is_known, elapsed, _MISSING)


def best_split(elapsed: Seconds, verdict: Flags) -> tuple[int | None, int | None]:
    """The limit that explains most verdicts, as the edges of its range: every limit from low up to below high.

    Low is None where no positive verdict is explained, high None where every record is within.
    """
    if not len(elapsed):
        return None, None
    order = np.argsort(elapsed, kind="stable")
    values, outcomes = elapsed[order], verdict[order]
    passes = np.concatenate([[0], np.cumsum(outcomes)])
    fails = np.concatenate([np.cumsum(~outcomes[::-1])[::-1], [0]])
    is_edge = np.concatenate([[True], values[1:] != values[:-1], [True]])
    place = int(np.argmax(np.where(is_edge, passes + fails, -1)))
    low = int(values[place - 1]) if place else None
    high = int(values[place]) if place < len(values) else None
    return low, high


def round_limit(low: int, high: int | None) -> int:
    """The roundest limit in [low, high): a multiple of the greatest of the usual steps."""
    for step in _ROUND_STEPS:
        rounded = -(-low // step) * step
        if rounded == low or (high is not None and rounded < high):
            return rounded
    return low


def _limit_json(low: int | None, high: int | None) -> dict[str, Any] | None:
    """None where no limit can be told: every training record of the group was judged late."""
    if low is None:
        return None
    return {
        "limit": format_duration(round_limit(low, high)),
        "at_least": format_duration(low),
        "below": None if high is None else format_duration(high),
    }


def _rank(candidate: Candidate) -> tuple[Fraction, bool, int]:
    """Better agreement first; of equals, the simpler reading: fewer pauses, then longer open days."""
    calendar = candidate.reading.calendar
    opens, closes = parse_week_hours(calendar) if calendar.startswith("mon-fri ") else (0, _LONGEST_DAY + 1)
    return candidate.agreement, not candidate.reading.pauses, closes - opens


def _share(is_right: Flags) -> Fraction:
    return Fraction(int(is_right.sum()), len(is_right)) if len(is_right) else Fraction(0)


def _load(workspace: Workspace, kpi: doc.ShareWithinLimit, column: str) -> _Cases:
    _, source = source_of(workspace.agreement, kpi)
    clock = workspace.agreement.clocks[kpi.clock]
    stops = {words: moment for moment, words in stop_events(source, clock)}
    facts = workspace.clock(kpi.clock).facts
    group = quote_name(clock.limit.by) if isinstance(clock.limit, doc.Limits) else "'all'"
    columns = "".join(f", {quote_name(str(moment.column))}" for moment in stops.values())
    rows = workspace.backend.rows(
        f"""SELECT _key, _start, {quote_name(column)}, COALESCE({group}, ''), _stop{columns} FROM {facts}
            WHERE {quote_name(column)} IS NOT NULL AND {population_condition(kpi, source)} ORDER BY _key"""
    )
    if len(rows) < _FEWEST:
        raise LookupError(f"only {len(rows)} records carry a verdict in {column!r}; a fit needs at least {_FEWEST}")
    keys, start, verdict, groups, *moments = zip(*rows, strict=True)
    names = sorted(set(groups))
    agreed = clock.stop.column or " or ".join(clock.stop.statuses)
    return _Cases(
        start=_seconds(start),
        stops={words: _seconds(values) for words, values in zip([agreed, *stops], moments, strict=True)},
        verdict=np.array(verdict, dtype=bool),
        group=np.array([names.index(value) for value in groups]),
        groups=names,
        is_training=np.array([_is_training(key) for key in keys]),
        pauses=_pauses(workspace, clock, keys),
    )


_FEWEST = 20


def _is_training(key: str) -> bool:
    """Half of all records, chosen by their keys alone so that everybody draws the same half."""
    return hashlib.sha256(key.encode()).digest()[0] < 128


def _pauses(workspace: Workspace, clock: doc.Clock, keys: Sequence[str]) -> dict[str, tuple[Seconds, Seconds, Seconds]]:
    """The time each case spent in each status that does not stop it, where the records are a log of statuses."""
    spans = workspace.spans(clock.source)
    if spans is None:
        return {}
    index = {key: place for place, key in enumerate(keys)}
    rows = workspace.backend.rows(f'SELECT status, _key, start, COALESCE("end", {workspace.as_of}) FROM {spans}')
    by_status: dict[str, list[tuple[int, int, int]]] = {}
    for status, key, start, end in sorted(rows):
        if key in index and status not in clock.stop.statuses:
            by_status.setdefault(status, []).append((index[key], start, end))
    columns = {status: np.array(found, dtype=np.int64).T for status, found in by_status.items()}
    return {status: (found[0], found[1], found[2]) for status, found in columns.items()}


def _seconds(values: Sequence[int | None]) -> Seconds:
    return np.array([_MISSING if value is None else value for value in values], dtype=np.int64)
