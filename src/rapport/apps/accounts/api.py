"""What programs ask about organisations and people, and how a key opens the API.

A key opens the API as its owner; a POST with an idempotency key happens once.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.security import HttpBearer
from pydantic import StringConstraints

from rapport.apps.accounts import actions, queries
from rapport.apps.accounts.models import LONGEST_FUNCTION, ApiToken, KeptAnswer, Organisation, Person, Team
from rapport.domain.roles import Role
from rapport.kit.api import Page, Paging, Problem, Words, chosen, page_of

KEPT_FOR = timedelta(hours=24)
"""How long an answer is kept for a repetition of its request."""
GIVEN_UP_AFTER = timedelta(minutes=10)
"""When a request that has no answer yet is taken to have died, so that its repetition may run."""
_READING = ("GET", "HEAD", "OPTIONS")
_LONGEST_IDEMPOTENCY_KEY = 200


class Key(HttpBearer):
    """A key in the header `Authorization: Bearer`, and nowhere else; a key that reads does not write."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The living key behind a secret, whose owner's account is open."""
        found = queries.token_behind(token, timezone.now())
        if found and found.scope != "write" and request.method not in _READING:
            raise Problem(403, "This key reads and does not write; make one that reads and writes.")
        return found


def actor_of(request: HttpRequest) -> Person:
    """Whom the key that was shown acts for."""
    return _key_of(request).person


def _key_of(request: HttpRequest) -> ApiToken:
    key = getattr(request, "auth", None)
    assert isinstance(key, ApiToken)  # no operation runs without one
    return key


