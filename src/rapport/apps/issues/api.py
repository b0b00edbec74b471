"""What programs ask about issues and tasks, and how they act on them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, Status, UploadedFile
from pydantic import Field, StringConstraints, model_validator

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.engagements.api import asked_engagement
from rapport.apps.issues import actions, queries
from rapport.apps.issues.models import LONGEST_TEXT, Comment, Issue, Task
from rapport.domain.calendars import last_today
from rapport.domain.issues import Origin, Severity, State
from rapport.domain.roles import Side
from rapport.kit.api import Page, Paging, Words, page_of

Prose = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_TEXT)]
Attachment = Annotated[UploadedFile | None, File()]
"""A file to go with a comment."""
Turn = Annotated[int, Field(ge=0, lt=2**31)]
Goal = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=100)]


class IssueShown(Schema):
    """Something that is off: `waits_for` is the side whose move it is, and `steps` are those you can take now.

    `waits_for` is null as well while the figures are still to come that show whether it is mended.
    `why_no_correction` is why it was resolved without a corrective action, where one is usual, and `why_severity` why
    somebody called it as serious as it is.
    """

    number: int
    title: str
    what: str
    origin: Origin
    severity: Severity
    objective: str
    kpi: str
    period: str
    state: State
    responsible: Side
    proposed_by: Side | None
    waits_for: Side | None
    client_owner: Somebody | None
    partner_owner: Somebody | None
    due_on: date
    reason: str
    why_no_correction: str
    why_severity: str
    raised_at: datetime
    closed_at: datetime | None
    turn: int
    steps: list[str]


class NewIssue(Schema):
    """What is off; without `due_on` its severity decides on the day. It touches an objective or a KPI, or neither."""

    title: Words
    what: Prose = ""
    severity: Severity = Severity.MINOR
    responsible: Side = Side.PARTNER
    objective: Goal = ""
    kpi: Goal = ""
    due_on: date | None = None


class StepTaken(Schema):
    """A step, and its reason where it needs one.

    `seen` is the turn that was read, so that nobody answers what they have not read.
    """

    step: Literal["approve", "decline", "confirm", "return", "reopen", "take_over"]
    reason: Prose = ""
    seen: Turn | None = None


class Assignment(Schema):
    """Who of your side owns an issue, nobody where it is null, and by when it is mended; what is left out stays.

    `seen` is the turn that was read, which another day names, so that no day set meanwhile is lost.
    """

    owner: Annotated[int, Field(gt=0, lt=2**63)] | None = None
    due_on: date | None = None
    seen: Turn | None = None

    @model_validator(mode="after")
    def _needs_what_was_read(self) -> Self:
        if self.due_on and self.seen is None:
            raise ValueError("another day needs `seen`, the `turn` of the issue as it was read")
        return self


class NewWords(Schema):
    """What an issue says from now on: all of it, read with the turn `seen`. Another severity needs a `reason`."""

    title: Words
    what: Prose
    severity: Severity
    objective: Goal
    kpi: Goal
    reason: Prose = ""
    seen: Turn


class CommentShown(Schema):
    """Something said about an issue; what is private only its own side is told."""

    id: int
    text: str
    by: Somebody
    side: Side
    is_private: bool
    has_file: bool
    at: datetime


class NewComment(Schema):
    """Something to say about an issue."""

    text: Prose = ""
    is_private: bool = False


class TaskShown(Schema):
    """Something one side has to do by a day; `issue` is the number of the issue it is for.

    `turn` is what a change has to name as `seen`.
    """

    id: int
    what: str
    side: Side
    owner: Somebody
    due_on: date
    issue: int | None
    done_at: datetime | None
    turn: int


class TaskChange(Schema):
    """What of a task changes, which was read with the turn `seen`; what is left out stays."""

    what: Words | None = None
    owner: Annotated[int, Field(gt=0, lt=2**63)] | None = None
    due_on: date | None = None
    seen: Turn


class TaskWithdrawal(Schema):
    """Why a task is not needed any more."""

    reason: Prose


class NewTask(Schema):
    """What is to be done, by whom and by when."""

    what: Words
    owner: Annotated[int, Field(gt=0, lt=2**63)]
    due_on: date


router = Router(tags=["Issues"])
_HOME = "/engagements/{int:engagement_id}/issues"
_ISSUE = _HOME + "/{int:number}"
_TASK = "/engagements/{int:engagement_id}/tasks/{int:task_id}"

_STEPS: dict[str, tuple[Callable[..., Issue], str]] = {
    "approve": (actions.approve_issue, ""),
    "decline": (actions.decline_issue, "reason"),
    "confirm": (actions.confirm_issue, ""),
    "return": (actions.return_issue, "reason"),
    "reopen": (actions.reopen_issue, "reason"),
    "take_over": (actions.take_over_issue, ""),
}
"""Each step's action, and what its words are called there."""


