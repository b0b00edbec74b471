"""Search: everything one may see by its name, and nothing of anybody else's."""

import pytest

from rapport.apps.partners.models import PartnerDocument
from rapport.apps.portfolio.queries.search import search

SIBLING_WORDS = ("canary", "Canary Sibling Ltd", "sibling", "ltd", "secret paper")


@pytest.fixture
def filled(world, now, version_of, agreement):
    """Both partners have an agreement in force and a document; the sibling's are called after the canary."""
    version_of(world.engagement, world.manager, now, stage="in_force", text=agreement)
    foreign = agreement.replace("Tickets opened again", "Canary tickets opened again")
    version_of(world.sibling_engagement, world.manager, now, stage="in_force", text=foreign)
    for organisation, title in ((world.own, "Cover of the office"), (world.sibling, "Canary secret paper")):
        PartnerDocument.objects.create(
            organisation=organisation, kind="other", title=title, valid_from=now.date(), handed_in_by=world.manager,
            handed_in_at=now,
        )  # fmt: skip


def found(person, text):
    return {group.title: [one.label for one in group.found] for group in search(person, text, most=30)}


def test_everything_is_found_by_a_part_of_its_name(world, filled):
    assert found(world.signer, "bright") == {
        "Partners": ["Brightdesk"],
        "Engagements": ["Service desk"],
        "People": ["Brightdesk editor", "Brightdesk partner_viewer", "Brightdesk signer"],
        "Documents": ["Cover of the office"],
    }
    assert found(world.signer, "opened AGAIN") == {"KPIs": ["Tickets opened again"]}
    assert found(world.signer, "engage") == {"Pages": ["Engagements"]}


def test_a_kpi_named_so_comes_before_one_whose_identifier_says_so(world, filled):
    assert found(world.signer, "re")["KPIs"][-1] == "Tickets opened again"


def test_nothing_of_a_sibling_is_ever_found(world, filled, signed_in):
    for role in ("signer", "editor", "partner_viewer"):
        browser = signed_in(getattr(world, role))
        for words in SIBLING_WORDS:
            for headers in ({}, {"HX-Request": "true"}):
                answer = browser.get("/portfolio/search/", {"q": words}, headers=headers)
                content = (
                    answer.content.decode().lower().replace(f'"{words.lower()}"', "").replace(f"“{words.lower()}”", "")
                )
                assert "canary" not in content
                assert f"/engagements/{world.sibling_engagement.pk}/" not in content
    assert found(world.manager, "canary")["KPIs"] == ["Canary tickets opened again"]


def test_what_is_found_and_what_is_not_looks_alike_to_a_stranger(world, filled, signed_in):
    browser = signed_in(world.signer)
    foreign, missing = (
        browser.get("/portfolio/search/", {"q": words}, headers={"HX-Request": "true"}).content
        for words in ("Canary Sibling", "Nobody At All")
    )
    assert foreign == missing


def test_drafts_and_tiers_and_notes_are_not_searched(world, filled, now, version_of):
    world.engagement.tier = "strategic"
    world.engagement.save()
    version_of(world.engagement, world.manager, now, stage="draft", number=2, text="# zebra")
    assert found(world.signer, "zebra") == found(world.signer, "strategic") == {}


def test_people_are_those_of_the_own_side(world, filled):
    assert found(world.manager, "signer") == {}
    assert found(world.manager, "northwind auditor") == {"People": ["Northwind auditor"]}


def test_the_number_found_is_limited(world, filled):
    (group,) = search(world.signer, "brightdesk e", most=1)[-1:]
    assert len(group.found) == 1


@pytest.mark.parametrize(
    "words", ["", "   ", "\x00", "%", "_", "'; --", "\ud800", "x" * 10_000, "a " * 5_000, "<script>"]
)
def test_odd_words_do_no_harm(world, filled, signed_in, words):
    answer = signed_in(world.manager).get("/portfolio/search/", {"q": words.encode(errors="replace")})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content
    assert search(world.manager, words, most=5) == [] or words.strip()


def test_without_script_it_is_a_page_and_while_typing_a_part(world, filled, signed_in):
    browser = signed_in(world.signer)
    page = browser.get("/portfolio/search/?q=bright")
    part = browser.get("/portfolio/search/?q=bright", headers={"HX-Request": "true"})
    assert b"<html" in page.content
    assert b"<html" not in part.content
    assert b'action="/portfolio/search/"' in page.content
    assert b"Brightdesk" in part.content
