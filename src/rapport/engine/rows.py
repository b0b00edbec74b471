"""The records behind a number: what each contributed, and why."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rapport.domain.bands import Direction
from rapport.domain.durations import format_limit
from rapport.domain.intervals import Interval, clip
from rapport.domain.periods import find_period
from rapport.engine import agreement as doc
from rapport.engine.availability import outages_in
from rapport.engine.backend import quote_name, quote_text
from rapport.engine.counting import kpi_periods, measured_table
from rapport.engine.filters import parse_condition
from rapport.engine.measures import Outcome, latest_query
from rapport.engine.moments import iso
from rapport.engine.records.canonical import KEY_SEPARATOR
from rapport.engine.results import number
from rapport.engine.terms import column_types, source_of
from rapport.engine.workspace import Clocked, Workspace, due_time

_RECORD = ("_key", "_file", "_row", "_excluded_by")
_CLOCK = (
    "_start", "_stop", "_until", "_paused", "_elapsed", "_limit_no", "_limit_seconds", "_deadline", "_verdict",
)  # fmt: skip
_MEASURED = ("outcome", "amount", "weight")
_JUDGED = (doc.Share, doc.ShareWithinLimit, doc.FirstTimeRight, doc.ReopenRate)


@dataclass(frozen=True)
class Behind:
    """The records of one KPI in one period."""

    kpi: doc.Kpi
    period: str
    rows: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """The documented interface of `rapport rows --json`."""
        return {"kpi": self.kpi.id, "period": self.period, "count": len(self.rows), "rows": list(self.rows)}


def records_behind(workspace: Workspace, kpi_id: str, period: str, *, failed: bool = False) -> Behind:
    """Every record that a result rests on, in the order of the files; with `failed` only those that count against it.

    Raises:
        LookupError: there is no such KPI or period, or single records of this kind of KPI do not fail.
    """
    kpi = workspace.agreement.kpi(kpi_id)
    periods = kpi_periods(workspace, kpi)
    try:
        found = find_period(periods, period)
    except ValueError as error:
        raise LookupError(str(error)) from None
    if isinstance(kpi, doc.Availability):
        return Behind(kpi, period, tuple(outages_in(workspace, kpi, found)))
    if failed and not isinstance(kpi, _JUDGED):
        raise LookupError(f"single records of {kpi.id!r}, a {kpi.kind}, neither pass nor fail; leave out --failed")
    index, measured, clocked = periods.index(found), measured_table(workspace, kpi), clock_of(workspace, kpi)
    if isinstance(kpi, doc.Reported):
        measured = f"({latest_query(measured, [])})"
    pauses = _pauses(workspace, kpi, clocked, measured, index)
    rows = [
        _described(row) | (_run(workspace.agreement.time_zone, clocked, row, pauses) if clocked else {})
        for row in _rows(workspace, kpi, measured, index, failed)
    ]
    return Behind(kpi, period, tuple(rows))


def _rows(workspace: Workspace, kpi: doc.Kpi, measured: str, index: int, failed: bool) -> list[dict[str, Any]]:
    name, source = source_of(workspace.agreement, kpi)
    clocked = clock_of(workspace, kpi)
    shown = list(dict.fromkeys([*source.keys, *kpi.by]))
    names = [*_RECORD, *(_CLOCK if clocked else ()), *_MEASURED]
    columns = [
        *(f"f.{column}" for column in names if column not in _MEASURED),
        *(f"m.{column}" for column in _MEASURED),
    ]
    bad = 0 if kpi.direction is Direction.HIGHER else 1
    against = f"AND m.outcome = {Outcome.COUNTED} AND m.amount = {bad}" if failed else ""
    query = f"""
        SELECT {", ".join([*columns, *(f"f.{quote_name(column)}" for column in shown)])}
        FROM {measured} AS m
        JOIN (SELECT *, {_reason(kpi, source)} AS _excluded_by
              FROM {clocked.facts if clocked else workspace.records(name)}) AS f ON {_measured_key(kpi, "f")} = m._key
        WHERE m.period = {index} {against} ORDER BY f._file, f._row"""
    split = len(names)
    return [
        {**dict(zip(names, row[:split], strict=True)), "columns": dict(zip(shown, row[split:], strict=True))}
        for row in workspace.backend.rows(query)
    ]


def _described(row: dict[str, Any]) -> dict[str, Any]:
    """One record as plain data: where it was read and what it counted."""
    return {
        "key": row["_key"].replace(KEY_SEPARATOR, " / "),
        "file": row["_file"],
        "row": row["_row"],
        "columns": {name: _plain(value) for name, value in row["columns"].items()},
        "state": Outcome(row["outcome"]).name.lower(),
        "excluded_by": row["_excluded_by"],
        "amount": _plain(row["amount"]),
        "weight": _plain(row["weight"]),
    }


def _run(zone: str, clocked: Clocked, row: dict[str, Any], pauses: dict[str, list[Interval]]) -> dict[str, Any]:
    """A record's run on its clock: durations in open seconds, except that a due time is overdue in plain seconds."""
    limit = clocked.limits[row["_limit_no"]] if row["_limit_no"] is not None else None
    deadline = row["_deadline"]
    if deadline is None and limit is not None and row["_start"] is not None:
        deadline = due_time(clocked.open_time, row["_start"], limit, row["_paused"])
    return {
        "start": iso(row["_start"], zone),
        "stop": iso(row["_stop"], zone),
        "pauses": [[iso(start, zone), iso(until, zone)] for start, until in _within_run(pauses, row)],
        "paused": row["_paused"],
        "elapsed": row["_elapsed"],
        "limit": format_limit(limit) if limit else None,
        "deadline": iso(deadline, zone),
        "overdue_by": _overdue(row),
        "verdict": {1: "within", 0: "late", None: None}[row["_verdict"]],
    }


