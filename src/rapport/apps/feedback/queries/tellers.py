"""What notices about feedback, ratings and support say, with the rights of whoever reads them."""

from django.urls import reverse
from django.utils import timezone

from rapport.apps.accounts.models import Person
from rapport.apps.feedback.models import Promise
from rapport.apps.feedback.policy import may_rate
from rapport.apps.feedback.queries.promises import standing_of, visible_promises
from rapport.apps.feedback.queries.rounds import seen_round, visible_rounds
from rapport.apps.feedback.queries.said import visible_feedback
from rapport.apps.notices.queries import Tellers, Told
from rapport.domain.feedback import Kind, State
from rapport.domain.ratings import State as Rated
from rapport.domain.support import Standing
from rapport.kit.dates import short_day

_WORDS = {Kind.RECOGNITION: "what was good", Kind.CHANGE: "what should change"}
_SEALED = "It stays sealed until both sides have spoken."
_OUTCOMES = {
    Rated.REVEALED: "Both sides have spoken.",
    Rated.ONE_SILENT: "One side said nothing.",
    Rated.BOTH_SILENT: "Neither side said anything.",
}


def _of_feedback(reader: Person, subject: int) -> Told | None:
    if (one := visible_feedback(reader).filter(pk=subject).first()) is None:
        return None
    url, where = reverse("feedback:show", args=[one.engagement_id, one.number]), one.engagement.title
    is_ours = one.by == reader.side
    match State(one.state):
        case State.WITHDRAWN:
            return Told(f"{where}: the {one.by} withdrew its feedback", url, text=one.reason)
        case State.ANSWERED if is_ours:
            return Told(f"{where}: the {one.side.other} answered your feedback", url, "Read the answer", one.answer)
        case State.ACKNOWLEDGED if is_ours:
            return Told(f"{where}: the {one.side.other} has read your feedback", url)
    if is_ours:
        return None
    return Told(f"{where}: the {one.by} says {_WORDS[Kind(one.kind)]}", url, "Read and answer", one.seen)


def _of_round(reader: Person, subject: int) -> Told | None:
    if (one := visible_rounds(reader).filter(pk=subject).first()) is None:
        return None
    url, where = reverse("feedback:round", args=[one.engagement_id, one.number]), one.engagement.title
    if outcome := _OUTCOMES.get(Rated(one.state)):
        return Told(f"{where}: both sides can read the ratings of {one.period} now", url, "Compare them", outcome)
    if not may_rate(reader) or reader.side in seen_round(reader, one).rated:
        return None
    until = short_day(one.closes_on, None)
    return Told(f"{where}: rate how working together went, {one.period}, until {until}", url, "Rate it", _SEALED)


def _of_promise(reader: Person, subject: int) -> Told | None:
    if (one := visible_promises(reader).filter(pk=subject).first()) is None:
        return None
    url, where = reverse("feedback:promise", args=[one.engagement_id, one.number]), one.engagement.title
    return Told(f"{where}: {_news(one)}", url, "Open it", _standing(reader, one))


def _news(one: Promise) -> str:
    """What there is to tell of a promise: how it stands, and else what was done about it last."""
    what, today = f"“{one.what}”", timezone.now().date()
    if one.kept_on:
        late = " late" if standing_of(one, today) is Standing.KEPT_LATE else ""
        return f"{what} was given{late}"
    if one.proposed_on:
        return f"another day is asked for {what}"
    if today >= one.due_on:
        return f"{what} is {'late' if today > one.due_on else 'due today'}"
    if one.returned:
        return f"{what} was sent back"
    return f"another day for {what} was {one.answered}" if one.answered else f"{what} is promised"


def _standing(reader: Person, one: Promise) -> str:
    giver = "your side" if one.by == reader.side else f"the {one.by}"
    if one.kept_on:
        return f"{giver.capitalize()} gave it on {short_day(one.kept_on, None)}."
    if one.proposed_on:
        return f"{giver.capitalize()} asks for {short_day(one.proposed_on, None)}: {one.proposed_because}"
    owed = f"{giver.capitalize()} owes it by {short_day(one.due_on, None)}."
    return f"{owed} It was sent back: {one.returned}" if one.returned else owed


TELLERS: Tellers = {"feedback": _of_feedback, "rating": _of_round, "support": _of_promise}
"""Who knows the words, by the kind of notice."""
