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
from rapport.engine.kernel import Slots
from rapport.engine.terms import column_types


@dataclass(frozen=True)
class ClockTables:
    """The names of what a clock's queries read."""

    records: str
    spans: str | None
    calendar: Slots
    pauses: str | None = None
    are_merged: bool = False
    """Whether the pauses of each record are disjoint and lie within its run."""
    places: tuple["Place", ...] = ()


@dataclass(frozen=True)
class Place:
    """A column that says in which of some consecutive periods a moment of each record lies.

    Attributes:
        moment: the column of the moment, quoted.
        periods: the name under which a row of the calendar table has the index of its period.
    """

    column: str
    moment: str
    periods: str


COLUMNS = (
    "_key", "_row", "_file", "_start", "_stop", "_reopens", "_limit_no", "_until", "_paused", "_elapsed",
    "_limit_seconds", "_deadline", "_verdict", "_is_pending",
)  # fmt: skip
"""What the facts of a clock hold besides the columns of its source and those of its places."""


def limits_of(clock: doc.Clock) -> list[Limit]:
    """The distinct limits a clock may set; a record's `limit_no` is an index into this list."""
    match clock.limit:
        case None:
            return []
        case Limit():
            return [clock.limit]
        case doc.Limits(values=values, default=default):
            return list(dict.fromkeys([*values.values(), *([default] if default else [])]))


