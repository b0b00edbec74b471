"""What people are in their company: written by whoever manages its people, and found by others."""

import pytest

from apps.api.conftest import program, secret_of
from rapport.apps.accounts import actions
from rapport.apps.accounts.models import Person
from rapport.apps.audit.queries import entries
from rapport.apps.issues.policy import demand_work
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Role

__all__ = ["program", "secret_of"]


def test_whoever_is_invited_comes_with_a_function(world, signed_in, now):
    given = {"email": "eve@example.org", "role": "editor", "function": "Desk  lead"}
    browser = signed_in(world.signer)
    browser.post(f"/people/invite/{world.own.pk}/", given)
    assert "Desk lead" in browser.get("/people/").content.decode()
    words = {"organisation": world.own, "email": "new@example.org", "role": Role.EDITOR, "function": "Account manager"}
    _, secret = actions.invite(by=world.signer, **words, at=now)
    person = actions.accept_invitation(secret=secret, name="New", password="a long pass phrase 7", at=now)
    assert Person.objects.get(pk=person.pk).function == "Account manager"


@pytest.mark.parametrize(("name", "is_taken"), [(" desk LEAD", True), ("Dana Lead", False)])
def test_nobody_comes_by_the_name_of_what_a_colleague_does(world, now, name, is_taken):
    """Or what agreements ask of the colleague would be asked of them."""
    actions.change_function(by=world.signer, person=world.editor, function="Desk lead", at=now)
    words = {"organisation": world.own, "email": "new@example.org", "role": Role.EDITOR}
    invitation, secret = actions.invite(by=world.signer, **words, at=now)
    given = {"secret": secret, "name": name, "password": "a long pass phrase 7", "at": now}
    if is_taken:
        with pytest.raises(Refused, match="write your own name"):
            actions.accept_invitation(**given)
        invitation.refresh_from_db()
        assert invitation.accepted_at is None
    else:
        assert actions.accept_invitation(**given).name == name


def test_whoever_manages_people_writes_their_functions(world, signed_in):
    browser, url = signed_in(world.signer), f"/people/{world.editor.pk}/"
    assert f"{url}function/" in browser.get(url).content.decode()
    page = browser.post(f"{url}function/", {"function": " Desk  lead "}, follow=True).content.decode()
    assert "Brightdesk editor is found by this function from now on" in page
    assert "Desk lead, editor" in page
    browser.post(f"{url}function/", {"function": "Desk lead"})
    found = [one.content["details"] for one in entries("installation")]
    assert found == [{"from": "", "to": "Desk lead"}]  # what stays as it is leaves no line
    page = browser.post(f"{url}function/", {"function": " "}, follow=True).content.decode()
    assert "Brightdesk editor has no function from now on" in page
    assert Person.objects.get(pk=world.editor.pk).function == ""


@pytest.mark.parametrize("role", ["manager", "executive", "viewer", "auditor", "editor", "partner_viewer"])
def test_nobody_gives_themselves_a_function(world, signed_in, program, now, role):
    person = getattr(world, role)
    with pytest.raises(Refused, match="Your role does not let you manage people"):
        actions.change_function(by=person, person=person, function="Vendor manager", at=now)
    browser, url = signed_in(person), f"/people/{person.pk}/"
    assert f"{url}function/" not in browser.get(url).content.decode()
    assert browser.post(f"{url}function/", {"function": "Vendor manager"}).status_code == 404
    assert program(person)("PUT", f"{url}function", {"function": "Desk lead"}).status_code == 404
    assert Person.objects.get(pk=person.pk).function == ""


@pytest.mark.parametrize(
    ("by", "person"),
    [("editor", "signer"), ("manager", "executive"), ("administrator", "editor"), ("signer", "sibling_editor")],
)
def test_nobody_else_writes_the_function_of_another(world, signed_in, now, by, person):
    actor, other = getattr(world, by), getattr(world, person)
    with pytest.raises(Refused):
        actions.change_function(by=actor, person=other, function="Desk lead", at=now)
    assert signed_in(actor).post(f"/people/{other.pk}/function/", {"function": "Desk lead"}).status_code == 404
    assert f"{other.pk}/function/" not in signed_in(actor).get(f"/people/{other.pk}/").content.decode()


def test_a_function_is_short(world, now):
    with pytest.raises(Refused, match="The function has 101 characters; say in at most 100"):
        actions.change_function(by=world.signer, person=world.editor, function="x" * 101, at=now)


def test_a_function_carries_no_right(world, now):
    """Whom an agreement names as those who sign, or the ladder as those who answer, can do neither by that."""
    person = world.partner_viewer
    actions.change_function(by=world.signer, person=person, function="Signer", at=now)
    called = Person.objects.get(pk=person.pk)
    assert called.function == "Signer"
    assert [right for right in Right if called.may(right)] == [Right.SEE]
    with pytest.raises(Refused, match="Your role does not let you"):
        demand_work(called, world.engagement)


def test_people_are_found_by_their_function(world, signed_in, now):
    actions.change_function(by=world.signer, person=world.editor, function="Desk lead", at=now)
    found = signed_in(world.manager).get("/people/?q=desk+LEAD").content.decode()
    assert "Brightdesk editor" in found
    assert "Brightdesk signer" not in found
    file = b"".join(signed_in(world.manager).get("/people/?q=desk+LEAD&format=csv"))
    assert "Brightdesk editor,Desk lead," in file.decode()


def test_programs_write_functions_as_people_do(world, program):
    url = f"/people/{world.editor.pk}/function"
    told = program(world.signer)
    assert told("PUT", url, {"function": "Desk lead"}).json()["function"] == "Desk lead"
    assert program(world.editor)("GET", "/me").json()["person"]["function"] == "Desk lead"
    assert told("PUT", f"/people/{world.manager.pk}/function", {"function": "Desk lead"}).status_code == 404
    assert told("PUT", url, {"function": "x" * 101}).status_code == 422
