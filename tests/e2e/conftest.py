"""Windows of their own in a browser for everybody, on the application as it is served."""

import importlib
import os

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from people_in_browsers import give_password

append_only = importlib.import_module("rapport.apps.audit.migrations.0002_append_only")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop in the thread of the tests


@pytest.fixture(scope="module", autouse=True)
def _history_is_kept_again(django_db_setup, django_db_blocker):
    """After these tests the database refuses again to change history; between them it is emptied."""
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        append_only.forbid_changes(apps, editor)


@pytest.fixture
def _history_may_go(transactional_db):
    yield
    with connection.cursor() as cursor:
        for trigger in append_only.TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")


@pytest.fixture
def new_page(browser, live_server, _history_may_go):
    """Opens a page of the application in a window of its own; fails at the end if the browser complained."""
    complaints, contexts = [], []

    def opened(path="/", width=1440, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def clock(monkeypatch, settings, tmp_path):
    """Sets the time that pages take it to be; what is uploaded meanwhile goes away afterwards."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def sign_in(new_page):
    """Signs somebody in the way people do, in a window of their own."""

    def signed_in(person, **window):
        page = new_page("/sign-in/login/", **window)
        give_password(page, person)
        page.wait_for_selector("h1:has-text('Today')")
        return page

    return signed_in
