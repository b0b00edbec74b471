"""Who may deliver records, and who may change which of them count."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.policy import demand_part
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Side

if TYPE_CHECKING:
    from rapport.engine.agreement import Source


def demand_edit(actor: Person, engagement: Engagement, what: str) -> None:
    """Refuse unless the actor edits for one of the two companies of an engagement; `what` as in `demand`."""
    demand_part(actor, engagement)
    demand(actor, Right.EDIT, what)


def deliverers(source: "Source") -> tuple[Side, ...]:
    """The sides that the agreement lets deliver the records of a source."""
    return tuple(side for side in Side if source.delivered_by.value in ("either", side.value))


def awaited_side(sides: Collection[Side]) -> Side:
    """Who of those who may deliver records is told to: the partner, whose work they are about, if it is among them."""
    return Side.PARTNER if Side.PARTNER in sides else Side.CLIENT


def is_deliverer(actor: Person, source: "Source") -> bool:
    """Whether the agreement lets the actor's side deliver the records of a source."""
    return actor.side in deliverers(source)


def demand_deliverer(actor: Person, name: str, source: "Source") -> None:
    """Refuse unless the agreement lets the actor's side deliver the records of the source of this name."""
    if not is_deliverer(actor, source):
        raise Refused(
            f"This file comes from the {actor.side}. The agreement has the {source.delivered_by} deliver {name}; "
            "ask them, or change `delivered_by` in a new version."
        )
