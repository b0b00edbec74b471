"""What somebody was told, and what is waiting to leave."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Count, Max, Min, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.notices.models import Dispatch, Notice, Preference
from rapport.domain.notices import Habits
from rapport.domain.retries import SENDING, has_rested


@dataclass(frozen=True)
class Told:
    """What a notice says to its recipient: a line, more if there is more, and the one place where it is acted on.

    `url` is a path of this site. Opening it changes nothing.
    """

    title: str
    url: str
    verb: str = "Open"
    text: str = ""


@dataclass(frozen=True)
class Outbox:
    """How much is due to leave by mail and has not, since when the first of it is, and how much was ever given up."""

    waiting: int
    oldest_at: datetime | None
    given_up: int


Teller = Callable[[Person, int], Told | None]
"""Words for a subject with the rights of whoever reads them; None where there is nothing to tell that person now."""
Tellers = Mapping[str, Teller]
"""Who knows the words, by the kind of notice."""


def notices_of(actor: Person) -> QuerySet[Notice]:
    """What the actor was told, the latest first; of several notices about the same the latest."""
    latest = Notice.objects.filter(recipient=actor).order_by().values("kind", "subject").annotate(latest=Max("pk"))
    return Notice.objects.filter(pk__in=latest.values("latest")).select_related("recipient__organisation")


def unread_count(actor: Person) -> int:
    """About how many things there is something that the actor has not read."""
    unread = Notice.objects.filter(recipient=actor, read_at=None).order_by()
    return unread.values("kind", "subject").distinct().count()


def told(notice: Notice, tellers: Tellers) -> Told | None:
    """What a notice says now, None where its recipient may not see what it is about any more."""
    teller = tellers.get(notice.kind)
    return teller(notice.recipient, notice.subject) if teller and notice.recipient.is_active else None


def habits_of(person: Person) -> Habits:
    """When a person wants to be told."""
    found = Preference.objects.filter(person=person).first()
    return found.habits if found else Habits()


def due_letters(now: datetime, most: int) -> list[list[Dispatch]]:
    """What is due to leave and nobody has taken up a moment ago, by the letter it leaves in, the longest due first.

    Everything that is new for one person is one letter, however much else is due: `most` says how many notices are
    looked at for whose turn it is.
    """
    due = Dispatch.objects.filter(outcome="", due_at__lte=now).order_by("due_at", "pk").select_related("notice")
    turns = {one.notice.recipient_id for one in islice(_rested(due, now), most)}
    letters: dict[tuple[int, str], list[Dispatch]] = {}
    for one in _rested(due.filter(notice__recipient__in=turns), now):
        letters.setdefault((one.notice.recipient_id, one.letter), []).append(one)
    return list(letters.values())


def _rested(waiting: QuerySet[Dispatch], now: datetime) -> Iterator[Dispatch]:
    return (one for one in waiting.iterator() if has_rested(one.taken_at, one.attempts, now, SENDING))


def outbox(now: datetime) -> Outbox:
    """What should have left by now."""
    due = Dispatch.objects.filter(outcome="", due_at__lte=now)
    return Outbox(**due.aggregate(waiting=Count("pk"), oldest_at=Min("due_at")), given_up=given_up().count())


def given_up() -> QuerySet[Dispatch]:
    """What could not leave however often it was tried, the latest first."""
    return Dispatch.objects.filter(outcome="given up").order_by("-settled_at")


def last_failure(now: datetime) -> str:
    """Why mail that should have left by now could not the last time it was tried; empty where nothing failed."""
    failed = Dispatch.objects.filter(outcome="", due_at__lte=now).exclude(error="").order_by("-taken_at")
    return failed.values_list("error", flat=True).first() or ""
