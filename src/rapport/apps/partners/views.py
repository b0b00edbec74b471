"""Pages about partners."""

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

from rapport.apps.accounts import actions as accounts_actions
from rapport.apps.accounts import queries as accounts
from rapport.apps.accounts.forms import PartnerForm
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.policy import demand
from rapport.apps.partners import actions, forms, policy, queries
from rapport.apps.partners.models import Contact
from rapport.domain.evidence import DocumentKind
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right
from rapport.kit.exports import Column, as_file
from rapport.kit.uploads import download

_A_PAGE = 50
_GATES = {"open": True, "closed": False}
_COLUMNS: list[Column[queries.Overview]] = [
    Column("Partner", lambda row: row.organisation.name),
    Column("Sharing", lambda row: "may share" if row.gate.is_open else "not yet"),
    Column("In the way", lambda row: " ".join(row.gate.missing)),
    Column("To accept", lambda row: row.waiting),
    Column("Next document ends", lambda row: row.next_end),
    Column("People", lambda row: vars(row.organisation)["people_count"]),
]

_DOCUMENT_COLUMNS: list[Column[queries.Held]] = [
    Column("Document", lambda one: one.document.title),
    Column("Kind", lambda one: one.document.get_kind_display()),
    Column("State", lambda one: one.status.value),
    Column("Valid from", lambda one: one.document.valid_from),
    Column("Last day", lambda one: one.document.valid_until),
    Column("Handed in at", lambda one: one.document.handed_in_at),
    Column("Handed in by", lambda one: one.document.handed_in_by.name),
    Column("Organisation", lambda one: one.document.handed_in_by.organisation.name),
    Column("Accepted at", lambda one: one.document.accepted_at),
    Column("Accepted by", lambda one: one.document.accepted_by and one.document.accepted_by.name),
]
_CONTACT_COLUMNS: list[Column[Contact]] = [
    Column("Name", lambda contact: contact.name),
    Column("Position", lambda contact: contact.position),
    Column("E-mail address", lambda contact: contact.email),
    Column("Phone", lambda contact: contact.phone),
]
_PEOPLE_COLUMNS: list[Column[Person]] = [
    Column("Name", lambda person: person.name),
    Column("Role", lambda person: person.role_words),
    Column("E-mail address", lambda person: person.email),
]


@require_GET
def partners(request: HttpRequest) -> HttpResponseBase:
    """The client's partners with their gates; a partner's people come to their own page."""
    actor = accounts.actor_of(request)
    if not actor.is_client:
        return redirect("partners:show", actor.organisation_id)
    search, gate = request.GET.get("q", "").strip(), request.GET.get("gate", "")
    found = queries.overviews(actor, timezone.localdate(), search, _GATES.get(gate))
    rows = _sorted(found, request.GET.get("sort", ""))
    if file := as_file(request, "Partners", _COLUMNS, rows):
        return file
    context = {
        "page": Paginator(rows, _A_PAGE).get_page(request.GET.get("page")),
        "search": search,
        "gate": gate,
        "is_filtered": bool(search) or gate in _GATES,
        "may_add": actor.may(Right.MANAGE_PARTNERS),
    }
    return render(request, "partners/list.html", context)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add a partner organisation; its people come by invitation."""
    actor = accounts.actor_of(request)
    try:
        demand(actor, Right.MANAGE_PARTNERS, "add partners")
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("partners:list")
    form = PartnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            partner = accounts_actions.add_partner(by=actor, name=form.cleaned_data["name"], at=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("partners:show", partner.pk)
    return render(request, "partners/add.html", {"form": form})


@require_GET
def show(request: HttpRequest, organisation_id: int) -> HttpResponseBase:
    """A partner: what it still owes before anything private is shared, its documents, contacts, people and profile."""
    actor, today = accounts.actor_of(request), timezone.localdate()
    organisation = _partner(actor, organisation_id)
    held = queries.held_documents(actor, organisation, today)
    contacts = queries.contacts(actor).filter(organisation=organisation)
    people = accounts.people(actor).filter(organisation=organisation, is_active=True)
    if file := (
        as_file(request, f"Documents {organisation.name}", _DOCUMENT_COLUMNS, held)
        or as_file(request, f"Contacts {organisation.name}", _CONTACT_COLUMNS, contacts, "contacts")
        or as_file(request, f"People {organisation.name}", _PEOPLE_COLUMNS, people, "people")
    ):
        return file
    context = {
        "organisation": organisation,
        "gate": queries.gate_of(organisation, today),
        "standings": queries.standings(actor, held, today),
        "held": held,
        "contacts": contacts,
        "people": people,
        "profile": queries.profile_of(actor, organisation),
        "is_client": actor.is_client,
        "may_edit": policy.may_edit(actor, organisation),
        "may_accept": policy.sees_note(actor),
        "may_invite": accounts.manageable_organisations(actor).filter(pk=organisation.pk).exists(),
    }
    return render(request, "partners/show.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Change a partner's profile, and for the client's managers the note about it."""
    actor = accounts.actor_of(request)
    organisation = _partner(actor, organisation_id)
    known = queries.profile_of(actor, organisation)
    form = forms.ProfileForm(request.POST or None, initial=known, has_note="note" in known)
    return _filled_in(request, organisation, form, "partners/edit.html", "change its profile", actions.change_profile)


