"""Reconciliation: our verdict on each record against the partner's, and the differences sorted into causes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rapport.engine import agreement as doc
from rapport.engine.agreement import ColumnType
from rapport.engine.backend import quote_name
from rapport.engine.filters import parse_condition
from rapport.engine.moments import iso
from rapport.engine.results import number
from rapport.engine.terms import column_types, source_of
from rapport.engine.variants import Cause, Variant, variants
from rapport.engine.workspace import Workspace, due_time

_UNEXPLAINED = (Cause.UNEXPLAINED, "no single change explains it")
_WORDS = {1: "within", 0: "late", None: "none"}


@dataclass(frozen=True)
class Difference:
    """One record on which the two sides differ, and the likeliest cause."""

    key: str
    row: int
    ours: Any
    theirs: Any
    cause: Cause
    words: str
    elapsed: int | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Reconciliation:
    """Both sides' answers over the records of one KPI.

    Attributes:
        compared: records on which both sides have an answer.
        table: how many records have which pair of answers.
        differences: every record on which they differ, or on which only one side has an answer that counts.
    """

    kpi: str
    column: str
    compared: int
    agreed: int
    table: tuple[dict[str, Any], ...]
    differences: tuple[Difference, ...]

    @property
    def agreement_rate(self) -> Fraction | None:
        """The share of compared records on which both sides agree."""
        return Fraction(self.agreed, self.compared) if self.compared else None

    @property
    def causes(self) -> list[dict[str, Any]]:
        """The causes with their numbers of records, most frequent first."""
        found = Counter((item.cause, item.words) for item in self.differences)
        ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return [{"cause": cause.value, "words": words, "records": count} for (cause, words), count in ordered]

    def to_json(self) -> dict[str, Any]:
        """The documented interface of `rapport reconcile --json`."""
        return {
            "kpi": self.kpi,
            "column": self.column,
            "compared": self.compared,
            "agreed": self.agreed,
            "agreement_rate": number(self.agreement_rate),
            "table": list(self.table),
            "causes": self.causes,
            "rows": [
                {
                    "key": item.key,
                    "row": item.row,
                    "ours": item.ours,
                    "theirs": item.theirs,
                    "elapsed": item.elapsed,
                    "limit": item.limit,
                    "cause": item.cause.value,
                    "words": item.words,
                }
                for item in self.differences
            ],
        }


def judged_kpi(workspace: Workspace, column: str, type_: ColumnType, kpi_id: str | None) -> doc.ShareWithinLimit:
    """The KPI within a limit whose records carry the partner's `column`: the named one, or the only one.

    Raises:
        LookupError: there is none, or the column is not declared with a fitting type.
    """
    kpis = [kpi for kpi in workspace.agreement.kpis if isinstance(kpi, doc.ShareWithinLimit)]
    if kpi_id is not None:
        named = workspace.agreement.kpi(kpi_id)
        kpis = [kpi for kpi in kpis if kpi.id == named.id]
    for kpi in kpis:
        types = column_types(source_of(workspace.agreement, kpi)[1])
        if types.get(column) is type_ or (type_ is ColumnType.TIME and types.get(column) in doc.MOMENTS):
            return kpi
    wanted = "boolean" if type_ is ColumnType.BOOLEAN else "time"
    raise LookupError(
        f"{column!r} is no {wanted} column of a KPI within a limit; declare it in its source's columns as {wanted}"
    )


def reconcile_verdicts(workspace: Workspace, column: str, kpi_id: str | None = None) -> Reconciliation:
    """Compare our verdict on each record of a KPI with the partner's boolean `column`.

    Raises:
        LookupError: there is no such KPI or column.
    """
    kpi = judged_kpi(workspace, column, ColumnType.BOOLEAN, kpi_id)
    rows = _verdicts(workspace, kpi, column)
    table = Counter((ours, theirs) for _, _, ours, theirs, *_ in rows)
    compared = sum(count for pair, count in table.items() if None not in pair)
    agreed = sum(count for (ours, theirs), count in table.items() if ours == theirs and ours is not None)
    return Reconciliation(
        kpi.id,
        column,
        compared,
        agreed,
        tuple(
            {"ours": _WORDS[ours], "theirs": _WORDS[theirs], "records": count}
            for (ours, theirs), count in sorted(table.items(), key=lambda item: str(item[0]))
        ),
        tuple(_explained(workspace, kpi, rows)),
    )


def population_condition(kpi: doc.Kpi, source: doc.Source) -> str:
    """Which records of a source a KPI counts, its filter and exclusions together, as SQL."""
    types = column_types(source)
    parts = [parse_condition(kpi.filter, types).sql("duckdb")] if kpi.filter else []
    parts += [f"NOT COALESCE({parse_condition(rule.when, types).sql('duckdb')}, FALSE)" for rule in kpi.exclusions]
    return " AND ".join(f"({part})" for part in parts) or "TRUE"


_VerdictRow = tuple[str, int, int | None, int | None, int | None, int | None]
"""A record's key and row, our verdict and theirs, its elapsed time and its limit."""


def _verdicts(workspace: Workspace, kpi: doc.ShareWithinLimit, column: str) -> list[_VerdictRow]:
    _, source = source_of(workspace.agreement, kpi)
    facts = workspace.clock(kpi.clock).facts
    rows = workspace.backend.rows(
        f"""SELECT _key, _row, _verdict, {quote_name(column)}, _elapsed, _limit_seconds FROM {facts}
            WHERE {population_condition(kpi, source)} ORDER BY _row, _key"""
    )
    return [
        (key, row, ours, None if theirs is None else int(theirs), elapsed, limit)
        for key, row, ours, theirs, elapsed, limit in rows
    ]


