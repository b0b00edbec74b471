"""Reading feedback; every list starts from what the actor may see."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.feedback.models import Draft, Feedback
from rapport.apps.issues.policy import may_work
from rapport.domain import feedback
from rapport.domain.roles import Side

_FROM = ("engagement__partner", "author__organisation", "issue", "meeting")
_SINCE = ("acknowledged_by__organisation", "answered_by__organisation", "raised")


@dataclass(frozen=True)
class Asked:
    """What a list of feedback is asked for."""

    kind: str = ""
    by: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether it is not simply everything."""
        return self != Asked()


def asked(said: Mapping[str, str]) -> Asked:
    """What an address asks for; what it cannot ask for is left out."""
    kind, by = said.get("kind", ""), said.get("by", "")
    return Asked(kind if kind in list(feedback.Kind) else "", by if by in list(Side) else "")


def visible_feedback(actor: Person) -> QuerySet[Feedback]:
    """What was shared in the engagements an actor may see; what was withdrawn stays."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Feedback.objects.filter(engagement__in=seen).select_related(*_FROM, *_SINCE)


def listed(actor: Person, engagement: Engagement, wanted: Asked) -> QuerySet[Feedback]:
    """The feedback of one engagement as far as it is asked for, the latest first."""
    given = {name: value for name in ("kind", "by") if (value := getattr(wanted, name))}
    return visible_feedback(actor).filter(engagement=engagement, **given)


def visible_drafts(actor: Person) -> QuerySet[Draft]:
    """What the actor's own side has written and not shared; nothing for those who only read."""
    if not may_work(actor):
        return Draft.objects.none()
    seen = visible_engagements(actor).select_related(None).order_by()
    return Draft.objects.filter(engagement__in=seen, by=actor.side).select_related(*_FROM)


def waiting_feedback(actor: Person) -> QuerySet[Feedback]:
    """What the other side has shared and nobody of the actor's side has said a word to."""
    waiting = visible_feedback(actor).filter(by=actor.side.other, state=feedback.State.SHARED)
    return waiting if may_work(actor) else waiting.none()


def steps_for(actor: Person, one: Feedback) -> list[str]:
    """The steps an actor can take with feedback as it stands, the most likely first."""
    return feedback.possible(one.rule, actor.side) if may_work(actor) else []
