"""The table of what happens by itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rapport.domain.audience import Audience


class Timer(models.Model):
    """That something of a kind is to happen to one subject at a moment, once.

    `key` tells it from every other one, so that setting it twice sets it once. What happens, and that it has happened
    (`done_at`), are kept in one transaction. `error` is why it could not happen the last time it was tried.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    subject = models.PositiveBigIntegerField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    audience: ClassVar = dict.fromkeys(
        ("id", "key", "kind", "subject", "due_at", "done_at", "tried_at", "attempts", "error"), Audience.SYSTEM
    )

    class Meta:
        """Asked for by what is due and not done, and by whom it concerns."""

        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(done_at=None), name="timers_due"),
            models.Index(fields=["kind", "subject"], condition=Q(done_at=None), name="timers_of_subject"),
        ]

    def __str__(self) -> str:
        return self.key
