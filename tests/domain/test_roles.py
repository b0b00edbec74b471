import pytest

from rapport.domain.roles import Right, Role, Side, may, roles_of


def test_every_role_belongs_to_one_side():
    assert sorted([*roles_of(Side.CLIENT), *roles_of(Side.PARTNER)]) == sorted(Role)
    assert not set(roles_of(Side.CLIENT)) & set(roles_of(Side.PARTNER))


def test_sides_face_each_other():
    assert Side.CLIENT.other is Side.PARTNER
    assert Side.PARTNER.other is Side.CLIENT


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_their_own(role):
    assert may(role, Right.SEE)


@pytest.mark.parametrize(
    ("right", "roles"),
    [
        (Right.SIGN, {Role.MANAGER, Role.EXECUTIVE, Role.SIGNER}),
        (Right.EDIT, {Role.MANAGER, Role.SIGNER, Role.EDITOR}),
        (Right.MANAGE_PEOPLE, {Role.ADMINISTRATOR, Role.SIGNER}),
        (Right.MANAGE_PARTNERS, {Role.ADMINISTRATOR, Role.MANAGER}),
        (Right.SEE_HISTORY, set(Role) - {Role.VIEWER, Role.PARTNER_VIEWER}),
    ],
)
def test_rights_come_with_roles(right, roles):
    assert {role for role in Role if may(role, right)} == roles


def test_an_administrator_does_not_sign():
    """Who hands out rights is not who binds the company."""
    assert not may(Role.ADMINISTRATOR, Right.SIGN)
