"""An engagement whose agreement is the built-in example, with computed values, at any moment of a window."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from rapport.apps.assurance.queries.books import books
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.kpis.models import Evaluation, Result

DEMO = Path(str(files("rapport.cli"))) / "demo" / "agreement.yaml"
END = datetime(2025, 3, 31, 23, tzinfo=UTC)
"""The end of March 2025 in London, where the example's months end."""


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT


@pytest.fixture
def version(world, now):
    """The example in force, without a past of its own."""
    return AgreementVersion.objects.create(
        engagement=world.engagement, number=1, text=DEMO.read_text(encoding="utf-8"),
        stage="in_force", written_by="client", author=world.manager, created_at=now,
    )  # fmt: skip


@pytest.fixture
def computed(world, version, now):
    """Computes values of March 2025, by KPI."""
    evaluation = Evaluation.objects.create(
        engagement=world.engagement, version=version, content="{}", digest="e" * 64, computed_at=now
    )

    def compute(**values):
        for kpi, value in values.items():
            Result.objects.create(
                evaluation=evaluation, engagement=world.engagement, kpi=kpi.replace("_", "-"), period="2025-03",
                starts_at=END - timedelta(days=31), ends_at=END, is_complete=True, is_latest=True, status="met",
                content={"value": value, "target": 90, "minimum": 80, "status": "met"},
            )  # fmt: skip

    return compute


@pytest.fixture
def clock(monkeypatch):
    """Sets the clock so many days after the end of March 2025."""

    def to(days):
        at = END + timedelta(days=days)
        monkeypatch.setattr(timezone, "now", lambda: at)
        return at

    return to


@pytest.fixture
def line(world, version):
    """A line of the engagement as it is so many days after the end of March 2025."""

    def find(days, kpi="resolved-in-time", period="2025-03"):
        return books(world.engagement, END + timedelta(days=days)).line(kpi, period)

    return find


@pytest.fixture
def address(world):
    """The address of a page of the engagement."""
    return lambda name, *more: reverse(f"assurance:{name}", args=[world.engagement.pk, *more])
