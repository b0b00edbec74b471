"""What ways in and lists of people must withstand, each of which once broke them."""

import pytest
from django.test import Client
from django.utils import timezone

from rapport.apps.accounts.actions import invite
from rapport.apps.accounts.models import Person
from rapport.domain.roles import Role

START = "/sign-in/company/"


def test_an_answer_signed_with_a_key_that_the_issuer_does_not_publish_is_refused_kindly(world, issuer):
    issuer.claims = {"sub": "one", "email": world.manager.email, "email_verified": True}
    published = issuer.keys()["keys"][0] | {"kid": "another"}
    issuer.keys = lambda: {"keys": [published]}
    browser = Client()
    answer = browser.get(issuer.vouch(browser.get(START).url))
    assert answer.status_code == 401
    assert "_auth_user_id" not in browser.session


def test_a_name_that_no_database_keeps_is_kept_as_far_as_it_can_be(world, issuer):
    address = "new@example.org"
    _, secret = invite(
        by=world.administrator, organisation=world.client, email=address, role=Role.VIEWER, at=timezone.now()
    )
    issuer.claims = {"sub": "new", "email": address, "email_verified": True, "name": "Ada\x00" + "a" * 500}
    browser = Client()
    browser.get(issuer.vouch(browser.get(f"/invitations/{secret}/company/").url))
    assert Person.objects.get(email=address).name == "Ada" + "a" * 197


@pytest.mark.parametrize("text", ["a" * 60_000, "a\x00b"])
@pytest.mark.parametrize("page", ["/people/", "/partners/"])
def test_whatever_is_looked_for_is_answered(world, signed_in, page, text):
    assert signed_in(world.manager).get(page, {"q": text}).status_code == 200
