"""Who may do what with the views of the portfolio that people keep."""

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import demand
from rapport.apps.portfolio.models import SavedView
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right


def demand_keeping(actor: Person) -> None:
    """Refuse unless the actor has a portfolio to keep views of."""
    demand(actor, Right.SEE, "keep views of the portfolio")


def demand_own(actor: Person, view: SavedView) -> None:
    """Refuse unless a view is the actor's own; a colleague who shared one takes it away alone."""
    if view.person_id != actor.pk:
        raise Refused("Only who keeps a view can remove it; ask the colleague who shared it.")
