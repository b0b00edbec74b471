"""`rapport seed`: a believable portfolio for trying, made by the same actions people use, at the times they would."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

from rapport.cli.portfolio.generator import CLIENT, Story, stories

if TYPE_CHECKING:
    from rapport.apps.accounts.models import Organisation, Person
    from rapport.apps.engagements.models import Engagement

_DOMAIN = "example.org"
_STARTED = date(2025, 3, 3)
_CLIENT = {"manager": "Maya Brooks", "executive": "Edwin Hale", "auditor": "Ines Moreau"}
_CHANGING = "Brightdesk"
"""The partner that proposes a change to its agreement."""
_HANDED_IN = {"nda": 1200, "data_security": 700, "insurance": 640}
"""Documents that partners handed in at the start, and for how many days each holds."""
_OWED = {"Papertrail": "data_security"}
"""What a partner never handed in, so that its gate is closed."""


@dataclass(frozen=True)
class Entrance:
    """Somebody who can sign in, with the password that is known only now."""

    person: "Person"
    password: str


def fill(tell: Callable[[str], None], now: datetime) -> list[Entrance]:
    """Fill an empty installation; four people to sign in as, of the client and of one partner.

    `tell` hears what is being made.

    Raises:
        rapport.apps.accounts.policy.Refused: there is something here already.
    """
    start = _at(_STARTED)
    administrator = _client(start)
    client = [_join(administrator, administrator.organisation, role, name, start) for role, name in _CLIENT.items()]
    manager, signers = client[0].person, []
    for story in stories():
        tell(f"{story.partner}: {story.title}")
        signers.append(_partner(administrator, manager, story, start))
        signer = signers[-1].person
        engagement = _agreed(manager, signer, story, start)
        _records(signer, engagement, story, now)
        if story.partner == _CHANGING:
            _changed(signer, engagement, story, now - timedelta(days=2))
        _results(engagement, now)
    return [*client, signers[0]]


def _client(at: datetime) -> "Person":
    from rapport.apps.accounts.actions import found_client

    email, password = f"administrator@northwind.{_DOMAIN}", secrets.token_urlsafe(24)
    return found_client(organisation=CLIENT, name="Rosa Lindqvist", email=email, password=password, at=at)


def _join(by: "Person", organisation: "Organisation", role: str, name: str, at: datetime) -> Entrance:
    from rapport.apps.accounts.actions import accept_invitation, invite
    from rapport.domain.roles import Role

    email, password = f"{role}@{organisation.name.split()[0].lower()}.{_DOMAIN}", secrets.token_urlsafe(12)
    _, link = invite(by=by, organisation=organisation, email=email, role=Role(role), at=at)
    return Entrance(accept_invitation(secret=link, name=name, password=password, at=at), password)


def _partner(administrator: "Person", manager: "Person", story: Story, at: datetime) -> Entrance:
    """A partner with its first person and the documents it handed in."""
    from rapport.apps.accounts.actions import add_partner

    organisation = add_partner(by=manager, name=story.partner, at=at)
    signer = _join(administrator, organisation, "signer", f"Account manager of {story.partner}", at)
    for kind, days in _HANDED_IN.items():
        if _OWED.get(story.partner) != kind:
            _document(signer.person, manager, kind, days, at)
    return signer


def _document(signer: "Person", manager: "Person", kind: str, days: int, at: datetime) -> None:
    from django.core.files.base import ContentFile

    from rapport.apps.partners.actions import accept_document, hand_in
    from rapport.domain.evidence import DocumentKind

    document = hand_in(
        by=signer, organisation=signer.organisation, kind=DocumentKind(kind), title="", at=at,
        file=ContentFile(b"A stand-in for the signed document.", f"{kind}.txt"),
        valid_from=at.date(), valid_until=at.date() + timedelta(days=days),
    )  # fmt: skip
    accept_document(by=manager, document=document, at=at)


def _agreed(manager: "Person", signer: "Person", story: Story, at: datetime) -> "Engagement":
    """An engagement whose agreement both sides have signed."""
    from rapport.apps.engagements.actions import (
        Particulars,
        change_engagement,
        propose_version,
        sign_version,
        start_engagement,
        write_draft,
    )

    engagement = start_engagement(
        by=manager, partner=signer.organisation, title=story.title, purpose=story.purpose, at=at
    )
    to = Particulars(story.title, story.purpose, story.tier, manager, signer)
    change_engagement(by=manager, engagement=engagement, to=to, at=at)
    version = write_draft(by=manager, engagement=engagement, text=story.agreement, at=at)
    version = propose_version(by=manager, version=version, at=at + timedelta(days=4))
    version = sign_version(by=manager, version=version, digest=version.digest, at=at + timedelta(days=4))
    sign_version(by=signer, version=version, digest=version.digest, at=at + timedelta(days=9))
    return engagement


def _records(signer: "Person", engagement: "Engagement", story: Story, now: datetime) -> None:
    """The partner's files, quarter by quarter, each uploaded and committed a few days after its quarter."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from rapport.apps.delivery.actions import commit_batch, preview_records

    for quarter, of_sources in enumerate(zip_longest(*story.records.values()), start=1):
        at = min(_at(date(2025, 4, 3) + timedelta(days=91 * quarter)), now - timedelta(days=3))
        for source, written in zip(story.records, of_sources, strict=True):
            if written is not None:
                name, text = written
                file = SimpleUploadedFile(name, text.encode())
                batch = preview_records(by=signer, engagement=engagement, source=source, file=file, at=at)
                commit_batch(by=signer, batch=batch, at=at)


def _results(engagement: "Engagement", at: datetime) -> None:
    from rapport.apps.kpis.actions import compute_results

    compute_results(engagement=engagement, at=at)


def _changed(signer: "Person", engagement: "Engagement", story: Story, at: datetime) -> None:
    """The partner proposes a change and has signed it; the client's signature is awaited."""
    from rapport.apps.engagements.actions import propose_version, sign_version, write_draft

    text = story.agreement.replace("edge: 90", "edge: 88", 1)
    version = write_draft(by=signer, engagement=engagement, text=text, at=at)
    version = propose_version(by=signer, version=version, at=at)
    sign_version(by=signer, version=version, digest=version.digest, at=at)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)
