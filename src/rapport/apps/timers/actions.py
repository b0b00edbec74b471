"""Setting, stopping and ringing timers."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from rapport.apps.timers.models import Timer

Act = Callable[[int, datetime], object]
"""What happens to a subject at a moment."""


def set_timer(*, kind: str, subject: int, key: str, due_at: datetime) -> None:
    """Have something happen to a subject at a moment. One that is set already is moved, one that is done stays done."""
    timer, is_new = Timer.objects.get_or_create(key=key, defaults={"kind": kind, "subject": subject, "due_at": due_at})
    if not is_new:
        Timer.objects.filter(pk=timer.pk, done_at=None).update(due_at=due_at, tried_at=None, attempts=0)


def stop_timers(*, kind: str, subject: int, at: datetime) -> None:
    """Have nothing of a kind happen to a subject any more."""
    Timer.objects.filter(kind=kind, subject=subject, done_at=None).update(done_at=at)


def ring(*, timer: Timer, act: Act, at: datetime) -> bool:
    """Let happen what a timer is for, unless it has happened; whether it did now.

    That it is done and what it does are one transaction, so that a process may end at any moment between two of them,
    and of two processes at once only one has an effect. What fails is kept with its reason, to be tried again later;
    what was moved to a later moment since it was read waits for that one.
    """
    try:
        return _rung(timer, act, at)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"[:500]
        Timer.objects.filter(pk=timer.pk, done_at=None).update(tried_at=at, attempts=F("attempts") + 1, error=said)
        raise


@transaction.atomic
def _rung(timer: Timer, act: Act, at: datetime) -> bool:
    mine = Timer.objects.filter(pk=timer.pk, done_at=None, due_at__lte=at)
    if connection.features.has_select_for_update_skip_locked:  # another worker is at it: go on with the next one
        mine = Timer.objects.filter(pk__in=list(mine.select_for_update(skip_locked=True).values_list("pk", flat=True)))
    if not mine.update(done_at=at):
        return False
    act(timer.subject, at)
    return True
