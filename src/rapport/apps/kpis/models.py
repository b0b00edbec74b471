"""Tables of results."""

from typing import ClassVar

from django.db import models

from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.domain.audience import Audience


class Evaluation(models.Model):
    """All results of an engagement as they were computed at one moment; the latest one is what stands.

    `content` is the engine's own answer, whole: the same inputs give the same bytes.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="evaluations")
    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    content = models.TextField()
    digest = models.CharField(max_length=64)
    computed_at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(
        ("id", "engagement", "version", "content", "digest", "computed_at"), Audience.BOTH
    )

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-computed_at", "-id"]


class Result(models.Model):
    """One KPI in one period of the latest evaluation, for lists; `content` is the engine's row, frozen."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="results")
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="results")
    kpi = models.CharField(max_length=100)
    period = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_complete = models.BooleanField()
    status = models.CharField(max_length=20)
    content = models.JSONField()

    audience: ClassVar = {
        **dict.fromkeys(("id", "evaluation", "engagement", "kpi", "period", "starts_at", "ends_at"), Audience.BOTH),
        **dict.fromkeys(("is_complete", "status", "content"), Audience.BOTH),
    }

    class Meta:
        """One result to a KPI and a period."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "kpi", "period"], name="kpis_result_place")
        ]
        ordering: ClassVar = ["kpi", "starts_at"]
