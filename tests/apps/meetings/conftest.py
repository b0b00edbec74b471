"""An engagement whose agreement has a call every Tuesday, a review every month and a report every month."""

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from django.urls import reverse
from django.utils import timezone

from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.meetings import actions
from rapport.apps.meetings.jobs import follow_plans
from rapport.domain.roles import Side

DEMO = Path(str(files("rapport.cli"))) / "demo" / "agreement.yaml"


@pytest.fixture
def plan():
    """The example's agreement with another communication plan, or with other rules."""

    def written(**changes):
        content = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
        content["term"] = {"from": "2025-01-01", "to": "2030-12-31"}
        return yaml.safe_dump(content | changes, sort_keys=False)

    return written


@pytest.fixture
def agreed(world, plan, now):
    """Puts a version with this text in force, in place of the one before."""

    def agree(text=None, number=1):
        world.engagement.versions.filter(stage="in_force").update(stage="superseded")
        return AgreementVersion.objects.create(
            engagement=world.engagement, number=number, text=text or plan(), digest="d" * 64, stage="in_force",
            written_by="client", author=world.manager, created_at=now, proposed_at=now, in_force_at=now,
        )  # fmt: skip

    world.engagement.partner_owner = world.signer
    world.engagement.save()
    agree()
    return agree


@pytest.fixture
def on(monkeypatch, now):
    """Sets the clock to the afternoon so many days after Monday, 2 March 2026, when the day before is over everywhere,
    and does what is due then.
    """

    def to(days, is_worked=True):
        at = now + timedelta(days=days, hours=5)
        monkeypatch.setattr(timezone, "now", lambda: at)
        if is_worked:
            follow_plans(at)
        return at

    return to


@pytest.fixture
def call(world, agreed, on):
    """The first call, on Tuesday 3 March 2026."""
    on(0)
    return world.engagement.meetings.filter(series="weekly-call").first()


@pytest.fixture
def report(world, agreed, on):
    """The first report, due on 5 March 2026."""
    on(0)
    return world.engagement.reports.first()


@pytest.fixture
def held(world, call, on):
    """The first call, put on record by the partner."""
    at = on(1)
    there = {Side.CLIENT: [world.manager], Side.PARTNER: [world.signer]}
    return actions.hold_meeting(by=world.signer, meeting=call, on=at.date(), present=there, at=at)


@pytest.fixture
def address(world):
    """The address of a page about a meeting or a report."""
    return lambda name, *more: reverse(f"meetings:{name}", args=[world.engagement.pk, *(one.pk for one in more)])
