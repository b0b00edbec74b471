"""What programs ask about feedback, ratings and support, and how they act on them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, Status, UploadedFile
from pydantic import Field, StringConstraints

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.engagements.api import asked_engagement
from rapport.apps.feedback import actions, queries
from rapport.apps.feedback.models import LONGEST_TEXT, Feedback, Promise
from rapport.apps.feedback.queries.rounds import Seen
from rapport.domain.feedback import Kind, State
from rapport.domain.issues import Severity
from rapport.domain.ratings import HIGHEST, LOWEST, Answer
from rapport.domain.ratings import State as Rated
from rapport.domain.roles import Side
from rapport.domain.support import Kind as Support
from rapport.domain.support import Standing
from rapport.kit.api import Page, Paging, Words, page_of

Prose = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_TEXT)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=100)]
Key = Annotated[int, Field(gt=0, lt=2**63)]
Score = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Attachment = Annotated[UploadedFile | None, File()]
"""A file that shows that support was given."""


class FeedbackShown(Schema):
    """Something one side told the other: what it rests on, the answer, and the number of the issue that came of it."""

    number: int
    kind: Kind
    by: Side
    author: Somebody
    people: str
    team: str
    kpi: str
    period: str
    issue: int | None
    meeting: int | None
    seen: str
    effect: str
    asked: str
    at: datetime
    state: State
    answer: str
    reason: str
    raised: int | None
    steps: list[str]


class NewFeedback(Schema):
    """What is shared with the other side at once, tied to a KPI's period, an issue, a meeting or a team.

    Recognition names people or a team; what should change says what is asked for. `issue` is the number of an issue.
    """

    kind: Kind
    people: Words = ""
    team: Words = ""
    kpi: Name = ""
    period: Name = ""
    issue: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    meeting: Key | None = None
    seen: Prose
    effect: Prose
    asked: Prose = ""


class FeedbackStep(Schema):
    """A step with feedback: `text` is the answer, the reason to withdraw, or the title of the issue that is raised."""

    step: Literal["acknowledge", "answer", "withdraw", "raise"]
    text: Prose = ""
    severity: Severity = Severity.MINOR


class AnswerShown(Schema):
    """How far one side agrees with a statement, from 1 to 5."""

    score: int
    note: str


class QuestionShown(Schema):
    """A statement to agree with, from 1 to 5, and what the lowest, the middle and the highest number mean."""

    id: str
    name: str
    statement: str
    lowest: str
    middle: str
    highest: str


class RoundShown(Schema):
    """A round of ratings. `ratings` holds, by side, those that you may read: your own, and all once it is over.

    `turn` says how often your side has rated in it; whoever rates sends it back.
    """

    number: int
    period: str
    questions: list[QuestionShown]
    closes_on: date
    state: Rated
    rated: list[Side]
    turn: int
    ratings: dict[Side, dict[str, AnswerShown]]


class NewRound(Schema):
    """Which period both sides are asked to rate, and the last day on which they can."""

    period: Words
    closes_on: date


class Answered(Schema):
    """An answer to one statement."""

    score: Score
    note: Prose = ""


class NewRating(Schema):
    """Your side's answers by the id of the question; every question of the round is answered.

    `turn` is that of the round as you read it, 0 for your side's first rating in it: what a colleague signed meanwhile
    is not overwritten.
    """

    answers: dict[Name, Answered]
    turn: Annotated[int, Field(ge=0, lt=2**31)] = 0


class PromiseShown(Schema):
    """Support that one side promised; `proposed_on` is another day it asks for."""

    number: int
    kind: Support
    by: Side
    what: str
    recipient: str
    shows: str
    first_due_on: date
    due_on: date
    proposed_on: date | None
    proposed_because: str
    kept_on: date | None
    note: str
    returned: str
    has_file: bool
    standing: Standing


class NewPromise(Schema):
    """What your side promises to give, to whom, how one sees that it was given, and by which day."""

    kind: Support
    what: Words
    recipient: Words
    shows: Words
    due_on: date


class PromiseStep(Schema):
    """A step with support. `move` asks for the day `to`; `grant` and `decline` name the day that was read in `to`."""

    step: Literal["send_back", "move", "grant", "decline"]
    reason: Prose = ""
    to: date | None = None


class Given(Schema):
    """How support was given."""

    note: Prose


router = Router(tags=["Feedback"])
_HOME = "/engagements/{int:engagement_id}"
_FEEDBACK = _HOME + "/feedback"
_ROUNDS = _HOME + "/ratings"
_SUPPORT = _HOME + "/support"


@router.get(_FEEDBACK, response=Page[FeedbackShown])
def list_feedback(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[FeedbackShown]:
    """What the two sides told each other, the latest first; drafts are not among it."""
    actor = actor_of(request)
    found = queries.listed(actor, asked_engagement(actor, engagement_id), queries.Asked())
    return page_of(request, paging, found, lambda one: _feedback(actor, one), by="-pk")


@router.post(_FEEDBACK, response={201: FeedbackShown})
def give_feedback(request: HttpRequest, engagement_id: int, asked: NewFeedback) -> Status[FeedbackShown]:
    """Tell the other side what was good, or what should change."""
    actor, at = actor_of(request), timezone.now()
    engagement, words = asked_engagement(actor, engagement_id), actions.Words(**asked.dict())
    with transaction.atomic():
        draft = actions.keep_draft(by=actor, engagement=engagement, words=words, at=at)
        shared = actions.share_draft(by=actor, draft=draft, at=at)
    return Status(201, _feedback(actor, shared))


@router.get(_FEEDBACK + "/{int:feedback_number}", response=FeedbackShown)
def show_feedback(request: HttpRequest, engagement_id: int, feedback_number: int) -> FeedbackShown:
    """One piece of feedback as it stands."""
    actor, found = _asked(request, engagement_id, feedback_number, queries.visible_feedback)
    return _feedback(actor, found)


@router.post(_FEEDBACK + "/{int:feedback_number}/step", response=FeedbackShown)
def take_feedback_step(
    request: HttpRequest, engagement_id: int, feedback_number: int, asked: FeedbackStep
) -> FeedbackShown:
    """Acknowledge or answer what the other side said, withdraw what yours did, or raise an issue from it."""
    actor, found = _asked(request, engagement_id, feedback_number, queries.visible_feedback)
    at, text = timezone.now(), asked.text
    match asked.step:
        case "acknowledge":
            actions.acknowledge(by=actor, feedback=found, at=at)
        case "answer":
            actions.answer(by=actor, feedback=found, text=text, at=at)
        case "withdraw":
            actions.withdraw(by=actor, feedback=found, reason=text, at=at)
        case "raise":
            actions.raise_from(by=actor, feedback=found, title=text, severity=asked.severity, at=at)
    return show_feedback(request, engagement_id, feedback_number)


@router.get(_ROUNDS, response=Page[RoundShown])
def list_rating_rounds(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[RoundShown]:
    """The rounds in which both sides rate working together, the latest first."""
    actor = actor_of(request)
    found = queries.rounds_of(actor, asked_engagement(actor, engagement_id))
    page = page_of(request, paging, found, lambda one: one, by="-pk")
    return Page(items=[_round(actor, one) for one in queries.seen_rounds(actor, page.items)], next=page.next)


@router.post(_ROUNDS, response={201: RoundShown})
def open_rating_round(request: HttpRequest, engagement_id: int, asked: NewRound) -> Status[RoundShown]:
    """Ask both sides to rate working together in a period."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    opened = actions.open_round(by=actor, engagement=engagement, at=timezone.now(), **asked.dict())
    return Status(201, _round(actor, queries.seen_round(actor, opened)))


