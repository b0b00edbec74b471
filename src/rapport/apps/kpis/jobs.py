"""Work on results that happens by itself; done twice it has one effect."""

import logging
from datetime import datetime

from rapport.apps.kpis import actions, queries

_log = logging.getLogger(__name__)


def compute_what_was_asked_for(now: datetime) -> None:
    """Compute the results that wait for it; one that breaks off does not keep the others waiting."""
    for computation in queries.waiting_computations(now):
        try:
            actions.run_computation(computation=computation, at=now)
        except Exception:
            _log.exception("Computing the results of engagement %s broke off", computation.engagement_id)


def ask_for_outdated_results(now: datetime) -> None:
    """Have results computed that rest on another agreement, or on other files, than those that count now."""
    for engagement in queries.outdated_engagements():
        actions.ask_for_results(engagement=engagement, at=now)
