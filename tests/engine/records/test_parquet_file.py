"""Parquet files: native types, and files that lie about themselves."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapport.engine.records import RecordsRefused

NOON = datetime(2016, 7, 1, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


@pytest.fixture
def read_table(read):
    def read_table(columns, types, zone="UTC", written=None, **fields):
        content = _parquet(pa.table(columns), **(written or {}))
        return read(content, name="log.parquet", format="parquet", columns=types, zone=zone, **fields)

    return read_table


def _parquet(table: pa.Table, **options) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, **options)
    return content.getvalue()


@pytest.mark.parametrize(
    ("cells", "kind", "value"),
    [
        (pa.array([NOON], pa.timestamp("us", "Asia/Tokyo")), "time", SECONDS),
        (pa.array([NOON.replace(tzinfo=None)], pa.timestamp("ms")), "time", SECONDS - 7200),
        (pa.array([SECONDS]), "time", SECONDS),
        (pa.array([NOON.date()]), "time", SECONDS - 14 * 3600),
        (pa.array([NOON], pa.timestamp("us", "UTC")), "date", SECONDS - 14 * 3600),
        (pa.array([NOON.date()]), "date", SECONDS - 14 * 3600),
        (pa.array([SECONDS * 1000]), "time", None),
        (pa.array([2**64 - 1], pa.uint64()), "time", None),
        (pa.array([0.1]), "number", Decimal("0.1")),
        (pa.array([float("nan")]), "number", None),
        (pa.array([1e300]), "number", None),
        (pa.array([2**64 - 1], pa.uint64()), "number", None),
        (pa.array([-(2**63)]), "number", Decimal(-(2**63))),
        (pa.array([Decimal("1.0000000005")], pa.decimal128(38, 18)), "number", Decimal("1")),
        (pa.array([Decimal(10**25)], pa.decimal128(38, 2)), "number", None),
        (pa.array(["1,234.5"]), "number", Decimal("1234.5")),
        (pa.array([timedelta(minutes=5)]), "duration", 300),
        (pa.array([5]), "duration", 300),
        (pa.array([0.5]), "duration", 30),
        (pa.array([-5]), "duration", None),
        (pa.array([True]), "boolean", True),
        (pa.array([1]), "boolean", True),
        (pa.array(["yes"]).dictionary_encode(), "boolean", True),
        (pa.array([5]), "text", "5"),
        (pa.array(["a"], pa.large_string()), "text", "a"),
        (pa.array([None]), "text", None),
    ],
)
def test_native_types(read_table, cells, kind, value):
    column = {"type": kind, "unreadable": "missing"}
    batch = read_table({"id": ["A"], "x": cells}, {"id": "text", "x": column}, zone="Europe/Paris")
    assert batch.records["x"].to_pylist() == [value]
    assert batch.report.flagged == ({"unreadable x": 1} if value is None and cells.null_count == 0 else {})


def test_keys_are_the_same_text_as_in_csv(read, read_table):
    types = {"day": "date", "at": "time", "no": "number", "ok": "boolean"}
    native = {"day": [date(2016, 7, 1)], "at": [SECONDS], "no": [7.5], "ok": [True]}
    key = list(types)
    text = "day,at,no,ok\n2016-07-01,2016-07-01 14:00,7.50,yes\n"
    expected = ["2016-07-01\x1f2016-07-01T12:00:00Z\x1f7.5\x1ftrue"]
    assert read_table(native, types, zone="Europe/Paris", key=key).records["_key"].to_pylist() == expected
    assert read(text, columns=types, zone="Europe/Paris", key=key).records["_key"].to_pylist() == expected


def test_rows_count_from_one(read_table):
    assert read_table({"id": ["A", "B"]}, {"id": "text"}).records["_row"].to_pylist() == [1, 2]


@pytest.mark.parametrize("cells", [[[1]], [b"x"], [{"a": 1}]])
def test_nested_and_binary_columns_are_refused(read_table, cells):
    with pytest.raises(RecordsRefused, match="expected plain text"):
        read_table({"id": ["A"], "x": cells}, {"id": "text", "x": "text"})
    assert read_table({"id": ["A"], "x": cells}, {"id": "text"}).records.num_rows == 1


def test_hundred_million_rows_in_a_few_bytes_are_refused(read_table):
    rows = pa.DictionaryArray.from_arrays(pa.array(np.zeros(10_000_000, np.int32)), ["A"])
    with pytest.raises(RecordsRefused, match="claims 10,000,000 rows"):
        read_table({"id": rows}, {"id": "text"})


@pytest.mark.parametrize("claim", [b"\xf4\xc0\x01", b"\xfe\xff\x7f"])
@pytest.mark.parametrize("cells", [np.arange(12_345), [f"A{number}" for number in range(12_345)]])
def test_claims_of_more_rows_than_there_are_have_no_effect(read, cells, claim):
    content = _parquet(pa.table({"id": cells}))
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    honest = b"\xf2\xc0\x01"  # 12,345 as Thrift writes it: of the file, of its one column, of its one row group
    kept = content[footer:].split(honest)
    for lie in range(1, len(kept)):
        lying = honest.join(kept[:lie]) + claim + honest.join(kept[lie:])
        try:
            batch = read(content[:footer] + lying, name="log.parquet", format="parquet", columns={"id": "text"})
        except RecordsRefused:
            continue
        assert batch.report.used == 12_345


def test_one_long_text_repeated_is_measured_before_it_is_unpacked(read_table):
    noise = np.random.default_rng(1).integers(0, 2**62, 1_000_000)
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1_000_000, np.int32)), ["x" * 60_000])
    with pytest.raises(RecordsRefused, match="unpacks to more than"):
        read_table({"id": repeated, "noise": noise}, {"id": "text"})


def test_one_huge_cell_is_refused(read_table):
    with pytest.raises(RecordsRefused, match="cell of 1,000,000 bytes in 'id'"):
        read_table({"id": ["x" * 1_000_000]}, {"id": "text"})


def test_truncated_and_garbled_files_are_refused(read):
    content = _parquet(pa.table({"id": ["A", "B"] * 500, "cost": list(range(1000))}))
    garbled = content[:20] + b"\xff" * 40 + content[60:]
    for each in (content[:-1], content[:100], content[:4] + content[-8:], garbled, b"PAR1" * 3):
        with pytest.raises(RecordsRefused):
            read(each, name="log.parquet", format="parquet", columns={"id": "text", "cost": "number"})


def test_text_that_is_not_utf_8_is_refused(read):
    content = _parquet(pa.table({"id": ["QQQQQQQQ"]}), use_dictionary=False, compression="none", write_statistics=False)
    with pytest.raises(RecordsRefused, match="damaged"):
        read(
            content.replace(b"QQQQQQQQ", b"QQQ\xff\xfeQQQ"),
            name="log.parquet",
            format="parquet",
            columns={"id": "text"},
        )


def test_letters_that_mean_patterns_elsewhere_are_file_names(read):
    content = _parquet(pa.table({"id": ["A"]}))
    assert read(content, name="a[1]*?.parquet", format="parquet", columns={"id": "text"}).records.num_rows == 1


def test_many_distinct_texts_are_cleaned_like_few(read_table):
    ids = [f" {number} " for number in range(150_000)]
    assert read_table({"id": ids}, {"id": "text"}).records["id"].to_pylist() == [text.strip() for text in ids]