def _within_run(pauses: dict[str, list[Interval]], row: dict[str, Any]) -> list[Interval]:
    """A record's pauses without overlaps, as far as they lie within its run."""
    found = [interval for interval in pauses.get(row["_key"], []) if None not in interval]
    return clip(found, row["_start"], row["_until"]) if found else []


def _overdue(row: dict[str, Any]) -> int | None:
    """Open seconds past the limit, or seconds past the due time; None where the record is not late."""
    if row["_verdict"] != 0:
        return None
    by_deadline = row["_limit_seconds"] is None
    late = row["_until"] - row["_deadline"] if by_deadline else row["_elapsed"] - row["_limit_seconds"]
    return max(0, int(late))


def _measured_key(kpi: doc.Kpi, alias: str) -> str:
    """A record's key as the measured rows have it: a record may be in the backlog of several periods."""
    key = f"{alias}._key"
    return f"{key} || '@' || CAST(m.period AS VARCHAR)" if isinstance(kpi, doc.BacklogAge) else key


def _pauses(
    workspace: Workspace, kpi: doc.Kpi, clocked: Clocked | None, measured: str, index: int
) -> dict[str, list[Interval]]:
    """The pauses of the records of a period, by record."""
    if clocked is None or clocked.tables.pauses is None:
        return {}
    query = f"""SELECT p._key, p.start, p.until FROM {clocked.tables.pauses} AS p
                JOIN {measured} AS m ON m._key = {_measured_key(kpi, "p")}
                WHERE m.period = {index} ORDER BY p._key, p.start"""
    pauses: dict[str, list[Interval]] = {}
    for key, start, until in workspace.backend.rows(query):
        pauses.setdefault(key, []).append((start, until))
    return pauses


def clock_of(workspace: Workspace, kpi: doc.Kpi) -> Clocked | None:
    """The facts of the clock a KPI measures with, where it has one."""
    return workspace.clock(kpi.clock) if isinstance(kpi, doc.ClockKpi) else None


def _reason(kpi: doc.Kpi, source: doc.Source) -> str:
    """The name of the first exclusion that holds for a record, as SQL."""
    types = column_types(source)
    whens = [
        f"WHEN {parse_condition(rule.when, types).sql('duckdb')} THEN {quote_text(rule.name)}"
        for rule in kpi.exclusions
    ]
    return f"CASE {' '.join(whens)} END" if whens else "CAST(NULL AS VARCHAR)"


def _plain(value: Any) -> Any:
    return number(Fraction(value)) if isinstance(value, Decimal) else value
