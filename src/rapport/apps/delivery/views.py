"""Pages about records coming in."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.accounts.queries import actor_of
from rapport.apps.delivery import actions, forms, queries
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import version_in_force, visible_engagements
from rapport.domain.roles import Right
from rapport.kit.exports import Column, as_file

_LISTED_REJECTS = 100
_PATIENCE = timedelta(seconds=15)
"""After how long of nothing a page says what may be amiss."""
_REJECT_COLUMNS = ("file", "row", "column", "seen", "expected")
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
def batch(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """What one file holds, before and after it counts."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    found = get_object_or_404(queries.batches(actor, engagement), pk=batch_id)
    context = {
        "engagement": engagement,
        "batch": found,
        "report": found.report,
        "rejects": found.report.get("rejects", [])[:_LISTED_REJECTS],
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
    is_forgotten = found.taken_up_at is None and timezone.now() - found.uploaded_at > _PATIENCE
    context = {"engagement": engagement, "batch": found, "is_forgotten": is_forgotten}
    return render(request, "delivery/_progress.html", context)


@require_GET
def rejected(request: HttpRequest, engagement_id: int, batch_id: int) -> StreamingHttpResponse:
    """The rejected rows as CSV, for whoever mends them."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    found = get_object_or_404(queries.batches(actor, engagement), pk=batch_id)
    lines = queries.csv_lines(_REJECT_COLUMNS, found.report.get("rejects", []))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{found.pk}.csv"'
    return response


def _records_page(request: HttpRequest, actor: Person, engagement: Engagement, form: forms.UploadForm) -> HttpResponse:
    version = version_in_force(engagement)
    context = {
        "engagement": engagement,
        "version": version,
        "histories": queries.histories(actor, engagement, version),
        "form": form,
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "delivery/records.html", context)
