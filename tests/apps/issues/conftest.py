"""An engagement with the built-in example in force, owners on both sides, and a clock."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.assurance.conftest import DEMO
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.issues import actions
from rapport.apps.issues.actions import Gap
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Evaluation, Result

KPI = "resolved-in-time"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def owned(world):
    world.engagement.partner_owner = world.signer
    world.engagement.save()
    return world.engagement


@pytest.fixture
def in_force(world, now):
    """Puts the example in force, with changes of its text."""

    def put(**changed):
        text = DEMO.read_text(encoding="utf-8")
        for old, new in changed.items():
            text = text.replace(old, new)
        AgreementVersion.objects.filter(engagement=world.engagement).delete()
        return AgreementVersion.objects.create(
            engagement=world.engagement, number=1, text=text, stage="in_force", written_by="client",
            author=world.manager, created_at=now,
        )  # fmt: skip

    return put


@pytest.fixture
def clock(monkeypatch, now):
    """Sets the clock so many days after the day of the tests."""

    def to(days):
        at = now + timedelta(days=days)
        monkeypatch.setattr(timezone, "now", lambda: at)
        return at

    return to


@pytest.fixture
def missed(world, in_force, now):
    """A KPI that missed in the months before, the latest last."""

    def miss(*statuses, kpi=KPI):
        version = AgreementVersion.objects.filter(engagement=world.engagement).first() or in_force()
        Result.objects.filter(engagement=world.engagement, kpi=kpi).delete()
        evaluation = Evaluation.objects.create(
            engagement=world.engagement, version=version, content="{}", digest="e" * 64, computed_at=now
        )
        for back, status in enumerate(reversed(statuses)):
            ends_at = now - timedelta(days=1 + 30 * back)
            Result.objects.create(
                evaluation=evaluation, engagement=world.engagement, kpi=kpi, period=f"{ends_at:%Y-%m}", status=status,
                starts_at=ends_at - timedelta(days=30), ends_at=ends_at, is_complete=True, is_latest=not back,
                content={"value": 1},
            )  # fmt: skip

    return miss


@pytest.fixture
def raised(world, owned, now):
    """An issue that the client raised about the partner's work."""
    return actions.raise_issue(by=world.manager, engagement=owned, gap=Gap("The desk does not answer"), at=now)


@pytest.fixture
def address(world):
    """The address of a page about issues."""
    return lambda name, *rest: reverse(f"issues:{name}", args=[world.engagement.pk, *rest])


@pytest.fixture
def only(world):
    """The one issue there is."""
    return lambda: Issue.objects.get(engagement=world.engagement)


@pytest.fixture
def day():
    return lambda days: date(2026, 3, 2) + timedelta(days=days)
