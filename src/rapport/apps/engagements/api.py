"""What programs ask about engagements, and do with the versions of their agreements."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from rapport.apps.accounts.api import Company, Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdict
from rapport.apps.engagements import actions, policy, queries
from rapport.apps.engagements.models import AgreementVersion, Engagement, Remark
from rapport.domain.roles import Side
from rapport.domain.signing import Stage
from rapport.domain.tiers import Tier
from rapport.kit.api import Page, Paging, Words, chosen, page_of

Purpose = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=5000)]
AgreementText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=500_000)]


class EngagementShown(Schema):
    """What the client has one partner do; tier and spend a year are the client's own affair, null for the partner."""

    id: int
    partner: Company
    title: str
    purpose: str
    tier: Tier | None
    spend: Decimal | None
    client_owner: Somebody
    partner_owner: Somebody | None
    created_at: datetime


class EngagementStanding(EngagementShown):
    """An engagement with the versions that matter now, and whose move it is."""

    in_force: int | None
    proposed: int | None
    draft: int | None
    move: str
    is_our_move: bool


class NewEngagement(Schema):
    """An engagement to be started with a partner."""

    partner: int
    title: Words
    purpose: Purpose = ""


class EngagementChange(Schema):
    """What is to be changed; what is left out stays as it is. Null takes the partner's owner, or the spend, away."""

    title: Words = ""
    purpose: Purpose = ""
    tier: Tier = Tier.STANDARD
    spend: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)] | None = None
    client_owner: int = 0
    partner_owner: int | None = None


class HistoryEntry(Schema):
    """One thing that happened; the digest covers it and everything before it."""

    number: int
    at: datetime
    by: str
    organisation: str
    verb: str
    subject: str
    details: dict[str, Any]
    digest: str


class HistoryVerdict(Schema):
    """What the history is worth, calculated anew: its entries, its head, and the number at which it breaks."""

    entries: int
    head: str
    broken_at: int | None


class SignatureShown(Schema):
    """One side's name under one digest."""

    side: Side
    person: Somebody
    digest: str
    at: datetime


class VersionRow(Schema):
    """One version of an agreement; its digest is there once it is proposed."""

    id: int
    number: int | None
    stage: Stage
    written_by: Side
    author: Somebody
    digest: str
    created_at: datetime
    proposed_at: datetime | None
    in_force_at: datetime | None
    signatures: list[SignatureShown]


class FaultShown(Schema):
    """One thing wrong with a text: where, what was seen, what was expected, how to mend it."""

    line: int
    column: int
    path: str
    seen: str
    expected: str
    mend: str


class VersionShown(VersionRow):
    """A version with its text; `fingerprint` is what `seen` must be to rewrite a draft."""

    text: str
    fingerprint: str
    faults: list[FaultShown]
    obstacles: list[str]
    changes: list[str]


class NewDraft(Schema):
    """The text of a draft, faults and all."""

    text: AgreementText


class Rewriting(Schema):
    """Another text for a draft, and the fingerprint of the text it was written from."""

    text: AgreementText
    seen: Words


class Signing(Schema):
    """The digest of the text that was read and is signed."""

    digest: Words


class RemarkShown(Schema):
    """Something said about a line of a version."""

    id: int
    line: int
    text: str
    author: Somebody
    side: Side
    is_private: bool
    at: datetime


class NewRemark(Schema):
    """Something to be said about a line: to both sides, or only to one's own."""

    line: int
    text: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=5000)]
    is_private: bool = Field(True, description="Only your own side sees it.")


router = Router(tags=["Engagements"])
agreements = Router(tags=["Agreements"])


@router.get("/engagements", response=Page[EngagementShown])
def list_engagements(request: HttpRequest, paging: Query[Paging]) -> Page[EngagementShown]:
    """The engagements you may see."""
    actor = actor_of(request)
    return page_of(request, paging, queries.visible_engagements(actor), lambda one: _engagement(actor, one))


@router.post("/engagements", response={201: EngagementStanding})
def start_engagement(request: HttpRequest, asked: NewEngagement) -> Status[EngagementStanding]:
    """Begin working with a partner on something; you own it on the client's side."""
    actor = actor_of(request)
    partner = chosen(queries.startable_partners(actor), asked.partner, "partner")
    engagement = actions.start_engagement(
        by=actor, partner=partner, title=asked.title, purpose=asked.purpose, at=timezone.now()
    )
    return Status(201, _standing(actor, engagement))


@router.get("/engagements/{int:engagement_id}", response=EngagementStanding)
def show_engagement(request: HttpRequest, engagement_id: int) -> EngagementStanding:
    """An engagement, how its agreement stands and whose move it is."""
    actor = actor_of(request)
    return _standing(actor, asked_engagement(actor, engagement_id))


