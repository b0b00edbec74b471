"""Work on timers that happens by itself; done twice it has one effect."""

import logging
from collections.abc import Mapping
from datetime import datetime

from rapport.apps.timers import actions, queries
from rapport.apps.timers.actions import Act
from rapport.apps.timers.models import Timer

_AT_ONCE = 500
_log = logging.getLogger(__name__)


def ring_due_timers(now: datetime, acts: Mapping[str, Act]) -> int:
    """Let happen what is due by now, `acts` by the kind of timer; how many did.

    Late is late and not lost: what became due while nobody worked happens on return, the oldest first. One that fails
    does not keep the others waiting.
    """
    return actions.share_out(queries.due_timers(now, _AT_ONCE), lambda timer: _ring(timer, acts, now))


def _ring(timer: Timer, acts: Mapping[str, Act], now: datetime) -> int | None:
    try:
        return 1 if actions.ring(timer=timer, act=acts.get(timer.kind, _fail), at=now) else None
    except Exception:
        _log.exception("Timer %s failed", timer.key)
        return 0


def _fail(subject: int, at: datetime) -> None:  # noqa: ARG001 - every act is called with both
    raise LookupError("This version of Rapport knows no such timer; run the version that set it, or a newer one.")
