"""Real files with their dirt, where they lie beside the checkout."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real data sets are not at {DATA}")


def _texts(*names: str, **types):
    return {**dict.fromkeys(names, "text"), **types}


def _account(batch) -> tuple[int, int, int]:
    report = batch.report
    assert report.read == report.used + report.rejected + report.duplicate + report.out_of_term
    return report.read, report.used, report.records


def test_deliveries_with_carriage_returns_and_sentences_for_numbers(read_files):
    weight = {"type": "number", "unreadable": "missing"}
    batch = read_files(
        [DATA / "scms-deliveries/deliveries.csv.gz"],
        key="ID",
        date_formats=["%d-%b-%y"],
        columns=_texts("ID", "Vendor", **{"Delivered to Client Date": "date", "Weight (Kilograms)": weight}),
    )
    assert _account(batch) == (5261, 5261, 5261)
    assert batch.report.flagged == {"unreadable Weight (Kilograms)": 1825}


def test_city_requests_in_boston_time(read_files):
    batch = read_files(
        [DATA / "boston-311/requests.csv.gz"],
        zone="America/New_York",
        key="CASE_ENQUIRY_ID",
        date_formats=["%m/%d/%Y %I:%M:%S %p"],
        columns=_texts("CASE_ENQUIRY_ID", OPEN_DT="time", TARGET_DT="time", CLOSED_DT="time"),
    )
    assert _account(batch) == (58119, 58119, 58119)
    assert batch.records["TARGET_DT"].null_count == 14527


def test_emergency_attendances_by_three_keys(read_files):
    batch = read_files(
        [DATA / "nhs-ae/ae_attendances.csv"],
        zone="Europe/London",
        key=["period", "org_code", "type"],
        columns=_texts("org_code", "type", period="date", attendances="number", breaches="number"),
    )
    assert _account(batch) == (6210, 6210, 6210)


def test_monthly_indicators_in_latin_1(read_files):
    batch = read_files(
        [DATA / "mta-kpis/performance.csv.gz"],
        encoding="iso-8859-1",
        key=["INDICATOR_SEQ", "PERIOD_YEAR", "PERIOD_MONTH"],
        columns=_texts("INDICATOR_SEQ", "PERIOD_YEAR", "PERIOD_MONTH", MONTHLY_ACTUAL="number"),
    )
    assert _account(batch) == (5185, 5185, 5185)


def test_incident_events(read_files):
    batch = read_files(
        [DATA / "uci-incidents/incident_event_log.csv.gz"],
        key="number",
        nulls=["?"],
        date_formats=["%d/%m/%Y %H:%M"],
        columns=_texts("number", "incident_state", sys_updated_at="time", sys_mod_count="number", closed_at="time"),
        events={"time": "sys_updated_at", "status": "incident_state", "order": "sys_mod_count"},
    )
    assert batch.report.read == 59354
    assert _account(batch)[2] == 9202


def test_incident_log_in_xes(read_files):
    batch = read_files(
        [DATA / "volvo-incidents/incidents.xes.gz"],
        format="xes",
        key="case:concept:name",
        columns=_texts("case:concept:name", "lifecycle:transition", "org:resource", **{"time:timestamp": "time"}),
        events={"time": "time:timestamp", "status": "lifecycle:transition"},
    )
    read, _, cases = _account(batch)
    assert (read, cases) == (65533, 7554)


def test_permit_log_in_xes(read_files):
    batch = read_files(
        [DATA / "permits/municipality_1.xes.gz"],
        zone="Europe/Amsterdam",
        format="xes",
        key="case:concept:name",
        columns=_texts("case:concept:name", "activityNameEN", planned="date", **{"time:timestamp": "time"}),
        events={"time": "time:timestamp"},
    )
    assert (_account(batch)[0], batch.report.rejected) == (52217, 0)


def test_delays_that_are_ranges_are_rejected_with_their_rows(read_files):
    batch = read_files(
        [DATA / "bus-delays/breakdowns_and_delays.csv.gz"],
        zone="America/New_York",
        key=["Route_Number", "Occurred_On"],
        date_formats=["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M"],
        columns=_texts("Route_Number", Occurred_On="time", How_Long_Delayed="duration"),
        reject_limit="50%",
    )
    assert _account(batch)[0] == 4656
    assert len(batch.report.rejects) == batch.report.rejected > 0
    assert {reject.column for reject in batch.report.rejects} == {"How_Long_Delayed"}
    assert "25-35 MIN" in {reject.seen for reject in batch.report.rejects}
