"""The pages people come in by."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from rapport.apps.accounts import queries as accounts
from rapport.apps.portfolio import queries
from rapport.domain.roles import Right


@login_not_required
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """What needs the reader, what to watch, and what happened since."""
    if not accounts.has_client():
        return redirect("accounts:first_run")
    if not request.user.is_authenticated:
        return redirect("account_login")
    actor = accounts.actor_of(request)
    context = {
        "needed": queries.needs(actor),
        "watched": queries.misses(actor),
        "papers": queries.papers(actor, timezone.localdate()),
    }
    return render(request, "portfolio/today.html", context)


@require_GET
def engagements(request: HttpRequest) -> HttpResponse:
    """Every engagement the reader may see."""
    actor = accounts.actor_of(request)
    return render(
        request,
        "portfolio/engagements.html",
        {
            "rows": queries.portfolio(actor),
            "may_start": actor.is_client and actor.may(Right.MANAGE_PARTNERS),
            "client": accounts.client_organisation(),
        },
    )


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether the application answers; says nothing else to anybody."""
    return JsonResponse({"status": "ok"})
