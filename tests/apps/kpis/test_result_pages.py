"""Pages about results through the browser, from the list down to the records."""

import csv
from importlib.resources import files
from pathlib import Path

import pytest
from django.contrib.messages import get_messages

from rapport.apps.delivery.actions import commit_batch, withdraw_batch
from rapport.apps.delivery.models import Batch
from rapport.apps.kpis.actions import compute_results
from rapport.apps.kpis.models import Evaluation, Result

SOURCES = ("tickets", "holds", "duties", "surveys")
KPI, PERIOD = "resolved-in-time", "2025-03"


@pytest.fixture
def computed(world, preview, now):
    """The example's results."""
    for source in SOURCES:
        commit_batch(by=world.editor, batch=preview(source), at=now)
    return compute_results(engagement=world.engagement, at=now)


def text(answer):
    assert answer.status_code == 200, answer
    return answer.content.decode()


def said(answer):
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_commit_computes_and_says_so(world, preview, signed_in, address):
    batch = preview("surveys")

    answer = signed_in(world.editor).post(address("kpis:commit", batch.pk))

    assert answer.url == address("delivery:batch", batch.pk)
    assert "committed and the results are computed" in said(answer)
    assert Result.objects.filter(kpi="satisfaction").exists()


def test_second_commit_of_the_same_file_says_so_kindly_and_changes_nothing(world, preview, signed_in, address):
    browser, first, second = signed_in(world.editor), preview("surveys"), preview("surveys")
    browser.post(address("kpis:commit", first.pk))
    before = list(Evaluation.objects.values_list("pk", "content"))

    answer = browser.post(address("kpis:commit", second.pk))

    assert "in already, so nothing was changed" in said(answer)
    assert list(Evaluation.objects.values_list("pk", "content")) == before


def test_withdraw_takes_the_numbers_away(world, preview, signed_in, address):
    browser, batch = signed_in(world.editor), preview("surveys")
    browser.post(address("kpis:commit", batch.pk))

    answer = browser.post(address("kpis:withdraw", batch.pk), {"reason": "not agreed"})

    assert "is withdrawn" in said(answer)
    assert not Result.objects.exists()
    page = text(browser.get(address("delivery:batch", batch.pk)))
    assert "not agreed" in page


@pytest.mark.parametrize("role", ["viewer", "auditor", "partner_viewer"])
def test_viewer_cannot_commit(world, preview, signed_in, address, role):
    batch = preview("surveys")

    answer = signed_in(getattr(world, role)).post(address("kpis:commit", batch.pk))

    assert "role does not let you" in said(answer)
    assert Batch.objects.get().stage == "previewed"
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize("role", ["executive", "viewer", "editor", "partner_viewer"])
def test_list_shows_where_every_kpi_stands(world, computed, signed_in, address, role):
    page = text(signed_in(getattr(world, role)).get(address("kpis:results")))

    assert page.count("<tr>") == 8
    assert address("kpis:kpi", KPI) in page
    assert "k-spark" in page
    assert "Waiting for records" not in page


def test_list_says_what_it_waits_for(world, version, signed_in, address):
    page = text(signed_in(world.viewer).get(address("kpis:results")))

    assert "There are no results yet" in page
    assert "duties, holds, tickets" in page


def test_list_says_that_there_is_no_agreement(world, signed_in, address):
    assert "No agreement is in force yet" in text(signed_in(world.viewer).get(address("kpis:results")))


def test_list_costs_the_same_however_much_was_computed(
    world, computed, signed_in, address, django_assert_max_num_queries
):
    browser = signed_in(world.viewer)

    with django_assert_max_num_queries(18):
        browser.get(address("kpis:results"))


def test_new_version_asks_to_compute_anew(world, version, computed, signed_in, address, now):
    type(version).objects.filter(pk=version.pk).update(stage="superseded")
    text_of_two = version.text.replace("edge: 6, score: 100, target: true", "edge: 5, score: 100, target: true")
    type(version).objects.create(
        engagement=world.engagement, number=2, text=text_of_two, stage="in_force", written_by="client",
        author=world.manager, created_at=now,
    )  # fmt: skip
    browser = signed_in(world.editor)
    assert "Compute by version 2" in text(browser.get(address("kpis:results")))

    browser.post(address("kpis:compute"))

    assert "Compute by version 2" not in text(browser.get(address("kpis:results")))
    assert Result.objects.filter(kpi="reopened").first().content["target"] == 5


@pytest.mark.parametrize("kpi", ["resolved-in-time", "reopened", "hours-to-close", "backlog", "urgent", "satisfaction"])
def test_kpi_shows_its_chart_definition_and_periods(world, computed, signed_in, address, kpi):
    page = text(signed_in(world.partner_viewer).get(address("kpis:kpi", kpi)))

    latest = Result.objects.filter(kpi=kpi).last()
    assert "k-chart" in page
    assert "How it is measured" in page
    assert address("kpis:rows", kpi, latest.period) in page


