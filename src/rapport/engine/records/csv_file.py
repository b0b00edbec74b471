"""CSV: text in any encoding, with any line ends, as columns of text."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from rapport.engine.agreement import Source
from rapport.engine.records import guard
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.report import RecordsRefused, RejectList
from rapport.engine.records.rows import Rows, check_headings, drop_blank
from rapport.engine.records.text import as_utf8

# Closes the last row, whose line end may be missing, and adds a blank one. A quote that is never closed swallows both.
_END = b"\n\n"
_TEXT_COLUMNS = {f"f{index}": pa.string() for index in range(guard.MAX_COLUMNS + 1)}
_Handler = Callable[[pa_csv.InvalidRow], str]


def read_csv(path: Path, source: Source, pace: Pace = UNTOLD) -> Rows:
    """The rows of a CSV file as text; the first row holds the headings, rows of another length are rejects.

    Raises:
        RecordsRefused: the file is not text in its encoding, a quote never closes, or a row is too long.
    """
    ragged = _Ragged(path.name, source)
    with guard.open_unpacked(path, pace) as file:
        stream = as_utf8(file, source.encoding, path.name, _END)
        first_line = stream.peek().replace(b"\r", b"\n").partition(b"\n")[0]
        guard.check_columns(path.name, first_line.count(source.delimiter.encode()) + 1)  # parsing them takes its time
        table = _parse(stream, source, ragged.skip, path.name)
    numbers = np.delete(np.arange(1, len(table) + len(ragged.numbers) + 1), np.array(ragged.numbers, int) - 1)
    if any(table.slice(len(table) - 1).to_pylist()[0].values()) or numbers[-1] != len(table) + len(ragged.numbers):
        raise RecordsRefused(f"{path.name} opens a quote that is never closed; rows after it would be lost")
    guard.check_columns(path.name, table.num_columns)
    guard.check_cells(path.name, table)
    headings = [str(cell).strip() for cell in table.slice(0, 1).to_pylist()[0].values()]
    check_headings(path.name, headings, source)
    cells = table.slice(1, len(table) - 2).rename_columns(headings)
    return drop_blank(Rows(cells, pa.array(numbers[1:-1]), ragged.rejects.count, tuple(ragged.rejects.listed)))


class _Ragged:
    """Rows with more or fewer cells than the headings: their numbers, and a reject for each that is not blank."""

    def __init__(self, file: str, source: Source) -> None:
        self._delimiter, self._nothing = source.delimiter, ("", source.quote * 2)
        self.numbers: list[int] = []
        self.rejects = RejectList(file)

    def skip(self, row: pa_csv.InvalidRow) -> str:
        self.numbers.append(row.number)
        if any("".join(cell.split()) not in self._nothing for cell in row.text.split(self._delimiter)):
            expected = f"a row of {row.expected_columns} cells, as there are headings; it has {row.actual_columns}"
            self.rejects.add(row.number, row.text, expected)
        return "skip"


def _parse(stream: BinaryIO, source: Source, skip: _Handler, name: str) -> pa.Table:
    try:
        return pa_csv.read_csv(
            stream,
            pa_csv.ReadOptions(use_threads=False, block_size=guard.MAX_ROW, autogenerate_column_names=True),
            pa_csv.ParseOptions(
                delimiter=source.delimiter,
                quote_char=source.quote,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            pa_csv.ConvertOptions(column_types=_TEXT_COLUMNS),
        )
    except ValueError as error:
        raise RecordsRefused(
            f"{name} cannot be read as CSV ({error}); look for a quote that is never closed, or a row of more than "
            f"{guard.MAX_ROW:,} bytes"
        ) from None
