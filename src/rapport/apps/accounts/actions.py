"""What people do with organisations, people and keys. Each refuses with a sentence, and leaves a line of history."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from rapport.apps.accounts.models import LONGEST_FUNCTION, ApiToken, Invitation, Organisation, Person, Team
from rapport.apps.accounts.policy import (
    demand,
    demand_closing,
    demand_people_of,
    has_somebody_in_charge,
)
from rapport.apps.accounts.queries import digest_of_secret
from rapport.apps.audit.actions import INSTALLATION, SYSTEM, Who, record
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right, Role, Side, roles_of

INVITED_FOR = timedelta(days=7)
LONGEST_TOKEN = timedelta(days=366)


def who(person: Person) -> Who:
    """A person as history remembers them."""
    return Who(person.pk, person.name, person.organisation.name)


@transaction.atomic
def found_client(*, organisation: str, name: str, email: str, password: str, at: datetime) -> Person:
    """Make the client organisation and its first administrator, on an installation that has nobody yet."""
    if Organisation.objects.exists():
        raise Refused("This installation has its client already; ask an administrator there for an invitation.")
    client = Organisation.objects.create(name=_named(organisation), side=Side.CLIENT, created_at=at)
    person = _new_person(client, Role.ADMINISTRATOR, name, email, password, at)
    record(INSTALLATION, by=who(person), at=at, verb="organisation.founded", subject=client.name)
    return person


@transaction.atomic
def add_partner(*, by: Person, name: str, at: datetime) -> Organisation:
    """Make a partner organisation; its people come by invitation."""
    demand(by, Right.MANAGE_PARTNERS, "add partners")
    if Organisation.objects.filter(name__iexact=name.strip()).exists():
        raise Refused(f"There is an organisation named {name.strip()} already; open it, or choose another name.")
    partner = Organisation.objects.create(name=_named(name), side=Side.PARTNER, created_at=at)
    record(INSTALLATION, by=who(by), at=at, verb="partner.added", subject=partner.name)
    return partner


@transaction.atomic
def invite(
    *, by: Person, organisation: Organisation, email: str, role: Role, function: str = "", at: datetime
) -> tuple[Invitation, str]:
    """Invite an address into an organisation with a role; the second value is the link's secret, shown this once.

    `function` is what the person is in the company, where that is known.
    """
    demand_people_of(by, organisation)
    address = _address(email)
    _demand_role_of(organisation, role)
    if Person.objects.filter(email__iexact=address).exists():
        raise Refused(f"{address} cannot be invited; use another address.")
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation, email=address, role=role, function=_function(function),
        token_digest=digest_of_secret(secret), invited_by=by, created_at=at, expires_at=at + INVITED_FOR,
    )  # fmt: skip
    record(INSTALLATION, by=who(by), at=at, verb="person.invited", subject=organisation.name, details={"role": role})
    return invitation, secret


def open_invitation(*, secret: str, at: datetime) -> Invitation:
    """The invitation behind a link, while it can be accepted."""
    found = Invitation.objects.select_related("organisation").filter(
        token_digest=digest_of_secret(secret), accepted_at=None, revoked_at=None, expires_at__gt=at
    )
    if (invitation := found.first()) is None:
        raise Refused("This invitation is used, withdrawn or too old; ask whoever invited you for a new one.")
    return invitation


@transaction.atomic
def accept_invitation(*, secret: str, name: str, password: str, at: datetime) -> Person:
    """Become a person of the organisation that invited; the role is the one that was offered."""
    return _join(open_invitation(secret=secret, at=at), name, password, at)


@dataclass(frozen=True)
class Identity:
    """Whom the company's own sign-in names: by issuer and subject, which never change.

    The address is in lower case, and empty where the issuer does not vouch for it.
    """

    issuer: str
    subject: str
    address: str
    name: str


@transaction.atomic
def link_identity(*, identity: Identity, at: datetime) -> Person:
    """Let somebody who has an account come in by the company's own sign-in, from now on by who they are there."""
    _demand_address(identity)
    person = Person.objects.select_for_update().filter(email=identity.address, is_active=True).first()
    if person is None:
        raise Refused(f"Nobody has an account here with {identity.address}; ask whom you work with for an invitation.")
    return _link(person, identity, at)


