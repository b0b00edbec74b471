"""Pages about records coming in."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.accounts.queries import actor_of
from rapport.apps.delivery import actions, forms, queries
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import version_in_force, visible_engagements
from rapport.domain.roles import Right

_LISTED_REJECTS = 100
_REJECT_COLUMNS = ("file", "row", "column", "seen", "expected")


@require_GET
def records(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """The files delivered so far by source, and the form for another."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
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
            batch = actions.preview_records(by=actor, engagement=engagement, **form.cleaned_data, at=timezone.now())
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
        "rejects": found.report["rejects"][:_LISTED_REJECTS],
        "withdrawal": forms.WithdrawalForm(),
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "delivery/batch.html", context)


@require_GET
def rejected(request: HttpRequest, engagement_id: int, batch_id: int) -> StreamingHttpResponse:
    """The rejected rows as CSV, for whoever mends them."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    found = get_object_or_404(queries.batches(actor, engagement), pk=batch_id)
    lines = queries.csv_lines(_REJECT_COLUMNS, found.report["rejects"])
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
