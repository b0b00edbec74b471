"""Who may say what for a side."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.policy import demand_part
from rapport.domain.roles import Right


def may_rate(actor: Person) -> bool:
    """Whether an actor rates for a side: whoever signs for it."""
    return actor.may(Right.SIGN)


def demand_rating(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor rates for their side."""
    demand_part(actor, engagement)
    demand(actor, Right.SIGN, "rate for your side")
