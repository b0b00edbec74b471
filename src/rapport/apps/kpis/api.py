"""What programs ask about results, and how what counts is changed. Committing stands here as results follow from it."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from rapport.apps.accounts.api import actor_of
from rapport.apps.accounts.models import Person
from rapport.apps.delivery.api import BatchShown, asked_batch, batch_shown
from rapport.apps.engagements.api import asked_engagement
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, version_in_force
from rapport.apps.kpis import actions, queries
from rapport.apps.kpis.actions import Followed, Outcome
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.kpis.queries import KpiResults
from rapport.kit.api import Page, Paging, Text, page_in


class ResultShown(Schema):
    """One KPI in one period; `content` is the engine's own row, with counts, coverage and the target in force.

    Where both sides settled on another value than the computed one, `is_settled`, and value and status are of that;
    the computed ones are in `content`.
    """

    period: str
    starts_at: datetime
    ends_at: datetime
    is_complete: bool
    status: str
    is_settled: bool
    value: float | None
    target: float | None
    content: dict[str, Any]


class KpiShown(Schema):
    """One KPI of the agreement in force, the latest result of a period that is over, and the running one.

    `missing` names the sources it rests on that have no committed records.
    """

    id: str
    name: str
    kind: str
    unit: str | None
    definition: str
    latest: ResultShown | None
    running: ResultShown | None
    missing: list[str]


class Computed(Schema):
    """What became of computing: `computed`, `waiting` for the worker, or `refused`, and then why."""

    outcome: str
    reason: str
    digest: str | None
    computed_at: datetime | None


class BatchChanged(Schema):
    """A record file after the change, and what became of the results."""

    batch: BatchShown
    results: Computed


class Withdrawal(Schema):
    """Why records are taken out again; both sides see it."""

    reason: Text


router = Router(tags=["Results"])
_BATCH = "/engagements/{int:engagement_id}/batches/{int:batch_id}"
_KPI = "/engagements/{int:engagement_id}/results/{kpi}"


@router.post(_BATCH + "/commit", response=BatchChanged)
def commit_batch(request: HttpRequest, engagement_id: int, batch_id: int) -> BatchChanged:
    """Let the records of a file count, and compute anew; when computing is refused, the records still count."""
    actor = actor_of(request)
    batch = asked_batch(actor, engagement_id, batch_id)
    return _changed(actor, actions.commit_and_follow(by=actor, batch=batch, at=timezone.now()))


@router.post(_BATCH + "/withdraw", response=BatchChanged)
def withdraw_batch(request: HttpRequest, engagement_id: int, batch_id: int, asked: Withdrawal) -> BatchChanged:
    """Take the records of a committed file out again, and compute without them."""
    actor = actor_of(request)
    batch = asked_batch(actor, engagement_id, batch_id)
    return _changed(actor, actions.withdraw_and_follow(by=actor, batch=batch, reason=asked.reason, at=timezone.now()))


@router.post("/engagements/{int:engagement_id}/compute", response=Computed)
def compute_results(request: HttpRequest, engagement_id: int) -> Computed:
    """Compute anew, such as after another version of the agreement came into force."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    evaluation = actions.follow_changes(by=actor, engagement=engagement, at=timezone.now())
    return _computed(Outcome.COMPUTED if evaluation else Outcome.WAITING, evaluation)


@router.get("/engagements/{int:engagement_id}/results", response=Page[KpiShown])
def list_results(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[KpiShown]:
    """Every KPI of the agreement in force with its latest result, in the order of the agreement."""
    engagement = asked_engagement(actor_of(request), engagement_id)
    version = version_in_force(engagement)
    kpis = queries.kpi_results(engagement, version, latest=2)
    found = [_kpi(version, one) for one in kpis] if version else []
    return page_in(request, paging, enumerate(found))


@router.get(_KPI, response=Page[ResultShown])
def list_periods(request: HttpRequest, engagement_id: int, kpi: Text, paging: Query[Paging]) -> Page[ResultShown]:
    """One KPI over time, the oldest period first."""
    found = _found(asked_engagement(actor_of(request), engagement_id), kpi)
    numbered = ((int(result.starts_at.timestamp()), _result(result)) for result in found.results)
    return page_in(request, paging, numbered)


@router.get(_KPI + "/{period}", response=ResultShown)
def show_result(request: HttpRequest, engagement_id: int, kpi: Text, period: Text) -> ResultShown:
    """One KPI in one period."""
    return _result(_of_period(_found(asked_engagement(actor_of(request), engagement_id), kpi), period))


@router.get(_KPI + "/{period}/rows", response=Page[dict[str, Any]])
def list_rows_behind(
    request: HttpRequest, engagement_id: int, kpi: Text, period: Text, paging: Query[Paging], failed: bool = False
) -> Page[dict[str, Any]]:
    """The records behind one number; with “failed” only those that count against it, where single ones can.

    A cursor is refused once the results were computed anew.
    """
    engagement = asked_engagement(actor_of(request), engagement_id)
    found = _found(engagement, kpi)
    result = _of_period(found, period)
    is_failed = failed and found.kpi.kind in queries.JUDGED_KINDS
    rows = queries.rows_behind(engagement, result, failed=is_failed).rows
    return page_in(request, paging, enumerate(rows), basis=result.evaluation.digest)


def _changed(actor: Person, followed: Followed) -> BatchChanged:
    results = _computed(followed.outcome, followed.evaluation, followed.reason)
    return BatchChanged(batch=batch_shown(actor, followed.batch), results=results)


def _computed(outcome: Outcome, evaluation: Evaluation | None, reason: str = "") -> Computed:
    return Computed(
        outcome=outcome.value,
        reason=reason,
        digest=evaluation.digest if evaluation else None,
        computed_at=evaluation.computed_at if evaluation else None,
    )


def _found(engagement: Engagement, kpi: str) -> KpiResults:
    if found := queries.kpi_result(engagement, version_in_force(engagement), kpi):
        return found
    raise Http404


def _of_period(found: KpiResults, period: str) -> Result:
    for result in found.results:
        if result.period == period:
            return result
    raise Http404


def _kpi(version: AgreementVersion, one: KpiResults) -> KpiShown:
    definition, _ = queries.definition_of(document_of(version).agreement, one.kpi)
    return KpiShown(
        id=one.kpi.id,
        name=one.kpi.name,
        kind=one.kpi.kind,
        unit=one.kpi.unit,
        definition=str(definition),
        latest=_result(one.latest) if one.latest else None,
        running=_result(one.running) if one.running else None,
        missing=list(one.missing),
    )


def _result(one: Result) -> ResultShown:
    return ResultShown(
        period=one.period,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        is_complete=one.is_complete,
        status=one.status,
        is_settled=bool(one.settled),
        value=one.value,
        target=one.content.get("target"),
        content=one.content,
    )
