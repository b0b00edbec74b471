"""Telling people, and letting what they are told leave."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from hashlib import sha256
from itertools import takewhile
from operator import or_
from time import monotonic
from typing import Any, TypeVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q

from rapport.apps.accounts.models import Person
from rapport.apps.notices.models import Dispatch, Notice, Preference
from rapport.apps.notices.queries import Tellers, Told, due_letters, habits_of, told
from rapport.apps.timers.actions import share_out
from rapport.domain.notices import Habits, Urgency, send_at
from rapport.domain.refusals import Refused
from rapport.domain.retries import MOST_SENDINGS
from rapport.kit.mail import is_server_away, letter, one_line, reason_of

_Letter = TypeVar("_Letter")
_Taken = TypeVar("_Taken")


@transaction.atomic
def notify(
    *,
    recipients: Iterable[Person],
    kind: str,
    subject: int,
    event: str,
    urgency: Urgency = Urgency.DIGEST,
    at: datetime,
) -> None:
    """Tell people of an event, each of them once however often this is called."""
    for person in dict.fromkeys(one for one in recipients if one.is_active):
        is_urgent = urgency is Urgency.AT_ONCE
        words = {"kind": kind, "subject": subject, "is_urgent": is_urgent, "created_at": at}
        notice, is_new = Notice.objects.get_or_create(recipient=person, event=event, defaults=words)
        habits = habits_of(person) if is_new else Habits(is_mailed=False)
        if habits.is_mailed:
            due = send_at(urgency, int(at.timestamp()), habits)
            Dispatch.objects.create(notice=notice, due_at=datetime.fromtimestamp(due, UTC))


def read_until(*, by: Person, newest: int, at: datetime) -> None:
    """Note that everything was read up to the notice that was the newest to be seen."""
    Notice.objects.filter(recipient=by, read_at=None, pk__lte=newest).update(read_at=at)


def read_silent(*, by: Person, notices: Iterable[Notice], at: datetime) -> None:
    """Note that there is nothing to read any more about what some notices were about."""
    if silent := [Q(kind=one.kind, subject=one.subject) for one in notices if not one.read_at]:
        Notice.objects.filter(reduce(or_, silent), recipient=by, read_at=None).update(read_at=at)


def choose_habits(*, by: Person, habits: Habits) -> Preference:
    """Say when one wants to be told; what is on its way already leaves as it was planned, if mail is wanted at all."""
    if habits.zone not in available_timezones():
        raise Refused(f"“{habits.zone}” is no time zone; choose one such as Europe/London.")
    chosen = {name: getattr(habits, name) for name in ("zone", "digest_at", "quiet_from", "quiet_until", "is_mailed")}
    return Preference.objects.update_or_create(person=by, defaults=chosen)[0]


def let_leave(
    waiting: Callable[[int], Sequence[_Letter]],
    *,
    most: int,
    take: Callable[[_Letter, datetime], _Taken | None],
    send: Callable[[_Taken, Any, datetime], int],
    put_off: Callable[[_Taken, str, datetime], object],
    at: datetime,
) -> int | None:
    """Send letters of which `waiting` reads so many; how many left, None where the mail server is away.

    A worker takes a letter up right before it sends it, so that no other sends it as well. What could not leave is put
    off with the reason. Once the mail server is away everything else waits untouched, and nothing else waits for it.
    """
    if not (first := waiting(1)):
        return 0
    began, connection, is_away = monotonic(), get_connection(), False

    def now() -> datetime:
        return at + timedelta(seconds=monotonic() - began)

    def leave(letter: _Letter) -> int | None:
        nonlocal is_away
        if is_away or not (taken := take(letter, now())):
            return None
        try:
            return send(taken, connection, now())
        except Exception as error:  # a mail server has many ways to fail, and each is tried again
            is_away = is_server_away(error)
            put_off(taken, reason_of(error), now())
            return None if is_away else 0

    try:
        connection.open()  # for all letters once, and before all that waits is read
    except Exception as error:  # a mail server has many ways to be away
        if taken := take(first[0], now()):
            put_off(taken, reason_of(error), now())
        return None
    try:
        left = share_out(waiting(most), leave)
    finally:
        connection.close()
    return None if is_away else left


def send_due_mail(*, tellers: Tellers, most: int, at: datetime) -> int | None:
    """Send what is due, to each recipient in one mail; how many notices left or were dropped, None where none can.

    What a worker took up and did not settle, because it or the mail server died, is sent later as the same letter,
    whose Message-ID receivers know again.
    """
    return let_leave(
        lambda number: due_letters(at, number),
        most=most,
        take=_take,
        send=lambda taken, connection, now: _send(taken, tellers, connection, now),
        put_off=lambda taken, reason, now: _put_off([one.pk for one in taken], reason, now),
        at=at,
    )


@transaction.atomic
def _take(due: Iterable[Dispatch], at: datetime) -> list[Dispatch]:
    """What of a letter this worker has now, since nobody took it up after it was read; what is new gets a name.

    Whoever has the first of it has all of it.
    """
    mine = [one.pk for one in takewhile(lambda one: _is_mine(one, at), due)]
    taken = list(Dispatch.objects.filter(pk__in=mine).select_related("notice__recipient__organisation").order_by("pk"))
    if taken and not taken[0].letter:
        first = taken[0].notice
        name = sha256(f"{first.recipient_id} {taken[0].attempts} {first.event}".encode()).hexdigest()[:32]
        Dispatch.objects.filter(pk__in=mine).update(letter=name)
        for one in taken:
            one.letter = name
    return taken


def _is_mine(dispatch: Dispatch, at: datetime) -> bool:
    same = Dispatch.objects.filter(pk=dispatch.pk, outcome="", attempts=dispatch.attempts)
    return bool(same.update(taken_at=at, attempts=F("attempts") + 1))


def _send(taken: Sequence[Dispatch], tellers: Tellers, connection: Any, at: datetime) -> int:
    """Send one letter, as far as there is still something to tell its recipient; how much of it needs no more doing."""
    recipient = taken[0].notice.recipient
    is_mailed = habits_of(recipient).is_mailed
    said, dropped = _words(taken, tellers, at) if is_mailed else ({}, [one.pk for one in taken])
    _settle(dropped, "dropped", at)
    if not said:
        return len(dropped)
    _mail(taken[0].letter, recipient, list(dict.fromkeys(said.values())), connection).send()
    _settle(said, "sent", at)
    return len(said) + len(dropped)


def _words(taken: Iterable[Dispatch], tellers: Tellers, at: datetime) -> tuple[dict[int, Told], list[int]]:
    """What a letter says, by dispatch, and the dispatches that say nothing; what fails to leaves in a later letter."""
    said: dict[int, Told] = {}
    dropped = []
    for one in taken:
        try:
            words = told(one.notice, tellers)
        except Exception as error:
            _put_off([one.pk], reason_of(error), at)
            Dispatch.objects.filter(pk=one.pk).update(letter="")
            continue
        if words:
            said[one.pk] = words
        else:
            dropped.append(one.pk)
    return said, dropped


def _mail(name: str, person: Person, said: Sequence[Told], connection: Any) -> EmailMultiAlternatives:
    lines = [replace(one, title=one_line(one.title), text=one_line(one.text)) for one in said]
    subject = lines[0].title if len(said) == 1 else f"{len(said)} things in Rapport"
    recipient = f"{one_line(person.name)}, {one_line(person.organisation.name)}"
    words = {"recipient": recipient, "said": lines, "site": settings.SITE_URL}
    return letter("notices/mail", words, name=name, subject=subject, to=person.email, connection=connection)


def _settle(dispatches: Iterable[int], outcome: str, at: datetime) -> None:
    mine = Dispatch.objects.filter(pk__in=list(dispatches), outcome="")
    mine.update(outcome=outcome, settled_at=at, error="")


def _put_off(dispatches: Iterable[int], reason: str, at: datetime) -> None:
    """Keep why something could not leave; what was tried often enough is given up."""
    mine = Dispatch.objects.filter(pk__in=list(dispatches), outcome="")
    mine.update(error=reason)
    mine.filter(attempts__gte=MOST_SENDINGS).update(outcome="given up", settled_at=at)
