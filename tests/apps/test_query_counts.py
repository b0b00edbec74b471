"""How many questions each list asks the database: the same for one row as for thirty, but where it is said why not.

A number that changes here changes knowingly. Each page is opened twice and counted the second time, when what a process
keeps in memory is there.
"""

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import ApiToken, Invitation, Organisation, Person, Team
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.audit.actions import record
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion, Engagement, Remark
from rapport.apps.feedback.models import Draft, Feedback, Promise, Rating, Round
from rapport.apps.kpis.models import Evaluation, OpenRecord, Result
from rapport.apps.partners.models import Contact, PartnerDocument
from rapport.apps.portfolio.models import SavedView
from rapport.apps.practices.models import Symptom

AGREEMENT = (Path(str(files("rapport.cli"))) / "demo" / "agreement.yaml").read_text(encoding="utf-8")
CLIENT = {
    "/": 29,
    "/portfolio/": 20,
    "/portfolio/due/": 13,
    "/portfolio/notices/": 10,
    "/portfolio/figures/": 15,
    "/portfolio/search/?q=desk": 14,
    "/people/": 16,
    "/keys/": 10,
    "/partners/": 11,
    "/partners/{partner}/": 15,
    "/engagements/{}/": 16,
    "/engagements/{}/history/": 15,
    "/engagements/{}/agreement/": 17,
    "/engagements/{}/records/": 13,
    "/engagements/{}/results/": 17,
    "/engagements/{}/results/reopened/": 16,
    "/engagements/{}/settle/": 17,
    "/engagements/{}/settle/?show=closed": 17,
    "/engagements/{}/practices/": 31,
    "/engagements/{}/feedback/": 18,
    "/engagements/symptoms/": 11,
}
PARTNER = {
    "/": 30,
    "/portfolio/": 19,
    "/portfolio/due/": 13,
    "/portfolio/notices/": 10,
    "/portfolio/figures/": 15,
    "/portfolio/search/?q=desk": 14,
    "/people/": 18,
    "/keys/": 10,
    "/partners/{partner}/": 16,
    "/engagements/{}/": 16,
    "/engagements/{}/history/": 15,
    "/engagements/{}/agreement/": 17,
    "/engagements/{}/records/": 13,
    "/engagements/{}/results/": 17,
    "/engagements/{}/results/reopened/": 16,
    "/engagements/{}/settle/": 17,
    "/engagements/{}/settle/?show=closed": 17,
    "/engagements/{}/practices/": 31,
    "/engagements/{}/feedback/": 18,
    "/engagements/symptoms/": 11,
}


@pytest.fixture
def filled(world, now):
    """Puts so many of everything into the engagement of partner `own`, and beside it."""

    def fill(count):
        version = _in_force(world.engagement, world, now)
        evaluation = _computed(world.engagement, version, now)
        for number in range(count):
            _beside(world, now, number)
            _inside(world, version, evaluation, now, number)
        return world.engagement

    return fill


def _beside(world, now, number):
    """Another partner with its people, papers and an engagement; another of everything one person has."""
    partner = Organisation.objects.create(name=f"Desk {number}", side="partner", created_at=now)
    signer = Person.objects.create(
        organisation=partner, role="signer", name="Signer", email=f"signer@{number}.example", created_at=now
    )
    engagement = Engagement.objects.create(
        partner=partner, title=f"Desk {number}", client_owner=world.manager, created_at=now
    )
    _result(_computed(engagement, _in_force(engagement, world, now), now), now, "resolved-in-time", 1, "below_target")
    _document(partner, signer, now)
    _together(engagement, world, now, 1)
    for person in (world.manager, world.signer):
        Person.objects.create(
            organisation=person.organisation, role="viewer", name=f"Desk {number}", created_at=now,
            email=f"viewer-{number}@{person.organisation_id}.example",
        )  # fmt: skip
        team = Team.objects.create(organisation=person.organisation, name=f"Desk {number}", created_at=now)
        team.members.add(person)
        SavedView.objects.create(person=person, name=f"Desk {number}", created_at=now)
        lasting = {"created_at": now, "expires_at": now + timedelta(days=9)}
        digest = f"{person.pk}-{number}"
        ApiToken.objects.create(person=person, name="Desk", scope="read", digest=digest, **lasting)
        Invitation.objects.create(
            organisation=person.organisation, email=f"{number}@desk.example", role="viewer", token_digest=digest,
            invited_by=person, **lasting,
        )  # fmt: skip


