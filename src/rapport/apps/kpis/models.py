"""Tables of results."""

from fractions import Fraction
from typing import ClassVar

from django.db import models

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.domain.audience import Audience
from rapport.domain.retries import LONGEST_DOING

EXACT = 90
"""The most characters of an exact value, as `Fraction` writes it: "189/2"."""


class Evaluation(models.Model):
    """All results of an engagement as they were computed at one moment; the latest one is what stands.

    `content` is the engine's own answer, whole: the same inputs give the same bytes. `basis` stands for those inputs,
    the version and the committed files.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="evaluations")
    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    content = models.TextField()
    digest = models.CharField(max_length=64)
    basis = models.CharField(max_length=64, blank=True)
    computed_at = models.DateTimeField()

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "version", "content", "digest", "computed_at"), Audience.BOTH),
        "basis": Audience.SYSTEM,
    }

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-computed_at", "-id"]


class Result(models.Model):
    """One KPI in one period of the latest evaluation, for lists; `content` is the engine's row, frozen.

    `is_latest` marks the latest period of the KPI that is over. `forecast` is the engine's for a period that is not
    over, of those KPIs that are shares of records.

    `settled` is the value both companies settled on, rounded as the agreement says. It counts then: the status is that
    of the settled value, while `content` keeps the computed value with the status it had.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="results")
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="results", db_index=False)
    kpi = models.CharField(max_length=100)
    period = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_complete = models.BooleanField()
    is_latest = models.BooleanField(default=False)
    status = models.CharField(max_length=20)
    content = models.JSONField()
    forecast = models.JSONField(null=True)
    settled = models.CharField(max_length=EXACT, blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "evaluation", "engagement", "kpi", "period", "starts_at", "ends_at"), Audience.BOTH),
        **dict.fromkeys(("is_complete", "is_latest", "status", "content", "forecast", "settled"), Audience.BOTH),
    }

    class Meta:
        """One result to a KPI and a period.

        What the portfolio asks of the latest results stands in their index whole. The one of the engagement alone is
        left out: it would be preferred, and says nothing that the constraint's does not.
        """

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "kpi", "period"], name="kpis_result_place")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["engagement", "kpi", "status", "ends_at"],
                condition=models.Q(is_latest=True),
                name="kpis_result_latest",
            )
        ]
        ordering: ClassVar = ["kpi", "starts_at"]

    @property
    def value(self) -> float | None:
        """The value that counts, to the nearest double: the settled one where there is one, else the computed one."""
        if not self.settled:
            computed: float | None = self.content.get("value")
            return computed
        exact = Fraction(self.settled)
        return exact.numerator if exact.denominator == 1 else float(exact)


class SettledValue(models.Model):
    """The value both companies settled on for a KPI in a period; kept apart, as results are replaced when computed.

    It counts instead of the computed value as long as the agreement measures the KPI as it did then: in the same unit,
    by the same kind, in a period that ends at the same moment.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="settled_values")
    kpi = models.CharField(max_length=100)
    period = models.CharField(max_length=40)
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    unit = models.TextField(blank=True)
    value = models.CharField(max_length=EXACT)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "kpi", "period", "ends_at", "kind", "unit", "value"), Audience.BOTH)
    }

    class Meta:
        """One to a KPI and a period."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "kpi", "period"], name="kpis_settled_value_once")
        ]


class MonthStanding(models.Model):
    """How the KPIs of an engagement stand whose periods ended in one month, by the latest evaluation."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="months")
    month_on = models.DateField()
    status = models.CharField(max_length=20)
    met = models.PositiveIntegerField()
    missed = models.PositiveIntegerField()

    audience: ClassVar = dict.fromkeys(("id", "engagement", "month_on", "status", "met", "missed"), Audience.BOTH)

    class Meta:
        """One to a month, named by its first day."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "month_on"], name="kpis_month_standing_once")
        ]


class OpenRecord(models.Model):
    """A record that was unfinished and within its limit when results were computed last, and when it is due."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="open_records")
    kpi = models.CharField(max_length=100)
    key = models.TextField()
    due_at = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "engagement", "kpi", "key", "due_at"), Audience.BOTH)

    class Meta:
        """Due once for each KPI; the soonest first."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement", "kpi", "key"], name="kpis_open_record_once")
        ]
        ordering: ClassVar = ["due_at", "kpi", "key"]


class Computation(models.Model):
    """That the results of an engagement are to be computed by the worker; gone when they are.

    Where they could not be, `refusal` says why, and they are not tried again until somebody asks or the `basis`, which
    is the version and the committed files, has changed.
    """

    engagement = models.OneToOneField(Engagement, on_delete=models.CASCADE, related_name="computation")
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    taken_up_at = models.DateTimeField(null=True)
    doing = models.CharField(max_length=LONGEST_DOING, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    refusal = models.TextField(blank=True)
    basis = models.CharField(max_length=64, blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "asked_by", "asked_at", "taken_up_at", "doing", "refusal"), Audience.BOTH),
        **dict.fromkeys(("attempts", "basis"), Audience.SYSTEM),
    }
