"""Who speaks for a side."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.policy import demand_part
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Side


def may_speak(actor: Person) -> bool:
    """Whether an actor states figures and settles for their side."""
    return actor.may(Right.EDIT)


def demand_speech(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor states figures and settles for one of the two companies."""
    demand_part(actor, engagement)
    demand(actor, Right.EDIT, "state figures or settle them")


def demand_side(actor: Person, side: Side, what: str) -> None:
    """Refuse unless the actor speaks for this side; `what` is what only this side does."""
    if actor.side is not side:
        raise Refused(f"You speak for the {actor.side}, and only the {side} can {what}.")
