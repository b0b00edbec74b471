"""Every address, as everybody, with one's own, another partner's and missing objects.

Who may not see a thing cannot tell that it exists. An address with a parameter that is not known here fails, and so
does one that nobody thought of.
"""

from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, get_resolver

from rapport.apps.accounts.models import ApiToken, Invitation, Team
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion, Engagement, Remark
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.partners.models import Contact, PartnerDocument, Profile
from rapport.apps.portfolio.models import SavedView

CANARY = "canary"
"""Stands, in any capitals, in every text that one partner must never see of another, or of the client's own."""

PUBLIC = {
    "today", "health", "accounts:first_run", "accounts:accept", "accounts:accept_by_company",
    "accounts:company_sign_in", "accounts:company_back",
}  # fmt: skip
"""What answers without signing in; everything of allauth's says so for itself."""

CLIENT_ROLES = ("administrator", "manager", "executive", "viewer", "auditor")
PARTNER_ROLES = ("signer", "editor", "partner_viewer")
MISSING = 999_999
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


def test_the_walk_finds_the_pages():
    assert len(ADDRESSES) > 30
    assert "kpis:rows" in ADDRESSES


@pytest.fixture
def objects(world, now):
    """The numbers of one's own objects, of a sibling's and of none, by the parameters of addresses."""
    return SimpleNamespace(
        own=_objects(world.engagement, world.signer, world, now, "own"),
        sibling=_objects(world.sibling_engagement, world.sibling_signer, world, now, CANARY),
        missing=dict.fromkeys(
            ("engagement_id", "version_id", "batch_id", "organisation_id", "contact_id", "document_id", "person_id",
             "invitation_id", "token_id", "team_id", "view_id", "statement_id"), MISSING
        ) | {"kpi": "none", "period": "2026-03", "section": "kpis", "place": MISSING, "secret": "none"},
    )  # fmt: skip


def _objects(engagement, person, world, now, word):
    partner = engagement.partner
    AgreementVersion.objects.create(
        engagement=engagement, number=2, text=f"# {CANARY} of the client's draft", stage="draft", written_by="client",
        author=world.manager, created_at=now,
    )  # fmt: skip
    version = AgreementVersion.objects.create(
        engagement=engagement, number=1, text=f"# {word}", digest="d" * 64, stage="proposed", written_by="client",
        author=world.manager, created_at=now, proposed_at=now,
    )  # fmt: skip
    Remark.objects.create(
        version=version,
        line=1,
        text=f"{CANARY} among clients",
        author=world.manager,
        side="client",
        is_private=True,
        at=now,
    )
    batch = Batch(
        engagement=engagement, version=version, source="tickets", file_name=f"{word}.csv", sha256="a" * 64, size=1,
        report=REPORT, uploaded_by=person, uploaded_at=now,
    )  # fmt: skip
    batch.file.save("x.csv", ContentFile(b"id\n"), save=True)
    evaluation = Evaluation.objects.create(
        engagement=engagement, version=version, content="{}", digest="e" * 64, computed_at=now
    )
    Result.objects.create(
        evaluation=evaluation, engagement=engagement, kpi=f"{word}-kpi", period="2026-03", starts_at=now, ends_at=now,
        is_complete=True, status="met", content={},
    )  # fmt: skip
    Profile.objects.create(organisation=partner, about=word, note=f"{CANARY} about {word}")
    document = PartnerDocument(
        organisation=partner, kind="nda", title=word, valid_from=now.date(), handed_in_by=person, handed_in_at=now
    )
    document.file.save("x.pdf", ContentFile(b"%PDF"), save=True)
    return {
        "engagement_id": engagement.pk,
        "version_id": version.pk,
        "batch_id": batch.pk,
        "organisation_id": partner.pk,
        "contact_id": Contact.objects.create(organisation=partner, name=word).pk,
        "document_id": document.pk,
        "person_id": person.pk,
        "statement_id": _statement(engagement, person, world, now, word).pk,
        "team_id": Team.objects.create(organisation=partner, name=word, created_at=now).pk,
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
        "kpi": f"{word}-kpi",
        "period": "2026-03",
        "section": "kpis",
        "place": 1,
        "secret": "none",
    }  # fmt: skip


