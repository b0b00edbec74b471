"""Work that happens by itself: when it is begun anew after it broke off, given up, and when nobody seems to do it."""

from datetime import datetime, timedelta

MOST_ATTEMPTS = 5
"""How often work is begun that nobody survives."""
LONGEST_DOING = 200
"""Characters in which work says what it is doing."""
_PAUSE = timedelta(seconds=20)
"""How long work that broke off once waits before it is begun anew."""
_PATIENCE = timedelta(seconds=15)
"""After how long of nothing it is said what may be amiss."""


def is_turn(taken_up_at: datetime | None, attempts: int, now: datetime) -> bool:
    """Whether work that was begun so often, the last time at a moment, may be begun; it waits longer each time."""
    return taken_up_at is None or now - taken_up_at >= attempts * _PAUSE


def is_given_up(attempts: int) -> bool:
    """Whether work that was begun so often without an end is not begun again by itself."""
    return attempts >= MOST_ATTEMPTS


def is_forgotten(asked_at: datetime, taken_up_at: datetime | None, now: datetime) -> bool:
    """Whether work was asked for a while ago and nobody has begun it."""
    return taken_up_at is None and now - asked_at > _PATIENCE
