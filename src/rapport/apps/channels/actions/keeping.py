"""What administrators do with channels, and how one ends. Each leaves a line of history without address and secret."""

import secrets
from base64 import b64encode
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import INSTALLATION, SYSTEM, Who, record
from rapport.apps.channels.actions.calling import demand_address
from rapport.apps.channels.actions.chatting import demand_chat
from rapport.apps.channels.models import Channel, Message
from rapport.apps.channels.policy import demand_keeper, may_be_heard
from rapport.apps.notices.actions import notify
from rapport.apps.notices.models import Notice
from rapport.domain.channels import SECRET_OVERLAP, Kind, State
from rapport.domain.refusals import Refused

NOT_FAILING: dict[str, Any] = {"failing_since": None, "failures": 0, "rests_until": None, "reason": ""}
"""What is kept of a channel that works."""


def add_webhook(
    *, by: Person, person: Person, name: str, address: str, is_urgent_only: bool, at: datetime
) -> tuple[Channel, str]:
    """Let a program be told what a person is told; the second value is the secret, shown this once."""
    demand_keeper(by)
    host, secret = demand_address(address), _new_secret()
    words = {"kind": Kind.WEBHOOK, "service": host, "secret": secret}
    return _add(by, person, name, address, is_urgent_only, at, **words), secret


def add_chat(*, by: Person, person: Person, name: str, address: str, is_urgent_only: bool, at: datetime) -> Channel:
    """Let a chat be told what a person is told."""
    demand_keeper(by)
    return _add(by, person, name, address, is_urgent_only, at, kind=Kind.CHAT, service=demand_chat(address))


@transaction.atomic
def _add(
    by: Person, person: Person, name: str, address: str, is_urgent_only: bool, at: datetime, **words: Any
) -> Channel:
    if not may_be_heard(person):
        raise Refused(f"Nothing leaves for {person}; choose somebody of your organisation with an open account.")
    if not (name := " ".join(name.split())):
        raise Refused("Write a name.")
    channel = Channel.objects.create(
        person=person, name=name, address=address, is_urgent_only=is_urgent_only, made_by=by, made_at=at, **words
    )
    told = [person] if person != by else []
    notify(recipients=told, kind="channel.added", subject=channel.pk, event=f"channel:{channel.pk}:added", at=at)
    Channel.objects.filter(pk=channel.pk).update(looked_up_to=_newest_notice())  # from here on
    return _record(who(by), channel, "added", at)


@transaction.atomic
def pause_channel(*, by: Person, channel: Channel, at: datetime) -> Channel:
    """Let nothing leave any more, until it is resumed; what waits is dropped."""
    demand_keeper(by)
    if not Channel.objects.filter(pk=channel.pk, state=State.ON).update(state=State.PAUSED):
        raise Refused(f"{channel} is not on; there is nothing to pause.")
    _drop(channel, at)
    return _record(who(by), channel, "paused", at)


@transaction.atomic
def resume_channel(*, by: Person, channel: Channel, at: datetime) -> Channel:
    """Let what people are told from now on leave again; what they were told meanwhile does not."""
    demand_keeper(by)
    stopped = Channel.objects.filter(pk=channel.pk).exclude(state=State.ON)
    if not stopped.update(state=State.ON, looked_up_to=_newest_notice(), **NOT_FAILING):
        raise Refused(f"{channel} is on already.")
    _drop(channel, at)  # what a worker put there that had read the channel before it was stopped
    return _record(who(by), channel, "resumed", at)


@transaction.atomic
def end_channel(*, channel: Channel, at: datetime) -> None:
    """Turn off what its receiver says is gone, and tell whom it concerns; what waits is dropped."""
    if not Channel.objects.filter(pk=channel.pk, state=State.ON).update(state=State.GONE):
        return
    _drop(channel, at)
    _record(SYSTEM, channel, "gone", at)
    event = f"channel:{channel.pk}:gone:{int(at.timestamp())}"
    notify(recipients=[channel.person, channel.made_by], kind="channel.gone", subject=channel.pk, event=event, at=at)


@transaction.atomic
def change_secret(*, by: Person, channel: Channel, at: datetime) -> str:
    """Sign with a new secret, shown this once, and for a day with the old one as well."""
    demand_keeper(by)
    if channel.kind != Kind.WEBHOOK:
        raise Refused(f"{channel} has no secret; a chat's is its address. Remove it, and add it with a new one.")
    secret = _new_secret()
    same = Channel.objects.filter(pk=channel.pk, secret=channel.secret)
    if not same.update(secret=secret, old_secret=channel.secret, old_until=at + SECRET_OVERLAP):
        raise Refused(f"Somebody else has just changed the secret of {channel}.")
    _record(who(by), channel, "secret_changed", at)
    return secret


@transaction.atomic
def remove_channel(*, by: Person, channel: Channel, at: datetime) -> None:
    """Let a channel be no more, its address and secret with it."""
    demand_keeper(by)
    _record(who(by), channel, "removed", at)
    Channel.objects.filter(pk=channel.pk).delete()


@transaction.atomic
def ask_for_test(*, by: Person, channel: Channel, at: datetime) -> Channel:
    """Have a message leave that carries nothing, also where the channel is paused."""
    demand_keeper(by)
    Channel.objects.filter(pk=channel.pk).update(test_asked_at=at, test_taken_at=None, test_came="")
    return _record(who(by), channel, "tested", at)


def _drop(channel: Channel, at: datetime) -> None:
    Message.objects.filter(channel=channel, outcome="").update(outcome="dropped", settled_at=at)


def _record(by: Who, channel: Channel, verb: str, at: datetime) -> Channel:
    details = {"kind": channel.kind, "service": channel.service, "for": channel.person.name}
    record(INSTALLATION, by=by, at=at, verb=f"channel.{verb}", subject=channel.name, details=details)
    channel.refresh_from_db()
    return channel


def _newest_notice() -> int:
    return Notice.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _new_secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()