@router.patch("/engagements/{int:engagement_id}", response=EngagementStanding)
def change_engagement(request: HttpRequest, engagement_id: int, asked: EngagementChange) -> EngagementStanding:
    """Change an engagement's particulars; tier, spend and client's owner are the client's alone."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    now = {field: getattr(engagement, field) for field in actions.Particulars._fields}
    wanted = actions.Particulars(**now | _wanted(actor, engagement, asked))
    actions.change_engagement(by=actor, engagement=engagement, to=wanted, at=timezone.now())
    return _standing(actor, asked_engagement(actor, engagement_id))


@router.get("/engagements/{int:engagement_id}/history", response=Page[HistoryEntry])
def list_history(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[HistoryEntry]:
    """What happened in an engagement, the latest first."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    policy.demand_history(actor)
    return page_of(request, paging, queries.history(actor, engagement), _entry, by="-number")


@router.get("/engagements/{int:engagement_id}/history/verdict", response=HistoryVerdict)
def show_history_verdict(request: HttpRequest, engagement_id: int) -> HistoryVerdict:
    """Whether an engagement's history is whole, calculated anew."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    policy.demand_history(actor)
    found = verdict(engagement.chain)
    return HistoryVerdict(entries=found.entries, head=found.head, broken_at=found.broken_at)


@agreements.get("/engagements/{int:engagement_id}/versions", response=Page[VersionRow])
def list_versions(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[VersionRow]:
    """The versions of an agreement, the latest first; a draft only of your own side."""
    actor = actor_of(request)
    found = queries.versions(actor, asked_engagement(actor, engagement_id))
    return page_of(request, paging, found, lambda one: VersionRow(**_version(actor, one)), by="-pk")


@agreements.post("/engagements/{int:engagement_id}/versions", response={201: VersionShown})
def write_draft(request: HttpRequest, engagement_id: int, asked: NewDraft) -> Status[VersionShown]:
    """Keep the text of a new draft, which your side alone sees; a side has one draft at a time."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    draft = actions.write_draft(by=actor, engagement=engagement, text=asked.text, at=timezone.now())
    return Status(201, _whole(actor, engagement_id, draft.pk))


@agreements.get("/engagements/{int:engagement_id}/versions/{int:version_id}", response=VersionShown)
def show_version(request: HttpRequest, engagement_id: int, version_id: int) -> VersionShown:
    """A version with its text, its faults, its signatures, and what it changes in the agreement in force."""
    return _whole(actor_of(request), engagement_id, version_id)


@agreements.put("/engagements/{int:engagement_id}/versions/{int:version_id}", response=VersionShown)
def rewrite_draft(request: HttpRequest, engagement_id: int, version_id: int, asked: Rewriting) -> VersionShown:
    """Replace the text of your side's draft."""
    actor = actor_of(request)
    version = _asked_version(actor, engagement_id, version_id)
    actions.rewrite_draft(by=actor, version=version, text=asked.text, seen=asked.seen, at=timezone.now())
    return _whole(actor, engagement_id, version_id)


@agreements.post("/engagements/{int:engagement_id}/versions/{int:version_id}/propose", response=VersionShown)
def propose_version(request: HttpRequest, engagement_id: int, version_id: int) -> VersionShown:
    """Show a draft to the other side and freeze it under its digest."""
    actor = actor_of(request)
    actions.propose_version(by=actor, version=_asked_version(actor, engagement_id, version_id), at=timezone.now())
    return _whole(actor, engagement_id, version_id)


@agreements.post("/engagements/{int:engagement_id}/versions/{int:version_id}/sign", response=VersionShown)
def sign_version(request: HttpRequest, engagement_id: int, version_id: int, asked: Signing) -> VersionShown:
    """Sign, for your own side, the text whose digest you have read; the second signature brings it into force."""
    actor = actor_of(request)
    version = _asked_version(actor, engagement_id, version_id)
    actions.sign_version(by=actor, version=version, digest=asked.digest, at=timezone.now())
    return _whole(actor, engagement_id, version_id)


@agreements.post("/engagements/{int:engagement_id}/versions/{int:version_id}/withdraw", response=VersionShown)
def withdraw_version(request: HttpRequest, engagement_id: int, version_id: int) -> VersionShown:
    """Take back a version your own side has proposed, before it is in force."""
    actor = actor_of(request)
    actions.withdraw_version(by=actor, version=_asked_version(actor, engagement_id, version_id), at=timezone.now())
    return _whole(actor, engagement_id, version_id)


