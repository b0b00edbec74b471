from types import SimpleNamespace

import pytest
from channels_receiver import Receiver
from django.utils import timezone

from apps.api.conftest import program, secret_of
from rapport.apps.channels import actions
from rapport.apps.channels.jobs import send_waiting_messages
from rapport.apps.notices.actions import notify
from rapport.apps.notices.queries import Told
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.notices import Urgency

__all__ = ["program", "secret_of"]


@pytest.fixture
def right_now():
    """The moment by the real clock, which receivers hold against the one of a message."""
    return timezone.now()


@pytest.fixture
def receiver(settings):
    """A program on this machine, which this installation may call."""
    settings.MAY_CALL_LOOPBACK = True
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def add(world, receiver, right_now):
    """A webhook for somebody, and its secret."""

    def added(person=None, **words):
        given = {"name": "Ops", "address": receiver.address, "is_urgent_only": False} | words
        channel, secret = actions.add_webhook(
            by=world.administrator, person=person or world.manager, at=right_now, **given
        )
        return SimpleNamespace(channel=channel, secret=secret)

    return added


@pytest.fixture
def tell(right_now):
    """Tells people of a number."""

    def told(*people, subject=1, urgency=Urgency.DIGEST, kind="number", at=None):
        notify(recipients=people, kind=kind, subject=subject, event=f"{kind} {subject}", urgency=urgency,
               at=at or right_now)  # fmt: skip

    return told


def say_number(person, subject):
    """Words for any number, with the name of whoever reads them."""
    return Told(title=f"Number {subject} for {person.name}", url=f"/engagements/{subject}/", text="Look\nat it.")


@pytest.fixture
def try_out(world, right_now):
    """Asks for a test of a channel, and gives what came of it."""

    def tried(channel):
        actions.ask_for_test(by=world.administrator, channel=channel, at=right_now)
        send_waiting_messages(right_now, TELLERS)
        channel.refresh_from_db()
        return channel.test_came

    return tried


@pytest.fixture
def send(right_now):
    """Lets leave what waits."""

    def sent(at=None, **tellers):
        return send_waiting_messages(at or right_now, {**TELLERS, "number": say_number, **tellers})

    return sent
