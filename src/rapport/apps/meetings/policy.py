"""Who may do what about reports that are handed in by mail link."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.policy import demand_part, is_part, may_start
from rapport.apps.issues.policy import may_work
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Side


def may_allow_links(actor: Person) -> bool:
    """Whether an actor decides if reports come by mail link: whoever sets engagements up for the client."""
    return may_start(actor)


def demand_allow_links(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor decides whether reports of an engagement come by mail link."""
    demand_part(actor, engagement)
    if not actor.is_client:
        raise Refused("The client decides whether reports come by mail link; ask them.")
    demand(actor, Right.MANAGE_PARTNERS, "decide whether reports come by mail link")


def may_end_links(actor: Person, engagement: Engagement) -> bool:
    """Whether an actor ends mail links of an engagement: the owner on either side."""
    return is_part(actor, engagement) and engagement.owner_of(actor.side) == actor


def may_send_links(actor: Person, engagement: Engagement) -> bool:
    """Whether an actor says who gets the mail links of an engagement: the partner's owner who may hand in as well.

    A report is what the partner says; whoever could name somebody for the client could say it in the partner's place.
    """
    return actor.side is Side.PARTNER and may_end_links(actor, engagement) and may_work(actor)


def demand_end_links(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor ends mail links of an engagement."""
    demand_part(actor, engagement)
    if not may_end_links(actor, engagement):
        raise Refused(f"A mail link is ended by whoever owns the engagement; {_ask(actor.side, engagement)}.")


def demand_send_links(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor says who gets the mail links of an engagement."""
    demand_part(actor, engagement)
    if not may_send_links(actor, engagement):
        raise Refused(
            "Who gets a mail link is for the partner's owner of the engagement who may hand its reports in; "
            f"{_ask(Side.PARTNER, engagement)}."
        )


def _ask(side: Side, engagement: Engagement) -> str:
    owner = engagement.owner_of(side)
    return f"ask {owner.name}" if owner else "have somebody named as the owner first"
