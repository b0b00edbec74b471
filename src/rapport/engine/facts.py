"""Facts: for each record of a clock its start, stop, pauses, elapsed time, limit and verdict, computed once.

Every function here builds SQL; nothing runs. All instants are UTC epoch seconds, all durations open seconds of the
clock's calendar.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapport.domain.durations import Limit
from rapport.engine import agreement as doc
from rapport.engine.backend import quote_name, quote_text
from rapport.engine.filters import parse_condition
from rapport.engine.kernel import bin_of, open_seconds
from rapport.engine.terms import column_types


@dataclass(frozen=True)
class ClockTables:
    """The names of what a clock's queries read."""

    records: str
    spans: str | None
    calendar: str
    windows: int
    """How many windows a row of the calendar table has."""


def limits_of(clock: doc.Clock) -> list[Limit]:
    """The distinct limits a clock may set; a record's `limit_no` is an index into this list."""
    match clock.limit:
        case None:
            return []
        case Limit():
            return [clock.limit]
        case doc.Limits(values=values, default=default):
            return list(dict.fromkeys([*values.values(), *([default] if default else [])]))


def has_deadlines(clock: doc.Clock) -> bool:
    """Whether records are judged by their due time rather than by elapsed time."""
    return clock.due is not None or any(not limit.seconds for limit in limits_of(clock))


def timed_query(clock: doc.Clock, tables: ClockTables, as_of: int, columns: Iterable[str]) -> str:
    """Each record with the `start`, `stop`, `until` (stop, or `as_of` while open) and `limit_no` of its clock."""
    needs_spans = bool(clock.start.statuses or clock.stop.statuses)
    start, stop = _moment_sql(clock, "start"), _moment_sql(clock, "stop")
    kept = "".join(f", r.{quote_name(column)}" for column in columns)
    moments = f"LEFT JOIN ({_status_moments(clock, tables)}) AS m ON m._key = r._key" if needs_spans else ""
    reopened = "COALESCE(m.reopens, 0)" if clock.stop.statuses else "CAST(NULL AS BIGINT)"
    return f"""
        SELECT *, GREATEST(COALESCE(stop, {as_of}), start) AS until
        FROM (SELECT r._key, r._row, r._file{kept}, {start} AS start, {stop} AS stop,
                     {reopened} AS reopens, {_limit_no(clock)} AS limit_no
              FROM {tables.records} AS r {moments}) AS moments"""


def pauses_query(clock: doc.Clock, tables: ClockTables, timed: str, as_of: int, agreement: doc.Agreement) -> str | None:
    """The pauses of each record as disjoint intervals within its clock's run: `_key`, `start`, `until`; None if it has none."""
    parts = [_span_rows(spans, clock.source, agreement, as_of) for spans in clock.pauses]
    if clock.stop.statuses and clock.reopen is doc.Reopen.CONTINUE:
        stopped = doc.Spans(statuses=clock.stop.statuses)
        parts.append(_span_rows(stopped, clock.source, agreement, as_of))
    return disjoint_query(" UNION ALL ".join(parts), timed) if parts else None


def disjoint_query(intervals: str, timed: str) -> str:
    """Raw intervals (`_key`, `start`, `until`) clipped to the run of their record and freed of overlaps."""
    return f"""
        SELECT _key, GREATEST(start, COALESCE(reach, start)) AS start, until
        FROM (SELECT *, MAX(until) OVER (PARTITION BY _key ORDER BY start, until
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
              FROM (SELECT t._key, GREATEST(p.start, t.start) AS start, LEAST(p.until, t.until) AS until
                    FROM ({intervals}) AS p JOIN {timed} AS t ON t._key = p._key
                    WHERE p.start < t.until AND p.until > t.start) AS clipped) AS ordered
        WHERE reach IS NULL OR until > reach"""


