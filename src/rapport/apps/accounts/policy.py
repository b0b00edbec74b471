"""Who may do what with organisations and people."""

from rapport.apps.accounts.models import Organisation, Person
from rapport.domain.roles import Right, may, roles_of


class Refused(Exception):  # noqa: N818 - read as a sentence: it was refused
    """Something a person may not do or that cannot be done now, in one sentence for that person."""


class NotAllowed(Refused):
    """Something that a person's role does not carry."""


def demand(actor: Person, right: Right, what: str) -> None:
    """Refuse unless the actor's role carries a right; `what` ends the sentence "Your role does not let you ..."."""
    if not actor.may(right):
        raise NotAllowed(f"Your role does not let you {what}; ask {_who_can(right, actor)}.")


def demand_people_of(actor: Person, organisation: Organisation) -> None:
    """Refuse unless the actor manages the people of an organisation: their own, or for the client a partner's first."""
    demand(actor, Right.MANAGE_PEOPLE, "manage people")
    if actor.organisation_id != organisation.pk and not actor.is_client:
        raise Refused("You manage the people of your own organisation only.")


def _who_can(right: Right, actor: Person) -> str:
    able = [role.value for role in roles_of(actor.side) if may(role, right)]
    return "one of these in your organisation: " + ", ".join(able) if able else "the client"
