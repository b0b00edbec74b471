"""Who may change which records count."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.policy import demand_part
from rapport.domain.roles import Right


def demand_edit(actor: Person, engagement: Engagement, what: str) -> None:
    """Refuse unless the actor edits for one of the two companies of an engagement; `what` as in `demand`."""
    demand_part(actor, engagement)
    demand(actor, Right.EDIT, what)
