"""Every address, as everybody, with one's own, another partner's and missing objects.

Who may not see a thing cannot tell that it exists. An address with a parameter that is not known here fails, and so
does one that nobody thought of.
"""

import re
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from importlib.resources import files
from inspect import unwrap
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve
from django.utils import timezone

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import ApiToken, Invitation, Team
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.audit.actions import INSTALLATION, record
from rapport.apps.channels.models import Channel
from rapport.apps.corrections.models import Cause, Correction, InterimTarget
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion, Engagement, Remark
from rapport.apps.escalations.models import Absence, Escalation, Step
from rapport.apps.feedback.models import Draft, Feedback, Promise, Rating, Round
from rapport.apps.issues.models import Comment, Edition, Issue, Task
from rapport.apps.kpis.models import Computation, Evaluation, OpenRecord, Result
from rapport.apps.meetings.models import (
    Action,
    Addressee,
    Attendance,
    Decision,
    LinkPermission,
    Meeting,
    Minutes,
    Point,
    Report,
    ReportLink,
)
from rapport.apps.partners.models import Contact, PartnerDocument, Profile
from rapport.apps.portfolio.models import LastVisit, SavedView
from rapport.apps.practices.models import Symptom
from rapport.domain.audience import Audience
from rapport.kit.exports import FORMATS

CANARY = "canary"
"""Stands, in any capitals, in every text that one partner must never see of another, or of the client's own."""
WHISPER = "whisper"
"""Stands in every text that a partner keeps to itself, or that is sealed for the client."""
HIDDEN = "hidden-from-everybody"
"""Stands in every text that is shown to nobody."""
SEALED = {"client": "73.7313", "partner": "61.6161"}
"""The figure of each side that the other must not see yet."""
TIER = "strategic"
SPEND = "7654321"
SPEND_ON_A_PAGE = "7,654,321"
"""What the client thinks of every engagement, for itself."""
KPI = "resolved-in-time"
AGREEMENT = (Path(str(files("rapport.cli"))) / "demo" / "agreement.yaml").read_text(encoding="utf-8")

PUBLIC = {
    "today", "health", "metrics", "accounts:first_run", "accounts:accept", "accounts:accept_by_company",
    "accounts:company_sign_in", "accounts:company_back", "meetings:feed",
    "meetings:by_link", "meetings:handed_in",
}  # fmt: skip
"""What answers without signing in; everything of allauth's says so for itself."""

CLIENT_ROLES = ("administrator", "manager", "executive", "viewer", "auditor")
PARTNER_ROLES = ("signer", "editor", "partner_viewer")
MISSING = 999_999
UNCHANGED = {"rapport.apps.audit.models"}
REPORT = {
    **dict.fromkeys(("read", "used", "rejected", "duplicate", "out_of_term", "records"), 0),
    "files": [], "flagged": {}, "flag_rows": [], "rejects": [], "first": {"columns": [], "rows": []},
}  # fmt: skip


def addresses():
    """The names and routes of all pages of ours."""
    found = {}

    def walk(patterns, route, space):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                if pattern.callback.__module__.startswith("rapport."):
                    found[space + pattern.name] = route + str(pattern.pattern)
            else:
                name = f"{pattern.namespace}:" if pattern.namespace else ""
                walk(pattern.url_patterns, route + str(pattern.pattern), space + name)

    walk(get_resolver().url_patterns, "/", "")
    return found


ADDRESSES = addresses()
PARAMETERS = {name: route for name, route in ADDRESSES.items() if "<" in route}


def test_every_field_that_one_side_alone_may_see_is_watched(objects):
    """A field of one side alone needs a word in it here, or no test below would notice who is shown it."""
    watched = {Audience.CLIENT: (CANARY, TIER, SPEND), Audience.PARTNER: (WHISPER,)}
    for model in apps.get_models():
        for name, audience in getattr(model, "audience", {}).items():
            if audience in watched:
                kept = " ".join(map(str, model.objects.values_list(name, flat=True))).lower()
                assert any(word in kept for word in watched[audience]), f"{model.__name__}.{name}"


def test_the_walk_finds_the_pages():
    assert len(ADDRESSES) > 30
    assert "kpis:rows" in ADDRESSES


