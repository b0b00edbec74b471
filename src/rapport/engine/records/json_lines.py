"""JSON Lines: one flat JSON object per line."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from rapport.engine.agreement import Column, ColumnType, Source
from rapport.engine.records import guard
from rapport.engine.records.cells import cell_text
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.report import RejectList
from rapport.engine.records.rows import Rows, check_headings, headings_of
from rapport.engine.records.text import as_utf8

_EXPECTED = "a flat JSON object on one line, without NaN"
_MOMENTS = (ColumnType.TIME, ColumnType.DATE)


def read_json_lines(path: Path, source: Source, pace: Pace = UNTOLD) -> Rows:
    """The rows of a JSON Lines file, numbered by line; lines that hold no flat object are rejects, blank ones nothing.

    A key that an object lacks is a missing value. Whole numbers in a time or date column are epoch seconds.

    Raises:
        RecordsRefused: the file is not text in its encoding, a line is too long, or no line has a declared column.
    """
    records: list[dict[str, object]] = []
    numbers: list[int] = []
    rejects = RejectList(path.name)
    headings: dict[str, None] = {}
    wanted = set(headings_of(source).values())
    with guard.open_unpacked(path, pace) as file:
        for number, line in _lines(as_utf8(file, source.encoding, path.name), path.name):
            try:
                record = _record(line)
            except (ValueError, RecursionError):
                rejects.add(number, line.decode(), _EXPECTED)
                continue
            headings |= dict.fromkeys(record)
            records.append({heading: record[heading] for heading in record.keys() & wanted})
            numbers.append(number)
    guard.check_columns(path.name, len(headings))
    if records:
        check_headings(path.name, list(headings), source)
    columns = {
        heading: _column([record.get(heading) for record in records], source.column(name), source.decimal)
        for name, heading in headings_of(source).items()
    }
    cells = pa.table(columns)
    guard.check_cells(path.name, cells)
    return Rows(cells, pa.array(numbers, pa.int64()), rejects.count, tuple(rejects.listed))


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(guard.MAX_ROW + 1):
        number += 1
        guard.check_row(name, number, len(line))
        if line.strip():
            yield number, line


def _record(line: bytes) -> dict[str, object]:
    record = json.loads(line, parse_constant=_refuse, parse_float=Decimal)
    if not isinstance(record, dict) or any(isinstance(value, dict | list) for value in record.values()):
        raise ValueError
    if rb"\u" in line:  # only an escape can write half a character, which no table can hold
        json.dumps(record, ensure_ascii=False, default=str).encode()
    return record


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _column(cells: Sequence[object], column: Column, decimal: str) -> pa.Array:
    present = [cell for cell in cells if cell is not None]
    if column.type in _MOMENTS and present and all(type(cell) is int and abs(cell) < 2**63 for cell in present):
        return pa.array(cells, pa.int64())
    return pa.array([cell_text(cell, decimal) for cell in cells], pa.string())