def test_kpi_shows_its_target_of_each_period(world, computed, signed_in, address):
    page = text(signed_in(world.viewer).get(address("kpis:kpi", KPI)))

    assert "at least 70 % until 31 Mar 2025" in page
    assert "Storm damage" not in page
    assert "Force majeure" in page


def test_rows_are_the_records_behind_the_number(world, computed, signed_in, address):
    result = Result.objects.get(kpi=KPI, period=PERIOD)
    browser = signed_in(world.viewer)

    whole = browser.get(address("kpis:rows", KPI, PERIOD) + "?format=csv").getvalue().decode()
    failed = browser.get(address("kpis:rows", KPI, PERIOD) + "?failed=1&format=csv").getvalue().decode()

    rows = list(csv.DictReader(whole.splitlines()))
    assert len(rows) == result.content["records"]
    late = [row for row in rows if row["verdict"] == "late" and row["state"] == "counted"]
    assert [row["key"] for row in csv.DictReader(failed.splitlines())] == [row["key"] for row in late]
    page = text(browser.get(address("kpis:rows", KPI, PERIOD) + "?failed=1"))
    assert all(row["key"] in page for row in late)
    assert "Overdue by" in page


def test_period_without_rows_says_so(world, computed, signed_in, address):
    browser = signed_in(world.viewer)
    empty = Result.objects.filter(content__records=0).first()

    page = text(browser.get(address("kpis:rows", empty.kpi, empty.period)))

    assert "No record is here" in page
    assert browser.get(address("kpis:rows", empty.kpi, empty.period) + "?format=csv").getvalue().strip() == b""


@pytest.mark.parametrize("person", ["sibling_signer", "sibling_partner_viewer"])
def test_sibling_gets_the_404_of_a_missing_id(world, computed, signed_in, person):
    browser = signed_in(getattr(world, person))
    batch = Batch.objects.filter(engagement=world.engagement).first()
    paths = ["results/", f"results/{KPI}/", f"results/{KPI}/{PERIOD}/", f"results/{KPI}/{PERIOD}/rows.csv"]
    changes = ["compute/", f"records/{batch.pk}/commit/", f"records/{batch.pk}/withdraw/"]

    def answers(engagement):
        base = f"/engagements/{engagement}/"
        found = [browser.get(base + path) for path in paths] + [browser.post(base + path) for path in changes]
        return [(answer.status_code, answer.content) for answer in found]

    missing = browser.get("/engagements/999999/results/").content
    assert answers(world.engagement.pk) == answers(999_999) == [(404, missing)] * 7
    assert browser.post(f"/engagements/{world.sibling_engagement.pk}/{changes[1]}").status_code == 404


def test_unknown_kpi_and_period_are_missing(world, computed, signed_in, address):
    browser = signed_in(world.viewer)

    assert browser.get(address("kpis:kpi", "no-such")).status_code == 404
    assert browser.get(address("kpis:rows", KPI, "1999-01")).status_code == 404


def test_outages_stand_behind_availability(world, version, preview, signed_in, address, now):
    text_of_start = (Path(str(files("rapport.cli"))) / "starts" / "availability.yaml").read_text(encoding="utf-8")
    type(version).objects.filter(pk=version.pk).update(text=text_of_start)
    outages = b"outage,service,down,up,severity,cause\nO-1,mail,2026-01-06 15:00:00,2026-01-06 17:30:00,total,disk\n"
    windows = b"window,start,end,approved\nW-1,2026-02-03 10:00:00,2026-02-03 12:00:00,true\n"
    for source, content in (("outages", outages), ("windows", windows)):
        commit_batch(by=world.editor, batch=preview(source, content), at=now)
    compute_results(engagement=world.engagement, at=now)
    browser = signed_in(world.viewer)

    kpi = text(browser.get(address("kpis:kpi", "availability")))
    outage = text(browser.get(address("kpis:rows", "availability", "2026-01")))
    repair = text(browser.get(address("kpis:rows", "repaired-in-time", "2026-Q1")))

    assert "agreed time less downtime" in kpi
    assert "mail" in outage
    assert "2h 30m" in outage
    assert "O-1" in repair


@pytest.mark.parametrize("query", ["", "?format=csv"])
def test_records_that_wait_to_be_computed_anew_are_refused_kindly(world, preview, signed_in, address, now, query):
    batch, browser = commit_batch(by=world.editor, batch=preview("surveys"), at=now), signed_in(world.editor)
    compute_results(engagement=world.engagement, at=now)
    withdraw_batch(by=world.editor, batch=batch, reason="Of another month", at=now)
    answer = browser.get(address("kpis:rows", "satisfaction", "2025-Q1") + query)
    assert answer.status_code == 302
    assert "computed anew" in " ".join(str(message) for message in get_messages(answer.wsgi_request))
