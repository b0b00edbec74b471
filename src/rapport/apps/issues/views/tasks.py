"""Pages about tasks: given for an issue, changed, handed on, done and taken back."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.issues import actions, forms, queries
from rapport.apps.issues.models import Task
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries.plans import rule_of
from rapport.apps.issues.views import asked_engagement, asked_issue, back, done, formed, tried
from rapport.domain import tasks

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
    act = partial(actions.finish_task, by=actor, task=task, at=timezone.now())
    return done(request, act, _back(request, task))


@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, engagement_id: int, task_id: int) -> HttpResponse:
    """Say a task in other words, move its day or hand it on."""
    actor, found = _asked_task(request, engagement_id, task_id)
    form = _change_form(actor, found, request.POST or None)

    def change(given: dict[str, Any]) -> object:
        number = int(given["owner"])
        owner = found.owner if number == found.owner_id else queries.worker(found.engagement, number)
        return actions.change_task(by=actor, task=found, at=timezone.now(), **given | {"owner": owner})

    if request.method == "POST" and tried(form, change):
        return _back(request, found)
    return _page(request, actor, found, form, forms.ReasonForm(label=_WHY))


@require_POST
def withdraw_task(request: HttpRequest, engagement_id: int, task_id: int) -> HttpResponse:
    """Take a task back."""
    actor, found = _asked_task(request, engagement_id, task_id)
    form = forms.ReasonForm(request.POST, label=_WHY)
    act = partial(actions.withdraw_task, by=actor, task=found, at=timezone.now())
    if not tried(form, lambda given: act(**given)):
        return _page(request, actor, found, _change_form(actor, found), form)
    messages.success(request, "The task is taken back.")
    return _back(request, found)


def _change_form(actor: Person, found: Task, data: QueryDict | None = None) -> forms.TaskChangeForm:
    return forms.TaskChangeForm(data, task=found, changes=tasks.changeable(rule_of(found), by=actor.side))


def _asked_task(request: HttpRequest, engagement_id: int, task_id: int) -> tuple[Person, Task]:
    actor, engagement = asked_engagement(request, engagement_id)
    return actor, get_object_or_404(queries.visible_tasks(actor).filter(engagement=engagement), pk=task_id)


def _page(
    request: HttpRequest, actor: Person, found: Task, form: forms.TaskForm, withdrawing: forms.ReasonForm
) -> HttpResponse:
    rule = rule_of(found)
    offers = {
        "form": (form, tasks.changeable(rule, by=actor.side)),
        "withdrawing": (withdrawing, tasks.may_withdraw(rule, by=actor.side)),
    }
    context = {
        "engagement": found.engagement,
        "task": found,
        "plan": rule.plan,
        **{name: one if one.is_bound or (may_work(actor) and may) else None for name, (one, may) in offers.items()},
        "is_in_correction": "correction" in request.GET or "correction" in request.POST,
    }
    return render(request, "issues/task.html", context)


def _back(request: HttpRequest, found: Task) -> HttpResponse:
    """Where the task is seen: at its issue or the corrective action for that, or on the list."""
    return back(request, found.issue) if found.issue else redirect("issues:list", found.engagement_id)
