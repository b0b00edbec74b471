"""Tables of organisations and people."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from rapport.domain.audience import Audience
from rapport.domain.roles import Right, Role, Side, may, roles_of, words


def _choices(values: type[Side] | type[Role]) -> list[tuple[str, str]]:
    return [(value.value, value.value.replace("_", " ")) for value in values]


LONGEST_FUNCTION = 100
"""The most characters of what somebody is in their company."""


class Organisation(models.Model):
    """A company: the one client of this installation, or one of its partners."""

    name = models.CharField(max_length=200)
    side = models.CharField(max_length=10, choices=_choices(Side))
    created_at = models.DateTimeField()

    audience: ClassVar = {
        "id": Audience.OWN,
        "name": Audience.OWN,
        "side": Audience.OWN,
        "created_at": Audience.OWN,
    }

    class Meta:
        """One client; no two companies with one name."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["side"], condition=Q(side="client"), name="accounts_one_client"),
            models.UniqueConstraint(Lower("name"), name="accounts_organisation_name"),
        ]

    def __str__(self) -> str:
        return self.name


class People(BaseUserManager["Person"]):
    """Django's own look-up by e-mail address."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """A person by e-mail address, however it is capitalised."""
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who signs in, for exactly one company.

    `function` is what they are there, such as "Head of claims", by which agreements may name them; it carries no right.
    """

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    function = models.CharField(max_length=LONGEST_FUNCTION, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    role = models.CharField(max_length=20, choices=_choices(Role))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[People] = People()

    audience: ClassVar = {
        "id": Audience.OWN,
        "email": Audience.OWN,
        "name": Audience.BOTH,
        "function": Audience.BOTH,
        "organisation": Audience.BOTH,
        "role": Audience.BOTH,
        "is_active": Audience.OWN,
        "created_at": Audience.OWN,
        "password": Audience.SYSTEM,
        "last_login": Audience.OWN,
    }

    class Meta:
        """One account to an e-mail address."""

        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="accounts_person_email")]

    def __str__(self) -> str:
        return self.name

    @property
    def role_words(self) -> str:
        """The role as people say it."""
        return words(Role(self.role))

    @property
    def side(self) -> Side:
        """The side of the table this person sits on."""
        return Side(self.organisation.side)

    @property
    def is_client(self) -> bool:
        """Whether this person belongs to the client."""
        return self.side is Side.CLIENT

    def may(self, right: Right) -> bool:
        """Whether this person's role carries a right, as long as the account is open."""
        return self.is_active and Role(self.role) in roles_of(self.side) and may(Role(self.role), right)


class Team(models.Model):
    """People of one organisation who do something together, such as the service desk."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(Person, related_name="teams")
    created_at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "organisation", "name", "created_at"), Audience.OWN)

    class Meta:
        """No two teams of one organisation with one name."""

        constraints: ClassVar = [models.UniqueConstraint("organisation", Lower("name"), name="accounts_team_name")]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A link that lets one address become one role in one organisation, once and for a few days."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=20, choices=_choices(Role))
    function = models.CharField(max_length=LONGEST_FUNCTION, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(
            ("id", "organisation", "email", "role", "invited_by", "created_at", "expires_at"), Audience.OWN
        ),
        **dict.fromkeys(("function", "accepted_at", "revoked_at"), Audience.OWN),
        "token_digest": Audience.SYSTEM,
    }

    @property
    def role_words(self) -> str:
        """The role as people say it."""
        return words(Role(self.role))


class ApiToken(models.Model):
    """A key with which a program acts as its owner; only its digest is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=[("read", "read"), ("write", "read and write")])
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "person", "name", "scope", "created_at", "expires_at", "revoked_at"), Audience.OWN),
        "digest": Audience.SYSTEM,
    }


class KeptAnswer(models.Model):
    """The answer to a request that carried an idempotency key; `status` is None while the request still runs."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "person", "key", "digest", "status", "body", "at"), Audience.SYSTEM)

    class Meta:
        """One answer to a person's key."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "key"], name="accounts_answer_once")]
