"""Parquet: native columns as they are, once the file proves to hold what it claims."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.engine.agreement import Source
from rapport.engine.backend import quote_name
from rapport.engine.records import guard
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.report import RecordsRefused
from rapport.engine.records.rows import Rows, check_headings, headings_of, is_text

MAX_ROWS_PER_BYTE = 8
"""A record takes a bit at the very least; a column that repeats one value claims millions of rows in a few bytes."""


def read_parquet(path: Path, source: Source, pace: Pace = UNTOLD) -> Rows:  # noqa: ARG001 - read at once
    """The declared columns of a Parquet file in their own types, rows numbered from 1.

    Raises:
        RecordsRefused: the file is damaged, claims what it cannot hold, or lacks a column or has one of lists or bytes.
    """
    try:
        wanted = _check_claims(path, source)
        _check_text(path, wanted)
        table = pq.ParquetFile(path).read([column.name for column in wanted])
        table.validate(full=True)  # text that is not UTF-8, or places outside a dictionary
        if len(table) != pq.read_metadata(path).num_rows:
            raise ValueError("it holds another number of rows than it claims")
    except (pa.ArrowException, duckdb.Error, OSError, ValueError) as error:
        raise RecordsRefused(f"{path.name} is a damaged Parquet file ({error}); export it again") from None
    return Rows(table, pa.array(np.arange(1, len(table) + 1)))


def _check_claims(path: Path, source: Source) -> list[pa.Field]:
    """The columns to read, once the file's own account of itself is plausible."""
    metadata, size = pq.read_metadata(path), path.stat().st_size
    guard.check_columns(path.name, metadata.num_columns)
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    claimed = max(metadata.num_rows, sum(group.num_rows for group in groups))
    if claimed > MAX_ROWS_PER_BYTE * size:
        raise RecordsRefused(f"{path.name} claims {claimed:,} rows in {size:,} bytes, which cannot be records")
    guard.check_unpacked(path.name, size, sum(group.total_byte_size for group in groups))
    schema = metadata.schema.to_arrow_schema()
    check_headings(path.name, schema.names, source)
    wanted = [schema.field(heading) for heading in dict.fromkeys(headings_of(source).values())]
    for column in wanted:
        if not _is_plain(column.type):
            raise RecordsRefused(
                f"{path.name} holds {column.type} in {column.name!r}; expected plain text, numbers, times or booleans"
            )
    return wanted


def _is_plain(kind: pa.DataType) -> bool:
    plain = (is_text, pa.types.is_primitive, pa.types.is_decimal, pa.types.is_null)
    return any(matches(kind) for matches in plain)


def _check_text(path: Path, columns: Sequence[pa.Field]) -> None:
    """Refuse cells, or a sum of them, too long to unpack: one stored text may be repeated a million times.

    DuckDB measures them without unpacking.
    """
    texts = [column.name for column in columns if is_text(column.type)]
    if not texts:
        return
    measures = ", ".join(f"max(strlen({quote_name(name)})), sum(strlen({quote_name(name)}))" for name in texts)
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
    with duckdb.connect() as connection:
        sizes = connection.execute(f"SELECT {measures} FROM read_parquet(?)", [literal]).fetchone() or ()
    for name, longest in zip(texts, sizes[::2], strict=True):
        guard.check_cell(path.name, name, longest or 0)
    guard.check_unpacked(path.name, guard.MAX_UNPACKED, sum(int(size or 0) for size in sizes[1::2]))
