"""XLSX: the typed cells of one sheet as text; formulas count by their stored results and never run."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from openpyxl import Workbook

from rapport.engine.agreement import Source
from rapport.engine.records import guard
from rapport.engine.records.cells import MOMENT_FORMATS, cell_text
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.report import RecordsRefused, listed
from rapport.engine.records.rows import Rows, check_headings, headings_of

MAX_UNPACKED = 512 * 1024**2
"""Bytes of a workbook once unpacked; its texts are held in memory at several times their size."""
MAX_CELLS = 20_000_000
"""A full sheet of twenty columns; a file of a few bytes can name the last cell of a sheet and so all before it."""
MAX_ROWS = 1_048_576
"""The last row that Excel knows."""
MAX_PARTS = 10_000
_ENCRYPTED = 1
_TOLD_ROWS = 1000

_Cells = tuple[object, ...]


def read_xlsx(path: Path, source: Source, pace: Pace = UNTOLD) -> Rows:
    """The rows of a sheet, numbered as in it; the first holds the headings, rows without any cell are left out.

    Raises:
        RecordsRefused: the workbook is damaged, encrypted, too large, or has no such sheet or heading.
    """
    _check_archive(path)
    try:
        return _read(path, source, pace)
    except RecordsRefused:
        raise
    except Exception as error:  # a damaged workbook makes openpyxl fail in many ways
        raise RecordsRefused(f"{path.name} is a damaged workbook ({error}); save it again in Excel") from None


def _read(path: Path, source: Source, pace: Pace) -> Rows:
    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        rows = _rows(_sheet(workbook, source.sheet, path.name), path.name)
        headings = _headings(next(rows, (1, ()))[1])
        guard.check_columns(path.name, len(headings))
        check_headings(path.name, headings, source)
        places = {heading: headings.index(heading) for heading in headings_of(source).values()}
        columns: dict[str, list[str | None]] = {heading: [] for heading in places}
        numbers = []
        for number, row in rows:
            if number % _TOLD_ROWS == 0:
                pace.reach(f"row {number:,}")
            if not any(str(cell).strip() for cell in row[: len(headings)] if cell is not None):
                continue
            numbers.append(number)
            for heading, place in places.items():
                columns[heading].append(cell_text(row[place], source.decimal) if place < len(row) else None)
    finally:
        workbook.close()
    cells = pa.table({heading: pa.array(values, pa.string()) for heading, values in columns.items()})
    guard.check_cells(path.name, cells)
    return Rows(cells, pa.array(numbers, pa.int64()), formats=MOMENT_FORMATS)


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RecordsRefused(f"{path.name} is a damaged workbook ({error}); save it again in Excel") from None
    unpacked = sum(member.file_size for member in members)
    guard.check_unpacked(path.name, path.stat().st_size, unpacked)
    if len(members) > MAX_PARTS or unpacked > MAX_UNPACKED:
        raise RecordsRefused(
            f"{path.name} unpacks to {unpacked:,} bytes in {len(members):,} parts; at most {MAX_UNPACKED:,} in "
            f"{MAX_PARTS:,} can be read from a workbook, so save the sheet as CSV"
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise RecordsRefused(f"{path.name} is encrypted; save it without a password")


def _sheet(workbook: Workbook, name: str | None, file: str) -> Any:
    sheets = {sheet.title: sheet for sheet in workbook.worksheets}
    if not sheets or (name is not None and name not in sheets):
        raise RecordsRefused(f"{file} has no sheet {name!r}; it has: {listed(list(sheets)) or 'none'}")
    return sheets[name] if name is not None else next(iter(sheets.values()))


def _rows(sheet: Any, name: str) -> Iterator[tuple[int, _Cells]]:
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    passed = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        passed += len(row) + 1
        if passed > MAX_CELLS or number > MAX_ROWS:
            raise RecordsRefused(
                f"{name} has more than {MAX_CELLS:,} cells or {MAX_ROWS:,} rows; delete empty ones or save it as CSV"
            )
        yield number, row


def _headings(cells: _Cells) -> list[str]:
    """Headings without the blank ones that formatting leaves at the end of a row."""
    headings = [(cell_text(cell, ".") or "").strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    return headings