def _inside(world, version, evaluation, now, number):
    """Another file, period, figure, remark, record, document and line of history of one engagement."""
    engagement = world.engagement
    Batch.objects.create(
        engagement=engagement, version=version, source="tickets", file_name=f"{number}.csv", sha256=f"{number:064}",
        size=1, report={"read": 1, "used": 1, "rejected": 0}, stage="committed", uploaded_by=world.signer,
        uploaded_at=now, committed_at=now,
    )  # fmt: skip
    for kpi in ("resolved-in-time", "reopened"):
        _result(evaluation, now, kpi, number, "below_target")
    for state, ends_at in (("differing", now - timedelta(days=1)), ("settled", now - timedelta(days=99))):
        line = Line.objects.create(
            engagement=engagement, kpi="resolved-in-time", period=f"{state} {number}", ends_at=ends_at,
            closes_at=ends_at + timedelta(days=30), state=state, partner="94", client="90",
            agreed="90" if state == "settled" else "", is_opened=True,
        )  # fmt: skip
        for kind, person in (("report", world.signer), ("verify", world.manager), ("offer", world.manager)):
            Statement.objects.create(line=line, kind=kind, side=person.side, value="90", by=person, at=now)
    Remark.objects.create(version=version, line=1, text="Why?", author=world.signer, side="partner", at=now)
    OpenRecord.objects.create(engagement=engagement, kpi="reopened", key=f"T-{number}", due_at=now + timedelta(days=1))
    _document(world.own, world.signer, now)
    _together(engagement, world, now, number + 1)
    Symptom.objects.create(
        engagement=engagement,
        key=f"uncorrected:{number}",
        sentence=f"Seen {number}",
        tone="bad",
        page="results",
        since=now,
    )
    Contact.objects.create(organisation=world.own, name=f"Desk {number}")
    record(engagement.chain, by=who(world.manager), at=now, verb="figure.disputed", subject="reopened")


def _together(engagement, world, now, number):
    """Another feedback, draft, rating and promise by each side; beside the first a round that nobody has rated in."""
    row = {"engagement": engagement, "number": number}
    asking = row | {"period": "Q", "questions": [], "opened_by": world.manager, "opened_at": now}
    one = Round.objects.create(**asking, closes_on=now.date(), state="revealed", ended_at=now)
    if number == 1:
        Round.objects.create(**asking | {"number": 1000}, closes_on=now.date())
    for person, place in ((world.manager, 2 * number), (world.signer, 2 * number + 1)):
        numbered = row | {"number": place, "by": person.side}
        said = numbered | {"kind": "change", "team": "Desk", "seen": "Late", "effect": "Harm", "asked": "Hurry"}
        Draft.objects.create(**said, author=person, at=now)
        Feedback.objects.create(**said, author=person, at=now)
        Promise.objects.create(
            **numbered, kind="help", what="Help", recipient="Desk", shows="List", first_due_on=now.date(),
            due_on=now.date(), promised_by=person, promised_at=now, proposed_on=now.date() + timedelta(days=9),
        )  # fmt: skip
        answers = {"fairness": {"score": 3, "note": ""}}
        Rating.objects.create(round=one, side=person.side, answers=answers, signed_by=person, signed_at=now)


def _in_force(engagement, world, now):
    return AgreementVersion.objects.create(
        engagement=engagement, number=1, text=AGREEMENT, digest="d" * 64, stage="in_force", written_by="client",
        author=world.manager, created_at=now, proposed_at=now, in_force_at=now - timedelta(days=400),
    )  # fmt: skip


def _computed(engagement, version, now):
    return Evaluation.objects.create(
        engagement=engagement, version=version, content="{}", digest="e" * 64, computed_at=now
    )


def _result(evaluation, now, kpi, number, status):
    ends_at = now - timedelta(days=30 * number)
    Result.objects.create(
        evaluation=evaluation, engagement=evaluation.engagement, kpi=kpi, period=f"{ends_at:%Y-%m} {number}",
        starts_at=ends_at - timedelta(days=30), ends_at=ends_at, is_complete=True, is_latest=not number, status=status,
        content={"value": 90, "target": 95, "minimum": None, "numerator": 9, "denominator": 10, "coverage": 1},
    )  # fmt: skip


def _document(partner, person, now):
    PartnerDocument.objects.create(
        organisation=partner, kind="nda", title="Desk", valid_from=now.date(), handed_in_by=person, handed_in_at=now,
        valid_until=now.date() + timedelta(days=9),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("role", "count", "expected"),
    [("manager", 1, CLIENT), ("manager", 30, CLIENT), ("signer", 1, PARTNER), ("signer", 30, PARTNER)],
)
def test_a_list_asks_as_much_for_thirty_rows_as_for_one(
    world, filled, signed_in, now, monkeypatch, role, count, expected
):
    monkeypatch.setattr(timezone, "now", lambda: now)
    engagement, browser = filled(count), signed_in(getattr(world, role))
    counted = {}
    for page in expected:
        address = page.format(engagement.pk, partner=world.own.pk)
        assert browser.get(address).status_code == 200, address
        with CaptureQueriesContext(connection) as asked:
            browser.get(address)
        counted[page] = len(asked)
    assert counted == expected
