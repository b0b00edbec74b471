"""Inviting people to meetings by mail: what has to be said is asked for, and leaves in a letter that calendars read."""

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parseaddr
from hashlib import sha256
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import client_organisation
from rapport.apps.meetings.models import Invitation, Meeting
from rapport.apps.meetings.queries.feed import event_of
from rapport.apps.meetings.queries.invitations import Unsaid, invitations_to_send, true_word, unsaid
from rapport.apps.meetings.queries.lists import when_words
from rapport.apps.notices.actions import let_leave
from rapport.apps.notices.queries import habits_of
from rapport.domain.meetings import Letter, State
from rapport.domain.notices import Urgency, send_at
from rapport.domain.retries import MOST_SENDINGS
from rapport.domain.roles import Side
from rapport.kit.icalendar import Party, invitation, method_of
from rapport.kit.mail import letter, one_line

_AROUND = ("person__organisation", "meeting__engagement__partner", "meeting__engagement__client_owner",
           "meeting__engagement__partner_owner")  # fmt: skip


def ask_for_invitations(*, most: int, at: datetime) -> int:
    """Have told by mail what people do not know yet of the meetings they are expected at; how many letters that makes.

    Nobody gets one in their quiet hours. Each is a row and a transaction of its own, and however much is to be said,
    not more than `most` are asked for at once.
    """
    return sum(_asked(one, at) for one in list(islice(unsaid(at), most)))


def send_due_invitations(*, most: int, at: datetime) -> int | None:
    """Send the letters about meetings that are due; how many left, None where the mail server is away.

    A letter that may have left already leaves again as the same one, whose Message-ID receivers know again. One that is
    not true any more, or not for its recipient, is dropped; what is true instead is asked for anew.
    """
    return let_leave(
        lambda number: invitations_to_send(at, number), most=most, take=_taken, send=_sent, put_off=_put_off, at=at
    )  # fmt: skip


def _asked(one: Unsaid, at: datetime) -> int:
    """Ask for one letter, if what was told before is still what was read; how many were asked for."""
    due = send_at(Urgency.AT_ONCE, int(at.timestamp()), habits_of(one.person))
    asked = {
        "letter": one.word.letter.value, "said": one.word.said, "due_at": datetime.fromtimestamp(due, UTC),
        "tried_at": None, "attempts": 0, "outcome": "", "settled_at": None, "error": "",
    }  # fmt: skip
    if one.last is None:
        try:
            with transaction.atomic():
                Invitation.objects.create(meeting=one.meeting, person=one.person, **asked)
        except IntegrityError:  # somebody else did, or the meeting is gone
            return 0
        return 1
    return _same(one.last).update(sequence=one.last.sequence + bool(one.last.told), **asked)


def _same(row: Invitation) -> QuerySet[Invitation]:
    """The row, if it still asks for the letter that was read and nothing became of it meanwhile."""
    letter = {name: getattr(row, name) for name in ("said", "sequence", "told", "outcome", "attempts")}
    return Invitation.objects.filter(pk=row.pk, **letter)


def _taken(row: Invitation, at: datetime) -> Invitation | None:
    """The letter, if nobody took it up after it was read, so that this worker has it."""
    is_mine = _same(row).update(tried_at=at, attempts=F("attempts") + 1)
    row.attempts += 1
    return row if is_mine else None


def _sent(row: Invitation, connection: Any, at: datetime) -> int:
    """Send one letter, if it is still true and for its recipient; how many left."""
    current = Invitation.objects.select_related(*_AROUND).get(pk=row.pk)
    word = true_word(current, at)
    if word is None or word.said != row.said:
        _same(row).update(outcome="dropped", settled_at=at, error="")
        return 0
    if not _same(row).update(told=row.said):
        return 0
    row.told = row.said
    _mail(current, connection, at).send()
    _same(row).update(outcome="sent", settled_at=at, error="")
    return 1


def _put_off(row: Invitation, reason: str, at: datetime) -> None:
    """Keep why a letter could not leave; what was tried often enough is given up."""
    ended = {"outcome": "given up", "settled_at": at} if row.attempts >= MOST_SENDINGS else {}
    _same(row).update(error=reason, **ended)


def _mail(row: Invitation, connection: Any, at: datetime) -> EmailMultiAlternatives:
    meeting, person, us = row.meeting, row.person, client_organisation()
    event = replace(
        event_of(meeting), on=meeting.planned_on, hours=meeting.planned_span, sequence=row.sequence,
        is_cancelled=row.letter == Letter.CANCEL,
    )  # fmt: skip
    name = sha256(f"{event.uid} {person.email} {row.sequence} {row.said}".encode()).hexdigest()[:32]
    title, told = _told(row)
    words = _words(meeting, person, us.name if us else "")
    subject = f"{title}: {words['meeting']}, {words['engagement']}, {words['when']}"
    said = {"said": told, "url": event.url, "is_request": row.letter == Letter.REQUEST}
    mail = letter(
        "meetings/invitation_mail", words | said, name=name, subject=subject, to=person.email, connection=connection
    )  # fmt: skip
    by = Party(us.name if us else "Rapport", parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    content = invitation(event, by, Party(person.name, person.email), at).decode()
    mail.attach_alternative(content, f"text/calendar; method={method_of(event)}")
    return mail


def _words(meeting: Meeting, person: Person, client_name: str) -> dict[str, str]:
    """What a letter names, each on a line of its own."""
    engagement = meeting.engagement
    named = {
        "recipient": f"{person.name}, {person.organisation.name}",
        "meeting": meeting.name,
        "engagement": engagement.title,
        "other": engagement.partner.name if person.side is Side.CLIENT else client_name,
        "when": when_words(meeting),
        "place": meeting.channel,
    }
    return {name: one_line(text) for name, text in named.items()}


def _told(row: Invitation) -> tuple[str, str]:
    """What a letter is called, and its first sentence."""
    if row.letter == Letter.CANCEL:
        if row.meeting.state == State.CANCELLED:
            return "Cancelled", "This meeting is cancelled."
        if row.meeting.state == State.HELD:
            return "Held already", "You have met already."
        return "No longer expected", "You are not expected at this meeting any more."
    if row.sequence:
        return "Changed", "This meeting has changed. It now is:"
    return "Invitation", "You are invited to this meeting:"
