"""A log with a row per event, folded into a record per case and the spans of time each case spent in a status."""

from dataclasses import dataclass
from typing import Self

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import Events, Source
from rapport.engine.backend import quote_name
from rapport.engine.records.zones import Mask

Places = npt.NDArray[np.int64]


def fold(
    connection: duckdb.DuckDBPyConnection, rows: pa.Table, source: Source, events: Events
) -> tuple[pa.Table, pa.Table | None]:
    """Records and status spans of events, which the connection also knows as the table `events` with places as `_id`.

    A case's events are ordered by time, then by the order column, then as they came. Its record keeps the first event's
    value of the columns so declared and of all others the last that is not missing; records are in order of their keys.
    """
    order = [quote_name(name) for name in ("_key", events.time, events.order, "_id") if name]
    places = connection.sql(f"SELECT _id FROM events ORDER BY {', '.join(order)}").to_arrow_table()["_id"]
    ordered = rows.take(places)
    cases = _Cases.of(ordered["_key"])
    columns = {name: ordered[name] for name in ("_key", "_row", "_file", *source.columns)}
    records = pa.table(
        {
            name: column.take(pa.array(cases.first)) if name in events.first else cases.last_value(column)
            for name, column in columns.items()
        }
    )
    return records, _spans(ordered, events.status, events.time) if events.status else None


@dataclass(frozen=True)
class _Cases:
    """Where each case's events begin and end among events that are ordered by case."""

    first: Places
    last: Places

    @classmethod
    def of(cls, keys: pa.ChunkedArray) -> Self:
        first = np.flatnonzero(_changes(keys))
        return cls(first, np.append(first, len(keys))[1:] - 1)

    def last_value(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The last value of each case that is not missing."""
        present = np.where(pc.is_valid(column).to_numpy(), np.arange(len(column)), -1)
        latest = np.maximum.accumulate(present)[self.last]
        return column.take(pa.array(latest, mask=latest < self.first))


def _spans(ordered: pa.Table, status: str, time: str) -> pa.Table:
    """From when to when each case had a status: `_key`, `status`, `start`, `end`, the last one's `end` null."""
    told = ordered.select(["_key", status, time]).rename_columns(["_key", "status", "start"])
    told = told.filter(pc.is_valid(told["status"]))
    entered = told.filter(pa.array(_changes(told["_key"]) | _changes(told["status"])))
    next_start = np.append(entered["start"].to_numpy(), 0)[1:]
    is_last = np.append(_changes(entered["_key"]), True)[1:]
    return entered.append_column("end", pa.array(next_start, mask=is_last))


def _changes(values: pa.ChunkedArray) -> Mask:
    """Where a value differs from the one before it."""
    codes = values.combine_chunks().dictionary_encode().indices.to_numpy()
    changed: Mask = np.diff(codes, prepend=-1) != 0
    return changed