@pytest.fixture
def objects(world, now, monkeypatch, settings, tmp_path):
    """The numbers of one's own objects, of a sibling's and of none, by the parameters of addresses."""
    monkeypatch.setattr(timezone, "now", lambda: now)
    settings.MEDIA_ROOT = tmp_path / "uploads"
    for role in (*CLIENT_ROLES, *PARTNER_ROLES):
        before = now - timedelta(days=9)
        LastVisit.objects.create(person=getattr(world, role), at=before, before_at=before)
    _clients_own(world, now)
    return SimpleNamespace(
        own=_objects(world.engagement, world.signer, world, now, "own"),
        sibling=_objects(world.sibling_engagement, world.sibling_signer, world, now, CANARY),
        missing=dict.fromkeys(
            ("engagement_id", "version_id", "batch_id", "organisation_id", "contact_id", "document_id", "person_id",
             "invitation_id", "token_id", "team_id", "view_id", "statement_id", "number", "comment_id", "task_id",
             "edition_number", "feedback_number", "draft_number", "round_number", "promise_number",
             "channel_id", "absence_id", "cause_id", "target_id", "meeting_id", "report_id"),
            MISSING,
        ) | {
            "kpi": "none", "period": "2026-03", "section": "kpis", "place": MISSING, "secret": "none",
            "step": "approve",
        },
    )  # fmt: skip


def _clients_own(world, now):
    """What the client's people have for themselves."""
    lasting = {"created_at": now, "expires_at": now.replace(year=2099)}
    Engagement.objects.update(tier=TIER, spend=SPEND)
    Team.objects.create(organisation=world.client, name=CANARY, created_at=now).members.add(world.manager)
    SavedView.objects.create(person=world.manager, name=CANARY, query=f"tier={TIER}", is_shared=True, created_at=now)
    ApiToken.objects.create(person=world.manager, name=CANARY, scope="read", digest="m" * 64, **lasting)
    Invitation.objects.create(
        organisation=world.client, email=f"{CANARY}@client.example", role="viewer", token_digest="m" * 64,
        invited_by=world.administrator, **lasting,
    )  # fmt: skip
    record(INSTALLATION, by=who(world.administrator), at=now, verb="partner.added", subject=CANARY)


def _objects(engagement, person, world, now, word):
    partner = engagement.partner
    in_force, version, clients_draft, partners_draft = _versions(engagement, person, world, now, word)
    for author, text in ((world.manager, f"{CANARY} among clients"), (person, f"{word} {WHISPER} among partners")):
        Remark.objects.create(
            version=version, line=1, text=text, author=author, side=author.side, is_private=True, at=now
        )  # fmt: skip
    batch = Batch(
        engagement=engagement, version=in_force, source="tickets", file_name=f"{word}.csv", sha256="a" * 64, size=1,
        report=REPORT, uploaded_by=person, uploaded_at=now,
    )  # fmt: skip
    batch.file.save(f"{HIDDEN}.csv", ContentFile(b"id\n"), save=True)
    _results(engagement, in_force, person, now, word)
    Profile.objects.create(organisation=partner, about=word, note=f"{CANARY} about {word}")
    document = PartnerDocument(
        organisation=partner, kind="nda", title=word, valid_from=now.date(), handed_in_by=person, handed_in_at=now,
        valid_until=now.date() + timedelta(days=9) if word == CANARY else None,
    )  # fmt: skip
    document.file.save(f"{HIDDEN}.pdf", ContentFile(b"%PDF"), save=True)
    record(engagement.chain, by=who(person), at=now, verb="remark.made", subject=word)
    team = Team.objects.create(organisation=partner, name=word, created_at=now)
    team.members.add(person)
    sealed, stated = _statements(engagement, person, world, now, word)
    _shows(engagement, now, word)
    _late(engagement, now, word)
    issue, of_client, of_partner, task = _issue(engagement, person, world, now, word)
    drafts = _working_together(engagement, issue, person, world, now, word)
    return {
        "engagement_id": engagement.pk,
        "version_id": version.pk,
        "batch_id": batch.pk,
        "organisation_id": partner.pk,
        "contact_id": Contact.objects.create(organisation=partner, name=word).pk,
        "document_id": document.pk,
        "person_id": person.pk,
        "statement_id": stated.pk,
        "team_id": team.pk,
        "invitation_id": Invitation.objects.create(
            organisation=partner, email=f"{word}@example.org", role="editor", token_digest=word[0] * 64,
            invited_by=world.administrator, created_at=now, expires_at=now.replace(year=2099),
        ).pk,
        "token_id": ApiToken.objects.create(
            person=person, name=word, scope="read", digest=word[0] * 64, created_at=now,
            expires_at=now.replace(year=2099),
        ).pk,
        "view_id": SavedView.objects.create(
            person=person, name=word, query="q=x", is_shared=True, created_at=now
        ).pk,
        "kpi": KPI,
        "period": "2026-03",
        "section": "kpis",
        "place": 1,
        "secret": "none",
        "step": "approve",
        "number": issue.number,
        **_corrected(issue, person, now, word),
        "channel_id": Channel.objects.create(
            person=world.manager, kind="webhook", name=f"{CANARY} channel", service=CANARY, address="https://127.0.0.1/",
            secret="whsec_Y2FuYXJ5IGNhbmFyeSBjYW5hcnkgY2FuYXJ5", made_by=world.administrator, made_at=now,
        ).pk,
        "absence_id": _climbing(issue, person, now, word).pk,
        **_met(engagement, task, person, now, word),
        "comment_id": of_partner.pk,
        "task_id": task.pk,
        "edition_number": 7 if word == CANARY else 3,
        **dict.fromkeys(("feedback_number", "round_number", "promise_number"), issue.number),
        "draft_number": drafts["partner"],
        "of_client": {
            "version_id": clients_draft.pk, "period": "2026-02", "statement_id": sealed.pk, "comment_id": of_client.pk,
            "draft_number": drafts["client"],
        },
        "of_partner": {
            "version_id": partners_draft.pk, "period": "2026-03", "statement_id": stated.pk,
            "comment_id": of_partner.pk, "draft_number": drafts["partner"],
        },
    }  # fmt: skip


