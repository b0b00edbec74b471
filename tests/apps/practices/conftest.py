from datetime import datetime, timedelta

import pytest

from apps.delivery.demo_records import address, demo_file, have_deliver, media, preview, version
from rapport.apps.delivery.models import Batch
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.partners.models import PartnerDocument

__all__ = ["address", "demo_file", "have_deliver", "media", "preview", "version"]


@pytest.fixture
def delivered(version, world, now):
    """A file of records that counts."""

    def deliver(source, at):
        return Batch.objects.create(
            engagement=version.engagement, version=version, source=source, file_name=f"{source}.csv", sha256="a" * 64,
            size=1, report={}, stage="committed", uploaded_by=world.editor, uploaded_at=at, committed_at=at,
        )  # fmt: skip

    return deliver


@pytest.fixture
def computed(version, now):
    """A result of one KPI, which ends at a moment such as 2026-02-01T00:00+00:00."""

    def compute(kpi, ends, status="met", is_complete=True):
        evaluation, _ = Evaluation.objects.get_or_create(
            engagement=version.engagement, version=version, content="{}", digest="e" * 64, computed_at=now
        )
        ends_at = datetime.fromisoformat(ends)
        return Result.objects.create(
            evaluation=evaluation, engagement=version.engagement, kpi=kpi, period=ends[:10], content={},
            starts_at=ends_at - timedelta(days=28), ends_at=ends_at, is_complete=is_complete, status=status,
        )  # fmt: skip

    return compute


@pytest.fixture
def holding(world, now):
    """A document of partner `own` that the client has accepted."""

    def hold(kind, **changes):
        return PartnerDocument.objects.create(
            **{"organisation": world.own, "kind": kind, "title": kind, "valid_from": now.date(),
               "handed_in_by": world.signer, "handed_in_at": now, "accepted_by": world.manager, "accepted_at": now}
            | changes
        )  # fmt: skip

    return hold
