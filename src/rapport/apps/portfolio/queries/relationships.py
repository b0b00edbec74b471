"""What somebody high up knows of: which relationships are in trouble, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.escalations.models import Step
from rapport.apps.escalations.queries.lists import visible_steps
from rapport.apps.portfolio.queries.matters import is_asked
from rapport.apps.portfolio.queries.today import Miss


@dataclass(frozen=True)
class Climbed:
    """An escalation that reached somebody: the issue it is about, on which level, and whether it is their move."""

    title: str
    level: str
    is_ours: bool
    url: str


@dataclass(frozen=True)
class Relationship:
    """An engagement in trouble: the escalations that reached the reader, and the KPIs that are as bad as can be."""

    engagement: Engagement
    climbed: Sequence[Climbed]
    misses: Sequence[Miss]


def in_trouble(actor: Person, missed: Iterable[Miss]) -> list[Relationship]:
    """The engagements an actor has to know of, those with an escalation that reached them first, then the others with
    KPIs `missed`.
    """
    climbed: dict[Engagement, list[Climbed]] = {}
    for step in _reached(actor):
        climbed.setdefault(step.escalation.issue.engagement, []).append(_climbed(actor, step))
    bad: dict[Engagement, list[Miss]] = {}
    for one in missed:
        bad.setdefault(one.engagement, []).append(one)
    return [Relationship(one, climbed.get(one, []), bad.get(one, [])) for one in climbed | bad]


def _reached(actor: Person) -> Iterable[Step]:
    """The levels, asked now, on which the actor stands, by name or for somebody who is away."""
    side = actor.side.value
    here = Q(**{f"expected_{side}": actor}) | Q(**{f"named_{side}": actor})
    return visible_steps(actor).filter(here, left_at=None).select_related("escalation__issue__engagement__partner")


def _climbed(actor: Person, step: Step) -> Climbed:
    issue = step.escalation.issue
    url = reverse("escalations:show", args=[issue.engagement_id, issue.number])
    return Climbed(issue.title, step.name, is_asked(actor, step), url)
