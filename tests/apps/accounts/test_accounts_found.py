"""What ways in and lists of people must withstand, each of which once broke them."""

import pytest
from django.test import Client

START = "/sign-in/company/"


def test_an_answer_signed_with_a_key_that_the_issuer_does_not_publish_is_refused_kindly(world, issuer):
    issuer.claims = {"sub": "one", "email": world.manager.email, "email_verified": True}
    published = issuer.keys()["keys"][0] | {"kid": "another"}
    issuer.keys = lambda: {"keys": [published]}
    browser = Client()
    answer = browser.get(issuer.vouch(browser.get(START).url))
    assert answer.status_code == 401
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("text", ["a" * 60_000, "a\x00b"])
@pytest.mark.parametrize("page", ["/people/", "/partners/"])
def test_whatever_is_looked_for_is_answered(world, signed_in, page, text):
    assert signed_in(world.manager).get(page, {"q": text}).status_code == 200
