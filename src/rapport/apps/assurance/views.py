"""Pages about both sides' figures: stated, verified, disputed, settled."""

from collections.abc import Callable
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
from rapport.apps.assurance import actions, forms, policy
from rapport.apps.assurance.models import Line
from rapport.apps.assurance.queries import books, seen
from rapport.apps.assurance.queries.books import Books, Measure
from rapport.apps.assurance.queries.values import value_of
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import version_in_force, visible_engagements
from rapport.apps.kpis.queries import is_set_aside
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.domain.settlement import State, window_words
from rapport.kit.addresses import number
from rapport.kit.exports import Column, as_file
from rapport.kit.uploads import download

_CLOSED_A_PAGE = 50
_FIGURES = 12
_LINE_COLUMNS: list[Column[seen.Seen]] = [
    Column("KPI", lambda line: line.name),
    Column("Unit", lambda line: line.unit),
    Column("Period", lambda line: line.period),
    Column("Ours", lambda line: line.ours),
    Column("Theirs", lambda line: line.theirs),
    Column("Difference", lambda line: line.difference),
    Column("Grade", lambda line: line.grade),
    Column("Computed", lambda line: line.computed),
    Column("State", lambda line: line.words),
    Column("Stands", lambda line: line.agreed),
    Column("Move", lambda line: line.move),
    Column("Due at", lambda line: line.due_at),
]


