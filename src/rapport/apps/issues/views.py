"""Pages about issues."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.issues import actions, forms, queries
from rapport.apps.issues.models import Edition, Issue, Task
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries.editions import told_in, visible_editions
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit.addresses import number as number_of
from rapport.kit.exports import Column, as_file
from rapport.kit.uploads import download

_A_PAGE = 25
_COLUMNS: list[Column[Issue]] = [
    Column("Number", lambda one: one.number),
    Column("Issue", lambda one: one.title),
    Column("Severity", lambda one: one.severity),
    Column("Raised because", lambda one: one.get_origin_display()),
    Column("State", lambda one: one.state),
    Column("Waits for", lambda one: one.waits_for or ""),
    Column("Responsible", lambda one: one.responsible),
    Column("Owner at the client", lambda one: one.client_owner.name if one.client_owner else ""),
    Column("Owner at the partner", lambda one: one.partner_owner.name if one.partner_owner else ""),
    Column("To be mended by", lambda one: one.due_on),
    Column("Raised at", lambda one: one.raised_at),
    Column("Closed at", lambda one: one.closed_at),
]
_EDITION_COLUMNS: list[Column[Edition]] = [
    Column("Edition", lambda one: one.number),
    Column("Of", lambda one: one.made_at),
    Column("Sent at", lambda one: one.approved_at),
    Column("Sent by", lambda one: one.approved_by.name if one.approved_by else ""),
    Column("Recipients", lambda one: one.recipients),
]
_CHOICES = {"show": ("open", "closed", "all"), "side": list(Side), "severity": ("major", "minor", "observation")}
"""What a list can be asked for."""
_REASONS = {
    "decline": "Why it does not belong on the list",
    "resolve": "What was done",
    "return": "What is not mended yet",
    "reopen": "Where its cause shows again",
}
"""The steps that need words, and which."""
_STEPS: dict[str, Callable[..., Issue]] = {
    "approve": actions.approve_issue,
    "decline": actions.decline_issue,
    "confirm": actions.confirm_issue,
    "return": actions.return_issue,
    "reopen": actions.reopen_issue,
    "take_over": actions.take_over_issue,
}


@require_GET
def issues(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The issue list of an engagement."""
    actor, engagement = _asked(request, engagement_id)
    wanted = queries.asked(request.GET.dict())
    found = queries.listed(actor, engagement, wanted)
    if file := as_file(request, f"Issues {engagement.title}", _COLUMNS, found):
        return file
    tasks = queries.visible_tasks(actor).filter(engagement=engagement, done_at=None)
    context = {
        "engagement": engagement,
        "asked": wanted,
        "choices": _CHOICES,
        "page": Paginator(found, _A_PAGE).get_page(request.GET.get("page")),
        "tasks": tasks[:_A_PAGE],
        "more_tasks": max(0, tasks.count() - _A_PAGE),
        "may_work": may_work(actor),
    }
    return render(request, "issues/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def raise_one(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Raise an issue."""
    actor, engagement = _asked(request, engagement_id)
    now = timezone.now()
    form = forms.RaiseForm(request.POST or None, engagement=engagement, today=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            issue = actions.raise_issue(by=actor, engagement=engagement, gap=form.gap, at=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{issue} is proposed; the {actor.side.other} answers next.")
            return redirect("issues:issue", engagement.pk, issue.number)
    return render(request, "issues/raise.html", {"engagement": engagement, "form": form, "may_work": may_work(actor)})


@require_GET
def issue(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """One issue: what is off, whose move it is, what was said and what is to be done."""
    actor, found = _asked_issue(request, engagement_id, number)
    return show_issue(request, actor, found)


@require_POST
def step(request: HttpRequest, engagement_id: int, number: int, step: str) -> HttpResponse:
    """Take a step with an issue; what is wrong with it is said at its form."""
    actor, found = _asked_issue(request, engagement_id, number)
    if step not in _STEPS:
        raise Http404
    act = partial(_STEPS[step], by=actor, issue=found, at=timezone.now())
    if step not in _REASONS:
        return _done(request, found, act)
    form = forms.ReasonForm(request.POST, label=_REASONS[step], prefix=step)
    return _formed(request, actor, found, step, form, lambda given: act(**given))


@require_POST
def own(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say who owns an issue on the reader's side."""
    actor, found = _asked_issue(request, engagement_id, number)
    form = forms.OwnerForm(request.POST, prefix="own", issue=found, actor=actor)

    def act(given: dict[str, Any]) -> object:
        return actions.own_issue(by=actor, issue=found, owner=number_of(given["owner"]), at=timezone.now())

    return _formed(request, actor, found, "own", form, act)


@require_POST
def set_day(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Set another day by which an issue is mended."""
    actor, found = _asked_issue(request, engagement_id, number)
    form = forms.DueForm(request.POST, prefix="day", issue=found, actor=actor)
    act = partial(actions.set_day, by=actor, issue=found, at=timezone.now())
    return _formed(request, actor, found, "day", form, lambda given: act(**given))


@require_POST
def comment(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say something about an issue."""
    actor, found = _asked_issue(request, engagement_id, number)
    form = forms.CommentForm(request.POST, request.FILES, prefix="comment")
    act = partial(actions.comment_on, by=actor, issue=found, at=timezone.now())
    return _formed(request, actor, found, "comment", form, lambda given: act(**given))


@require_POST
def give_task(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Write down what somebody has to do about an issue."""
    actor, found = _asked_issue(request, engagement_id, number)
    form = forms.TaskForm(request.POST, prefix="task", engagement=found.engagement)
    act = partial(actions.give_task, by=actor, engagement=found.engagement, issue=found, at=timezone.now())

    def give(given: dict[str, Any]) -> object:
        return act(**given | {"owner": queries.worker(found.engagement, int(given["owner"]))})

    return _formed(request, actor, found, "task", form, give)


@require_POST
def finish_task(request: HttpRequest, engagement_id: int, task_id: int) -> HttpResponse:
    """Say that a task is done."""
    actor, engagement = _asked(request, engagement_id)
    task: Task = get_object_or_404(queries.visible_tasks(actor).filter(engagement=engagement), pk=task_id)
    act = partial(actions.finish_task, by=actor, task=task, at=timezone.now())
    if task.issue:
        return _done(request, task.issue, act)
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("issues:list", engagement.pk)


@require_GET
def file(request: HttpRequest, engagement_id: int, number: int, comment_id: int) -> HttpResponseBase:
    """The file of a comment."""
    actor, found = _asked_issue(request, engagement_id, number)
    said = get_object_or_404(queries.comments(actor, found).exclude(file=""), pk=comment_id)
    return download(said.file, said.file_name)


@require_http_methods(["GET", "HEAD", "POST"])
def editions(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The editions of the issue list, and making one."""
    actor, engagement = _asked(request, engagement_id)
    if request.method == "POST":
        try:
            made = actions.make_edition(by=actor, engagement=engagement, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("issues:editions", engagement.pk)
        if actor.is_client:
            return redirect("issues:edition", engagement.pk, made.number)
        messages.success(request, "The edition is made; the client looks at it and sends it.")
        return redirect("issues:editions", engagement.pk)
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
    may_approve = actor.is_client and may_work(actor) and found.approved_at is None
    context = {"engagement": found.engagement, "edition": found, "told": told_in(found), "may_approve": may_approve}
    return render(request, "issues/edition.html", context)


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


def _asked_edition(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Edition]:
    actor = actor_of(request)
    return actor, get_object_or_404(visible_editions(actor), engagement=engagement_id, number=number)


def _asked(request: HttpRequest, engagement_id: int) -> tuple[Person, Engagement]:
    actor = actor_of(request)
    return actor, get_object_or_404(visible_engagements(actor), pk=engagement_id)


def _asked_issue(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Issue]:
    actor = actor_of(request)
    return actor, get_object_or_404(queries.issues_of(actor, engagement_id), number=number)


def _formed(
    request: HttpRequest,
    actor: Person,
    found: Issue,
    name: str,
    form: django_forms.Form,
    act: Callable[[dict[str, Any]], object],
) -> HttpResponse:
    """Do what a form says; what is wrong with it is said there, and nothing that was written is lost."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _back(request, found)
    return show_issue(request, actor, found, {name: form})


def _done(request: HttpRequest, found: Issue, act: Callable[[], object]) -> HttpResponse:
    """Do something and show the issue as it stands then; a refusal is told on top of it."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, found)


def _back(request: HttpRequest, found: Issue) -> HttpResponse:
    """Where it was done: at the issue, or at its corrective action."""
    place = "corrections:show" if "correction" in request.POST else "issues:issue"
    return redirect(place, found.engagement_id, found.number)


def show_issue(
    request: HttpRequest, actor: Person, found: Issue, filled: dict[str, django_forms.Form] | None = None
) -> HttpResponse:
    """The page of an issue, with forms that were filled in and what is wrong with them."""
    filled = filled or {}
    steps, names = queries.steps_for(actor, found), queries.names_of_goals(found.engagement)
    context: dict[str, Any] = {
        "engagement": found.engagement,
        "issue": found,
        "is_ours": found.waits_for is actor.side,
        "them": actor.side.other.value,
        "steps": [
            (one, filled.get(one) or (forms.ReasonForm(label=_REASONS[one], prefix=one) if one in _REASONS else None))
            for one in dict.fromkeys([*steps, *(name for name in filled if name in _REASONS)])
        ],
        "comments": queries.comments(actor, found),
        "tasks": queries.visible_tasks(actor).filter(issue=found),
        "kpi": names.get(f"kpi:{found.kpi}"),
        "objective": names.get(f"objective:{found.objective}"),
        "may_work": may_work(actor),
    }
    if may_work(actor):
        context |= {
            "owning": filled.get("own") or forms.OwnerForm(prefix="own", issue=found, actor=actor),
            "timing": filled.get("day") or forms.DueForm(prefix="day", issue=found, actor=actor),
            "commenting": filled.get("comment") or forms.CommentForm(prefix="comment"),
            "giving": filled.get("task") or forms.TaskForm(prefix="task", engagement=found.engagement),
        }
    return render(request, "issues/issue.html", context)
