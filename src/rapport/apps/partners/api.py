"""What programs ask about partners, and do with their profiles, contacts and documents."""

from datetime import date, datetime

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, Status, UploadedFile

from rapport.apps.accounts import actions as accounts_actions
from rapport.apps.accounts import queries as accounts
from rapport.apps.accounts.api import Company, Somebody, actor_of, somebody
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.partners import actions, queries
from rapport.apps.partners.models import Contact, PartnerDocument
from rapport.domain.evidence import DocumentKind, DocumentStatus
from rapport.kit.api import Page, Paging, Text, Words, page_in, page_of
from rapport.kit.uploads import download


class PartnerRow(Schema):
    """A partner in the list: whether private things may be shared, documents to accept, and when the next one ends."""

    id: int
    name: str
    is_gate_open: bool
    waiting: int
    next_end: date | None


class StandingShown(Schema):
    """A document a partner is asked for, how it stands today, and what to do about it."""

    kind: DocumentKind
    name: str
    is_needed_to_share: bool
    status: DocumentStatus
    document: int | None
    advice: str


class PartnerShown(Schema):
    """A partner with its profile; the note is the client's own, and null for everybody else."""

    id: int
    name: str
    is_gate_open: bool
    website: str
    about: str
    note: str | None
    standings: list[StandingShown]


class NewPartner(Schema):
    """A partner to be added."""

    name: Words


class ProfileChange(Schema):
    """What is to be known about a partner; what is left out stays as it is."""

    website: Words | None = None
    about: Text | None = None
    note: Text | None = None


class ContactShown(Schema):
    """Somebody at a partner who can be reached."""

    id: int
    name: str
    position: str
    email: str
    phone: str


class NewContact(Schema):
    """Somebody to be reached at a partner."""

    name: Words
    position: Words = ""
    email: Words = ""
    phone: Words = ""


class DocumentShown(Schema):
    """A document that was handed in; `valid_until` is the last day it holds, null where it does not expire."""

    id: int
    partner: Company
    kind: DocumentKind
    title: str
    status: DocumentStatus
    valid_from: date
    valid_until: date | None
    handed_in_by: Somebody
    handed_in_at: datetime
    accepted_by: Somebody | None
    accepted_at: datetime | None


class NewDocument(Schema):
    """The term of a document that is handed in; without a title the name of the file serves."""

    kind: DocumentKind
    valid_from: date
    valid_until: date | None = None
    title: Words = ""


router = Router(tags=["Partners"])


@router.get("/partners", response=Page[PartnerRow])
def list_partners(
    request: HttpRequest, paging: Query[Paging], search: Text = "", is_gate_open: bool | None = None
) -> Page[PartnerRow]:
    """The client's partners, or those named like “search”; a partner finds itself alone."""
    found = queries.overviews(actor_of(request), timezone.localdate(), search.strip(), is_gate_open)
    rows = sorted(found, key=lambda row: row.organisation.pk)
    return page_in(request, paging, ((row.organisation.pk, _row(row)) for row in rows))


@router.post("/partners", response={201: PartnerShown})
def add_partner(request: HttpRequest, asked: NewPartner) -> Status[PartnerShown]:
    """Add a partner organisation; its people come by invitation."""
    actor = actor_of(request)
    return Status(201, _shown(actor, accounts_actions.add_partner(by=actor, name=asked.name, at=timezone.now())))


@router.get("/partners/{int:organisation_id}", response=PartnerShown)
def show_partner(request: HttpRequest, organisation_id: int) -> PartnerShown:
    """A partner: its profile, its documents as they stand today, and whether private things may be shared."""
    actor = actor_of(request)
    return _shown(actor, _partner(actor, organisation_id))


@router.patch("/partners/{int:organisation_id}", response=PartnerShown)
def change_profile(request: HttpRequest, organisation_id: int, asked: ProfileChange) -> PartnerShown:
    """Change a partner's profile; the note is for the client's administrators and managers."""
    actor = actor_of(request)
    organisation = _partner(actor, organisation_id)
    known = queries.profile_of(actor, organisation)
    actions.change_profile(
        by=actor, organisation=organisation, note=asked.note, at=timezone.now(),
        website=known["website"] if asked.website is None else asked.website,
        about=known["about"] if asked.about is None else asked.about,
    )  # fmt: skip
    return _shown(actor, organisation)


@router.get("/partners/{int:organisation_id}/contacts", response=Page[ContactShown])
def list_contacts(request: HttpRequest, organisation_id: int, paging: Query[Paging]) -> Page[ContactShown]:
    """Who can be reached at a partner."""
    actor = actor_of(request)
    found = queries.contacts(actor).filter(organisation=_partner(actor, organisation_id))
    return page_of(request, paging, found, _contact)


