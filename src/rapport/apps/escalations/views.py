"""Pages about escalations: the ladder of an issue, those of an engagement, and who is away when."""

from collections.abc import Callable, Mapping
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
from rapport.apps.engagements.queries import version_in_force, visible_engagements
from rapport.apps.escalations import actions, forms, policy, queries
from rapport.apps.escalations.models import Escalation
from rapport.apps.escalations.queries import Shown
from rapport.apps.escalations.queries.shown import TONES, WORDS
from rapport.apps.issues.models import Issue
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import visible_issues
from rapport.domain.adherence import Adherence
from rapport.domain.calendars import last_today
from rapport.domain.escalations import State
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit.exports import Column, as_file

_A_PAGE = 50
_FORMS: Mapping[str, type[django_forms.Form]] = {
    "answer": forms.AnswerForm,
    "accept": forms.AcceptForm,
    "reject": forms.ReasonForm,
    "step_down": forms.ReasonForm,
    "end": forms.ReasonForm,
}
"""The steps with an escalation in the order in which a page offers them."""
_NEXT = ("answer", "accept", "reject")
"""The steps that bring the matter on; the others are offered below the ladder."""
_COLUMNS: list[Column[Escalation]] = [
    Column("Issue", lambda one: one.issue.number),
    Column("Title", lambda one: one.issue.title),
    Column("Raised by", lambda one: one.raised_by),
    Column("State", lambda one: WORDS[State(one.state)]),
    Column("Level", lambda one: _level(one)),
    Column("Started", lambda one: one.started_at),
    Column("Due", lambda one: one.due_at if one.state == State.WAITING else None),
    Column("Ended", lambda one: one.ended_at),
    Column("Why it ended", lambda one: one.ended_because),
]


