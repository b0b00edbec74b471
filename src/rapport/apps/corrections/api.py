"""What programs ask about corrective actions, and how they act on them; their tasks are those of the issue."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Annotated, Literal

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status, UploadedFile
from pydantic import Field, StringConstraints

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.corrections import actions, queries
from rapport.apps.corrections.models import LONGEST_TEXT, MOST_PERIODS, Cause, Correction
from rapport.apps.issues.models import LONGEST_TEXT as LONGEST_REASON
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import visible_issues
from rapport.domain.corrections import Part, Proof, State
from rapport.domain.roles import Side
from rapport.kit.api import Words
from rapport.kit.uploads import download

Prose = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_TEXT)]
Reason = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_REASON)]
Identity = Annotated[int, Field(gt=0, lt=2**63)]
Shows = Annotated[UploadedFile | None, File()]
"""A file that shows a cause."""


class CauseShown(Schema):
    """One answer to "why?"; `parent` is the cause it explains, null where it explains the gap itself."""

    id: int
    parent: int | None
    text: str
    evidence: str
    has_file: bool


class TargetShown(Schema):
    """What the KPI is to reach by a day, on the way back to what was agreed."""

    id: int
    until_on: date
    target: float
    what: str


class PeriodShown(Schema):
    """A period that began after the work was claimed done: met, missed, or null where it says neither."""

    period: str
    status: str
    is_met: bool | None


class CorrectionShown(Schema):
    """A corrective action as it stands: `waits_for` is the side whose move it is, `options` what you can do now.

    `kpi` shows its effect, empty where the other side's word does; `proof` is what the periods since the claim say.
    `turn` is what an acceptance has to name as `seen`.
    """

    issue: int
    state: State
    responsible: Side
    waits_for: Side | None
    proposed: Part | None
    returned: str
    round: int
    owner: Somebody | None
    containment: str
    causes: list[CauseShown]
    targets: list[TargetShown]
    kpi: str
    periods_needed: int
    periods: list[PeriodShown]
    proof: Proof
    claimed_at: datetime | None
    closed_at: datetime | None
    closed_by: Somebody | None
    note: str
    again: str
    turn: int
    options: list[str]


class StepTaken(Schema):
    """A step with its words: how it is contained, what has to be better, what shows that it worked or did not.

    `seen` is the turn that was read, which an acceptance names.
    """

    step: Literal["contain", "propose_cause", "propose_plan", "accept", "send_back", "claim", "close", "fail"]
    words: Prose = ""
    seen: Annotated[int, Field(ge=-1, lt=2**31)] = -1


class CauseWritten(Schema):
    """Why it happened, and what shows that it is so."""

    text: Prose
    evidence: Prose = ""


class NewCause(CauseWritten):
    """A cause, and the one it explains."""

    parent: Identity | None = None


class Owner(Schema):
    """Who of the responsible side sees to it."""

    owner: Identity


class Measure(Schema):
    """The KPI that shows the effect, and how many met periods prove it.

    Empty is the KPI that the issue is about, or the other side's word where it is about none.
    """

    kpi: Words = ""
    periods: Annotated[int, Field(ge=1, le=MOST_PERIODS)]


class NewTarget(Schema):
    """What the KPI is to reach by a day."""

    until_on: date
    target: Annotated[Decimal, Field(max_digits=24, decimal_places=9)]
    what: Words = ""


class Resolution(Schema):
    """What was done about an issue; `why_no_correction` is for a minor one about a missed KPI that took none.

    `seen` is the turn of the issue that was read, so that nobody answers what they have not read.
    """

    what: Reason
    why_no_correction: Prose = ""
    seen: Annotated[int, Field(ge=0, lt=2**31)] | None = None


router = Router(tags=["Issues"])
_ISSUE = "/engagements/{int:engagement_id}/issues/{int:number}"
_HERE = _ISSUE + "/correction"


@router.get(_HERE, response=CorrectionShown)
def show_correction(request: HttpRequest, engagement_id: int, number: int) -> CorrectionShown:
    """The corrective action for an issue; missing before one is started."""
    actor, found = _asked(request, engagement_id, number)
    return _shown(actor, found)


@router.post(_HERE, response={201: CorrectionShown})
def start_correction(request: HttpRequest, engagement_id: int, number: int) -> Status[CorrectionShown]:
    """Begin a corrective action for an issue on the list; one that was closed begins anew."""
    actor = actor_of(request)
    actions.start_correction(by=actor, issue=_asked_issue(actor, engagement_id, number), at=timezone.now())
    return Status(201, show_correction(request, engagement_id, number))


@router.post(_HERE + "/step", response=CorrectionShown)
def take_correction_step(request: HttpRequest, engagement_id: int, number: int, asked: StepTaken) -> CorrectionShown:
    """Contain it, propose causes or plan, accept or send back, claim it done, close it or say that it failed."""
    actor, found = _asked(request, engagement_id, number)
    _act(asked)(by=actor, correction=found, at=timezone.now())
    return show_correction(request, engagement_id, number)


@router.post(_HERE + "/causes", response={201: CauseShown})
def add_cause(
    request: HttpRequest, engagement_id: int, number: int, asked: Form[NewCause], shows: Shows = None
) -> Status[CauseShown]:
    """Answer a "why?", with a file that shows it or without."""
    actor, found = _asked(request, engagement_id, number)
    cause = actions.add_cause(by=actor, correction=found, file=shows, at=timezone.now(), **asked.dict())
    return Status(201, _cause(cause))


@router.put(_HERE + "/causes/{int:cause_id}", response=CauseShown)
def change_cause(
    request: HttpRequest, engagement_id: int, number: int, cause_id: int, asked: CauseWritten
) -> CauseShown:
    """Say a cause, or what shows it, in other words."""
    actor, found = _asked(request, engagement_id, number)
    cause = _asked_cause(found, cause_id)
    return _cause(actions.change_cause(by=actor, cause=cause, at=timezone.now(), **asked.dict()))


@router.delete(_HERE + "/causes/{int:cause_id}", response={204: None})
def remove_cause(request: HttpRequest, engagement_id: int, number: int, cause_id: int) -> None:
    """Take a cause away that no other explains."""
    actor, found = _asked(request, engagement_id, number)
    actions.remove_cause(by=actor, cause=_asked_cause(found, cause_id), at=timezone.now())


@router.get(
    _HERE + "/causes/{int:cause_id}/file",
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}}},
)
def download_cause_file(request: HttpRequest, engagement_id: int, number: int, cause_id: int) -> HttpResponseBase:
    """The file that shows a cause."""
    _, found = _asked(request, engagement_id, number)
    cause = _asked_cause(found, cause_id)
    if not cause.file:
        raise Http404
    return download(cause.file, cause.file_name)


@router.put(_HERE + "/owner", response=CorrectionShown)
def name_correction_owner(request: HttpRequest, engagement_id: int, number: int, asked: Owner) -> CorrectionShown:
    """Say who of the responsible side sees to it."""
    actor, found = _asked(request, engagement_id, number)
    actions.name_owner(by=actor, correction=found, owner=asked.owner, at=timezone.now())
    return show_correction(request, engagement_id, number)


@router.put(_HERE + "/measure", response=CorrectionShown)
def set_measure(request: HttpRequest, engagement_id: int, number: int, asked: Measure) -> CorrectionShown:
    """Say by which KPI and in how many periods the effect is seen."""
    actor, found = _asked(request, engagement_id, number)
    actions.set_measure(by=actor, correction=found, kpi=asked.kpi, periods=asked.periods, at=timezone.now())
    return show_correction(request, engagement_id, number)


@router.post(_HERE + "/targets", response={201: CorrectionShown})
def add_interim_target(
    request: HttpRequest, engagement_id: int, number: int, asked: NewTarget
) -> Status[CorrectionShown]:
    """Say what the KPI is to reach by a day."""
    actor, found = _asked(request, engagement_id, number)
    aim = Fraction(asked.target)
    actions.add_target(
        by=actor, correction=found, until_on=asked.until_on, target=aim, what=asked.what, at=timezone.now()
    )
    return Status(201, show_correction(request, engagement_id, number))


@router.delete(_HERE + "/targets/{int:target_id}", response={204: None})
def remove_interim_target(request: HttpRequest, engagement_id: int, number: int, target_id: int) -> None:
    """Take an interim target away."""
    actor, found = _asked(request, engagement_id, number)
    target = get_object_or_404(found.targets.all(), pk=target_id)
    actions.remove_target(by=actor, target=target, at=timezone.now())


@router.post(_ISSUE + "/resolve", response={204: None})
def resolve_issue(request: HttpRequest, engagement_id: int, number: int, asked: Resolution) -> None:
    """Say that an issue is mended, and by what; one whose corrective action is open is not.

    A missed KPI takes a corrective action, unless the issue is minor and it is said why none is needed.
    """
    actor = actor_of(request)
    issue = _asked_issue(actor, engagement_id, number)
    actions.resolve(by=actor, issue=issue, at=timezone.now(), **asked.dict())


def _act(asked: StepTaken) -> Callable[..., object]:
    """The action of a step, with what it is given besides who, where and when."""
    match asked.step:
        case "contain":
            return partial(actions.contain, how=asked.words)
        case "propose_cause":
            return partial(actions.propose, part=Part.CAUSE)
        case "propose_plan":
            return partial(actions.propose, part=Part.PLAN)
        case "accept":
            return partial(actions.accept, seen=asked.seen)
        case "send_back":
            return partial(actions.send_back, reason=asked.words)
        case "claim":
            return actions.claim
        case "close":
            return partial(actions.close, note=asked.words)
        case "fail":
            return partial(actions.fail, reason=asked.words)


def _asked_issue(actor: Person, engagement_id: int, number: int) -> Issue:
    return get_object_or_404(visible_issues(actor), engagement=engagement_id, number=number)


def _asked(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Correction]:
    actor = actor_of(request)
    found = queries.visible_corrections(actor)
    return actor, get_object_or_404(found, issue__engagement=engagement_id, issue__number=number)


def _asked_cause(correction: Correction, cause_id: int) -> Cause:
    return get_object_or_404(correction.causes.select_related("correction__issue__engagement"), pk=cause_id)


def _shown(actor: Person, found: Correction) -> CorrectionShown:
    seen = queries.seen_correction(actor, found)
    rule, effect = seen.rule, seen.effect
    people = {"owner": found.owner, "closed_by": found.closed_by}
    return CorrectionShown(
        issue=found.issue.number, state=rule.state, responsible=rule.responsible, waits_for=seen.waits_for,
        proposed=rule.proposed, returned=rule.returned, round=rule.round, containment=found.containment,
        causes=[_cause(one) for one in queries.causes_of(found)],
        targets=[
            TargetShown(id=one.pk, until_on=one.until_on, target=float(one.value), what=one.what)
            for one in queries.targets_of(found)
        ],
        kpi=effect.found.kpi.id if effect.found else "", periods_needed=effect.needed,
        periods=[
            PeriodShown(period=one.result.period, status=one.result.status, is_met=one.is_met)
            for one in effect.periods
        ],
        proof=effect.verdict, claimed_at=found.claimed_at, closed_at=found.closed_at, note=found.note,
        again=found.again, turn=found.turn, options=sorted(seen.options),
        **{name: somebody(actor, person) if person else None for name, person in people.items()},
    )  # fmt: skip


def _cause(one: Cause) -> CauseShown:
    return CauseShown(
        id=one.pk, parent=one.parent_id, text=one.text, evidence=one.evidence, has_file=bool(one.file)
    )  # fmt: skip
