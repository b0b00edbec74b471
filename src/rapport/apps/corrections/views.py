"""Pages about corrective actions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.corrections import actions, forms, queries
from rapport.apps.corrections.models import Cause, Correction
from rapport.apps.corrections.policy import may_change
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.issues.forms import ReasonForm, ResolveForm, TaskForm
from rapport.apps.issues.models import Issue
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import visible_issues
from rapport.apps.issues.views import done, formed, seen_in, tried
from rapport.domain.corrections import Part
from rapport.domain.issues import State as IssueState
from rapport.kit.addresses import number as number_of
from rapport.kit.uploads import download

_PERIODS = 6
"""How many of the latest periods say what is wrong."""
_WORDS: dict[str, dict[str, Any]] = {
    "contain": {
        "label": "How it does no further harm until its cause is gone",
        "help_text": "If there is nothing to contain, say why.",
    },
    "send_back": {"label": "What has to be better"},
    "close": {"label": "What shows that it worked", "is_required": False},
    "fail": {"label": "Where the gap shows again"},
}
"""The steps with words, and which."""
_DONE = "What was done"

Form = django_forms.Form


@require_GET
def show(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """The corrective action for an issue, top to bottom in the order of work."""
    actor, issue = _asked(request, engagement_id, number)
    return _page(request, actor, issue)


@require_GET
def summary(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """How far the corrective action is, in a line to stand on the issue's own page."""
    actor, issue = _asked(request, engagement_id, number)
    found = queries.correction_of(actor, issue)
    context = {
        "engagement": issue.engagement,
        "issue": issue,
        "seen": queries.seen_correction(actor, found) if found else None,
        "them": actor.side.other.value,
        "may_start": may_work(actor) and issue.state == IssueState.LISTED,
        "standings": queries.plan_standings(issue.engagement, [issue.kpi]),
    }
    return render(request, "corrections/summary.html", context)