def _versions(engagement, person, world, now, word):
    """What is in force and what is on the table, and each side's draft, which the other must not see."""
    kept = {
        "in_force": (1, world.manager, word), "proposed": (2, world.manager, word),
        "client": (1_000_001, world.manager, f"{CANARY} in the client's draft"),
        "partner": (1_000_002, person, f"{word} {WHISPER}"),
    }  # fmt: skip
    return [
        AgreementVersion.objects.create(
            engagement=engagement, number=number, text=AGREEMENT.replace("Tickets closed", f"Tickets of {said} closed"),
            digest="d" * 64 if stage in ("in_force", "proposed") else said,
            stage=stage if stage in ("in_force", "proposed") else "draft", written_by=author.side, author=author,
            created_at=now, proposed_at=now, in_force_at=now if stage == "in_force" else None,
        )
        for stage, (number, author, said) in kept.items()
    ]  # fmt: skip


def _results(engagement, version, person, now, word):
    """A KPI that missed its target, what it says of an earlier period, a record that is due, and why it stopped."""
    evaluation = Evaluation.objects.create(
        engagement=engagement, version=version, content="{}", digest="e" * 64, computed_at=now
    )
    content = {"value": 90, "target": 95, "minimum": None, "numerator": 9, "denominator": 10, "coverage": 1}
    for period, ends_at in (("2026-03", now), (f"{word}-period", now - timedelta(days=60))):
        Result.objects.create(
            evaluation=evaluation, engagement=engagement, kpi=KPI, period=period, ends_at=ends_at, content=content,
            starts_at=ends_at - timedelta(days=28), is_complete=True, is_latest=ends_at == now, status="below_target",
        )  # fmt: skip
    OpenRecord.objects.create(engagement=engagement, kpi=KPI, key=f"{word}-record", due_at=now + timedelta(hours=9))
    Computation.objects.create(engagement=engagement, asked_by=person, asked_at=now, refusal=f"{word} was refused")


def _statements(engagement, person, world, now, word):
    """A figure of either side with evidence, each in a period of its own and sealed for a long time."""
    said = []
    for side, by, kind, state, period, text in (
        ("client", world.manager, "verify", "awaiting_partner", "2026-02", f"{CANARY} of the client's figure"),
        ("partner", person, "report", "awaiting_client", "2026-03", f"{word} {WHISPER}"),
    ):
        value = str(Fraction(SEALED[side]))
        days = {"ends_at": now.replace(year=2099), "closes_at": now.replace(year=2100)}
        line = Line.objects.create(
            engagement=engagement, kpi=KPI, period=period, state=state, **days, **{side: value}
        )  # fmt: skip
        statement = Statement(
            line=line, kind=kind, side=side, value=value, reason=text, by=by, at=now, evidence_name=f"{text}.csv"
        )
        statement.evidence.save(f"{HIDDEN}.csv", ContentFile(text.encode()), save=True)
        said.append(statement)
    return said


