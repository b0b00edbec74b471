"""The tables of one agreement in one engine: records read, calendars compiled, facts computed, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from rapport.domain.calendars import OpenTime, local_instant
from rapport.domain.durations import Limit
from rapport.domain.periods import Period, base_periods, periods_between
from rapport.engine import agreement as doc
from rapport.engine import facts
from rapport.engine.backend import Backend, quote_name
from rapport.engine.document import Document, digest_of
from rapport.engine.facts import ClockTables
from rapport.engine.intake import Intake
from rapport.engine.kernel import load_calendar
from rapport.engine.measures import periods_name, place_of
from rapport.engine.measuring import Measuring
from rapport.engine.records import ImportReport
from rapport.engine.terms import calendar_of, period_rule

_HORIZON = 3 * 366 * 86400  # limits may run this long after the last record
_FAR = 10 * 366 * 86400  # records further than ten years from the term have a mistyped date


@dataclass(frozen=True)
class Clocked:
    """The tables of one clock: its judged records, and what they were measured with."""

    facts: str
    tables: ClockTables
    open_time: OpenTime
    limits: tuple[Limit, ...]


@dataclass
class Workspace:
    """Everything a question about an agreement needs, made when first asked for.

    Attributes:
        files: record files by source, in place of those the agreement names.
        as_of: the moment to which open records are measured; the latest moment in the records unless given.
        progress: told in a few words what is being done.
        store: a folder in which records and facts are kept for the next time; nothing is kept unless given.
    """

    document: Document
    backend: Backend
    files: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    given_as_of: int | None = None
    progress: Callable[[str], None] = lambda _: None
    store: Path | None = None
    _clocks: dict[str, Clocked] = field(default_factory=dict)

    @cached_property
    def _intake(self) -> Intake:
        return Intake(self.document, self.backend, self.files, self.store, self.progress)

    @property
    def agreement(self) -> doc.Agreement:
        """The agreement's values."""
        return self.document.agreement

    @cached_property
    def as_of(self) -> int:
        """The moment to which open records are measured."""
        if self.given_as_of is not None:
            return self.given_as_of
        latest = [moment for name in self.agreement.sources for moment in self._latest(name)]
        return max(latest, default=self.term_start)

    @property
    def term_start(self) -> int:
        """The first instant of the agreement's term."""
        return local_instant(ZoneInfo(self.agreement.time_zone), self.agreement.term.first)

    @property
    def term_end(self) -> int:
        """The first instant after the agreement's term."""
        return local_instant(ZoneInfo(self.agreement.time_zone), self.agreement.term.last + timedelta(days=1))

    def reports(self) -> dict[str, ImportReport]:
        """What was read, used and refused, for every source read so far."""
        return self._intake.reports()

    def data_digest(self, kpi: doc.Kpi) -> str:
        """SHA-256 over the digests of the record files a KPI's results rest on."""
        return digest_of([self._intake.source(name).report.digest for name in self.document.sources_of(kpi)])

    def records(self, name: str) -> str:
        """The table of a source's records, read on first use."""
        return self._intake.source(name).records

    def spans(self, name: str) -> str | None:
        """The table of a source's status intervals as they stood at `as_of`, where it is an event log."""
        spans = self._intake.source(name).spans
        if spans is None or self.given_as_of is None:
            return spans
        stood = f"""SELECT _key, status, start, _place, CASE WHEN "end" <= {self.as_of} THEN "end" END AS "end"
                    FROM {spans} WHERE start <= {self.as_of}"""
        self.backend.define(f"{name}_spans_stood", stood)
        return quote_name(f"{name}_spans_stood")

    def clock(self, name: str) -> Clocked:
        """The facts of a clock of the agreement, computed on first use."""
        if name not in self._clocks:
            self._clocks[name] = self.clocked(name, self.agreement.clocks[name])
        return self._clocks[name]

    def clocked(self, name: str, clock: doc.Clock) -> Clocked:
        """The facts of any clock over the agreement's records, kept under a name."""
        self.progress(f"measuring {name}")
        for source in clock_sources(clock):
            self.records(source)
        records, spans = self.records(clock.source), self.spans(clock.source)
        timed = facts.timed_query(clock, records, spans, self.as_of, self.agreement.sources[clock.source].columns)
        self.backend.define(f"timed_facts_{name}", timed)
        first, last = self._span(quote_name(f"timed_facts_{name}"))
        open_time = self.open_time(clock.calendar, first, last + _HORIZON, self._relief(clock))
        kpis = self._kpis_on(name)
        periods = {periods_name(kpi): self._base_periods(kpi) for kpi in kpis}
        calendar = load_calendar(self.backend, f"calendar_{name}", open_time, last, periods)
        places = tuple(dict.fromkeys(place_of(kpi) for kpi in kpis))
        tables = ClockTables(records, spans, calendar, self._pauses(name, clock), places=places)
        measuring = Measuring(
            self.backend, self.agreement, f"facts_{name}", clock, tables, self.as_of,
            lambda steps: self._deadlines(name, clock, steps, open_time),
        )  # fmt: skip
        kept = {source: self._intake.source(source).parts for source in clock_sources(clock)}
        is_latest = self.given_as_of is None  # only what is measured to the latest moment stays as it is
        if self.store is not None and is_latest and name in self.agreement.clocks:
            definition = digest_of([self.document.clock_digest(name), self._relief(clock)])
            measuring.keep(self.store, definition, {source: parts for source, parts in kept.items() if parts})
        else:
            measuring.run()
        return Clocked(quote_name(measuring.name), tables, open_time, tuple(facts.limits_of(clock)))

    def _pauses(self, name: str, clock: doc.Clock) -> str | None:
        query = facts.pauses_query(clock, quote_name(f"timed_facts_{name}"), self.as_of, self.agreement)
        if query is None:
            return None
        self.backend.define(f"pauses_{name}", query)
        return quote_name(f"pauses_{name}")

    def _kpis_on(self, name: str) -> list[doc.Kpi]:
        return [kpi for kpi in self.agreement.kpis if isinstance(kpi, doc.ClockKpi) and kpi.clock == name]

    def _base_periods(self, kpi: doc.Kpi) -> list[Period]:
        rule = period_rule(self.agreement, kpi)
        return base_periods(rule, periods_between(rule, self.term_start, self.term_end - 1))

    def load(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
        """A small table of texts and whole numbers made known to the engine; its name, quoted."""
        values = list(zip(*rows, strict=True)) or [()] * len(columns)
        arrays = {column: _array(column_values) for column, column_values in zip(columns, values, strict=True)}
        self.backend.load(name, pa.table(arrays))
        return quote_name(name)

    def open_time(self, calendar: str, start: int, end: int, closed: Sequence[tuple[int, int]] = ()) -> OpenTime:
        """A calendar of the agreement compiled for a span, less the intervals for which it is closed besides."""
        return OpenTime(calendar_of(self.agreement, calendar), start, end, closed)

    def _span(self, timed: str) -> tuple[int, int]:
        """The term, and what records run before and after it, those of mistyped years aside."""
        first, last = self.backend.rows(f"SELECT MIN(_start), MAX(_until) FROM {timed}")[0]
        start = min(first if first is not None else self.as_of, self.term_start)
        end = max(last if last is not None else self.as_of, self.as_of, self.term_end)
        return max(start, self.term_start - _FAR), min(end, self.term_end + _FAR)

    def _relief(self, clock: doc.Clock) -> list[tuple[int, int]]:
        """The relief that is for all records."""
        query = facts.relief_query(clock, self.agreement, self.as_of)
        rows = self.backend.rows(query) if query else []
        return [(start, until) for start, until in rows if start is not None]

    def _deadlines(self, name: str, clock: doc.Clock, steps: str, open_time: OpenTime) -> str | None:
        """The due times of records where they are needed: calendar arithmetic that stays in one place, in Python.

        They are for limits that count days, and for all where a KPI puts records into periods by them.
        """
        limits = facts.limits_of(clock)
        by_due = any(kpi.period.by == "due" for kpi in self._kpis_on(name))
        wanted = [str(number) for number, limit in enumerate(limits) if limit.counts_days or by_due]
        if clock.due or not wanted:
            return None
        rows = self.backend.rows(
            f"""{steps} SELECT DISTINCT _start, _limit_no, _paused FROM elapsed
                WHERE _start IS NOT NULL AND _limit_no IN ({", ".join(wanted)})"""
        )
        table = [(*row, due_time(open_time, row[0], limits[row[1]], row[2])) for row in sorted(rows)]
        return self.load(f"deadlines_{name}", ("start", "limit_no", "paused", "deadline"), table)

    def _latest(self, name: str) -> list[int]:
        """The latest moments that have happened in a source, one for each column that holds such."""
        columns = sorted(observed_columns(self.agreement, name))
        if not columns:
            return []
        latest = ", ".join(f"MAX({quote_name(column)})" for column in columns)
        found = self.backend.rows(f"SELECT {latest} FROM {self.records(name)}")[0]
        return [moment for moment in found if moment is not None and moment < self.term_end + _FAR]


def clock_sources(clock: doc.Clock) -> list[str]:
    """The sources a clock reads: that of its records, and those of their pauses and relief."""
    spans = (*clock.pauses, *clock.relief)
    return list(dict.fromkeys([clock.source, *(part.source or clock.source for part in spans)]))


def observed_columns(agreement: doc.Agreement, name: str) -> set[str]:
    """The columns of a source that hold moments which have happened, as against plans and due times."""
    source = agreement.sources[name]
    clocks = [clock for clock in agreement.clocks.values() if clock.source == name]
    kpis = [kpi for kpi in agreement.kpis if isinstance(kpi, doc.RecordKpi) and kpi.source == name]
    watched = [kpi for kpi in agreement.kpis if isinstance(kpi, doc.Availability) and kpi.outages.source == name]
    columns = {
        source.opened,
        source.events.time if source.events else None,
        *(moment.column for clock in clocks for moment in (clock.start, clock.stop)),
        *(kpi.period.by for kpi in kpis),
        *(edge for kpi in watched for edge in (kpi.outages.start, kpi.outages.end)),
    }
    return {column for column in columns if column in source.columns}


def due_time(open_time: OpenTime, start: int, limit: Limit, paused: int = 0) -> int | None:
    """When a record is due: its limit and its pauses after its start; None beyond the time its calendar knows."""
    try:
        if not limit.counts_days:
            return open_time.add(start, limit.seconds + paused)
        if limit.business_days:
            due = open_time.add_business_days(start, limit.business_days)
        else:
            due = open_time.add_calendar_days(start, limit.calendar_days)
        return open_time.add(due, paused) if paused else due
    except ValueError:
        return None


def _array(values: Sequence[Any]) -> pa.Array:
    return pa.array(values, pa.string() if values and isinstance(values[0], str) else pa.int64())
