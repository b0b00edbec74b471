"""What one row of Today says, and whose it is."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from rapport.apps.accounts.models import Person
from rapport.domain.roles import Role


@dataclass(frozen=True)
class Need:
    """Something that waits for the reader: what it is and about what, since when, until when, where it is done.

    `partner` is empty where `about` says it already.
    """

    what: str
    about: str
    partner: str
    since: datetime | None
    due_on: date | None
    url: str
    verb: str


def theirs(actor: Person, place: str = "") -> Q:
    """Of what has an owner on each side, that which is the actor's or nobody's of their side; executives leave the
    latter to those who manage.

    `place` says from where the owners are reached, such as "engagement__".
    """
    owner = f"{place}{actor.side.value}_owner"
    mine = Q(**{owner: actor})
    return mine if actor.role == Role.EXECUTIVE else mine | Q(**{owner: None})
