"""Reading organisations and people; every list starts from what the actor may see."""

from datetime import datetime
from hashlib import sha256

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest

from rapport.apps.accounts.models import ApiToken, Invitation, Organisation, Person, Team
from rapport.apps.accounts.policy import in_charge
from rapport.domain.roles import Right, Role, Side


def actor_of(request: HttpRequest) -> Person:
    """Who is asking; pages that anybody may open do not ask."""
    assert isinstance(request.user, Person)
    return request.user


def visible_organisations(actor: Person) -> QuerySet[Organisation]:
    """The actor's own organisation; for the client's people every partner, for a partner's the client."""
    if actor.is_client:
        return Organisation.objects.all()
    return Organisation.objects.filter(Q(pk=actor.organisation_id) | Q(side=Side.CLIENT))


def partners(actor: Person) -> QuerySet[Organisation]:
    """The partners an actor may see, by name, with the number of their people as `people_count`."""
    counted = Count("people", filter=Q(people__is_active=True))
    return visible_organisations(actor).filter(side=Side.PARTNER).annotate(people_count=counted).order_by("name")


def manageable_organisations(actor: Person) -> QuerySet[Organisation]:
    """Whose people an actor may manage: those of the own company, for the client also where nobody is in charge yet."""
    if not actor.may(Right.MANAGE_PEOPLE):
        return Organisation.objects.none()
    own = Q(pk=actor.organisation_id)
    managing = Exists(in_charge().filter(organisation=OuterRef("pk")))
    return Organisation.objects.filter(own | ~managing if actor.is_client else own)


def people(actor: Person) -> QuerySet[Person]:
    """The people an actor may see with their addresses: those of the own organisation, and for the client all."""
    found = Person.objects.select_related("organisation").order_by("organisation__side", "organisation__name", "name")
    return found if actor.is_client else found.filter(organisation_id=actor.organisation_id)


_LONGEST_TEXT = 100
ORDERS = {
    "name": ("name",),
    "company": ("organisation__side", "organisation__name", "name"),
    "role": ("role", "name"),
    "since": ("created_at", "name"),
}
"""What the list of people can be sorted by."""


def people_found(actor: Person, search: str, company: str, role: str, order: str) -> QuerySet[Person]:
    """The people an actor may see whose name, function or address holds a text, of one company, in one role.

    Each has their teams. Empty words narrow nothing, and neither does a company that the actor does not see.
    """
    found = people(actor).prefetch_related(Prefetch("teams", Team.objects.order_by("name")))
    if text := search.replace("\0", "")[:_LONGEST_TEXT]:
        found = found.filter(Q(name__icontains=text) | Q(function__icontains=text) | Q(email__icontains=text))
    if (organisation := company_numbered(actor, company)) is not None:
        found = found.filter(organisation=organisation)
    if role in list(Role):
        found = found.filter(role=role)
    columns = ORDERS.get(order.removeprefix("-"), ORDERS["company"])
    return found.order_by(*(f"-{column}" for column in columns) if order.startswith("-") else columns)


def companies(actor: Person) -> QuerySet[Organisation]:
    """The organisations whose people an actor may see."""
    every = Organisation.objects.order_by("side", "name")
    return every if actor.is_client else every.filter(pk=actor.organisation_id)


def company_numbered(actor: Person, number: str) -> Organisation | None:
    """The organisation with a number, if the actor may see its people."""
    return next((company for company in companies(actor) if str(company.pk) == number), None)


def teams(actor: Person) -> QuerySet[Team]:
    """The teams an actor may see, with those of their people whose account is open."""
    within = Team.objects.filter(organisation__in=companies(actor)).select_related("organisation")
    open_ones = Prefetch("members", Person.objects.filter(is_active=True).order_by("name"))
    return within.prefetch_related(open_ones).order_by("organisation__side", "organisation__name", "name")


def manageable_teams(actor: Person) -> QuerySet[Team]:
    """The teams an actor may change."""
    return teams(actor).filter(organisation__in=manageable_organisations(actor))


def candidates(organisation: Organisation) -> QuerySet[Person]:
    """Who can be put into a team of an organisation."""
    return Person.objects.filter(organisation=organisation, is_active=True).order_by("name")


def with_entrances(found: QuerySet[Person]) -> QuerySet[Person]:
    """People, each with whether they come in by the company's own sign-in (`is_linked`) and by a second factor."""
    linked = SocialAccount.objects.filter(user=OuterRef("pk"))
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return found.annotate(is_linked=Exists(linked), has_second_factor=Exists(factors))


def manageable_people(actor: Person) -> QuerySet[Person]:
    """The people whose role and function an actor may change."""
    return people(actor).filter(organisation__in=manageable_organisations(actor))


def closable_people(actor: Person) -> QuerySet[Person]:
    """The people whose account an actor may close: of the own organisation, for the client of any."""
    return people(actor) if actor.may(Right.MANAGE_PEOPLE) else Person.objects.none()


def open_invitations(actor: Person, at: datetime) -> QuerySet[Invitation]:
    """Invitations an actor may take back: not accepted, not revoked, not too old."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)
    return waiting.filter(organisation__in=manageable_organisations(actor)).select_related("organisation")


def tokens(actor: Person) -> QuerySet[ApiToken]:
    """The actor's own keys, the latest first."""
    return ApiToken.objects.filter(person=actor).order_by("-created_at")


def digest_of_secret(secret: str) -> str:
    """What is kept of a secret: enough to know it again, and nothing that opens what it opens."""
    return sha256(secret.encode()).hexdigest()


def token_behind(secret: str, at: datetime) -> ApiToken | None:
    """The key a program shows, while it opens anything."""
    living = ApiToken.objects.filter(revoked_at=None, expires_at__gt=at, person__is_active=True)
    return living.select_related("person__organisation").filter(digest=digest_of_secret(secret)).first()


def client_organisation() -> Organisation | None:
    """The client of this installation, once it has been set up."""
    return Organisation.objects.filter(side=Side.CLIENT).first()


def has_client() -> bool:
    """Whether this installation has been set up."""
    return client_organisation() is not None
