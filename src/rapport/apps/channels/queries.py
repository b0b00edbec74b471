"""Reading channels, what waits to leave through them, and what is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.channels.models import Channel, Message
from rapport.apps.channels.policy import may_be_heard, may_keep_channels
from rapport.apps.notices.queries import Tellers, Told
from rapport.domain.channels import Came, State, is_resting
from rapport.domain.retries import has_rested

_AWHILE = timedelta(minutes=1)
"""How long whoever took something up has to send it before it is taken to have died: longer than a call takes."""
CAME_WORDS: Mapping[Came, str] = {
    Came.TAKEN: "It was taken.",
    Came.GONE: "The receiver says that it is gone.",
    Came.BUSY: "The receiver asks for patience.",
    Came.MOVED: "The receiver is at another address now; add a channel with that one.",
    Came.REFUSED: "The receiver answered and did not take it.",
    Came.SILENT: "There was no answer that could be used.",
}
"""What came of a call, as people are told; never a word of the receiver's own."""


@dataclass(frozen=True)
class Backlog:
    """How much waits to leave through channels, since when, how much was given up, and how many channels fail."""

    waiting: int
    oldest_at: datetime | None
    given_up: int
    failing: int


def visible_channels(actor: Person) -> QuerySet[Channel]:
    """The channels an actor keeps: an administrator of the client all of them, nobody else any."""
    found = Channel.objects.select_related("person__organisation", "made_by")
    return found if may_keep_channels(actor) else found.none()


def hearable_people(actor: Person) -> QuerySet[Person]:
    """Whose notices an actor may have leave through a channel: of those with an open account at the client."""
    found = Person.objects.filter(organisation=actor.organisation_id, is_active=True).order_by("name", "pk")
    return found if may_keep_channels(actor) else found.none()


def ready_channels(now: datetime) -> list[Channel]:
    """The channels that are on and do not rest, whichever waited longest first."""
    found = Channel.objects.filter(state=State.ON).select_related("person__organisation")
    longest_first = found.order_by(F("rests_until").asc(nulls_first=True), "pk")
    return [one for one in longest_first if not is_resting(one.rests_until, now)]


def tests_to_send(now: datetime) -> list[Channel]:
    """The channels for which a test is asked for that nobody took up a moment ago."""
    asked = Channel.objects.filter(test_asked_at__isnull=False, test_came="").select_related("person")
    return [one for one in asked.order_by("test_asked_at", "pk") if has_rested(one.test_taken_at, 1, now, _AWHILE)]


def due_messages(channel: Channel, now: datetime, most: int) -> list[Message]:
    """What waits to leave through a channel and nobody has taken up a moment ago, what was tried least first."""
    found = Message.objects.filter(channel=channel, outcome="").order_by("attempts", "pk")
    found = found.select_related("notice__recipient__organisation")
    ready = (one for one in found.iterator() if has_rested(one.taken_at, one.attempts, now, _AWHILE))
    return list(islice(ready, most))


def backlog() -> Backlog:
    """How channels get on, without a word of what they carry."""
    channels = Channel.objects.filter(state=State.ON, failing_since__isnull=False).count()
    found = Message.objects.aggregate(
        waiting=Count("pk", filter=Q(outcome="")),
        oldest_at=Min("begun_at", filter=Q(outcome="")),
        given_up=Count("pk", filter=Q(outcome="given up")),
    )
    return Backlog(**found, failing=channels)


def _added(reader: Person, subject: int) -> Told | None:
    if (found := _about(reader, subject)) is None:
        return None
    title = f"What {_whom(reader, found)} told goes to {found.service} as well"
    return Told(title, _place(reader, found), "See it", f"{found.made_by} added the channel “{found}”.")


def _gone(reader: Person, subject: int) -> Told | None:
    if (found := _about(reader, subject)) is None or found.state != State.GONE:
        return None
    title = f"The channel “{found}” is off: its receiver says that it is gone"
    text = f"What {_whom(reader, found)} told goes to {found.service} no longer; it stays under What changed."
    return Told(title, _place(reader, found), "See it", text)


def _whom(reader: Person, channel: Channel) -> str:
    return "you are" if reader.pk == channel.person_id else f"{channel.person} is"


def _about(reader: Person, subject: int) -> Channel | None:
    """A channel that its reader keeps, or that carries what they are told."""
    mine = Channel.objects.filter(person=reader) if may_be_heard(reader) else Channel.objects.none()
    found = visible_channels(reader) if may_keep_channels(reader) else mine.select_related("person", "made_by")
    return found.filter(pk=subject).first()


def _place(reader: Person, channel: Channel) -> str:
    is_keeper = may_keep_channels(reader)
    return reverse("channels:show", args=[channel.pk]) if is_keeper else reverse("notices:habits")


TELLERS: Tellers = {"channel.added": _added, "channel.gone": _gone}
"""Who knows the words, by the kind of notice; subjects are channels."""
