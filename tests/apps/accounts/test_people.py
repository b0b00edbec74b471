"""Organisations and people, by what they do on pages and by what they are refused."""

from datetime import timedelta

import pytest
from django.test import Client

from rapport.apps.accounts import actions
from rapport.apps.accounts.models import ApiToken, Invitation, Organisation, Person
from rapport.apps.accounts.queries import token_behind
from rapport.apps.audit.queries import entries
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role

FOUNDING = {"organisation": "Northwind", "name": "Ada", "email": "ada@example.org", "password": "a long pass phrase 7"}


def refusal(act, **words):
    with pytest.raises(Refused) as caught:
        act(**words)
    return str(caught.value)


@pytest.mark.django_db
def test_first_run_makes_the_client_and_signs_in():
    browser = Client()
    assert browser.get("/").url == "/first-run/"
    answer = browser.post("/first-run/", FOUNDING, follow=True)
    assert answer.status_code == 200
    assert (Organisation.objects.get().name, Person.objects.get().role) == ("Northwind", "administrator")
    assert b"Ada" in answer.content


def test_first_run_is_over_once_there_is_a_client(world):
    assert Client().post("/first-run/", FOUNDING).url == "/"
    assert Organisation.objects.filter(side="client").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "password1234", "ada@example.org"])
def test_weak_passwords_are_refused_with_a_reason(password):
    answer = Client().post("/first-run/", FOUNDING | {"password": password})
    assert b"password" in answer.content.lower()
    assert not Person.objects.exists()


@pytest.mark.parametrize("path", ["/people/", "/keys/", "/portfolio/", "/partners/"])
def test_nobody_comes_in_without_signing_in(world, path):
    assert Client().get(path).url.startswith("/sign-in/login/")


def test_an_invitation_becomes_a_person_with_its_role(world, signed_in, now):
    signed_in(world.signer).post(f"/people/invite/{world.own.pk}/", {"email": "Eve@Example.org", "role": "editor"})
    page = signed_in(world.signer)
    _, secret = actions.invite(
        by=world.signer, organisation=world.own, email="new@example.org", role=Role.EDITOR, at=now
    )
    assert page.get("/people/").status_code == 200
    person = actions.accept_invitation(secret=secret, name="New", password="a long pass phrase 7", at=now)
    assert (person.organisation, person.role, person.email) == (world.own, "editor", "new@example.org")
    assert Invitation.objects.filter(email="eve@example.org", accepted_at=None).exists()


def test_an_invitation_works_once_and_in_time(world, now):
    _, secret = actions.invite(by=world.signer, organisation=world.own, email="n@example.org", role=Role.EDITOR, at=now)
    words = {"secret": secret, "name": "N", "password": "a long pass phrase 7"}
    assert "too old" in refusal(actions.accept_invitation, **words, at=now + timedelta(days=8))
    actions.accept_invitation(**words, at=now)
    assert "used" in refusal(actions.accept_invitation, **words, at=now)


def test_opening_an_invitation_changes_nothing(world, now, client):
    _, secret = actions.invite(by=world.signer, organisation=world.own, email="n@example.org", role=Role.EDITOR, at=now)
    client.get(f"/invitations/{secret}/")
    assert Invitation.objects.get(email="n@example.org").accepted_at is None


def test_a_revoked_invitation_opens_nothing(world, now):
    invitation, secret = actions.invite(
        by=world.signer, organisation=world.own, email="n@example.org", role=Role.EDITOR, at=now
    )
    actions.revoke_invitation(by=world.signer, invitation=invitation, at=now)
    assert "withdrawn" in refusal(actions.open_invitation, secret=secret, at=now)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_a_role_of_the_other_side_is_refused(world, now, role):
    words = {"by": world.signer, "organisation": world.own, "email": "n@example.org", "role": role, "at": now}
    assert f"has no role {role}" in refusal(actions.invite, **words)


@pytest.mark.parametrize("person", ["manager", "viewer", "auditor", "editor", "partner_viewer", "sibling_signer"])
def test_only_who_manages_people_invites(world, now, person):
    words = {"organisation": world.own, "email": "n@example.org", "role": Role.EDITOR, "at": now}
    assert refusal(actions.invite, by=getattr(world, person), **words)


def test_a_partners_signer_invites_colleagues_only(world, signed_in):
    browser = signed_in(world.signer)
    assert browser.get(f"/people/invite/{world.own.pk}/").status_code == 200
    assert browser.get(f"/people/invite/{world.client.pk}/").status_code == 404
    assert browser.get(f"/people/invite/{world.sibling.pk}/").status_code == 404


def test_the_client_brings_in_a_partners_first_and_nobody_after(world, signed_in, now):
    """Whoever could make an account on the other side could sign for it."""
    browser = signed_in(world.administrator)
    words = {"by": world.administrator, "email": "n@example.org", "role": Role.SIGNER, "at": now}
    assert browser.get(f"/people/invite/{world.own.pk}/").status_code == 404
    assert "manages its own people" in refusal(actions.invite, organisation=world.own, **words)
    for act in (actions.remove_second_factor, actions.unlink_identity):
        assert "manages its own people" in refusal(act, by=world.administrator, person=world.signer, at=now)
    changed = {"by": world.administrator, "person": world.editor, "role": Role.SIGNER, "at": now}
    assert "manages its own people" in refusal(actions.change_role, **changed)

    fresh = actions.add_partner(by=world.manager, name="Fresh", at=now)
    assert browser.get(f"/people/invite/{fresh.pk}/").status_code == 200
    actions.invite(organisation=fresh, **words)


