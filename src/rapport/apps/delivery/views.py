"""Pages about records coming in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.delivery import actions, forms, queries
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import version_in_force, visible_engagements
from rapport.domain.refusals import Refused
from rapport.domain.retries import is_forgotten
from rapport.domain.roles import Right
from rapport.kit.exports import Column, as_file

_LISTED_REJECTS = 100
_REJECT_COLUMNS: list[Column[dict[str, Any]]] = [
    Column("File", lambda reject: reject["file"]),
    Column("Row", lambda reject: reject["row"]),
    Column("Column", lambda reject: reject["column"]),
    Column("Seen", lambda reject: reject["seen"]),
    Column("Expected", lambda reject: reject["expected"]),
]
_FILE_COLUMNS: list[Column[Batch]] = [
    Column("File", lambda batch: batch.file_name),
    Column("Source", lambda batch: batch.source),
    Column("Stage", lambda batch: batch.stage),
    Column("Rows", lambda batch: vars(batch)["read"]),
    Column("Used", lambda batch: vars(batch)["used"]),
    Column("Rejected", lambda batch: vars(batch)["rejected"]),
    Column("Uploaded at", lambda batch: batch.uploaded_at),
    Column("By", lambda batch: batch.uploaded_by.name),
    Column("Organisation", lambda batch: batch.uploaded_by.organisation.name),
    Column("SHA-256", lambda batch: batch.sha256),
]


@require_GET
def records(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The files delivered so far by source, and the form for another."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    files = queries.delivered(actor, engagement)
    if file := as_file(request, f"Records {engagement.title}", _FILE_COLUMNS, files):
        return file
    form = forms.UploadForm(sources=list(queries.sources_of(version_in_force(engagement))))
    return _records_page(request, actor, engagement, form)


@require_POST
def upload(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Read a file and show what it holds."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    sources = list(queries.sources_of(version_in_force(engagement)))
    form = forms.UploadForm(request.POST, request.FILES, sources=sources)
    if form.is_valid():
        try:
            batch = actions.upload_records(by=actor, engagement=engagement, **form.cleaned_data, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("delivery:batch", engagement.pk, batch.pk)
    return _records_page(request, actor, engagement, form)


@require_GET
def batch(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponseBase:
    """What one file holds, before and after it counts; its rejected rows as a file, for whoever mends them."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    found = get_object_or_404(queries.batches(actor, engagement), pk=batch_id)
    rejects = found.report.get("rejects", [])
    if file := as_file(request, f"Rejected {found.file_name}", _REJECT_COLUMNS, rejects):
        return file
    context = {
        "engagement": engagement,
        "batch": found,
        "report": found.report,
        "rejects": rejects[:_LISTED_REJECTS],
        "doubts": {flag: count for flag, count in found.report.get("flagged", {}).items() if count},
        "is_forgotten": _is_forgotten(found),
        "withdrawal": forms.WithdrawalForm(),
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "delivery/batch.html", context)


@require_GET
def progress(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """How far the reading of a large file is; the page that shows it opens anew when it is over."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    found = get_object_or_404(queries.batches(actor, engagement), pk=batch_id)
    if found.stage != "reading":
        return HttpResponseClientRefresh()
    context = {"engagement": engagement, "batch": found, "is_forgotten": _is_forgotten(found)}
    return render(request, "delivery/_progress.html", context)


def _is_forgotten(batch: Batch) -> bool:
    return is_forgotten(batch.uploaded_at, batch.taken_up_at, timezone.now())


def _records_page(request: HttpRequest, actor: Person, engagement: Engagement, form: forms.UploadForm) -> HttpResponse:
    """The page; its form knows every source, so that a refusal says who delivers it, and offers only one's own."""
    version = version_in_force(engagement)
    histories = queries.histories(actor, engagement, version)
    offered = [history.name for history in histories if history.is_ours]
    form.offer(offered)
    context = {
        "engagement": engagement,
        "version": version,
        "histories": histories,
        "offered": offered,
        "others": [history for history in histories if history.source and not history.is_ours],
        "form": form,
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "delivery/records.html", context)