def timed_query(clock: doc.Clock, records: str, spans: str | None, as_of: int, columns: Iterable[str]) -> str:
    """Each record with the start, stop, until (stop, or `as_of` while open) and limit number of its clock.

    What happens after `as_of` has not happened: records stopped later are open, and those started later are not there.
    What a clock adds to the columns of a source has names that begin with an underscore, as no column's name may.
    """
    needs_spans = bool(clock.start.statuses or clock.stop.statuses)
    start, stop = _moment_sql(clock, "start"), _moment_sql(clock, "stop")
    kept = "".join(f", r.{quote_name(column)}" for column in columns)
    moments = f"LEFT JOIN ({_status_moments(clock, spans)}) AS m ON m._key = r._key" if needs_spans else ""
    reopened = "COALESCE(m.reopens, 0)" if clock.stop.statuses else "CAST(NULL AS BIGINT)"
    return f"""
        SELECT *, COALESCE(_stop, {as_of}) AS _until
        FROM (SELECT r._key, r._row, r._file{kept}, {start} AS _start,
                     CASE WHEN {stop} <= {as_of} THEN {stop} END AS _stop,
                     {reopened} AS _reopens, {_limit_no(clock)} AS _limit_no
              FROM {records} AS r {moments}) AS moments
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
    steps = {"timed": timed, "worked": _worked(tables.calendar)}
    if tables.pauses:
        steps["worked_pauses"] = _worked_pauses(tables.calendar, tables.pauses)
        steps["disjoint"] = "SELECT * FROM worked_pauses" if tables.are_merged else _DISJOINT
        steps["paused"] = "SELECT _key, CAST(SUM(_to - _from) AS BIGINT) AS _paused FROM disjoint GROUP BY _key"
    steps["elapsed"] = _elapsed(clock, tables)
    return "WITH " + ", ".join(f"{name} AS ({query})" for name, query in steps.items())


def judged_query(clock: doc.Clock, tables: ClockTables, deadlines: str | None, columns: Iterable[str]) -> str:
    """Each record of the step `elapsed`, as `COLUMNS`, some columns of its source and those of its places.

    The verdict is 1 within, 0 late, NULL open or not judgeable; `_is_pending` when it is still to come. A limit in
    seconds is judged by elapsed time, any other by the deadline. An open record is late as soon as its limit has passed
    and not judged before. A mistyped year, which no calendar reaches, leaves nothing to judge.
    """
    seconds = _cases((number, limit) for number, limit in enumerate(limits_of(clock)) if not limit.counts_days)
    deadline, join = None, ""
    if clock.due:
        deadline = f"e.{quote_name(clock.due)} + {clock.grace}"
    elif deadlines:
        deadline = "d.deadline"
        join = f"""LEFT JOIN {deadlines} AS d
                   ON d.start = e._start AND d.limit_no = e._limit_no AND d.paused = e._paused"""
    in_time = "<=" if clock.at_limit is doc.AtLimit.WITHIN else "<"
    within = f"_elapsed {in_time} _limit_seconds"
    if deadline:
        within = f"""CASE WHEN _elapsed IS NULL THEN NULL
                          WHEN _limit_seconds IS NULL THEN _until {in_time} _deadline ELSE {within} END"""
    judged = f"""
        SELECT *, CASE WHEN is_within THEN CASE WHEN _stop IS NOT NULL THEN 1 END
                       WHEN NOT is_within THEN 0 END AS _verdict,
               _stop IS NULL AND COALESCE(is_within, FALSE) AS _is_pending
        FROM (SELECT *, {within} AS is_within
              FROM (SELECT e.*, {seconds} AS _limit_seconds, {deadline or "CAST(NULL AS BIGINT)"} AS _deadline
                    FROM elapsed AS e {join}) AS limited) AS compared"""
    return _placed(judged, tables, [*columns, *COLUMNS])


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


def _worked(calendar: Slots) -> str:
    """Timed records with the open seconds `_from` and `_to` at which their run starts and ends."""
    start, until = calendar.at("t._start", "cs"), calendar.at("t._until", "cu")
    return f"""
        SELECT t.*, {start.open_seconds} AS _from, {until.open_seconds} AS _to
        FROM timed AS t {start.join} {until.join}"""


def _worked_pauses(calendar: Slots, pauses: str) -> str:
    """Pauses as open seconds `_from` and `_to`, without those that lie outside working hours."""
    start, until = calendar.at("p.start", "ps"), calendar.at("p.until", "pu")
    return f"""
        SELECT * FROM (SELECT p._key, {start.open_seconds} AS _from, {until.open_seconds} AS _to
                       FROM (SELECT _key, {calendar.nearest("start")} AS start, {calendar.nearest("until")} AS until
                             FROM {pauses} AS p) AS p {start.join} {until.join}) AS mapped
        WHERE _from < _to"""


# CASE and not GREATEST and LEAST, which cost engines several times as much.
_DISJOINT = """
    SELECT _key, CASE WHEN _from < reach THEN reach ELSE _from END AS _from, _to
    FROM (SELECT *, MAX(_to) OVER (PARTITION BY _key ORDER BY _from
                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
          FROM (SELECT p._key, CASE WHEN p._from < t._from THEN t._from ELSE p._from END AS _from,
                       CASE WHEN p._to > t._to THEN t._to ELSE p._to END AS _to
                FROM worked_pauses AS p
                JOIN worked AS t ON t._key = p._key AND p._from < t._to AND p._to > t._from
                WHERE t._from < t._to) AS clipped) AS reached
    WHERE reach IS NULL OR reach < _to"""
"""The pauses of each record without overlaps, as far as they lie within its run."""


def _elapsed(clock: doc.Clock, tables: ClockTables) -> str:
    paused = "COALESCE(p._paused, 0)" if tables.pauses else "0"
    join = "LEFT JOIN paused AS p ON p._key = t._key" if tables.pauses else ""
    # A record that stopped before it started took no time.
    elapsed = f"CASE WHEN t._to < t._from THEN 0 ELSE t._to - t._from - {paused} END"
    if clock.round_elapsed > 1:
        elapsed = f"({elapsed}) - ({elapsed}) % {clock.round_elapsed}"
    return f"SELECT t.*, {paused} AS _paused, {elapsed} AS _elapsed FROM worked AS t {join}"


def _placed(judged: str, tables: ClockTables, columns: Iterable[str]) -> str:
    """Some columns of judged records and those of all places, which are null outside all periods."""
    places = [(f"p{number}", place) for number, place in enumerate(tables.places)]
    kept = [f"j.{quote_name(column)}" for column in columns]
    kept += [f"{alias}.{quote_name(place.periods)} AS {quote_name(place.column)}" for alias, place in places]
    joins = " ".join(tables.calendar.at(f"j.{place.moment}", alias).join for alias, place in places)
    return f"SELECT {', '.join(kept)} FROM ({judged}) AS j {joins}"


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


def _status_moments(clock: doc.Clock, spans: str | None) -> str:
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
                    FROM {spans}) AS followed
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


def _texts(values: Iterable[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
