"""Evidence with an expiry: the documents a partner must have in place before anything private is shared with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

EXPIRING_DAYS = 30
"""A document with at most this many days left is expiring."""


class DocumentKind(StrEnum):
    """What a document is evidence of."""

    NDA = "nda"
    INSURANCE = "insurance"
    CERTIFICATE = "certificate"
    DATA_SECURITY = "data_security"
    OTHER = "other"


_NAMES: Mapping[DocumentKind, str] = {
    DocumentKind.NDA: "NDA",
    DocumentKind.INSURANCE: "Insurance",
    DocumentKind.CERTIFICATE: "Certificate",
    DocumentKind.DATA_SECURITY: "Data security",
    DocumentKind.OTHER: "Other document",
}


class DocumentStatus(StrEnum):
    """How a document stands on a day, the worst first; only `expiring` and `valid` count as evidence.

    `awaiting` has yet to be accepted by the client, or to begin. `expiring` ends within 30 days.
    """

    MISSING = "missing"
    EXPIRED = "expired"
    AWAITING = "awaiting"
    EXPIRING = "expiring"
    VALID = "valid"


_IN_PLACE = frozenset({DocumentStatus.EXPIRING, DocumentStatus.VALID})
_RANKS: Mapping[DocumentStatus, int] = {status: rank for rank, status in enumerate(DocumentStatus)}


@dataclass(frozen=True)
class Document:
    """A document valid from its first to its last day, both included; one without a last day does not expire.

    It counts once the client has accepted it.
    """

    kind: DocumentKind
    valid_from: date
    valid_until: date | None
    is_accepted: bool

    def __post_init__(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError(f"a document valid from {self.valid_from} cannot end before, on {self.valid_until}")


@dataclass(frozen=True)
class Requirement:
    """A kind of document the client asks for, and whether nothing private may be shared without it."""

    kind: DocumentKind
    is_needed_to_share: bool


@dataclass(frozen=True)
class Gate:
    """Whether private things may be shared, and one sentence for each document that stands in the way."""

    is_open: bool
    missing: tuple[str, ...]


class Reminder(StrEnum):
    """The occasions on which both sides are reminded of a document: 30, 7 and 1 days before its end, and after it."""

    MONTH_LEFT = "month_left"
    WEEK_LEFT = "week_left"
    DAY_LEFT = "day_left"
    LAPSED = "lapsed"


_DAYS_LEFT: Mapping[Reminder, int] = {
    Reminder.MONTH_LEFT: 30,
    Reminder.WEEK_LEFT: 7,
    Reminder.DAY_LEFT: 1,
    Reminder.LAPSED: -1,
}


def status_on(document: Document | None, day: date) -> DocumentStatus:
    """How a document stands on a day; None is a document that nobody has handed in."""
    if document is None:
        return DocumentStatus.MISSING
    left = None if document.valid_until is None else (document.valid_until - day).days
    if left is not None and left < 0:
        return DocumentStatus.EXPIRED
    if not document.is_accepted or day < document.valid_from:
        return DocumentStatus.AWAITING
    return DocumentStatus.VALID if left is None or left > EXPIRING_DAYS else DocumentStatus.EXPIRING


def current_document(kind: DocumentKind, documents: Iterable[Document], day: date) -> Document | None:
    """The document of a kind that counts on a day: the one of the best status, of several the one that ends last."""
    return max(
        (document for document in documents if document.kind is kind),
        key=lambda document: (_RANKS[status_on(document, day)], document.valid_until or date.max),
        default=None,
    )


def gate(requirements: Iterable[Requirement], documents: Iterable[Document], day: date) -> Gate:
    """Whether every document needed to share is in place on a day; where nothing is needed, the gate is open."""
    held = tuple(documents)
    needed = dict.fromkeys(requirement.kind for requirement in requirements if requirement.is_needed_to_share)
    current = {kind: current_document(kind, held, day) for kind in needed}
    missing = tuple(
        f"{_NAMES[kind]}: {_gap(document, day)}"
        for kind, document in current.items()
        if status_on(document, day) not in _IN_PLACE
    )
    return Gate(not missing, missing)


def reminders_due(document: Document, since: date, day: date) -> tuple[Reminder, ...]:
    """The reminders that fell due after the day `since`, up to and including `day`; earliest first.

    With `since` the day last looked at, none is lost or sent twice. A document that the client has not accepted, or
    that does not expire, has none.
    """
    if document.valid_until is None or not document.is_accepted:
        return ()
    left_before, left = (document.valid_until - since).days, (document.valid_until - day).days
    return tuple(reminder for reminder, days in _DAYS_LEFT.items() if left <= days < left_before)


def _gap(document: Document | None, day: date) -> str:
    """What keeps a document that is not in place from counting, and how to mend it."""
    if document is None:
        return "not handed in; ask the partner for it"
    if document.valid_until is not None and document.valid_until < day:
        return f"expired on {document.valid_until}; ask the partner for a renewed one"
    if not document.is_accepted:
        return "handed in but not accepted yet; check and accept it"
    return f"valid only from {document.valid_from}; wait until then or ask the partner for one that holds today"
