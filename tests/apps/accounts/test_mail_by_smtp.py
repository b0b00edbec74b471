"""Mail as a mail server gets it: who it is from and for, its words, and where its links lead."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from mail_sink import MailSink


@pytest.fixture
def sink(settings):
    running = MailSink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
    settings.DEFAULT_FROM_EMAIL = "rapport@northwind.example"
    settings.ALLOWED_HOSTS = ["rapport.northwind.example"]
    yield running
    running.close()


def handed_in(sink, path, email):
    browser = Client(headers={"host": "rapport.northwind.example", "x-forwarded-host": "evil.example"})
    browser.post(path, {"email": email})
    ((sender, recipients, message),) = sink.letters
    assert (sender, recipients) == ("rapport@northwind.example", [email])
    assert message["To"] == email
    return browser, message["Subject"], message.get_content()


def hosts(body):
    return {urlsplit(link).netloc for link in re.findall(r"https?://\S+", body)}


def test_the_code_arrives_in_plain_words_and_opens_the_account(world, sink):
    browser, subject, body = handed_in(sink, "/sign-in/login/code/", world.manager.email)
    assert "Your code to sign in" in subject
    assert "Type this code into the page where you asked for it" in body
    assert hosts(body) == {"rapport.northwind.example"}
    code = re.search(r"^(\S{6,9})$", body, re.MULTILINE)[1]
    assert browser.post("/sign-in/login/code/confirm/", {"code": code}).url == "/"
    assert browser.get("/people/").status_code == 200


def test_a_new_password_is_asked_for_on_this_host_only(world, sink):
    _, subject, body = handed_in(sink, "/sign-in/password/reset/", world.manager.email)
    assert "A new password" in subject
    assert hosts(body) == {"rapport.northwind.example"}
    assert "/sign-in/password/reset/key/" in body


@pytest.mark.parametrize("path", ["/sign-in/login/code/", "/sign-in/password/reset/"])
def test_a_stranger_is_told_that_there_is_no_account_and_offered_none(world, sink, path):
    _, subject, body = handed_in(sink, path, "nobody@example.org")
    assert "There is no account with this address" in subject
    assert "Accounts come by invitation" in body
    assert "signup" not in body
    assert hosts(body) == {"rapport.northwind.example"}


def test_a_line_break_in_an_address_adds_no_recipient(world, sink):
    address = "nobody@example.org\nBcc: other@example.org"
    Client(headers={"host": "rapport.northwind.example"}).post("/sign-in/login/code/", {"email": address})
    assert sink.letters == []
