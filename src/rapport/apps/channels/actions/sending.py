"""Letting what people are told leave through channels, said with the rights each has when it leaves."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.urls import Resolver404, resolve
from standardwebhooks import Webhook

from rapport.apps.channels.actions.calling import post
from rapport.apps.channels.actions.chatting import say
from rapport.apps.channels.actions.keeping import NOT_FAILING, end_channel
from rapport.apps.channels.models import Channel, Message
from rapport.apps.channels.policy import may_be_heard
from rapport.apps.channels.queries import due_messages, ready_channels, tests_to_send
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import Tellers, Told, told
from rapport.domain.channels import TOLD_FOR, Came, Kind, State, came_of, rest_after
from rapport.kit.mail import one_line

_AT_ONCE = 20
_LONGEST_TURN = timedelta(seconds=10)
"""How many messages leave through one channel, and how long that takes, before the next one has its turn."""
_SETTLED_AFTER = timedelta(hours=1)
"""After how long no notice with an earlier moment comes to light any more."""
_LONGEST_TEXT = 2000
_log = logging.getLogger(__name__)
_Clock = Callable[[], datetime]


def send_due_messages(*, tellers: Tellers, at: datetime) -> int:
    """Send what waits, channel by channel; how many messages left or were dropped.

    Tests go first, since somebody waits for them. A worker takes a message up right before it sends it. What it took up
    and did not settle is sent later under the same name, by which receivers know it again. A channel that failed rests,
    and everything in it waits for that alone.
    """
    began = monotonic()

    def clock() -> datetime:
        return at + timedelta(seconds=monotonic() - began)

    tests = sum(_turn(channel, lambda one: _test(one, clock)) for channel in tests_to_send(at))
    return tests + sum(_turn(channel, lambda one: _send(one, tellers, clock)) for channel in ready_channels(at))


def _turn(channel: Channel, send: Callable[[Channel], int]) -> int:
    """Let a channel have its turn; whatever goes wrong in it, such as its removal, is no matter of the others."""
    try:
        return send(channel)
    except Exception:
        _log.exception("The turn of channel %s broke off", channel.pk)
        return 0


def _test(channel: Channel, clock: _Clock) -> int:
    """Send the message that was asked for and carries nothing, and keep what came of it."""
    at = clock()
    same = Channel.objects.filter(pk=channel.pk, test_came="", test_taken_at=channel.test_taken_at)
    if not same.update(test_taken_at=at):
        return 0  # another worker is at it
    title = "A test message from Rapport"
    words = Told(title=title, url="/", text=f"“{channel}” works if you can read this.")
    came, rest = _carry(channel, _name_of_test(channel), "channel.test", words, at, at)
    Channel.objects.filter(pk=channel.pk, test_taken_at=at).update(test_came=came.value)
    _note(channel, came, rest, clock())
    return 1


def _send(channel: Channel, tellers: Tellers, clock: _Clock) -> int:
    """Send what waits in one channel, until something fails or the turn is over."""
    began, done = clock(), 0
    _enlist(channel, began)
    for message in due_messages(channel, began, _AT_ONCE):
        if done and clock() - began >= _LONGEST_TURN:
            break
        if not _is_mine(message, clock()):
            break  # another worker is at this channel
        came = _send_one(channel, message, tellers, clock)
        if came not in (None, Came.TAKEN):
            # With much to say, what is old has no turn of its own.
            _give_up(Message.objects.filter(channel=channel), clock())
            break
        done += 1
    return done


def _enlist(channel: Channel, at: datetime) -> None:
    """Make a message of each notice that is new to a channel.

    Notices may come to light a little later than others with a higher number, so that the recent ones are looked at
    again.
    """
    found = Notice.objects.filter(recipient=channel.person_id, pk__gt=channel.looked_up_to).order_by("pk")
    listed = set(Message.objects.filter(channel=channel, notice__in=found).values_list("notice_id", flat=True))
    fresh = [one for one in found if one.pk not in listed and (one.is_urgent or not channel.is_urgent_only)]
    Message.objects.bulk_create(
        [Message(channel=channel, notice=one, name=_name(), begun_at=at) for one in fresh], ignore_conflicts=True
    )
    if settled := [one.pk for one in found if one.created_at < at - _SETTLED_AFTER]:
        Channel.objects.filter(pk=channel.pk, looked_up_to=channel.looked_up_to).update(looked_up_to=settled[-1])


def _is_mine(message: Message, at: datetime) -> bool:
    # Nothing of another table is joined: PostgreSQL would not look again at a row that it waited for.
    same = Message.objects.filter(pk=message.pk, outcome="", attempts=message.attempts)
    same = same.filter(channel__in=Channel.objects.filter(state=State.ON))
    return bool(same.update(taken_at=at, attempts=F("attempts") + 1))


def _send_one(channel: Channel, message: Message, tellers: Tellers, clock: _Clock) -> Came | None:
    """Send one message as far as there is something to say; what came of it, None where there was nothing to send."""
    try:
        words = told(message.notice, tellers) if may_be_heard(message.notice.recipient) else None
    except Exception:
        _log.exception("There are no words for a notice of the kind %s", message.notice.kind)
        _give_up(Message.objects.filter(pk=message.pk), clock())
        return None
    if words is None:
        _settle(message, "dropped", clock())
        return None
    notice = message.notice
    came, rest = _carry(channel, message.name, notice.kind, words, notice.created_at, clock())
    if came is Came.TAKEN:
        _settle(message, "sent", clock())
    _note(channel, came, rest, clock())
    return came


def _carry(
    channel: Channel, name: str, kind: str, words: Told, happened_at: datetime, at: datetime
) -> tuple[Came, timedelta | None]:
    """Send words through a channel under a name; what came of it, and for how long its receiver wants rest."""
    title, text = (one_line(said)[:_LONGEST_TEXT] for said in (words.title, words.text))
    link = settings.SITE_URL + words.url
    if channel.kind == Kind.CHAT:
        is_taken = say(channel.service, channel.address, title, text, f"{words.verb}: {link}")
        return Came.TAKEN if is_taken else Came.SILENT, None
    data = {"kind": kind, "title": title, "sentence": text, "engagement": _engagement(words.url), "link": link}
    content = {"type": f"notice.{kind}", "timestamp": happened_at.astimezone(UTC).isoformat(), "data": data}
    body = json.dumps(content, ensure_ascii=False)
    status, rest = post(channel.address, body.encode(), _headers(channel, name, body, at))
    return came_of(status), rest


def _headers(channel: Channel, name: str, body: str, at: datetime) -> dict[str, str]:
    """What Standard Webhooks has in the head of a message; signed with the old secret too while that still counts."""
    moment = at.astimezone(UTC)
    keys = [channel.secret, *([channel.old_secret] if channel.old_until and at < channel.old_until else [])]
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(name, moment, body) for key in keys),
    }


def _engagement(url: str) -> int | None:
    """The number of the engagement that a page is of."""
    try:
        found: Any = resolve(url.partition("?")[0].partition("#")[0]).kwargs.get("engagement_id")
    except Resolver404:
        return None
    return found if isinstance(found, int) else None


def _settle(message: Message, outcome: str, at: datetime) -> None:
    Message.objects.filter(pk=message.pk, outcome="").update(outcome=outcome, settled_at=at)


def _give_up(messages: QuerySet[Message], at: datetime) -> None:
    """Try what has failed for too long no more."""
    messages.filter(outcome="", begun_at__lte=at - TOLD_FOR).update(outcome="given up", settled_at=at)


def _note(channel: Channel, came: Came, rest: timedelta | None, at: datetime) -> None:
    """Keep what came of a call, and when the next one is made."""
    mine = Channel.objects.filter(pk=channel.pk)
    if came is Came.TAKEN:
        mine.update(last_sent_at=at, **NOT_FAILING)
        return
    mine.update(
        failing_since=Coalesce("failing_since", at), failures=F("failures") + 1, reason=came.value,
        rests_until=at + rest_after(channel.failures + 1, rest),
    )  # fmt: skip
    if came is Came.GONE:
        end_channel(channel=channel, at=at)


def _name() -> str:
    return f"msg_{uuid4().hex}"


def _name_of_test(channel: Channel) -> str:
    """The same for one test however often a worker dies over it."""
    return f"msg_{uuid5(NAMESPACE_URL, f'{channel.pk} {channel.test_asked_at}').hex}"