@require_GET
def plans(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Which of the KPIs that are asked for fail, and whether in a plan, for the places that a page keeps for it."""
    engagement = get_object_or_404(visible_engagements(actor_of(request)), pk=engagement_id)
    standings = queries.plan_standings(engagement, request.GET.getlist("kpi"))
    return render(request, "corrections/plans.html", {"engagement": engagement, "standings": standings})


@require_POST
def start(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Begin a corrective action, or begin it anew."""
    actor, issue = _asked(request, engagement_id, number)
    return _done(request, issue, partial(actions.start_correction, by=actor, issue=issue, at=timezone.now()))


@require_POST
def contain(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say how the gap is contained."""
    return _worded(request, engagement_id, number, "contain", lambda words, **to: actions.contain(how=words, **to))


@require_POST
def add_cause(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Answer a "why?"."""
    actor, found = _asked_correction(request, engagement_id, number)
    form, above = forms.CauseForm(request.POST, request.FILES, prefix="cause"), request.POST.get("parent", "")
    parent = (number_of(above) or 0) if above else None
    act = partial(actions.add_cause, by=actor, correction=found, parent=parent, at=timezone.now())
    return _formed(request, actor, found, form, "add_cause", act)


@require_http_methods(["GET", "HEAD", "POST"])
def cause(request: HttpRequest, engagement_id: int, number: int, cause_id: int) -> HttpResponse:
    """Say a cause in other words, or take it away."""
    actor, found = _asked_correction(request, engagement_id, number)
    asked = _asked_cause(found, cause_id)
    given: dict[str, Any] = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
    form = forms.CauseForm(**given, initial={"text": asked.text, "evidence": asked.evidence})
    act = partial(actions.change_cause, by=actor, cause=asked, at=timezone.now())
    if request.method == "POST" and tried(form, lambda given: act(**given)):
        return _back(found.issue)
    rule = queries.rule_of(found)
    context = {
        "engagement": found.issue.engagement,
        "issue": found.issue,
        "cause": asked,
        "form": form,
        "is_ours": may_work(actor) and actor.side is rule.responsible and may_change(rule, Part.CAUSE),
    }
    return render(request, "corrections/cause.html", context)


@require_POST
def remove_cause(request: HttpRequest, engagement_id: int, number: int, cause_id: int) -> HttpResponse:
    """Take a cause away."""
    actor, found = _asked_correction(request, engagement_id, number)
    asked = _asked_cause(found, cause_id)
    return _done(request, found.issue, partial(actions.remove_cause, by=actor, cause=asked, at=timezone.now()))


@require_GET
def cause_file(request: HttpRequest, engagement_id: int, number: int, cause_id: int) -> HttpResponseBase:
    """The file that shows a cause, to be saved and never shown by the browser as a page of this site."""
    _, found = _asked_correction(request, engagement_id, number)
    asked = _asked_cause(found, cause_id)
    if not asked.file:
        raise Http404
    return download(asked.file, asked.file_name)


@require_POST
def propose_causes(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Lay the causes before the other side."""
    return _stepped(request, engagement_id, number, partial(actions.propose, part=Part.CAUSE))


@require_POST
def propose_plan(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Lay the plan before the other side."""
    return _stepped(request, engagement_id, number, partial(actions.propose, part=Part.PLAN))


@require_POST
def name_owner(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say who sees to it."""
    actor, found = _asked_correction(request, engagement_id, number)
    form = forms.OwnerForm(request.POST, prefix="owner", correction=found, actor=actor)
    act = partial(actions.name_owner, by=actor, correction=found, at=timezone.now())
    return _formed(request, actor, found, form, "name_owner", act)


@require_POST
def set_measure(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say by what the effect is seen."""
    actor, found = _asked_correction(request, engagement_id, number)
    form = forms.MeasureForm(request.POST, prefix="measure", correction=found)
    act = partial(actions.set_measure, by=actor, correction=found, at=timezone.now())
    return _formed(request, actor, found, form, "set_measure", act)


@require_POST
def add_target(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Set an interim target."""
    actor, found = _asked_correction(request, engagement_id, number)
    form = forms.TargetForm(request.POST, prefix="target")
    act = partial(actions.add_target, by=actor, correction=found, at=timezone.now())
    return _formed(request, actor, found, form, "add_target", act)


@require_POST
def remove_target(request: HttpRequest, engagement_id: int, number: int, target_id: int) -> HttpResponse:
    """Take an interim target away."""
    actor, found = _asked_correction(request, engagement_id, number)
    target = get_object_or_404(found.targets.all(), pk=target_id)
    return _done(request, found.issue, partial(actions.remove_target, by=actor, target=target, at=timezone.now()))


@require_POST
def accept(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Agree to what was proposed and read."""
    seen = seen_in(request)
    return _stepped(request, engagement_id, number, partial(actions.accept, seen=-1 if seen is None else seen))


@require_POST
def send_back(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Return what was proposed."""
    return _worded(
        request, engagement_id, number, "send_back", lambda words, **to: actions.send_back(reason=words, **to)
    )


@require_POST
def claim(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say that everything is done."""
    return _stepped(request, engagement_id, number, actions.claim)


@require_POST
def close(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """End it, because it worked."""
    return _worded(request, engagement_id, number, "close", lambda words, **to: actions.close(note=words, **to))


@require_POST
def fail(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Begin it anew, because it did not work."""
    return _worded(request, engagement_id, number, "fail", lambda words, **to: actions.fail(reason=words, **to))


@require_POST
def resolve(request: HttpRequest, engagement_id: int, number: int) -> HttpResponse:
    """Say that the issue is mended, if its corrective action is not open."""
    actor, issue = _asked(request, engagement_id, number)
    form = ResolveForm(request.POST, label=_DONE, prefix="resolve", issue=issue)

    def act(given: dict[str, Any]) -> object:
        why = given.get("why_no_correction", "")
        return actions.resolve(
            by=actor, issue=issue, what=given["reason"], why_no_correction=why, seen=seen_in(request), at=timezone.now()
        )

    return formed(request, actor, issue, "resolve", form, act)


def _asked(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Issue]:
    actor = actor_of(request)
    return actor, get_object_or_404(visible_issues(actor), engagement=engagement_id, number=number)


def _asked_correction(request: HttpRequest, engagement_id: int, number: int) -> tuple[Person, Correction]:
    actor, found = actor_of(request), queries.visible_corrections(actor_of(request))
    return actor, get_object_or_404(found, issue__engagement=engagement_id, issue__number=number)


def _asked_cause(correction: Correction, cause_id: int) -> Cause:
    return get_object_or_404(correction.causes.select_related("correction__issue__engagement"), pk=cause_id)


def _stepped(request: HttpRequest, engagement_id: int, number: int, act: Callable[..., object]) -> HttpResponse:
    """Take a step that is one button."""
    actor, found = _asked_correction(request, engagement_id, number)
    return _done(request, found.issue, partial(act, by=actor, correction=found, at=timezone.now()))


def _worded(
    request: HttpRequest, engagement_id: int, number: int, name: str, act: Callable[..., object]
) -> HttpResponse:
    """Take a step with words; what is wrong with it is said at its form."""
    actor, found = _asked_correction(request, engagement_id, number)
    form = forms.WordsForm(request.POST, prefix=name, **_WORDS[name])
    return _formed(request, actor, found, form, name, partial(act, by=actor, correction=found, at=timezone.now()))


def _formed(
    request: HttpRequest, actor: Person, found: Correction, form: Form, name: str, act: Callable[..., object]
) -> HttpResponse:
    """Do what a form says; what is wrong with it is said there."""
    if tried(form, lambda given: act(**given)):
        return _back(found.issue)
    return _page(request, actor, found.issue, {name: form})


def _done(request: HttpRequest, issue: Issue, act: Callable[[], object]) -> HttpResponse:
    """Do something and show how it stands then."""
    return done(request, act, _back(issue))


def _back(issue: Issue) -> HttpResponse:
    return redirect("corrections:show", issue.engagement_id, issue.number)


def _page(request: HttpRequest, actor: Person, issue: Issue, filled: dict[str, Form] | None = None) -> HttpResponse:
    found = queries.correction_of(actor, issue)
    context: dict[str, Any] = {
        "engagement": issue.engagement,
        "issue": issue,
        "them": actor.side.other.value,
        "may_work": may_work(actor),
        "may_start": may_work(actor) and issue.state == IssueState.LISTED,
    }
    if found:
        seen = queries.seen_correction(actor, found)
        context |= {
            "seen": seen,
            "correction": found,
            "round_words": f"Round {found.round}",
            "forms": _forms(actor, seen, filled or {}),
        }
        asked = number_of(request.POST.get("parent") or request.GET.get("why", ""))
        if seen.has_cause(asked) and (form := context["forms"].get("add_cause")):
            context["why"] = asked
            form.fields["text"].widget.attrs["data-focus"] = True
    shown = found and issue.kpi == found.kpi
    if kpi := context["seen"].effect.found if shown else queries.gap_of(issue):
        context |= {"kpi": kpi, "latest": [kpi.shown(one) for one in kpi.complete[-_PERIODS:]]}
        context["standings"] = queries.plan_standings(issue.engagement, [kpi.kpi.id])
    return render(request, "corrections/show.html", context)


def _forms(actor: Person, seen: queries.Seen, filled: dict[str, Form]) -> dict[str, Form]:
    """The forms of what the reader can do, and those that were filled in with what is wrong with them."""
    correction = seen.correction
    made: dict[str, Callable[[], Form]] = {
        **{name: partial(forms.WordsForm, prefix=name, **words) for name, words in _words_for(seen).items()},
        "add_cause": partial(forms.CauseForm, prefix="cause"),
        "name_owner": partial(forms.OwnerForm, prefix="owner", correction=correction, actor=actor),
        "set_measure": partial(forms.MeasureForm, prefix="measure", correction=correction),
        "add_target": partial(forms.TargetForm, prefix="target"),
        "resolve": partial(ReasonForm, prefix="resolve", label=_DONE),
        "give_task": partial(TaskForm, prefix="task", engagement=correction.issue.engagement),
    }
    return {name: make() for name, make in made.items() if name in seen.options} | filled


def _words_for(seen: queries.Seen) -> dict[str, dict[str, Any]]:
    """What is asked for with each step; where no KPI shows the effect, the words do."""
    return _WORDS | {"close": _WORDS["close"] | {"is_required": seen.effect.is_by_word}}
