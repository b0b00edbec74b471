"""Cells to values: numbers, lengths, booleans, moments, missing values, spellings."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rapport.engine.records import RecordsRefused


@pytest.fixture
def read_one(read):
    """The value that one cell is read as, its column typed as stated; None also for what is unreadable."""

    def read_one(cell: str, zone: str = "UTC", source: dict | None = None, **column):
        columns = {"id": "text", "value": {"unreadable": "missing", **column}}
        quoted = '"' + cell.replace('"', '""') + '"'
        return read(f"id,value\n1,{quoted}\n", zone=zone, columns=columns, **(source or {})).records["value"][0].as_py()

    return read_one


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.5", "1.5"), ("-0", "0"), ("+5", "5"), ("007", "7"), (".5", "0.5"), ("1,234,567.25", "1234567.25"),
        ("9999999999999999999", "9999999999999999999"), ("0.0000000005", "0"), ("0.0000000015", "0.000000002"),
        ("0.00000000050000000001", "0.000000001"), ("-9999999999999999999.999999999", "-9999999999999999999.999999999"),
    ],
)  # fmt: skip
def test_numbers_are_exact(read_one, cell, value):
    assert read_one(cell, type="number") == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    ["NaN", "inf", "-Infinity", "1e5", "1e400", "1_000", "٣", "98%", "12,34", "1,2345", "1.", "+", "1 000", "0x10",
     "10000000000000000000", "9999999999999999999.9999999995", "--1", "1.5.2", "€5", "0." + "1" * 60],
)  # fmt: skip
def test_what_is_no_number_is_unreadable(read_one, cell):
    assert read_one(cell, type="number") is None


def test_decimal_comma_swaps_the_separators(read_one):
    german = {"decimal": ","}
    assert read_one("1.234,5", type="number", source=german) == Decimal("1234.5")
    assert read_one("1.5", type="number", source=german) is None


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("20 MIN", 1200), ("20mins", 1200), ("1 HR", 3600), ("1 hour", 3600), ("1h 30m", 5400), ("45", 2700), ("0.5", 30)],
)
def test_lengths_of_time(read_one, cell, seconds):
    assert read_one(cell, type="duration") == seconds


@pytest.mark.parametrize("cell", ["25-35 MIN", "15 MINTUES", "-5", "soon", "٣ min", "9" * 30, "9" * 5000 + "h"])
def test_what_is_no_length_is_unreadable(read_one, cell):
    assert read_one(cell, type="duration") is None


def test_bare_lengths_take_the_unit_of_the_column(read_one):
    assert read_one("1.5", type="duration", unit="hours") == 5400


def test_booleans_by_their_own_words(read_one):
    words = {"type": "boolean", "true": ["J"], "false": ["N"]}
    assert [read_one(cell, **words) for cell in ("j", "N", "yes")] == [True, False, None]
    assert [read_one(cell, type="boolean") for cell in ("TRUE", "No", "1", "0")] == [True, False, True, False]


def test_missing_values_and_spellings(read_one):
    column = {"type": "text", "nulls": ["n/a"], "values": {"Prio 1": "P1"}}
    cells = (" ", "?", "n/a", " Prio 1 ", "prio 1")
    values = [read_one(cell, source={"nulls": ["?"]}, **column) for cell in cells]
    assert values == [None, None, None, "P1", "prio 1"]


@pytest.mark.parametrize(
    ("cell", "notation", "local"),
    [
        ("29/2/2016 01:16", "%d/%m/%Y %H:%M", datetime(2016, 2, 29, 1, 16)),  # noqa: DTZ001
        ("01/05/2015 12:40:41 PM", "%m/%d/%Y %I:%M:%S %p", datetime(2015, 1, 5, 12, 40, 41)),  # noqa: DTZ001
        ("07/01/2016 7:49", "%m/%d/%Y %H:%M", datetime(2016, 7, 1, 7, 49)),  # noqa: DTZ001
        ("2-Jun-06", "%d-%b-%y", datetime(2006, 6, 2)),  # noqa: DTZ001
        ("2016-07-01T07:49:10.999", "%Y-%m-%dT%H:%M:%S.%f", datetime(2016, 7, 1, 7, 49, 10)),  # noqa: DTZ001
        ("2016-07-01T07:49:10.1234567", "%Y-%m-%dT%H:%M:%S.%f", datetime(2016, 7, 1, 7, 49, 10)),  # noqa: DTZ001
        ("1969-12-31T23:59:59.5", "%Y-%m-%dT%H:%M:%S.%f", datetime(1969, 12, 31, 23, 59, 59)),  # noqa: DTZ001
        ("9999-12-31", "%Y-%m-%d", datetime(9999, 12, 31)),  # noqa: DTZ001
    ],
)
def test_local_times_by_notation(read_one, cell, notation, local):
    zone = ZoneInfo("America/New_York")
    moment = int((local.replace(tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    assert read_one(cell, type="time", formats=[notation], zone="America/New_York") == moment


@pytest.mark.parametrize(
    "cell", ["2026-02-30", "2016-13-01", "infinity", "epoch", "now", "16-01-01", "2016-01-01x", "٢"]
)
def test_what_is_no_date_is_unreadable(read_one, cell):
    assert read_one(cell, type="time", formats=["%Y-%m-%d"]) is None


@pytest.mark.parametrize("notation", ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%SZ"])
def test_offsets_win_over_the_zone(read_one, notation):
    noon = int(datetime(2016, 7, 1, 12, tzinfo=UTC).timestamp())
    cells = ["2016-07-01T12:00:00Z", "2016-07-01T14:00:00+02:00", "2016-07-01T06:30:00-0530"]
    assert [read_one(cell, type="time", formats=[notation], zone="Asia/Tokyo") for cell in cells] == [noon] * 3


def test_dates_are_local_midnights(read_one):
    midnight = int(datetime(2016, 7, 1, tzinfo=ZoneInfo("Europe/Paris")).timestamp())
    assert read_one("2016-07-01", type="date", zone="Europe/Paris") == midnight
    assert read_one("2016-07-01 23:59", type="date", zone="Europe/Paris") == midnight


def test_zone_of_the_column_wins_over_the_source_and_the_agreement(read_one):
    paris = int(datetime(2016, 7, 1, tzinfo=ZoneInfo("Europe/Paris")).timestamp())
    source = {"time_zone": "Asia/Tokyo"}
    assert read_one("2016-07-01", type="time", time_zone="Europe/Paris", source=source) == paris
    assert read_one("2016-07-01", type="time", source={"time_zone": "Europe/Paris"}) == paris


def test_clock_changes_are_read_as_fold_0_and_flagged(read):
    batch = read(
        "id,opened,cost\n1,2015-03-29 01:30,1\n2,2015-10-25 01:30,1\n3,2015-10-25 03:00,1\n", zone="Europe/London"
    )
    expected = [datetime(2015, 3, 29, 1, 30), datetime(2015, 10, 25, 0, 30), datetime(2015, 10, 25, 3)]  # noqa: DTZ001
    assert batch.records["opened"].to_pylist() == [int(moment.replace(tzinfo=UTC).timestamp()) for moment in expected]
    assert batch.report.flagged == {"ambiguous local time": 1, "nonexistent local time": 1}
    assert [(flag.row, flag.flag) for flag in batch.report.flag_rows] == [
        (3, "ambiguous local time"),
        (2, "nonexistent local time"),
    ]


def test_notation_that_strptime_does_not_know_is_refused(read):
    with pytest.raises(RecordsRefused, match="%Q"):
        read("id,opened,cost\n1,x,1\n", date_formats=["%Q"])


def test_expectation_is_said_in_the_reject(read):
    with pytest.raises(RecordsRefused) as refusal:
        read("id,wait\n1,25-35 MIN\n", columns={"id": "text", "wait": "duration"})
    reject = refusal.value.report.rejects[0]
    assert (reject.file, reject.row, reject.column, reject.seen) == ("log.csv", 2, "wait", "25-35 MIN")
    assert "20 min" in reject.expected
    assert "25-35 MIN" in str(refusal.value)
    assert "row 2" in str(refusal.value)


def test_long_values_are_shortened_in_rejects(read):
    with pytest.raises(RecordsRefused) as refusal:
        read(f"id,opened,cost\n1,{'x' * 500},1\n")
    assert len(refusal.value.report.rejects[0].seen) == 80
