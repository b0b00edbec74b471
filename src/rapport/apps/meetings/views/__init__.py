"""Pages about meetings and reports: what is coming, an agenda, minutes, a report, and the calendar of it all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.engagements.queries import version_in_force, visible_engagements
from rapport.apps.issues.policy import may_work
from rapport.apps.meetings import actions, forms, queries
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.meetings.policy import may_allow_links
from rapport.domain.meetings import State
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit.exports import Column, as_file
from rapport.kit.icalendar import calendar

_A_PAGE = 20
_SOON = 8
_NEW_LINK = "new_calendar_link"
_MEETING_COLUMNS: list[Column[Meeting]] = [
    Column("Meeting", lambda one: one.name),
    Column("Planned on", lambda one: one.planned_on),
    Column("Hours", lambda one: one.hours),
    Column("Time zone", lambda one: one.zone if one.hours else ""),
    Column("Held on", lambda one: one.held_on),
    Column("State", lambda one: one.state),
    Column("Where", lambda one: one.channel),
    Column("Reason", lambda one: one.reason),
]
_REPORT_COLUMNS: list[Column[Report]] = [
    Column("Report", lambda one: one.name),
    Column("Owed by", lambda one: one.owed_by),
    Column("Due on", lambda one: one.due_on),
    Column("State", lambda one: one.state),
    Column("Was late", lambda one: one.was_late),
    Column("Received on", lambda one: one.received_on),
]
Filled = Mapping[str, django_forms.Form]
"""Forms as somebody filled them in, by what they are for."""


@require_GET
def overview(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """When the two companies meet and what they report: what is coming, and what became of what has passed."""
    actor, today = actor_of(request), timezone.localdate()
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    coming, past = queries.coming_meetings(actor, engagement), queries.past_meetings(actor, engagement)
    owed, received = queries.owed_reports(actor, engagement), queries.received_reports(actor, engagement)
    if file := (
        as_file(request, f"Meetings {engagement.title}", _MEETING_COLUMNS, chain(coming, past), "meetings")
        or as_file(request, f"Reports {engagement.title}", _REPORT_COLUMNS, chain(owed, received), "reports")
    ):
        return file
    coming_ones, owed_ones = list(coming), list(owed)
    context = {
        "engagement": engagement,
        "version": version_in_force(engagement),
        "coming": coming_ones[:_SOON],
        "more_coming": len(coming_ones) - _SOON,
        "next_meeting": next((one for one in coming_ones if one.planned_on >= today), None),
        "past": Paginator(past, _A_PAGE).get_page(request.GET.get("page")),
        "owed": owed_ones[:_SOON],
        "more_owed": len(owed_ones) - _SOON,
        "next_report": next((one for one in owed_ones if queries.may_hand_in(actor, one)), None),
        "are_links_allowed": queries.are_links_allowed(engagement),
        "may_allow_links": may_allow_links(actor),
        "received": Paginator(received, _A_PAGE).get_page(request.GET.get("reports")),
    }
    return render(request, "meetings/overview.html", context)


@require_GET
def meeting(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """One meeting: its agenda before, what was said and decided during, and after it the minutes to agree."""
    actor, found, now = _asked(request, engagement_id, meeting_id)
    return _meeting_page(request, actor, found, now)


@require_POST
def add_point(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """Put something on the agenda."""
    return _filled_in(request, engagement_id, meeting_id, "point", actions.add_point)


@require_POST
def move(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """Plan a meeting on another day or at another time."""
    return _filled_in(request, engagement_id, meeting_id, "move", actions.move_meeting)


@require_POST
def cancel(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """Call a meeting off."""
    return _filled_in(request, engagement_id, meeting_id, "cancel", actions.cancel_meeting)


@require_POST
def hold(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """Put a meeting on record."""
    return _filled_in(request, engagement_id, meeting_id, "hold", actions.hold_meeting)


@require_POST
def write_draft(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """Write down what came up; with the other button, show the minutes to the other side as well."""
    act = partial(actions.write_draft, is_proposed=request.POST.get("then") == "propose")
    return _filled_in(request, engagement_id, meeting_id, "draft", act)


@require_POST
def agree(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """Agree to the minutes that were read."""
    actor, found, now = _asked(request, engagement_id, meeting_id)
    digest = request.POST.get("digest", "")
    return _done(request, found, lambda: actions.agree_to_minutes(by=actor, meeting=found, digest=digest, at=now))


@require_POST
def send_back(request: HttpRequest, engagement_id: int, meeting_id: int) -> HttpResponse:
    """Send the minutes back."""
    return _filled_in(request, engagement_id, meeting_id, "back", actions.send_minutes_back)


@require_GET
def report(request: HttpRequest, engagement_id: int, report_id: int) -> HttpResponse:
    """One report: its questions for the side that owes it, and what it says for both."""
    actor, found = asked_report(request, engagement_id, report_id)
    return _report_page(request, actor, found)


@require_POST
def hand_in(request: HttpRequest, engagement_id: int, report_id: int) -> HttpResponse:
    """Hand a report in."""
    actor, found = asked_report(request, engagement_id, report_id)
    form = forms.ReportForm(request.POST, owed_by=Side(found.owed_by), prefix="report")
    return reported(request, actor, found, "report", form, lambda: actions.hand_in_report(
        by=actor, report=found, answers=form.cleaned_data, at=timezone.now()
    ))  # fmt: skip


@require_POST
def send_report_back(request: HttpRequest, engagement_id: int, report_id: int) -> HttpResponse:
    """Send a report back."""
    actor, found = asked_report(request, engagement_id, report_id)
    form = forms.ReasonForm(request.POST, prefix="back")
    return reported(request, actor, found, "back", form, lambda: actions.send_report_back(
        by=actor, report=found, reason=form.cleaned_data["reason"], at=timezone.now()
    ))  # fmt: skip


@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def feed_page(request: HttpRequest) -> HttpResponse:
    """The address of the reader's own calendar, which is shown once, and a button that makes a new one."""
    actor = actor_of(request)
    if request.method == "POST":
        try:
            secret = actions.make_feed(by=actor, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            request.session[_NEW_LINK] = request.build_absolute_uri(reverse("meetings:feed", args=[secret]))
        return redirect("meetings:feed_page")
    context = {"feed": queries.feed_of(actor), "new": request.session.pop(_NEW_LINK, None)}
    return render(request, "meetings/feed.html", context)


@require_POST
def revoke_feed(request: HttpRequest) -> HttpResponse:
    """End the address of the reader's own calendar."""
    try:
        actions.revoke_feed(by=actor_of(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("meetings:feed_page")


@login_not_required
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:  # noqa: ARG001 - Django calls it so
    """A person's calendar for programs that show one; whoever has the address reads it, so it can be revoked."""
    reader = queries.reader_of(secret)
    if reader is None:
        raise Http404
    now = timezone.now()
    name = f"{reader.organisation.name}: meetings and reports"
    content = calendar(name, queries.events_of(reader, now.date()), now)
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


def _asked(request: HttpRequest, engagement_id: int, meeting_id: int) -> tuple[Person, Meeting, datetime]:
    """Who asks, about which meeting, and when."""
    actor = actor_of(request)
    theirs = queries.visible_meetings(actor).filter(engagement_id=engagement_id)
    return actor, get_object_or_404(theirs, pk=meeting_id), timezone.now()


def asked_report(request: HttpRequest, engagement_id: int, report_id: int) -> tuple[Person, Report]:
    """Who asks, and about which report."""
    actor = actor_of(request)
    theirs = queries.visible_reports(actor).filter(engagement_id=engagement_id)
    return actor, get_object_or_404(theirs, pk=report_id)


def _filled_in(
    request: HttpRequest, engagement_id: int, meeting_id: int, kind: str, act: Callable[..., object]
) -> HttpResponse:
    """Do with a meeting what a form says; what is wrong with it is said at the form."""
    actor, found, now = _asked(request, engagement_id, meeting_id)
    form = _form(kind, found, request.POST)
    if form.is_valid():
        try:
            act(by=actor, meeting=found, at=now, **_words(form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("meetings:meeting", engagement_id, found.pk)
    actor, current, now = _asked(request, engagement_id, meeting_id)
    return _meeting_page(request, actor, current, now, {kind: form})


def _words(form: django_forms.Form) -> dict[str, Any]:
    """What a form says, as actions take it."""
    match form:
        case forms.HoldForm():
            return {"on": form.cleaned_data["on"], "present": form.present()}
        case forms.DraftForm():
            return form.said()
        case _:
            return form.cleaned_data


def _form(kind: str, found: Meeting, data: Any = None, **initial: Any) -> django_forms.Form:
    given: dict[str, Any] = {"data": data, "prefix": kind, "initial": initial}
    match kind:
        case "point":
            return forms.PointForm(**given)
        case "move":
            return forms.MoveForm(meeting=found, **given)
        case "hold":
            return forms.HoldForm(meeting=found, **given)
        case "draft":
            return forms.DraftForm(meeting=found, **given)
        case _:
            return forms.ReasonForm(**given)


def _done(request: HttpRequest, found: Meeting, act: Callable[[], object]) -> HttpResponse:
    """Do one thing with a meeting and go back to it, with the reason where it was refused."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("meetings:meeting", found.engagement_id, found.pk)


def _meeting_page(
    request: HttpRequest, actor: Person, found: Meeting, now: datetime, filled: Filled | None = None
) -> HttpResponse:
    options = queries.options(actor, found)
    there = queries.attendances(found) if found.held_on else {}
    context = {
        "engagement": found.engagement,
        "meeting": found,
        "minutes": getattr(found, "minutes", None),
        "options": options,
        "agenda": queries.by_heading(queries.agenda_shown(found, now)),
        "last_held": queries.last_held(found),
        "following": queries.next_of_series(found),
        "mailed_to": queries.mailed_to(found) if found.state == State.PLANNED else (),
        "expected": [(Side(side), names) for side, names in sorted(found.expected.items()) if names],
        "attendances": list(there.items()),
        "decisions": queries.decisions_of(found) if found.held_on else (),
        "given": queries.actions_of(found) if found.held_on else (),
        "forms": _forms_of(found, options, now, filled or {}),
        "them": actor.side.other.value,
        "may_work": may_work(actor),
    }
    return render(request, "meetings/meeting.html", context)


def _forms_of(found: Meeting, options: queries.Options, now: datetime, filled: Filled) -> dict[str, django_forms.Form]:
    """The forms of what can be done with a meeting now; one that was filled in stays as it is, with its mistakes."""
    kinds = {
        "point": options.may_add_points, "hold": options.may_hold, "move": options.may_change_day,
        "cancel": options.may_change_day, "draft": options.may_write, "back": options.may_answer,
    }  # fmt: skip
    wanted = [kind for kind, may in kinds.items() if may or kind in filled]
    if draft := filled.get("draft"):
        reread(draft, "draft-turn", found.minutes.turn)
    if move := filled.get("move"):
        reread(move, "move-seen", found.turn)
    return {kind: filled.get(kind) or _form(kind, found, **_initial(kind, found, now)) for kind in wanted}


def reread(form: django_forms.Form, name: str, turn: int) -> None:
    """Let a form that was filled in say that the page was read as it is now, since it is shown with it."""
    read = QueryDict(mutable=True)
    read.update(form.data)
    read[name] = str(turn)
    form.data = read


def _initial(kind: str, found: Meeting, now: datetime) -> dict[str, Any]:
    """What a form starts with."""
    match kind:
        case "hold":
            likely = queries.likely_present(found)
            return {"on": min(found.planned_on, found.local(now).date()), "client": likely, "partner": likely}
        case "draft":
            return {"turn": found.minutes.turn, "text": found.minutes.text, **_present(found)}
        case _:
            return {}


def _present(found: Meeting) -> dict[str, Any]:
    """Who was there, as a form has it."""
    given: dict[str, Any] = {}
    for side, there in queries.attendances(found).items():
        given[side.value] = [one.person_id for one in there if one.person_id]
        given[f"{side.value}_others"] = ", ".join(one.name for one in there if not one.person_id)
    return given


def reported(
    request: HttpRequest, actor: Person, found: Report, kind: str, form: django_forms.Form, act: Callable[[], object]
) -> HttpResponse:
    """Do one thing with a report as its form says; what is wrong with it is said at the form."""
    if form.is_valid():
        try:
            act()
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("meetings:report", found.engagement_id, found.pk)
    _, current = asked_report(request, found.engagement_id, found.pk)
    return _report_page(request, actor, current, {kind: form})


def _report_page(request: HttpRequest, actor: Person, found: Report, filled: Filled | None = None) -> HttpResponse:
    filled, content, owed_by = filled or {}, found.content or {}, Side(found.owed_by)
    today = timezone.localdate()
    panel = queries.link_panel(actor, found, today)
    offered: dict[str, django_forms.Form] = {}
    if queries.may_hand_in(actor, found) or "report" in filled:
        blank = forms.ReportForm(owed_by=owed_by, prefix="report", initial=content.get("answers"))
        offered["report"] = filled.get("report") or blank
    if queries.may_send_back(actor, found, today) or "back" in filled:
        offered["back"] = filled.get("back") or forms.ReasonForm(prefix="back")
    if panel and panel.may_name:
        offered["addressee"] = filled.get("addressee") or forms.AddresseeForm(prefix="addressee")
    answers = content.get("answers", {})
    context = {
        "engagement": found.engagement,
        "report": found,
        "is_ours": actor.side is owed_by,
        "figures": content.get("figures") if found.received_on else queries.figures_of(found.engagement),
        "answers": [(queries.words_of(question, owed_by), answers.get(question)) for question in answers],
        "forms": offered,
        "may_work": may_work(actor),
        "panel": panel,
    }
    return render(request, "meetings/report.html", context)
