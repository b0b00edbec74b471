"""Pages on which the draft of the reader's side is written: as a text, or item by item in forms."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.engagements import actions, forms, queries
from rapport.apps.engagements.forms import items, sections
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.views.asked import asked_engagement
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Write the draft of the reader's side: its text, else that in force, else one of the starts."""
    actor, engagement = asked_engagement(request, engagement_id)
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
        _of_draft(actor, engagement, draft) | {"form": form, "faults": _placed(draft.text) if draft else []},
    )


@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """The draft of the reader's side section by section, to be edited in forms; posting begins a draft."""
    actor, engagement = asked_engagement(request, engagement_id)
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
        _of_draft(actor, engagement, draft)
        | {
            "sections": sections.outline(data) if data else [],
            "faults": queries.faults_of(draft.text) if draft else [],
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


def _of_draft(actor: Person, engagement: Engagement, draft: AgreementVersion | None) -> dict[str, Any]:
    """What both pages about the draft say of it, and what one can begin with where there is none."""
    return {
        "engagement": engagement,
        "draft": draft,
        "gaps": queries.gaps_of(draft.text) if draft else [],
        "open_points": queries.open_points_of(engagement, draft) if draft else [],
        "in_force": queries.version_in_force(engagement),
        "starts": queries.STARTS.items(),
        "may_write": actor.may(Right.EDIT),
    }


def _asked_draft(
    request: HttpRequest, engagement_id: int, section: str
) -> tuple[Person, AgreementVersion, dict[str, Any]]:
    """The draft of the reader's own side with its data; missing where a form cannot show it."""
    actor, engagement = asked_engagement(request, engagement_id)
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
