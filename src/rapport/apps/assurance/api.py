"""What programs ask about the figures of both sides, and say about them."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, UploadedFile
from pydantic import Field, StringConstraints

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.assurance import actions
from rapport.apps.assurance.models import LONGEST_REASON, Cause, Line
from rapport.apps.assurance.queries import books, seen
from rapport.apps.assurance.queries.books import Books, asked_line
from rapport.apps.engagements.api import asked_engagement
from rapport.domain.roles import Side
from rapport.domain.rounding import Rounding, RoundingMode
from rapport.kit.api import Page, Paging, Text, page_shown
from rapport.kit.uploads import download

Value = Annotated[Decimal, Field(max_digits=24, decimal_places=9)]
"""A figure, kept exactly as it is written."""
Reason = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_REASON)]
Evidence = Annotated[UploadedFile | None, File()]
"""A file that shows where a figure comes from."""
KnownCause = Cause | Literal[""]
"""The cause of a difference, empty while it is not known."""
_NINE_DECIMALS = Rounding(9, RoundingMode.HALF_UP)


class LineShown(Schema):
    """A KPI in a period as your side may see it: a figure that is sealed, or that nobody stated, is null.

    `waits_for` names the sides whose move it is, `options` what you can do now. `agreed` is the value that stands.
    """

    kpi: str
    name: str
    unit: str
    period: str
    phase: str
    due_at: datetime | None
    state: str
    ours: float | None
    theirs: float | None
    is_sealed: bool
    difference: float | None
    grade: str
    computed: float | None
    agreed: float | None
    reason: str
    waits_for: list[str]
    options: list[str]


class StatementShown(Schema):
    """One thing that somebody said about a line; evidence is a file of its own.

    `accepted` is the statement that somebody said yes to, and `seal` the digest that history has of it.
    """

    id: int
    kind: str
    side: str
    by: Somebody
    at: datetime
    value: float | None
    reason: str
    cause: KnownCause
    has_evidence: bool
    seal: str
    accepted: int | None


class Figure(Schema):
    """Your side's own figure, and how it was measured."""

    value: Value
    reason: Reason = ""


class Contest(Schema):
    """What is wrong with the other side's figure."""

    reason: Reason
    cause: KnownCause = ""


class Offer(Schema):
    """A value to settle on, and why."""

    value: Value
    reason: Reason
    cause: KnownCause = ""


class Acceptance(Schema):
    """The offer that was read and is accepted; without one it is the other side's own figure."""

    offer: int | None = Field(None, ge=1, lt=2**63)


router = Router(tags=["Figures"])
_HOME = "/engagements/{int:engagement_id}/figures"
_LINE = _HOME + "/{kpi}/{period}"


@router.get(_HOME, response=Page[LineShown])
def list_figures(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[LineShown]:
    """Every KPI and period that waits for somebody or was spoken about, the latest period first.

    A cursor is refused once a line was added, or is there no more.
    """
    actor, kept = _asked(request, engagement_id)
    basis = "\n".join(map(str, kept.lines))
    return page_shown(request, paging, enumerate(kept.lines), lambda line: _shown(actor, kept, line), basis)


@router.get(_LINE, response=LineShown)
def show_figure(request: HttpRequest, engagement_id: int, kpi: Text, period: Text) -> LineShown:
    """One KPI in one period with the figures of both sides."""
    actor, kept = _asked(request, engagement_id)
    return _shown(actor, kept, asked_line(kept, kpi, period))


@router.get(_LINE + "/statements", response=Page[StatementShown])
def list_statements(
    request: HttpRequest, engagement_id: int, kpi: Text, period: Text, paging: Query[Paging]
) -> Page[StatementShown]:
    """What was said about a line, as far as it is open to your side, the latest first."""
    actor, kept = _asked(request, engagement_id)
    said = seen.said(actor, kept, asked_line(kept, kpi, period))
    numbered = ((-one.statement.pk, one) for one in said)
    return page_shown(request, paging, numbered, lambda one: _statement(actor, one))


@router.get(
    _LINE + "/statements/{int:statement_id}/evidence",
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}}},
)
def download_evidence(
    request: HttpRequest, engagement_id: int, kpi: Text, period: Text, statement_id: int
) -> HttpResponseBase:
    """The file behind a statement."""
    actor, kept = _asked(request, engagement_id)
    statement = seen.statement(actor, kept, asked_line(kept, kpi, period), statement_id)
    if statement is None or not statement.evidence:
        raise Http404
    return download(statement.evidence, statement.evidence_name)


