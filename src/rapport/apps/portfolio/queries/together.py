"""What waits for somebody in what the two sides tell each other."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.text import Truncator

from rapport.apps.accounts.models import Person
from rapport.apps.feedback.models import Feedback, Promise, Round
from rapport.apps.feedback.queries import is_rater, owed_promises, waiting_feedback, waiting_rounds
from rapport.apps.portfolio.queries.needs import Need, theirs


def about_working_together(actor: Person) -> Iterator[Need]:
    """What the actor has to read, to rate, and to give or to say of another day, where it is theirs or nobody's."""
    owner, ours = f"engagement__{actor.side.value}_owner", theirs(actor, "engagement__")
    for said in waiting_feedback(actor).filter(ours):
        yield _to_read(said)
    for one in waiting_rounds(actor).select_related(f"{owner}__organisation", "engagement__partner"):
        if is_rater(actor, one.engagement):
            yield _to_rate(one)
    for promise in owed_promises(actor).filter(ours):
        yield _to_give_or_answer(promise)


def _to_read(one: Feedback) -> Need:
    what = "what should change" if one.kind == "change" else "what was good"
    url = reverse("feedback:show", args=[one.engagement_id, one.number])
    seen = Truncator(" ".join(one.seen.split())).chars(80)
    return Need(f"Read {what}: “{seen}”", *_about(one), one.at, None, url, "Read it")


def _to_rate(one: Round) -> Need:
    url = reverse("feedback:round", args=[one.engagement_id, one.number])
    what = f"Rate how working together went: {one.period}"
    return Need(what, *_about(one), one.opened_at, one.closes_on, url, "Rate it")


def _to_give_or_answer(one: Promise) -> Need:
    url = reverse("feedback:promise", args=[one.engagement_id, one.number])
    if one.proposed_on:
        return Need(f"Grant or decline another day for “{one.what}”", *_about(one), None, None, url, "Answer it")
    return Need(f"Give “{one.what}”", *_about(one), one.promised_at, one.due_on, url, "Open the promise")


def _about(one: Feedback | Round | Promise) -> tuple[str, str]:
    return one.engagement.title, one.engagement.partner.name