@transaction.atomic
def join_by_identity(*, secret: str, identity: Identity, at: datetime) -> Person:
    """Accept an invitation as whom the company's own sign-in names; there is no password then."""
    _demand_address(identity)
    invitation = open_invitation(secret=secret, at=at)
    if invitation.email != identity.address:
        raise Refused(
            f"This invitation is for {invitation.email}, and you came as {identity.address}; "
            "sign in there as whom was invited, or ask for an invitation for this address."
        )
    person = _join(invitation, identity.name or identity.address.partition("@")[0], None, at)
    return _link(person, identity, at)


@transaction.atomic
def unlink_identity(*, by: Person, person: Person, at: datetime) -> Person:
    """Forget whom the company's own sign-in named as this person; the next one it vouches for is linked anew."""
    demand_people_of(by, person.organisation)
    if not SocialAccount.objects.filter(user=person).delete()[0]:
        raise Refused(f"{person.name} does not come in by the company's sign-in; there is nothing to unlink.")
    record(INSTALLATION, by=who(by), at=at, verb="identity.unlinked", subject=person.name)
    return person


@transaction.atomic
def revoke_invitation(*, by: Person, invitation: Invitation, at: datetime) -> Invitation:
    """Take back an invitation that nobody has accepted."""
    demand_people_of(by, invitation.organisation)
    if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=at):
        raise Refused("This invitation is accepted or withdrawn already.")
    record(INSTALLATION, by=who(by), at=at, verb="invitation.revoked", subject=invitation.organisation.name)
    invitation.refresh_from_db()
    return invitation


@transaction.atomic
def change_role(*, by: Person, person: Person, role: Role, at: datetime) -> Person:
    """Give somebody another role in the same organisation; it holds from their next click."""
    demand_people_of(by, person.organisation)
    _demand_role_of(person.organisation, role)
    _let_no_two_leave_at_once(person.organisation)
    before, person.role = person.role, role
    person.save(update_fields=["role"])
    _keep_somebody_in_charge(person.organisation)
    details = {"from": before, "to": role.value}
    record(INSTALLATION, by=who(by), at=at, verb="person.role_changed", subject=person.name, details=details)
    return person


@transaction.atomic
def change_function(*, by: Person, person: Person, function: str, at: datetime) -> Person:
    """Say what somebody is in their company, such as "Head of claims"; nothing where it is empty.

    Agreements may name people so, and whoever has the function is asked, told and invited from now on; hence whoever
    manages the people of a company writes it, and nobody else, not even of themselves.
    """
    demand_people_of(by, person.organisation)
    before, person.function = person.function, _function(function)
    if person.function == before:
        return person
    person.save(update_fields=["function"])
    details = {"from": before, "to": person.function}
    record(INSTALLATION, by=who(by), at=at, verb="person.function_changed", subject=person.name, details=details)
    return person


@transaction.atomic
def close_account(*, by: Person, person: Person, at: datetime) -> Person:
    """Let somebody in no longer, from their next click on, nor their keys ever; what they did stays theirs."""
    demand_closing(by, person)
    _let_no_two_leave_at_once(person.organisation)
    person.is_active = False
    person.save(update_fields=["is_active"])
    _keep_somebody_in_charge(person.organisation)
    for session in UserSession.objects.filter(user=person):
        session.end()
    ApiToken.objects.filter(person=person, revoked_at=None).update(revoked_at=at)
    record(INSTALLATION, by=who(by), at=at, verb="person.closed", subject=person.name)
    return person


@transaction.atomic
def reopen_account(*, by: Person, person: Person, at: datetime) -> Person:
    """Let somebody in again whose account was closed, in the role they had; they sign in and make keys anew."""
    demand_people_of(by, person.organisation)
    if not Person.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
        raise Refused(f"The account of {person.name} is open already.")
    record(INSTALLATION, by=who(by), at=at, verb="person.reopened", subject=person.name)
    person.refresh_from_db()
    return person