def elapsed_query(clock: doc.Clock, tables: ClockTables, timed: str, pauses: str | None) -> str:
    """Each timed record with its `paused` and `elapsed` open seconds."""
    paused = "0" if pauses is None else "COALESCE(p.paused, 0)"
    join = "" if pauses is None else f"LEFT JOIN ({_paused_query(tables, pauses)}) AS p ON p._key = t._key"
    elapsed = f"{_open('t.until', 'cu', tables)} - {_open('t.start', 'cs', tables)} - {paused}"
    if clock.round_elapsed > 1:
        elapsed = f"({elapsed}) - ({elapsed}) % {clock.round_elapsed}"
    return f"""
        SELECT t.*, {paused} AS paused, {elapsed} AS elapsed
        FROM {timed} AS t
        LEFT JOIN {tables.calendar} AS cs ON cs.bin = {bin_of("t.start")}
        LEFT JOIN {tables.calendar} AS cu ON cu.bin = {bin_of("t.until")}
        {join}"""


def judged_query(clock: doc.Clock, elapsed: str, deadlines: str | None) -> str:
    """Each record with its `limit_seconds`, `deadline` and `verdict`: 1 within, 0 late, NULL open or not judgeable.

    An open record is late as soon as its limit has passed and not judged before.
    """
    seconds = _cases(
        ((number, str(limit.seconds)) for number, limit in enumerate(limits_of(clock)) if limit.seconds), "e"
    )
    deadline, join = "CAST(NULL AS BIGINT)", ""
    if clock.due:
        deadline = f"e.{quote_name(clock.due)} + {clock.grace}"
    elif deadlines:
        deadline = "d.deadline"
        join = f"""LEFT JOIN {deadlines} AS d
                   ON d.start = e.start AND d.limit_no = e.limit_no AND d.paused = e.paused"""
    in_time = "<=" if clock.at_limit is doc.AtLimit.WITHIN else "<"
    within = f"CASE WHEN deadline IS NULL THEN elapsed {in_time} limit_seconds ELSE until {in_time} deadline END"
    return f"""
        SELECT *, CASE WHEN start IS NULL THEN NULL
                       WHEN {within} THEN CASE WHEN stop IS NULL THEN NULL ELSE 1 END
                       WHEN NOT ({within}) THEN 0 END AS verdict
        FROM (SELECT e.*, {seconds} AS limit_seconds, {deadline} AS deadline FROM {elapsed} AS e {join}) AS limited"""


def spans_rows(spans: doc.Spans, agreement: doc.Agreement, as_of: int, columns: Sequence[str] = ()) -> str:
    """Intervals that belong to no record: `start`, `until` and the columns asked for."""
    source = agreement.sources[spans.source or ""]
    table = quote_name(spans.source or "")
    condition = where(spans.filter, source)
    kept = "".join(f", r.{quote_name(column)}" for column in columns)
    if not spans.statuses:
        until = f"COALESCE(r.{quote_name(spans.end or '')}, {as_of})"
        return (
            f"SELECT r.{quote_name(spans.start or '')} AS start, {until} AS until{kept} FROM {table} AS r {condition}"
        )
    return f"""SELECT s.start, COALESCE(s."end", {as_of}) AS until{kept}
               FROM {quote_name((spans.source or "") + "_spans")} AS s
               JOIN (SELECT * FROM {table} {condition}) AS r ON r._key = s._key
               WHERE s.status IN ({_texts(spans.statuses)})"""


def _span_rows(spans: doc.Spans, own: str, agreement: doc.Agreement, as_of: int) -> str:
    name = spans.source or own
    table, condition = quote_name(name), where(spans.filter, agreement.sources[name])
    if spans.statuses:
        return f"""SELECT s._key, s.start, COALESCE(s."end", {as_of}) AS until
                   FROM {quote_name(name + "_spans")} AS s
                   JOIN (SELECT _key FROM {table} {condition}) AS r ON r._key = s._key
                   WHERE s.status IN ({_texts(spans.statuses)})"""
    key = quote_name(spans.record) if spans.record else "_key"
    until = f"COALESCE(r.{quote_name(spans.end or '')}, {as_of})"
    return f"SELECT r.{key} AS _key, r.{quote_name(spans.start or '')} AS start, {until} AS until FROM {table} AS r {condition}"