def _issue(engagement, person, world, now, word):
    """An issue that the partner proposed, what each side says of it for itself, with a file, and a task."""
    issue = Issue.objects.create(
        engagement=engagement, number=7 if word == CANARY else 3, title=f"{word} issue", what=word, origin="by_hand",
        severity="minor", proposed_by="partner", raised_by=person, responsible="partner", state="proposed",
        due_on=now.date(), raised_at=now, client_owner=world.manager, partner_owner=person,
    )  # fmt: skip
    said = []
    for author, text in ((world.manager, f"{CANARY} among clients"), (person, f"{word} {WHISPER} among partners")):
        comment = Comment(
            issue=issue, text=text, author=author, side=author.side, is_private=True, at=now, file_name=f"{text}.txt"
        )
        comment.file.save(f"{HIDDEN}.txt", ContentFile(text.encode()), save=True)
        said.append(comment)
    task = Task.objects.create(
        engagement=engagement, issue=issue, what=f"{word} task", side=person.side, owner=person, due_on=now.date(),
        made_by=person, made_at=now,
    )  # fmt: skip
    row = {"number": issue.number, "title": f"{word} issue", "severity": "minor", "state": "listed"}
    row |= {"responsible": "partner", "due_on": now.date().isoformat()}
    Edition.objects.create(
        engagement=engagement, number=issue.number, content={"rows": [row]}, made_at=now, approved_at=now,
        approved_by=world.manager,
    )  # fmt: skip
    return issue, *said, task


def _late(engagement, now, word):
    """An issue, an answer to its escalation and a report that the client is late with; nobody of the partner's owns
    the issue, so that its whole side is told.
    """
    before = now - timedelta(days=9)
    issue = Issue.objects.create(
        engagement=engagement, number=8 if word == CANARY else 4, title=f"{word} late issue", origin="by_hand",
        severity="major", proposed_by="partner", responsible="client", state="listed", due_on=before.date(),
        raised_at=before,
    )  # fmt: skip
    words = {"level": 0, "reason": word, "entered_at": before, "due_at": before + timedelta(days=1)}
    escalation = Escalation.objects.create(
        issue=issue, number=1, plan=word, raised_by="partner", started_at=before, ladder=_ladder(word), **words
    )
    Step.objects.create(escalation=escalation, name=word, **words)
    Report.objects.create(
        engagement=engagement, series=f"{word}-late", name=f"{word} late report", channel=word, owed_by="client",
        due_on=before.date(), state="late",
    )  # fmt: skip


def _met(engagement, task, person, now, word):
    """A meeting that was held, with everything in its draft of minutes, one that is to come, and a report handed in."""
    words = {"engagement": engagement, "series": word, "name": f"{word} meeting", "channel": word}
    held = Meeting.objects.create(
        **words, first_planned_on=now.date(), planned_on=now.date(), state="held", held_on=now.date(), reason=word,
        agenda=[{"kind": "point", "title": word, "detail": word, "url": ""}],
    )  # fmt: skip
    Minutes.objects.create(meeting=held, written_by=person.side, text=word, returned=word)
    Attendance.objects.create(meeting=held, side=person.side, person=person, name=word)
    Action.objects.create(meeting=held, what=word, owner=person, due_on=now.date(), task=task)
    day = now.date() + timedelta(days=7)
    planned = Meeting.objects.create(**words, first_planned_on=day, planned_on=day, expected={"partner": [word]})
    Point.objects.create(meeting=planned, side=person.side, by=person, text=word, at=now)
    report = Report.objects.create(
        **words, owed_by="partner", due_on=now.date(), state="received", received_on=now.date(), received_from=person,
        content={"answers": {"went_well": word}, "figures": []},
    )  # fmt: skip
    Decision.objects.create(meeting=held, text=word, by=person)
    LinkPermission.objects.create(engagement=engagement, given_by=engagement.client_owner, given_at=now)
    addressee = Addressee.objects.create(
        engagement=engagement, series=word, name=f"{word} addressee", email=f"{word}@desk.example", named_by=person,
        named_at=now,
    )  # fmt: skip
    ReportLink.objects.create(
        report=report, addressee=addressee, seed=word, digest=word, made_at=now, ends_on=now.date(),
        draft={"went_well": f"{word} {WHISPER}"},
    )  # fmt: skip
    return {"meeting_id": held.pk, "report_id": report.pk}


