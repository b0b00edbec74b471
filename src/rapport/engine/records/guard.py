"""Limits on files from outside: what is too big, too dense or not what it says is refused before it is read.

Every limit is generous for honest records and small against a machine's memory.
"""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import FileFormat
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.report import FileDigest, RecordsRefused

MAX_UNPACKED = 2 * 1024**3
"""Bytes of one file once unpacked: ten million wide rows."""
MAX_RATIO = 200
"""Unpacked over packed bytes; text packs 5 to 30 times, a bomb a thousand."""
RATIO_MATTERS_FROM = 50 * 1024**2
"""Unpacked bytes below which a high ratio is harmless: small logs of one repeated row pack well."""
MAX_CELL = 64 * 1024
"""Bytes of one cell; Excel itself allows half of it."""
MAX_COLUMNS = 2_000
MAX_ROW = 4 * 1024**2
"""Bytes of one row of text."""

_MAGIC = {
    b"PK\x03\x04": "a zip or XLSX file",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"\xd0\xcf\x11\xe0": "an old or password-protected Office file",
    b"%PDF": "a PDF file",
    b"<?xml": "an XML file",
    b"<log": "an XML file",
    b"<!DOCTYPE": "an HTML file",
    b"<html": "an HTML file",
}
_EXPECTED = {FileFormat.XLSX: "a zip or XLSX file", FileFormat.PARQUET: "a Parquet file", FileFormat.XES: "an XML file"}
_PACKED = (FileFormat.XLSX, FileFormat.PARQUET)
_CHUNK = 1024**2


def describe(path: Path) -> FileDigest:
    """A file's name, digest and size; an absent or empty file is refused."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RecordsRefused(f"{path.name} cannot be opened: {error.strerror}") from None
    size = path.stat().st_size
    if size == 0:
        raise RecordsRefused(f"{path.name} is empty (0 bytes); a file without records still has its headings")
    return FileDigest(path.name, digest, size)


def check_content(path: Path, file_format: FileFormat) -> None:
    """Refuse a file whose first bytes belong to another format than the one stated."""
    with path.open("rb") if file_format in _PACKED else open_unpacked(path) as file:
        head = file.read(16).removeprefix(codecs.BOM_UTF8)
    if not head:
        raise RecordsRefused(f"{path.name} is empty once unpacked; a file without records still has its headings")
    seen = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if seen != _EXPECTED.get(file_format):
        raise RecordsRefused(
            f"{path.name} is {seen or 'not what its format says'}; expected {_EXPECTED.get(file_format, 'text')}, "
            f"because the source's format is {file_format}"
        )


@contextmanager
def open_unpacked(path: Path, pace: Pace = UNTOLD) -> Iterator[BinaryIO]:
    """A file's bytes, unpacked where its name ends in .gz, refused as soon as they pass a limit or make no sense.

    `pace` is told how much of the file has been read.
    """
    packed_as_gzip = path.suffix.lower() == ".gz"
    with path.open("rb") as raw:
        inner = gzip.GzipFile(fileobj=raw) if packed_as_gzip else raw
        size = path.stat().st_size
        yield io.BufferedReader(_Limited(inner, path, lambda: pace.pass_part(raw.tell(), size)), _CHUNK)


class _Limited(io.RawIOBase):
    """The bytes of an unpacked file while they are within the limits."""

    def __init__(self, inner: io.BufferedIOBase, path: Path, passed: Callable[[], None]) -> None:
        self._inner, self._path, self._passed = inner, path, passed
        self._packed, self._unpacked = path.stat().st_size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # Buffer needs Python 3.12
        try:
            count = self._inner.readinto(buffer)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise RecordsRefused(f"{self._path.name} is not a whole gzip file ({error}); pack it again") from None
        self._unpacked += count
        check_unpacked(self._path.name, self._packed, self._unpacked)
        self._passed()
        return count


def check_unpacked(name: str, packed: int, unpacked: int) -> None:
    """Refuse a file that unpacks to too much, or to far too much for its size."""
    if unpacked > MAX_UNPACKED:
        raise RecordsRefused(f"{name} unpacks to more than {MAX_UNPACKED:,} bytes; split it into several files")
    if unpacked > RATIO_MATTERS_FROM and unpacked > MAX_RATIO * packed:
        raise RecordsRefused(
            f"{name} unpacks to more than {MAX_RATIO} times its {packed:,} bytes, as no records do; "
            "send the file unpacked if it is genuine"
        )


def check_row(name: str, number: int, size: int) -> None:
    """Refuse a row of text that is too long."""
    if size > MAX_ROW:
        raise RecordsRefused(f"{name} row {number:,} is longer than {MAX_ROW:,} bytes; no record is")


def check_columns(name: str, count: int) -> None:
    """Refuse a file with more columns than any record has."""
    if count > MAX_COLUMNS:
        raise RecordsRefused(f"{name} has {count:,} columns; at most {MAX_COLUMNS:,} can be read")


def check_cells(name: str, table: pa.Table) -> None:
    """Refuse a table with a text cell that is too long."""
    for heading, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_string(column.type):
            check_cell(name, heading, pc.max(pc.binary_length(column)).as_py() or 0)


def check_cell(name: str, heading: str, size: int) -> None:
    """Refuse a cell that is too long, by its size in bytes."""
    if size > MAX_CELL:
        raise RecordsRefused(f"{name} has a cell of {size:,} bytes in {heading!r}; at most {MAX_CELL:,} can be read")