@router.get(_HOME, response=Page[IssueShown])
def list_issues(
    request: HttpRequest,
    engagement_id: int,
    paging: Query[Paging],
    show: Literal["open", "late", "closed", "all"] = "open",
    is_mine: bool = False,
) -> Page[IssueShown]:
    """The issue list that both sides share, the latest first; what is late is open past its day."""
    actor, wanted = actor_of(request), queries.Asked(show=show, is_mine=is_mine)
    found = queries.listed(actor, asked_engagement(actor, engagement_id), wanted, last_today(timezone.now()))
    return page_of(request, paging, found, lambda one: _shown(actor, one), by="-pk")


@router.post(_HOME, response={201: IssueShown})
def raise_issue(request: HttpRequest, engagement_id: int, asked: NewIssue) -> Status[IssueShown]:
    """Propose an issue for the list; the other side answers, and its silence of five days lists it."""
    actor = actor_of(request)
    engagement, gap = asked_engagement(actor, engagement_id), actions.Gap(**asked.dict())
    issue = actions.raise_issue(by=actor, engagement=engagement, gap=gap, at=timezone.now())
    return Status(201, _shown(actor, issue))


@router.get(_ISSUE, response=IssueShown)
def show_issue(request: HttpRequest, engagement_id: int, number: int) -> IssueShown:
    """One issue as it stands."""
    actor, issue = _asked(request, engagement_id, number)
    return _shown(actor, issue)


@router.post(_ISSUE + "/step", response=IssueShown)
def take_step(request: HttpRequest, engagement_id: int, number: int, asked: StepTaken) -> IssueShown:
    """Approve, decline, confirm, return or reopen an issue, or take it over. It is resolved under `…/resolve`."""
    actor, issue = _asked(request, engagement_id, number)
    act, word = _STEPS[asked.step]
    words = {word: asked.reason} if word else {}
    act(by=actor, issue=issue, seen=asked.seen, at=timezone.now(), **words)
    return show_issue(request, engagement_id, number)


@router.patch(_ISSUE, response=IssueShown)
def assign_issue(request: HttpRequest, engagement_id: int, number: int, asked: Assignment) -> IssueShown:
    """Say who owns an issue on your side, or by when it is mended; a later day is for the other side to grant."""
    actor, issue = _asked(request, engagement_id, number)
    with transaction.atomic():
        if "owner" in asked.model_fields_set:
            actions.own_issue(by=actor, issue=issue, owner=asked.owner, at=timezone.now())
        if asked.due_on and asked.seen is not None:
            actions.set_day(by=actor, issue=issue, due_on=asked.due_on, seen=asked.seen, at=timezone.now())
    return show_issue(request, engagement_id, number)


@router.put(_ISSUE + "/words", response=IssueShown)
def change_issue(request: HttpRequest, engagement_id: int, number: int, asked: NewWords) -> IssueShown:
    """Change what an open issue says; who has to mend it cannot call it less serious."""
    actor, issue = _asked(request, engagement_id, number)
    said = asked.dict(exclude={"reason", "seen"})
    actions.change_issue(
        by=actor, issue=issue, words=actions.Words(**said), reason=asked.reason, seen=asked.seen, at=timezone.now()
    )
    return show_issue(request, engagement_id, number)


@router.get(_ISSUE + "/comments", response=Page[CommentShown])
def list_comments(request: HttpRequest, engagement_id: int, number: int, paging: Query[Paging]) -> Page[CommentShown]:
    """What was said about an issue to both sides, or privately among your own."""
    actor, issue = _asked(request, engagement_id, number)
    return page_of(request, paging, queries.comments(actor, issue), lambda one: _comment(actor, one))


