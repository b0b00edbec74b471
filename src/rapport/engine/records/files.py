"""The rows of a file, whatever its format."""

from pathlib import Path

from rapport.engine.agreement import FileFormat, Source
from rapport.engine.records import guard
from rapport.engine.records.csv_file import read_csv
from rapport.engine.records.rows import Rows, check_headings

_READERS = {FileFormat.CSV: read_csv}


def read_rows(path: Path, source: Source) -> Rows:
    """The rows of a file in the source's format.

    Raises:
        RecordsRefused: the file is not in that format, passes a limit, or lacks a declared column.
    """
    guard.check_content(path, source.format)
    return _READERS[source.format](path, source)
