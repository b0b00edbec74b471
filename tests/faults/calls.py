"""Channels of these tests, what has come of them, and what is put in place of each of their safeguards."""

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from apprise.plugins.slack import NotifySlack

from rapport.apps.accounts.models import Person
from rapport.apps.channels import actions
from rapport.apps.channels.actions import calling, keeping, sending
from rapport.apps.channels.models import Channel, Message
from rapport.apps.notices.models import Notice
from rapport.domain.roles import Role

NotifySlack.webhook_url = os.environ["CHAT_SERVICE"]
_CHAT = "https://hooks.slack.com/services/T00AA/B00BB/token"


def subscribe(at, addresses=(), chats=0):
    """Channels that carry what the manager is told; the secrets of the programs."""
    manager, moment = Person.objects.get(name="manager"), datetime.fromtimestamp(at, UTC)
    words = {"by": _keeper(manager), "person": manager, "is_urgent_only": False, "at": moment}
    for number in range(chats):
        actions.add_chat(name=f"Chat {number}", address=_CHAT, **words)
    made = [actions.add_webhook(name=f"Hook at {one}", address=one, **words) for one in addresses]
    return [secret for _, secret in made]


def _keeper(colleague):
    words = {"organisation": colleague.organisation, "role": Role.ADMINISTRATOR, "created_at": colleague.created_at}
    return Person.objects.get_or_create(name="keeper", email="keeper@northwind.example", defaults=words)[0]


def ask_for_test(at):
    """Has a test leave through every channel."""
    for one in Channel.objects.select_related("made_by"):
        actions.ask_for_test(by=one.made_by, channel=one, at=datetime.fromtimestamp(at, UTC))


def look_at_channels():
    """What has come of channels and of what was to leave through them."""
    return {
        "messages": list(Message.objects.order_by("pk").values_list("outcome", flat=True)),
        "states": list(Channel.objects.order_by("pk").values_list("state", flat=True)),
        "tests": list(Channel.objects.order_by("pk").values_list("test_came", flat=True)),
        "told_of_end": Notice.objects.filter(kind="channel.gone").count(),
    }


def _carry_without_name(channel, _, *words, carry=sending._carry):
    return carry(channel, f"msg_{uuid4().hex}", *words)


def _is_mine_and_sent(message, at, is_mine=sending._is_mine):
    sending._settle(message, "sent", at)
    return is_mine(message, at)


def _headers_of_once(channel, name, body, at, headers=sending._headers):
    """Signed when a message was made and not when it leaves."""
    made_at = Message.objects.get(name=name).begun_at
    return headers(channel, name, body, at) | {
        "webhook-signature": headers(channel, name, body, made_at)["webhook-signature"]
    }


WITHOUT = {
    "message name": [(sending, "_carry", _carry_without_name)],
    "test name": [(sending, "_name_of_test", lambda _: f"msg_{uuid4().hex}")],
    "message settled last": [(sending, "_is_mine", _is_mine_and_sent)],
    "message swap": [(sending, "_is_mine", lambda *_: True)],
    "signature anew": [(sending, "_headers", _headers_of_once)],
    "three days": [(sending, "TOLD_FOR", timedelta())],
    "end of call": [(calling, "_WHOLE", 600.0)],
    "end at once": [(sending, "end_channel", keeping.end_channel.__wrapped__)],
}
