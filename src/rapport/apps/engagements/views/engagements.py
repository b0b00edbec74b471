"""Pages about an engagement: starting it, at a glance, its particulars, its history."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from rapport.apps.accounts.queries import actor_of
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdict
from rapport.apps.engagements import actions, forms, policy, queries
from rapport.apps.engagements.views.asked import asked_engagement
from rapport.apps.partners import queries as partners
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right
from rapport.kit.exports import Column, as_file

_PAGE = 50
_HISTORY_COLUMNS: list[Column[queries.Event]] = [
    Column("Entry", lambda event: event.number),
    Column("At", lambda event: event.at),
    Column("Who", lambda event: event.by),
    Column("What", lambda event: event.what),
    Column("Details", lambda event: event.details),
]


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Start an engagement with a partner."""
    actor = actor_of(request)
    if not policy.may_start(actor):
        raise Http404
    form = forms.StartForm(request.POST or None, actor=actor, initial={"partner": request.GET.get("partner")})
    if request.method == "POST" and form.is_valid():
        try:
            engagement = actions.start_engagement(by=actor, **form.cleaned_data, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("engagements:show", engagement.pk)
    has_partners = queries.startable_partners(actor).exists()
    return render(request, "engagements/start.html", {"form": form, "has_partners": has_partners})


@require_GET
def show(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """An engagement at a glance: who, how the agreement stands, whose move it is."""
    actor, engagement = asked_engagement(request, engagement_id)
    today, standing = timezone.localdate(), queries.standing_of(actor, engagement)
    asked_for = partners.standings(actor, partners.held_documents(actor, engagement.partner, today), today)
    return render(
        request,
        "engagements/show.html",
        {
            "engagement": engagement,
            "client": queries.client_name(),
            "standing": standing,
            "currency": queries.currency_of(standing.in_force),
            "move": queries.move_in_words(engagement, standing),
            "gate": partners.gate_of(engagement.partner, today),
            "evidence": [one for one in asked_for if one.is_needed_to_share],
            "may_change": policy.may_change(actor),
            "may_write": actor.may(Right.EDIT),
            "may_sign": actor.may(Right.SIGN),
        },
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Change what an engagement is called, is for and who owns it."""
    actor, engagement = asked_engagement(request, engagement_id)
    now = {field: getattr(engagement, field) for field in actions.Particulars._fields}
    form = forms.EngagementForm(request.POST or None, actor=actor, engagement=engagement, initial=now)
    if request.method == "POST" and form.is_valid():
        wanted = actions.Particulars(**{**now, **form.cleaned_data})
        try:
            actions.change_engagement(by=actor, engagement=engagement, to=wanted, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("engagements:show", engagement_id)
    title = now["title"]
    return render(request, "engagements/edit.html", {"form": form, "engagement": engagement, "title": title})


@require_GET
def history(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """What happened in an engagement, and whether its history is whole."""
    actor, engagement = asked_engagement(request, engagement_id)
    try:
        policy.demand_history(actor)
    except Refused as refusal:
        context: dict[str, Any] = {"engagement": engagement, "refusal": str(refusal)}
        return render(request, "engagements/history.html", context, status=403)
    entries = queries.history(actor, engagement)
    if file := as_file(request, f"History {engagement.title}", _HISTORY_COLUMNS, _told(entries)):
        return file
    page = Paginator(entries, _PAGE).get_page(request.GET.get("page"))
    events = [queries.told(entry) for entry in page]
    context = {"engagement": engagement, "page": page, "events": events, "verdict": verdict(engagement.chain)}
    return render(request, "engagements/history.html", context)


def _told(entries: QuerySet[Entry]) -> Iterator[queries.Event]:
    """Entries of history in plain words, none of them read before it is asked for."""
    for entry in entries.iterator():
        yield queries.told(entry)