@transaction.atomic
def give_password(*, email: str, password: str, at: datetime) -> Person:
    """Give somebody a new password who lost theirs, for whoever runs the installation, and sign them out elsewhere."""
    if (person := Person.objects.filter(email=_address(email), is_active=True).first()) is None:
        raise Refused(f"Nobody with an open account has the address {email}; see who has under People.")
    person.set_password(password)
    person.save(update_fields=["password"])
    for session in UserSession.objects.filter(user=person):
        session.end()
    record(INSTALLATION, by=SYSTEM, at=at, verb="person.password_given", subject=person.name)
    return person


@transaction.atomic
def remove_second_factor(*, by: Person, person: Person, at: datetime) -> Person:
    """Let somebody in by the first factor alone who has lost the second; nobody does that for themselves."""
    demand_people_of(by, person.organisation)
    if by.pk == person.pk:
        raise Refused("Somebody else who manages people has to do this for you, or take it off under Second factor.")
    if not Authenticator.objects.filter(user=person).delete()[0]:
        raise Refused(f"{person.name} has no second factor.")
    record(INSTALLATION, by=who(by), at=at, verb="person.second_factor_removed", subject=person.name)
    return person


@transaction.atomic
def make_team(*, by: Person, organisation: Organisation, name: str, members: Collection[Person], at: datetime) -> Team:
    """Put people of one organisation together under a name."""
    demand_people_of(by, organisation)
    team = Team(organisation=organisation, name=_named(name), created_at=at)
    _demand_one_name(team)
    _demand_colleagues(team, members)
    team.save()
    team.members.set(members)
    record(INSTALLATION, by=who(by), at=at, verb="team.made", subject=team.name, details=_of(members))
    return team


@transaction.atomic
def change_team(*, by: Person, team: Team, name: str, members: Collection[Person], at: datetime) -> Team:
    """Give a team another name or other people."""
    demand_people_of(by, team.organisation)
    team.name = _named(name)
    _demand_one_name(team)
    _demand_colleagues(team, members)
    team.save(update_fields=["name"])
    team.members.set(members)
    record(INSTALLATION, by=who(by), at=at, verb="team.changed", subject=team.name, details=_of(members))
    return team


@transaction.atomic
def dissolve_team(*, by: Person, team: Team, at: datetime) -> None:
    """Let a team be no more; its people stay."""
    demand_people_of(by, team.organisation)
    record(INSTALLATION, by=who(by), at=at, verb="team.dissolved", subject=team.name)
    team.delete()


@transaction.atomic
def issue_token(*, by: Person, name: str, scope: str, lasts: timedelta, at: datetime) -> tuple[ApiToken, str]:
    """Make a key for a program that acts as its owner; the second value is the key, shown this once."""
    if scope not in ("read", "write"):
        raise Refused(f"A key reads or writes; {scope} is neither.")
    if not timedelta(0) < lasts <= LONGEST_TOKEN:
        raise Refused("A key lasts from one day to a year.")
    secret = "rapport_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        person=by, name=_named(name), scope=scope, digest=digest_of_secret(secret), created_at=at, expires_at=at + lasts
    )
    record(INSTALLATION, by=who(by), at=at, verb="token.issued", subject=token.name, details={"scope": scope})
    return token, secret


@transaction.atomic
def revoke_token(*, by: Person, token: ApiToken, at: datetime) -> ApiToken:
    """Let a key open nothing from now on."""
    if token.person_id != by.pk:
        demand_people_of(by, token.person.organisation)
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
    record(INSTALLATION, by=who(by), at=at, verb="token.revoked", subject=token.name)
    token.refresh_from_db()
    return token


