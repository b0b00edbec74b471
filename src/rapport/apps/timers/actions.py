"""Setting, stopping and ringing timers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import randint
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F, QuerySet

from rapport.apps.timers.models import Timer

Act = Callable[[int, datetime], object]
"""What happens to a subject at a moment."""
_Row = TypeVar("_Row")


def share_out(rows: Sequence[_Row], do: Callable[[_Row], int | None]) -> int:
    """Do what is due beside other workers, in its order; how much was done. None says that another is at one already.

    From there it goes on at a random place further on, so that two workers are soon apart and not one behind the other;
    what lies between is the other's, or is found when what is due is read again.
    """
    place = count = 0
    while place < len(rows):
        done = do(rows[place])
        count += done or 0
        place += 1 if done is not None else randint(1, len(rows) - place)
    return count


def set_timer(*, kind: str, subject: int, key: str, due_at: datetime) -> None:
    """Have something happen to a subject at a moment, once; one that is set already stays as it is."""
    Timer.objects.get_or_create(key=key, defaults={"kind": kind, "subject": subject, "due_at": due_at})


@transaction.atomic
def stop_timers(*, kind: str, subject: int, at: datetime) -> None:
    """Have nothing of a kind happen to a subject any more.

    What is ringing right now finds by itself that its subject has moved on: to wait for it here, while it waits for the
    subject, would be a deadlock.
    """
    _free(Timer.objects.filter(kind=kind, subject=subject, done_at=None)).update(done_at=at)


def ring(*, timer: Timer, act: Act, at: datetime) -> bool:
    """Let happen what a timer is for, unless it has happened; whether it did now.

    That it is done and what it does are one transaction, so that a process may end at any moment between two of them,
    and of two processes at once only one has an effect. What fails is kept with its reason, to be tried again later.
    """
    try:
        return _rung(timer, act, at)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"[:500]
        Timer.objects.filter(pk=timer.pk, done_at=None).update(tried_at=at, attempts=F("attempts") + 1, error=said)
        raise


@transaction.atomic
def _rung(timer: Timer, act: Act, at: datetime) -> bool:
    if not _free(Timer.objects.filter(pk=timer.pk, done_at=None)).update(done_at=at):
        return False
    act(timer.subject, at)
    return True


def _free(timers: QuerySet[Timer]) -> QuerySet[Timer]:
    """Those of some timers that nobody else is at, kept until the transaction ends where the database can do that."""
    if not connection.features.has_select_for_update_skip_locked:
        return timers
    return Timer.objects.filter(pk__in=list(timers.select_for_update(skip_locked=True).values_list("pk", flat=True)))
