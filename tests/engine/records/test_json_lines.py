"""JSON Lines: flat objects, and lines that hold something else."""

from decimal import Decimal

import pytest

from rapport.engine.records import RecordsRefused


@pytest.fixture
def read_lines(read):
    def read_lines(*lines: str, **fields):
        return read("\n".join(lines), name="log.jsonl", **{"format": "jsonl", **fields})

    return read_lines


def test_values_of_every_type(read_lines):
    columns = {"id": "text", "opened": "time", "cost": "number", "ok": "boolean"}
    batch = read_lines('{"id": 7, "opened": "2016-07-01", "cost": 12345678901234567.125, "ok": true}', columns=columns)
    record = batch.records.to_pylist()[0]
    assert (record["id"], record["cost"], record["ok"]) == ("7", Decimal("12345678901234567.125"), True)


def test_absent_keys_and_nulls_are_missing_and_blank_lines_nothing(read_lines):
    batch = read_lines('{"id": "A", "opened": null, "cost": 1}', "", '{"id": "B"}')
    assert batch.records["cost"].to_pylist() == [1, None]
    assert batch.records["_row"].to_pylist() == [1, 3]


def test_whole_numbers_in_a_time_column_are_epoch_seconds(read_lines):
    batch = read_lines('{"id": "A", "opened": 1467374400, "cost": 1}', '{"id": "B"}')
    assert batch.records["opened"].to_pylist() == [1467374400, None]


def test_numbers_need_no_decimal_separator(read_lines):
    batch = read_lines('{"id": "A", "opened": "", "cost": 1.5}', '{"id": "B", "cost": "2,5"}', decimal=",")
    assert batch.records["cost"].to_pylist() == [Decimal("1.5"), Decimal("2.5")]


@pytest.mark.parametrize(
    "line",
    ['{"id": "B"', '["B"]', '"B"', '{"id": {"x": 1}}', '{"id": ["B"]}', '{"id": "B", "cost": NaN}', "[" * 100_000,
     '{"id": "\\ud800"}', '{"id": "B", "cost": ' + "1" * 5000 + "}", "{'id': 'B'}"],
)  # fmt: skip
def test_lines_without_a_flat_object_are_rejected(read_lines, line):
    batch = read_lines('{"id": "A", "opened": null, "cost": null}', line, reject_limit="50%")
    assert [reject.row for reject in batch.report.rejects] == [2]
    assert batch.report.used == 1


@pytest.mark.parametrize("number", ["1e400", "1e999999999", "-1E-999999999"])
def test_numbers_beyond_measure_do_not_fill_memory(read_lines, number):
    batch = read_lines(f'{{"id": "A", "opened": null, "cost": {number}}}', columns={"id": "text", "cost": "text"})
    assert len(batch.records["cost"][0].as_py()) < 20


def test_keys_that_no_object_has_are_refused(read_lines):
    with pytest.raises(RecordsRefused, match="no column headed 'opened', 'cost'"):
        read_lines('{"id": "A"}')


def test_line_without_end_is_refused(read_lines):
    with pytest.raises(RecordsRefused, match="row 1 is longer"):
        read_lines('{"id": "' + "x" * 5_000_000 + '"}')
