"""The pages people come in by."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from rapport.apps.accounts import queries as accounts


@login_not_required
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """What needs the reader, what to watch, and what happened since."""
    if not accounts.has_client():
        return redirect("accounts:first_run")
    if not request.user.is_authenticated:
        return redirect("account_login")
    return render(request, "portfolio/today.html")


@require_GET
def engagements(request: HttpRequest) -> HttpResponse:
    """Every engagement the reader may see."""
    return render(request, "portfolio/engagements.html")


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether the application answers; says nothing else to anybody."""
    return JsonResponse({"status": "ok"})