def _shows(engagement, now, word):
    """What shows in the whole picture; bad, so that it stands on Today."""
    said = {"key": f"uncorrected:{KPI}", "tone": "bad", "page": "results"}
    Symptom.objects.create(engagement=engagement, sentence=f"{word} misses its target.", since=now, **said)


def _working_together(engagement, issue, person, world, now, word):
    """Feedback that was shared, support that was given, and of each side a draft and a rating that is sealed."""
    words = {"engagement": engagement, "kind": "change", "people": word, "team": word, "effect": word, "at": now}
    Feedback.objects.create(
        **words, number=issue.number, seen=word, asked=word, by="partner", author=person, answer=word, issue=issue,
        state="answered", answered_by=person, answered_at=now, reason=word,
    )  # fmt: skip
    asked = [dict.fromkeys(("id", "name", "statement", "lowest", "middle", "highest"), word)]
    sealed = Round.objects.create(
        engagement=engagement, number=issue.number, period=word, questions=asked, opened_by=person, opened_at=now,
        closes_on=now.date(),
    )  # fmt: skip
    drafts = {}
    for author, text in ((world.manager, f"{CANARY} among clients"), (person, f"{word} {WHISPER} among partners")):
        drafts[author.side] = issue.number + 100 * (1 + len(drafts))
        written = {"number": drafts[author.side], "seen": text, "asked": text}
        Draft.objects.create(**words, **written, by=author.side, author=author)
        said = {word: {"score": 3, "note": text}}
        Rating.objects.create(round=sealed, side=author.side, answers=said, signed_by=author, signed_at=now)
    promise = Promise(
        engagement=engagement, number=issue.number, by="client", kind="training", what=word, recipient=word, shows=word,
        first_due_on=now.date(), due_on=now.date(), promised_by=world.manager, promised_at=now, kept_on=now.date(),
        kept_by=world.manager, note=word, returned=word, file_name=f"{word}.txt",
    )  # fmt: skip
    promise.file.save(f"{HIDDEN}.txt", ContentFile(word.encode()), save=True)
    return drafts


def _climbing(issue, person, now, word):
    """The issue on the first level of a ladder, answered, and an absence of the partner's person."""
    escalation = Escalation.objects.create(
        issue=issue, number=1, plan=word, raised_by="client", level=0, state="answered", answer=word, answered_at=now,
        answered_by=person, started_at=now, entered_at=now, due_at=now + timedelta(hours=1), reason=word,
        ladder=_ladder(word),
    )  # fmt: skip
    Step.objects.create(
        escalation=escalation, level=0, name=word, reason=word, entered_at=now, due_at=escalation.due_at, answer=word,
        answered_at=now, answered_by=person, reaction_due_at=now + timedelta(hours=1), named_partner=person,
        expected_partner=person,
    )  # fmt: skip
    return Absence.objects.create(person=person, first_on=now.date(), last_on=now.date())


def _ladder(word):
    rungs = [[word, word, word, 3600, None], ["Executives", word, word, 3600, None]]
    calendar = {"name": word, "zone": "UTC", "weekly": [[[0, 86400]]] * 7, "holidays": [], "replacements": []}
    return {"id": word, "name": word, "currency": "EUR", "rungs": rungs, "calendar": calendar}


def _corrected(issue, person, now, word):
    """A corrective action that began anew, with everything that is said in it; its parts by the parameters."""
    correction = Correction.objects.create(
        issue=issue, state="contained", responsible="partner", owner=person, containment=word, contained_at=now,
        began_at=now, moved_at=now, returned=word, again=word, round=2, proof_kpi=KPI,
    )  # fmt: skip
    cause = Cause(correction=correction, round=2, text=word, evidence=word, file_name=f"{word}.txt")
    cause.file.save(f"{HIDDEN}.txt", ContentFile(word.encode()), save=True)
    Cause.objects.create(correction=correction, round=1, text=word, evidence=word)
    target = InterimTarget.objects.create(correction=correction, round=2, until_on=now.date(), target="93", what=word)
    return {"cause_id": cause.pk, "target_id": target.pk}