def _join(invitation: Invitation, name: str, password: str | None, at: datetime) -> Person:
    """Use an invitation up and make the person that it was for."""
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(accepted_at=at)
    if not taken:
        raise Refused("This invitation has been used or withdrawn a moment ago.")
    _demand_own_name(invitation.organisation, name)
    person = _new_person(invitation.organisation, Role(invitation.role), name, invitation.email, password, at)
    if invitation.function:
        person.function = invitation.function
        person.save(update_fields=["function"])
    record(INSTALLATION, by=who(person), at=at, verb="invitation.accepted", subject=person.organisation.name)
    return person


def _demand_own_name(organisation: Organisation, name: str) -> None:
    """Refuse a name that is a colleague's function: an agreement that names it would mean the newcomer."""
    functions = Person.objects.filter(organisation=organisation, is_active=True).values_list("function", flat=True)
    if name.strip().casefold() in {one.casefold() for one in functions if one}:
        raise Refused(f"“{name.strip()}” is what somebody at {organisation.name} does; write your own name.")


def _demand_address(identity: Identity) -> None:
    if not identity.address:
        raise Refused(
            "Your company's sign-in does not vouch for your e-mail address; confirm it there, or sign in another way."
        )


def _link(person: Person, identity: Identity, at: datetime) -> Person:
    """Keep that an identity is this person; one person is one identity of one issuer."""
    if (known := SocialAccount.objects.filter(user=person).first()) is not None:
        other = "another person there" if known.provider == identity.issuer else "another company's sign-in"
        raise Refused(
            f"{person.email} is linked to {other} already, so this one does not get in; "
            "ask whoever manages the people of your company to unlink it."
        )
    SocialAccount.objects.create(user=person, provider=identity.issuer, uid=identity.subject)
    record(INSTALLATION, by=who(person), at=at, verb="identity.linked", subject=person.name)
    return person


def _demand_one_name(team: Team) -> None:
    same = Team.objects.filter(organisation=team.organisation, name__iexact=team.name).exclude(pk=team.pk)
    if same.exists():
        raise Refused(f"{team.organisation.name} has a team named {team.name} already; choose another name.")


def _demand_colleagues(team: Team, members: Collection[Person]) -> None:
    for person in members:
        if person.organisation_id != team.organisation_id:
            raise Refused(f"A team is of people of one company; choose people of {team.organisation.name}.")


def _of(members: Collection[Person]) -> dict[str, list[str]]:
    return {"members": sorted(person.name for person in members)}


def _new_person(
    organisation: Organisation, role: Role, name: str, email: str, password: str | None, at: datetime
) -> Person:
    person = Person(organisation=organisation, role=role, name=_named(name), email=_address(email), created_at=at)
    if Person.objects.filter(email__iexact=person.email).exists():
        raise Refused(f"{person.email} has an account already; sign in instead.")
    if password is not None:
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from None
    person.set_password(password)
    person.save()
    return person


def _demand_role_of(organisation: Organisation, role: Role) -> None:
    there = roles_of(Side(organisation.side))
    if role not in there:
        raise Refused(f"{organisation.name} has no role {role}; choose one of {', '.join(there)}.")


def _let_no_two_leave_at_once(organisation: Organisation) -> None:
    """Have one wait here for the other, before either holds what the other needs."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _keep_somebody_in_charge(organisation: Organisation) -> None:
    if not has_somebody_in_charge(organisation):
        raise Refused(f"Nobody would be left to manage the people of {organisation.name}; name somebody else first.")


def _named(text: str) -> str:
    if not (name := " ".join(text.split())):
        raise Refused("Write a name.")
    return name


def _function(text: str) -> str:
    if len(function := " ".join(text.split())) > LONGEST_FUNCTION:
        raise Refused(
            f"The function has {len(function):,} characters; say in at most {LONGEST_FUNCTION} what the person is, "
            "such as “Head of claims”."
        )
    return function


def _address(text: str) -> str:
    try:
        validate_email(text.strip())
    except ValidationError:
        raise Refused(f"{text!r} is not an e-mail address; write one such as name@example.org.") from None
    return text.strip().lower()
