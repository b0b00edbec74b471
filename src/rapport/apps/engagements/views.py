"""Pages about engagements and their agreements."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdict
from rapport.apps.engagements import actions, forms, policy, queries
from rapport.apps.engagements.forms import items, sections
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.partners import queries as partners
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right
from rapport.domain.signing import Stage
from rapport.kit.addresses import number
from rapport.kit.exports import Column, as_file

_PAGE = 50
_HISTORY_COLUMNS: list[Column[queries.Event]] = [
    Column("Entry", lambda event: event.number),
    Column("At", lambda event: event.at),
    Column("Who", lambda event: event.by),
    Column("What", lambda event: event.what),
    Column("Details", lambda event: event.details),
]
_VERSION_COLUMNS: list[Column[AgreementVersion]] = [
    Column("Version", lambda version: None if version.stage == Stage.DRAFT else version.number),
    Column("Stage", lambda version: version.get_stage_display()),
    Column("Written by", lambda version: version.author.name),
    Column("Side", lambda version: version.written_by),
    Column("Proposed at", lambda version: version.proposed_at),
    Column("In force at", lambda version: version.in_force_at),
    Column("Digest", lambda version: version.digest),
]


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Start an engagement with a partner."""
    actor = actor_of(request)
    if not policy.may_start(actor):
        raise Http404
    form = forms.StartForm(request.POST or None, actor=actor, initial={"partner": request.GET.get("partner")})
    if request.method == "POST" and form.is_valid():
        try:
            engagement = actions.start_engagement(by=actor, **form.cleaned_data, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("engagements:show", engagement.pk)
    has_partners = queries.startable_partners(actor).exists()
    return render(request, "engagements/start.html", {"form": form, "has_partners": has_partners})


@require_GET
def show(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """An engagement at a glance: who, how the agreement stands, whose move it is."""
    actor, engagement = _asked(request, engagement_id)
    today, standing = timezone.localdate(), queries.standing_of(actor, engagement)
    asked_for = partners.standings(actor, partners.held_documents(actor, engagement.partner, today), today)
    return render(
        request,
        "engagements/show.html",
        {
            "engagement": engagement,
            "client": queries.client_name(),
            "standing": standing,
            "currency": queries.currency_of(standing.in_force),
            "move": queries.move_in_words(engagement, standing),
            "gate": partners.gate_of(engagement.partner, today),
            "evidence": [one for one in asked_for if one.is_needed_to_share],
            "may_change": policy.may_change(actor),
            "may_write": actor.may(Right.EDIT),
            "may_sign": actor.may(Right.SIGN),
        },
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Change what an engagement is called, is for and who owns it."""
    actor, engagement = _asked(request, engagement_id)
    now = {field: getattr(engagement, field) for field in actions.Particulars._fields}
    form = forms.EngagementForm(request.POST or None, actor=actor, engagement=engagement, initial=now)
    if request.method == "POST" and form.is_valid():
        wanted = actions.Particulars(**{**now, **form.cleaned_data})
        try:
            actions.change_engagement(by=actor, engagement=engagement, to=wanted, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("engagements:show", engagement_id)
    title = now["title"]
    return render(request, "engagements/edit.html", {"form": form, "engagement": engagement, "title": title})


@require_GET
def history(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """What happened in an engagement, and whether its history is whole."""
    actor, engagement = _asked(request, engagement_id)
    try:
        policy.demand_history(actor)
    except Refused as refusal:
        context: dict[str, Any] = {"engagement": engagement, "refusal": str(refusal)}
        return render(request, "engagements/history.html", context, status=403)
    entries = queries.history(actor, engagement)
    if file := as_file(request, f"History {engagement.title}", _HISTORY_COLUMNS, _told(entries)):
        return file
    page = Paginator(entries, _PAGE).get_page(request.GET.get("page"))
    events = [queries.told(entry) for entry in page]
    context = {"engagement": engagement, "page": page, "events": events, "verdict": verdict(engagement.chain)}
    return render(request, "engagements/history.html", context)


@require_GET
def agreement(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """The agreement as a contract: a chosen version, else the one in force, on the table or in the making."""
    actor, engagement = _asked(request, engagement_id)
    versions = queries.versions(actor, engagement)
    if file := as_file(request, f"Versions {engagement.title}", _VERSION_COLUMNS, versions):
        return file
    standing = queries.standing_of(actor, engagement)
    shown = standing.in_force or standing.proposed or standing.draft
    if chosen := request.GET.get("version"):
        shown = get_object_or_404(versions, pk=number(chosen))
    faults = queries.faults_of(shown.text) if shown else []
    return render(
        request,
        "engagements/agreement.html",
        {
            "engagement": engagement,
            "versions": versions,
            "standing": standing,
            "move": queries.move_in_words(engagement, standing),
            "shown": shown,
            "clauses": queries.clauses(queries.document_of(shown)) if shown and not faults else [],
            "faults": faults,
            "gaps": queries.gaps_of(shown.text) if shown else [],
            "open_points": queries.open_points_of(shown.text) if shown else [],
            "obstacles": queries.obstacles(standing.proposed) if standing.proposed else [],
            "may_write": actor.may(Right.EDIT),
            "may_sign": actor.may(Right.SIGN),
        },
    )


@require_GET
def version(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """One version, line by line, with what was said about its lines and what it changes."""
    actor, asked = _asked_version(request, engagement_id, version_id)
    line = number(request.GET.get("line", "")) or 0
    form = forms.RemarkForm(version=asked, initial={"line": line})
    return _version_page(request, actor, asked, form, line)


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Write the draft of the reader's side: its text, else that in force, else one of the starts."""
    actor, engagement = _asked(request, engagement_id)
    draft = queries.standing_of(actor, engagement).draft
    seen = queries.fingerprint(draft.text) if draft else ""
    text = draft.text if draft else _beginning(request.GET, engagement)
    form = forms.TextForm(request.POST or None, initial={"text": text, "seen": seen})
    if request.method == "POST" and form.is_valid():
        try:
            _keep(actor, engagement, draft, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The draft is saved. Only your side sees it until you propose it.")
            return redirect("engagements:write", engagement_id)
    return render(
        request,
        "engagements/write.html",
        {
            "engagement": engagement,
            "draft": draft,
            "form": form,
            "faults": _placed(draft.text) if draft else [],
            "gaps": queries.gaps_of(draft.text) if draft else [],
            "open_points": queries.open_points_of(draft.text) if draft else [],
            "in_force": queries.version_in_force(engagement),
            "starts": queries.STARTS.items(),
            "may_write": actor.may(Right.EDIT),
        },
    )


@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """The draft of the reader's side section by section, to be edited in forms; posting begins a draft."""
    actor, engagement = _asked(request, engagement_id)
    if request.method == "POST":
        try:
            actions.write_draft(
                by=actor, engagement=engagement, text=_beginning(request.POST, engagement), at=timezone.now()
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("engagements:form", engagement_id)
    draft = queries.draft_of(actor, engagement).first()
    data = queries.data_of(draft.text) if draft else None
    return render(
        request,
        "engagements/form.html",
        {
            "engagement": engagement,
            "draft": draft,
            "sections": sections.outline(data) if data else [],
            "faults": queries.faults_of(draft.text) if draft else [],
            "gaps": queries.gaps_of(draft.text) if draft else [],
            "open_points": queries.open_points_of(draft.text) if draft else [],
            "in_force": queries.version_in_force(engagement),
            "starts": queries.STARTS.items(),
            "may_write": actor.may(Right.EDIT),
        },
    )


@require_http_methods(["GET", "POST"])
def form_item(request: HttpRequest, engagement_id: int, section: str, place: int) -> HttpResponse:
    """One item of the draft in a form."""
    actor, draft, data = _asked_draft(request, engagement_id, section)
    path = _asked_path(data, section, place)
    part = queries.part_at(data, path)
    if part is None:
        messages.error(request, "This item has an unusual shape; change it in the text.")
        return redirect("engagements:write", engagement_id)
    item = items.ItemForm(section, data, part, request.POST or None)
    if request.method == "POST" and item.is_valid() and _amend(request, actor, draft, path, item.value() or None, item):
        if section == "kpis" and not queries.faults_of(draft.text):  # its page tells what it would have come to
            return redirect("engagements:form_item", engagement_id, section, place)
        return redirect("engagements:form", engagement_id)
    named = part.get("name") or (path[-1] if section in queries.KEYED else "")
    return _item_page(request, draft, section, item, place, str(named))


@require_http_methods(["GET", "POST"])
def form_add(request: HttpRequest, engagement_id: int, section: str) -> HttpResponse:
    """A new item of the draft."""
    actor, draft, data = _asked_draft(request, engagement_id, section)
    there = data.get(section) or []
    if section in (*queries.KEYED, *queries.SINGLE) or not isinstance(there, list):
        raise Http404
    path = (section, len(there))
    if section == "kpis":
        start = items.AddKpiForm(request.POST or None, document=data)
        if request.method == "POST" and start.is_valid():
            part = items.with_id(start.value(), there)
            if _amend(request, actor, draft, path, part, None):
                return redirect("engagements:form_item", engagement_id, section, len(there) + 1)
        return _item_page(request, draft, section, start)
    item = items.ItemForm(section, data, {}, request.POST or None)
    is_filled = request.method == "POST" and item.is_valid()
    if is_filled and _amend(request, actor, draft, path, items.with_id(item.value(), there), item):
        return redirect("engagements:form", engagement_id)
    return _item_page(request, draft, section, item)


@require_POST
def form_remove(request: HttpRequest, engagement_id: int, section: str, place: int) -> HttpResponse:
    """Take an item out of the draft."""
    actor, draft, data = _asked_draft(request, engagement_id, section)
    path = _asked_path(data, section, place)
    _amend(request, actor, draft, path, None, None)
    return redirect("engagements:form", engagement_id)


@require_POST
def propose(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Show a draft to the other side."""
    actor, asked = _asked_version(request, engagement_id, version_id)
    try:
        actions.propose_version(by=actor, version=asked, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("engagements:write" if asked.stage == Stage.DRAFT else "engagements:agreement", engagement_id)
    messages.success(request, f"Version {asked.number} is proposed; both sides see it now, and its text is frozen.")
    return redirect("engagements:version", engagement_id, version_id)


@require_POST
def sign(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Sign a version for the reader's own side."""
    actor, asked = _asked_version(request, engagement_id, version_id)
    try:
        actions.sign_version(by=actor, version=asked, digest=request.POST.get("digest", ""), at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        ending = "is in force" if asked.stage == Stage.IN_FORCE else "waits for the other side's signature"
        messages.success(request, f"You have signed. Version {asked.number} {ending}.")
    return redirect("engagements:version", engagement_id, version_id)


@require_POST
def withdraw(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Take a proposal back."""
    actor, asked = _asked_version(request, engagement_id, version_id)
    try:
        actions.withdraw_version(by=actor, version=asked, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("engagements:version", engagement_id, version_id)


@require_POST
def remark(request: HttpRequest, engagement_id: int, version_id: int) -> HttpResponse:
    """Say something about a line."""
    actor, asked = _asked_version(request, engagement_id, version_id)
    form = forms.RemarkForm(request.POST, version=asked)
    if not form.is_valid():
        if "line" in form.errors:
            messages.error(request, "A remark belongs to a line; choose the number of the line.")
        return _version_page(request, actor, asked, form, form.cleaned_data.get("line", 0))
    said = form.cleaned_data
    is_private = said["audience"] == "private"
    try:
        actions.make_remark(
            by=actor, version=asked, line=said["line"], text=said["text"], is_private=is_private, at=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _version_page(request, actor, asked, form, said["line"])
    return redirect(reverse("engagements:version", args=[engagement_id, version_id]) + f"#line-{said['line']}")


def _asked(request: HttpRequest, engagement_id: int) -> tuple[Person, Engagement]:
    actor = actor_of(request)
    return actor, get_object_or_404(queries.visible_engagements(actor), pk=engagement_id)


def _asked_version(request: HttpRequest, engagement_id: int, version_id: int) -> tuple[Person, AgreementVersion]:
    actor, engagement = _asked(request, engagement_id)
    return actor, get_object_or_404(queries.versions(actor, engagement), pk=version_id)


def _asked_draft(
    request: HttpRequest, engagement_id: int, section: str
) -> tuple[Person, AgreementVersion, dict[str, Any]]:
    """The draft of the reader's own side with its data; missing where a form cannot show it."""
    actor, engagement = _asked(request, engagement_id)
    draft = get_object_or_404(queries.draft_of(actor, engagement))
    data = queries.data_of(draft.text)
    if section not in sections.SECTIONS or data is None or not actor.may(Right.EDIT):
        raise Http404
    return actor, draft, data


def _asked_path(data: dict[str, Any], section: str, place: int) -> tuple[int | str, ...]:
    paths = queries.item_paths(data, section)
    if not 1 <= place <= len(paths):
        raise Http404
    return paths[place - 1]


def _amend(
    request: HttpRequest,
    actor: Person,
    draft: AgreementVersion,
    path: tuple[int | str, ...],
    value: dict[str, Any] | None,
    item: items.ItemForm | None,
) -> bool:
    """Save a draft with one part changed; where that brings faults into it, the form shows them instead."""
    seen = request.POST.get("seen", "")
    try:
        faults = actions.amend_draft(
            by=actor, version=draft, path=path, value=value, seen=seen, at=timezone.now(), is_begun=item is None
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    if item and faults:
        item.show(faults, ".".join(map(str, path)))
        return False
    messages.success(request, "The draft is saved. Only your side sees it until you propose it.")
    return True


def _item_page(
    request: HttpRequest,
    draft: AgreementVersion,
    section: str,
    item: items.ItemForm | items.AddKpiForm,
    place: int = 0,
    named: str = "",
) -> HttpResponse:
    wording = sections.SECTIONS[section]
    return render(
        request,
        "engagements/item.html",
        {
            "engagement": draft.engagement,
            "section": section,
            "one": wording.one,
            "is_single": section in queries.SINGLE,
            "named": named,
            "what": wording.what,
            "form": item.main if isinstance(item, items.ItemForm) else item,
            "item": item if isinstance(item, items.ItemForm) else None,
            "place": place,
            "seen": request.POST.get("seen") or queries.fingerprint(draft.text),
        },
    )


def _version_page(
    request: HttpRequest, actor: Person, asked: AgreementVersion, form: forms.RemarkForm, line: int
) -> HttpResponse:
    in_force = queries.version_in_force(asked.engagement)
    return render(
        request,
        "engagements/version.html",
        {
            "engagement": asked.engagement,
            "version": asked,
            "lines": queries.lines_of(actor, asked),
            "line": line,
            "form": form,
            "in_force": in_force,
            "changes": queries.changes_from(in_force, asked),
            "obstacles": queries.obstacles(asked),
            "may_sign": _may_sign(actor, asked),
            "may_write": actor.may(Right.EDIT) and asked.written_by == actor.side,
            "may_remark": policy.may_remark(actor),
        },
    )


def _told(entries: QuerySet[Entry]) -> Iterator[queries.Event]:
    """Entries of history in plain words, none of them read before it is asked for."""
    for entry in entries.iterator():
        yield queries.told(entry)


def _may_sign(actor: Person, asked: AgreementVersion) -> bool:
    is_awaited = actor.side in queries.unsigned_sides(asked)
    return actor.may(Right.SIGN) and is_awaited and queries.later_version(asked) is None


def _keep(actor: Person, engagement: Engagement, draft: AgreementVersion | None, *, text: str, seen: str) -> None:
    if draft and seen:
        actions.rewrite_draft(by=actor, version=draft, text=text, seen=seen, at=timezone.now())
    else:
        actions.write_draft(by=actor, engagement=engagement, text=text, at=timezone.now())


def _beginning(asked: QueryDict, engagement: Engagement) -> str:
    kind = asked.get("start", "")
    if kind in queries.STARTS:
        return queries.start_text(engagement, queries.client_name(), kind)
    in_force = queries.version_in_force(engagement)
    return (
        in_force.text if in_force else queries.start_text(engagement, queries.client_name(), next(iter(queries.STARTS)))
    )


def _placed(text: str) -> list[dict[str, Any]]:
    """The faults of a text, each with the line it lies in."""
    lines = [*queries.lines_in(text), ""]
    return [{"fault": fault, "text": lines[min(fault.line, len(lines)) - 1]} for fault in queries.faults_of(text)]
