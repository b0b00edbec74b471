"""The table of what shows in the whole picture of engagements."""

from typing import ClassVar

from django.db import models

from rapport.apps.engagements.models import Engagement
from rapport.domain import symptoms
from rapport.domain.audience import Audience
from rapport.domain.coverage import Page
from rapport.domain.symptoms import Tone


class Symptom(models.Model):
    """Something that shows in an engagement now, `since` a moment; gone when it no longer does.

    It rests on nothing but what both sides see, so that both see it alike.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="symptoms")
    key = models.CharField(max_length=150)
    sentence = models.TextField()
    tone = models.CharField(max_length=10, choices=[(tone.value, tone.value) for tone in Tone])
    page = models.CharField(max_length=20)
    since = models.DateTimeField()

    audience: ClassVar = dict.fromkeys(("id", "engagement", "key", "sentence", "tone", "page", "since"), Audience.BOTH)

    class Meta:
        """Each shows once; the bad ones first, then what shows longest."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["engagement", "key"], name="practices_symptom_once")]
        indexes: ClassVar = [models.Index(fields=["tone"], name="practices_symptom_tone")]
        ordering: ClassVar = ["tone", "since", "pk"]

    def __str__(self) -> str:
        return self.sentence

    @property
    def rule(self) -> symptoms.Symptom:
        """The symptom as the rules see it."""
        return symptoms.Symptom(self.key, self.sentence, Tone(self.tone), Page(self.page))
