"""Availability: agreed time less unplanned downtime, from outage intervals."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from rapport.domain.intervals import Interval, merge
from rapport.domain.periods import Period
from rapport.engine import agreement as doc
from rapport.engine import facts
from rapport.engine.backend import Row, quote_name
from rapport.engine.counting import Key
from rapport.engine.measures import NO_VALUE
from rapport.engine.moments import iso, local_day
from rapport.engine.results import Counts, Measured
from rapport.engine.terms import level_on, source_of
from rapport.engine.workspace import Workspace


def measure_availability(workspace: Workspace, kpi: doc.Availability, periods: Sequence[Period]) -> dict[Key, Measured]:
    """Availability of each service and of all together, from the union of its outages within agreed time."""
    outages, watched = _outages(workspace, kpi)
    end = min(periods[-1].end, workspace.term_end, max(workspace.as_of, periods[0].start))
    open_time = workspace.open_time(kpi.calendar, periods[0].start, end, _maintenance(workspace, kpi))
    found: dict[Key, Measured] = {}
    for index, period in enumerate(periods):
        parts = {}
        for service, since in watched.items():
            start, stop = max(period.start, since), min(period.end, end)
            down = [(max(low, start), min(high, stop)) for low, high in outages.get(service, [])]
            parts[service] = (
                open_time.between(start, stop),
                sum(open_time.between(low, high) for low, high in down if low < high),
                open_time.between(period.start, min(start, stop)),
            )
        groups = [((), list(parts)), *(((service,), [service]) for service in parts if kpi.by)]
        for group, services in groups:
            sums = [sum(parts[service][position] for service in services) for position in range(3)]
            found[index, group] = _available(kpi, periods[index], workspace.agreement.time_zone, *sums)
    return found


def outages_in(workspace: Workspace, kpi: doc.Availability, period: Period) -> list[dict[str, Any]]:
    """The outages that touch a period, each with the agreed seconds it took from it."""
    zone, end = workspace.agreement.time_zone, min(period.end, workspace.term_end, workspace.as_of)
    open_time = workspace.open_time(kpi.calendar, period.start, max(period.start, end), _maintenance(workspace, kpi))
    outages, watched = _outages(workspace, kpi)
    return [
        {
            "service": service,
            "start": iso(start, zone),
            "stop": iso(until, zone),
            "downtime": open_time.between(max(start, period.start, watched[service]), min(until, end)),
        }
        for service, intervals in sorted(outages.items())
        for start, until in intervals
        if start < end and until > max(period.start, watched[service])
    ]


def _available(kpi: doc.Availability, period: Period, zone: str, agreed: int, down: int, unobserved: int) -> Measured:
    counts = Counts(agreed + unobserved, 0, unobserved, 0, agreed, Fraction(agreed - down), Fraction(agreed))
    if not agreed:
        return Measured(counts)
    allowed = agreed * (1 - level_on(kpi, local_day(period.end - 1, zone)).target / 100)
    detail = {"downtime": down, "budget_left": int(allowed) - down}
    return Measured(counts, Fraction(100 * (agreed - down), agreed), detail)


def _outages(workspace: Workspace, kpi: doc.Availability) -> tuple[dict[str, list[Interval]], dict[str, int]]:
    """Outages by service, and since when each service is watched.

    A log of statuses watches a service from its first event on; a list of outages covers the whole term. A service
    is watched if the KPI's filter leaves it a record.
    """
    _, source = source_of(workspace.agreement, kpi)
    service_sql = "''"
    if kpi.service:
        named = facts.text_of(f"r.{quote_name(kpi.service)}", source.column(kpi.service).type)
        service_sql = f"COALESCE({named}, '{NO_VALUE}')"
    outages: dict[str, list[Interval]] = {}
    for start, until, service in _spans(workspace, _counted(kpi), [service_sql]):
        outages.setdefault(service, []).append((start, until))
    records = workspace.records(kpi.outages.source or "")
    table = f"(SELECT * FROM {records} {facts.where(kpi.filter, source)}) AS r"
    since = str(workspace.term_start)
    if kpi.outages.statuses:
        table += f" JOIN {workspace.spans(kpi.outages.source or '')} AS s ON s._key = r._key"
        since = "MIN(s.start)"
    rows = workspace.backend.rows(f"SELECT {service_sql}, {since} FROM {table} GROUP BY {service_sql}")
    return {name: merge(intervals) for name, intervals in outages.items()}, dict(sorted(rows))


def _counted(kpi: doc.Availability) -> doc.Spans:
    """The outages of the records that count."""
    filters = [f"({text})" for text in (kpi.filter, kpi.outages.filter) if text]
    return kpi.outages.model_copy(update={"filter": " and ".join(filters) or None})


def _maintenance(workspace: Workspace, kpi: doc.Availability) -> list[Interval]:
    """Approved maintenance; without a source of its own it is in that of the outages."""
    located = [
        spans if spans.source else spans.model_copy(update={"source": kpi.outages.source}) for spans in kpi.maintenance
    ]
    return [(row[0], row[1]) for spans in located for row in _spans(workspace, spans)]


def _spans(workspace: Workspace, spans: doc.Spans, columns: Sequence[str] = ()) -> list[Row]:
    workspace.records(spans.source or "")
    rows = workspace.backend.rows(facts.spans_rows(spans, workspace.agreement, workspace.as_of, columns))
    return [row for row in rows if row[0] is not None]
