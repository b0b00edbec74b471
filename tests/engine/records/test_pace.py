"""How far reading is: told in parts that grow to the whole, and seldom enough to cost nothing."""

import gzip
import json
from itertools import count

import pytest
from openpyxl import Workbook

from rapport.engine.agreement import Source, Term
from rapport.engine.records import pace, read_source

ROWS = 60_000
TERM = Term.model_validate({"from": "2025-01-01", "to": "2025-12-31"})
HEADINGS = ("ticket", "note")


@pytest.fixture
def hurried(monkeypatch):
    """A second passes whenever somebody looks at the clock."""
    seconds = count()
    monkeypatch.setattr(pace, "monotonic", lambda: next(seconds))


def rows(many=ROWS):
    return ((f"T{number}", f"something of a length that fills the file, {number}") for number in range(many))


def write_csv(path):
    path.write_text("ticket,note\n" + "".join(f'{key},"{note}"\n' for key, note in rows()))


def write_packed(path):
    path.write_bytes(gzip.compress(("ticket,note\n" + "".join(f'{key},"{note}"\n' for key, note in rows())).encode()))


def write_json_lines(path):
    path.write_text("".join(json.dumps({"ticket": key, "note": note}) + "\n" for key, note in rows()))


def write_xlsx(path):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [HEADINGS, *rows(2500)]:
        sheet.append(row)
    book.save(path)


def told(path, file_format):
    columns = dict.fromkeys(HEADINGS, "text")
    source = Source.model_validate({"format": file_format, "key": "ticket", "columns": columns, "files": [path.name]})
    said = []
    read_source("tickets", source, [path], zone="UTC", term=TERM, progress=said.append)
    return said


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("name", "file_format", "write"),
    [
        ("tickets.csv", "csv", write_csv),
        ("tickets.csv.gz", "csv", write_packed),
        ("tickets.jsonl", "jsonl", write_json_lines),
    ],
)
def test_text_is_told_by_the_share_of_its_bytes(tmp_path, name, file_format, write):
    path = tmp_path / name
    write(path)
    said = told(path, file_format)
    parts = [int(one.removeprefix(f"Reading {name}: ").removesuffix(" %")) for one in said if one.endswith("%")]
    assert parts == sorted(parts)
    assert len(set(parts)) > 1
    assert parts[-1] == 100
    assert f"Checking {name}, {ROWS:,} rows: column 2 of 2" in said
    assert (said[0], said[-1]) == (f"Reading {name}", "Sorting out tickets")


@pytest.mark.usefixtures("hurried")
def test_workbook_is_told_by_its_rows(tmp_path):
    path = tmp_path / "tickets.xlsx"
    write_xlsx(path)
    assert told(path, "xlsx")[1:3] == ["Reading tickets.xlsx: row 1,000", "Reading tickets.xlsx: row 2,000"]


def test_within_a_second_nothing_more_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "monotonic", lambda: 0.0)
    path = tmp_path / "tickets.csv"
    write_csv(path)
    assert told(path, "csv") == ["Reading tickets.csv", "Sorting out tickets"]
