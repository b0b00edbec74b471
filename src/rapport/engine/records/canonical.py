"""The rows of one file as canonical rows: typed columns, a key, and a reject for every row that cannot be used."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import Source
from rapport.engine.records.columns import ColumnReader, Reading
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.report import LISTED_REJECTS, Reject, shorten
from rapport.engine.records.rows import Rows, headings_of
from rapport.engine.records.zones import Mask

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


@dataclass(frozen=True)
class _Column:
    """A column of the file: its cells, what they were read as, and whether every row needs a value here."""

    name: str
    reader: ColumnReader
    cells: pa.Array
    reading: Reading
    needed: bool

    def faults(self) -> Iterator[tuple[Mask, str]]:
        """Masks of the rows this column makes unusable, each with what was expected."""
        if self.reader.column.unreadable == "reject":
            yield self.reading.unreadable, self.reader.expected()
        if self.needed:
            yield self.reading.values.is_null().to_numpy(zero_copy_only=False), "a value, which every row needs here"

    def doubts(self) -> Iterator[tuple[str, Mask]]:
        """Masks of the rows this column raises a doubt about, by the name of the flag."""
        yield from self.reading.doubts.items()
        if self.reader.column.unreadable == "missing":
            yield f"unreadable {self.name}", self.reading.unreadable


def canonical_rows(
    file: str, rows: Rows, source: Source, zone: str, connection: duckdb.DuckDBPyConnection, pace: Pace = UNTOLD
) -> CanonicalRows:
    """A file's rows with every cell read as its column's type says.

    A row is rejected for its first fault only, so rejects count rows: an unreadable value, or none where one is needed.
    """
    columns = {}
    pace.begin(f"Checking {file}, {len(rows.numbers):,} rows")
    for place, name in enumerate(source.columns, start=1):
        pace.reach(f"column {place} of {len(source.columns)}")
        columns[name] = _read(name, rows, source, zone, connection)
    usable, rejects = _usable(file, rows, columns.values())
    table = pa.table(
        {
            "_key": _key([columns[name] for name in source.keys]),
            "_row": rows.numbers,
            "_file": pa.repeat(file, len(rows.numbers)),
            **{name: column.reading.values for name, column in columns.items()},
        }
    )
    doubts: dict[str, Mask] = {}
    for flag, mask in (doubt for column in columns.values() for doubt in column.doubts()):
        doubts[flag] = doubts.get(flag, False) | mask[usable]
    kept = table if usable.all() else table.filter(pa.array(usable))
    return CanonicalRows(kept, doubts, rows.rejected + int((~usable).sum()), rejects)


def _read(name: str, rows: Rows, source: Source, zone: str, connection: duckdb.DuckDBPyConnection) -> _Column:
    column = source.column(name)
    reader = ColumnReader(
        column=column,
        nulls=(*source.nulls, *column.nulls),
        decimal=source.decimal,
        formats=(*rows.formats, *(column.formats or source.date_formats)),
        zone=column.time_zone or source.time_zone or zone,
        connection=connection,
    )
    cells = rows.cells[headings_of(source)[name]].combine_chunks()
    orders_events = source.events is not None and name == source.events.time
    return _Column(name, reader, cells, reader.read(cells), column.required or orders_events or name in source.keys)


def _usable(file: str, rows: Rows, columns: Iterable[_Column]) -> tuple[Mask, tuple[Reject, ...]]:
    """A mask of the usable rows, and the first rejects in order of their rows."""
    usable, rejects = np.full(len(rows.numbers), True), list(rows.rejects)
    for column in columns:
        for mask, expected in column.faults():
            for index in np.flatnonzero(mask & usable)[:LISTED_REJECTS].tolist():
                number, seen = rows.numbers[index].as_py(), column.cells[index].as_py()
                rejects.append(Reject(file, number, column.name, "" if seen is None else shorten(seen), expected))
            usable &= ~mask
    return usable, tuple(sorted(rejects, key=lambda reject: reject.row)[:LISTED_REJECTS])


def _key(columns: Sequence[_Column]) -> pa.Array:
    parts = [column.reader.key_text(column.reading.values) for column in columns]
    return pc.binary_join_element_wise(*parts, KEY_SEPARATOR) if len(parts) > 1 else parts[0]
