"""Who may do what with organisations and people."""

from django.db.models import QuerySet

from rapport.apps.accounts.models import Organisation, Person
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Role, may, roles_of, words


class NotAllowed(Refused):
    """Something that a person's role does not carry."""


def demand(actor: Person, right: Right, what: str) -> None:
    """Refuse unless the actor's role carries a right; `what` ends the sentence "Your role does not let you ..."."""
    if not actor.may(right):
        raise NotAllowed(f"Your role does not let you {what}; ask {_who_can(right, actor)}.")


def demand_people_of(actor: Person, organisation: Organisation) -> None:
    """Refuse unless the actor manages the people of an organisation: their own, or for the client a partner's first.

    Once somebody at the partner is in charge, the client brings in nobody there any more: whoever could make an account
    on the other side could sign for it.
    """
    demand(actor, Right.MANAGE_PEOPLE, "manage people")
    if actor.organisation_id == organisation.pk:
        return
    if not actor.is_client:
        raise Refused("You manage the people of your own organisation only.")
    if has_somebody_in_charge(organisation):
        raise Refused(f"{organisation.name} manages its own people; ask one of them. You can still close an account.")


def may_enter_absences(actor: Person, person: Person) -> bool:
    """Whether an actor says when somebody is away: of themselves, or of the people they manage in their company."""
    is_colleague = actor.organisation_id == person.organisation_id
    return actor.pk == person.pk or (is_colleague and actor.may(Right.MANAGE_PEOPLE))


def demand_closing(actor: Person, person: Person) -> None:
    """Refuse unless the actor may end somebody's access: in their own organisation, or for the client anywhere."""
    demand(actor, Right.MANAGE_PEOPLE, "close accounts")
    if actor.organisation_id != person.organisation_id and not actor.is_client:
        raise Refused("You close accounts of your own organisation only.")


def has_somebody_in_charge(organisation: Organisation) -> bool:
    """Whether somebody with an open account manages the people of an organisation."""
    return in_charge().filter(organisation=organisation).exists()


def in_charge() -> QuerySet[Person]:
    """The people with an open account who manage those of their organisation."""
    roles = [role for role in Role if may(role, Right.MANAGE_PEOPLE)]
    return Person.objects.filter(is_active=True, role__in=roles)


def _who_can(right: Right, actor: Person) -> str:
    able = [words(role) for role in roles_of(actor.side) if may(role, right)]
    return "one of these in your organisation: " + ", ".join(able) if able else "the client"
