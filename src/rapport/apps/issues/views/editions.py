"""Pages about editions of the issue list."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.issues import actions, forms
from rapport.apps.issues.models import Edition
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries.editions import told_in, visible_editions
from rapport.apps.issues.views import asked_engagement, tried
from rapport.domain.refusals import Refused
from rapport.kit.exports import Column, as_file

_A_PAGE = 25
_WHY = "Why it goes to nobody"
_EDITION_COLUMNS: list[Column[Edition]] = [
    Column("Edition", lambda one: one.number),
    Column("Of", lambda one: one.made_at),
    Column("Sent at", lambda one: one.approved_at),
    Column("Sent by", lambda one: one.approved_by.name if one.approved_by else ""),
    Column("Recipients", lambda one: one.recipients),
]


@require_http_methods(["GET", "HEAD", "POST"])
def editions(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The editions of the issue list, and making one."""
    actor, engagement = asked_engagement(request, engagement_id)
    if request.method == "POST":
        try:
            made = actions.make_edition(by=actor, engagement=engagement, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("issues:editions", engagement.pk)
        if not actor.is_client:
            messages.success(request, "The edition is made; the client looks at it and sends it.")
        return redirect("issues:edition", engagement.pk, made.number)
    found = visible_editions(actor).filter(engagement=engagement)
    if file := as_file(request, f"Editions {engagement.title}", _EDITION_COLUMNS, found):
        return file
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "issues/editions.html", {"engagement": engagement, "page": page, "may_work": may_work(actor)}
    )


@require_GET
def edition(request: HttpRequest, engagement_id: int, edition_number: int) -> HttpResponse:
    """One edition as it went out, or as it waits."""
    actor, found = _asked_edition(request, engagement_id, edition_number)
    return _page(request, actor, found, forms.ReasonForm(label=_WHY))


@require_POST
def approve_edition(request: HttpRequest, engagement_id: int, edition_number: int) -> HttpResponse:
    """Send an edition to the people of both sides."""
    actor, found = _asked_edition(request, engagement_id, edition_number)
    try:
        sent = actions.approve_edition(by=actor, edition=found, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{sent} goes to {sent.recipients} people.")
    return redirect("issues:edition", found.engagement_id, found.number)


@require_POST
def discard_edition(request: HttpRequest, engagement_id: int, edition_number: int) -> HttpResponse:
    """Let an edition go to nobody."""
    actor, found = _asked_edition(request, engagement_id, edition_number)
    form = forms.ReasonForm(request.POST, label=_WHY)
    act = partial(actions.discard_edition, by=actor, edition=found, at=timezone.now())
    if not tried(form, lambda given: act(**given)):
        return _page(request, actor, found, form)
    messages.success(request, f"{found} goes to nobody.")
    return redirect("issues:editions", found.engagement_id)


def _asked_edition(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Edition]:
    actor = actor_of(request)
    return actor, get_object_or_404(visible_editions(actor), engagement=engagement_id, number=number)


def _page(request: HttpRequest, actor: Person, found: Edition, discarding: forms.ReasonForm) -> HttpResponse:
    waits = may_work(actor) and found.approved_at is None
    is_own = found.made_by is not None and found.made_by.side is actor.side
    context = {
        "engagement": found.engagement,
        "edition": found,
        "told": told_in(found),
        "may_approve": waits and actor.is_client,
        "discarding": discarding if waits and (actor.is_client or is_own) else None,
    }
    return render(request, "issues/edition.html", context)
