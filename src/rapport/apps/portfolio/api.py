"""What programs ask about everything at once: what waits for the reader, which records are due, views kept."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import StringConstraints

from rapport.apps.accounts.api import actor_of
from rapport.apps.accounts.models import Person
from rapport.apps.kpis.models import OpenRecord
from rapport.apps.partners.queries import documents_on
from rapport.apps.portfolio import actions
from rapport.apps.portfolio.models import LONGEST_NAME, SavedView
from rapport.apps.portfolio.queries.due import open_records
from rapport.apps.portfolio.queries.late import Late, Owed, late, told_late
from rapport.apps.portfolio.queries.overview import saved_views
from rapport.apps.portfolio.queries.today import needs, papers
from rapport.domain.roles import Side
from rapport.kit.api import Page, Paging, page_in, page_of


class NeedShown(Schema):
    """Something that waits for you: what and about what, since when, until when, and the page that does it."""

    what: str
    about: str
    partner: str
    since: datetime | None
    due_on: date | None
    page: str


class OpenRecordShown(Schema):
    """A record that was unfinished and within its limit when results were computed last, and when it is due."""

    engagement: int
    kpi: str
    key: str
    due_at: datetime


class LateShown(Schema):
    """Something a side owed and whose time is over: an issue, a report, or an answer to an escalation."""

    kind: Owed
    what: str
    engagement: int
    late: Side
    due_on: date
    page: str


class ViewShown(Schema):
    """A view of the portfolio that you keep, or that a colleague shares; `query` is what its address asks for."""

    id: int
    name: str
    query: str
    is_shared: bool
    is_mine: bool


class NewView(Schema):
    """A view to be kept, for yourself or for everybody of your organisation."""

    name: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_NAME)]
    query: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=2000)] = ""
    is_shared: bool = False


router = Router(tags=["Today"])


@router.get("/needs", response=Page[NeedShown])
def list_needs(request: HttpRequest, paging: Query[Paging]) -> Page[NeedShown]:
    """What waits for you: what has a date first, by date, then the oldest first."""
    actor, today = actor_of(request), timezone.localdate()
    shown = [
        NeedShown(what=one.what, about=one.about, partner=one.partner, since=one.since, due_on=one.due_on, page=one.url)
        for one in needs(actor, today, papers(actor, documents_on(actor, today), today))
    ]
    return page_in(request, paging, enumerate(shown))


@router.get("/late", response=Page[LateShown])
def list_what_is_late(request: HttpRequest, paging: Query[Paging]) -> Page[LateShown]:
    """What the other side is late with, what is late longest first; to an auditor what either side is late with."""
    found = told_late(late(actor_of(request), timezone.now()))
    return page_in(request, paging, enumerate(map(_late, found)))


def _late(one: Late) -> LateShown:
    return LateShown(
        kind=one.kind, what=one.said, engagement=one.engagement, late=one.by, due_on=one.due_on, page=one.url
    )


@router.get("/due-records", response=Page[OpenRecordShown])
def list_due_records(request: HttpRequest, paging: Query[Paging]) -> Page[OpenRecordShown]:
    """The open records of your engagements that are due soon, as of when results were computed last."""
    return page_of(request, paging, open_records(actor_of(request)), _open_record)


def _open_record(one: OpenRecord) -> OpenRecordShown:
    return OpenRecordShown(engagement=one.engagement_id, kpi=one.kpi, key=one.key, due_at=one.due_at)


@router.get("/views", response=Page[ViewShown])
def list_views(request: HttpRequest, paging: Query[Paging]) -> Page[ViewShown]:
    """The views of the portfolio that you keep, and those that colleagues share."""
    actor = actor_of(request)
    return page_of(request, paging, saved_views(actor), lambda view: _view(actor, view))


@router.post("/views", response={201: ViewShown})
def keep_view(request: HttpRequest, asked: NewView) -> Status[ViewShown]:
    """Keep a view under a name; of its query only what a portfolio can be asked for is kept."""
    actor = actor_of(request)
    return Status(201, _view(actor, actions.keep_view(by=actor, at=timezone.now(), **asked.dict())))


@router.delete("/views/{int:view_id}", response={204: None})
def remove_view(request: HttpRequest, view_id: int) -> None:
    """Keep a view of your own no longer."""
    actor = actor_of(request)
    view = get_object_or_404(saved_views(actor), pk=view_id)
    actions.remove_view(by=actor, view=view, at=timezone.now())


def _view(actor: Person, view: SavedView) -> ViewShown:
    same = {name: getattr(view, name) for name in ("id", "name", "query", "is_shared")}
    return ViewShown(**same, is_mine=view.person_id == actor.pk)
