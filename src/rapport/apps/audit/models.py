"""Tables of history. The database itself refuses to change or remove an entry; see the migration `append_only`."""

from typing import ClassVar

from django.db import models

from rapport.domain.audience import Audience
from rapport.domain.chain import START


class Head(models.Model):
    """The end of one chain; whoever appends holds it locked."""

    chain = models.CharField(max_length=60, primary_key=True)
    number = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, default=START)

    audience: ClassVar = {"chain": Audience.SYSTEM, "number": Audience.BOTH, "digest": Audience.BOTH}


class Entry(models.Model):
    """One thing that happened. `content` is what the digest covers: at, by, organisation, verb, subject, details."""

    chain = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)

    audience: ClassVar = {
        "id": Audience.SYSTEM,
        "chain": Audience.SYSTEM,
        "number": Audience.BOTH,
        "content": Audience.BOTH,
        "digest": Audience.BOTH,
    }

    class Meta:
        """A chain has no two entries with one number."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["chain", "number"], name="audit_entry_place")]
        ordering: ClassVar = ["chain", "number"]
