"""Every row is accounted for: used, rejected, duplicate or outside the term."""

import csv
import hashlib
import io
import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.engine.agreement import Source, Term
from rapport.engine.records import RecordsRefused, read_source

CELLS = st.sampled_from(
    ["", " ", "A", "B", "a,b", 'say "x"', "two\nlines", "2016-01-01", "2015-06-01", "1.5", "NaN", "é"]
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=20)


def _count_by_hand(text: str) -> dict[str, int]:
    """The account of a file of id, opened, cost by Python's csv module and plain rules, a row at a time."""
    read = rejected = outside = 0
    latest: dict[str, bool] = {}
    for row in list(csv.reader(io.StringIO(text, newline="")))[1:]:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        read += 1
        if (
            len(row) != 3
            or not cells[0]
            or cells[1] not in ("", "2016-01-01", "2015-06-01")
            or cells[2] not in ("", "1.5")
        ):
            rejected += 1
            continue
        latest[cells[0]] = cells[1] == "2015-06-01"
    outside = sum(latest.values())
    used = len(latest) - outside
    return {
        "read": read,
        "used": used,
        "rejected": rejected,
        "duplicate": read - rejected - len(latest),
        "out_of_term": outside,
    }


@given(ROWS, st.sampled_from(["\r\n", "\n", "\r"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_counts_are_those_of_an_independent_count(read, rows, line_end):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows([["id", "opened", "cost"], *rows])
    batch = read(text.getvalue(), opened="opened", term=(date(2016, 1, 1), date(2016, 12, 31)), reject_limit="100%")
    report = batch.report.to_json()
    expected = _count_by_hand(text.getvalue())
    assert {name: report[name] for name in expected} == expected
    assert len(report["rejects"]) == report["rejected"]
    assert batch.records.num_rows == report["used"] == report["records"]


def test_latest_row_of_a_key_wins_by_version_or_by_place(read):
    text = "id,opened,cost\nA,,3\nA,,9\nA,,5\n"
    assert read(text).records["cost"].to_pylist() == [5]
    assert read(text, version="cost").records["_row"].to_pylist() == [3]
    assert read([text, "id,opened,cost\nA,,4\n"]).records["_file"].to_pylist() == ["1-log.csv"]


def test_missing_version_loses(read):
    assert read("id,opened,cost\nA,,3\nA,,\n", version="cost").records["cost"].to_pylist() == [3]


def test_keys_of_several_columns(read):
    batch = read("id,opened,cost\nA,2016-01-01,1\nA,2016-01-02,1\nA,2016-01-02,2\n", key=["id", "cost"])
    assert sorted(batch.records["_key"].to_pylist()) == ["A\x1f1", "A\x1f2"]


def test_term_is_of_local_days_with_both_ends(read):
    text = "id,opened,cost\n1,2016-06-30 23:59,\n2,2016-07-01 00:00,\n3,2016-07-31 23:59,\n4,2016-08-01 00:00,\n5,,\n"
    batch = read(text, opened="opened", zone="America/New_York", term=(date(2016, 7, 1), date(2016, 7, 31)))
    assert batch.records["id"].to_pylist() == ["2", "3", "5"]
    assert batch.report.out_of_term == 2


def test_required_and_unreadable_as_missing(read):
    columns = {
        "id": "text",
        "opened": {"type": "time", "required": True},
        "cost": {"type": "number", "unreadable": "missing"},
    }
    batch = read("id,opened,cost\n1,2016-01-01,lots\n2,,1\n", columns=columns, reject_limit="50%")
    assert batch.report.flagged == {"unreadable cost": 1}
    assert [(reject.row, reject.column, reject.seen) for reject in batch.report.rejects] == [(3, "opened", "")]


def test_first_fault_of_a_row_is_the_one_reported(read):
    batch = read("id,opened,cost\n,x,y\n1,x,y\n2,,\n", reject_limit="70%")
    assert [(reject.row, reject.column) for reject in batch.report.rejects] == [(2, "id"), (3, "opened")]


def test_reject_limit_is_a_share_that_may_be_reached(read):
    text = "id,opened,cost\n1,,1\n2,,x\n3,,1\n4,,1\n"
    assert read(text, reject_limit="25%").report.rejected == 1
    with pytest.raises(RecordsRefused, match=r"1 of 4 rows.*24\.9%.*row 3, cost: 'x'") as refusal:
        read(text, reject_limit="24.9%")
    report = refusal.value.report
    assert report.read == report.used + report.rejected + report.duplicate + report.out_of_term == 4


def test_flags_count_used_rows(read):
    flags = [{"name": "dear", "when": "cost > 5"}, {"name": "odd", "when": "cost = 3"}]
    batch = read("id,opened,cost\nA,,9\nA,,9\nB,,1\nC,,\n", flags=flags)
    assert batch.report.flagged == {"dear": 1, "odd": 0}
    assert [(flag.file, flag.row, flag.flag) for flag in batch.report.flag_rows] == [("log.csv", 3, "dear")]


def test_listed_rejects_are_bounded_and_counted_ones_are_not(read):
    batch = read("id,opened,cost\n" + "1,,x\n" * 7_000 + "1\n" * 7_000, reject_limit="100%")
    assert (batch.report.rejected, len(batch.report.rejects)) == (14_000, 10_000)


def test_report_is_plain_json_with_digests(read):
    text = "id,opened,cost\nA,,9\n"
    report = read([text, text]).report
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(json.dumps(report.to_json()))["digest"] == hashlib.sha256((digest * 2).encode()).hexdigest()
    assert [(file.name, file.sha256, file.bytes) for file in report.files] == [
        ("log.csv", digest, len(text)),
        ("1-log.csv", digest, len(text)),
    ]


def test_progress_names_each_file(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("id\n1\n")
    source = Source.model_validate({"format": "csv", "key": "id", "columns": {"id": "text"}})
    told: list[str] = []
    term = Term(**{"from": date(2016, 1, 1), "to": date(2016, 1, 1)})
    read_source("log", source, [file], zone="UTC", term=term, progress=told.append)
    assert any("log.csv" in words for words in told)
