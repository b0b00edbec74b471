"""What happens to corrective actions by itself; done twice it has one effect."""

import logging
from datetime import datetime

from rapport.apps.corrections import actions, queries

_log = logging.getLogger(__name__)


def begin_anew_what_missed_again(now: datetime) -> None:
    """Begin a new round of corrective actions that were done or closed and whose KPI misses again."""
    for correction in queries.missed_again(now):
        try:
            actions.fail_by_figures(correction=correction, at=now)
        except Exception:
            _log.exception("Beginning %s anew failed", correction)


def ask_to_close_what_worked(now: datetime) -> None:
    """Tell whoever closes corrective actions whose effect is shown, and keep whose move that makes it."""
    for correction in queries.shown_or_not():
        try:
            actions.follow_figures(correction=correction, at=now)
        except Exception:
            _log.exception("Asking to close %s failed", correction)
