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
    """Keep whose move corrective actions are as they stand now, and tell whoever closes them when that is shown."""
    for correction in queries.with_another_move():
        try:
            actions.follow_figures(correction=correction, at=now)
        except Exception:
            _log.exception("Keeping whose move %s is failed", correction)
