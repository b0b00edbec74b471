"""What programs ask about record files, and how they deliver one."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, Status, UploadedFile

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.delivery import actions, queries
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.api import asked_engagement
from rapport.apps.engagements.queries import version_in_force
from rapport.kit.api import Page, Paging, Words, page_in, page_of


class SourceShown(Schema):
    """Records that the agreement in force reads: in which format, with which headings, and who delivers them.

    `delivered_by` is partner, client or either.
    """

    name: str
    format: str
    headings: list[str]
    delivered_by: str


class BatchRow(Schema):
    """One record file: `stage` is reading, refused, previewed, committed or withdrawn.

    A large file is read by itself after it has come in; `doing` says how far that is, `refusal` why it failed.
    """

    id: int
    source: str
    file_name: str
    sha256: str
    size: int
    stage: str
    doing: str
    refusal: str
    version: int
    uploaded_by: Somebody
    uploaded_at: datetime
    committed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_because: str


class BatchShown(BatchRow):
    """A record file with the account of its rows, which is there once it has been read."""

    report: dict[str, Any]


class Rejected(Schema):
    """A row that could not be used: where, what was seen, what was expected."""

    file: str
    row: int
    column: str | None
    seen: str | None
    expected: str


class Upload(Schema):
    """What the records of an uploaded file are."""

    source: Words


router = Router(tags=["Records"])
_BATCH = "/engagements/{int:engagement_id}/batches/{int:batch_id}"


@router.get("/engagements/{int:engagement_id}/sources", response=Page[SourceShown])
def list_sources(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[SourceShown]:
    """The sources of the agreement in force, none while there is none."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    found = queries.histories(actor, engagement, version_in_force(engagement))
    shown = (
        SourceShown(name=one.name, format=read.format, headings=one.headings, delivered_by=read.delivered_by)
        for one in found
        if (read := one.source)
    )
    return page_in(request, paging, enumerate(shown))


@router.get("/engagements/{int:engagement_id}/batches", response=Page[BatchRow])
def list_batches(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[BatchRow]:
    """The record files delivered by either side, the latest first."""
    actor = actor_of(request)
    found = queries.batches(actor, asked_engagement(actor, engagement_id)).defer("report")
    return page_of(request, paging, found, lambda one: BatchRow(**_fields(actor, one)), by="-pk")


@router.post("/engagements/{int:engagement_id}/batches", response={201: BatchShown})
def upload_records(
    request: HttpRequest, engagement_id: int, asked: Form[Upload], file: File[UploadedFile]
) -> Status[BatchShown]:
    """Deliver a file; nothing counts before it is committed. While its stage is “reading”, ask for it again."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    batch = actions.upload_records(by=actor, engagement=engagement, source=asked.source, file=file, at=timezone.now())
    return Status(201, batch_shown(actor, batch))


@router.get(_BATCH, response=BatchShown)
def show_batch(request: HttpRequest, engagement_id: int, batch_id: int) -> BatchShown:
    """A record file with the account of its rows and the first records as they were understood."""
    actor = actor_of(request)
    return batch_shown(actor, asked_batch(actor, engagement_id, batch_id))


@router.get(_BATCH + "/rejected", response=Page[Rejected])
def list_rejected_rows(
    request: HttpRequest, engagement_id: int, batch_id: int, paging: Query[Paging]
) -> Page[Rejected]:
    """The rows of a file that could not be used, for whoever mends them."""
    rejects = asked_batch(actor_of(request), engagement_id, batch_id).report.get("rejects", [])
    return page_in(request, paging, enumerate(Rejected(**_reject(one)) for one in rejects))


def asked_batch(actor: Person, engagement_id: int, batch_id: int) -> Batch:
    """The record file of an address, if the actor may see it."""
    return get_object_or_404(queries.batches(actor, asked_engagement(actor, engagement_id)), pk=batch_id)


def batch_shown(actor: Person, one: Batch) -> BatchShown:
    """A record file with the account of its rows, but for the rejected ones, which have a list of their own."""
    report = {name: value for name, value in one.report.items() if name not in ("rejects", "flag_rows")}
    return BatchShown(**_fields(actor, one), report=report)


def _fields(actor: Person, one: Batch) -> dict[str, Any]:
    names = ("source", "file_name", "sha256", "size", "stage", "doing", "refusal", "uploaded_at", "committed_at",
             "withdrawn_at", "withdrawn_because")  # fmt: skip
    own = {name: getattr(one, name) for name in names}
    return own | {"id": one.pk, "version": one.version_id, "uploaded_by": somebody(actor, one.uploaded_by)}


def _reject(one: dict[str, Any]) -> dict[str, Any]:
    return {name: one.get(name) for name in Rejected.model_fields}
