"""Who may do what with issues."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.policy import demand_part, may_remark
from rapport.domain.roles import Right


def may_work(actor: Person) -> bool:
    """Whether an actor takes steps with issues: whoever writes for a side, or signs for it."""
    return may_remark(actor)


def demand_work(actor: Person, engagement: Engagement) -> None:
    """Refuse unless the actor works on the issues of an engagement."""
    demand_part(actor, engagement)
    if not may_work(actor):
        demand(actor, Right.EDIT, "work on issues")
