"""Counting records: runs the queries of `rapport.engine.measures` and turns their rows into exact values."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rapport.domain.percentiles import PercentileMethod, interpolate, rank
from rapport.domain.periods import Period, PeriodKind, base_periods, members, periods_between
from rapport.engine import agreement as doc
from rapport.engine import facts, measures
from rapport.engine.backend import quote_name
from rapport.engine.kernel import load_periods
from rapport.engine.measures import Outcome
from rapport.engine.results import Counts, Group, Measured
from rapport.engine.terms import period_rule, source_of
from rapport.engine.workspace import Workspace

Key = tuple[int, Group]
"""The index of a period, and a group."""


def kpi_periods(workspace: Workspace, kpi: doc.Kpi) -> list[Period]:
    """The periods of a KPI from the start of the term to its end, or to `as_of` if that is earlier.

    A period that would only begin at a given `as_of` is not among them; the latest moment in the records is in one.
    """
    is_given = workspace.given_as_of is not None
    last = min(workspace.as_of - is_given, workspace.term_end - 1)
    if last < workspace.term_start:
        return []
    return periods_between(period_rule(workspace.agreement, kpi), workspace.term_start, last)


def count_records(workspace: Workspace, kpi: doc.Kpi) -> dict[Key, Measured]:
    """What a KPI over records comes to, for the whole and each group of every period that has records."""
    measured = measured_table(workspace, kpi)
    groups = [f"g{number}" for number in range(len(kpi.by))]
    found: dict[Key, Measured] = {}
    for columns in [[], groups] if groups else [[]]:
        table = f"({measures.latest_query(measured, columns)}) AS latest" if isinstance(kpi, doc.Reported) else measured
        totals = _totals(workspace, table, columns, is_weighted=isinstance(kpi, doc.Ratio))
        values = _values(workspace, kpi, measured, columns, totals)
        found |= {key: Measured(counts, values.get(key)) for key, counts in totals.items()}
    return found


def _totals(workspace: Workspace, measured: str, groups: Sequence[str], *, is_weighted: bool) -> dict[Key, Counts]:
    found: dict[Key, Counts] = {}
    rows = workspace.backend.rows(measures.totals_query(measured, groups, is_weighted=is_weighted))
    for period, *group, outcome, number, amount, weight in rows:
        records = int(number)
        counts = found.get((period, tuple(group)), Counts())
        changes: dict[str, Any] = {
            "records": counts.records + int(records),
            Outcome(outcome).name.lower(): int(records),
        }
        if outcome == Outcome.COUNTED:
            changes |= {"amount": _exact(amount), "weight": _exact(weight)}
        found[period, tuple(group)] = replace(counts, **changes)
    return found


def _exact(total: int | Decimal | None) -> Fraction | None:
    return None if total is None else Fraction(total)


def _values(
    workspace: Workspace, kpi: doc.Kpi, measured: str, groups: Sequence[str], totals: dict[Key, Counts]
) -> dict[Key, Fraction]:
    counted = {key: counts for key, counts in totals.items() if counts.counted}
    if isinstance(kpi, doc.ElapsedTime | doc.BacklogAge) and kpi.statistic is not doc.Statistic.MEAN:
        return _order_statistics(workspace, kpi, measured, groups, counted)
    _, source = source_of(workspace.agreement, kpi)
    if isinstance(kpi, doc.BacklogAge):
        return {key: measures.HOUR * (counts.amount or 0) / counts.counted for key, counts in counted.items()}
    measure = measures.measure_of(kpi, source)
    return {
        key: measure.scale * (counts.amount or 0) / (1 if measure.is_total else counts.weight or 1)
        for key, counts in counted.items()
        if measure.is_total or counts.weight
    }


def _order_statistics(
    workspace: Workspace,
    kpi: doc.ElapsedTime | doc.BacklogAge,
    measured: str,
    groups: Sequence[str],
    counted: dict[Key, Counts],
) -> dict[Key, Fraction]:
    """Medians, percentiles and maxima: the engine finds one or two places of the order, the rest is exact here."""
    method, p = _percentile(kpi)
    ranks = {key: rank(method, p, counts.counted) for key, counts in counted.items()}
    wanted = sorted({(index, *group, place) for (index, group), r in ranks.items() for place in (r.low, r.high)})
    table = workspace.load(f"ranks_{kpi.id}", ("period", *groups, "place"), wanted)
    rows = workspace.backend.rows(measures.ranked_query(measured, groups, table))
    amounts = {((row[0], tuple(row[1:-2])), row[-2]): Fraction(row[-1]) for row in rows}
    return {key: measures.HOUR * interpolate(amounts[key, r.low], amounts[key, r.high], r) for key, r in ranks.items()}


def _percentile(kpi: doc.ElapsedTime | doc.BacklogAge) -> tuple[PercentileMethod, Fraction]:
    if kpi.statistic is doc.Statistic.MAXIMUM:
        return PercentileMethod.NEAREST_RANK, Fraction(1)
    if kpi.percentile is None:
        return PercentileMethod.LINEAR, Fraction(1, 2)
    return kpi.percentile.method, kpi.percentile.p / 100


def measured_table(workspace: Workspace, kpi: doc.Kpi) -> str:
    """The name of a KPI's measured rows, with `period` an index into `kpi_periods`."""
    periods = kpi_periods(workspace, kpi)
    base = base_periods(period_rule(workspace.agreement, kpi), periods)
    name = f"measured_{kpi.id}"
    query = _measured_query(workspace, kpi, base)
    workspace.backend.define(name, query)
    if kpi.period.kind is PeriodKind.ROLLING:
        windows = workspace.load(f"windows_{kpi.id}", ("window", "base"), members(periods, base))
        groups = [f"g{number}" for number in range(len(kpi.by))]
        workspace.backend.define(f"windowed_{kpi.id}", measures.in_windows(quote_name(name), groups, windows))
        name = f"windowed_{kpi.id}"
    return quote_name(name)


