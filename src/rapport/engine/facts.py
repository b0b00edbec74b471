"""Facts: for each record of a clock its start, stop, pauses, elapsed time, limit and verdict, computed once.

Every function here builds SQL; nothing runs. All instants are UTC epoch seconds, all durations open seconds of the
clock's calendar.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapport.domain.durations import Limit
from rapport.engine import agreement as doc
from rapport.engine.agreement import ColumnType
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
    pauses: str | None = None
    windows: int = 0
    """How many windows a row of the calendar table has."""
    first: int = 0
    last: int = 0
    """The instants between which the calendar table knows what is open."""


COLUMNS = (
    "_key", "_row", "_file", "_start", "_stop", "_reopens", "_limit_no", "_until", "_paused", "_elapsed",
    "_limit_seconds", "_deadline", "_verdict",
)  # fmt: skip
"""What the facts of a clock hold besides the columns of its source."""


def limits_of(clock: doc.Clock) -> list[Limit]:
    """The distinct limits a clock may set; a record's `limit_no` is an index into this list."""
    match clock.limit:
        case None:
            return []
        case Limit():
            return [clock.limit]
        case doc.Limits(values=values, default=default):
            return list(dict.fromkeys([*values.values(), *([default] if default else [])]))


def timed_query(clock: doc.Clock, tables: ClockTables, as_of: int, columns: Iterable[str]) -> str:
    """Each record with the start, stop, until (stop, or `as_of` while open) and limit number of its clock.

    What happens after `as_of` has not happened: records stopped later are open, and those started later are not there.
    What a clock adds to the columns of a source has names that begin with an underscore, as no column's name may.
    """
    needs_spans = bool(clock.start.statuses or clock.stop.statuses)
    start, stop = _moment_sql(clock, "start"), _moment_sql(clock, "stop")
    kept = "".join(f", r.{quote_name(column)}" for column in columns)
    moments = f"LEFT JOIN ({_status_moments(clock, tables)}) AS m ON m._key = r._key" if needs_spans else ""
    reopened = "COALESCE(m.reopens, 0)" if clock.stop.statuses else "CAST(NULL AS BIGINT)"
    return f"""
        SELECT *, GREATEST(COALESCE(_stop, {as_of}), _start) AS _until
        FROM (SELECT r._key, r._row, r._file{kept}, {start} AS _start,
                     CASE WHEN {stop} <= {as_of} THEN {stop} END AS _stop,
                     {reopened} AS _reopens, {_limit_no(clock)} AS _limit_no
              FROM {tables.records} AS r {moments}) AS moments
        WHERE _start IS NULL OR _start <= {as_of}"""


def pauses_query(
    clock: doc.Clock, timed: str, as_of: int, agreement: doc.Agreement, tables: Mapping[str, str] | None = None
) -> str | None:
    """The pauses of each record as they were recorded, overlaps and all: `_key`, `start`, `until`; None if it has none.

    `tables` are read in place of the whole sources of those names.
    """
    relief = [spans for spans in clock.relief if not _is_for_all(spans, clock.source)]
    pausing = [*clock.pauses, *relief]
    if clock.stop.statuses and clock.reopen is doc.Reopen.CONTINUE:
        pausing.append(doc.Spans(statuses=clock.stop.statuses))
    parts = [_span_rows(spans, clock.source, agreement, as_of, tables) for spans in pausing]
    parts += [
        _for_every_run(_span_rows(spans, clock.source, agreement, as_of, tables), timed)
        for spans in clock.pauses
        if _may_be_for_all(spans, clock.source)
    ]
    return " UNION ALL ".join(parts) or None


def relief_query(clock: doc.Clock, agreement: doc.Agreement, as_of: int) -> str | None:
    """The relief that is for all records: `start`, `until`; None if there is none."""
    parts = [
        f"SELECT start, until FROM ({_span_rows(spans, clock.source, agreement, as_of)}) AS p WHERE _key IS NULL"
        for spans in clock.relief
        if _may_be_for_all(spans, clock.source)
    ]
    return " UNION ALL ".join(parts) or None


def elapsed_steps(clock: doc.Clock, tables: ClockTables, timed: str) -> str:
    """The WITH clause that measures timed records; its last step `elapsed` adds `_paused` and `_elapsed` to each."""
    steps = {"timed": timed, "worked": _worked(tables)}
    if tables.pauses:
        steps["paused"] = _paused(tables)
    steps["elapsed"] = _elapsed(clock, has_pauses=tables.pauses is not None)
    return "WITH " + ", ".join(f"{name} AS ({query})" for name, query in steps.items())


