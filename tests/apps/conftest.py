"""Two companies and a third that neither may see, with a person for every role."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import connection, connections
from django.test import Client

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.engagements.models import Engagement
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role, Side

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


_FINDS_BY_ITSELF = re.compile(r'UPDATE "(\w+)" .*\(SELECT U0\."id".* FROM "\1" U0')


@pytest.fixture
def now():
    return NOW


@pytest.fixture(autouse=True)
def no_swap_by_sub_query():
    """An update may not find its rows by reading its own table once more: PostgreSQL does not repeat that for a row it
    waited for, so that two could take up the same thing. A condition on another table brings it about.
    """

    def watch(execute, sql, params, many, context):
        assert not _FINDS_BY_ITSELF.match(sql), sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


@pytest.fixture
def world(db):
    """The client, partner `own` and partner `sibling`, each with people named by their role, and an engagement each."""
    client = Organisation.objects.create(name="Northwind Insurance", side=Side.CLIENT, created_at=NOW)
    own = Organisation.objects.create(name="Brightdesk", side=Side.PARTNER, created_at=NOW)
    sibling = Organisation.objects.create(name="Canary Sibling Ltd", side=Side.PARTNER, created_at=NOW)
    found = SimpleNamespace(client=client, own=own, sibling=sibling)
    for role in ("administrator", "manager", "executive", "viewer", "auditor"):
        setattr(found, role, _person(client, Role(role)))
    for role in ("signer", "editor", "partner_viewer"):
        setattr(found, role, _person(own, Role(role)))
        setattr(found, f"sibling_{role}", _person(sibling, Role(role)))
    found.engagement = _engagement(own, "Service desk", found.manager)
    found.sibling_engagement = _engagement(sibling, "Canary sibling engagement", found.manager)
    return found


@pytest.fixture
def signed_in():
    """A browser that a person has signed in with."""

    def sign_in(person):
        browser = Client()
        browser.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return sign_in


@pytest.fixture
def at_once(db, tmp_path, monkeypatch):
    """Runs things at the same moment, each with a connection of its own to one database in a file, empty at first."""
    file = str(tmp_path / "race.sqlite3")
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as ours, closing(sqlite3.connect(file)) as race:
        ours.backup(race)  # nothing of a test is ever committed there; to make the tables anew takes seconds
    monkeypatch.setitem(connections.settings["default"], "NAME", file)

    def run(*acts):
        with ThreadPoolExecutor(len(acts)) as pool:
            barrier = Barrier(len(acts))
            return [done.result() for done in [pool.submit(_alone, barrier, act) for act in acts]]

    return run


def _alone(barrier, act):
    barrier.wait()
    try:
        return act()
    except Refused as refusal:
        return refusal
    finally:
        connection.close()


def _person(organisation, role):
    name = f"{organisation.name.split()[0]} {role}"
    email = f"{role}@{organisation.pk}.example.org"
    person = Person(organisation=organisation, role=role, name=name, email=email, created_at=NOW)
    person.set_unusable_password()
    person.save()
    return person


def _engagement(partner, title, owner):
    return Engagement.objects.create(partner=partner, title=title, client_owner=owner, created_at=NOW)
