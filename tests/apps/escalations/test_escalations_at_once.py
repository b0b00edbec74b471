"""Several people, and the clock, do something with one escalation at the same moment."""

from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection

from apps.assurance.conftest import DEMO
from apps.escalations.conftest import moment
from rapport import schedule
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.escalations import actions, jobs
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.issues.models import Issue
from rapport.apps.timers.jobs import ring_due_timers
from rapport.domain.refusals import Refused

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="makes a database of its own in a file")
DUE = moment("2026-03-02 17:00")


def _person(organisation, role, now):
    email = f"{role}@example.org"
    return Person.objects.create(organisation=organisation, role=role, name=role, email=email, created_at=now)


def _listed(now):
    """Two companies with an issue on their list, which the partner has to mend that day."""
    client = Organisation.objects.create(name="Northwind Insurance", side="client", created_at=now)
    partner = Organisation.objects.create(name="Brightdesk", side="partner", created_at=now)
    manager, signer, editor = (
        _person(company, role, now) for company, role in ((client, "manager"), (partner, "signer"), (partner, "editor"))
    )
    engagement = Engagement.objects.create(
        partner=partner, title="Desk", client_owner=manager, partner_owner=signer, created_at=now
    )
    AgreementVersion.objects.create(
        engagement=engagement, number=1, text=DEMO.read_text(encoding="utf-8"), stage="in_force",
        written_by="client", author=manager, created_at=now,
    )  # fmt: skip
    issue = Issue.objects.create(
        engagement=engagement, number=1, title="Off", origin="missed_kpi", severity="minor", responsible="partner",
        state="listed", due_on=now.date(), raised_at=now,
    )  # fmt: skip
    return SimpleNamespace(issue=issue, manager=manager, signer=signer, editor=editor)


def _climbing(now):
    world = _listed(now)
    world.raised = actions.start_escalation(by=world.manager, issue=world.issue, reason="x", at=now)
    return world


def _ring():
    return ring_due_timers(DUE, schedule.ACTS)


def _stood():
    found = Escalation.objects.get()
    return found.turn, found.level, found.state, found.answer, [step.answer for step in Step.objects.all()]


def test_of_two_answers_at_once_one_counts(at_once, now):
    [world] = at_once(lambda: _climbing(now))
    done = at_once(
        lambda: actions.answer(by=world.editor, escalation=world.raised, turn=0, text="Yes.", at=now),
        lambda: actions.answer(by=world.signer, escalation=world.raised, turn=0, text="No.", at=now),
    )
    assert [type(one) for one in done].count(Refused) == 1
    [(turn, level, state, answer, answers)] = at_once(_stood)
    assert (turn, level, state, answers) == (1, 0, "answered", [answer])


def test_an_answer_and_the_clock_at_once_leave_one_of_them(at_once, now):
    [world] = at_once(lambda: _climbing(now))
    said, _ = at_once(
        lambda: actions.answer(by=world.editor, escalation=world.raised, turn=0, text="Yes.", at=DUE), _ring
    )
    expected = (1, 1, "waiting", "", ["", ""]) if isinstance(said, Refused) else (1, 0, "answered", "Yes.", ["Yes."])
    assert at_once(_stood) == [expected]


def test_two_workers_let_it_climb_once(at_once, now):
    at_once(lambda: _climbing(now))
    at_once(_ring, _ring)
    assert at_once(_stood) == [(1, 1, "waiting", "", ["", ""])]


def test_two_workers_start_an_overdue_issue_once(at_once, now):
    at_once(lambda: _listed(now))
    at_once(*[partial(jobs.start_what_is_overdue, moment("2026-03-03 12:00"))] * 2)
    assert at_once(Escalation.objects.count) == [1]


def test_both_sides_let_an_issue_climb_at_once(at_once, now):
    [world] = at_once(lambda: _listed(now))
    people = (world.manager, world.editor)
    done = at_once(
        *[partial(actions.start_escalation, by=one, issue=world.issue, reason="x", at=now) for one in people]
    )
    assert [type(one) for one in done].count(Refused) == 1
    assert at_once(Escalation.objects.count) == [1]
