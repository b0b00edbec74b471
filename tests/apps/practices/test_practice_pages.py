"""The pages of practices as both sides see them, and what they never show."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from rapport.apps.engagements.models import AgreementVersion, Remark
from rapport.apps.partners.models import Profile
from rapport.apps.practices.queries import coverage

PAGES = ("practices:show", "practices:summary")


@pytest.fixture(autouse=True)
def today(monkeypatch, now):
    """The pages are looked at on the day on which everything else happens."""
    monkeypatch.setattr("rapport.apps.practices.views.timezone", SimpleNamespace(localdate=now.date))


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_page_says_what_is_in_place_what_is_not_and_what_to_do(world, version, holding, signed_in, address):
    for kind in ("nda", "data_security"):
        holding(kind)
    answer = signed_in(world.manager).get(address("practices:show"))
    page = words(answer)
    assert "of 28 in place" in page
    assert "Both sides signed version 1; in force since Mon 2 Mar" in page
    assert "Non-disclosure agreement and data security assessment hold without an end." in page
    assert "Not kept here yet (23 practices that Rapport cannot judge; they do not count above)" in page
    assert page.index("Not kept here yet") < page.index("Task inventory")
    assert f'href="{address("delivery:records")}">Deliver records</a>' in answer.content.decode()


def test_each_side_gets_its_own_steps(world, version, signed_in, address):
    hand_in = f'href="{reverse("partners:hand_in", args=[world.own.pk])}"'
    client, partner = (signed_in(person).get(address("practices:show")) for person in (world.manager, world.editor))
    assert hand_in not in client.content.decode()
    assert hand_in in partner.content.decode()
    assert "Hand in the insurance Brightdesk" in words(client)
    assert "Hand in the insurance Your side" in words(partner)


@pytest.mark.parametrize("role", ["viewer", "auditor", "partner_viewer"])
def test_those_who_only_look_get_no_buttons_to_write(world, version, signed_in, address, role):
    answer = signed_in(getattr(world, role)).get(address("practices:show"))
    assert "Write a new version" in words(answer)
    for page in ("engagements:write", "delivery:records"):
        assert f'btn-sm" href="{address(page)}"' not in answer.content.decode()


@pytest.mark.parametrize("role", ["manager", "signer", "editor", "administrator", "executive"])
def test_every_step_leads_to_a_page_that_answers(world, version, now, signed_in, role):
    AgreementVersion.objects.create(
        engagement=world.engagement, number=2, text=version.text, digest="d" * 64, stage="proposed",
        written_by="client", author=world.manager, created_at=now, proposed_at=now,
    )  # fmt: skip
    person = getattr(world, role)
    found = {row.url for row in coverage(person, world.engagement, now.date()) if row.url}
    assert found
    browser = signed_in(person)
    assert {browser.get(url).status_code for url in found} == {200}


def test_summary_is_a_part_of_a_page(world, version, signed_in, address):
    answer = signed_in(world.signer).get(address("practices:summary"))
    assert "<html" not in answer.content.decode()
    assert "of 28 in place" in words(answer)
    assert address("practices:show") in answer.content.decode()
    assert answer.content.decode().count('class="btn') == 3


def test_tab_leads_there(world, signed_in, address):
    assert address("practices:show") in signed_in(world.editor).get(address("engagements:show")).content.decode()


def test_nothing_of_the_clients_own_shows(world, version, signed_in, address, now):
    world.engagement.tier = "strategic"
    world.engagement.save()
    Profile.objects.create(organisation=world.own, website="https://example.org", note="canary of the note")
    Remark.objects.create(
        version=version, line=1, text="canary of a remark", author=world.manager, side="client", is_private=True, at=now
    )
    draft = AgreementVersion.objects.create(
        engagement=world.engagement, number=2, text="canary of a draft", stage="draft", written_by="client",
        author=world.manager, created_at=now,
    )  # fmt: skip
    before = {name: words(signed_in(world.signer).get(address(name))) for name in PAGES}
    draft.delete()
    world.engagement.tier = "standard"
    world.engagement.save()
    Profile.objects.update(note="")
    Remark.objects.all().delete()
    assert {name: words(signed_in(world.signer).get(address(name))) for name in PAGES} == before
    for page in before.values():
        assert "canary" not in page.lower()
        assert "strategic" not in page.lower()


def test_nobody_reads_when_somebody_signed_in(world, version, signed_in, address, now):
    world.manager.last_login = now - timedelta(days=900)
    world.manager.save()
    page = words(signed_in(world.signer).get(address("practices:show")))
    assert f"{world.manager.last_login:%d %b %Y}" not in page
    assert "has signed in for 30 days" in page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("person", ["sibling_signer", "sibling_editor", "sibling_partner_viewer"])
def test_sibling_gets_what_is_missing(world, version, signed_in, name, person):
    browser = signed_in(getattr(world, person))
    foreign, missing = (browser.get(reverse(name, args=[number])) for number in (world.engagement.pk, 999_999))
    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
    assert foreign.status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_pages_only_read(world, signed_in, address, name):
    assert signed_in(world.manager).post(address(name)).status_code == 405


@pytest.mark.parametrize("many", [1, 12])
def test_page_takes_as_many_queries_for_much_as_for_little(
    world, version, computed, delivered, signed_in, address, now, django_assert_num_queries, many
):
    for number in range(many):
        computed("backlog", f"2025-{number + 1:02}-28T00:00:00+00:00")
    delivered("tickets", now)
    browser = signed_in(world.signer)
    browser.get(address("practices:show"))
    with django_assert_num_queries(31):
        browser.get(address("practices:show"))
