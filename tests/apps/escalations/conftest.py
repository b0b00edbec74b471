"""An issue on the list, an agreement whose plan names people of both sides, and a clock that jobs follow."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.assurance.conftest import DEMO
from rapport import schedule
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.escalations import actions, jobs
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.issues.models import Issue
from rapport.apps.timers.jobs import ring_due_timers

NAMED = {
    "client: Service owner": "client: Northwind manager",
    "client: Vendor manager": "client: northwind EXECUTIVE",
    "partner: Desk lead": "partner: Brightdesk editor",
}
"""The plan of the example with people in place of roles; the others are meant by nobody's name."""
PLAN = "escalation:\n"


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def in_force(world, now):
    """Puts the example in force, with changes of its text."""

    def put(changed=NAMED):
        text = DEMO.read_text(encoding="utf-8")
        for old, new in changed.items():
            assert old in text, old
            text = text.replace(old, new)
        AgreementVersion.objects.filter(engagement=world.engagement).delete()
        return AgreementVersion.objects.create(
            engagement=world.engagement, number=1, text=text, stage="in_force", written_by="client",
            author=world.manager, created_at=now,
        )  # fmt: skip

    return put


@pytest.fixture
def issue(world, in_force, now):
    """An issue on the list that the partner has to mend by 20 March 2026."""
    world.engagement.partner_owner = world.signer
    world.engagement.save()
    in_force()
    return Issue.objects.create(
        engagement=world.engagement, number=1, title="Nobody answers", origin="missed_kpi", kpi="resolved-in-time",
        cause="missed_kpi:resolved-in-time", severity="minor", responsible="partner", state="listed",
        client_owner=world.manager, partner_owner=world.signer, due_on=date(2026, 3, 20), raised_at=now,
    )  # fmt: skip


@pytest.fixture
def raised(world, issue, now):
    """The client lets it climb: the editor of the partner has until 17:00 on the same Monday."""
    return actions.start_escalation(by=world.manager, issue=issue, reason="It gets worse.", at=now)


@pytest.fixture
def answered(world, raised, now):
    """The partner's editor has answered, two hours later."""
    at = now.replace(hour=11)
    return actions.answer(by=world.editor, escalation=raised, turn=0, text="Mended by Friday.", at=at)


@pytest.fixture
def work():
    """Lets the worker do what is due at a moment, such as "2026-03-02 17:00" in UTC."""

    def until(text):
        at = moment(text)
        ring_due_timers(at, schedule.ACTS)
        jobs.end_what_is_settled(at)
        jobs.climb_what_was_held(at)
        jobs.remind_of_what_is_late(at)
        jobs.start_what_is_overdue(at)
        return Escalation.objects.order_by("-pk").first()

    return until


@pytest.fixture
def clock(monkeypatch, now):
    """Sets the clock of pages."""

    def to(text):
        monkeypatch.setattr(timezone, "now", lambda: moment(text))

    monkeypatch.setattr(timezone, "now", lambda: now)
    return to


@pytest.fixture
def step():
    """The level that was asked last."""
    return lambda: Step.objects.order_by("-pk").first()


@pytest.fixture
def address(world):
    """The address of a page about the escalation of the issue."""
    return lambda name="show", *rest: reverse(f"escalations:{name}", args=[world.engagement.pk, *(rest or (1,))])