@require_GET
def settle(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The periods that wait, by deadline: whose move it is, and where the figures differ; or those that are over."""
    actor, engagement, kept = _asked(request, engagement_id)
    is_closed = request.GET.get("show") == "closed"
    closed, periods = seen.closed(actor, kept), seen.by_period(actor, kept)
    lines = closed if is_closed else [line for period in periods for line in period.lines]
    if file := as_file(request, f"Figures {engagement.title}", _LINE_COLUMNS, lines):
        return file
    context = {
        "engagement": engagement,
        "version": version_in_force(engagement),
        "is_closed": is_closed,
        "closed_count": len(closed),
        "page": Paginator(closed, _CLOSED_A_PAGE).get_page(request.GET.get("page")),
        "periods": periods,
        "may_speak": policy.may_speak(actor),
        "days": kept.window.days,
        "window": window_words(kept.window),
        "keeps_earlier": kept.keeps_earlier,
        **_sides(actor),
    }
    return render(request, "assurance/settle.html", context)


@require_http_methods(["GET", "POST"])
def state(request: HttpRequest, engagement_id: int, period: str) -> HttpResponse:
    """State the partner's figures of one period, all in one form."""
    actor, engagement, kept = _asked(request, engagement_id)
    lines = books.to_state(kept, period)
    if actor.side is not Side.PARTNER or not policy.may_speak(actor) or not lines:
        raise Http404
    form = forms.FiguresForm(request.POST or None, kept=kept, lines=lines)
    if request.method == "POST" and form.is_valid():
        try:
            stated = actions.report_figures(by=actor, figures=form.figures(), at=kept.at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _stated_words(stated, period))
            return redirect("assurance:settle", engagement.pk)
    last_day = seen.seen(actor, kept, lines[0]).last_day
    context = {"engagement": engagement, "period": period, "form": form, "last_day": last_day}
    return render(request, "assurance/state.html", context)


@require_POST
def confirm(request: HttpRequest, engagement_id: int, period: str) -> HttpResponse:
    """Verify a period's figures with the values computed from the records, with one button."""
    actor, engagement, kept = _asked(request, engagement_id)
    try:
        lines = actions.confirm_computed(by=actor, engagement=engagement, period=period, at=kept.at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _confirmed_words(lines, period))
    return redirect("assurance:settle", engagement.pk)


@require_GET
def line(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """One KPI in one period: both figures, what was said, and what can be done."""
    actor, _, kept = _asked(request, engagement_id)
    return _line_page(request, actor, kept, books.asked_line(kept, kpi, period))


@require_POST
def report(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """State the partner's figure."""
    return _spoken(request, engagement_id, kpi, period, "report", actions.report_figure)


@require_POST
def verify(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """State the client's figure."""
    return _spoken(request, engagement_id, kpi, period, "verify", actions.verify_figure)


@require_POST
def dispute(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """Contest the other side's figure."""
    return _spoken(request, engagement_id, kpi, period, "dispute", actions.dispute_figure)


@require_POST
def offer(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """Offer a value to settle on."""
    return _spoken(request, engagement_id, kpi, period, "offer", actions.make_offer)


@require_POST
def accept(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """Settle on what the other side has offered, or where no offer is named on the figure it stated."""
    actor, engagement, kept = _asked(request, engagement_id)
    asked, chosen = books.asked_line(kept, kpi, period), request.POST.get("offer", "")
    try:
        if chosen:
            actions.accept_offer(by=actor, line=asked, offer=number(chosen) or 0, at=kept.at)
        else:
            actions.accept_figure(by=actor, line=asked, at=kept.at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is settled, and the value counts for the result.")
    return redirect("assurance:line", engagement.pk, kpi, period)


@require_GET
def evidence(request: HttpRequest, engagement_id: int, kpi: str, period: str, statement_id: int) -> HttpResponseBase:
    """The file behind a statement, to be saved and never shown by the browser as a page of this site."""
    actor, _, kept = _asked(request, engagement_id)
    found = seen.statement(actor, kept, books.asked_line(kept, kpi, period), statement_id)
    if found is None or not found.evidence:
        raise Http404
    return download(found.evidence, found.evidence_name)


@require_GET
def figures(request: HttpRequest, engagement_id: int, kpi: str) -> HttpResponse:
    """A KPI's figures of both sides by period, to stand on the KPI's own page."""
    actor, engagement, kept = _asked(request, engagement_id)
    lines = seen.figures_of(actor, kept, kpi)
    if not lines and kpi not in kept.measures:
        raise Http404
    context = {"engagement": engagement, "lines": lines[:_FIGURES], "more": len(lines) - _FIGURES, **_sides(actor)}
    return render(request, "assurance/figures.html", context)


def _asked(request: HttpRequest, engagement_id: int) -> tuple[Person, Engagement, Books]:
    """Who asks, about which engagement, and its lines now; what is over by now is closed first."""
    actor, now = actor_of(request), timezone.now()
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    return actor, engagement, actions.open_books(engagement=engagement, at=now)


def _spoken(
    request: HttpRequest, engagement_id: int, kpi: str, period: str, kind: str, act: Callable[..., object]
) -> HttpResponse:
    """Say something about a line as its form has it; what is wrong with it is said at the form."""
    actor, engagement, kept = _asked(request, engagement_id)
    asked = books.asked_line(kept, kpi, period)
    form = _form(kind, kept.measure(asked), request)
    if form.is_valid():
        try:
            act(by=actor, line=asked, at=kept.at, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("assurance:line", engagement.pk, kpi, period)
    return _line_page(request, actor, kept, asked, {kind: form})


def _form(kind: str, measure: Measure, request: HttpRequest | None = None, value: str = "") -> django_forms.Form:
    given: dict[str, Any] = {"prefix": kind, "initial": {"value": value}}
    if request is not None:
        given |= {"data": request.POST, "files": request.FILES}
    match kind:
        case "dispute":
            return forms.DisputeForm(**given)
        case "offer":
            return forms.OfferForm(measure=measure, **given)
        case _:
            return forms.FigureForm(measure=measure, **given)


def _line_page(
    request: HttpRequest, actor: Person, kept: Books, asked: Line, filled: dict[str, django_forms.Form] | None = None
) -> HttpResponse:
    measure, view, filled = kept.measure(asked), seen.seen(actor, kept, asked), filled or {}
    options = seen.options(actor, kept, asked)
    known = (view.texts["ours"] or view.texts["computed"] or "").replace(",", "")
    values = {"report": known, "verify": known}
    context = {
        "engagement": kept.engagement,
        "line": view,
        "said": seen.said(actor, kept, asked),
        "offered": seen.offer_to(actor, asked) if "accept" in options else None,
        "may_concede": "concede" in options,
        "offered_value": _offered(actor, measure, asked),
        "forms": {
            kind: filled.get(kind) or _form(kind, measure, value=values.get(kind, ""))
            for kind in ("report", "verify", "dispute", "offer")
            if kind in options or kind in filled
        },
        "is_set_aside": view.state.is_closed and is_set_aside(kept.engagement, asked.kpi, asked.period),
        "tolerance": measure.text(books.as_rule(asked).tolerance or None),
        "may_speak": policy.may_speak(actor),
        **_sides(actor),
    }
    return render(request, "assurance/line.html", context)


def _offered(actor: Person, measure: Measure, asked: Line) -> str | None:
    made = seen.offer_to(actor, asked)
    return measure.text(value_of(made.value)) if made else None


def _sides(actor: Person) -> dict[str, str]:
    return {"us": actor.side.value, "them": actor.side.other.value}


def _stated_words(lines: list[Line], period: str) -> str:
    if not lines:
        return "Nothing new was stated."
    return (
        f"{len(lines)} figure{'s' * (len(lines) != 1)} of {period} stated. The client sees them when it has verified."
    )


def _confirmed_words(lines: list[Line], period: str) -> str:
    agreed = sum(State(line.state) is State.AGREED for line in lines)
    apart = sum(State(line.state) is State.DIFFERING for line in lines)
    return f"{len(lines)} of {period} verified with the computed values: {agreed} agree, {apart} differ."