def filled(route, values):
    for name, value in values.items():
        for kind in ("int", "str"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in route, f"no object is known for {route}"
    return route


def answers(browser, route, values):
    """What GET and POST answer, without what differs from one request to the next."""
    address = filled(route, values)
    asked = (browser.get(address), browser.post(address))
    return [(answer.status_code, body(answer), dict(answer.headers)) for answer in asked]


def body(answer):
    return b"".join(answer) if answer.streaming else answer.content


def contents(browser, address):
    """What a page holds, and then the list on it as a file in every format, where it has one."""
    page = browser.get(address)
    assert page.status_code < 500, address
    yield body(page)
    view = unwrap(resolve(urlsplit(address).path).func)
    for kind in FORMATS if "as_file" in view.__code__.co_names else ():
        file = browser.get(f"{address}{'&' if '?' in address else '?'}format={kind}")
        yield unpacked(body(file))


def unpacked(content):
    if not content.startswith(b"PK"):
        return content
    with ZipFile(BytesIO(content)) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def not_for(reader, world):
    """What no answer to the client or to the partner may hold: words, a figure, and for the partner where a sibling or
    the client's people are found.
    """
    if reader.is_client:
        return [WHISPER, SEALED["partner"], HIDDEN]
    foreign = f"/engagements/{world.sibling_engagement.pk}/", f"/partners/{world.sibling.pk}/"
    people = f"/people/{world.sibling_signer.pk}/", f"/people/{world.manager.pk}/"
    mail = f"@{world.sibling.pk}.example.org", f"@{world.client.pk}.example.org"
    return [CANARY, SEALED["client"], TIER, SPEND, SPEND_ON_A_PAGE, HIDDEN, *foreign, *people, *mail]


def assert_alike(browser, name, foreign, missing):
    """Who may not see the objects of an address cannot tell them from missing ones."""
    is_alike = answers(browser, ADDRESSES[name], foreign) == answers(browser, ADDRESSES[name], missing)
    assert is_alike, f"{name} tells what is there"


def assert_kept_back(browser, address, words):
    """Neither a page nor the list on it as a file holds any of the words."""
    for content in contents(browser, address):
        found = [word for word in words if word.encode() in content.lower()]
        assert found == [], f"{address} gives away {found}"


def hide(reader):
    """Puts `HIDDEN` into every text of every row that is shown to nobody; the files lie under such names already.

    History refuses to be changed. The reader, whose password is among them, is read anew.
    """
    for model in apps.get_models():
        for name, audience in getattr(model, "audience", {}).items():
            field = model._meta.get_field(name)
            if audience is Audience.SYSTEM and type(field) is models.CharField and model.__module__ not in UNCHANGED:
                for row in model.objects.all():
                    text = f"{HIDDEN}-{row.pk}"[: field.max_length]
                    model.objects.filter(pk=row.pk).update(**{name: text})
    reader.refresh_from_db()
    return reader


@contextmanager
def undone():
    """Whatever is done within is not done."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", PARTNER_ROLES)
def test_a_partner_cannot_tell_a_siblings_object_from_a_missing_one(world, objects, signed_in, role):
    browser = signed_in(getattr(world, role))
    for name in PARAMETERS:
        assert_alike(browser, name, objects.sibling, objects.missing)


def test_at_every_address_somebody_can_tell(world, objects, signed_in):
    """Or the test above would prove nothing there: what nobody at all is shown is missing by itself."""
    seeing = [signed_in(person) for person in (world.sibling_signer, world.manager, world.administrator)]
    for name, route in PARAMETERS.items():
        if name not in PUBLIC:
            with undone():
                told = (answers(one, route, objects.sibling) != answers(one, route, objects.missing) for one in seeing)
                assert any(told), name


@pytest.mark.parametrize(
    "child",
    ["version_id", "batch_id", "statement_id", "cause_id", "target_id", "meeting_id", "report_id", "draft_number"],
)
def test_a_foreign_child_under_an_own_parent_is_missing_too(world, objects, signed_in, child):
    browser = signed_in(world.signer)
    foreign, missing = ({**objects.own, child: values[child]} for values in (objects.sibling, objects.missing))
    names = [name for name, route in PARAMETERS.items() if "engagement_id" in route and child in route]
    assert names
    for name in names:
        assert_alike(browser, name, foreign, missing)


@pytest.mark.parametrize(("reader", "keeper"), [("signer", "of_client"), ("manager", "of_partner")])
@pytest.mark.parametrize("child", ["version_id", "statement_id", "draft_number"])
def test_what_the_other_side_keeps_to_itself_is_missing_too(world, objects, signed_in, reader, keeper, child):
    browser, kept = signed_in(getattr(world, reader)), objects.own | objects.own[keeper]
    for name, route in PARAMETERS.items():
        if child in route:
            assert_alike(browser, name, kept, kept | {child: objects.missing[child]})


def pages(values):
    """The address of every page, and of some as people ask for them; with each side's figures."""
    yield from (filled(route, values) for route in ADDRESSES.values())
    for kept in ("of_client", "of_partner"):
        yield filled(ADDRESSES["assurance:line"], values | values[kept])
    yield from (
        f"/portfolio/{asked}" for asked in ("search/?q=a", "?sort=-tier", "?sort=spend", "?tier=standard", "due/?q=a")
    )
    yield filled(ADDRESSES["assurance:settle"], values) + "?show=closed"


@pytest.mark.parametrize("role", PARTNER_ROLES)
def test_no_page_of_a_partner_holds_what_is_not_theirs(world, objects, signed_in, role):
    reader = hide(getattr(world, role))
    browser = signed_in(reader)
    for address in pages(objects.own):
        assert_kept_back(browser, address, not_for(reader, world))


@pytest.mark.parametrize(
    ("name", "asked", "foreign"),
    [
        ("portfolio:engagements", "partner", "organisation_id"),
        ("portfolio:due", "engagement", "engagement_id"),
        ("accounts:people", "company", "organisation_id"),
        ("engagements:agreement", "version", "version_id"),
    ],
)
def test_a_foreign_number_that_is_asked_for_looks_like_a_missing_one(world, objects, signed_in, name, asked, foreign):
    address, browser = filled(ADDRESSES[name], objects.own), signed_in(world.signer)
    numbers = [objects.sibling[foreign], objects.missing[foreign]]
    if foreign in objects.own["of_client"]:
        numbers.append(objects.own["of_client"][foreign])
    answers = {unnumbered(browser.get(address, {asked: number}), asked, number) for number in numbers}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("name", "field", "given"),
    [
        ("engagements:edit", "partner_owner", {"title": "x"}),
        ("accounts:change_team", "members", {"name": "x"}),
    ],
)
def test_a_foreign_number_in_a_form_looks_like_a_missing_one(world, objects, signed_in, name, field, given):
    address, browser = filled(ADDRESSES[name], objects.own), signed_in(world.signer)
    numbers = [world.sibling_editor.pk, world.manager.pk, MISSING]
    answers = {unnumbered(browser.post(address, given | {field: number}), field, number) for number in numbers}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 200


