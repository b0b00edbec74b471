"""Pages about tasks: given for an issue, changed, handed on, done and taken back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.issues import actions, forms, queries
from rapport.apps.issues.models import Task
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.views import asked_engagement, asked_issue, back, formed
from rapport.domain.refusals import Refused

_WHY = "Why it is not needed"


@require_POST
def give_task(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Write down what somebody has to do about an issue."""
    actor, found = asked_issue(request, engagement_id, number)
    form = forms.TaskForm(request.POST, prefix="task", engagement=found.engagement)
    act = partial(actions.give_task, by=actor, engagement=found.engagement, issue=found, at=timezone.now())

    def give(given: dict[str, Any]) -> object:
        return act(**given | {"owner": queries.worker(found.engagement, int(given["owner"]))})

    return formed(request, actor, found, "task", form, give)


@require_POST
def finish_task(request: HttpRequest, engagement_id: int, task_id: int) -> HttpResponse:
    """Say that a task is done."""
    actor, task = _asked_task(request, engagement_id, task_id)
    return _done(request, task, partial(actions.finish_task, by=actor, task=task, at=timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, engagement_id: int, task_id: int) -> HttpResponse:
    """Say a task in other words, move its day or hand it on."""
    actor, found = _asked_task(request, engagement_id, task_id)
    form = forms.TaskChangeForm(request.POST or None, task=found, actor=actor)
    if request.method == "POST" and form.is_valid():
        owner = queries.worker(found.engagement, int(form.cleaned_data["owner"]))
        changes = form.cleaned_data | {"owner": owner}
        try:
            actions.change_task(by=actor, task=found, at=timezone.now(), **changes)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _back(request, found)
    return _page(request, actor, found, form, forms.ReasonForm(label=_WHY))


@require_POST
def withdraw_task(request: HttpRequest, engagement_id: int, task_id: int) -> HttpResponse:
    """Take a task back."""
    actor, found = _asked_task(request, engagement_id, task_id)
    form = forms.ReasonForm(request.POST, label=_WHY)
    if form.is_valid():
        try:
            actions.withdraw_task(by=actor, task=found, reason=form.cleaned_data["reason"], at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The task is taken back.")
            return _back(request, found)
    return _page(request, actor, found, forms.TaskChangeForm(task=found, actor=actor), form)


def _asked_task(request: HttpRequest, engagement_id: int, task_id: int) -> tuple[Person, Task]:
    actor, engagement = asked_engagement(request, engagement_id)
    return actor, get_object_or_404(queries.visible_tasks(actor).filter(engagement=engagement), pk=task_id)


def _page(
    request: HttpRequest, actor: Person, found: Task, form: forms.TaskForm, withdrawing: forms.ReasonForm
) -> HttpResponse:
    is_open = may_work(actor) and found.done_at is None
    context = {
        "engagement": found.engagement,
        "task": found,
        "form": form if form.is_bound or (is_open and actor.side in (found.made_by.side, found.side)) else None,
        "withdrawing": withdrawing if withdrawing.is_bound or (is_open and actor.side is found.made_by.side) else None,
        "is_in_correction": "correction" in request.GET or "correction" in request.POST,
    }
    return render(request, "issues/task.html", context)


def _done(request: HttpRequest, found: Task, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, found)


def _back(request: HttpRequest, found: Task) -> HttpResponse:
    """Where the task is seen: at its issue or the corrective action for that, or on the list."""
    return back(request, found.issue) if found.issue else redirect("issues:list", found.engagement_id)
