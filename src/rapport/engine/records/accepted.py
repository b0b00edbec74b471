"""Which usable rows count: without duplicates, and within the agreement's term."""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import Events, Source, Term
from rapport.engine.backend import quote_name
from rapport.engine.records.events import Places, fold
from rapport.engine.records.zones import Mask, to_utc

_DAY = 86_400


@dataclass(frozen=True)
class Accepted:
    """The records and spans that count, and masks over the rows they came from: which were left out, and why."""

    records: pa.Table
    spans: pa.Table | None
    duplicate: Mask
    outside: Mask


def accept(connection: duckdb.DuckDBPyConnection, rows: pa.Table, source: Source, term: Term, zone: str) -> Accepted:
    """Sort out rows, which the connection also knows as the table `rows` with their position as `_id`.

    Of several records with one key the latest counts; of an event log only rows that repeat another are duplicates. A
    record without the moment it was opened is within the term.
    """
    duplicate = np.full(len(rows), False)
    duplicate[_duplicates(connection, source)] = True
    if source.events:
        return _accept_events(connection, rows, source, source.events, duplicate, _bounds(term, zone))
    outside = _outside(rows, source, _bounds(term, zone)) & ~duplicate
    left_out = duplicate | outside
    return Accepted(rows.filter(pa.array(~left_out)) if left_out.any() else rows, None, duplicate, outside)


def _accept_events(
    connection: duckdb.DuckDBPyConnection,
    rows: pa.Table,
    source: Source,
    events: Events,
    duplicate: Mask,
    bounds: tuple[int, int],
) -> Accepted:
    connection.register("duplicates", pa.table({"_id": np.flatnonzero(duplicate)}))
    connection.execute("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM rows ANTI JOIN duplicates USING (_id)")
    records, spans = fold(connection, rows, source, events)
    late = records.filter(pa.array(_outside(records, source, bounds)))["_key"]
    outside = pc.is_in(rows["_key"], late).to_numpy() & ~duplicate
    return Accepted(_without(records, late), _without(spans, late) if spans is not None else None, duplicate, outside)


def _without(table: pa.Table, keys: pa.ChunkedArray) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table["_key"], keys)))


def _duplicates(connection: duckdb.DuckDBPyConnection, source: Source) -> Places:
    """Positions of the rows that a later one replaces, or of events that an earlier one already tells."""
    same, latest = "_key", "_id DESC"
    if source.events:
        same, latest = ", ".join(map(quote_name, source.columns)), "_id"
    elif source.version:
        latest = f"{quote_name(source.version)} DESC NULLS LAST, _id DESC"
    query = f"""
        WITH hashed AS (SELECT *, hash({same}) AS _hash FROM rows)
        SELECT _id FROM hashed WHERE _hash IN (SELECT _hash FROM hashed GROUP BY _hash HAVING count(*) > 1)
        QUALIFY row_number() OVER (PARTITION BY {same} ORDER BY {latest}) > 1"""
    places: Places = connection.sql(query).to_arrow_table()["_id"].to_numpy()
    return places


def _outside(rows: pa.Table, source: Source, bounds: tuple[int, int]) -> Mask:
    if not source.opened:
        return np.full(len(rows), False)
    opened, (first, end) = rows[source.opened], bounds
    outside: Mask = pc.fill_null(pc.or_(pc.less(opened, first), pc.greater_equal(opened, end)), False).to_numpy()
    return outside


def _bounds(term: Term, zone: str) -> tuple[int, int]:
    """UTC seconds of the midnights that begin the term and end it."""
    days = [(day - date(1970, 1, 1)).days for day in (term.first, term.last)]
    local = np.array([days[0] * _DAY, (days[1] + 1) * _DAY])
    first, end = to_utc(local, zone)[0].tolist()
    return first, end