@require_GET
def show(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """The ladder of an issue: who has the ball since when and until when, what was answered, the form that is next."""
    return _page(request, *_asked(request, engagement_id, number))


@require_GET
def summary(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Where the escalation of an issue stands, as a part of the issue's own page."""
    actor, issue = _asked(request, engagement_id, number)
    latest = queries.latest_of(actor, issue)
    view = queries.shown(actor, latest, timezone.now()) if latest else None
    context = {
        "engagement": issue.engagement,
        "issue": issue,
        "shown": view,
        "words": WORDS[view.state] if view else "",
        "tone": TONES[view.state] if view else "",
        "may_start": _may_start(actor, issue, latest),
    }
    return render(request, "escalations/summary.html", context)


@require_GET
def list_escalations(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The escalations of an engagement, and whether each side kept to the procedure."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    found = queries.escalations_of(actor, engagement)
    if file := as_file(request, f"Escalations {engagement.title}", _COLUMNS, found):
        return file
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    rows = [
        {"one": one, "words": WORDS[State(one.state)], "tone": TONES[State(one.state)], "level": _level(one)}
        for one in page
    ]
    conduct = _conduct(queries.adherence_of(engagement, timezone.now()))
    context = {"engagement": engagement, "page": page, "rows": rows, "conduct": conduct}
    return render(request, "escalations/list.html", context)


@require_POST
def start(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Let an issue climb."""
    actor, issue = _asked(request, engagement_id, number)
    form = forms.StartForm(request.POST)
    return _done(request, actor, issue, "start", form, partial(actions.start_escalation, issue=issue))


@require_POST
def answer(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Answer for the side that is asked."""
    return _stepped(request, engagement_id, number, "answer", actions.answer)


@require_POST
def accept(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Take the answer as what settles the matter."""
    return _stepped(request, engagement_id, number, "accept", actions.accept)


@require_POST
def reject(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Have the next level asked."""
    return _stepped(request, engagement_id, number, "reject", actions.reject)


@require_POST
def step_down(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Put the matter one level lower."""
    return _stepped(request, engagement_id, number, "step_down", actions.step_down)


@require_POST
def end(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Withdraw the escalation."""
    return _stepped(request, engagement_id, number, "end", actions.end_escalation)


@require_http_methods(["GET", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """When the reader is away, and who acts for them."""
    return _absences_page(request, actor_of(request))


@require_http_methods(["GET", "POST"])
def absences_of(request: HttpRequest, person_id: int) -> HttpResponse:
    """When somebody is away whose absences the reader enters, and who acts for them."""
    found = queries.people_who_may_be_away(actor_of(request))
    return _absences_page(request, get_object_or_404(found, pk=person_id))


@require_POST
def stop_absence(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Take an absence back that the reader may enter."""
    actor = actor_of(request)
    absence = get_object_or_404(queries.absences(actor), pk=absence_id)
    try:
        actions.stop_absence(by=actor, absence=absence, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        whom = "you" if absence.person == actor else absence.person.name
        messages.success(request, f"The absence is taken back; what is asked from now on goes to {whom}.")
    return _to_absences(actor, absence.person)


def _absences_page(request: HttpRequest, person: Person) -> HttpResponse:
    """The absences of somebody, with a form for another one."""
    actor, now = actor_of(request), timezone.now()
    form = forms.AbsenceForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data | {"deputy": getattr(form.cleaned_data["deputy"], "pk", None)}
        try:
            actions.add_absence(by=actor, person=person, **said, at=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "It is noted. What is asked on these days goes to whoever acts meanwhile.")
            return _to_absences(actor, person)
    found = queries.absences(actor).filter(person=person, last_on__gte=last_today(now))
    context = {"form": form, "absences": found, "person": person, "is_self": person == actor}
    return render(request, "escalations/absences.html", context)


def _to_absences(actor: Person, person: Person) -> HttpResponse:
    if person == actor:
        return redirect("escalations:absences")
    return redirect("escalations:absences_of", person.pk)


def _asked(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Issue]:
    """Who asks, and about which issue."""
    actor = actor_of(request)
    return actor, get_object_or_404(visible_issues(actor), engagement=engagement_id, number=number)


def _stepped(
    request: HttpRequest, engagement_id: int, number: int, kind: str, act: Callable[..., object]
) -> HttpResponse:
    """Take a step with the escalation of an issue as its form has it."""
    actor, issue = _asked(request, engagement_id, number)
    if (latest := queries.latest_of(actor, issue)) is None:
        raise Http404
    return _done(request, actor, issue, kind, _FORMS[kind](request.POST, prefix=kind), partial(act, escalation=latest))


def _done(
    request: HttpRequest, actor: Person, issue: Issue, kind: str, form: django_forms.Form, act: Callable[..., object]
) -> HttpResponse:
    """Do what a form says; what is wrong with it is said at the form, on the page as it then is."""
    if form.is_valid():
        try:
            act(by=actor, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("escalations:show", issue.engagement_id, issue.number)
    return _page(request, actor, issue, {kind: form})


def _page(
    request: HttpRequest, actor: Person, issue: Issue, filled: dict[str, django_forms.Form] | None = None
) -> HttpResponse:
    now, filled, latest = timezone.now(), filled or {}, queries.latest_of(actor, issue)
    may_start = _may_start(actor, issue, latest)
    has_start = may_start or "start" in filled
    plan = queries.plan_for(issue, version_in_force(issue.engagement)) if has_start else None
    view = queries.shown(actor, latest, now) if latest else None
    context = {
        "engagement": issue.engagement,
        "issue": issue,
        "shown": view,
        "words": WORDS[view.state] if view else "",
        "tone": TONES[view.state] if view else "",
        "earlier": queries.earlier_of(actor, issue, latest) if latest else (),
        "conduct": _conduct(queries.adherence_in([latest], now)) if latest else (),
        "may_start": may_start,
        "may_work": may_work(actor),
        "plan": plan,
        "start": filled.get("start") or forms.StartForm() if has_start else None,
        "forms": _step_forms(view, filled) if view else {},
        "next": _NEXT,
    }
    return render(request, "escalations/show.html", context)


def _step_forms(view: Shown, filled: dict[str, django_forms.Form]) -> dict[str, django_forms.Form]:
    """The forms of the steps that the reader can take, and those that were filled in and refused."""
    turn = view.escalation.turn
    for kind, form in filled.items():
        form.data = {**form.data, f"{kind}-turn": turn}  # the page shows what was not read before
    return {
        kind: filled.get(kind) or made(prefix=kind, initial={"turn": turn})
        for kind, made in _FORMS.items()
        if kind in view.options or kind in filled
    }


def _may_start(actor: Person, issue: Issue, latest: Escalation | None) -> bool:
    is_free = latest is None or latest.state == State.ENDED
    return is_free and may_work(actor) and policy.may_climb(issue)


def _conduct(found: Adherence) -> list[dict[str, Any]]:
    """How each side kept to the procedure, as rows of a table; a side that owed nothing yet has none."""
    rows = [(side, found.client if side is Side.CLIENT else found.partner) for side in Side]
    return [
        {"side": side, "of": conduct, "share": _percent(conduct.share_kept)} for side, conduct in rows if conduct.asked
    ]


def _percent(share: Any) -> str | None:
    return None if share is None else f"{float(share * 100):.0f}"


def _level(escalation: Escalation) -> str:
    return str(escalation.ladder["rungs"][escalation.level][0])
