"""Work on figures that happens by itself; done twice it has one effect."""

import logging
from datetime import datetime

from rapport.apps.assurance import actions
from rapport.apps.assurance.queries.books import overdue
from rapport.apps.assurance.queries.closing import closing_soon

_log = logging.getLogger(__name__)


def lapse_overdue_figures(now: datetime) -> None:
    """Close by rule the figures whose window is over; an engagement where that fails does not keep others waiting."""
    for engagement in dict.fromkeys(line.engagement for line in overdue(now)):
        try:
            actions.lapse_overdue(at=now, engagement=engagement)
        except Exception:
            _log.exception("Closing figures of engagement %s failed", engagement.pk)


def tell_of_closing_windows(now: datetime) -> int:
    """Tell of windows that close in two days and still wait for somebody; of how many windows.

    One of which telling fails does not keep the others waiting.
    """
    told = 0
    for closing in closing_soon(now):
        try:
            told += actions.tell_closing(closing=closing, at=now)
        except Exception:
            _log.exception("Telling of a window of engagement %s failed", closing.engagement.pk)
    return told
