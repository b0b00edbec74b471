"""Who may do what with an engagement and its agreement."""

from collections.abc import Collection

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.domain.audience import Audience
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right
from rapport.domain.signing import Stage

PRIVATE = frozenset(field for field, circle in Engagement.audience.items() if circle is Audience.CLIENT)
"""What of an engagement the client alone knows: its tier and its spend."""
CLIENTS_OWN = PRIVATE | {"client_owner"}
"""What of an engagement the client alone chooses."""


def is_part(actor: Person, engagement: Engagement) -> bool:
    """Whether an actor belongs to one of the two companies of an engagement and may see anything there."""
    return actor.may(Right.SEE) and (actor.is_client or actor.organisation_id == engagement.partner_id)


def may_start(actor: Person) -> bool:
    """Whether an actor may start engagements; the client's people alone may."""
    return actor.is_client and actor.may(Right.MANAGE_PARTNERS)


def may_change(actor: Person) -> bool:
    """Whether an actor may change what an engagement is called, is for and who owns it."""
    return actor.may(Right.EDIT) or actor.may(Right.MANAGE_PARTNERS)


def may_remark(actor: Person) -> bool:
    """Whether an actor has a say on a version: those who write agreements and those who sign them."""
    return actor.may(Right.EDIT) or actor.may(Right.SIGN)


def demand_part(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor belongs to one of the two companies of an engagement; says nothing about it."""
    if not is_part(actor, engagement):
        raise Refused("There is no such engagement here; open one from your list of engagements.")


def demand_sight(actor: Person, version: AgreementVersion) -> None:
    """Refuse unless the actor may see a version: those of their engagements, drafts only of their own side."""
    demand_part(actor, version.engagement)
    if version.stage == Stage.DRAFT and version.written_by != actor.side:
        raise Refused("There is no such version here; open one from the agreement's page.")


def demand_change(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor may change what an engagement is called, is for and who owns it."""
    demand_part(actor, engagement)
    if not may_change(actor):
        demand(actor, Right.EDIT, "change an engagement")


def demand_choice(actor: Person, fields: Collection[str]) -> None:
    """Refuse unless all that is named of an engagement is the actor's to choose; tier, spend and client's owner
    are no partner's, whatever it names, so that no answer tells how they stand.
    """
    if not actor.is_client and CLIENTS_OWN.intersection(fields):
        raise Refused("The tier, the spend and the client's owner are the client's to choose; leave them out.")


def demand_history(actor: Person) -> None:
    """Refuse unless the actor may read what happened in an engagement."""
    demand(actor, Right.SEE_HISTORY, "see the history")


def demand_remark(actor: Person, version: AgreementVersion) -> None:
    """Refuse unless the actor has a say on a version."""
    demand_sight(actor, version)
    if not may_remark(actor):
        demand(actor, Right.EDIT, "remark on a version")
