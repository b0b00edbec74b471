"""The rows of a file, whatever its format."""

from pathlib import Path

from rapport.engine.agreement import FileFormat, Source
from rapport.engine.records import guard
from rapport.engine.records.csv_file import read_csv
from rapport.engine.records.json_lines import read_json_lines
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.parquet_file import read_parquet
from rapport.engine.records.rows import Rows
from rapport.engine.records.xes_file import read_xes


def _read_xlsx(path: Path, source: Source, pace: Pace) -> Rows:
    # Imported when needed: it takes a tenth of the time of a whole command, and most files are no workbooks.
    from rapport.engine.records.xlsx_file import read_xlsx

    return read_xlsx(path, source, pace)


_READERS = {
    FileFormat.CSV: read_csv,
    FileFormat.XLSX: _read_xlsx,
    FileFormat.PARQUET: read_parquet,
    FileFormat.JSON_LINES: read_json_lines,
    FileFormat.XES: read_xes,
}


def read_rows(path: Path, source: Source, pace: Pace = UNTOLD) -> Rows:
    """The rows of a file in the source's format; `pace` is told how far it is, where the format lets that be known.

    Raises:
        RecordsRefused: the file is not in that format, passes a limit, or lacks a declared column.
    """
    guard.check_content(path, source.format)
    return _READERS[source.format](path, source, pace)
