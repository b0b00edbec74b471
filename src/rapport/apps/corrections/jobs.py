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
