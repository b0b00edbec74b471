"""Which documents a partner is asked for, and who may do what with a partner's page."""

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.policy import demand
from rapport.domain.evidence import DocumentKind, Requirement
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Side

REQUIREMENTS = (
    Requirement(DocumentKind.NDA, is_needed_to_share=True),
    Requirement(DocumentKind.DATA_SECURITY, is_needed_to_share=True),
    Requirement(DocumentKind.INSURANCE, is_needed_to_share=False),
    Requirement(DocumentKind.CERTIFICATE, is_needed_to_share=False),
)
"""What every partner is asked for; the first two must be in place before anything private is shared."""


def sees_note(actor: Person) -> bool:
    """Whether the actor reads and writes the client's own note about a partner, and accepts documents."""
    return actor.is_client and actor.may(Right.MANAGE_PARTNERS)


def may_edit(actor: Person, organisation: Organisation) -> bool:
    """Whether the actor keeps a partner's profile, contacts and documents: for the client or as its own editor."""
    return _is_within_reach(actor, organisation) and actor.may(_editing_right(actor))


def demand_edit(actor: Person, organisation: Organisation, what: str) -> None:
    """Refuse unless the actor keeps this partner's page; `what` ends the sentence "Your role does not let you ..."."""
    if not _is_within_reach(actor, organisation):
        raise Refused("You keep the page of your own organisation only.")
    demand(actor, _editing_right(actor), what)


def demand_note(actor: Person) -> None:
    """Refuse unless the note is this actor's side's, and theirs to write."""
    demand(actor, Right.MANAGE_PARTNERS, "write the client's note about a partner")


def _is_within_reach(actor: Person, organisation: Organisation) -> bool:
    is_own = actor.organisation_id == organisation.pk
    return organisation.side == Side.PARTNER and (actor.is_client or is_own)


def _editing_right(actor: Person) -> Right:
    return Right.MANAGE_PARTNERS if actor.is_client else Right.EDIT