def judged_query(clock: doc.Clock, deadlines: str | None) -> str:
    """Each record of the step `elapsed` with its limit in seconds, deadline and verdict.

    The verdict is 1 within, 0 late, NULL open or not judgeable. A limit in seconds is judged by elapsed time, any
    other by the deadline. An open record is late as soon as its limit has passed and not judged before. A mistyped
    year, which no calendar reaches, leaves nothing to judge.
    """
    seconds = _cases((number, limit) for number, limit in enumerate(limits_of(clock)) if not limit.counts_days)
    deadline, join = "CAST(NULL AS BIGINT)", ""
    if clock.due:
        deadline = f"e.{quote_name(clock.due)} + {clock.grace}"
    elif deadlines:
        deadline = "d.deadline"
        join = f"""LEFT JOIN {deadlines} AS d
                   ON d.start = e._start AND d.limit_no = e._limit_no AND d.paused = e._paused"""
    in_time = "<=" if clock.at_limit is doc.AtLimit.WITHIN else "<"
    by_elapsed, by_deadline = f"_elapsed {in_time} _limit_seconds", f"_until {in_time} _deadline"
    within = f"CASE WHEN _limit_seconds IS NULL THEN {by_deadline} ELSE {by_elapsed} END"
    return f"""
        SELECT *, CASE WHEN _elapsed IS NULL THEN NULL
                       WHEN {within} THEN CASE WHEN _stop IS NULL THEN NULL ELSE 1 END
                       WHEN NOT ({within}) THEN 0 END AS _verdict
        FROM (SELECT e.*, {seconds} AS _limit_seconds, {deadline} AS _deadline FROM elapsed AS e {join}) AS limited"""


def spans_rows(spans: doc.Spans, agreement: doc.Agreement, as_of: int, columns: Sequence[str] = ()) -> str:
    """Intervals that belong to no record: `start`, `until` and `columns`, as SQL over the record `r` they come from."""
    source = agreement.sources[spans.source or ""]
    table = quote_name(spans.source or "")
    condition = where(spans.filter, source)
    kept = "".join(f", {column}" for column in columns)
    if not spans.statuses:
        until = f"COALESCE(r.{quote_name(spans.end or '')}, {as_of})"
        return (
            f"SELECT r.{quote_name(spans.start or '')} AS start, {until} AS until{kept} FROM {table} AS r {condition}"
        )
    return f"""SELECT s.start, COALESCE(s."end", {as_of}) AS until{kept}
               FROM {quote_name((spans.source or "") + "_spans")} AS s
               JOIN (SELECT * FROM {table} {condition}) AS r ON r._key = s._key
               WHERE s.status IN ({_texts(spans.statuses)})"""


def text_of(column: str, type_: ColumnType) -> str:
    """A column's values as text, numbers without needless zeros, as in a record's key."""
    text = f"CAST({column} AS VARCHAR)"
    return f"RTRIM(RTRIM({text}, '0'), '.')" if type_ is ColumnType.NUMBER else text


def _worked(tables: ClockTables) -> str:
    """Each timed record with the open seconds of its calendar up to its start and up to its end, `_from` and `_to`."""
    return f"""
        SELECT t.*, {_open("t._start", "cs", tables)} AS _from, {_open("t._until", "cu", tables)} AS _to
        FROM timed AS t
        LEFT JOIN {tables.calendar} AS cs ON cs.bin = {bin_of("t._start")}
        LEFT JOIN {tables.calendar} AS cu ON cu.bin = {bin_of("t._until")}"""


def _paused(tables: ClockTables) -> str:
    """The open seconds that pauses take from each record.

    Pauses are mapped to open seconds first, where they can be clipped and joined just as well: what they cover together
    is the same, and pauses out of hours are gone.
    """
    start, until = (f"LEAST(GREATEST(p.{edge}, {tables.first}), {tables.last})" for edge in ("start", "until"))
    mapped = f"""
        SELECT p._key, {_open(start, "ps", tables)} AS _from, {_open(until, "pu", tables)} AS _to
        FROM {tables.pauses} AS p
        JOIN {tables.calendar} AS ps ON ps.bin = {bin_of(start)}
        JOIN {tables.calendar} AS pu ON pu.bin = {bin_of(until)}
        WHERE p.start < p.until"""
    clipped = f"""
        SELECT w._key, GREATEST(m._from, w._from) AS _from, LEAST(m._to, w._to) AS _to
        FROM ({mapped}) AS m JOIN worked AS w ON w._key = m._key
        WHERE m._from < m._to AND m._from < w._to AND m._to > w._from"""
    return f"""
        SELECT _key, CAST(SUM(GREATEST(_to - GREATEST(_from, COALESCE(reach, _from)), 0)) AS BIGINT) AS _paused
        FROM (SELECT *, MAX(_to) OVER (PARTITION BY _key ORDER BY _from
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
              FROM ({clipped}) AS clipped) AS reached
        GROUP BY _key"""


