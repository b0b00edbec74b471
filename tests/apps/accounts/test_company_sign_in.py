"""Coming in by an OpenID Connect issuer: whom it names gets in only if they were invited, and as nobody else."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from issuer import Issuer

from rapport.apps.accounts import actions
from rapport.apps.accounts.models import Invitation, Person
from rapport.apps.audit.queries import entries
from rapport.domain.roles import Role
from rapport.settings import company_sign_in

START = "/sign-in/company/"


def came_back(issuer, browser, start=START):
    """The answer to a browser that goes to the issuer, signs in there and comes back."""
    return browser.get(issuer.vouch(browser.get(start).url))


def in_as(browser):
    """The name of whom a browser is signed in as."""
    number = browser.session.get("_auth_user_id")
    return Person.objects.get(pk=number).email if number else None


@pytest.fixture
def names(issuer):
    """Let the issuer name somebody, with an address that it vouches for."""

    def name(person, subject="subject-1", **more):
        issuer.claims = {"sub": subject, "email": person.email, "email_verified": True, "name": "Ada"} | more

    return name


@pytest.fixture
def second_issuer():
    running = Issuer()
    yield running
    running.close()


def test_without_an_issuer_there_is_no_way_to_one(world):
    assert b"/sign-in/company/" not in Client().get("/sign-in/login/").content
    assert Client().get(START).status_code == Client().get(START + "back/").status_code == 404


def test_an_invited_person_comes_in_and_stays_who_they_are(world, issuer, names):
    names(world.manager)
    first, again = Client(), Client()
    assert b"Sign in with Northwind" in first.get("/sign-in/login/").content
    assert came_back(issuer, first).url == "/"
    assert in_as(first) == world.manager.email
    names(world.manager, email="renamed@example.org")
    came_back(issuer, again)
    assert in_as(again) == world.manager.email
    assert [entry.content["verb"] for entry in entries("installation")].count("identity.linked") == 1


def test_the_way_on_is_kept_and_stays_on_this_site(world, issuer, names):
    names(world.manager)
    assert came_back(issuer, Client(), START + "?next=/people/").url == "/people/"
    assert came_back(issuer, Client(), START + "?next=https://elsewhere.example/").url == "/"


@pytest.mark.parametrize("vouched", [False, None, "true", 1])
def test_an_address_that_is_not_vouched_for_is_none(world, issuer, names, vouched):
    names(world.manager, email_verified=vouched)
    browser = Client()
    assert b"does not vouch" in came_back(issuer, browser).content
    assert in_as(browser) is None
    assert not SocialAccount.objects.exists()


def test_who_was_not_invited_stays_out(world, issuer, names):
    names(world.manager, email="stranger@example.org")
    browser = Client()
    answer = came_back(issuer, browser)
    assert (answer.status_code, in_as(browser)) == (403, None)
    assert b"ask whom you work with for an invitation" in answer.content
    assert not Person.objects.filter(email="stranger@example.org").exists()


def test_a_letter_that_only_looks_alike_is_another_address(world, issuer, names):
    names(world.manager, email=world.manager.email.replace("m", "\N{FULLWIDTH LATIN SMALL LETTER M}", 1))
    world.viewer.email = "kim@example.org"
    world.viewer.save()
    assert came_back(issuer, Client()).status_code == 403
    names(world.viewer, email="\N{KELVIN SIGN}im@example.org")
    assert came_back(issuer, Client()).status_code == 403


def test_a_changed_subject_is_refused_until_the_link_is_taken_off(world, issuer, names, now):
    names(world.manager)
    came_back(issuer, Client())
    names(world.manager, subject="subject-2")
    browser = Client()
    assert b"linked to another person there already" in came_back(issuer, browser).content
    assert in_as(browser) is None
    actions.unlink_identity(by=world.administrator, person=world.manager, at=now)
    came_back(issuer, browser)
    assert in_as(browser) == world.manager.email


def test_another_issuers_same_address_and_subject_are_somebody_else(world, issuer, names, second_issuer, settings):
    names(world.manager)
    came_back(issuer, Client())
    environment = {
        "RAPPORT_OIDC_ISSUER": second_issuer.address, "RAPPORT_OIDC_CLIENT_ID": "rapport",
        "RAPPORT_OIDC_CLIENT_SECRET": "shared with the issuer alone",
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = company_sign_in(environment)
    second_issuer.claims = issuer.claims
    browser = Client()
    assert b"linked to another company&#x27;s sign-in already" in came_back(second_issuer, browser).content
    assert in_as(browser) is None


def test_a_closed_account_stays_closed(world, issuer, names, now):
    names(world.manager)
    came_back(issuer, Client())
    actions.close_account(by=world.administrator, person=world.manager, at=now)
    browser = Client()
    assert came_back(issuer, browser).url == "/sign-in/inactive/"
    assert in_as(browser) is None


def test_a_closed_account_is_not_linked(world, issuer, names, now):
    actions.close_account(by=world.administrator, person=world.manager, at=now)
    names(world.manager)
    assert came_back(issuer, Client()).status_code == 403
    assert not SocialAccount.objects.exists()


def test_the_second_factor_is_still_asked_for(world, issuer, names):
    Authenticator.objects.create(user=world.manager, type=Authenticator.Type.TOTP, data={"secret": "x"})
    names(world.manager)
    browser = Client()
    assert came_back(issuer, browser).url == "/sign-in/second-factor/authenticate/"
    assert in_as(browser) is None


LIES = {
    "made for another application": {"aud": "another"},
    "of another issuer": {"iss": "https://elsewhere.example"},
    "too old": {"exp": int(time.time()) - 3600},
    "for another sign-in": {"nonce": "another"},
    "for no sign-in": {"nonce": None},
    "handed on to another application": {"azp": "another"},
    "without a subject": {"sub": None},
    "with an endless subject": {"sub": "s" * 192},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_an_answer_that_does_not_hold_lets_nobody_in(world, issuer, names, lie):
    names(world.manager)
    issuer.claims |= lie
    browser = Client()
    answer = came_back(issuer, browser)
    assert (answer.status_code, in_as(browser)) == (401, None)
    assert b"Northwind did not say who you are" in answer.content


def test_an_answer_signed_by_another_key_lets_nobody_in(world, issuer, second_issuer, names):
    names(world.manager)
    issuer.key = second_issuer.key
    browser = Client()
    assert (came_back(issuer, browser).status_code, in_as(browser)) == (401, None)


def test_an_answer_signed_with_a_key_that_is_not_published_is_refused_kindly(world, issuer, names):
    names(world.manager)
    published = issuer.keys()["keys"][0] | {"kid": "another"}
    issuer.keys = lambda: {"keys": [published]}
    browser = Client()
    assert came_back(issuer, browser).status_code == 401
    assert in_as(browser) is None


def test_an_address_told_elsewhere_counts_for_the_same_subject_only(world, issuer):
    issuer.claims = {"sub": "subject-1"}
    issuer.told = {"sub": "subject-2", "email": world.manager.email, "email_verified": True}
    browser = Client()
    assert (came_back(issuer, browser).status_code, in_as(browser)) == (401, None)
    issuer.told["sub"] = "subject-1"
    came_back(issuer, browser)
    assert in_as(browser) == world.manager.email


def test_the_answer_for_another_browser_lets_nobody_in(world, issuer, names):
    names(world.manager)
    attacker, victim = Client(), Client()
    way_back = issuer.vouch(attacker.get(START).url)
    victim.get(START)
    assert (victim.get(way_back).status_code, in_as(victim)) == (401, None)


@pytest.mark.parametrize(
    "words", ["", "?code=code-0", "?code=code-0&state=guessed", "?error=access_denied", "?error=x"]
)
def test_an_answer_nobody_asked_for_lets_nobody_in(world, issuer, words):
    browser = Client()
    browser.get(START)
    assert (browser.get(START + "back/" + words).status_code, in_as(browser)) == (401, None)


def test_an_answer_works_once(world, issuer, names):
    names(world.manager)
    browser = Client()
    way_back = issuer.vouch(browser.get(START).url)
    browser.get(way_back)
    assert in_as(browser) == world.manager.email
    issuer.waiting["code-0"] = {}
    assert browser.get(way_back).status_code == 401


def test_an_answer_in_the_name_of_another_issuer_is_not_taken(world, issuer, names):
    names(world.manager)
    browser = Client()
    way_back = issuer.vouch(browser.get(START).url)
    answer = browser.get(way_back + "&iss=https://elsewhere.example")
    assert (answer.status_code, in_as(browser)) == (401, None)


def test_an_issuer_that_calls_itself_otherwise_is_not_asked(world, issuer):
    issuer.names_itself = "https://elsewhere.example"
    assert Client().get(START).status_code == 503


def test_an_issuer_that_is_dead_leaves_the_other_ways_in(world, issuer):
    issuer.close()
    answer = Client().get(START)
    assert answer.status_code == 503
    assert b"sign in another way" in answer.content
    assert Client().get("/sign-in/login/").status_code == 200


def test_the_issuer_is_asked_for_no_more_than_it_needs_to_say(world, issuer):
    asked = parse_qs(urlsplit(Client().get(START + "?scope=admin&auth_params=prompt%3Dnone&process=connect").url).query)
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert "prompt" not in asked
    assert asked["redirect_uri"] == ["http://testserver/sign-in/company/back/"]


def invited(world, now, email="new@example.org"):
    return actions.invite(by=world.signer, organisation=world.own, email=email, role=Role.EDITOR, at=now)[1]


def test_an_invitation_is_accepted_as_whom_the_issuer_names(world, issuer, names, today_now):
    secret = invited(world, today_now)
    names(world.manager, email="New@example.org")
    browser = Client()
    assert b"Join with Northwind" in browser.get(f"/invitations/{secret}/").content
    came_back(issuer, browser, f"/invitations/{secret}/company/")
    joined = Person.objects.get(email="new@example.org")
    assert (in_as(browser), joined.name, joined.role) == (joined.email, "Ada", "editor")
    assert joined.organisation == world.own
    assert not joined.has_usable_password()
    assert Client().get(f"/invitations/{secret}/company/").status_code == 410


def test_a_name_that_no_database_keeps_is_kept_as_far_as_it_can_be(world, issuer, today_now):
    secret = invited(world, today_now)
    issuer.claims = {"sub": "new", "email": "new@example.org", "email_verified": True, "name": "Ada\x00" + "a" * 500}
    came_back(issuer, Client(), f"/invitations/{secret}/company/")
    assert Person.objects.get(email="new@example.org").name == "Ada" + "a" * 197


def test_an_invitation_is_for_its_own_address_only(world, issuer, names, today_now):
    secret = invited(world, today_now)
    names(world.manager, email="other@example.org")
    answer = came_back(issuer, Client(), f"/invitations/{secret}/company/")
    assert b"This invitation is for new@example.org" in answer.content
    assert Invitation.objects.get(email="new@example.org").accepted_at is None
    assert not Person.objects.filter(email="other@example.org").exists()


@pytest.mark.parametrize("missing", ["RAPPORT_OIDC_CLIENT_ID", "RAPPORT_OIDC_CLIENT_SECRET"])
def test_half_an_issuer_is_refused_at_the_start(missing):
    given = {
        "RAPPORT_OIDC_ISSUER": "https://id.example.org", "RAPPORT_OIDC_CLIENT_ID": "a",
        "RAPPORT_OIDC_CLIENT_SECRET": "b",
    }  # fmt: skip
    assert company_sign_in(given)
    with pytest.raises(ImproperlyConfigured, match="must be set too"):
        company_sign_in(given | {missing: ""})


def test_an_issuer_without_encryption_is_refused_at_the_start():
    given = {"RAPPORT_OIDC_CLIENT_ID": "a", "RAPPORT_OIDC_CLIENT_SECRET": "b"}
    with pytest.raises(ImproperlyConfigured, match="https://"):
        company_sign_in(given | {"RAPPORT_OIDC_ISSUER": "http://id.example.org"})
