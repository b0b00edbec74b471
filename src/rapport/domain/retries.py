"""Work that happens by itself: when it is begun anew after it broke off, given up, and when nobody seems to do it."""

from datetime import datetime, timedelta

MOST_ATTEMPTS = 5
"""How often work is begun that nobody survives."""
MOST_SENDINGS = 60
"""How often a mail is tried before it is given up: two and a half days at the longest pause of an hour."""
SENDING = timedelta(minutes=1)
"""How long whoever took a mail up has to send it before they are taken to have died: longer than mail servers take."""
LONGEST_DOING = 200
"""Characters in which work says what it is doing."""
_PAUSE = timedelta(seconds=20)
"""How long work that broke off once waits before it is begun anew."""
_LONGEST_PAUSE = timedelta(hours=1)
_PATIENCE = timedelta(seconds=15)
"""After how long of nothing it is said what may be amiss."""


def pause_after(attempts: int) -> timedelta:
    """How long something that failed so often waits before another try: 20 seconds, doubled up to an hour."""
    return min(_PAUSE * (1 << min(attempts - 1, 16)), _LONGEST_PAUSE) if attempts else timedelta()


def has_rested(tried_at: datetime | None, attempts: int, now: datetime, least: timedelta = timedelta()) -> bool:
    """Whether something that was tried so often, the last time at a moment, may be tried again.

    A moment further ahead than the pause is of a clock that was set back since, and holds up nothing.
    """
    return tried_at is None or abs(now - tried_at) >= max(pause_after(attempts), least)


def is_given_up(attempts: int) -> bool:
    """Whether work that was begun so often without an end is not begun again by itself."""
    return attempts >= MOST_ATTEMPTS


def is_forgotten(asked_at: datetime, taken_up_at: datetime | None, now: datetime) -> bool:
    """Whether work was asked for a while ago and nobody has begun it."""
    return taken_up_at is None and now - asked_at > _PATIENCE
