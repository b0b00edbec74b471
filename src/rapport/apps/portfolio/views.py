"""The pages people come in by."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe
from ninja.errors import AuthenticationError

from rapport.apps.accounts import queries as accounts
from rapport.apps.accounts.api import Key
from rapport.apps.accounts.models import Person
from rapport.apps.assurance.queries import open_periods
from rapport.apps.engagements.policy import may_start
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.issues.models import Issue
from rapport.apps.issues.views import OPEN_COLUMNS
from rapport.apps.kpis.models import OpenRecord
from rapport.apps.notices.actions import read_silent
from rapport.apps.notices.queries import notices_of, told
from rapport.apps.partners.queries import documents_on
from rapport.apps.portfolio import actions, forms
from rapport.apps.portfolio.queries import due as upcoming
from rapport.apps.portfolio.queries import issues as troubles
from rapport.apps.portfolio.queries import late as lateness
from rapport.apps.portfolio.queries import metrics as measuring
from rapport.apps.portfolio.queries import overview, relationships
from rapport.apps.portfolio.queries import search as finding
from rapport.apps.portfolio.queries import today as waiting
from rapport.apps.portfolio.queries import under_way as working
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.calendars import last_today
from rapport.domain.issues import Severity
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Role
from rapport.domain.tiers import Tier
from rapport.kit.api import Problem, problem_answer, problem_of
from rapport.kit.exports import Column, as_file
from rapport.kit.parts import is_part

_A_PAGE, _ENGAGEMENTS_A_PAGE, _NOTICES_A_PAGE = 50, 25, 25
_NEEDED, _WATCHED, _LATE, _PAPERS = 30, 20, 20, 10
"""How many rows the tables of Today have at most."""
_SUGGESTED, _FOUND = 5, 30
_SOON = timedelta(days=2)
_DUE_COLUMNS: list[Column[OpenRecord]] = [
    Column("Due at", lambda one: one.due_at),
    Column("Record", lambda one: one.key),
    Column("KPI", lambda one: one.kpi),
    Column("Engagement", lambda one: one.engagement.title),
    Column("Partner", lambda one: one.engagement.partner.name),
]
_LATE_COLUMNS: list[Column[lateness.Late]] = [
    Column("Due on", lambda one: one.due_on),
    Column("What", lambda one: one.said),
    Column("Kind", lambda one: one.kind.value),
    Column("Late", lambda one: one.by.value),
    Column("Engagement", lambda one: one.title),
    Column("Partner", lambda one: one.partner),
]
_ISSUE_COLUMNS: list[Column[Issue]] = [
    Column("Engagement", lambda one: one.engagement.title),
    Column("Partner", lambda one: one.engagement.partner.name),
    *OPEN_COLUMNS,
]
_FOUND_COLUMNS: list[Column[tuple[str, finding.Found]]] = [
    Column("Kind", lambda one: one[0]),
    Column("Name", lambda one: one[1].label),
    Column("About", lambda one: one[1].about),
    Column("Address", lambda one: one[1].url),
]


@login_not_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What needs the reader, what to watch, and what happened since they were here."""
    if not request.user.is_authenticated:
        return redirect("account_login" if accounts.has_client() else "accounts:first_run")
    actor, now, day = accounts.actor_of(request), timezone.now(), timezone.localdate()
    since = actions.note_visit(by=actor, at=now)
    documents = documents_on(actor, day)
    papers = waiting.papers(actor, documents, day)
    needed = waiting.needs(actor, day, papers)
    watched, watched_more = waiting.misses(actor, day, _WATCHED)
    context = {
        "needed": needed[:_NEEDED],
        "needed_count": len(needed),
        "needed_more": max(0, len(needed) - _NEEDED),
        "late": list(lateness.told_late(lateness.late(actor, now)[:_LATE])),
        "watched": watched,
        "watched_more": watched_more,
        "relationships": relationships.in_trouble(actor, watched) if actor.role == Role.EXECUTIVE else [],
        "papers": papers[:_PAPERS],
        "papers_more": max(0, len(papers) - _PAPERS),
        "due": upcoming.count_due(actor, now + _SOON),
        "settles": actor.may(Right.EDIT),
        "since": since,
        "news": waiting.news(actor, since),
        "sees_history": actor.may(Right.SEE_HISTORY),
        "is_auditor": actor.role == Role.AUDITOR,
        "next": None if needed else waiting.next_date(documents, day),
    }
    return render(request, "portfolio/today.html", context)