@router.post(_LINE + "/report", response=LineShown)
def report_figure(
    request: HttpRequest, engagement_id: int, kpi: Text, period: Text, asked: Form[Figure], evidence: Evidence = None
) -> LineShown:
    """State the partner's figure; it is sealed until the client has stated its own, or its time is over."""
    return _spoken(request, engagement_id, kpi, period, actions.report_figure, asked, evidence=evidence)


@router.post(_LINE + "/verify", response=LineShown)
def verify_figure(
    request: HttpRequest, engagement_id: int, kpi: Text, period: Text, asked: Form[Figure], evidence: Evidence = None
) -> LineShown:
    """State the client's own figure."""
    return _spoken(request, engagement_id, kpi, period, actions.verify_figure, asked, evidence=evidence)


@router.post(_LINE + "/dispute", response=LineShown)
def dispute_figure(
    request: HttpRequest, engagement_id: int, kpi: Text, period: Text, asked: Form[Contest], evidence: Evidence = None
) -> LineShown:
    """Contest the other side's figure."""
    return _spoken(request, engagement_id, kpi, period, actions.dispute_figure, asked, evidence=evidence)


@router.post(_LINE + "/offer", response=LineShown)
def make_offer(
    request: HttpRequest, engagement_id: int, kpi: Text, period: Text, asked: Form[Offer], evidence: Evidence = None
) -> LineShown:
    """Offer a value to settle on; what both sides agree on counts for the result."""
    return _spoken(request, engagement_id, kpi, period, actions.make_offer, asked, evidence=evidence)


@router.post(_LINE + "/accept", response=LineShown)
def settle_figure(request: HttpRequest, engagement_id: int, kpi: Text, period: Text, asked: Acceptance) -> LineShown:
    """Settle on the other side's latest offer, or on its figure."""
    actor, kept = _asked(request, engagement_id)
    line = asked_line(kept, kpi, period)
    if asked.offer is None:
        actions.accept_figure(by=actor, line=line, at=kept.at)
    else:
        actions.accept_offer(by=actor, line=line, offer=asked.offer, at=kept.at)
    return show_figure(request, engagement_id, kpi, period)


@router.post("/engagements/{int:engagement_id}/periods/{period}/confirm", response=list[LineShown])
def confirm_computed(request: HttpRequest, engagement_id: int, period: Text) -> list[LineShown]:
    """Verify every figure of a period that waits for the client with the value computed from the records."""
    actor, kept = _asked(request, engagement_id)
    lines = actions.confirm_computed(by=actor, engagement=kept.engagement, period=period, at=kept.at)
    after = books.books(kept.engagement, kept.at)
    return [_shown(actor, after, asked_line(after, line.kpi, line.period)) for line in lines]


def _asked(request: HttpRequest, engagement_id: int) -> tuple[Person, Books]:
    """Who asks, and an engagement's lines now; what is over by now is closed first."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    return actor, actions.open_books(engagement=engagement, at=timezone.now())


def _spoken(
    request: HttpRequest,
    engagement_id: int,
    kpi: str,
    period: str,
    act: Callable[..., object],
    asked: Figure | Contest | Offer,
    **files: UploadedFile | None,
) -> LineShown:
    """Say something about a line, and how it stands then."""
    actor, kept = _asked(request, engagement_id)
    said = asked.dict() | files
    if "value" in said:
        said["value"] = Fraction(said["value"])
    act(by=actor, line=asked_line(kept, kpi, period), at=kept.at, **said)
    return show_figure(request, engagement_id, kpi, period)


def _shown(actor: Person, kept: Books, line: Line) -> LineShown:
    one = seen.seen(actor, kept, line)
    same = ("kpi", "name", "unit", "period", "due_at", "is_sealed", "grade", "reason")
    numbers = ("ours", "theirs", "difference", "computed", "agreed")
    told: dict[str, Any] = {name: getattr(one, name) for name in same}
    told |= {name: _number(getattr(one, name)) for name in numbers}
    return LineShown(
        **told,
        phase=one.phase.value,
        state=one.state.value,
        waits_for=[side.value for side in Side if side in one.waits_for],
        options=sorted(seen.options(actor, kept, line)),
    )


def _statement(actor: Person, said: seen.Said) -> StatementShown:
    one = said.statement
    return StatementShown(
        id=one.pk, kind=one.kind, side=one.side, by=somebody(actor, one.by), at=one.at, value=_number(said.value),
        reason=one.reason, cause=Cause(one.cause) if one.cause else "", has_evidence=bool(one.evidence),
        seal=one.seal, accepted=one.accepted_id,
    )  # fmt: skip


def _number(value: Fraction | None) -> float | None:
    """An exact value as the number nearest to it, with nine decimals at most."""
    return None if value is None else float(_NINE_DECIMALS.apply(value))
