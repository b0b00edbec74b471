"""What programs that watch are told: whether the application answers, and for a client's administrator how it does."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from rapport.apps.accounts.actions import issue_token
from rapport.apps.notices.actions import notify
from rapport.apps.notices.models import Dispatch
from rapport.apps.timers.actions import set_timer
from rapport.apps.timers.models import Timer
from rapport.domain.notices import Urgency

OTHERS = ["manager", "executive", "viewer", "auditor", "signer", "editor", "partner_viewer"]


@pytest.fixture
def asked(world):
    """Asks for figures with a key of somebody."""

    def ask(person, **words):
        now = timezone.now()
        _, secret = issue_token(by=person, name="watch", scope="read", lasts=timedelta(days=1), at=now)
        return Client(headers={"authorization": f"Bearer {secret}"}).get("/metrics/", **words)

    return ask


def figures(answer):
    return {name: int(value) for name, value in re.findall(r"^(rapport_\w+) (\d+)$", answer.content.decode(), re.M)}


def test_it_is_well_while_the_database_answers(world):
    answer = Client().get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_not_while_the_database_does_not(world, monkeypatch):
    def away():
        raise OperationalError("could not connect to 10.0.0.7")

    with monkeypatch.context() as patches:
        patches.setattr(connection, "cursor", away)
        answer = Client().get("/health/")
    assert answer.status_code == 503
    assert b"10.0.0.7" not in answer.content


def test_an_administrator_of_the_client_is_told_how_much_waits(world, asked):
    now = timezone.now()
    for minutes in (-10, -1, 60):
        due_at = now + timedelta(minutes=minutes)
        set_timer(kind="remind", subject=1, key=f"remind {minutes}", due_at=due_at)
    Timer.objects.filter(key="remind -1").update(error="RuntimeError: canary", attempts=1)
    people = [world.manager, world.signer, world.viewer]
    notify(recipients=people, kind="note", subject=1, event="canary", urgency=Urgency.AT_ONCE, at=now)
    first, second, third = Dispatch.objects.order_by("pk")
    Dispatch.objects.filter(pk=first.pk).update(due_at=now - timedelta(minutes=5))
    Dispatch.objects.filter(pk=second.pk).update(due_at=now + timedelta(minutes=5))
    Dispatch.objects.filter(pk=third.pk).update(outcome="given up")
    answer = asked(world.administrator)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = figures(answer)
    assert 600 <= found.pop("rapport_timers_oldest_due_seconds") < 660
    assert 300 <= found.pop("rapport_outbox_oldest_waiting_seconds") < 360
    assert found == {
        "rapport_timers_due": 2, "rapport_timers_failed": 1,
        "rapport_outbox_waiting": 1, "rapport_outbox_given_up": 1,
        "rapport_report_links_waiting": 0, "rapport_report_links_oldest_waiting_seconds": 0,
        "rapport_meeting_invitations_waiting": 0, "rapport_meeting_invitations_oldest_waiting_seconds": 0,
        "rapport_meeting_invitations_given_up": 0,
        "rapport_channel_messages_waiting": 0, "rapport_channel_messages_oldest_waiting_seconds": 0,
        "rapport_channel_messages_given_up": 0, "rapport_channels_failing": 0,
    }  # fmt: skip
    assert b"canary" not in answer.content


def test_each_figure_is_described_as_the_format_has_it(world, asked):
    lines = asked(world.administrator).content.decode().splitlines()
    assert len(lines) == 45
    for said, kind, value in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        name = value.split()[0]
        assert said.startswith(f"# HELP {name} ")
        assert kind == f"# TYPE {name} gauge"


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_is(world, asked, role):
    answer = asked(getattr(world, role))
    assert answer.status_code == 403
    assert b"rapport_" not in answer.content


def test_a_key_is_needed_and_no_cookie_is_enough(world, signed_in):
    for browser in (Client(), signed_in(world.administrator), Client(headers={"authorization": "Bearer nonsense"})):
        answer = browser.get("/metrics/")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"


def test_a_key_of_a_closed_account_opens_nothing(world, asked, monkeypatch):
    now = timezone.now()
    _, secret = issue_token(by=world.administrator, name="w", scope="read", lasts=timedelta(days=1), at=now)
    world.administrator.is_active = False
    world.administrator.save()
    assert Client(headers={"authorization": f"Bearer {secret}"}).get("/metrics/").status_code == 401


def test_figures_are_read_and_not_written(world, asked):
    assert Client().post("/metrics/").status_code == 405
