"""What programs ask about everything at once: what waits for the reader, and which records are due."""

from datetime import date, datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from rapport.apps.accounts.api import actor_of
from rapport.apps.kpis.models import OpenRecord
from rapport.apps.portfolio.queries.due import open_records
from rapport.apps.portfolio.queries.today import needs, papers
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


router = Router(tags=["Today"])


@router.get("/needs", response=Page[NeedShown])
def list_needs(request: HttpRequest, paging: Query[Paging]) -> Page[NeedShown]:
    """What waits for you: what has a date first, by date, then the oldest first."""
    actor, today = actor_of(request), timezone.localdate()
    shown = [
        NeedShown(what=one.what, about=one.about, partner=one.partner, since=one.since, due_on=one.due_on, page=one.url)
        for one in needs(actor, today, papers(actor, today))
    ]
    return page_in(request, paging, enumerate(shown))


@router.get("/due-records", response=Page[OpenRecordShown])
def list_due_records(request: HttpRequest, paging: Query[Paging]) -> Page[OpenRecordShown]:
    """The open records of your engagements that are due soon, as of when results were computed last."""
    return page_of(request, paging, open_records(actor_of(request)), _open_record)


def _open_record(one: OpenRecord) -> OpenRecordShown:
    return OpenRecordShown(engagement=one.engagement_id, kpi=one.kpi, key=one.key, due_at=one.due_at)