def _measured_query(workspace: Workspace, kpi: doc.Kpi, base: Sequence[Period]) -> str:
    name, source = source_of(workspace.agreement, kpi)
    if isinstance(kpi, doc.BacklogAge):
        return measures.aged_query(kpi, source, _backlog(workspace, kpi, source, base))
    if isinstance(kpi, doc.ClockKpi):
        return measures.clocked_query(kpi, source, workspace.clock(kpi.clock).facts, len(base))
    periods = load_periods(workspace.backend, f"periods_{kpi.id}", base)
    return measures.recorded_query(kpi, source, workspace.records(name), periods, workspace.as_of)


def _backlog(workspace: Workspace, kpi: doc.BacklogAge, source: doc.Source, base: Sequence[Period]) -> str:
    """The table of what is open at the end of each period, or at `as_of` in the running one, with its age."""
    closings = [(index, min(period.end, workspace.as_of)) for index, period in enumerate(base)]
    table = workspace.load(f"closings_{kpi.id}", ("period", "closes"), closings)
    clock, clocked = workspace.agreement.clocks[kpi.clock], workspace.clock(kpi.clock)
    backlog, tables = measures.backlog_query(clocked.facts, table, source.columns), replace(clocked.tables, places=())
    if tables.pauses:
        workspace.backend.define(f"backlog_{kpi.id}", backlog)
        pauses = measures.backlog_pauses_query(tables.pauses, quote_name(f"backlog_{kpi.id}"))
        workspace.backend.define(f"backlog_pauses_{kpi.id}", pauses)
        tables = replace(tables, pauses=quote_name(f"backlog_pauses_{kpi.id}"), are_merged=False)
    steps = facts.elapsed_steps(clock, tables, backlog)
    workspace.backend.define(f"aged_{kpi.id}", f"{steps} SELECT * FROM elapsed")
    return quote_name(f"aged_{kpi.id}")