@require_GET
def engagements(request: HttpRequest) -> HttpResponseBase:
    """Every engagement the reader may see, as far as the address asks for it."""
    actor, day = accounts.actor_of(request), timezone.localdate()
    asked = overview.asked(actor, request.GET.dict())
    listed = overview.portfolio(actor, asked, day)
    if file := as_file(request, "Engagements", _columns(actor), overview.rows(actor, listed, day)):
        return file
    page = Paginator(listed, _ENGAGEMENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "page": page,
        "rows": list(overview.rows(actor, list(page), day)),
        "months": overview.months_before(day),
        "totals": overview.totals(listed),
        "partners": accounts.partners(actor) if actor.is_client else [],
        "tiers": list(Tier),
        "standings": overview.STANDINGS.items(),
        "views": overview.saved_views(actor),
        "form": forms.ViewForm(initial={"query": asked.query}),
        "may_start": may_start(actor),
        "client": accounts.client_organisation(),
    }
    return render(request, "portfolio/engagements.html", context)


@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep the view of the portfolio that was on the page."""
    actor, form = accounts.actor_of(request), forms.ViewForm(request.POST)
    asked = overview.asked(actor, QueryDict(request.POST.get("query", "")).dict())
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _to_portfolio(asked)
    name, is_shared = form.cleaned_data["name"], form.cleaned_data["is_shared"]
    try:
        view = actions.keep_view(by=actor, name=name, query=asked.query, is_shared=is_shared, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The view {view.name} is kept.")
    return _to_portfolio(asked)


@require_POST
def remove_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Keep a view no longer."""
    actor = accounts.actor_of(request)
    view = get_object_or_404(overview.saved_views(actor), pk=view_id)
    try:
        actions.remove_view(by=actor, view=view, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The view {view.name} is removed.")
    return redirect("portfolio:engagements")


@require_GET
def due(request: HttpRequest) -> HttpResponseBase:
    """Records that are about to be late, over all engagements."""
    actor = accounts.actor_of(request)
    asked = upcoming.asked_due(request.GET.dict())
    records = upcoming.due(actor, asked)
    if file := as_file(request, "Due soon", _DUE_COLUMNS, records.iterator()):
        return file
    page = Paginator(records, _A_PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "is_filtered": bool(asked.text or asked.engagement),
        "page": page,
        "records": upcoming.named(page),
        "engagements": upcoming.engagements_due(actor),
    }
    return render(request, "portfolio/due.html", context)


@require_GET
def issues(request: HttpRequest) -> HttpResponseBase:
    """What is off in any engagement and not mended yet, in one list."""
    actor = accounts.actor_of(request)
    asked = troubles.asked_issues(request.GET.dict())
    found = troubles.open_issues(actor, asked, last_today(timezone.now()))
    if file := as_file(request, "Issues", _ISSUE_COLUMNS, found.iterator()):
        return file
    context = {
        "asked": asked,
        "page": Paginator(found, _A_PAGE).get_page(request.GET.get("page")),
        "partners": accounts.partners(actor) if actor.is_client else [],
        "moves": troubles.MOVES.items(),
        "severities": list(Severity),
    }
    return render(request, "portfolio/issues.html", context)


@require_GET
def late(request: HttpRequest) -> HttpResponseBase:
    """Everything that the other side is late with."""
    actor = accounts.actor_of(request)
    found = lateness.late(actor, timezone.now())
    if file := as_file(request, "Late", _LATE_COLUMNS, lateness.told_late(found)):
        return file
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "late": list(lateness.told_late(page)), "has_both_sides": actor.role == Role.AUDITOR}
    return render(request, "portfolio/late.html", context)


