"""Who may do what: the roles of people on either side, and the rights that come with each."""

from enum import StrEnum


class Side(StrEnum):
    """The two companies of every agreement: the client who outsources, and its partners."""

    CLIENT = "client"
    PARTNER = "partner"

    @property
    def other(self) -> "Side":
        """The side across the table."""
        return Side.PARTNER if self is Side.CLIENT else Side.CLIENT


class Role(StrEnum):
    """What somebody is in the organisation they belong to."""

    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    EXECUTIVE = "executive"
    VIEWER = "viewer"
    AUDITOR = "auditor"
    SIGNER = "signer"
    EDITOR = "editor"
    PARTNER_VIEWER = "partner_viewer"


class Right(StrEnum):
    """Something that not everybody may do."""

    SEE = "see"
    SEE_HISTORY = "see_history"
    EDIT = "edit"
    SIGN = "sign"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_PARTNERS = "manage_partners"


_EDITING = frozenset({Right.SEE, Right.SEE_HISTORY, Right.EDIT})
_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset({Right.SEE, Right.SEE_HISTORY, Right.MANAGE_PEOPLE, Right.MANAGE_PARTNERS}),
    Role.MANAGER: _EDITING | {Right.SIGN, Right.MANAGE_PARTNERS},
    Role.EXECUTIVE: frozenset({Right.SEE, Right.SEE_HISTORY, Right.SIGN}),
    Role.VIEWER: frozenset({Right.SEE}),
    Role.AUDITOR: frozenset({Right.SEE, Right.SEE_HISTORY}),
    Role.SIGNER: _EDITING | {Right.SIGN, Right.MANAGE_PEOPLE},
    Role.EDITOR: _EDITING,
    Role.PARTNER_VIEWER: frozenset({Right.SEE}),
}
_ROLES: dict[Side, tuple[Role, ...]] = {
    Side.CLIENT: (Role.ADMINISTRATOR, Role.MANAGER, Role.EXECUTIVE, Role.VIEWER, Role.AUDITOR),
    Side.PARTNER: (Role.SIGNER, Role.EDITOR, Role.PARTNER_VIEWER),
}


def roles_of(side: Side) -> tuple[Role, ...]:
    """The roles there are on one side, the most powerful first."""
    return _ROLES[side]


def words(role: Role) -> str:
    """A role as people of its own side say it."""
    return "viewer" if role is Role.PARTNER_VIEWER else role.value


def may(role: Role, right: Right) -> bool:
    """Whether a role carries a right within its own organisation and that organisation's engagements."""
    return right in _RIGHTS[role]
