"""XLSX workbooks: typed cells, sheets, date systems, and workbooks that are damaged or bombs."""

import io
import zipfile
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from rapport.engine.records import RecordsRefused

COLUMNS = {"id": "text", "opened": "time", "cost": "number", "wait": {"type": "duration"}, "done": "boolean"}
HEADINGS = list(COLUMNS)
NOON = datetime(2016, 2, 29, 12, 0, 1)  # noqa: DTZ001 - a spreadsheet knows no zones
CONTENT_TYPES = "[Content_Types].xml"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def read_book(read):
    """Read rows written to the first sheet of a new workbook, which `change` may alter before it is saved."""

    def read_book(rows, change=lambda _: None, name="log.xlsx", **fields):
        return read(_book(rows, change), name=name, **{"format": "xlsx", "columns": COLUMNS, **fields})

    return read_book


def _book(rows, change=lambda _: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _replace(content: bytes, member: str, text: bytes) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == member else old.read(name))
    return changed.getvalue()


def test_typed_cells(read_book):
    batch = read_book([HEADINGS, ["A", NOON, 0.1, timedelta(minutes=90), True], [7, NOON.date(), 1e3, 15, False]])
    opened = int(NOON.replace(tzinfo=UTC).timestamp())
    assert batch.records.drop_columns(["_key", "_file"]).to_pylist() == [
        {"_row": 2, "id": "A", "opened": opened, "cost": Decimal("0.1"), "wait": 5400, "done": True},
        {"_row": 3, "id": "7", "opened": opened - 43201, "cost": Decimal(1000), "wait": 900, "done": False},
    ]


def test_text_cells_are_read_as_in_csv(read_book):
    batch = read_book(
        [HEADINGS, [" A ", "29.02.2016", "1.234,5", "20 MIN", "yes"]], date_formats=["%d.%m.%Y"], decimal=","
    )
    assert batch.records["cost"].to_pylist() == [Decimal("1234.5")]
    assert batch.records["wait"].to_pylist() == [1200]


def test_number_cells_need_no_separator(read_book):
    assert read_book([HEADINGS, ["A", None, 1.5, None, None]], decimal=",").records["cost"].to_pylist() == [
        Decimal("1.5")
    ]


def test_time_of_day_is_no_length_of_time(read_book):
    with pytest.raises(RecordsRefused, match="00:45:00"):
        read_book([HEADINGS, ["A", None, None, time(0, 45), None]])


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!"])
def test_error_cells_are_no_numbers(read_book, error):
    with pytest.raises(RecordsRefused, match=error):
        read_book([HEADINGS, ["A", None, error, None, None]])


def test_1904_dates(read_book):
    def to_1904(book):
        book.epoch = CALENDAR_MAC_1904

    batch = read_book([HEADINGS, ["A", NOON, None, None, None]], to_1904)
    assert batch.records["opened"].to_pylist() == [int(NOON.replace(tzinfo=UTC).timestamp())]


def test_formula_without_stored_result_is_missing(read_book):
    batch = read_book([HEADINGS, ["A", None, "=1+1", None, None]])
    assert batch.records["cost"].to_pylist() == [None]


def test_blank_rows_are_skipped_and_rows_keep_their_numbers(read_book):
    batch = read_book([HEADINGS, [], ["A", None, None, None, None], [None, " "], [None] * 9, ["B"]])
    assert batch.records["_row"].to_pylist() == [3, 6]
    assert batch.report.read == 2


def test_sheet_by_name(read_book):
    def add_sheet(book):
        book.create_sheet("May").append(HEADINGS)

    assert read_book([["other"]], add_sheet, sheet="May").records.num_rows == 0
    with pytest.raises(RecordsRefused, match="no sheet 'June'; it has: Sheet, May"):
        read_book([["other"]], add_sheet, sheet="June")


def test_headings_are_checked(read_book):
    with pytest.raises(RecordsRefused, match="no column headed 'done'"):
        read_book([HEADINGS[:-1]])
    with pytest.raises(RecordsRefused, match="more than one column headed id"):
        read_book([[*HEADINGS, "id"]])


def test_damaged_workbooks_are_refused(read):
    content = _book([HEADINGS])
    damaged = [
        content[:-40],
        content[:200],
        _replace(content, SHEET, b"<worksheet>"),
        _replace(content, CONTENT_TYPES, b""),
    ]
    for each in damaged:
        with pytest.raises(RecordsRefused, match="damaged"):
            read(each, name="log.xlsx", format="xlsx", columns=COLUMNS)


def test_entities_in_a_sheet_are_refused(read):
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha">]><worksheet><sheetData><row><c><v>&a;</v></c></row></sheetData></worksheet>'
    with pytest.raises(RecordsRefused, match="damaged"):
        read(_replace(_book([HEADINGS]), SHEET, bomb), name="log.xlsx", format="xlsx", columns=COLUMNS)


def test_workbook_that_explodes_is_refused_before_it_is_read(read):
    bomb = _replace(_book([HEADINGS]), SHEET, b"<worksheet>" + b" " * 60_000_000)
    with pytest.raises(RecordsRefused, match="200 times"):
        read(bomb, name="log.xlsx", format="xlsx", columns=COLUMNS)


def test_sheet_that_names_its_last_cell_over_and_over_is_refused(read):
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row) for row in range(1, 1500))
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    with pytest.raises(RecordsRefused, match="columns"):
        read(_replace(_book([HEADINGS]), SHEET, sheet % rows), name="log.xlsx", format="xlsx", columns=COLUMNS)


def test_row_number_beyond_any_sheet_is_refused(read):
    header = "".join(f'<c t="str"><v>{heading}</v></c>' for heading in HEADINGS)
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1">{header}</row><row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(RecordsRefused, match="cells"):
        read(_replace(_book([HEADINGS]), SHEET, sheet.encode()), name="log.xlsx", format="xlsx", columns=COLUMNS)


def test_encrypted_members_are_refused(read):
    content = bytearray(_book([HEADINGS]))
    position = content.find(b"PK\x01\x02")
    content[position + 8] |= 1
    with pytest.raises(RecordsRefused, match="encrypted"):
        read(bytes(content), name="log.xlsx", format="xlsx", columns=COLUMNS)
