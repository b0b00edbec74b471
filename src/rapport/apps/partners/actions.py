"""What people do with a partner's page. Each refuses with a sentence, and leaves a line of history."""

from datetime import date, datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.validators import URLValidator, validate_email
from django.db import transaction
from django.utils import timezone

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.policy import demand
from rapport.apps.audit.actions import INSTALLATION, record
from rapport.apps.partners.models import Contact, PartnerDocument, Profile
from rapport.apps.partners.policy import demand_edit, demand_note
from rapport.apps.partners.queries import plain_name
from rapport.domain.evidence import DocumentKind
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right
from rapport.kit.uploads import LARGEST_DOCUMENT, given_name, kept, unfit

LONGEST_NAME = 200


@transaction.atomic
def change_profile(
    *, by: Person, organisation: Organisation, website: str, about: str, note: str | None = None, at: datetime
) -> Profile:
    """Write what is known about a partner; a `note` of None leaves the client's own note as it is."""
    demand_edit(by, organisation, "change a partner's profile")
    wanted = {"website": _website(website), "about": about.strip()}
    if note is not None:
        demand_note(by)
        wanted["note"] = note.strip()
    before = Profile.objects.filter(organisation=organisation).first() or Profile(organisation=organisation)
    changed = [field for field, value in wanted.items() if getattr(before, field) != value]
    profile, _ = Profile.objects.update_or_create(organisation=organisation, defaults=wanted)
    if changed:
        details = {"changed": [field for field in changed if field != "note"]}
        _remember(organisation, "profile_changed", by, at, details)
    return profile


@transaction.atomic
def add_contact(
    *, by: Person, organisation: Organisation, name: str, position: str, email: str, phone: str, at: datetime
) -> Contact:
    """Note somebody at a partner who can be reached; it gives them no account."""
    demand_edit(by, organisation, "add contacts")
    contact = Contact.objects.create(
        organisation=organisation, name=_named(name, "the contact's name"), position=_short(position),
        email=_address(email), phone=_short(phone, 50),
    )  # fmt: skip
    _remember(organisation, "contact_added", by, at)
    return contact


@transaction.atomic
def remove_contact(*, by: Person, contact: Contact, at: datetime) -> Contact:
    """Forget a contact; history keeps that one was removed, not whom."""
    demand_edit(by, contact.organisation, "remove contacts")
    removed, _ = Contact.objects.filter(pk=contact.pk).delete()
    if not removed:
        raise Refused("This contact has been removed a moment ago; there is nothing left to do.")
    _remember(contact.organisation, "contact_removed", by, at)
    return contact


@transaction.atomic
def hand_in(
    *,
    by: Person,
    organisation: Organisation,
    kind: DocumentKind,
    title: str,
    file: "File[bytes]",
    valid_from: date,
    valid_until: date | None,
    at: datetime,
) -> PartnerDocument:
    """Put a document before the client, who has to accept it before it counts; without a title the file's name serves.

    `valid_until` is the last day it holds, None where it does not expire.
    """
    demand_edit(by, organisation, "hand in documents")
    _check_term(valid_from, valid_until, timezone.localdate(at))
    if reason := unfit(file, LARGEST_DOCUMENT):
        raise Refused(reason)
    given = PurePosixPath(plain_name(given_name(file)))
    document = PartnerDocument(
        organisation=organisation, kind=kind, valid_from=valid_from, valid_until=valid_until,
        title=_named(title if title.strip() else _title_of(given, kind), "a title"),
        handed_in_by=by, handed_in_at=at,
    )  # fmt: skip
    digest = _digest(file)
    details = {"kind": kind.value, "title": document.title, "sha256": digest}
    with kept(document.file, file):
        document.save()
        _remember(organisation, "document_handed_in", by, at, details)
    return document


@transaction.atomic
def accept_document(*, by: Person, document: PartnerDocument, at: datetime) -> PartnerDocument:
    """Let a document count as evidence, once the client has read it."""
    demand(by, Right.MANAGE_PARTNERS, "accept documents")
    if document.valid_until is not None and document.valid_until < timezone.localdate(at):
        raise Refused(f"{document.title} ended on {document.valid_until}; ask the partner for a renewed one.")
    waiting = PartnerDocument.objects.filter(pk=document.pk, accepted_at=None)
    if not waiting.update(accepted_by=by, accepted_at=at):
        raise Refused(f"{document.title} is accepted already; there is nothing left to do.")
    details = {"kind": document.kind, "title": document.title}
    _remember(document.organisation, "document_accepted", by, at, details)
    document.refresh_from_db()
    return document


def _remember(
    organisation: Organisation, what: str, by: Person, at: datetime, details: dict[str, Any] | None = None
) -> None:
    verb = f"partner.{what}"
    record(INSTALLATION, by=who(by), at=at, verb=verb, subject=organisation.name, details=details)


def _digest(file: "File[bytes]") -> str:
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _check_term(valid_from: date, valid_until: date | None, today: date) -> None:
    if valid_until is None:
        return
    if valid_until < valid_from:
        raise Refused(f"The document ends on {valid_until}, before it begins on {valid_from}; correct one of the days.")
    if valid_until < today:
        raise Refused(f"The document ended on {valid_until} and would not count; hand in one that still holds.")


def _title_of(given: PurePosixPath, kind: DocumentKind) -> str:
    """A title from the name a file came with, or from its kind where nothing readable is left of that."""
    return given.stem.strip(" .")[:LONGEST_NAME] or dict(PartnerDocument.kind.field.flatchoices)[kind.value]


def _named(text: str, what: str) -> str:
    if not (name := _short(text)):
        raise Refused(f"Write {what}.")
    return name


def _short(text: str, longest: int = LONGEST_NAME) -> str:
    if len(line := plain_name(text)) > longest:
        raise Refused(f"{line[:30]}… has {len(line)} characters; write at most {longest}.")
    return line


def _address(text: str) -> str:
    try:
        if text.strip():
            validate_email(text.strip())
    except ValidationError:
        raise Refused(f"{text.strip()} is not an e-mail address; write one such as name@example.org.") from None
    return text.strip()


def _website(text: str) -> str:
    try:
        if text.strip():
            URLValidator(schemes=["http", "https"])(text.strip())
    except ValidationError:
        raise Refused(f"{text.strip()} is not a web address; write one such as https://example.org.") from None
    return text.strip()