@router.get(_ROUNDS + "/{int:round_number}", response=RoundShown)
def show_rating_round(request: HttpRequest, engagement_id: int, round_number: int) -> RoundShown:
    """One round, with the ratings that you may read."""
    actor, found = _asked(request, engagement_id, round_number, queries.visible_rounds)
    return _round(actor, queries.seen_round(actor, found))


@router.put(_ROUNDS + "/{int:round_number}/rating", response=RoundShown)
def give_rating(request: HttpRequest, engagement_id: int, round_number: int, asked: NewRating) -> RoundShown:
    """Sign and seal your side's rating, or change it until both sides have spoken."""
    actor, found = _asked(request, engagement_id, round_number, queries.visible_rounds)
    answers = {name: Answer(one.score, one.note) for name, one in asked.answers.items()}
    actions.rate(by=actor, round=found, answers=answers, turn=asked.turn, at=timezone.now())
    return show_rating_round(request, engagement_id, round_number)


@router.get(_SUPPORT, response=Page[PromiseShown])
def list_support(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[PromiseShown]:
    """What support either side has promised, the latest first."""
    actor = actor_of(request)
    found = queries.promises_of(actor, asked_engagement(actor, engagement_id))
    return page_of(request, paging, found, _promise, by="-pk")


@router.post(_SUPPORT, response={201: PromiseShown})
def promise_support(request: HttpRequest, engagement_id: int, asked: NewPromise) -> Status[PromiseShown]:
    """Promise the other side support."""
    actor = actor_of(request)
    engagement, offer = asked_engagement(actor, engagement_id), actions.Offer(**asked.dict())
    return Status(201, _promise(actions.make_promise(by=actor, engagement=engagement, offer=offer, at=timezone.now())))


@router.get(_SUPPORT + "/{int:promise_number}", response=PromiseShown)
def show_support(request: HttpRequest, engagement_id: int, promise_number: int) -> PromiseShown:
    """Support that was promised, as it stands."""
    _, found = _asked(request, engagement_id, promise_number, queries.visible_promises)
    return _promise(found)


@router.post(_SUPPORT + "/{int:promise_number}/given", response=PromiseShown)
def give_support(
    request: HttpRequest, engagement_id: int, promise_number: int, asked: Form[Given], attached: Attachment = None
) -> PromiseShown:
    """Say that support was given and how that can be seen, with a file or without."""
    actor, found = _asked(request, engagement_id, promise_number, queries.visible_promises)
    kept = actions.keep_promise(by=actor, promise=found, note=asked.note, file=attached, at=timezone.now())
    return _promise(kept)


@router.post(_SUPPORT + "/{int:promise_number}/step", response=PromiseShown)
def take_support_step(
    request: HttpRequest, engagement_id: int, promise_number: int, asked: PromiseStep
) -> PromiseShown:
    """Send support back that did not come, ask for another day, or answer that."""
    actor, found = _asked(request, engagement_id, promise_number, queries.visible_promises)
    at, to = timezone.now(), asked.to or found.due_on
    match asked.step:
        case "send_back":
            return _promise(actions.send_back(by=actor, promise=found, reason=asked.reason, at=at))
        case "move":
            return _promise(actions.ask_to_move(by=actor, promise=found, to=to, reason=asked.reason, at=at))
    is_granted = asked.step == "grant"
    return _promise(actions.answer_move(by=actor, promise=found, is_granted=is_granted, seen=to, at=at))


def _asked(
    request: HttpRequest, engagement_id: int, number: int, visible: Callable[[Person], QuerySet[Any]]
) -> tuple[Person, Any]:
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    return actor, get_object_or_404(visible(actor), engagement=engagement, number=number)


def _feedback(actor: Person, one: Feedback) -> FeedbackShown:
    same = ("number", "kind", "by", "people", "team", "kpi", "period", "seen", "effect", "asked", "at", "state")
    told: dict[str, Any] = {name: getattr(one, name) for name in (*same, "answer", "reason")}
    told |= {name: row.number if (row := getattr(one, name)) else None for name in ("issue", "raised")}
    steps = queries.steps_for(actor, one)
    return FeedbackShown(**told, meeting=one.meeting_id, author=somebody(actor, one.author), steps=steps)


def _round(actor: Person, seen: Seen) -> RoundShown:
    one, own = seen.round, seen.ratings.get(actor.side)
    given = {
        side: {name: AnswerShown(score=said.score, note=said.note) for name, said in rating.said.items()}
        for side, rating in seen.ratings.items()
    }
    rated = [side for side in Side if side in seen.rated]
    questions = [QuestionShown(**asked) for asked in one.questions]
    return RoundShown(
        number=one.number, period=one.period, closes_on=one.closes_on, state=Rated(one.state), rated=rated,
        ratings=given, questions=questions, turn=own.turn if own else 0,
    )  # fmt: skip


def _promise(one: Promise) -> PromiseShown:
    same = ("number", "kind", "by", "what", "recipient", "shows", "first_due_on", "due_on", "proposed_on", "kept_on")
    texts = ("proposed_because", "note", "returned")
    told: dict[str, Any] = {name: getattr(one, name) for name in (*same, *texts)}
    standing = queries.standing_of(one, timezone.now().date())
    return PromiseShown(**told, has_file=bool(one.file), standing=standing)