@require_GET
def under_way(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """What is under way in an engagement, as a part of the engagement's own page."""
    actor = accounts.actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    context = {"engagement": engagement, "now": working.under_way(actor, engagement, timezone.now())}
    return render(request, "portfolio/under_way.html", context)


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The figures that wait for the reader's side: as a page, or as the part of *Today* that comes by itself."""
    actor = accounts.actor_of(request)
    context = {"open_periods": open_periods(actor, timezone.now()) if actor.may(Right.EDIT) else []}
    return render(request, "portfolio/_figures.html" if is_part(request) else "portfolio/figures.html", context)


@require_GET
def search(request: HttpRequest) -> HttpResponseBase:
    """Whatever is called like the words asked for; while they are typed, the first of each kind."""
    actor, text = accounts.actor_of(request), request.GET.get("q", "").strip()
    is_typing = is_part(request)
    groups = finding.search(actor, text, _SUGGESTED if is_typing else _FOUND)
    every = ((group.title, one) for group in groups for one in group.found)
    if file := as_file(request, f"Found {text}", _FOUND_COLUMNS, every):
        return file
    context = {"text": text, "groups": groups, "count": sum(len(group.found) for group in groups)}
    return render(request, "portfolio/_suggestions.html" if is_typing else "portfolio/search.html", context)


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Whether the application and its database answer; says nothing else to anybody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """How what happens by itself is getting on, for a program with a key of the client's administrator."""
    key = Key()(request)
    if key is None:
        return problem_answer(problem_of(AuthenticationError()))
    if not (key.person.is_client and key.person.may(Right.MANAGE_PEOPLE)):
        return problem_answer(Problem(403, "This is for a key of an administrator of the client."))
    figures = measuring.metrics(timezone.now())
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return HttpResponse(figures, content_type=kind, headers={"Cache-Control": "private, no-store"})


def _to_portfolio(asked: overview.Asked) -> HttpResponse:
    query = asked.query
    return redirect(reverse("portfolio:engagements") + (f"?{query}" if query else ""))


def _columns(actor: Person) -> list[Column[overview.Row]]:
    """The columns of the list as a file; tier and spend are the client's own."""
    columns: list[Column[overview.Row]] = [
        Column("Engagement", lambda row: row.listed.engagement.title),
        Column("Partner", lambda row: row.listed.engagement.partner.name),
        Column("Standing", lambda row: overview.STANDINGS[row.listed.standing]),
        Column("KPIs met", lambda row: row.listed.met),
        Column("KPIs missed", lambda row: row.listed.missed),
        Column("Missed", lambda row: ", ".join(one.name for one in row.failing)),
        Column("Symptoms", lambda row: row.symptoms),
        Column("Agreement", lambda row: row.stage or "none yet"),
        Column("Whose move", lambda row: row.move),
        Column("Open issues, ours", lambda row: row.issues_ours),
        Column("Open issues, theirs", lambda row: row.issues_theirs),
        Column("Measured until", lambda row: row.measured_until),
        Column("Agreement ends", lambda row: row.ends_on),
    ]
    own = [
        Column[overview.Row]("Tier", lambda row: row.listed.engagement.tier),
        Column[overview.Row]("Spend a year", lambda row: row.listed.engagement.spend),
        Column[overview.Row]("Currency", lambda row: row.currency),
    ]
    return [*own, *columns] if actor.is_client else columns


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What the reader was told, in the words and with the rights of today, the latest first."""
    actor = accounts.actor_of(request)
    page = Paginator(notices_of(actor), _NOTICES_A_PAGE).get_page(request.GET.get("page"))
    every = [(one, told(one, TELLERS)) for one in page]
    read_silent(by=actor, notices=[one for one, words in every if words is None], at=timezone.now())
    said = [(one, words) for one, words in every if words]
    return render(request, "portfolio/notices.html", {"page": page, "said": said})
