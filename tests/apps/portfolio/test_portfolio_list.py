"""The list of engagements: what it shows, sorts, filters and exports, and whose tiers nobody else can find out."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.utils import timezone

from rapport.apps.engagements.models import Engagement
from rapport.apps.portfolio.queries.overview import Asked, asked, months_before, portfolio, rows

TODAY = date(2026, 3, 20)
IN_FEBRUARY = timedelta(days=2)


@pytest.fixture
def another(world, now):
    return Engagement.objects.create(
        partner=world.own, title="Back office", client_owner=world.manager, created_at=now, tier="strategic"
    )


@pytest.fixture
def missing(world, now, another, version_of, result_of, agreement):
    """Of two engagements of one partner, one misses a KPI and the other has no data."""
    version = version_of(world.engagement, world.manager, now, stage="in_force", text=agreement)
    result_of(world.engagement, version, now - IN_FEBRUARY, kpi="resolved-in-time", status="below_minimum")
    result_of(world.engagement, version, now - IN_FEBRUARY, kpi="reopened", status="met")


def titles(person, **changes):
    return [one.engagement.title for one in portfolio(person, Asked(**changes), TODAY)]


def file_of(browser, query):
    content = b"".join(browser.get(f"/portfolio/?format=csv&{query}")).decode()
    return list(csv.DictReader(io.StringIO(content)))


def test_a_row_says_how_an_engagement_stands(world, missing):
    listed = portfolio(world.signer, Asked(), TODAY)
    row = next(rows(world.signer, listed, TODAY))
    assert (row.listed.status, row.listed.standing, row.listed.met, row.listed.missed) == (
        "below_minimum",
        "missed",
        1,
        1,
    )
    assert [(one.kpi, one.name) for one in row.failing] == [
        ("resolved-in-time", "Tickets closed within the limit of their priority")
    ]
    assert (row.move, row.is_ours, row.stage) == ("nobody's", False, "in force")
    assert row.measured_until == date(2026, 2, 28)
    assert row.ends_on == date(2027, 12, 31)


@pytest.mark.parametrize("role", ["manager", "viewer", "editor", "partner_viewer"])
def test_a_row_without_an_agreement_is_nobodys_in_particular(world, role):
    person = getattr(world, role)
    found = list(rows(person, portfolio(person, Asked(), TODAY), TODAY))
    assert {(row.move, row.is_ours, row.stage) for row in found} == {("either side drafts", False, "")}


def test_months_count_the_kpis_whose_period_ended_in_them(world, missing):
    listed = portfolio(world.signer, Asked(), TODAY)
    row = next(rows(world.signer, listed, TODAY))
    assert [month.on for month in row.months] == months_before(TODAY)
    assert (months_before(TODAY)[0], months_before(TODAY)[-1]) == (date(2025, 3, 1), date(2026, 2, 1))
    assert (row.months[-1].words, row.months[-1].status) == ("1/2", "below_minimum")
    assert {month.status for month in row.months[:-1]} == {"no_data"}


def test_the_worst_comes_first_and_the_rest_by_name(world, missing):
    assert titles(world.signer) == ["Service desk", "Back office"]
    assert titles(world.signer, sort="-standing") == ["Back office", "Service desk"]
    assert titles(world.signer, sort="title") == ["Back office", "Service desk"]
    assert titles(world.manager, sort="tier")[0] == "Back office"
    Engagement.objects.filter(title="Back office").update(spend=96_000)
    assert titles(world.manager, sort="-spend")[0] == "Back office"


def test_the_list_is_filtered(world, missing):
    assert titles(world.manager, standing="missed") == ["Service desk"]
    assert titles(world.manager, standing="no_data") == ["Back office", "Canary sibling engagement"]
    assert titles(world.manager, partner=world.own.pk, text="service BRIGHT") == ["Service desk"]
    assert titles(world.manager, tier="strategic") == ["Back office"]
    assert titles(world.signer, partner=world.sibling.pk) == []


def test_what_an_address_says_and_nobody_knows_is_left_out(world):
    for said in ({"sort": "partner__note"}, {"sort": "-"}, {"partner": "1 OR 1"}, {"partner": "9" * 40}, {"tier": "x"}):
        assert asked(world.manager, said) == Asked()
    assert asked(world.manager, {"q": "a\x00b" + "c" * 200}).text == "ab" + "c" * 98


def test_the_page_says_how_many_kpis_met_their_target(world, missing, signed_in):
    assert "1 of 2" in signed_in(world.manager).get("/portfolio/").content.decode()


def test_tiers_are_the_clients_own(world, missing, signed_in):
    for said in ({"tier": "strategic"}, {"sort": "tier"}, {"sort": "-tier"}, {"sort": "spend"}, {"sort": "-spend"}):
        assert asked(world.signer, said) == Asked()
        assert asked(world.manager, said) != Asked()
    browser = signed_in(world.signer)
    assert b"trategic" not in browser.get("/portfolio/").content
    assert all("Tier" not in row for row in file_of(browser, ""))
    assert {row["Tier"] for row in file_of(signed_in(world.manager), "")} == {"strategic", "standard"}


def test_the_file_is_what_is_filtered_and_sorted_on_the_page(world, missing, signed_in):
    browser = signed_in(world.manager)
    assert [row["Engagement"] for row in file_of(browser, "sort=-title&q=bright")] == ["Service desk", "Back office"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_other_lists_are_files_too(world, signed_in, kind):
    for path in ("/partners/", f"/engagements/{world.engagement.pk}/records/", "/portfolio/due/"):
        answer = signed_in(world.manager).get(path, {"format": kind})
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
        assert b"".join(answer)


def test_an_empty_list_and_one_that_nothing_fits_say_what_to_do(world, signed_in):
    assert b"No engagement fits" in signed_in(world.manager).get("/portfolio/?q=nothing+like+it").content
    Engagement.objects.all().delete()
    assert b"Start an engagement" in signed_in(world.manager).get("/portfolio/").content
    assert b"No engagements yet" in signed_in(world.signer).get("/portfolio/").content


def test_a_long_list_has_pages(world, signed_in, now):
    Engagement.objects.bulk_create(
        Engagement(partner=world.own, title=f"Work {number:03}", client_owner=world.manager, created_at=now)
        for number in range(120)
    )
    browser = signed_in(world.manager)
    first, last = browser.get("/portfolio/?sort=title"), browser.get("/portfolio/?sort=title&page=5")
    assert b"Work 100" not in first.content
    assert b"Work 119" in last.content
    assert len(first.content) < 300_000


def test_titles_are_shown_as_text(world, signed_in):
    Engagement.objects.filter(pk=world.engagement.pk).update(title="<script>alert(1)</script>")
    content = signed_in(world.manager).get("/portfolio/").content
    assert b"<script>alert" not in content
    assert b"&lt;script&gt;alert" in content


def test_what_is_long_over_stands_for_nothing(world, now, version_of, result_of):
    version = version_of(world.engagement, world.manager, now)
    result_of(world.engagement, version, now - timedelta(days=500), status="below_minimum")
    assert [one.standing for one in portfolio(world.signer, Asked(), timezone.localdate(now))] == ["no_data"]
