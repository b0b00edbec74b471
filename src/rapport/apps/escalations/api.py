"""What programs ask about escalations and absences, and do with them."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.escalations import actions, queries
from rapport.apps.escalations.models import LONGEST_TEXT, Absence, Escalation, Step
from rapport.apps.escalations.queries.shown import Post, RungShown
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import visible_issues
from rapport.domain.escalations import State
from rapport.domain.roles import Side
from rapport.kit.api import Page, Paging, page_of

Said = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_TEXT)]
Turn = Annotated[int, Field(ge=0, lt=2**31)]
"""The `turn` of the escalation as it was read; where somebody took a step meanwhile, yours is refused."""


class PostShown(Schema):
    """Who stands on a level for a side: the words of the plan, and the name of the person they mean.

    `is_owner` says that nobody who can act has this name or function, so that the owner of the engagement is asked.
    """

    side: Side
    words: str
    person: str
    is_owner: bool


class AskedShown(Schema):
    """One time that a level was asked, and what came of it.

    `is_authorised` says whether whoever accepted may approve the amount by the ladder; nothing where none was approved.
    """

    asked_at: datetime
    due_at: datetime
    reason: str
    answer: str
    answered_at: datetime | None
    answered_by: Somebody | None
    left_at: datetime | None
    left_because: str
    is_authorised: bool | None


class LevelShown(Schema):
    """One level of the ladder, from the first on; the last are the executives."""

    level: int
    name: str
    is_current: bool
    people: list[PostShown]
    asked: list[AskedShown]


class EscalationShown(Schema):
    """An issue on its way up the ladder: the side whose move it is, until when, and what you can do now.

    `seconds_left` counts the working time of the plan; it is 0 when the time is over.
    """

    number: int
    state: State
    raised_by: Side
    is_by_rule: bool
    amount: float | None
    level: int
    turn: int
    waits_for: Side | None
    since: datetime
    due_at: datetime | None
    seconds_left: int | None
    ended_because: str
    options: list[str]
    ladder: list[LevelShown]


class NewEscalation(Schema):
    """Why an issue is to climb, and how much there is to approve."""

    reason: Said
    amount: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)] | None = None


class Answer(Schema):
    """What your side answers."""

    turn: Turn
    text: Said


class Acceptance(Schema):
    """That the answer settles the matter."""

    turn: Turn


class Reason(Schema):
    """Why you take a step."""

    turn: Turn
    reason: Said


class AbsenceShown(Schema):
    """Days on which somebody is away, first and last included, and who acts for them meanwhile."""

    id: int
    person: Somebody
    first_on: date
    last_on: date
    deputy: Somebody | None


class NewAbsence(Schema):
    """Days on which somebody is away; the deputy, by number, is somebody of the same organisation."""

    first_on: date
    last_on: date
    deputy: int | None = None


router = Router(tags=["Escalations"])
_HOME = "/engagements/{int:engagement_id}/issues/{int:number}/escalation"


@router.get(_HOME, response=EscalationShown)
def show_escalation(request: HttpRequest, engagement_id: int, number: int) -> EscalationShown:
    """The escalation of an issue that is under way, or that was the last; nothing where it has never climbed."""
    actor = actor_of(request)
    return _shown(actor, _latest(actor, _asked(actor, engagement_id, number)))


@router.post(_HOME, response=EscalationShown)
def start_escalation(request: HttpRequest, engagement_id: int, number: int, asked: NewEscalation) -> EscalationShown:
    """Ask the other side on the first level of the ladder that may approve the amount."""
    actor = actor_of(request)
    issue = _asked(actor, engagement_id, number)
    actions.start_escalation(by=actor, issue=issue, reason=asked.reason, amount=asked.amount, at=timezone.now())
    return _shown(actor, _latest(actor, issue))


@router.post(_HOME + "/answer", response=EscalationShown)
def answer_escalation(request: HttpRequest, engagement_id: int, number: int, asked: Answer) -> EscalationShown:
    """Answer for the side that is asked."""
    return _stepped(request, engagement_id, number, actions.answer, asked)


@router.post(_HOME + "/accept", response=EscalationShown)
def accept_answer(request: HttpRequest, engagement_id: int, number: int, asked: Acceptance) -> EscalationShown:
    """Take the answer as what settles the matter."""
    return _stepped(request, engagement_id, number, actions.accept, asked)


@router.post(_HOME + "/reject", response=EscalationShown)
def reject_answer(request: HttpRequest, engagement_id: int, number: int, asked: Reason) -> EscalationShown:
    """Say that the answer does not settle the matter; the next level is asked."""
    return _stepped(request, engagement_id, number, actions.reject, asked)


@router.post(_HOME + "/step-down", response=EscalationShown)
def step_down(request: HttpRequest, engagement_id: int, number: int, asked: Reason) -> EscalationShown:
    """Put the matter one level lower, to be settled there."""
    return _stepped(request, engagement_id, number, actions.step_down, asked)


@router.post(_HOME + "/end", response=EscalationShown)
def end_escalation(request: HttpRequest, engagement_id: int, number: int, asked: Reason) -> EscalationShown:
    """Withdraw the escalation."""
    return _stepped(request, engagement_id, number, actions.end_escalation, asked)


@router.get("/absences", response=Page[AbsenceShown])
def list_absences(request: HttpRequest, paging: Query[Paging]) -> Page[AbsenceShown]:
    """When you are away, and where you manage people when they are."""
    actor = actor_of(request)
    return page_of(request, paging, queries.absences(actor), partial(_absence, actor))


@router.post("/people/{int:person_id}/absences", response={201: AbsenceShown})
def enter_absence(request: HttpRequest, person_id: int, asked: NewAbsence) -> Status[AbsenceShown]:
    """Say when you are away, or somebody whose account you manage in your organisation, and who acts meanwhile."""
    actor = actor_of(request)
    person = get_object_or_404(queries.people_who_may_be_away(actor), pk=person_id)
    absence = actions.add_absence(by=actor, person=person, **asked.dict(), at=timezone.now())
    return Status(201, _absence(actor, absence))


@router.delete("/absences/{int:absence_id}", response={204: None})
def take_absence_back(request: HttpRequest, absence_id: int) -> None:
    """Take an absence back; what was asked of a deputy stays asked."""
    actor = actor_of(request)
    absence = get_object_or_404(queries.absences(actor), pk=absence_id)
    actions.stop_absence(by=actor, absence=absence, at=timezone.now())


def _absence(actor: Person, absence: Absence) -> AbsenceShown:
    return AbsenceShown(
        id=absence.pk, person=somebody(actor, absence.person), first_on=absence.first_on, last_on=absence.last_on,
        deputy=somebody(actor, absence.deputy) if absence.deputy else None,
    )  # fmt: skip


def _asked(actor: Person, engagement_id: int, number: int) -> Issue:
    return get_object_or_404(visible_issues(actor), engagement=engagement_id, number=number)


def _latest(actor: Person, issue: Issue) -> Escalation:
    if (found := queries.latest_of(actor, issue)) is None:
        raise Http404
    return found


def _stepped(
    request: HttpRequest, engagement_id: int, number: int, act: Callable[..., object],
    asked: Answer | Acceptance | Reason,
) -> EscalationShown:  # fmt: skip
    """Take a step, and how the escalation stands then."""
    actor = actor_of(request)
    issue = _asked(actor, engagement_id, number)
    act(by=actor, escalation=_latest(actor, issue), at=timezone.now(), **asked.dict())
    return _shown(actor, _latest(actor, issue))


def _shown(actor: Person, escalation: Escalation) -> EscalationShown:
    seen = queries.shown(actor, escalation, timezone.now())
    return EscalationShown(
        number=escalation.number,
        state=seen.state,
        raised_by=Side(escalation.raised_by),
        is_by_rule=escalation.raiser is None,
        amount=None if escalation.amount is None else float(escalation.amount),
        level=escalation.level + 1,
        turn=escalation.turn,
        waits_for=seen.ball,
        since=seen.since,
        due_at=seen.until,
        seconds_left=seen.left.seconds if seen.left else None,
        ended_because=escalation.ended_because,
        options=sorted(seen.options),
        ladder=[_level(actor, rung) for rung in reversed(seen.rungs)],
    )


def _level(actor: Person, rung: RungShown) -> LevelShown:
    return LevelShown(
        level=rung.place,
        name=rung.name,
        is_current=rung.is_current,
        people=[_post(one) for one in rung.posts],
        asked=[_step(actor, one) for one in rung.steps],
    )


def _post(post: Post) -> PostShown:
    return PostShown(side=post.side, words=post.words, person=post.person, is_owner=post.is_owner)


def _step(actor: Person, step: Step) -> AskedShown:
    return AskedShown(
        asked_at=step.entered_at, due_at=step.due_at, reason=step.reason, answer=step.answer,
        answered_at=step.answered_at, answered_by=somebody(actor, step.answered_by) if step.answered_by else None,
        left_at=step.left_at, left_because=step.left_because, is_authorised=step.is_authorised,
    )  # fmt: skip