def test_the_client_can_end_a_partners_access_and_not_give_it_back(world, signed_in):
    browser = signed_in(world.administrator)
    assert browser.post(f"/people/{world.editor.pk}/close/").status_code == 302
    world.editor.refresh_from_db()
    assert not world.editor.is_active
    assert browser.post(f"/people/{world.editor.pk}/reopen/").status_code == 404


def test_partners_see_their_own_people_and_no_word_of_others(world, signed_in):
    page = signed_in(world.signer).get("/people/").content
    assert world.editor.email.encode() in page
    assert b"Canary" not in page
    assert world.manager.email.encode() not in page


def test_foreign_and_missing_people_answer_alike(world, signed_in):
    browser = signed_in(world.signer)
    foreign = browser.post(f"/people/{world.sibling_editor.pk}/close/")
    missing = browser.post("/people/999999/close/")
    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content) == (404, missing.content)


def test_a_closed_account_is_out_at_the_next_click(world, signed_in, now):
    browser = signed_in(world.editor)
    assert browser.get("/portfolio/").status_code == 200
    actions.close_account(by=world.signer, person=world.editor, at=now)
    assert browser.get("/portfolio/").url.startswith("/sign-in/login/")


def test_the_last_in_charge_stays(world, now):
    assert "Nobody would be left" in refusal(actions.close_account, by=world.signer, person=world.signer, at=now)
    world.signer.refresh_from_db()
    assert world.signer.is_active


def test_a_key_acts_until_it_is_revoked_or_too_old(world, now):
    token, secret = actions.issue_token(by=world.editor, name="upload", scope="write", lasts=timedelta(days=9), at=now)
    assert token_behind(secret, now) == token
    assert token_behind(secret, now + timedelta(days=9)) is None
    assert secret not in str(ApiToken.objects.values())
    actions.revoke_token(by=world.editor, token=token, at=now)
    assert token_behind(secret, now) is None


def test_a_key_of_a_closed_account_opens_nothing(world, now):
    _, secret = actions.issue_token(by=world.editor, name="upload", scope="read", lasts=timedelta(days=9), at=now)
    actions.close_account(by=world.signer, person=world.editor, at=now)
    assert token_behind(secret, now) is None


def test_a_key_stays_dead_when_its_owners_account_is_opened_again(world, now):
    _, secret = actions.issue_token(by=world.editor, name="x", scope="read", lasts=timedelta(days=9), at=now)
    actions.close_account(by=world.signer, person=world.editor, at=now)
    actions.reopen_account(by=world.signer, person=world.editor, at=now + timedelta(hours=1))
    assert token_behind(secret, now + timedelta(hours=2)) is None


def test_nobody_revokes_the_key_of_another(world, signed_in, now):
    token, _ = actions.issue_token(by=world.editor, name="upload", scope="read", lasts=timedelta(days=9), at=now)
    assert signed_in(world.sibling_signer).post(f"/keys/{token.pk}/revoke/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_history_says_who_did_what_for_whom(world, now):
    actions.add_partner(by=world.manager, name="Third", at=now)
    last = entries("installation")[0].content
    assert (last["verb"], last["by"], last["organisation"]) == ("partner.added", world.manager.name, world.client.name)


def test_sign_in_does_not_tell_which_addresses_exist(world):
    known, unknown = (
        Client().post("/sign-in/login/", {"login": email, "password": "wrong pass phrase 7"})
        for email in (world.manager.email, "nobody@example.org")
    )
    words = [answer.content.replace(email, b"") for answer, email in
             ((known, world.manager.email.encode()), (unknown, b"nobody@example.org"))]  # fmt: skip
    assert known.status_code == unknown.status_code == 200
    assert b"not correct" in words[0]
    assert b"not correct" in words[1]


def test_nobody_signs_up_unasked(world):
    answer = Client().post("/sign-in/signup/", {"email": "x@example.org", "password1": "a long pass phrase 7"})
    assert answer.status_code in (200, 302, 404)
    assert not Person.objects.filter(email="x@example.org").exists()


def test_a_lost_password_is_given_anew_and_ends_what_was_open(world, now, signed_in):
    browser = signed_in(world.editor)
    actions.give_password(email=world.editor.email.upper(), password="another pass phrase 9", at=now)

    world.editor.refresh_from_db()
    assert world.editor.check_password("another pass phrase 9")
    assert browser.get("/portfolio/").status_code == 302


def test_nobody_gets_a_password_for_an_address_without_an_account(world, now):
    with pytest.raises(Refused, match="Nobody with an open account"):
        actions.give_password(email="nobody@example.org", password="another pass phrase 9", at=now)
