"""Versions and results as they occur, without computing them."""

from datetime import timedelta
from pathlib import Path

import pytest

from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.kpis.models import Evaluation, MonthStanding, Result
from rapport.domain.standing import standing_of

AGREEMENT = Path(__file__).parents[3] / "src/rapport/cli/starts/service-desk.yaml"


@pytest.fixture
def agreement():
    """The text of an agreement whose first KPI is called as in the commented start."""
    return AGREEMENT.read_text(encoding="utf-8")


@pytest.fixture
def version_of():
    def made(engagement, author, now, stage="proposed", number=1, text=""):
        return AgreementVersion.objects.create(
            engagement=engagement, number=number, text=text, digest="d" * 64, stage=stage,
            written_by=author.side.value, author=author, created_at=now, proposed_at=now,
            in_force_at=now if stage == "in_force" else None,
        )  # fmt: skip

    return made


@pytest.fixture
def result_of():
    def made(engagement, version, starts_at, kpi="k", status="met", is_complete=True, ends_at=None):
        evaluation = Evaluation.objects.create(
            engagement=engagement, version=version, content="{}", digest="e" * 64, computed_at=starts_at
        )
        result = Result.objects.create(
            evaluation=evaluation, engagement=engagement, kpi=kpi, period=f"{starts_at:%Y-%m}", starts_at=starts_at,
            ends_at=ends_at or starts_at, is_complete=is_complete, status=status, content={},
        )  # fmt: skip
        _mark_latest(engagement, kpi)
        _keep_month(engagement, result.ends_at)
        return result

    return made


def _mark_latest(engagement, kpi):
    of_kpi = Result.objects.filter(engagement=engagement, kpi=kpi)
    latest = of_kpi.filter(is_complete=True).order_by("-starts_at").first()
    of_kpi.update(is_latest=False)
    of_kpi.filter(pk=latest and latest.pk).update(is_latest=True)


def _keep_month(engagement, ends_at):
    month_on = (ends_at - timedelta(days=1)).date().replace(day=1)
    ended = [result.status for result in Result.objects.filter(engagement=engagement, is_complete=True)
             if (result.ends_at - timedelta(days=1)).date().replace(day=1) == month_on]  # fmt: skip
    standing = standing_of(ended)
    found = {"status": standing.status, "met": standing.met, "missed": standing.missed}
    MonthStanding.objects.update_or_create(engagement=engagement, month_on=month_on, defaults=found)