@router.post(_ISSUE + "/comments", response={201: CommentShown})
def comment_on(
    request: HttpRequest, engagement_id: int, number: int, asked: Form[NewComment], attached: Attachment = None
) -> Status[CommentShown]:
    """Say something about an issue, with a file or without."""
    actor, issue = _asked(request, engagement_id, number)
    said = actions.comment_on(by=actor, issue=issue, file=attached, at=timezone.now(), **asked.dict())
    return Status(201, _comment(actor, said))


@router.get("/engagements/{int:engagement_id}/tasks", response=Page[TaskShown])
def list_tasks(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[TaskShown]:
    """What either side has to do, the latest first; what is done as well."""
    actor = actor_of(request)
    found = queries.visible_tasks(actor).filter(engagement=asked_engagement(actor, engagement_id))
    return page_of(request, paging, found, lambda one: _task(actor, one), by="-pk")


@router.post(_ISSUE + "/tasks", response={201: TaskShown})
def give_task(request: HttpRequest, engagement_id: int, number: int, asked: NewTask) -> Status[TaskShown]:
    """Write down what somebody of either side has to do about an issue."""
    actor, issue = _asked(request, engagement_id, number)
    owner = queries.worker(issue.engagement, asked.owner)
    task = actions.give_task(
        by=actor, engagement=issue.engagement, issue=issue, what=asked.what, owner=owner, due_on=asked.due_on,
        at=timezone.now(),
    )  # fmt: skip
    return Status(201, _task(actor, task))


@router.patch(_TASK, response=TaskShown)
def change_task(request: HttpRequest, engagement_id: int, task_id: int, asked: TaskChange) -> TaskShown:
    """Say an open task in other words, move its day or hand it on."""
    actor, task = _asked_task(request, engagement_id, task_id)
    owner = queries.worker(task.engagement, asked.owner) if asked.owner else task.owner
    changed = actions.change_task(
        by=actor, task=task, what=asked.what or task.what, owner=owner, due_on=asked.due_on or task.due_on,
        seen=asked.seen, at=timezone.now(),
    )  # fmt: skip
    return _task(actor, changed)


@router.post(_TASK + "/withdraw", response=TaskShown)
def withdraw_task(request: HttpRequest, engagement_id: int, task_id: int, asked: TaskWithdrawal) -> TaskShown:
    """Take back an open task of no plan that your side gave; from then on it is in no list."""
    actor, task = _asked_task(request, engagement_id, task_id)
    return _task(actor, actions.withdraw_task(by=actor, task=task, reason=asked.reason, at=timezone.now()))


@router.post(_TASK + "/done", response=TaskShown)
def finish_task(request: HttpRequest, engagement_id: int, task_id: int) -> TaskShown:
    """Say that a task of your side is done."""
    actor, task = _asked_task(request, engagement_id, task_id)
    return _task(actor, actions.finish_task(by=actor, task=task, at=timezone.now()))


def _asked_task(request: HttpRequest, engagement_id: int, task_id: int) -> tuple[Person, Task]:
    actor = actor_of(request)
    mine = queries.visible_tasks(actor).filter(engagement=asked_engagement(actor, engagement_id))
    return actor, get_object_or_404(mine, pk=task_id)


def _asked(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Issue]:
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    return actor, get_object_or_404(queries.issues_of(actor, engagement), number=number)


def _shown(actor: Person, one: Issue) -> IssueShown:
    same = ("number", "title", "what", "origin", "severity", "objective", "kpi", "period", "state", "responsible")
    dated = ("due_on", "reason", "why_no_correction", "why_severity", "raised_at", "closed_at", "turn")
    told: dict[str, Any] = {name: getattr(one, name) for name in (*same, *dated)}
    for name in ("client_owner", "partner_owner"):
        person = getattr(one, name)
        told[name] = somebody(actor, person) if person else None
    return IssueShown(
        **told,
        proposed_by=Side(one.proposed_by) if one.proposed_by else None,
        waits_for=one.waits_for,
        steps=queries.steps_for(actor, one),
    )


def _comment(actor: Person, one: Comment) -> CommentShown:
    same: dict[str, Any] = {name: getattr(one, name) for name in ("id", "text", "side", "is_private", "at")}
    return CommentShown(**same, by=somebody(actor, one.author), has_file=bool(one.file))


def _task(actor: Person, one: Task) -> TaskShown:
    same: dict[str, Any] = {name: getattr(one, name) for name in ("id", "what", "side", "due_on", "done_at", "turn")}
    return TaskShown(**same, owner=somebody(actor, one.owner), issue=one.issue.number if one.issue else None)
