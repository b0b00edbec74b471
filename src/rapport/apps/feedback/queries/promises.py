"""Reading what was promised; every list starts from what the actor may see."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.feedback.models import Promise
from rapport.apps.issues.policy import may_work
from rapport.apps.meetings.queries import Item
from rapport.domain import support
from rapport.domain.support import Standing
from rapport.kit.dates import short_day

_PEOPLE = ("engagement__partner", "promised_by__organisation", "kept_by__organisation")


def visible_promises(actor: Person) -> QuerySet[Promise]:
    """What was promised in the engagements an actor may see."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Promise.objects.filter(engagement__in=seen).select_related(*_PEOPLE)


def promises_of(actor: Person, engagement: Engagement | int) -> QuerySet[Promise]:
    """What was promised in one engagement, what is due first coming first."""
    return visible_promises(actor).filter(engagement=engagement)


def owed_promises(actor: Person) -> QuerySet[Promise]:
    """What the actor's side still has to give, or to say about another day for what it is to get."""
    theirs = Q(by=actor.side, proposed_on=None) | Q(by=actor.side.other, proposed_on__isnull=False)
    owed = visible_promises(actor).filter(theirs, kept_on=None)
    return owed if may_work(actor) else owed.none()


def late_support(engagement: Engagement, today: date) -> Iterator[Item]:
    """What a side promised the other by a day that is over and has not given, for the agenda of a meeting."""
    late = Promise.objects.filter(engagement=engagement, kept_on=None, due_on__lt=today)
    for one in late.order_by("due_on", "number").iterator():
        url = reverse("feedback:promise", args=[engagement.pk, one.number])
        yield Item("support", one.what, f"promised by the {one.by} for {short_day(one.due_on, today)}", url)


def standing_of(one: Promise, today: date) -> Standing:
    """How a promise stands on a day."""
    return support.standing(one.rule, today)
