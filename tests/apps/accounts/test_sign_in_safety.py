"""Signing in against somebody who means harm: guesses, stolen cookies, forged addresses, and rights that ended."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import caches
from django.core.cache.backends import locmem
from django.test import Client

from rapport.apps.accounts import actions
from rapport.apps.accounts.models import Person
from rapport.domain.roles import Role

PASSWORD = "correct horse battery staple"
LOGIN = "/sign-in/login/"


@pytest.fixture
def manager(world):
    world.manager.set_password(PASSWORD)
    world.manager.save()
    return world.manager


def tries(email, password, browser=None, **sent):
    """The page after somebody typed an address and a password."""
    return (browser or Client()).post(LOGIN, {"login": email, "password": password}, **sent)


def is_in(browser):
    return browser.get("/people/").status_code == 200


def signed_in_by_password(person):
    browser = Client()
    assert tries(person.email, PASSWORD, browser).status_code == 302
    return browser


def guessed_five_times(person):
    for number in range(5):
        tries(person.email, f"wrong pass phrase {number}", REMOTE_ADDR=f"192.0.2.{number}")


def test_guesses_at_an_account_are_limited_wherever_they_come_from(manager):
    guessed_five_times(manager)
    answer = tries(manager.email, PASSWORD, REMOTE_ADDR="198.51.100.7")
    assert answer.status_code == 200
    assert b"Too many failed" in answer.content


def test_the_limit_says_nothing_about_whether_the_account_exists(world):
    for number in range(5):
        tries("nobody@example.org", f"wrong pass phrase {number}", REMOTE_ADDR=f"192.0.2.{number}")
    assert b"Too many failed" in tries("nobody@example.org", PASSWORD).content


def test_guesses_are_counted_for_all_processes_together(manager):
    """What one process counted, another knows: its memory is made to forget here."""
    guessed_five_times(manager)
    locmem._caches.clear()
    del caches["default"]
    assert b"Too many failed" in tries(manager.email, PASSWORD).content


def test_guesses_from_one_place_are_limited_whatever_it_claims_to_be(manager):
    for number in range(10):
        tries(f"person{number}@example.org", PASSWORD, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    answer = tries(manager.email, PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert b"Too many failed" in answer.content


def test_behind_a_proxy_the_place_is_what_the_proxy_saw(manager, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        tries(f"person{number}@example.org", PASSWORD, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, 203.0.113.5")
    assert b"Too many failed" in tries(manager.email, PASSWORD, HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.5").content
    assert tries(manager.email, PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.6").status_code == 302


def test_codes_are_sent_three_times_a_minute_at_most(manager):
    answers = [Client().post("/sign-in/login/code/", {"email": manager.email}) for _ in range(4)]
    assert len(mail.outbox) == 3
    assert b"too many" in answers[-1].content.lower()


def test_a_code_is_guessed_at_three_times_at_most(manager):
    browser = Client()
    browser.post("/sign-in/login/code/", {"email": manager.email})
    for _ in range(3):
        browser.post("/sign-in/login/code/confirm/", {"code": "000000"})
    browser.post("/sign-in/login/code/confirm/", {"code": code_of(mail.outbox[0])})
    assert not is_in(browser)


def code_of(letter):
    return re.search(r"^(\S{6,9})$", letter.body, re.MULTILINE)[1]


@pytest.mark.parametrize("path", ["/sign-in/login/code/", "/sign-in/password/reset/"])
def test_known_and_unknown_addresses_get_the_same_answer(manager, path):
    pages = []
    for email in (manager.email, "nobody@example.org"):
        page = Client().post(path, {"email": email}, follow=True)
        words = re.sub(rb"csrfmiddlewaretoken\" value=\"\w+", b"", page.content).replace(email.encode(), b"")
        pages.append((page.status_code, page.redirect_chain, words))
    assert pages[0] == pages[1]
    assert [letter.to[0] for letter in mail.outbox] == [manager.email, "nobody@example.org"]


def test_a_dead_mail_server_is_told_to_known_and_unknown_addresses_alike(manager, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for email in (manager.email, "nobody@example.org"):
        page = Client().post("/sign-in/login/code/", {"email": email}, follow=True)
        assert page.status_code == 503
        assert b"No mail can be sent just now" in page.content


def test_signing_in_changes_the_session_and_signing_out_ends_it(manager):
    browser = Client()
    browser.get(LOGIN + "?next=/people/")
    browser.session.save()
    before = browser.session.session_key
    tries(manager.email, PASSWORD, browser)
    stolen = browser.cookies["sessionid"].value
    assert stolen != before
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert is_in(thief)
    browser.post("/sign-in/logout/")
    assert not is_in(thief)


def test_a_new_password_ends_every_other_session(manager):
    here, there = signed_in_by_password(manager), signed_in_by_password(manager)
    new = "another pass phrase 77"
    here.post("/sign-in/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(here)
    assert not is_in(there)


def test_a_reset_password_ends_every_session(manager):
    there = signed_in_by_password(manager)
    browser = Client()
    browser.post("/sign-in/password/reset/", {"email": manager.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    new = "another pass phrase 77"
    browser.post(form, {"password1": new, "password2": new})
    assert not is_in(there)
    assert tries(manager.email, new).status_code == 302
    assert Client().get(link, follow=True).context["token_fail"]


def test_a_closed_account_is_signed_out_and_its_sessions_do_not_come_back(world, manager, now):
    browser = signed_in_by_password(manager)
    assert is_in(browser)
    actions.close_account(by=world.administrator, person=manager, at=now)
    assert not is_in(browser)
    assert tries(manager.email, PASSWORD).url == "/sign-in/inactive/"
    actions.reopen_account(by=world.administrator, person=manager, at=now)
    assert not is_in(browser)
    assert tries(manager.email, PASSWORD).status_code == 302


def test_a_code_opens_no_closed_account(world, manager, now):
    browser = Client()
    browser.post("/sign-in/login/code/", {"email": manager.email})
    actions.close_account(by=world.administrator, person=manager, at=now)
    browser.post("/sign-in/login/code/confirm/", {"code": code_of(mail.outbox[0])})
    assert not is_in(browser)


def test_another_role_holds_from_the_next_click(world, signed_in, now):
    browser = signed_in(world.manager)
    assert browser.get("/partners/add/").status_code == 200
    actions.change_role(by=world.administrator, person=world.manager, role=Role.VIEWER, at=now)
    assert browser.get("/partners/add/").status_code == 302


ELSEWHERE = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "http:evil.example",
    "https:///evil.example", "javascript:alert(1)", "/%5cevil.example/../..//evil.example\r\nX: y",
    "//testserver@evil.example", "https://testserver.evil.example", "\thttps://evil.example",
]  # fmt: skip


@pytest.mark.parametrize("way", ELSEWHERE)
def test_signing_in_leads_to_this_site_only(manager, way):
    browser = Client()
    answer = browser.post(LOGIN, {"login": manager.email, "password": PASSWORD, "next": way})
    assert answer.status_code == 302
    assert answer.url.startswith("/")
    assert not answer.url.startswith(("//", "/\\"))
    assert "\n" not in answer.url


def test_a_forged_host_is_refused_and_never_gets_into_a_mail(manager):
    reset = {"email": manager.email}
    assert Client().post("/sign-in/password/reset/", reset, HTTP_HOST="evil.example").status_code == 400
    assert mail.outbox == []
    Client().post(
        "/sign-in/password/reset/", reset, HTTP_X_FORWARDED_HOST="evil.example", HTTP_FORWARDED="host=evil.example"
    )
    assert "evil" not in mail.outbox[0].body
    assert "http://testserver/sign-in/password/reset/key/" in mail.outbox[0].body


def test_nothing_is_done_for_a_form_of_another_site(world, manager, issuer):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager, "allauth.account.auth_backends.AuthenticationBackend")
    for path in (
        "/sign-in/password/change/",
        "/sign-in/logout/",
        f"/people/{world.viewer.pk}/close/",
        "/sign-in/sessions/",
    ):
        assert browser.post(path).status_code == 403, path
    stranger = Client(enforce_csrf_checks=True)
    for path in (LOGIN, "/sign-in/login/code/", "/sign-in/password/reset/", "/first-run/"):
        assert stranger.post(path).status_code == 403, path


def test_nobody_takes_another_address(world, manager):
    browser = signed_in_by_password(manager)
    browser.post("/sign-in/email/", {"action_add": "", "email": "chief@example.org"})
    browser.post("/sign-in/email/", {"action_primary": "", "email": "chief@example.org"})
    assert not Person.objects.filter(email="chief@example.org").exists()
    assert not manager.emailaddress_set.filter(email="chief@example.org").exists()


def test_a_second_factor_is_removed_by_somebody_else_only(world, now):
    world.administrator.authenticator_set.create(type="totp", data={"secret": "x"})
    world.editor.authenticator_set.create(type="totp", data={"secret": "x"})
    with pytest.raises(actions.Refused, match="Somebody else"):
        actions.remove_second_factor(by=world.administrator, person=world.administrator, at=now)
    with pytest.raises(actions.Refused, match="your own organisation"):
        actions.remove_second_factor(by=world.signer, person=world.manager, at=now)
    actions.remove_second_factor(by=world.signer, person=world.editor, at=now)
    assert not world.editor.authenticator_set.exists()


def test_a_link_is_taken_off_by_who_manages_those_people_only(world, now):
    SocialAccount.objects.create(user=world.editor, provider="issuer-x", uid="subject-1")
    for person in (world.editor, world.sibling_signer, world.manager):
        with pytest.raises(actions.Refused):
            actions.unlink_identity(by=person, person=world.editor, at=now)
    actions.unlink_identity(by=world.signer, person=world.editor, at=now)
    assert not SocialAccount.objects.exists()
