"""Tables of record files."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.domain.audience import Audience
from rapport.domain.retries import LONGEST_DOING

_STAGES = [(stage, stage) for stage in ("reading", "refused", "previewed", "committed", "withdrawn")]


class Batch(models.Model):
    """One file of records for one source of an agreement.

    `report` is the engine's account of its rows: read, used, rejected with reasons, duplicates, out of term. It is
    empty while the worker is `reading` a large file, and stays so where it had to be `refused`.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="batches")
    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    file_name = models.CharField(max_length=255)
    file = models.FileField(upload_to="records/%Y/%m")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    report = models.JSONField(default=dict)
    stage = models.CharField(max_length=20, choices=_STAGES, default="previewed")
    uploaded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    committed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.TextField(blank=True)
    taken_up_at = models.DateTimeField(null=True)
    doing = models.CharField(max_length=LONGEST_DOING, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    refusal = models.TextField(blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "engagement", "version", "source", "file_name", "sha256", "size"), Audience.BOTH),
        **dict.fromkeys(("report", "stage", "uploaded_by", "uploaded_at", "committed_at"), Audience.BOTH),
        **dict.fromkeys(("withdrawn_at", "withdrawn_because", "taken_up_at", "doing", "refusal"), Audience.BOTH),
        **dict.fromkeys(("file", "attempts"), Audience.SYSTEM),
    }

    class Meta:
        """The same file counts once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["engagement", "source", "sha256"],
                condition=Q(stage="committed"),
                name="delivery_same_file_once",
            )
        ]
        ordering: ClassVar = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name