@require_http_methods(["GET", "POST"])
def add_contact(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Add somebody who can be reached at a partner."""
    organisation = _partner(accounts.actor_of(request), organisation_id)
    form = forms.ContactForm(request.POST or None)
    return _filled_in(request, organisation, form, "partners/add_contact.html", "add contacts", actions.add_contact)


@require_http_methods(["GET", "POST"])
def hand_in(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Hand in a document; `?kind=` of the address chooses what it is beforehand."""
    organisation = _partner(accounts.actor_of(request), organisation_id)
    initial = {"kind": request.GET.get("kind", ""), "valid_from": timezone.localdate()}
    form = forms.DocumentForm(request.POST or None, request.FILES or None, initial=initial)

    def act(*, kind: str, **asked: Any) -> object:
        return actions.hand_in(kind=DocumentKind(kind), **asked)

    return _filled_in(request, organisation, form, "partners/hand_in.html", "hand in documents", act)


@require_POST
def remove_contact(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Forget a contact."""
    contact = get_object_or_404(queries.contacts(accounts.actor_of(request)), pk=contact_id)
    said = f"{contact.name} is no longer a contact."
    return _done(request, contact.organisation, said, actions.remove_contact, contact=contact)


@require_POST
def accept_document(request: HttpRequest, document_id: int) -> HttpResponse:
    """Let a document count."""
    document = get_object_or_404(queries.documents(accounts.actor_of(request)), pk=document_id)
    said = f"{document.title} is accepted."
    return _done(request, document.organisation, said, actions.accept_document, document=document)


@require_GET
def download_document(request: HttpRequest, document_id: int) -> HttpResponseBase:
    """A document's file, to be saved and never shown by the browser as a page of this site."""
    document = get_object_or_404(queries.documents(accounts.actor_of(request)), pk=document_id)
    if not document.file:
        raise Http404
    return download(document.file, document.title)


def _partner(actor: Person, organisation_id: int) -> Organisation:
    return get_object_or_404(accounts.partners(actor), pk=organisation_id)


def _sorted(rows: list[queries.Overview], order: str) -> list[queries.Overview]:
    """The list in the order asked for by `?sort=`; any other word leaves it by name."""
    keys: dict[str, Callable[[queries.Overview], Any]] = {
        "name": lambda row: row.organisation.name.casefold(),
        "gate": lambda row: row.gate.is_open,
        "waiting": lambda row: row.waiting,
        "end": lambda row: (row.next_end is None, row.next_end),
    }
    key = keys.get(order.removeprefix("-"))
    return sorted(rows, key=key, reverse=order.startswith("-")) if key else rows


def _filled_in(
    request: HttpRequest,
    organisation: Organisation,
    form: django_forms.Form,
    template: str,
    what: str,
    act: Callable[..., object],
) -> HttpResponse:
    """A form about one partner: shown to those who may fill it in, done when it is complete, else shown again."""
    actor = accounts.actor_of(request)
    try:
        policy.demand_edit(actor, organisation, what)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("partners:show", organisation.pk)
    if request.method == "POST" and form.is_valid():
        try:
            act(by=actor, organisation=organisation, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("partners:show", organisation.pk)
    return render(request, template, {"form": form, "organisation": organisation, "is_client": actor.is_client})


def _done(
    request: HttpRequest, organisation: Organisation, said: str, act: Callable[..., object], **asked: object
) -> HttpResponse:
    """Do one thing, say that it is done or why not, and go back to the partner."""
    try:
        act(by=accounts.actor_of(request), at=timezone.now(), **asked)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("partners:show", organisation.pk)