@router.post("/partners/{int:organisation_id}/contacts", response={201: ContactShown})
def add_contact(request: HttpRequest, organisation_id: int, asked: NewContact) -> Status[ContactShown]:
    """Note somebody at a partner who can be reached; it gives them no account."""
    actor = actor_of(request)
    organisation = _partner(actor, organisation_id)
    contact = actions.add_contact(by=actor, organisation=organisation, at=timezone.now(), **asked.dict())
    return Status(201, _contact(contact))


@router.delete("/contacts/{int:contact_id}", response={204: None})
def remove_contact(request: HttpRequest, contact_id: int) -> None:
    """Forget a contact."""
    actor = actor_of(request)
    contact = get_object_or_404(queries.contacts(actor), pk=contact_id)
    actions.remove_contact(by=actor, contact=contact, at=timezone.now())


@router.get("/partners/{int:organisation_id}/documents", response=Page[DocumentShown])
def list_documents(request: HttpRequest, organisation_id: int, paging: Query[Paging]) -> Page[DocumentShown]:
    """Everything a partner has handed in, the latest first, with its state today."""
    actor = actor_of(request)
    held = queries.held_documents(actor, _partner(actor, organisation_id), timezone.localdate())
    rows = sorted(held, key=lambda one: -one.document.pk)
    return page_in(request, paging, ((-one.document.pk, _document(actor, one)) for one in rows))


@router.post("/partners/{int:organisation_id}/documents", response={201: DocumentShown})
def hand_in_document(
    request: HttpRequest, organisation_id: int, asked: Form[NewDocument], file: File[UploadedFile]
) -> Status[DocumentShown]:
    """Put a document before the client, who has to accept it before it counts."""
    actor = actor_of(request)
    organisation = _partner(actor, organisation_id)
    document = actions.hand_in(by=actor, organisation=organisation, file=file, at=timezone.now(), **asked.dict())
    return Status(201, _one_document(actor, document.pk))


@router.get("/documents/{int:document_id}", response=DocumentShown)
def show_document(request: HttpRequest, document_id: int) -> DocumentShown:
    """A document's term and state."""
    return _one_document(actor_of(request), document_id)


@router.post("/documents/{int:document_id}/accept", response=DocumentShown)
def accept_document(request: HttpRequest, document_id: int) -> DocumentShown:
    """Let a document count as evidence."""
    actor = actor_of(request)
    document = get_object_or_404(queries.documents(actor), pk=document_id)
    actions.accept_document(by=actor, document=document, at=timezone.now())
    return _one_document(actor, document_id)


@router.get(
    "/documents/{int:document_id}/file",
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}}},
)
def download_document(request: HttpRequest, document_id: int) -> HttpResponseBase:
    """A document's file."""
    document = get_object_or_404(queries.documents(actor_of(request)), pk=document_id)
    if not document.file:
        raise Http404
    return download(document.file, document.title)


def _partner(actor: Person, organisation_id: int) -> Organisation:
    return get_object_or_404(accounts.partners(actor), pk=organisation_id)


def _row(row: queries.Overview) -> PartnerRow:
    return PartnerRow(
        id=row.organisation.pk, name=row.organisation.name, is_gate_open=row.gate.is_open, waiting=row.waiting,
        next_end=row.next_end,
    )  # fmt: skip


def _shown(actor: Person, organisation: Organisation) -> PartnerShown:
    today = timezone.localdate()
    held = queries.held_documents(actor, organisation, today)
    profile = queries.profile_of(actor, organisation)
    return PartnerShown(
        id=organisation.pk,
        name=organisation.name,
        is_gate_open=queries.gate_of(organisation, today).is_open,
        website=profile["website"],
        about=profile["about"],
        note=profile.get("note"),
        standings=[_standing(one) for one in queries.standings(actor, held, today)],
    )


def _standing(one: queries.Standing) -> StandingShown:
    return StandingShown(
        kind=one.kind, name=one.name, is_needed_to_share=one.is_needed_to_share, status=one.status,
        document=one.document.pk if one.document else None, advice=one.advice,
    )  # fmt: skip


def _contact(contact: Contact) -> ContactShown:
    return ContactShown(
        id=contact.pk, name=contact.name, position=contact.position, email=contact.email, phone=contact.phone
    )


def _one_document(actor: Person, document_id: int) -> DocumentShown:
    document: PartnerDocument = get_object_or_404(queries.documents(actor), pk=document_id)
    held = queries.held_documents(actor, document.organisation, timezone.localdate())
    return next(_document(actor, one) for one in held if one.document.pk == document_id)


def _document(actor: Person, one: queries.Held) -> DocumentShown:
    document = one.document
    return DocumentShown(
        id=document.pk,
        partner=Company(id=document.organisation_id, name=document.organisation.name),
        kind=DocumentKind(document.kind),
        title=document.title,
        status=one.status,
        valid_from=document.valid_from,
        valid_until=document.valid_until,
        handed_in_by=somebody(actor, document.handed_in_by),
        handed_in_at=document.handed_in_at,
        accepted_by=somebody(actor, document.accepted_by) if document.accepted_by else None,
        accepted_at=document.accepted_at,
    )
