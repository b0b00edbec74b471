"""Teams and the page of people: who sees and changes them."""

import pytest

from rapport.apps.accounts import actions
from rapport.apps.accounts.models import Team
from rapport.apps.audit.queries import entries


@pytest.fixture
def desk(world, now):
    return actions.make_team(
        by=world.signer, organisation=world.own, name="Service desk", members=[world.signer, world.editor], at=now
    )


def test_a_team_is_made_changed_and_dissolved_on_pages(world, signed_in):
    browser = signed_in(world.signer)
    assert b"No teams yet" in browser.get("/people/").content
    words = {"name": "Service  desk", "members": [world.signer.pk, world.editor.pk]}
    assert browser.post(f"/people/teams/make/{world.own.pk}/", words).url == "/people/"
    team = Team.objects.get()
    assert (team.name, team.organisation, team.members.count()) == ("Service desk", world.own, 2)
    assert b"Service desk" in browser.get(f"/people/{world.editor.pk}/").content
    browser.post(f"/people/teams/{team.pk}/", {"name": "Desk", "members": [world.editor.pk]})
    team.refresh_from_db()
    assert (team.name, list(team.members.all())) == ("Desk", [world.editor])
    browser.post(f"/people/teams/{team.pk}/dissolve/")
    assert not Team.objects.exists()
    assert world.editor.is_active
    verbs = [entry.content["verb"] for entry in entries("installation")]
    assert {"team.made", "team.changed", "team.dissolved"} <= set(verbs)


def test_a_team_holds_people_of_its_own_company_only(world, signed_in, desk):
    words = {"name": "Desk", "members": [world.editor.pk, world.sibling_editor.pk]}
    answer = signed_in(world.signer).post(f"/people/teams/{desk.pk}/", words)
    assert answer.status_code == 200
    assert world.sibling_editor not in desk.members.all()
    with pytest.raises(actions.Refused, match="one company"):
        actions.change_team(by=world.signer, team=desk, name="D", members=[world.manager], at=desk.created_at)


def test_two_teams_of_one_company_have_two_names(world, desk, now):
    words = {"name": "service DESK", "members": [], "at": now}
    with pytest.raises(actions.Refused, match="already"):
        actions.make_team(by=world.signer, organisation=world.own, **words)
    assert actions.make_team(by=world.sibling_signer, organisation=world.sibling, **words)


@pytest.mark.parametrize("person", ["editor", "partner_viewer", "sibling_signer", "manager", "administrator"])
def test_only_who_manages_people_changes_teams(world, signed_in, desk, person):
    browser = signed_in(getattr(world, person))
    assert browser.get(f"/people/teams/{desk.pk}/").status_code == 404
    assert browser.post(f"/people/teams/{desk.pk}/dissolve/").status_code == 404
    assert Team.objects.filter(pk=desk.pk).exists()


def test_a_partner_sees_its_own_teams_and_no_word_of_others(world, signed_in, desk, now):
    actions.make_team(by=world.administrator, organisation=world.client, name="Buyers", members=[], at=now)
    actions.make_team(by=world.sibling_signer, organisation=world.sibling, name="Canary team", members=[], at=now)
    page = signed_in(world.partner_viewer).get("/people/").content
    assert b"Service desk" in page
    assert b"Buyers" not in page
    assert b"Canary" not in page
    everything = signed_in(world.viewer).get("/people/").content
    assert b"Canary team" in everything


def test_who_left_is_no_longer_shown_in_the_team(world, signed_in, desk, now):
    actions.close_account(by=world.signer, person=world.editor, at=now)
    team = signed_in(world.signer).get("/people/").context["teams"].get()
    assert list(team.members.all()) == [world.signer]


def people_shown(browser, query):
    return {person.email for person in browser.get(f"/people/?{query}").context["page"]}


def test_people_are_narrowed_by_company_role_and_name(world, signed_in):
    browser = signed_in(world.administrator)
    assert people_shown(browser, f"company={world.own.pk}") == {
        world.signer.email, world.editor.email, world.partner_viewer.email,
    }  # fmt: skip
    assert people_shown(browser, "role=editor") == {world.editor.email, world.sibling_editor.email}
    assert people_shown(browser, f"company={world.own.pk}&role=signer") == {world.signer.email}
    assert people_shown(browser, "q=brightdesk+sig") == {world.signer.email}
    assert b"Nobody fits" in browser.get("/people/?q=zzz").content


@pytest.mark.parametrize("text", ["a" * 60_000, "a\x00b"])
def test_whoever_is_looked_for_there_is_an_answer(world, signed_in, text):
    assert signed_in(world.manager).get("/people/", {"q": text}).status_code == 200


def test_a_partner_narrows_nothing_by_a_company_it_does_not_see(world, signed_in):
    browser = signed_in(world.signer)
    everybody = people_shown(browser, "")
    for number in (world.sibling.pk, world.client.pk, 999_999, "x", "9" * 5000):
        assert people_shown(browser, f"company={number}") == everybody


@pytest.mark.parametrize("order", ["name", "-name", "company", "-role", "password", "organisation__name"])
def test_people_are_sorted_by_what_is_listed_only(world, signed_in, order):
    names = [person.name for person in signed_in(world.administrator).get(f"/people/?sort={order}").context["page"]]
    assert (names == sorted(names)) is (order == "name")


def test_the_list_takes_as_many_queries_for_more_people(world, signed_in, desk, now, django_assert_max_num_queries):
    browser = signed_in(world.administrator)
    actions.make_team(by=world.signer, organisation=world.own, name="Second", members=[world.editor], at=now)
    with django_assert_max_num_queries(20):
        browser.get("/people/")


def test_a_person_is_looked_after_on_their_own_page(world, signed_in):
    browser = signed_in(world.signer)
    page = f"/people/{world.editor.pk}/"
    assert b"Change the role" in browser.get(page).content
    assert browser.post(page + "role/", {"role": "partner_viewer"}).url == page
    world.editor.refresh_from_db()
    assert world.editor.role == "partner_viewer"
    assert b"has no role manager" in browser.post(page + "role/", {"role": "manager"}, follow=True).content
    browser.post(page + "close/")
    assert b"Open the account again" in browser.get(page).content
    browser.post(page + "reopen/")
    assert b"Close the account" in browser.get(page).content


def test_who_manages_nobody_sees_a_person_and_no_buttons(world, signed_in):
    page = signed_in(world.partner_viewer).get(f"/people/{world.editor.pk}/")
    assert page.status_code == 200
    assert b"Change the role" not in page.content
    assert signed_in(world.partner_viewer).get(f"/people/{world.manager.pk}/").status_code == 404