def _elapsed(clock: doc.Clock, *, has_pauses: bool) -> str:
    paused = "COALESCE(p._paused, 0)" if has_pauses else "0"
    join = "LEFT JOIN paused AS p ON p._key = w._key" if has_pauses else ""
    elapsed = f"w._to - w._from - {paused}"
    if clock.round_elapsed > 1:
        elapsed = f"({elapsed}) - ({elapsed}) % {clock.round_elapsed}"
    return f"SELECT w.*, {paused} AS _paused, {elapsed} AS _elapsed FROM worked AS w {join}"


def _may_be_for_all(spans: doc.Spans, own: str) -> bool:
    """Whether some intervals belong to no record of their own."""
    return not spans.statuses and (spans.record is not None or spans.source not in (None, own))


def _is_for_all(spans: doc.Spans, own: str) -> bool:
    return _may_be_for_all(spans, own) and spans.record is None


def _for_every_run(intervals: str, timed: str) -> str:
    """Intervals that belong to no record, given to every record whose run they touch."""
    return f"""
        SELECT t._key, p.start, p.until
        FROM ({intervals}) AS p JOIN {timed} AS t ON p._key IS NULL AND p.start < t._until AND p.until > t._start"""


def _span_rows(
    spans: doc.Spans, own: str, agreement: doc.Agreement, as_of: int, tables: Mapping[str, str] | None = None
) -> str:
    """Intervals with the key of their record, which is null where an interval is for all records."""
    name = spans.source or own
    source = agreement.sources[name]
    table, condition = (tables or {}).get(name, quote_name(name)), where(spans.filter, source)
    if spans.statuses:
        return f"""SELECT s._key, s.start, COALESCE(s."end", {as_of}) AS until
                   FROM {quote_name(name + "_spans")} AS s
                   JOIN (SELECT _key FROM {table} AS r {condition}) AS r ON r._key = s._key
                   WHERE s.status IN ({_texts(spans.statuses)})"""
    key = "CAST(NULL AS VARCHAR)" if _is_for_all(spans, own) else "r._key"
    if spans.record:
        key = text_of(f"r.{quote_name(spans.record)}", source.column(spans.record).type)
    until = f"COALESCE(r.{quote_name(spans.end or '')}, {as_of})"
    start = f"r.{quote_name(spans.start or '')}"
    return f"SELECT {key} AS _key, {start} AS start, {until} AS until FROM {table} AS r {condition}"


def where(condition: str | None, source: doc.Source) -> str:
    """A condition of the agreement as a WHERE clause, empty where there is none."""
    return f"WHERE {parse_condition(condition, column_types(source)).sql('duckdb')}" if condition else ""


def _moment_sql(clock: doc.Clock, event: str) -> str:
    moment: doc.Moment = getattr(clock, event)
    found = f"r.{quote_name(moment.column)}" if moment.column else f"m.{event}"
    restarts = event == "start" and clock.stop.statuses and clock.reopen is doc.Reopen.RESTART
    return f"COALESCE(m.last_reopened, {found})" if restarts else found


def _status_moments(clock: doc.Clock, tables: ClockTables) -> str:
    """Start, stop and number of reopenings of each case, from its status intervals.

    A case is stopped while its last status is a stop status, since it left the last other status. It is reopened each
    time a stop status is followed by another.
    """
    begins = f"status IN ({_texts(clock.start.statuses)})" if clock.start.statuses else "FALSE"
    stops = f"status IN ({_texts(clock.stop.statuses)})" if clock.stop.statuses else "FALSE"
    stop = "CASE WHEN is_running = 1 THEN NULL ELSE COALESCE(left_running, first_stopped) END"
    if clock.reopen is doc.Reopen.IGNORE:
        stop = "first_stopped"
    return f"""
        SELECT _key, first_begun AS start, {stop} AS stop, reopens, last_reopened
        FROM (SELECT _key, MIN(CASE WHEN {begins} THEN start END) AS first_begun,
                     MIN(CASE WHEN {stops} THEN start END) AS first_stopped,
                     MAX(CASE WHEN NOT ({stops}) THEN "end" END) AS left_running,
                     MAX(CASE WHEN NOT ({stops}) AND "end" IS NULL THEN 1 ELSE 0 END) AS is_running,
                     MAX(CASE WHEN {stops} AND NOT next_stops THEN "end" END) AS last_reopened,
                     SUM(CASE WHEN {stops} AND NOT next_stops THEN 1 ELSE 0 END) AS reopens
              FROM (SELECT *, LEAD({stops}) OVER (PARTITION BY _key ORDER BY _place) AS next_stops
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


def _cases(limits: Iterable[tuple[int, Limit]]) -> str:
    whens = " ".join(f"WHEN {number} THEN {limit.seconds}" for number, limit in limits)
    return f"CASE e._limit_no {whens} END" if whens else "CAST(NULL AS BIGINT)"


def _open(moment: str, alias: str, tables: ClockTables) -> str:
    return open_seconds(moment, alias, tables.windows)


def _texts(values: Iterable[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