def where(condition: str | None, source: doc.Source) -> str:
    """A condition of the agreement as a WHERE clause, empty where there is none."""
    return f"WHERE {parse_condition(condition, column_types(source)).sql('duckdb')}" if condition else ""


def _moment_sql(clock: doc.Clock, event: str) -> str:
    moment: doc.Moment = getattr(clock, event)
    return f"r.{quote_name(moment.column)}" if moment.column else f"m.{event}"


def _status_moments(clock: doc.Clock, tables: ClockTables) -> str:
    """Start, stop and number of reopenings of each case, from its status intervals.

    A case is stopped while its last status is a stop status, since it left the last other status. It is reopened each
    time a stop status is followed by another.
    """
    begins = f"status IN ({_texts(clock.start.statuses)})" if clock.start.statuses else "FALSE"
    stops = f"status IN ({_texts(clock.stop.statuses)})" if clock.stop.statuses else "FALSE"
    stop = "CASE WHEN is_running = 1 THEN NULL ELSE COALESCE(left_running, first_stopped) END"
    start = "first_begun"
    if clock.reopen is doc.Reopen.IGNORE:
        stop = "first_stopped"
    if clock.reopen is doc.Reopen.RESTART:
        start = f"COALESCE(last_reopened, {start})" if clock.start.statuses else start
    return f"""
        SELECT _key, {start} AS start, {stop} AS stop, reopens, last_reopened
        FROM (SELECT _key, MIN(CASE WHEN {begins} THEN start END) AS first_begun,
                     MIN(CASE WHEN {stops} THEN start END) AS first_stopped,
                     MAX(CASE WHEN NOT ({stops}) THEN "end" END) AS left_running,
                     MAX(CASE WHEN NOT ({stops}) AND "end" IS NULL THEN 1 ELSE 0 END) AS is_running,
                     MAX(CASE WHEN {stops} AND NOT next_stops THEN "end" END) AS last_reopened,
                     SUM(CASE WHEN {stops} AND NOT next_stops THEN 1 ELSE 0 END) AS reopens
              FROM (SELECT *, LEAD({stops}) OVER (PARTITION BY _key ORDER BY start, COALESCE("end", start)) AS next_stops
                    FROM {tables.spans}) AS followed
              GROUP BY _key) AS summed"""


def _limit_no(clock: doc.Clock) -> str:
    limits = limits_of(clock)
    match clock.limit:
        case None:
            return "CAST(NULL AS BIGINT)"
        case Limit():
            return "0"
        case doc.Limits(by=column, values=values, default=default):
            other = str(limits.index(default)) if default else "NULL"
            whens = " ".join(f"WHEN {quote_text(value)} THEN {limits.index(limit)}" for value, limit in values.items())
            return f"CASE r.{quote_name(column)} {whens} ELSE {other} END"


def _cases(seconds: Iterable[tuple[int, str]], alias: str) -> str:
    whens = " ".join(f"WHEN {number} THEN {text}" for number, text in seconds)
    return f"CASE {alias}.limit_no {whens} END" if whens else "CAST(NULL AS BIGINT)"


def _paused_query(tables: ClockTables, pauses: str) -> str:
    return f"""
        SELECT q._key, CAST(SUM({_open("q.until", "pu", tables)} - {_open("q.start", "ps", tables)}) AS BIGINT) AS paused
        FROM {pauses} AS q
        JOIN {tables.calendar} AS ps ON ps.bin = {bin_of("q.start")}
        JOIN {tables.calendar} AS pu ON pu.bin = {bin_of("q.until")}
        GROUP BY q._key"""


def _open(moment: str, alias: str, tables: ClockTables) -> str:
    return open_seconds(moment, alias, tables.windows)


def _texts(values: Iterable[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
