"""Pages about being told."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from rapport.apps.accounts.queries import actor_of
from rapport.apps.notices import actions, forms, queries
from rapport.kit.addresses import number


@require_http_methods(["GET", "HEAD", "POST"])
def habits(request: HttpRequest) -> HttpResponse:
    """When the reader wants to be told."""
    actor = actor_of(request)
    if request.method != "POST":
        return render(request, "notices/habits.html", {"form": forms.HabitsForm.of(queries.habits_of(actor))})
    form = forms.HabitsForm(request.POST)
    if not form.is_valid():
        return render(request, "notices/habits.html", {"form": form})
    actions.choose_habits(by=actor, habits=form.habits)
    messages.success(request, "You are told as you have chosen.")
    return redirect("notices:habits")


@require_POST
def read_everything(request: HttpRequest) -> HttpResponse:
    """Note that the reader has read everything that the page showed when they said so."""
    newest = number(request.POST.get("newest", "")) or 0
    actions.read_until(by=actor_of(request), newest=newest, at=timezone.now())
    return redirect("portfolio:notices")
