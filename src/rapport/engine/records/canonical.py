"""The rows of one file as canonical rows: typed columns, a key, and a reject for every row that cannot be used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import ColumnType, Source
from rapport.engine.records.columns import ColumnReader, Reading
from rapport.engine.records.numbers import number_text
from rapport.engine.records.report import LISTED_REJECTS, Reject, shorten
from rapport.engine.records.rows import Rows, headings_of
from rapport.engine.records.zones import Mask, to_local

KEY_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class CanonicalRows:
    """A file's usable rows: `_key`, `_row`, `_file` and every declared column.

    `doubts` are masks over these rows by the name of their flag; `rejects` lists the first of the `rejected` rows.
    """

    rows: pa.Table
    doubts: Mapping[str, Mask]
    rejected: int
    rejects: tuple[Reject, ...]


def canonical_rows(
    file: str, rows: Rows, source: Source, zone: str, connection: duckdb.DuckDBPyConnection
) -> CanonicalRows:
    """A file's rows with every cell read as its column's type says.

    A row is rejected for its first fault only, so rejects count rows: an unreadable value, or none where one is needed.
    """
    readers = {name: _reader(name, source, rows, zone, connection) for name in source.columns}
    cells = {name: rows.cells[heading].combine_chunks() for name, heading in headings_of(source).items()}
    readings = {name: readers[name].read(cells[name]) for name in source.columns}
    usable, rejects = np.full(len(rows.numbers), True), list(rows.rejects)
    for name, mask, expected in _faults(source, readers, readings):
        faulty = mask.to_numpy(zero_copy_only=False) & usable
        usable &= ~faulty
        for index in np.flatnonzero(faulty)[:LISTED_REJECTS].tolist():
            seen = cells[name][index].as_py()
            rejects.append(
                Reject(file, rows.numbers[index].as_py(), name, "" if seen is None else shorten(seen), expected)
            )
    table = pa.table(
        {
            "_key": _keys(source, readers, readings),
            "_row": rows.numbers,
            "_file": pa.repeat(file, len(rows.numbers)),
            **{name: reading.values for name, reading in readings.items()},
        }
    )
    return CanonicalRows(
        table if usable.all() else table.filter(pa.array(usable)),
        {name: mask[usable] for name, mask in _doubts(source, readings).items()},
        len(rows.rejects) + int((~usable).sum()),
        tuple(sorted(rejects, key=lambda reject: reject.row)[:LISTED_REJECTS]),
    )


def _reader(name: str, source: Source, rows: Rows, zone: str, connection: duckdb.DuckDBPyConnection) -> ColumnReader:
    column = source.column(name)
    return ColumnReader(
        column=column,
        nulls=source.nulls,
        decimal=source.decimal,
        formats=(*rows.formats, *(column.formats or source.date_formats)),
        zone=column.time_zone or source.time_zone or zone,
        connection=connection,
    )


def _faults(
    source: Source, readers: Mapping[str, ColumnReader], readings: Mapping[str, Reading]
) -> Iterator[tuple[str, pa.Array, str]]:
    """What makes rows unusable: a column, a mask of the rows, and what was expected."""
    needed = {*source.keys, *((source.events.time,) if source.events else ())}
    for name, reading in readings.items():
        if source.column(name).unreadable == "reject":
            yield name, reading.unreadable, readers[name].expected()
        if name in needed or source.column(name).required:
            yield name, pc.is_null(reading.values), "a value, which every row needs here"


def _doubts(source: Source, readings: Mapping[str, Reading]) -> dict[str, Mask]:
    doubts: dict[str, Mask] = {}
    for name, reading in readings.items():
        own = dict(reading.doubts)
        if source.column(name).unreadable == "missing":
            own[f"unreadable {name}"] = reading.unreadable
        for flag, mask in own.items():
            seen = mask.to_numpy(zero_copy_only=False)
            doubts[flag] = doubts[flag] | seen if flag in doubts else seen
    return doubts


def _keys(source: Source, readers: Mapping[str, ColumnReader], readings: Mapping[str, Reading]) -> pa.Array:
    parts = [_key_text(readings[name].values, readers[name]) for name in source.keys]
    return pc.binary_join_element_wise(*parts, KEY_SEPARATOR) if len(parts) > 1 else parts[0]


def _key_text(values: pa.Array, reader: ColumnReader) -> pa.Array:
    """A key's value as text, the same however the file writes it: dates and times in ISO 8601."""
    match reader.column.type:
        case ColumnType.NUMBER:
            return number_text(values)
        case ColumnType.DATE:
            local = to_local(pc.fill_null(values, 0).to_numpy(), reader.zone)
            days = pc.cast(pa.array(local // 86_400, pa.int32(), mask=values.is_null().to_numpy(False)), pa.date32())
            return pc.cast(days, pa.string())
        case ColumnType.TIME:
            moments = pc.cast(pc.cast(values, pa.timestamp("s")), pa.string())
            return pc.binary_join_element_wise(pc.replace_substring(moments, " ", "T"), "Z", "")
        case _:
            return pc.cast(values, pa.string())
