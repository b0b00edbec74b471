"""Whom to tell of figures."""

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Statement
from rapport.apps.assurance.policy import may_speak
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import people_of
from rapport.domain.roles import Side


def whom_to_tell(engagement: Engagement, side: Side) -> list[Person]:
    """Who of a side is told of figures: the owner of the engagement; where there is none or they have left, who spoke
    last for the side; where nobody did who is still there, everybody who may.
    """
    owner = engagement.owner_of(side)
    if owner and owner.is_active:
        return [owner]
    said = Statement.objects.filter(line__engagement=engagement, side=side, by__is_active=True)
    if last := said.select_related("by").order_by("-pk").first():
        return [last.by]
    return [person for person in people_of(engagement, side).select_related("organisation") if may_speak(person)]
