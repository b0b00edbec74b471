"""Open records that are about to be late, over all engagements."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rapport.apps.kpis.models import OpenRecord
from rapport.apps.portfolio.queries.due import asked_due, count_due, due


@pytest.fixture
def opened(world):
    """Two records of one partner, the later one first, and one of another."""
    soon = timezone.now() + timedelta(hours=3)
    for engagement, key, due_at in (
        (world.engagement, "T-2", soon + timedelta(days=9)),
        (world.engagement, "T-1", soon),
        (world.sibling_engagement, "canary-1", soon),
    ):
        OpenRecord.objects.create(engagement=engagement, kpi="k", key=key, due_at=due_at)


def keys(person, **said):
    return [one.key for one in due(person, asked_due(said))]


def test_the_soonest_comes_first_and_only_ones_own(world, opened):
    assert keys(world.signer) == ["T-1", "T-2"]
    assert keys(world.sibling_signer) == ["canary-1"]
    assert len(keys(world.manager)) == 3


def test_the_list_is_sorted_and_filtered_by_what_is_known(world, opened):
    assert keys(world.signer, sort="-due") == ["T-2", "T-1"]
    assert keys(world.signer, q="2") == ["T-2"]
    assert keys(world.signer, engagement=str(world.sibling_engagement.pk)) == []
    assert keys(world.signer, sort="engagement__tier", engagement="x") == ["T-1", "T-2"]


def test_today_counts_what_is_due_within_two_days(world, opened, signed_in):
    assert count_due(world.signer, timezone.now() + timedelta(days=2)) == 1
    assert b"1 open record is due" in signed_in(world.signer).get("/").content


def test_the_page_shows_a_partner_its_own(world, opened, signed_in):
    content = signed_in(world.signer).get("/portfolio/due/").content
    assert b"T-1" in content
    assert b"anary" not in content


def test_a_kpi_goes_by_its_name_in_the_agreement(world, agreement, version_of, signed_in):
    now = timezone.now()
    version_of(world.engagement, world.manager, now, stage="in_force", text=agreement)
    OpenRecord.objects.create(engagement=world.engagement, kpi="reopened", key="T-1", due_at=now)
    OpenRecord.objects.create(engagement=world.sibling_engagement, kpi="reopened", key="canary-1", due_at=now)
    assert b">Tickets opened again</a>" in signed_in(world.signer).get("/portfolio/due/").content
    assert keys(world.signer, q="opened AGAIN") == ["T-1"]
    assert keys(world.sibling_signer, q="opened AGAIN") == []


def test_engagements_are_marked_as_the_place_of_every_page_below_them(world, signed_in):
    place = b'<a href="/portfolio/" aria-current="page">'
    pages = ["/portfolio/", f"/engagements/{world.engagement.pk}/", "/", "/portfolio/due/"]
    assert [place in signed_in(world.signer).get(page).content for page in pages] == [True, True, False, False]


def test_without_any_it_says_where_they_come_from(world, signed_in):
    assert b"Nothing is about to be late" in signed_in(world.signer).get("/portfolio/due/").content
    assert b"No open record fits" in signed_in(world.signer).get("/portfolio/due/?q=x").content


@pytest.mark.parametrize("many", [1, 30])
def test_the_number_of_queries_of_the_page_does_not_grow(world, signed_in, django_assert_num_queries, many):
    for number in range(many):
        OpenRecord.objects.create(engagement=world.engagement, kpi="k", key=f"T-{number}", due_at=timezone.now())
    browser = signed_in(world.manager)
    browser.get("/portfolio/due/")
    with django_assert_num_queries(13):
        browser.get("/portfolio/due/")
