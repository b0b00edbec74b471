"""What a step about a figure must not leave behind or hold up, each of which it once did."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.core.files.base import ContentFile

from rapport.apps.assurance import actions
from rapport.apps.assurance.jobs import lapse_overdue_figures
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.engagements.models import AgreementVersion


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_no_evidence_stays_of_a_step_that_broke_off(world, line, clock, media, monkeypatch):
    def full(*_args, **_words):
        raise OSError("the disk is full")

    monkeypatch.setattr(actions, "record", full)
    evidence, at = ContentFile(b"a log", name="log.txt"), clock(3)
    with pytest.raises(OSError, match="full"):
        actions.report_figure(by=world.editor, line=line(3), value=Fraction(95), evidence=evidence, at=at)
    assert not Statement.objects.exists()
    assert not files_in(media)


def test_an_engagement_whose_agreement_cannot_be_read_holds_up_no_other(world, version, now):
    AgreementVersion.objects.create(
        engagement=world.sibling_engagement, number=1, text="of: an older release", stage="in_force",
        written_by="client", author=world.manager, created_at=now,
    )  # fmt: skip
    for engagement in (world.sibling_engagement, world.engagement):
        ended = now - timedelta(days=100)
        Line.objects.create(engagement=engagement, kpi="k", period="2025-11", ends_at=ended, partner="95")
    lapse_overdue_figures(now)
    assert Line.objects.get(engagement=world.engagement).state == "lapsed"
    assert Line.objects.get(engagement=world.sibling_engagement).state == "awaiting_partner"
