"""What programs ask about practices."""

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema

from rapport.apps.accounts.api import actor_of
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.practices import queries
from rapport.apps.practices.models import Symptom
from rapport.kit.api import Page, Paging, page_in


class PracticeShown(Schema):
    """A practice and how far an engagement has it in place: in_place, weak, late, missing or not_supported.

    `step` is what would mend it, `page` where you can do that, empty where it is not yours, `waits_for` whose it is.
    """

    id: str
    name: str
    phase: str
    meaning: str
    state: str
    evidence: str
    strong: str
    step: str
    page: str
    waits_for: str


class SymptomShown(Schema):
    """Something that shows in the whole picture of an engagement: `bad` or `warn`, since when, and the page with the
    facts. `key` stays the same while it shows.
    """

    key: str
    sentence: str
    tone: str
    since: datetime
    page: str


router = Router(tags=["Practices"])


@router.get("/engagements/{int:engagement_id}/practices", response=Page[PracticeShown])
def list_practices(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[PracticeShown]:
    """Every practice and how far the engagement has it in place, by phase."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    rows = queries.coverage(actor, engagement, timezone.localdate())
    return page_in(request, paging, enumerate(map(_shown, rows)))


@router.get("/engagements/{int:engagement_id}/symptoms", response=Page[SymptomShown])
def list_symptoms(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[SymptomShown]:
    """What shows in the whole picture of the engagement, the bad first."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    return page_in(request, paging, enumerate(map(_symptom, queries.symptoms_of(actor, engagement))))


def _symptom(one: Symptom) -> SymptomShown:
    page = queries.address(one.engagement, one.rule.page)
    return SymptomShown(key=one.key, sentence=one.sentence, tone=one.tone, since=one.since, page=page)


def _shown(row: "queries.Coverage") -> PracticeShown:
    return PracticeShown(
        id=row.practice.id, name=row.practice.name, phase=row.practice.phase.value, meaning=row.practice.meaning,
        state=row.finding.state.value, evidence=row.evidence, strong=row.finding.strong,
        step=row.verb, page=row.url, waits_for=row.waits_for,
    )  # fmt: skip