@agreements.get("/engagements/{int:engagement_id}/versions/{int:version_id}/remarks", response=Page[RemarkShown])
def list_remarks(request: HttpRequest, engagement_id: int, version_id: int, paging: Query[Paging]) -> Page[RemarkShown]:
    """What was said about a version's lines: to both sides, or among your own."""
    actor = actor_of(request)
    found = queries.remarks(actor, _asked_version(actor, engagement_id, version_id))
    return page_of(request, paging, found, lambda one: _remark(actor, one))


@agreements.post("/engagements/{int:engagement_id}/versions/{int:version_id}/remarks", response={201: RemarkShown})
def make_remark(request: HttpRequest, engagement_id: int, version_id: int, asked: NewRemark) -> Status[RemarkShown]:
    """Say something about a line of a version; on a draft always to your own side."""
    actor = actor_of(request)
    version = _asked_version(actor, engagement_id, version_id)
    remark = actions.make_remark(by=actor, version=version, at=timezone.now(), **asked.dict())
    return Status(201, _remark(actor, remark))


def asked_engagement(actor: Person, engagement_id: int) -> Engagement:
    """The engagement of an address, if the actor may see it."""
    return get_object_or_404(queries.visible_engagements(actor), pk=engagement_id)


def _asked_version(actor: Person, engagement_id: int, version_id: int) -> AgreementVersion:
    return get_object_or_404(queries.versions(actor, asked_engagement(actor, engagement_id)), pk=version_id)


def _wanted(actor: Person, engagement: Engagement, asked: EngagementChange) -> dict[str, Any]:
    """The particulars that the body names, people resolved among those who may own this engagement."""
    named = asked.dict(exclude_unset=True)
    policy.demand_choice(actor, named)
    for field, side in (("client_owner", Side.CLIENT), ("partner_owner", Side.PARTNER)):
        if named.get(field) is not None:
            named[field] = chosen(queries.people_of(engagement, side), named[field], field)
    return named


def engagement_fields(actor: Person, one: Engagement) -> dict[str, Any]:
    """An engagement as a reader of either side may see it."""
    return {
        "id": one.pk,
        "partner": Company(id=one.partner_id, name=one.partner.name),
        "title": one.title,
        "purpose": one.purpose,
        "tier": one.tier if actor.is_client else None,
        "spend": one.spend if actor.is_client else None,
        "client_owner": somebody(actor, one.client_owner),
        "partner_owner": somebody(actor, one.partner_owner) if one.partner_owner else None,
        "created_at": one.created_at,
    }


def _engagement(actor: Person, one: Engagement) -> EngagementShown:
    return EngagementShown(**engagement_fields(actor, one))


def _standing(actor: Person, one: Engagement) -> EngagementStanding:
    found = queries.standing_of(actor, one)
    versions = {name: getattr(found, name) for name in ("in_force", "proposed", "draft")}
    numbers: dict[str, Any] = {name: version.pk if version else None for name, version in versions.items()}
    move = queries.move_in_words(one, found)
    return EngagementStanding(**engagement_fields(actor, one), **numbers, move=move, is_our_move=found.is_ours)


def _entry(entry: Entry) -> HistoryEntry:
    said = {field: entry.content[field] for field in ("at", "by", "organisation", "verb", "subject", "details")}
    return HistoryEntry(number=entry.number, digest=entry.digest, **said)


def _version(actor: Person, one: AgreementVersion) -> dict[str, Any]:
    """A version without its text; a draft has no number yet."""
    signatures = [
        SignatureShown(side=Side(given.side), person=somebody(actor, given.person), digest=given.digest, at=given.at)
        for given in one.signatures.all()
    ]
    return {
        "id": one.pk,
        "number": None if one.stage == Stage.DRAFT else one.number,
        "stage": Stage(one.stage),
        "written_by": Side(one.written_by),
        "author": somebody(actor, one.author),
        "digest": one.digest,
        "created_at": one.created_at,
        "proposed_at": one.proposed_at,
        "in_force_at": one.in_force_at,
        "signatures": signatures,
    }


def _whole(actor: Person, engagement_id: int, version_id: int) -> VersionShown:
    version = _asked_version(actor, engagement_id, version_id)
    in_force = queries.version_in_force(version.engagement)
    return VersionShown(
        **_version(actor, version),
        text=version.text,
        fingerprint=queries.fingerprint(version.text),
        faults=[
            FaultShown(
                line=one.line, column=one.column, path=one.path, seen=one.seen, expected=one.expected, mend=one.mend
            )
            for one in queries.faults_of(version.text)
        ],
        obstacles=queries.obstacles(version),
        changes=queries.changes_from(in_force, version),
    )


def _remark(actor: Person, one: Remark) -> RemarkShown:
    return RemarkShown(
        id=one.pk, line=one.line, text=one.text, author=somebody(actor, one.author), side=Side(one.side),
        is_private=one.is_private, at=one.at,
    )  # fmt: skip
