"""Invitations by mail: what everybody is to know of a meeting now, what waits to leave, and who was invited."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.queries import people_meant, people_of
from rapport.apps.meetings.models import Feed, Invitation, Meeting
from rapport.apps.meetings.queries.links import Waiting
from rapport.apps.meetings.queries.lists import visible_meetings
from rapport.apps.meetings.queries.plan import told_of
from rapport.apps.notices.models import Preference
from rapport.apps.notices.queries import habits_of
from rapport.domain.calendars import last_today
from rapport.domain.meetings import INVITE_DAYS, Letter, State, letter_for
from rapport.domain.retries import SENDING, has_rested
from rapport.domain.roles import Side


@dataclass(frozen=True)
class Word:
    """What somebody is to know of a meeting: which letter says it, and what stands for what it says."""

    letter: Letter
    said: str


@dataclass(frozen=True)
class Unsaid:
    """A word that somebody is to get and that no letter was asked for yet; `last` is what they were told before."""

    meeting: Meeting
    person: Person
    word: Word
    last: Invitation | None


def unsaid(at: datetime) -> Iterator[Unsaid]:
    """What people have to be told of meetings, in all engagements, the meetings that come first coming first."""
    unmailed, feeding = _unmailed(), set(Feed.objects.values_list("person", flat=True))
    people: dict[int | None, list[Person]] = {}
    for meeting in _near(at):
        expected = {one.pk: one for side in Side for one in _expected(meeting, side, people)}
        told = {one.person_id: one for one in meeting.invitations.all()}
        concerned = {number: one.person for number, one in told.items()} | expected
        for person in concerned.values():
            last = told.get(person.pk)
            is_told = last is not None and bool(last.told)
            word = word_for(meeting, person.pk in expected, is_told, at)
            if word is None or person.pk in unmailed or (person.pk in feeding and not is_told):
                continue
            if _is_new(word, last) and is_reached(person, meeting, is_told):
                yield Unsaid(meeting, person, word, last)


def word_for(meeting: Meeting, is_expected: bool, is_invited: bool, at: datetime) -> Word | None:
    """What somebody is to know of a meeting at a moment; None where there is nothing to say."""
    span = meeting.planned_span
    is_over = span[0] <= at if span else meeting.planned_on < last_today(at)
    letter = letter_for(
        meeting.rule, is_expected=is_expected, is_invited=is_invited, is_over=is_over, today=at.date()
    )  # fmt: skip
    return Word(letter, _digest(meeting, letter)) if letter else None


def true_word(invitation: Invitation, at: datetime) -> Word | None:
    """What the person of an invitation is to know of its meeting now; None where they do not get letters about it."""
    meeting, person = invitation.meeting, invitation.person
    if not is_reached(person, meeting, bool(invitation.told)):
        return None
    is_expected = person in told_of(meeting.engagement, person.side, meeting.expected)
    return word_for(meeting, is_expected, bool(invitation.told), at)


def is_reached(person: Person, meeting: Meeting, is_told: bool) -> bool:
    """Whether somebody gets letters about a meeting: they may see it and want mail.

    Whoever reads a calendar feed is not invited by mail as well; but an appointment that stands in their calendar from
    a letter they were told changes, and goes, only by another.
    """
    wants = person.is_active and habits_of(person).is_mailed
    needs = wants and (is_told or not Feed.objects.filter(person=person).exists())
    return needs and visible_meetings(person).filter(pk=meeting.pk).exists()


def invitations_to_send(now: datetime, most: int) -> list[Invitation]:
    """The letters that are due and that nobody took up a moment ago, the longest due first."""
    waiting = _due(now).order_by("due_at", "pk").iterator()
    return list(islice((one for one in waiting if has_rested(one.tried_at, one.attempts, now, SENDING)), most))


def invitations_waiting(now: datetime) -> Waiting:
    """How the letters get on that are due and have not left, without a word of what is in them."""
    found = _due(now).aggregate(waiting=Count("pk"), oldest_at=Min("due_at"))
    failed = _due(now).exclude(error="").order_by("-tried_at")
    return Waiting(**found, error=failed.values_list("error", flat=True).first() or "")


def invitations_given_up() -> QuerySet[Invitation]:
    """The letters that could not leave however often they were tried, the latest first."""
    return Invitation.objects.filter(outcome="given up").order_by("-settled_at")


def mailed_to(meeting: Meeting) -> list[str]:
    """The names of those who are expected and were invited by mail."""
    current = {"letter": Letter.REQUEST, "person__is_active": True}  # dropped is what was not true any more
    sent = meeting.invitations.filter(outcome__in=("sent", "dropped"), **current).exclude(told="")
    invited = [one.person for one in sent.select_related("person__organisation").order_by("person__name", "pk")]
    if not invited:
        return []
    expected = {one for side in Side for one in told_of(meeting.engagement, side, meeting.expected)}
    return [person.name for person in invited if person in expected]


def _near(at: datetime) -> Iterator[Meeting]:
    """The meetings that are to come soon, and those that are to come and somebody was invited to."""
    is_soon = Q(state=State.PLANNED, planned_on__lte=at.date() + timedelta(days=INVITE_DAYS))
    is_told = Q(Exists(Invitation.objects.filter(meeting=OuterRef("pk")))) & ~Q(state=State.MISSED)
    near = Meeting.objects.filter(is_soon | is_told, planned_on__gte=last_today(at)).defer("agenda")
    told = Prefetch("invitations", Invitation.objects.select_related("person__organisation"))
    owners = ("engagement__client_owner__organisation", "engagement__partner_owner__organisation")
    return near.select_related(*owners).prefetch_related(told).iterator(chunk_size=500)


def _expected(meeting: Meeting, side: Side, people: dict[int | None, list[Person]]) -> list[Person]:
    """Whom the plan means for a side; a company's people are read once, into `people`."""
    engagement, company = meeting.engagement, meeting.engagement.partner_id if side is Side.PARTNER else None
    if company not in people:
        people[company] = list(people_of(engagement, side).select_related("organisation"))
    return people_meant(engagement, side, meeting.expected.get(side.value, ()), people[company]).people


def _unmailed() -> set[int]:
    """The numbers of those who want no mail."""
    return set(Preference.objects.filter(is_mailed=False).values_list("person", flat=True))


def _is_new(word: Word, last: Invitation | None) -> bool:
    """Whether somebody was not told this last, and no letter that says it waits or was given up."""
    return last is None or (word.said != last.told and (word.said != last.said or last.outcome == "dropped"))


def _due(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(outcome="", due_at__lte=now)


def _digest(meeting: Meeting, letter: Letter) -> str:
    """What a letter says; who is not expected any more need not learn to what the meeting changes then."""
    span = meeting.planned_span
    when = [one.timestamp() for one in span] if span else meeting.planned_on.isoformat()
    said = [letter.value, *([] if letter is Letter.CANCEL else [when, meeting.name, meeting.channel])]
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
