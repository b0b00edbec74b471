"""What people are in their company: written by themselves or by whoever manages people, and found by others."""

import pytest

from apps.api.conftest import program, secret_of
from rapport.apps.accounts import actions
from rapport.apps.accounts.models import Person
from rapport.apps.audit.queries import entries
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role

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


@pytest.mark.parametrize("by", ["editor", "signer"])
def test_people_write_their_own_function_and_whoever_manages_people_that_of_others(world, signed_in, by):
    browser, url = signed_in(getattr(world, by)), f"/people/{world.editor.pk}/"
    assert f"{url}function/" in browser.get(url).content.decode()
    assert browser.post(f"{url}function/", {"function": " Desk lead "}).url == url
    assert "Desk lead, editor" in browser.get(url).content.decode()
    assert entries("installation")[0].content["details"] == {"from": "", "to": "Desk lead"}
    browser.post(f"{url}function/", {"function": ""})
    assert Person.objects.get(pk=world.editor.pk).function == ""


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
        actions.change_function(by=world.editor, person=world.editor, function="x" * 101, at=now)


def test_a_function_carries_no_right(world, now):
    actions.change_function(by=world.partner_viewer, person=world.partner_viewer, function="Signer", at=now)
    assert Person.objects.get(pk=world.partner_viewer.pk).role == "partner_viewer"


def test_people_are_found_by_their_function(world, signed_in, now):
    actions.change_function(by=world.editor, person=world.editor, function="Desk lead", at=now)
    found = signed_in(world.manager).get("/people/?q=desk+LEAD").content.decode()
    assert "Brightdesk editor" in found
    assert "Brightdesk signer" not in found
    file = b"".join(signed_in(world.manager).get("/people/?q=desk+LEAD&format=csv"))
    assert "Brightdesk editor,Desk lead," in file.decode()


def test_programs_write_functions_as_people_do(world, program):
    own, other = (f"/people/{person.pk}/function" for person in (world.editor, world.signer))
    told = program(world.editor)
    assert told("PUT", own, {"function": "Desk lead"}).json()["function"] == "Desk lead"
    assert told("GET", "/me").json()["person"]["function"] == "Desk lead"
    assert told("PUT", other, {"function": "Desk lead"}).status_code == 404
    assert told("PUT", own, {"function": "x" * 101}).status_code == 422
