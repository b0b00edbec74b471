"""Which timers are due, and which should have rung."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from rapport.apps.timers.models import Timer
from rapport.domain.retries import has_rested


@dataclass(frozen=True)
class Backlog:
    """How many timers are due and have not rung, since when the first of them is, and how many have failed so far."""

    due: int
    oldest_at: datetime | None
    failed: int


def due_timers(now: datetime, most: int) -> list[Timer]:
    """Timers that are due and not done, the longest due first, but for those that failed a moment ago."""
    due = Timer.objects.filter(done_at=None, due_at__lte=now).order_by("due_at", "pk")
    ready = (one for one in due.iterator() if has_rested(one.tried_at, one.attempts, now))
    return [one for one, _ in zip(ready, range(most), strict=False)]


def backlog(now: datetime) -> Backlog:
    """What should have rung by now."""
    due = Timer.objects.filter(done_at=None, due_at__lte=now)
    return Backlog(**due.aggregate(due=Count("pk"), oldest_at=Min("due_at"), failed=Count("pk", filter=~Q(error=""))))


def failed_timers() -> QuerySet[Timer]:
    """Timers that could not ring the last time they were tried, the longest due first."""
    return Timer.objects.filter(done_at=None).exclude(error="").order_by("due_at", "pk")
