"""Pages about reports by mail link: who gets one, and the page that a link opens without an account."""

from collections.abc import Callable
from http import HTTPStatus

from allauth.core.internal.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.apps.accounts.queries import actor_of
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.meetings import actions, forms, queries
from rapport.apps.meetings.models import ReportLink
from rapport.apps.meetings.views import asked_report, reported, reread
from rapport.domain.refusals import Refused
from rapport.domain.reports import LinkEnd
from rapport.domain.roles import Side

_RATES = {"report_link": "30/5m/ip"}
"""How often an address on the net may send something in by mail link, whatever the link."""
_PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@require_POST
def allow_links(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Allow reports by mail link."""
    return _switched(request, engagement_id, actions.allow_links)


@require_POST
def forbid_links(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Allow no reports by mail link any more."""
    return _switched(request, engagement_id, actions.forbid_links)


@require_POST
def name_addressee(request: HttpRequest, engagement_id: int, report_id: int) -> HttpResponse:
    """Say who gets the links of a report."""
    actor, found = asked_report(request, engagement_id, report_id)
    form = forms.AddresseeForm(request.POST, prefix="addressee")
    return reported(request, actor, found, "addressee", form, lambda: actions.name_addressee(
        by=actor, report=found, at=timezone.now(), **form.cleaned_data
    ))  # fmt: skip


@require_POST
def remove_addressee(request: HttpRequest, engagement_id: int, report_id: int) -> HttpResponse:
    """Have nobody get the links of a report any more."""
    return _done(request, engagement_id, report_id, actions.remove_addressee)


@require_POST
def send_link(request: HttpRequest, engagement_id: int, report_id: int) -> HttpResponse:
    """Have a link leave now."""
    return _done(request, engagement_id, report_id, actions.send_link)


@require_POST
def revoke_link(request: HttpRequest, engagement_id: int, report_id: int) -> HttpResponse:
    """End the link that is out."""
    return _done(request, engagement_id, report_id, actions.revoke_link)


@csrf_exempt  # no session is asked here: whoever sends the secret may, and nobody else can be made to send it
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The one report that a mail link opens, to be written and handed in. Opening it changes nothing."""
    refused: HttpResponse | None = consume_or_429(request, app="rapport.meetings", action="report_link", config=_RATES)
    if refused:
        return refused
    now = timezone.now()
    if (link := queries.link_behind(secret, now.date())) is None:
        return _ended_page(request, secret)
    if request.method != "POST":
        return _link_page(request, link, _blank(link))
    form = forms.LinkReportForm(request.POST, owed_by=Side(link.report.owed_by))
    is_handed_in = request.POST.get("then") == "hand_in"
    act = actions.hand_in_by_link if is_handed_in else actions.save_by_link
    if form.is_valid():
        answers = {name: value for name, value in form.cleaned_data.items() if name != "turn"}
        try:
            act(link=link, turn=form.cleaned_data["turn"], answers=answers, at=now)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _kept_private(redirect("meetings:handed_in") if is_handed_in else redirect(request.path))
    current = queries.link_behind(secret, now.date())
    return _link_page(request, current, form) if current else _ended_page(request, secret)


@login_not_required
@require_safe
def handed_in(request: HttpRequest) -> HttpResponse:
    """What is said to whoever handed in a report by mail link; the same to everybody."""
    return _kept_private(render(request, "meetings/handed_in.html"))


def _blank(link: ReportLink) -> forms.LinkReportForm:
    """The form as it was saved last, else with what was sent back."""
    sent_back = (link.report.content or {}).get("answers", {})
    initial = {"turn": link.turn, **(link.draft or sent_back)}
    return forms.LinkReportForm(owed_by=Side(link.report.owed_by), initial=initial)


def _link_page(request: HttpRequest, link: ReportLink, form: forms.LinkReportForm) -> HttpResponse:
    if form.is_bound:
        reread(form, "turn", link.turn)
    report = link.report
    context = {
        "link": link,
        "report": report,
        "form": form,
        "figures": queries.figures_of(report.engagement),
        "is_saved": bool(link.draft) and not form.is_bound,
    }
    return _kept_private(render(request, "meetings/by_link.html", context))


def _ended_page(request: HttpRequest, secret: str) -> HttpResponse:
    """That a link opens nothing any more, to whoever has one that did, with what they typed; else nothing is here."""
    if (link := queries.ended_link(secret)) is None:
        raise Http404
    typed = [(queries.words_of(one, Side.PARTNER), request.POST.get(one, "")) for one in queries.QUESTIONS]
    context = {"is_in": link.ended_because == LinkEnd.HANDED_IN, "typed": [one for one in typed if one[1]]}
    return _kept_private(render(request, "meetings/link_ended.html", context, status=HTTPStatus.GONE))


def _kept_private(answer: HttpResponse) -> HttpResponse:
    for name, value in _PRIVATE.items():
        answer.headers[name] = value
    return answer


def _switched(request: HttpRequest, engagement_id: int, act: Callable[..., object]) -> HttpResponse:
    """Do one thing with an engagement and go back to its meetings, with the reason where it was refused."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    try:
        act(by=actor, engagement=engagement, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("meetings:overview", engagement_id)


def _done(request: HttpRequest, engagement_id: int, report_id: int, act: Callable[..., object]) -> HttpResponse:
    """Do one thing with a report and go back to it, with the reason where it was refused."""
    actor, found = asked_report(request, engagement_id, report_id)
    try:
        act(by=actor, report=found, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("meetings:report", engagement_id, report_id)
