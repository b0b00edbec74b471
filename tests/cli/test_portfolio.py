"""The demo portfolio is the same every time, is read without a fault, and tells the stories it promises."""

import csv
import io
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from rapport.cli.portfolio.generator import CLIENT, stories
from rapport.engine.backend import DuckDbBackend
from rapport.engine.check import uncovered
from rapport.engine.document import load
from rapport.engine.evaluate import evaluate
from rapport.engine.workspace import Workspace

PARTNERS = ["Brightdesk", "Parcelwise", "Cloudharbour", "Claimsight", "Lumen Surveys", "Papertrail"]
QUARTERS = ["2025-q2", "2025-q3", "2025-q4", "2026-q1", "2026-q2", "2026-q3", "2026-q4"]
NOW = datetime(2026, 10, 15, 16, tzinfo=UTC)
MISSED = ("below_target", "below_minimum")


@pytest.fixture(scope="module")
def told():
    """The stories by partner."""
    return {story.partner: story for story in stories(NOW)}


@pytest.fixture(scope="module")
def portfolio(told, tmp_path_factory):
    """What was computed for each partner: the document, and the plain data of its evaluation."""
    return {partner: computed(story, tmp_path_factory.mktemp("story")) for partner, story in told.items()}


def computed(story, folder):
    (folder / "agreement.yaml").write_text(story.agreement, encoding="utf-8")
    files = {source: [folder / name for name, _ in parts] for source, parts in story.records.items()}
    for name, text in (part for parts in story.records.values() for part in parts):
        (folder / name).write_text(text, encoding="utf-8")
    document = load(folder / "agreement.yaml")
    with DuckDbBackend() as backend:
        return SimpleNamespace(document=document, **evaluate(Workspace(document, backend, files)).to_json())


def course(found, kpi, *group):
    """The complete results of a KPI by period: those of the whole, or of one group."""
    rows = [row for row in found.results if row["kpi"] == kpi and row["complete"]]
    return {row["period"]: row for row in rows if (*(row["group"] or {}).values(),) == group}


def missed(found, kpi):
    return [period for period, row in course(found, kpi).items() if row["status"] in MISSED]


def rows_of(story, source):
    return [row for _, text in story.records[source] for row in csv.DictReader(io.StringIO(text))]


def test_stories_are_of_one_client_and_six_partners(told, portfolio):
    assert list(told) == PARTNERS
    for partner, found in portfolio.items():
        parties = found.document.agreement.parties
        assert (parties.client.name, parties.partner.name) == (CLIENT, partner)
        assert found.document.agreement.title == told[partner].title
        assert told[partner].tier in ("strategic", "important", "standard")


def test_stories_are_the_same_every_time_and_soon_made(told):
    began = time.process_time()
    again = stories(NOW)

    assert again == list(told.values())
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "moment", [datetime(2026, 11, 1, 0, 30, tzinfo=UTC), datetime(2026, 12, 31, 18, tzinfo=UTC)], ids=str
)
def test_stories_run_to_the_present_and_not_beyond(moment, tmp_path):
    for story in stories(moment):
        folder = tmp_path / story.partner
        folder.mkdir()
        found = computed(story, folder)
        judged = [row["from"] for row in found.results if row["counted"]]
        assert max(map(datetime.fromisoformat, judged)) <= moment
        for report in found.records.values():
            assert report["used"] == report["read"] > 0
            assert not any(report["flagged"].values())


def test_stories_end_with_their_agreements():
    assert stories(datetime(2028, 1, 1, tzinfo=UTC)) == stories(datetime(2030, 1, 1, tzinfo=UTC))


def test_stories_are_of_a_size_to_try(told):
    lines = sum(
        text.count("\n") - 1 for story in told.values() for parts in story.records.values() for _, text in parts
    )

    assert 20_000 < lines <= 60_000


def test_records_come_in_a_file_a_quarter_for_every_source(told, portfolio):
    for partner, story in told.items():
        assert set(story.records) == set(portfolio[partner].document.agreement.sources)
        for source, parts in story.records.items():
            last = -1 if source == "figures" else None  # those of the running month are still to come
            assert [name for name, _ in parts] == [f"{source}-{quarter}.csv" for quarter in QUARTERS[:last]]


def test_columns_name_no_person(portfolio):
    for found in portfolio.values():
        columns = {name for source in found.document.agreement.sources.values() for name in source.columns}
        assert columns.isdisjoint({"name", "customer", "agent", "assignee", "email"})


