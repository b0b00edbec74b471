"""Tables of what people are told, and of what leaves for them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rapport.apps.accounts.models import Person
from rapport.domain.audience import Audience
from rapport.domain.notices import Habits

_USUAL = Habits()


class Notice(models.Model):
    """That one person is told of one event.

    It holds no words: what it says is written when it is read or sent, with the rights its recipient has then. `kind`
    says who knows the words, and `subject` what they are about. `event` tells the event from every other one.
    """

    recipient = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    subject = models.PositiveBigIntegerField()
    event = models.CharField(max_length=200)
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "recipient", "kind", "subject", "is_urgent", "created_at", "read_at"), Audience.OWN),
        "event": Audience.SYSTEM,
    }

    class Meta:
        """Nobody is told of one event twice; the latest first."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "event"], name="notices_told_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notices_unread"),
        ]
        ordering: ClassVar = ["-created_at", "-id"]


class Dispatch(models.Model):
    """That a notice is to leave by mail, when, and whether it has: the outbox.

    `taken_at` is when a worker took it up, and `letter` names the mail it is part of from then on. `outcome` is *sent*,
    *dropped* where there was nothing left to say, or *given up*, and empty as long as it waits.
    """

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="dispatch")
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    letter = models.CharField(max_length=32, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    settled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    audience: ClassVar = dict.fromkeys(
        ("id", "notice", "due_at", "taken_at", "attempts", "letter", "outcome", "settled_at", "error"), Audience.SYSTEM
    )

    class Meta:
        """Asked for by what is due."""

        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(outcome=""), name="notices_outbox")]


class Preference(models.Model):
    """When somebody wants to be told; who has none is told as is usual."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="preference")
    zone = models.CharField(max_length=60, default=_USUAL.zone)
    digest_at = models.TimeField(default=_USUAL.digest_at)
    quiet_from = models.TimeField(default=_USUAL.quiet_from)
    quiet_until = models.TimeField(default=_USUAL.quiet_until)
    is_mailed = models.BooleanField(default=_USUAL.is_mailed)

    audience: ClassVar = dict.fromkeys(
        ("id", "person", "zone", "digest_at", "quiet_from", "quiet_until", "is_mailed"), Audience.OWN
    )

    @property
    def habits(self) -> Habits:
        """The same for the rules."""
        return Habits(self.zone, self.digest_at, self.quiet_from, self.quiet_until, self.is_mailed)
