"""Who may do what with escalations."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import may_enter_absences
from rapport.apps.issues.models import Issue
from rapport.apps.issues.policy import demand_work, may_work
from rapport.domain.issues import State
from rapport.domain.refusals import Refused

_CLIMBS_NOT = {
    State.PROPOSED: "is proposed and not on the list yet; wait until it is",
    State.DECLINED: "was declined; propose it anew if it is needed after all",
    State.RESOLVED: "is said to be mended; confirm that, or send it back to the list first",
    State.CLOSED: "is closed; reopen it if its cause shows again",
}


UNSETTLED = (State.LISTED, State.RESOLVED)
"""The states of an issue whose escalation goes on: that one side says it is mended settles nothing."""


def may_climb(issue: Issue) -> bool:
    """Whether an issue is one that climbs: on the list, and not said to be mended."""
    return State(issue.state) is State.LISTED


def may_act(actor: Person, issue: Issue) -> bool:
    """Whether an actor takes the steps of their side."""
    return may_work(actor) and State(issue.state) in UNSETTLED


def demand_start(actor: Person, issue: Issue) -> None:
    """Refuse unless the actor works on an issue, and it is one that climbs."""
    demand_work(actor, issue.engagement)
    if not may_climb(issue):
        raise Refused(f"{issue} {_CLIMBS_NOT[State(issue.state)]}.")


def demand_steps(actor: Person, issue: Issue) -> None:
    """Refuse unless the actor works on an issue, and it is not settled."""
    demand_work(actor, issue.engagement)
    if State(issue.state) not in UNSETTLED:
        raise Refused(f"{issue} {_CLIMBS_NOT[State(issue.state)]}.")


def demand_absences_of(actor: Person, person: Person) -> None:
    """Refuse unless an actor enters somebody's absences: their own, or those of the people they manage.

    Whoever falls ill cannot enter it themselves; whoever manages the people of their company does it then.
    """
    if not may_enter_absences(actor, person):
        raise Refused(
            f"You enter your own absences only; ask {person.name}, or whoever manages the people of "
            f"{person.organisation.name}."
        )
