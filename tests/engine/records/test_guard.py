"""Files that are not what they say, too big, too dense, or not whole."""

import gzip

import pytest

from rapport.engine.records import RecordsRefused, guard

HEADER = b"id,opened,cost\n"


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"PK\x03\x04....", "a zip or XLSX file"), (b"PAR1....", "a Parquet file"),
        (gzip.compress(HEADER, mtime=0), "a gzip file"), (b"%PDF-1.7", "a PDF file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old or password-protected"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "an XML file"), (b"<!DOCTYPE html>", "an HTML file"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_what_is_no_text_is_refused_as_text(read, content, seen, file_format):
    with pytest.raises(RecordsRefused, match=f"{seen}.*expected text"):
        read(content, format=file_format)


@pytest.mark.parametrize("file_format", ["xlsx", "parquet", "xes"])
@pytest.mark.parametrize("content", [HEADER, gzip.compress(HEADER, mtime=0), b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_text_under_another_format_is_refused(read, file_format, content):
    with pytest.raises(RecordsRefused, match="expected a"):
        read(content, name=f"log.{file_format}", format=file_format)


def test_gzip_inside_gzip_is_refused(read):
    with pytest.raises(RecordsRefused, match="is a gzip file"):
        read(gzip.compress(gzip.compress(HEADER)), name="log.csv.gz")


@pytest.mark.parametrize("name", ["log.csv", "log.xlsx", "log.parquet"])
def test_empty_files_are_refused(read, name):
    with pytest.raises(RecordsRefused, match="0 bytes"):
        read(b"", name=name, format=name.removeprefix("log."))


def test_nothing_in_gzip_is_refused(read):
    with pytest.raises(RecordsRefused, match="empty"):
        read(gzip.compress(b""), name="log.csv.gz")


def test_absent_files_are_refused(read_files, tmp_path):
    with pytest.raises(RecordsRefused, match="cannot be opened"):
        read_files([tmp_path / "none.csv"])
    with pytest.raises(RecordsRefused, match="no files"):
        read_files([])


@pytest.mark.parametrize("change", [lambda packed: packed[:-9], lambda packed: packed[:40] + b"\0\0\0" + packed[43:]])
def test_gzip_that_is_not_whole_is_refused(read, change):
    packed = gzip.compress(HEADER + b"".join(b"%d,,%d\n" % (number, number * 7919) for number in range(5000)))
    with pytest.raises(RecordsRefused, match="gzip"):
        read(change(packed), name="log.csv.gz")


def test_text_where_gzip_is_named_is_refused(read):
    with pytest.raises(RecordsRefused, match="not a whole gzip file"):
        read(HEADER, name="log.csv.gz")


@pytest.mark.parametrize(
    ("file_format", "start"), [("csv", HEADER), ("jsonl", b"\n"), ("xes", b"<?xml version='1.0'?><log>")]
)
def test_gzip_bombs_are_refused_while_they_unpack(read, file_format, start):
    bomb = gzip.compress(start + (b"1,," + b" " * 500 + b"\n") * 150_000)
    with pytest.raises(RecordsRefused, match="200 times"):
        read(bomb, name=f"log.{file_format}.gz", format=file_format, reject_limit="100%")


def test_unpacked_size_has_a_limit_at_any_ratio():
    guard.check_unpacked("log", guard.MAX_UNPACKED, guard.MAX_UNPACKED)
    with pytest.raises(RecordsRefused, match="split it"):
        guard.check_unpacked("log", guard.MAX_UNPACKED, guard.MAX_UNPACKED + 1)


@pytest.mark.parametrize(("size", "refused"), [(guard.MAX_CELL, False), (guard.MAX_CELL + 1, True), (1_000_000, True)])
def test_longest_cell(read, size, refused):
    text = HEADER + b"x" * size + b",,1\n"
    if refused:
        with pytest.raises(RecordsRefused, match=f"cell of {size:,} bytes in 'id'|cell of {size:,} bytes"):
            read(text)
    else:
        assert read(text).report.used == 1


def test_row_of_many_megabytes_is_refused(read):
    with pytest.raises(RecordsRefused, match="cannot be read as CSV"):
        read(HEADER + b'"' + b"x" * 9_000_000 + b'",,1\n')


@pytest.mark.parametrize("count", [guard.MAX_COLUMNS + 1, 100_000])
def test_too_many_columns_are_refused(read, count):
    with pytest.raises(RecordsRefused, match="columns"):
        read(",".join(f"c{number}" for number in range(count)) + "\n")
