"""Parquet: native columns as they are, once the file proves to hold what it claims."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.engine.agreement import Source
from rapport.engine.records import guard
from rapport.engine.records.events import quoted
from rapport.engine.records.report import RecordsRefused
from rapport.engine.records.rows import Rows, check_headings, headings_of

MAX_ROWS_PER_BYTE = 8
"""A record takes a bit at the very least; a column that repeats one value claims millions of rows in a few bytes."""


def read_parquet(path: Path, source: Source) -> Rows:
    """The declared columns of a Parquet file in their own types, rows numbered from 1.

    Raises:
        RecordsRefused: the file is damaged, claims what it cannot hold, or lacks a column or has one of lists or bytes.
    """
    try:
        wanted = _check_claims(path, source)
        _check_text(path, wanted)
        table = pq.ParquetFile(path).read(wanted)
    except (pa.ArrowException, duckdb.Error, OSError, ValueError) as error:
        raise RecordsRefused(f"{path.name} is a damaged Parquet file ({error}); export it again") from None
    return Rows(table, pa.array(range(1, len(table) + 1)))


def _check_claims(path: Path, source: Source) -> list[str]:
    """The columns to read, once the file's own account of itself is plausible."""
    metadata, size = pq.read_metadata(path), path.stat().st_size
    guard.check_columns(path.name, metadata.num_columns)
    if not 0 <= metadata.num_rows <= MAX_ROWS_PER_BYTE * size:
        raise RecordsRefused(f"{path.name} claims {metadata.num_rows:,} rows in {size:,} bytes, which cannot be records")
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    guard.check_unpacked(path.name, size, sum(group.total_byte_size for group in groups))
    schema = metadata.schema.to_arrow_schema()
    check_headings(path.name, schema.names, source)
    wanted = list(dict.fromkeys(headings_of(source).values()))
    ...
    return wanted
