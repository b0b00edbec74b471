"""Reading what is known about partners; every list starts from what the actor may see."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files import File
from django.db.models import QuerySet

from rapport.apps.accounts import queries as accounts
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.partners.models import Contact, PartnerDocument, Profile
from rapport.apps.partners.policy import REQUIREMENTS, sees_note
from rapport.domain.evidence import (
    Document,
    DocumentKind,
    DocumentStatus,
    Gate,
    Requirement,
    current_document,
    gate,
    status_on,
)
from rapport.domain.refusals import Refused
from rapport.kit import uploads
from rapport.kit.dates import distance, short_day

_LONGEST_TEXT = 100


@dataclass(frozen=True)
class Overview:
    """A partner in the list: its gate, its documents that wait to be accepted, and when the next one in place ends."""

    organisation: Organisation
    gate: Gate
    waiting: int
    next_end: date | None


@dataclass(frozen=True)
class Standing:
    """One document a partner is asked for: how it stands on a day, and in a sentence what to do about it."""

    kind: DocumentKind
    name: str
    is_needed_to_share: bool
    status: DocumentStatus
    document: PartnerDocument | None
    advice: str


@dataclass(frozen=True)
class Held:
    """A document that was handed in, and how it stands on a day."""

    document: PartnerDocument
    status: DocumentStatus


def gate_of(organisation: Organisation, day: date) -> Gate:
    """Whether anything private may be shared with a partner on a day, and which documents stand in the way.

    The sentences are written for the client. Many partners need one query with `prefetch_related("documents")`.
    """
    return gate(REQUIREMENTS, [_as_evidence(row) for row in organisation.documents.all()], day)


def overviews(actor: Person, day: date, search: str = "", is_open: bool | None = None) -> list[Overview]:
    """The partners an actor may see by name, as they stand on a day: those named like `search`, with such a gate."""
    found = accounts.partners(actor).prefetch_related("documents")
    if text := plain_name(search)[:_LONGEST_TEXT]:
        found = found.filter(name__icontains=text)
    rows = [_overview(organisation, day) for organisation in found]
    return rows if is_open is None else [row for row in rows if row.gate.is_open is is_open]


def profile_of(actor: Person, organisation: Organisation) -> dict[str, str]:
    """What an actor may read of a partner's profile, by field; the note only where it is theirs to read."""
    fields = ["website", "about", *(["note"] if sees_note(actor) else [])]
    found = Profile.objects.filter(organisation=organisation).values(*fields).first()
    return found or dict.fromkeys(fields, "")


def contacts(actor: Person) -> QuerySet[Contact]:
    """The contacts at the partners an actor may see, by name."""
    within = accounts.partners(actor).values("pk")
    return Contact.objects.filter(organisation__in=within).select_related("organisation").order_by("name")


def documents(actor: Person) -> QuerySet[PartnerDocument]:
    """The documents of the partners an actor may see, the latest first."""
    within = accounts.partners(actor).values("pk")
    people = ("handed_in_by__organisation", "accepted_by__organisation")
    return PartnerDocument.objects.filter(organisation__in=within).select_related("organisation", *people)


def documents_on(actor: Person, day: date) -> list[Held]:
    """Every document an actor may see, the latest first, with its status on a day."""
    return _held(documents(actor), day)


def held_documents(actor: Person, organisation: Organisation, day: date) -> list[Held]:
    """Everything a partner has handed in, the latest first, with its status on a day."""
    return _held(documents(actor).filter(organisation=organisation), day)


def standings(reader: Person, held: Iterable[Held], day: date) -> list[Standing]:
    """How a partner stands on a day with each document it is asked for, in words for whoever reads."""
    rows = {_as_evidence(one.document): one.document for one in held}
    return [_standing(requirement, rows, day, reader.is_client) for requirement in REQUIREMENTS]


def plain_name(text: str) -> str:
    """A name in one line, without control characters and marks that hide or turn the direction of writing."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if unicodedata.category(character)[0] != "C").strip()


def named_document(file: "File[Any]") -> str:
    """What a file to be read by people was called where it came from, as it is shown here.

    Raises:
        Refused: it is empty, or larger than one may be.
    """
    if reason := uploads.unfit(file, uploads.LARGEST_DOCUMENT):
        raise Refused(reason)
    return plain_name(uploads.given_name(file))[-200:] or "file"


def _held(rows: Iterable[PartnerDocument], day: date) -> list[Held]:
    return [Held(row, status_on(_as_evidence(row), day)) for row in rows]


def _as_evidence(row: PartnerDocument) -> Document:
    return Document(DocumentKind(row.kind), row.valid_from, row.valid_until, row.accepted_at is not None)


def _overview(organisation: Organisation, day: date) -> Overview:
    rows = list(organisation.documents.all())
    waiting = sum(row.accepted_at is None and (row.valid_until is None or row.valid_until >= day) for row in rows)
    evidence = [_as_evidence(row) for row in rows]
    current = [current_document(requirement.kind, evidence, day) for requirement in REQUIREMENTS]
    ends = [one.valid_until for one in current if one and one.is_accepted and one.valid_until]
    return Overview(
        organisation, gate_of(organisation, day), waiting, min((on for on in ends if on >= day), default=None)
    )


def _standing(requirement: Requirement, rows: dict[Document, PartnerDocument], day: date, is_client: bool) -> Standing:
    current = current_document(requirement.kind, rows, day)
    renewals = [one for one in rows if one.kind is requirement.kind and not one.is_accepted and one is not current]
    is_renewed = any(status_on(one, day) is DocumentStatus.AWAITING for one in renewals)
    status = status_on(current, day)
    return Standing(
        kind=requirement.kind,
        name=dict(PartnerDocument.kind.field.flatchoices)[requirement.kind.value],
        is_needed_to_share=requirement.is_needed_to_share,
        status=status,
        document=None if current is None else rows[current],
        advice=_advice(status, current, day, is_client, is_renewed),
    )


def _advice(status: DocumentStatus, current: Document | None, day: date, is_client: bool, is_renewed: bool) -> str:
    """What to do about a document, said to the client or to the partner."""
    if current is None:
        mend = "Ask the partner for it." if is_client else "Hand it in, so that the client can check it."
        return f"Nobody has handed it in. {mend}"
    until = "" if current.valid_until is None else _when(current.valid_until, day)
    check = "Read it and accept it." if is_client else "The client has yet to accept it."
    renew = "Ask the partner for a renewed one." if is_client else "Hand in a renewed one."
    match status:
        case DocumentStatus.EXPIRED:
            return f"It expired on {until}. {renew}"
        case DocumentStatus.AWAITING if not current.is_accepted:
            return f"It is handed in but not accepted. {check}"
        case DocumentStatus.AWAITING:
            return f"It is accepted and holds from {_when(current.valid_from, day)}."
        case DocumentStatus.EXPIRING:
            return f"It ends on {until}. " + (f"A renewed one is handed in. {check}" if is_renewed else renew)
        case _:
            return f"In place until {until}." if until else "In place; it does not expire."


def _when(on: date, day: date) -> str:
    return f"{short_day(on, day)}, {distance(on, day)}"
