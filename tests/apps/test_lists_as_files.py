"""Every list a person sees can be taken away as a file, and the file holds no more than the page."""

import pytest

from apps.test_isolation import ADDRESSES, CANARY, PARTNER_ROLES, SEALED, filled, objects
from rapport.apps.audit.actions import SYSTEM, record

__all__ = ["objects"]

LISTS = {
    "feedback:overview": "Number,Says,By",
    "feedback:overview?list=support": "Number,Kind,What",
    "accounts:people": "Name,Function,E-mail address",
    "accounts:people?list=teams": "Team,Company",
    "accounts:people?list=invitations": "E-mail address,Company",
    "accounts:tokens": "Name,Allows",
    "assurance:settle": "KPI,Unit,Period",
    "delivery:records": "File,Source",
    "engagements:agreement": "Version,Stage",
    "engagements:history": "Entry,At,Who",
    "kpis:results": "KPI,Name",
    "partners:list": "Partner,Sharing",
    "partners:show": "Document,Kind",
    "partners:show?list=contacts": "Name,Position",
    "partners:show?list=people": "Name,Role",
    "portfolio:due": "Due at,Record",
    "portfolio:engagements": "",
    "portfolio:search": "Kind,Name",
    "practices:show": "Practice,Phase",
}
"""Lists by the names of their pages, with which of several it is, and how its file begins."""
WITH_CANARIES = {
    "accounts:people", "delivery:records", "engagements:history", "partners:list", "partners:show",
    "portfolio:engagements",
}  # fmt: skip
"""Lists in which the client finds, of the sibling, what its siblings must not."""


@pytest.fixture
def told(world, now):
    """A line in the history of each engagement."""
    for engagement in (world.engagement, world.sibling_engagement):
        record(engagement.chain, by=SYSTEM, at=now, verb="engagement.started", subject=engagement.title, details={})


def taken(browser, name, values, kind="csv"):
    page, _, part = name.partition("?list=")
    answer = browser.get(filled(ADDRESSES[page], values), {"format": kind, "list": part})
    assert answer.status_code == 200, name
    assert answer["Content-Disposition"].startswith("attachment"), name
    return b"".join(answer)


@pytest.mark.parametrize("name", LISTS)
def test_list_can_be_taken_away_in_every_format(world, objects, told, signed_in, name):
    browser = signed_in(world.manager)
    assert taken(browser, name, objects.own).decode().startswith(LISTS[name])
    assert taken(browser, name, objects.own, "json").strip().startswith(b"[")
    assert taken(browser, name, objects.own, "xlsx").startswith(b"PK")


@pytest.mark.parametrize("role", PARTNER_ROLES)
def test_no_file_of_a_partner_holds_what_is_not_theirs(world, objects, told, signed_in, role):
    browser = signed_in(getattr(world, role))
    for name, route in ADDRESSES.items():
        answer = browser.get(filled(route, objects.own), {"format": "csv"})
        assert answer.status_code < 500, name
        content = b"".join(answer) if answer.streaming else answer.content
        assert CANARY.encode() not in content.lower(), name


@pytest.mark.parametrize("name", sorted(WITH_CANARIES))
def test_the_client_finds_the_canaries_that_partners_must_not(world, objects, told, signed_in, name):
    assert CANARY.encode() in taken(signed_in(world.manager), name, objects.sibling).lower()


@pytest.mark.parametrize("role", PARTNER_ROLES)
@pytest.mark.parametrize("name", [name for name in LISTS if "<" in ADDRESSES.get(name, "")])
def test_list_of_a_sibling_is_as_missing_as_none(world, objects, told, signed_in, name, role):
    browser = signed_in(getattr(world, role))
    foreign, missing = (
        browser.get(filled(ADDRESSES[name], values), {"format": "csv"}) for values in (objects.sibling, objects.missing)
    )
    assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_history_is_no_file_for_who_may_not_see_it(world, objects, told, signed_in):
    refused = signed_in(world.partner_viewer).get(
        filled(ADDRESSES["engagements:history"], objects.own), {"format": "csv"}
    )
    assert "Content-Disposition" not in refused


def test_sealed_figures_are_in_no_file_of_the_other_side(world, objects, signed_in):
    theirs, own = (taken(signed_in(one), "assurance:settle", objects.own) for one in (world.signer, world.manager))
    assert SEALED["client"].encode() in own
    assert SEALED["client"].encode() not in theirs