@pytest.mark.parametrize("partner", PARTNERS)
def test_agreement_leaves_nothing_uncovered(portfolio, partner):
    assert uncovered(portfolio[partner].document.agreement) == []


@pytest.mark.parametrize("partner", PARTNERS)
def test_every_record_is_used_once_and_undoubted(portfolio, partner):
    for report in portfolio[partner].records.values():
        assert (report["used"], report["records"]) == (report["read"], report["read"])
        assert not any(report["flagged"].values())


@pytest.mark.parametrize("partner", PARTNERS)
def test_results_run_through_eighteen_months_into_a_running_one(portfolio, partner):
    found = portfolio[partner]
    monthly = next(kpi.id for kpi in found.document.agreement.kpis if kpi.period.kind == "month")
    periods = list(course(found, monthly))

    assert (len(periods), periods[0], periods[-1]) == (18, "2025-04", "2026-09")
    assert found.as_of.startswith("2026-10-")


@pytest.mark.parametrize("partner", PARTNERS)
def test_most_service_levels_are_met(portfolio, partner):
    whole = [row for row in portfolio[partner].results if row["group"] is None and row["complete"]]

    assert sum(row["status"] == "met" for row in whole) > 0.8 * len(whole)
    assert any(row["status"] != "met" for row in whole)


def test_service_desk_fails_three_months_in_a_row(portfolio):
    found = portfolio["Brightdesk"]

    assert missed(found, "resolved-in-time") == ["2026-05", "2026-06", "2026-07"]
    assert course(found, "resolved-in-time")["2026-06"]["status"] == "below_minimum"
    assert missed(found, "backlog-age") == ["2026-07"]
    assert missed(found, "reopened") == []


def test_deliveries_meet_the_eased_targets_but_would_not_meet_the_steady_one(portfolio):
    found = portfolio["Parcelwise"]
    eased = [row for row in course(found, "delivered-on-time").values() if row["target"] < 96]

    assert [row["period"] for row in eased] == [f"2025-0{month}" for month in range(4, 10)]
    assert {row["status"] for row in eased} == {"met"}
    assert max(row["value"] for row in eased) < 96
    assert missed(found, "delivered-on-time") == ["2025-12"]
    assert all(row["excluded"] for row in eased)


def test_hosting_has_one_bad_month(portfolio):
    found = portfolio["Cloudharbour"]
    months = course(found, "availability")

    assert missed(found, "availability") == ["2026-02"]
    assert [period for period, row in months.items() if row["budget_left"] < 0] == ["2026-02"]
    assert course(found, "availability", "policy-portal")["2026-02"]["status"] == "below_minimum"
    assert course(found, "availability", "document-store")["2026-02"]["status"] == "met"


def test_maintenance_is_not_agreed_time(portfolio):
    april = course(portfolio["Cloudharbour"], "availability")["2025-04"]

    assert april["denominator"] == 4 * (30 * 24 - 2) * 3600


def test_claims_are_late_in_the_month_of_the_storm_and_again_at_last(portfolio):
    found = portfolio["Claimsight"]

    assert missed(found, "settled-in-time") == ["2026-01", "2026-08", "2026-09"]
    assert course(found, "settled-in-time")["2026-01"]["excluded"] == 70
    assert missed(found, "right-first-time") == missed(found, "volume") == []


def test_claims_are_judged_more_mildly_by_the_partner_itself(told, portfolio):
    settled = [row for row in rows_of(told["Claimsight"], "cases") if row["in_time"] and not row["event"]]
    theirs = sum(row["in_time"] == "yes" for row in settled) / len(settled)
    months = [row for row in portfolio["Claimsight"].results if row["kpi"] == "settled-in-time" and not row["group"]]
    ours = sum(row["numerator"] for row in months) / sum(row["denominator"] for row in months)

    assert 0.005 < theirs - ours < 0.05


def test_surveys_lack_a_month(portfolio):
    found = portfolio["Lumen Surveys"]

    for kpi in ("satisfaction", "recommendation", "response-rate"):
        silent = [period for period, row in course(found, kpi).items() if row["status"] == "no_data"]
        assert silent == ["2026-03"]
    assert missed(found, "reports-in-time") == ["2026-Q2"]


def test_scanning_has_months_too_small_to_judge(portfolio):
    found = portfolio["Papertrail"]
    small = [period for period, row in course(found, "rescans").items() if row["status"] == "low_volume"]

    assert {"2025-08", "2025-12", "2026-08"} <= set(small)
    assert len(small) <= 5
    assert missed(found, "rescans") == ["2025-11"]
    assert missed(found, "pages-per-day") == []
