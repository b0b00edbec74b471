"""Several people do something with one issue at the same moment."""

from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection

from apps.assurance.conftest import DEMO
from apps.issues.conftest import KPI
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.issues import actions, jobs
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Evaluation, Result
from rapport.domain.refusals import Refused

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="makes a database of its own in a file")


def _two_companies(now):
    client = Organisation.objects.create(name="Northwind Insurance", side="client", created_at=now)
    partner = Organisation.objects.create(name="Brightdesk", side="partner", created_at=now)
    roles = (("manager", client), ("signer", partner), ("editor", partner))
    people = {
        role: Person.objects.create(
            organisation=company, role=role, name=role, email=f"{role}@example.org", created_at=now
        )
        for role, company in roles
    }
    engagement = Engagement.objects.create(
        partner=partner, title="Desk", client_owner=people["manager"], partner_owner=people["signer"], created_at=now
    )
    return SimpleNamespace(engagement=engagement, **people)


def _missed(world, now):
    version = AgreementVersion.objects.create(
        engagement=world.engagement, number=1, text=DEMO.read_text(encoding="utf-8"), stage="in_force",
        written_by="client", author=world.manager, created_at=now,
    )  # fmt: skip
    evaluation = Evaluation.objects.create(
        engagement=world.engagement, version=version, content="{}", digest="e" * 64, computed_at=now
    )
    ends_at = now - timedelta(days=1)
    Result.objects.create(
        evaluation=evaluation, engagement=world.engagement, kpi=KPI, period="2026-02", status="below_target",
        starts_at=ends_at - timedelta(days=28), ends_at=ends_at, is_complete=True, is_latest=True, content={},
    )  # fmt: skip


def _raise(person, engagement, now):
    return actions.raise_issue(by=person, engagement=engagement, gap=actions.Gap("Off"), at=now)


def test_of_two_answers_at_once_one_counts(at_once, now):
    [world] = at_once(lambda: _two_companies(now))
    [issue] = at_once(lambda: _raise(world.manager, world.engagement, now))
    done = at_once(
        lambda: actions.approve_issue(by=world.signer, issue=issue, at=now),
        lambda: actions.decline_issue(by=world.editor, issue=issue, reason="No", at=now),
    )
    assert [type(one) for one in done].count(Refused) == 1
    assert at_once(lambda: Issue.objects.get().turn) == [1]


def test_one_failure_seen_by_two_workers_is_one_issue(at_once, now):
    [world] = at_once(lambda: _two_companies(now))
    at_once(lambda: _missed(world, now))
    at_once(*[partial(jobs.raise_what_failed, now)] * 2)
    assert at_once(lambda: Issue.objects.count()) == [1]


def test_issues_raised_at_once_have_numbers_of_their_own(at_once, now):
    [world] = at_once(lambda: _two_companies(now))
    at_once(*[partial(_raise, person, world.engagement, now) for person in (world.manager, world.signer, world.editor)])
    assert at_once(lambda: sorted(Issue.objects.values_list("number", flat=True))) == [[1, 2, 3]]
