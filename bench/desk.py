"""The agreement of `desk.yaml` in an engine of its own, with the queries that are measured."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.tickets import DAY, DAYS, FIRST, Pair
from rapport.domain.calendars import OpenTime
from rapport.domain.periods import periods_between
from rapport.engine import facts, measures
from rapport.engine.backend import Backend, Row, quote_name
from rapport.engine.document import load
from rapport.engine.facts import ClockTables
from rapport.engine.kernel import load_calendar
from rapport.engine.terms import calendar_of, period_rule

AS_OF = FIRST + (DAYS + 100) * DAY
GROUPS = ("g0", "g1")


class Desk:
    """Tickets and holds of some pairs of files as the tables `tickets` and `holds` of an engine."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.document = load(Path(__file__).with_name("desk.yaml"))
        self.agreement = self.document.agreement
        self.clock = self.agreement.clocks["resolution"]
        self.kpi = self.agreement.kpis[0]
        self.source = self.agreement.sources["tickets"]
        self.open_time = OpenTime(calendar_of(self.agreement, "office"), FIRST, AS_OF)
        self.periods = periods_between(period_rule(self.agreement, self.kpi), FIRST, AS_OF)
        calendar = load_calendar(
            backend, "calendar", self.open_time, AS_OF, {measures.periods_name(self.kpi): self.periods}
        )
        places = (measures.place_of(self.kpi),)
        self.tables = ClockTables(quote_name("tickets"), None, calendar, quote_name("pauses"), places=places)

    def read(self, pairs: Sequence[Pair]) -> None:
        self.backend.scan("tickets", [pair.tickets for pair in pairs])
        self.backend.scan("holds", [pair.holds for pair in pairs])
        self.backend.define("pauses", 'SELECT ticket AS _key, "from" AS start, "to" AS until FROM "holds"')

    def scan(self) -> list[Row]:
        """The floor: every column that the KPI needs read and added up, and nothing joined."""
        tickets = 'COUNT(*), SUM(_key), SUM(opened), SUM(closed), COUNT(closed) FROM "tickets"'
        self.backend.rows('SELECT COUNT(*), SUM(ticket), SUM("from"), SUM("to") FROM "holds"')
        return self.backend.rows(f"SELECT partner, priority, {tickets} GROUP BY partner, priority")

    def runs(self) -> str:
        return facts.timed_query(self.clock, self.tables.records, None, AS_OF, self.source.columns)

    def facts(self, *, are_merged: bool = False) -> str:
        """The query for facts, over holds as they were recorded or merged before."""
        tables = replace(self.tables, are_merged=are_merged)
        steps = facts.elapsed_steps(self.clock, tables, self.runs())
        return steps + facts.judged_query(self.clock, tables, None, self.source.columns)

    def totals(self, table: str) -> list[Row]:
        """The KPI's monthly sums by partner and priority over a table of facts."""
        measured = measures.clocked_query(self.kpi, self.source, table, len(self.periods))
        return self.backend.rows(measures.totals_query(f"({measured}) AS measured", GROUPS, is_weighted=False))


def merged(sums: Sequence[Sequence[Row]]) -> list[tuple]:
    """Sums of slices added up: exactly what one query over all of them gives."""
    found: dict[tuple, list[int]] = {}
    for row in (row for rows in sums for row in rows):
        key, values = row[:4], [int(value or 0) for value in row[4:]]
        found[key] = [old + new for old, new in zip(found.get(key, [0] * len(values)), values, strict=True)]
    return sorted((*key, *values) for key, values in found.items())


def merge_holds(desk: Desk, folder: Path, number: int, pair: Pair) -> Pair:
    """The pair with its holds made disjoint and cut to the run of their ticket."""
    holds = folder / f"merged-{number:04}.parquet"
    if not holds.exists():
        desk.read([pair])
        desk.backend.write(holds, _MERGED)
    return Pair(pair.tickets, holds)


_MERGED = f"""
    SELECT ticket, MIN(start) AS "from", MAX(until) AS "to"
    FROM (SELECT *, SUM(CASE WHEN start <= reach THEN 0 ELSE 1 END)
                    OVER (PARTITION BY ticket ORDER BY start, until) AS run
          FROM (SELECT *, MAX(until) OVER (PARTITION BY ticket ORDER BY start, until
                                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
                FROM (SELECT h.ticket, GREATEST(h."from", t.opened) AS start,
                             LEAST(h."to", COALESCE(t.closed, {AS_OF})) AS until
                      FROM holds AS h JOIN tickets AS t ON t._key = h.ticket) AS cut
                WHERE start < until) AS reached) AS runs
    GROUP BY ticket, run ORDER BY ticket"""