def _statement(engagement, person, world, now, word):
    """A figure of the partner's with evidence, beside one of the client's that is sealed for a long time."""
    window = {"engagement": engagement, "kpi": f"{word}-kpi", "ends_at": now.replace(year=2099)}
    sealed = Line.objects.create(period="2026-02", client="7", **window)
    Statement.objects.create(
        line=sealed, kind="verify", side="client", value="7", reason=f"{CANARY} of the client's figure",
        by=world.manager, at=now,
    )  # fmt: skip
    line = Line.objects.create(period="2026-03", partner="7", state="awaiting_client", **window)
    statement = Statement(line=line, kind="report", side="partner", value="7", reason=word, by=person, at=now)
    statement.evidence.save("x.csv", ContentFile(b"id\n"), save=True)
    return statement


def filled(route, values):
    for name, value in values.items():
        for kind in ("int", "str"):
            route = route.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in route, f"no object is known for {route}"
    return route


def answers(browser, route, values):
    """What GET and POST answer, without what differs from one request to the next."""
    address = filled(route, values)
    return [(answer.status_code, answer.content) for answer in (browser.get(address), browser.post(address))]


@pytest.mark.parametrize("role", PARTNER_ROLES)
def test_a_partner_cannot_tell_a_siblings_object_from_a_missing_one(world, objects, signed_in, role):
    browser = signed_in(getattr(world, role))
    assert [
        name
        for name, route in PARAMETERS.items()
        if answers(browser, route, objects.sibling) != answers(browser, route, objects.missing)
    ] == []


@pytest.mark.parametrize("child", ["version_id", "batch_id", "statement_id"])
def test_a_foreign_child_under_an_own_parent_is_missing_too(world, objects, signed_in, child):
    browser = signed_in(world.signer)
    foreign, missing = ({**objects.own, child: values[child]} for values in (objects.sibling, objects.missing))
    routes = {name: route for name, route in PARAMETERS.items() if "engagement_id" in route and child in route}
    assert routes
    assert [
        name for name, route in routes.items() if answers(browser, route, foreign) != answers(browser, route, missing)
    ] == []


@pytest.mark.parametrize("role", PARTNER_ROLES)
def test_no_page_of_a_partner_holds_what_is_not_theirs(world, objects, signed_in, role):
    browser = signed_in(getattr(world, role))
    for name, route in ADDRESSES.items():
        answer = browser.get(filled(route, objects.own))
        assert answer.status_code < 500, name
        content = b"".join(answer) if answer.streaming else answer.content
        assert CANARY.encode() not in content.lower(), name


@pytest.mark.parametrize("role", CLIENT_ROLES)
def test_every_page_answers_the_clients_people(world, objects, signed_in, role):
    browser = signed_in(getattr(world, role))
    for name, route in ADDRESSES.items():
        for values in (objects.own, objects.sibling, objects.missing):
            assert browser.get(filled(route, values)).status_code < 500, name


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


def test_the_matrix_sees_a_page_that_forgets_whose_it_is(world, objects, signed_in, monkeypatch):
    """The check itself is checked: without the scope of one query, a partner can tell."""
    monkeypatch.setattr("rapport.apps.engagements.queries.visible_engagements", lambda _: Engagement.objects.all())
    monkeypatch.setattr(
        "rapport.apps.engagements.views.queries.visible_engagements", lambda _: Engagement.objects.all()
    )
    browser, route = signed_in(world.signer), ADDRESSES["engagements:show"]
    assert answers(browser, route, objects.sibling) != answers(browser, route, objects.missing)
