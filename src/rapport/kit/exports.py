"""Any list as a file: `?format=csv`, `xlsx` or `json` at a list's own address gives what is filtered and sorted there.

A view names its columns once and asks `as_file`; the page shows the tag `exports`. Texts are never run as formulas by
whoever opens the file, numbers stay numbers, days and moments are written the ISO way.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from tempfile import TemporaryFile
from typing import Any, Generic, TypeVar

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.text import slugify

Row = TypeVar("Row")

FORMATS = {"csv": "CSV", "xlsx": "Excel", "json": "JSON"}
"""The formats there are, with what people call them."""
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones count as well
_FORMULA_WITHIN = re.compile(r'([;\t\r\n]["\s]*)(?=[' + re.escape("".join(_FORMULA_STARTS)) + "])")
"""Where a spreadsheet that parts cells by another sign, as most of Europe's do by semicolons, would begin a formula."""
_FIRST_PRINTABLE = " "
_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_QUOTED_ENDS = "\r\n"
"""What the writer of CSV takes for the end of a line: it puts quotes round a cell that holds a character of it, and
without them the rest of a cell would begin a row of its own.
"""
_SHEET_NAME_LENGTH = 31
_LARGEST_EXACT = 2**53
"""The largest whole number that a spreadsheet keeps exact; larger ones are written as text."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a list: its heading, and what it says of a row: a text, number, day, moment, yes or no, nothing."""

    heading: str
    value: Callable[[Row], object]
    name: str = ""

    @property
    def key(self) -> str:
        """What the column is called in JSON: its own name, which may be any text, else one from its heading."""
        return self.name or slugify(self.heading).replace("-", "_")


def as_file(
    request: HttpRequest, name: str, columns: Sequence[Column[Row]], rows: Iterable[Row], part: str = ""
) -> HttpResponseBase | None:
    """The list as the file that the address asks for; None where it asks for the page, or for another list of it.

    `name` is what the file and its sheet are called, `part` which list of a page that has several. Of `rows` nothing is
    read before a file is made, so that a page loses no time.
    """
    asked = request.GET.get("format", "")
    if asked not in FORMATS or request.GET.get("list", "") != part:
        return None
    cells = ([_plain(column.value(row)) for column in columns] for row in rows)
    headings = [column.heading for column in columns]
    response: HttpResponseBase
    if asked == "xlsx":
        response = FileResponse(_workbook(name, headings, cells), content_type=_TYPES[asked])
    elif asked == "json":
        response = StreamingHttpResponse(_json([c.key for c in columns], cells), content_type=_TYPES[asked])
    else:
        response = StreamingHttpResponse(csv_lines(headings, cells), content_type=_TYPES[asked])
    file_name = f"{slugify(name) or 'list'}.{asked}"
    response.headers["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A list as lines of CSV; texts that a spreadsheet would run as formulas are made harmless."""
    writer = csv.writer(_Echo(), lineterminator=_QUOTED_ENDS)
    for row in chain([headings], rows):
        line: str = writer.writerow(map(_harmless, row))
        yield line.removesuffix(_QUOTED_ENDS) + "\n"


class _Echo:
    """A file that hands back what is written to it, so that rows leave as they are made."""

    def write(self, text: str) -> str:
        return text


def _plain(value: object) -> object:
    """A value as every format can hold it: text, whole number, number, yes or no, day, or None."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat(timespec="seconds")
    if value is None or isinstance(value, (bool, int, date)):
        return value
    if isinstance(value, (float, Decimal, Fraction)):
        number = float(value)
        return number if math.isfinite(number) else None
    return _SURROGATES.sub("\ufffd", str(value))


def _harmless(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    text = _SURROGATES.sub("\ufffd", value)
    is_formula = text.lstrip().startswith(_FORMULA_STARTS) or text[0] < _FIRST_PRINTABLE
    text = _FORMULA_WITHIN.sub(r"\1'", text)
    return f"'{text}" if is_formula else text


def _json(keys: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield before + json.dumps(dict(zip(keys, row, strict=True)), default=date.isoformat, allow_nan=False)
        before = ",\n"
    yield "\n]\n" if before != "[\n" else "[]\n"


def _workbook(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Any:
    """A workbook written row by row to a file that goes away with its last reader."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "Rapport"
    sheet = book.create_sheet(_sheet_name(name))
    sheet.freeze_panes = "A2"
    for row in chain([headings], rows):
        sheet.append([_cell(sheet, value) for value in row])
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: Any, value: Any) -> Any:
    """A cell whose text is text: no formula, no error value, no character that the format cannot hold."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_EXACT:
        value = str(value)
    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
        return cell
    cell = WriteOnlyCell(sheet, _NOT_IN_XML.sub("\ufffd", value))
    cell.data_type = "s"
    return cell


def _sheet_name(name: str) -> str:
    cleaned = _NOT_IN_A_SHEET_NAME.sub(" ", _NOT_IN_XML.sub("", name))[:_SHEET_NAME_LENGTH].strip(" '")
    return cleaned if cleaned and cleaned.casefold() != "history" else "List"