def _explained(workspace: Workspace, kpi: doc.ShareWithinLimit, rows: Sequence[_VerdictRow]) -> list[Difference]:
    differing = [row for row in rows if row[2] != row[3]]
    sought = {key: theirs for key, _, ours, theirs, *_ in differing if ours is not None and theirs is not None}
    causes = _causes(workspace, kpi, sought)
    differences = []
    for key, row, ours, theirs, elapsed, limit in differing:
        cause, words = _one_sided(ours, theirs) or causes.get(key, _UNEXPLAINED)
        differences.append(Difference(key, row, _WORDS[ours], _WORDS[theirs], cause, words, elapsed, limit))
    return differences


def _one_sided(ours: int | None, theirs: int | None) -> tuple[Cause, str] | None:
    """Why only one side has a verdict; None where both have one."""
    if ours is None:
        return Cause.POPULATION, "judged by the partner, open or without a limit here"
    return (Cause.POPULATION, "judged here, not by the partner") if theirs is None else None


def _causes(workspace: Workspace, kpi: doc.ShareWithinLimit, sought: dict[str, int]) -> dict[str, tuple[Cause, str]]:
    """For each record the first variant of the clock that gives the partner's verdict."""
    causes: dict[str, tuple[Cause, str]] = {}
    for number_, variant in enumerate(variants(workspace.agreement, workspace.agreement.clocks[kpi.clock])):
        left = {key: verdict for key, verdict in sought.items() if key not in causes}
        if not left:
            break
        found = _variant_verdicts(workspace, f"variant_{number_}", variant, left)
        causes |= {key: (variant.cause, variant.words) for key, verdict in left.items() if found.get(key) == verdict}
    return causes


def _variant_verdicts(workspace: Workspace, name: str, variant: Variant, keys: dict[str, int]) -> dict[str, int | None]:
    wanted = workspace.load(f"differences_{name}", ("_key",), [(key,) for key in sorted(keys)])
    facts = workspace.clocked(name, variant.clock).facts
    return dict(
        workspace.backend.rows(f"SELECT f._key, f._verdict FROM {facts} AS f JOIN {wanted} AS w ON w._key = f._key")
    )


def reconcile_due(workspace: Workspace, column: str, tolerance: int, kpi_id: str | None = None) -> Reconciliation:
    """Compare the due time we compute for each record of a KPI with the partner's `column`.

    `tolerance` is the number of seconds up to which two due times count as the same.

    Raises:
        LookupError: there is no such KPI or column.
    """
    kpi = judged_kpi(workspace, column, ColumnType.TIME, kpi_id)
    rows = _due_times(workspace, kpi, column, workspace.agreement.clocks[kpi.clock], "agreed")
    both = [row for row in rows if None not in row[2:]]
    apart = [row for row in both if abs(row[2] - row[3]) > tolerance]
    zone = workspace.agreement.time_zone
    causes = _due_causes(workspace, kpi, column, tolerance, {row[0] for row in apart})
    differences = [
        Difference(
            key, row, iso(ours, zone), iso(theirs, zone), *causes.get(key, (Cause.UNEXPLAINED, _lateness(ours, theirs)))
        )
        for key, row, ours, theirs in apart
    ]
    table = Counter(
        _lateness(ours, theirs) if abs(ours - theirs) > tolerance else "same" for _, _, ours, theirs in both
    )
    table |= Counter({"no due time here": sum(ours is None and theirs is not None for *_, ours, theirs in rows)})
    table |= Counter({"no due time there": sum(ours is not None and theirs is None for *_, ours, theirs in rows)})
    entries = tuple({"difference": words, "records": count} for words, count in sorted(table.items()))
    return Reconciliation(kpi.id, column, len(both), len(both) - len(apart), entries, tuple(differences))


def _lateness(ours: int, theirs: int) -> str:
    size = abs(ours - theirs)
    span = "an hour" if size <= 3600 else "a day" if size <= 86400 else "a week" if size <= 7 * 86400 else None
    return f"theirs {'later' if theirs > ours else 'earlier'} by {'up to ' + span if span else 'more than a week'}"


_DueRow = tuple[str, int, Any, Any]


def _due_times(
    workspace: Workspace, kpi: doc.ShareWithinLimit, column: str, clock: doc.Clock, name: str
) -> list[_DueRow]:
    _, source = source_of(workspace.agreement, kpi)
    clocked = workspace.clocked(f"due_{name}", clock)
    rows = workspace.backend.rows(
        f"""SELECT _key, _row, _start, _limit_no, _paused, _deadline, {quote_name(column)} FROM {clocked.facts}
            WHERE {population_condition(kpi, source)} ORDER BY _row, _key"""
    )
    return [
        (key, row, deadline if start is None or limit is None or deadline is not None
         else due_time(clocked.open_time, start, clocked.limits[limit], paused), theirs)
        for key, row, start, limit, paused, deadline, theirs in rows
    ]  # fmt: skip


def _due_causes(
    workspace: Workspace, kpi: doc.ShareWithinLimit, column: str, tolerance: int, keys: set[str]
) -> dict[str, tuple[Cause, str]]:
    causes: dict[str, tuple[Cause, str]] = {}
    clock = workspace.agreement.clocks[kpi.clock]
    for number_, variant in enumerate(variants(workspace.agreement, clock)):
        if variant.cause not in (Cause.CALENDAR, Cause.PAUSES):
            continue
        for key, _, ours, theirs in _due_times(workspace, kpi, column, variant.clock, f"variant_{number_}"):
            if key in keys and key not in causes and None not in (ours, theirs) and abs(ours - theirs) <= tolerance:
                causes[key] = (variant.cause, variant.words)
    return causes
