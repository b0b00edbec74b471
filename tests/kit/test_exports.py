"""Lists as files: what naughty texts, numbers and moments become in each format."""

import csv
import io
import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import RequestFactory
from openpyxl import load_workbook

from rapport.kit.exports import Column, as_file, csv_lines

NAUGHTY = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "  =1+1", "\u00a0=1", "\uff1d1", "\uff0b1",
    '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", '";=1+1', "#N/A", "a\x0bb", "\ud800 alone", "\ufffe", "'", "",
    "<b>&amp;</b>", "\u202eright to left", "x" * 40_000,
]  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def exported(kind, columns, rows, name="Things"):
    response = as_file(RequestFactory().get("/list", {"format": kind}), name, columns, rows)
    content = b"".join(response)
    return response, content


def cells(kind, values, heading="Value"):
    """What a file says of one column, read back the way people read it: heading first."""
    _, content = exported(kind, [Column(heading, lambda row: row)], values)
    if kind == "csv":
        return [row[0] if row else "" for row in csv.reader(io.StringIO(content.decode(), newline=""))]
    if kind == "json":
        return [heading, *(next(iter(row.values())) for row in json.loads(content))]
    sheet = load_workbook(io.BytesIO(content)).active
    return [cell for (cell,) in sheet.iter_rows()]


def test_a_page_is_asked_for_without_a_format_or_with_an_unknown_one():
    for query in ({}, {"format": ""}, {"format": "exe"}, {"format": "CSV"}):
        assert as_file(RequestFactory().get("/list", query), "Things", [], iter([])) is None


def test_no_text_is_run_by_a_spreadsheet_that_reads_csv():
    read = cells("csv", NAUGHTY, "=head")
    assert len(read) == len(NAUGHTY) + 1
    for text in read:
        assert not text.lstrip().startswith(FORMULA)
        assert not text or text[0] >= " "
    assert read[0] == "'=head"
    assert "safe" in cells("csv", ["safe"])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("text", ["late;=1+1", "a; @SUM(A1)", "a\t=1+1", '";-1', "a;;+1", "a;\uff1d1", 'a;"=1+1"'])
def test_no_text_is_run_by_a_spreadsheet_that_parts_cells_by_another_sign(text, separator):
    written = "".join(csv_lines(["first", "second"], [[text, text]]))
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        assert not [cell for cell in row if cell.lstrip().startswith(FORMULA)]


def test_every_text_of_a_workbook_is_text():
    read = cells("xlsx", NAUGHTY, "=head")
    assert len(read) == len(NAUGHTY) + 1
    assert {cell.data_type for cell in read if cell.value is not None} == {"s"}
    assert read[0].value == "=head"
    assert read[1].value == "=1+1"
    assert read[NAUGHTY.index("#N/A") + 1].value == "#N/A"
    assert "\x0b" not in read[NAUGHTY.index("a\x0bb") + 1].value


def test_json_holds_every_text_as_it_is():
    read = cells("json", NAUGHTY)[1:]
    assert [text for text, was in zip(read, NAUGHTY, strict=True) if text != was] == ["\ufffd alone"]


def test_numbers_stay_numbers():
    values = [-1, 2.5, Decimal("-0.25"), Fraction(1, 4), True, None, math.nan, math.inf, 2**70]
    assert cells("csv", values)[1:] == ["-1", "2.5", "-0.25", "0.25", "True", "", "", "", str(2**70)]
    assert cells("json", values)[1:] == [-1, 2.5, -0.25, 0.25, True, None, None, None, 2**70]
    in_sheet = [cell.value for cell in cells("xlsx", values)[1:]]
    assert in_sheet == [-1, 2.5, -0.25, 0.25, True, None, None, None, str(2**70)]


def test_days_and_moments_are_written_the_iso_way():
    far = timezone(timedelta(hours=5, minutes=30))
    values = [date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=far)]
    expected = ["2026-03-02", "2026-03-02T09:00:00+00:00", "2026-03-02T03:30:00+00:00"]
    assert cells("csv", values)[1:] == cells("json", values)[1:] == expected
    day, *moments = cells("xlsx", values)[1:]
    assert (day.value, day.number_format) == (datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None), "yyyy-mm-dd")
    assert [cell.value for cell in moments] == expected[1:]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\r\nSet-Cookie: x", "[x]:*?/\\" * 9, "", "'", "History", "é\ud800"]
)
def test_names_of_files_and_sheets_are_clean(kind, name):
    response, content = exported(kind, [Column("A", str)], ["x"], name)
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert not set(disposition) & set("/\\\r\n")
    if kind == "xlsx":
        (title,) = load_workbook(io.BytesIO(content)).sheetnames
        assert title
        assert not set(title) & set("[]:*?/\\")


def test_an_empty_list_still_has_its_headings():
    columns = [Column("Whose move", str), Column("KPIs met", str)]
    assert exported("csv", columns, [])[1] == b"Whose move,KPIs met\n"
    assert json.loads(exported("json", columns, [])[1]) == []
    sheet = load_workbook(io.BytesIO(exported("xlsx", columns, [])[1])).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["Whose move", "KPIs met"]]


def test_keys_of_json_are_the_headings_in_small_words():
    columns = [Column("Whose move", str), Column("KPIs met", str)]
    assert json.loads(exported("json", columns, ["x"])[1]) == [{"whose_move": "x", "kpis_met": "x"}]


def test_rows_leave_as_they_are_made():
    def endless():
        while True:
            yield "x"

    for kind in ("csv", "json"):
        response = as_file(
            RequestFactory().get("/list", {"format": kind}), "Things", [Column("A", lambda row: row)], endless()
        )
        assert b"x" in b"".join(next(iter(response)) for _ in range(2))


def test_the_menu_keeps_the_filter_and_leaves_the_page(render):
    request = RequestFactory().get("/list", {"q": "a&b", "sort": "-title", "page": "3"})
    html = render("{% exports %}", request=request)
    assert "?q=a%26b&amp;sort=-title&amp;format=xlsx" in html
    assert "page=" not in html
