"""Who may have what people are told leave through a channel, and for whom."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import NotAllowed
from rapport.domain.roles import Right


def may_keep_channels(actor: Person) -> bool:
    """Whether the actor is an administrator of the client; nobody of a partner ever keeps a channel."""
    return actor.is_client and actor.may(Right.MANAGE_PEOPLE)


def demand_keeper(actor: Person) -> None:
    """Refuse unless the actor keeps channels."""
    if not may_keep_channels(actor):
        raise NotAllowed("Only the client's administrators keep channels; ask one of them.")


def may_be_heard(person: Person) -> bool:
    """Whether what a person is told leaves through a channel: of the client, with an open account."""
    return person.is_client and person.may(Right.SEE)
