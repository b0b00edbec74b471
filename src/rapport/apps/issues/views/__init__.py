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
from rapport.apps.issues.models import Issue
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries.plans import with_changes
from rapport.domain.calendars import last_today
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit.addresses import number as number_of
from rapport.kit.exports import Column, as_file
from rapport.kit.uploads import download

_A_PAGE = 25
OPEN_COLUMNS: list[Column[Issue]] = [
    Column("Number", lambda one: one.number),
    Column("Issue", lambda one: one.title),
    Column("Severity", lambda one: one.severity),
    Column("Raised because", lambda one: one.get_origin_display()),
    Column("State", lambda one: one.state),
    Column("Whose move", lambda one: one.waits_for or ""),
    Column("Responsible", lambda one: one.responsible),
    Column("Owner at the client", lambda one: one.client_owner.name if one.client_owner else ""),
    Column("Owner at the partner", lambda one: one.partner_owner.name if one.partner_owner else ""),
    Column("To be mended by", lambda one: one.due_on),
    Column("Raised at", lambda one: one.raised_at),
]
"""What a list of open issues has as a file."""
_COLUMNS: list[Column[Issue]] = [*OPEN_COLUMNS, Column("Closed at", lambda one: one.closed_at)]
_CHOICES = {"show": queries.SHOWN, "side": list(Side), "severity": ("major", "minor", "observation")}
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
    actor, engagement = asked_engagement(request, engagement_id)
    wanted = queries.asked(request.GET.dict())
    found = queries.listed(actor, engagement, wanted, last_today(timezone.now()))
    if file := as_file(request, f"Issues {engagement.title}", _COLUMNS, found):
        return file
    tasks = queries.visible_tasks(actor).filter(engagement=engagement, done_at=None)
    context = {
        "engagement": engagement,
        "asked": wanted,
        "choices": _CHOICES,
        "page": Paginator(found, _A_PAGE).get_page(request.GET.get("page")),
        "tasks": with_changes(actor, tasks[:_A_PAGE]),
        "more_tasks": max(0, tasks.count() - _A_PAGE),
        "may_work": may_work(actor),
    }
    return render(request, "issues/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def raise_one(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Raise an issue."""
    actor, engagement = asked_engagement(request, engagement_id)
    now = timezone.now()
    form = forms.RaiseForm(request.POST or None, request.FILES or None, engagement=engagement, today=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            issue = actions.raise_with_file(
                by=actor, engagement=engagement, gap=form.gap, file=form.cleaned_data["file"], at=now
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{issue} is proposed; the {actor.side.other} answers next.")
            return redirect("issues:issue", engagement.pk, issue.number)
    return render(request, "issues/raise.html", {"engagement": engagement, "form": form, "may_work": may_work(actor)})


@require_GET
def issue(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """One issue: what is off, whose move it is, what was said and what is to be done."""
    actor, found = asked_issue(request, engagement_id, number)
    return show_issue(request, actor, found)


@require_POST
def step(request: HttpRequest, engagement_id: int, number: int, step: str) -> HttpResponse:
    """Take a step with an issue; what is wrong with it is said at its form."""
    actor, found = asked_issue(request, engagement_id, number)
    if step not in _STEPS:
        raise Http404
    act = partial(_STEPS[step], by=actor, issue=found, seen=seen_in(request), at=timezone.now())
    if step not in _REASONS:
        return done(request, act, back(request, found))
    form = forms.ReasonForm(request.POST, label=_REASONS[step], prefix=step)
    return formed(request, actor, found, step, form, lambda given: act(**given))


@require_POST
def change(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Change what an issue says."""
    actor, found = asked_issue(request, engagement_id, number)
    form = forms.WordsForm(request.POST, prefix="words", issue=found, names=queries.names_of_goals(found.engagement))

    def act(given: dict[str, Any]) -> object:
        words, rest = form.words, {name: given[name] for name in ("reason", "seen")}
        return actions.change_issue(by=actor, issue=found, words=words, at=timezone.now(), **rest)

    return formed(request, actor, found, "words", form, act)


@require_POST
def own(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say who owns an issue on the reader's side."""
    actor, found = asked_issue(request, engagement_id, number)
    form = forms.OwnerForm(request.POST, prefix="own", issue=found, actor=actor)

    def act(given: dict[str, Any]) -> object:
        return actions.own_issue(by=actor, issue=found, owner=number_of(given["owner"]), at=timezone.now())

    return formed(request, actor, found, "own", form, act)


@require_POST
def set_day(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Set another day by which an issue is mended."""
    actor, found = asked_issue(request, engagement_id, number)
    form = forms.DueForm(request.POST, prefix="day", issue=found, actor=actor)
    act = partial(actions.set_day, by=actor, issue=found, at=timezone.now())
    return formed(request, actor, found, "day", form, lambda given: act(**given))


@require_POST
def comment(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say something about an issue."""
    actor, found = asked_issue(request, engagement_id, number)
    form = forms.CommentForm(request.POST, request.FILES, prefix="comment")
    act = partial(actions.comment_on, by=actor, issue=found, at=timezone.now())
    return formed(request, actor, found, "comment", form, lambda given: act(**given))


@require_GET
def file(request: HttpRequest, engagement_id: int, number: int, comment_id: int) -> HttpResponseBase:
    """The file of a comment."""
    actor, found = asked_issue(request, engagement_id, number)
    said = get_object_or_404(queries.comments(actor, found).exclude(file=""), pk=comment_id)
    return download(said.file, said.file_name)


def seen_in(request: HttpRequest) -> int | None:
    """The turn of what was read when a form was sent, if it says so."""
    return number_of(request.POST.get("seen", ""))


def asked_engagement(request: HttpRequest, engagement_id: int) -> tuple[Person, Engagement]:
    """Who asks, and for which engagement; one that they may not see is missing."""
    actor = actor_of(request)
    return actor, get_object_or_404(visible_engagements(actor), pk=engagement_id)


def asked_issue(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Issue]:
    """Who asks, and for which issue; one that they may not see is missing."""
    actor = actor_of(request)
    return actor, get_object_or_404(queries.issues_of(actor, engagement_id), number=number)


def formed(
    request: HttpRequest,
    actor: Person,
    found: Issue,
    name: str,
    form: django_forms.Form,
    act: Callable[[dict[str, Any]], object],
) -> HttpResponse:
    """Do what a form on the page of an issue says; nothing that was written is lost."""
    return back(request, found) if tried(form, act) else show_issue(request, actor, found, {name: form})


def tried(form: django_forms.Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Whether what a form says was done; what is wrong with it is said there."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def done(request: HttpRequest, act: Callable[[], object], shown: HttpResponse) -> HttpResponse:
    """Do something and show how it stands then; a refusal is told on top of it."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return shown


def back(request: HttpRequest, found: Issue) -> HttpResponse:
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
            (one, filled.get(one) or (_reason_form(found, one) if one in _REASONS else None))
            for one in dict.fromkeys([*steps, *(name for name in filled if name in _REASONS)])
        ],
        "comments": queries.comments(actor, found),
        "tasks": with_changes(actor, queries.visible_tasks(actor).filter(issue=found)),
        "kpi": names.get(f"kpi:{found.kpi}"),
        "objective": names.get(f"objective:{found.objective}"),
        "may_work": may_work(actor),
    }
    forms_of_workers: dict[str, tuple[str, Callable[..., django_forms.Form]]] = {
        "wording": ("words", partial(forms.WordsForm, issue=found, names=names)),
        "owning": ("own", partial(forms.OwnerForm, issue=found, actor=actor)),
        "timing": ("day", partial(forms.DueForm, issue=found, actor=actor)),
        "commenting": ("comment", forms.CommentForm),
        "giving": ("task", partial(forms.TaskForm, engagement=found.engagement)),
    }
    for place, (name, make) in forms_of_workers.items():
        context[place] = filled.get(name) or (make(prefix=name) if may_work(actor) else None)
    return render(request, "issues/issue.html", context)


def _reason_form(issue: Issue, step: str) -> forms.ReasonForm:
    words = {"label": _REASONS[step], "prefix": step}
    return forms.ResolveForm(issue=issue, **words) if step == "resolve" else forms.ReasonForm(**words)
