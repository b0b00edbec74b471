"""Who may take which of the steps that the practices ask for."""

from collections.abc import Mapping

from rapport.apps.accounts.models import Person
from rapport.apps.issues.policy import may_work
from rapport.domain.coverage import Page
from rapport.domain.roles import Right, Side

_RIGHTS: Mapping[Page, Right] = {
    Page.SIGN: Right.SIGN,
    Page.WRITE: Right.EDIT,
    Page.DOCUMENTS: Right.MANAGE_PARTNERS,
    Page.PEOPLE: Right.MANAGE_PEOPLE,
    Page.RECORDS: Right.EDIT,
    Page.RESULTS: Right.SEE,
    Page.SETTLE: Right.EDIT,
    Page.ISSUES: Right.SEE,
    Page.EDITIONS: Right.EDIT,
    Page.ESCALATIONS: Right.SEE,
    Page.MEETINGS: Right.SEE,
    Page.RATE: Right.SIGN,
    Page.OWNER: Right.EDIT,
}
_KEEPING: Mapping[Side, Right] = {Side.CLIENT: Right.MANAGE_PARTNERS, Side.PARTNER: Right.EDIT}
"""What it takes on either side to keep a partner's profile, contacts and documents."""


def may_take(actor: Person, page: Page) -> bool:
    """Whether the actor's role lets them do what a step asks for on its page."""
    if page is Page.FEEDBACK:
        return may_work(actor)
    return actor.may(_RIGHTS.get(page, _KEEPING[actor.side]))