def unnumbered(answer, asked, number):
    """What is answered, without what a page repeats of what was asked and without the token of its forms."""
    content = re.sub(r"[0-9A-Za-z]{64}", "", answer.content.decode())
    return answer.status_code, re.sub(rf"({asked}=|valid choice\. ){number}\b", "", content)


@pytest.mark.parametrize("role", CLIENT_ROLES)
def test_no_page_of_the_client_holds_what_a_partner_keeps_to_itself(world, objects, signed_in, role):
    reader = hide(getattr(world, role))
    browser = signed_in(reader)
    for address in pages(objects.own):
        assert_kept_back(browser, address, not_for(reader, world))


@pytest.mark.parametrize("role", CLIENT_ROLES)
def test_every_page_answers_the_clients_people_whatever_is_missing(world, objects, signed_in, role):
    browser = signed_in(getattr(world, role))
    for name, route in ADDRESSES.items():
        assert browser.get(filled(route, objects.missing)).status_code < 500, name


def test_nobody_sees_a_page_without_signing_in(world, objects):
    for name in set(ADDRESSES) - PUBLIC:
        address = filled(ADDRESSES[name], objects.own)
        for answer in (Client().get(address), Client().post(address)):
            assert answer.status_code == 302, name
            assert answer.url.startswith("/sign-in/login/"), name


def test_a_closed_account_sees_nothing(world, objects, signed_in):
    browser = signed_in(world.signer)
    world.signer.is_active = False
    world.signer.save()
    for name in set(ADDRESSES) - PUBLIC:
        assert browser.get(filled(ADDRESSES[name], objects.own)).status_code == 302, name