def answered_once(request: HttpRequest, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer a POST that carries an idempotency key at most once a person and key; repetitions get the same answer.

    Only success is kept: what was refused has changed nothing, and is judged anew.
    """
    word = request.headers.get("Idempotency-Key", "")
    key = Key()(request) if word and request.method == "POST" else None
    if key is None:
        return answer()
    if len(word) > _LONGEST_IDEMPOTENCY_KEY or not word.isprintable():
        what = f"An idempotency key has at most {_LONGEST_IDEMPOTENCY_KEY} characters that can be printed."
        raise Problem(422, what, [(("header", "Idempotency-Key"), what)])
    kept, is_new = _claimed(key.person, word, _digest(request, key.person), timezone.now())
    return _kept(kept, answer) if is_new else _again(kept)


def _claimed(person: Person, word: str, digest: str, at: datetime) -> tuple[KeptAnswer, bool]:
    """The answer kept under a key, and whether it is this request's to give."""
    KeptAnswer.objects.filter(person=person, at__lte=at - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(person=person, key=word, digest=digest, at=at), True
    except IntegrityError:
        found = KeptAnswer.objects.filter(person=person, key=word).first()
    if found is not None and found.digest != digest:
        what = "This idempotency key came with another request; choose a new one for each thing to be done."
        raise Problem(422, what, [(("header", "Idempotency-Key"), what)])
    if found is not None and found.status is not None:
        return found, False
    given_up = KeptAnswer.objects.filter(person=person, key=word, status=None, at__lte=at - GIVEN_UP_AFTER)
    if found is None or not given_up.update(at=at):
        raise Problem(409, "The first request with this idempotency key still runs; ask again in a moment.")
    return found, True


def _kept(kept: KeptAnswer, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        response = answer()
    except BaseException:
        kept.delete()
        raise
    if isinstance(response, HttpResponse) and 200 <= response.status_code < 300:
        kept.status, kept.body = response.status_code, response.content.decode()
        kept.save(update_fields=["status", "body"])
    else:
        kept.delete()
    return response


def _again(kept: KeptAnswer) -> HttpResponse:
    headers = {"Idempotency-Replayed": "true"}
    return HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8", headers=headers)


def _digest(request: HttpRequest, person: Person) -> str:
    """What tells one request from another, the role it was made in included: other rights, another request."""
    digest = sha256()
    for part in (person.role.encode(), b"POST", request.get_full_path().encode(), *_parts(request)):
        digest.update(sha256(part).digest())
    return digest.hexdigest()


def _parts(request: HttpRequest) -> Iterator[bytes]:
    """A body without what differs each time: of a form its fields and files, not the line that parts them."""
    if not (request.content_type or "").startswith("multipart/"):
        yield request.body
        return
    for name, values in sorted(request.POST.lists()):
        yield f"{name}={values}".encode()
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            assert isinstance(file, UploadedFile)
            digest = sha256()
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
            yield f"{name}={file.name}={digest.hexdigest()}".encode()


class Company(Schema):
    """An organisation."""

    id: int
    name: str


class Somebody(Schema):
    """A person as the other company knows them; the number is for the own organisation, and for the client."""

    id: int | None
    name: str
    organisation: str


class PersonShown(Schema):
    """A person with what only the own organisation and the client see."""

    id: int
    name: str
    function: str
    email: str
    role: Role
    organisation: Company
    is_active: bool


class Me(Schema):
    """Whom a key acts for, and what it allows until when."""

    person: PersonShown
    side: str
    scope: str
    expires_at: datetime


class TeamShown(Schema):
    """People of one organisation who do something together, by their numbers."""

    id: int
    name: str
    organisation: Company
    members: list[int]


class TeamAsked(Schema):
    """What a team is called, and who of its organisation is in it."""

    name: Words
    members: tuple[int, ...] = ()


class NewTeam(TeamAsked):
    """A team to be made in an organisation."""

    organisation: int


class RoleChange(Schema):
    """Another role."""

    role: Role


class FunctionChange(Schema):
    """What somebody is in their company, such as "Head of claims"; nothing where it is empty."""

    function: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_FUNCTION)]


class InvitationShown(Schema):
    """An invitation that nobody has accepted yet; its link was shown once, to whoever made it."""

    id: int
    email: str
    role: Role
    function: str
    organisation: Company
    created_at: datetime
    expires_at: datetime


def somebody(actor: Person, person: Person) -> Somebody:
    """A person who did something in an engagement, for a reader of either side."""
    is_known = actor.is_client or actor.organisation_id == person.organisation_id
    return Somebody(id=person.pk if is_known else None, name=person.name, organisation=person.organisation.name)


def _person(person: Person) -> PersonShown:
    company = Company(id=person.organisation_id, name=person.organisation.name)
    return PersonShown(
        id=person.pk, name=person.name, function=person.function, email=person.email, role=Role(person.role),
        organisation=company, is_active=person.is_active,
    )  # fmt: skip


router = Router(tags=["People"])


@router.get("/me", response=Me)
def show_me(request: HttpRequest) -> Me:
    """Whom the key acts for, what it allows, and until when."""
    key = _key_of(request)
    return Me(person=_person(key.person), side=key.person.side, scope=key.scope, expires_at=key.expires_at)


@router.get("/people", response=Page[PersonShown])
def list_people(request: HttpRequest, paging: Query[Paging]) -> Page[PersonShown]:
    """The people of your organisation; for the client's people those of every partner too."""
    return page_of(request, paging, queries.people(actor_of(request)), _person)


@router.patch("/people/{int:person_id}", response=PersonShown)
def change_role(request: HttpRequest, person_id: int, asked: RoleChange) -> PersonShown:
    """Give somebody another role in the same organisation."""
    actor = actor_of(request)
    person = get_object_or_404(queries.manageable_people(actor), pk=person_id)
    return _person(actions.change_role(by=actor, person=person, role=asked.role, at=timezone.now()))


@router.put("/people/{int:person_id}/function", response=PersonShown)
def change_function(request: HttpRequest, person_id: int, asked: FunctionChange) -> PersonShown:
    """Say what somebody is in their company, where you manage its people."""
    actor = actor_of(request)
    person = get_object_or_404(queries.manageable_people(actor), pk=person_id)
    return _person(actions.change_function(by=actor, person=person, function=asked.function, at=timezone.now()))


@router.post("/people/{int:person_id}/close", response=PersonShown)
def close_account(request: HttpRequest, person_id: int) -> PersonShown:
    """Let somebody in no longer, from their next request on; their keys open nothing any more."""
    actor = actor_of(request)
    person = get_object_or_404(queries.closable_people(actor), pk=person_id)
    return _person(actions.close_account(by=actor, person=person, at=timezone.now()))


@router.get("/invitations", response=Page[InvitationShown])
def list_invitations(request: HttpRequest, paging: Query[Paging]) -> Page[InvitationShown]:
    """The invitations you may take back. They are made on the page of people, where their link is shown once."""
    found = queries.open_invitations(actor_of(request), timezone.now())
    return page_of(
        request, paging, found,
        lambda one: InvitationShown(
            id=one.pk, email=one.email, role=Role(one.role), function=one.function, created_at=one.created_at,
            expires_at=one.expires_at,
            organisation=Company(id=one.organisation_id, name=one.organisation.name),
        ),
    )  # fmt: skip


@router.delete("/invitations/{int:invitation_id}", response={204: None})
def revoke_invitation(request: HttpRequest, invitation_id: int) -> None:
    """Take back an invitation that nobody has accepted."""
    actor, now = actor_of(request), timezone.now()
    invitation = get_object_or_404(queries.open_invitations(actor, now), pk=invitation_id)
    actions.revoke_invitation(by=actor, invitation=invitation, at=now)


@router.get("/teams", response=Page[TeamShown])
def list_teams(request: HttpRequest, paging: Query[Paging]) -> Page[TeamShown]:
    """The teams of your organisation; for the client's people those of every partner too."""
    return page_of(request, paging, queries.teams(actor_of(request)), _team)


@router.post("/teams", response={201: TeamShown})
def make_team(request: HttpRequest, asked: NewTeam) -> Status[TeamShown]:
    """Put people of one organisation together under a name."""
    actor = actor_of(request)
    organisation = chosen(queries.manageable_organisations(actor), asked.organisation, "organisation")
    members = _members(organisation, asked.members)
    team = actions.make_team(by=actor, organisation=organisation, name=asked.name, members=members, at=timezone.now())
    return Status(201, _team(team))


@router.put("/teams/{int:team_id}", response=TeamShown)
def change_team(request: HttpRequest, team_id: int, asked: TeamAsked) -> TeamShown:
    """Give a team another name and other people."""
    actor = actor_of(request)
    team = get_object_or_404(queries.manageable_teams(actor), pk=team_id)
    members = _members(team.organisation, asked.members)
    actions.change_team(by=actor, team=team, name=asked.name, members=members, at=timezone.now())
    return _team(get_object_or_404(queries.manageable_teams(actor), pk=team_id))


@router.delete("/teams/{int:team_id}", response={204: None})
def dissolve_team(request: HttpRequest, team_id: int) -> None:
    """Let a team be no more; its people stay."""
    actor = actor_of(request)
    team = get_object_or_404(queries.manageable_teams(actor), pk=team_id)
    actions.dissolve_team(by=actor, team=team, at=timezone.now())


def _members(organisation: Organisation, numbers: Iterable[int]) -> list[Person]:
    return [chosen(queries.candidates(organisation), number, "members") for number in dict.fromkeys(numbers)]


def _team(team: Team) -> TeamShown:
    company = Company(id=team.organisation_id, name=team.organisation.name)
    members = [person.pk for person in team.members.all() if person.is_active]
    return TeamShown(id=team.pk, name=team.name, organisation=company, members=members)
