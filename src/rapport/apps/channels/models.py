"""Tables of channels, and of what leaves through them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rapport.apps.accounts.models import Person
from rapport.apps.notices.models import Notice
from rapport.domain.audience import Audience
from rapport.domain.channels import Kind, State


class Channel(models.Model):
    """A chat or a program that is told what one person of the client is told.

    `address` of a chat and `secret` of a webhook are never shown again; `service` is what may be shown of the address.
    With `old_secret` is signed as well until `old_until`. `looked_up_to` is the newest notice before which none is
    missing. `reason` is what came of the last call where it failed, `test_came` of the test that was asked for last.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Kind])
    name = models.CharField(max_length=100)
    service = models.CharField(max_length=260)
    address = models.CharField(max_length=2000)
    secret = models.CharField(max_length=60, blank=True)
    old_secret = models.CharField(max_length=60, blank=True)
    old_until = models.DateTimeField(null=True)
    is_urgent_only = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in State], default=State.ON)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    looked_up_to = models.PositiveBigIntegerField(default=0)
    last_sent_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=10, blank=True)
    test_asked_at = models.DateTimeField(null=True)
    test_taken_at = models.DateTimeField(null=True)
    test_came = models.CharField(max_length=10, blank=True)

    audience: ClassVar = {
        **dict.fromkeys(("id", "person", "kind", "name", "service", "is_urgent_only", "state"), Audience.OWN),
        **dict.fromkeys(("made_by", "made_at", "old_until", "last_sent_at", "failing_since", "reason"), Audience.OWN),
        **dict.fromkeys(("test_asked_at", "test_taken_at", "test_came"), Audience.OWN),
        **dict.fromkeys(("address", "secret", "old_secret"), Audience.SYSTEM),
        **dict.fromkeys(("looked_up_to", "failures", "rests_until"), Audience.SYSTEM),
    }

    class Meta:
        """By name."""

        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """A notice on its way through a channel; `name` is the same however often it is sent.

    `outcome` is *sent*, *dropped* where there was nothing left to say, or *given up*, and empty as long as it waits.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="messages")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="messages")
    name = models.CharField(max_length=40)
    begun_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, blank=True)
    settled_at = models.DateTimeField(null=True)

    audience: ClassVar = dict.fromkeys(
        ("id", "channel", "notice", "name", "begun_at", "taken_at", "attempts", "outcome", "settled_at"),
        Audience.SYSTEM,
    )

    class Meta:
        """Nothing leaves twice through one channel; asked for by what waits."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "notice"], name="channels_message_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["channel"], condition=Q(outcome=""), name="channels_waiting")]
