"""Writing history: the one way in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from rapport.apps.audit.models import Entry, Head
from rapport.domain.chain import digest_after

INSTALLATION = "installation"
"""The chain of what concerns no engagement: organisations, people, rights."""


@dataclass(frozen=True)
class Who:
    """Who did something, in words that stay true when the person has left."""

    person: int | None
    name: str
    organisation: str


SYSTEM = Who(None, "Rapport", "")
"""What happened by itself, because its time had come."""


@transaction.atomic
def record(
    chain: str, *, by: Who, at: datetime, verb: str, subject: str, details: Mapping[str, Any] | None = None
) -> Entry:
    """Append what happened to a chain, in the transaction of what happened.

    `details` are plain data without floating-point numbers, which no two databases write alike; what one side must not
    see does not belong there.
    """
    Head.objects.get_or_create(chain=chain)
    head = Head.objects.select_for_update().get(chain=chain)
    content = {
        "at": at.isoformat(),
        "person": by.person,
        "by": by.name,
        "organisation": by.organisation,
        "verb": verb,
        "subject": subject,
        "details": dict(details or {}),
    }
    head.number += 1
    head.digest = digest_after(head.digest, head.number, content)
    head.save()
    return Entry.objects.create(chain=chain, number=head.number, content=content, digest=head.digest)
