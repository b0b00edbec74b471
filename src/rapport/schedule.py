"""The rhythm of what happens by itself.

Nothing counts ticks. Each job finds by itself what is due and not done, so that a worker that was away for three days
does it all, once, when it is back; how often a job is called only decides how late it may be.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from rapport.apps.assurance.jobs import lapse_overdue_figures
from rapport.apps.delivery.jobs import drop_refused_files, read_waiting_files
from rapport.apps.kpis.jobs import ask_for_outdated_results, compute_what_was_asked_for

Job = Callable[[datetime], object]
_log = logging.getLogger(__name__)


WAITED_FOR: Sequence[Job] = (read_waiting_files, compute_what_was_asked_for)
"""What somebody is waiting for; called every second."""
FOLLOWING: Sequence[Job] = (drop_refused_files, ask_for_outdated_results, lapse_overdue_figures)
"""What follows from the calendar or from what people did elsewhere; called every minute."""


def run(jobs: Sequence[Job], now: datetime) -> None:
    """Call jobs in their order; one that fails does not keep the others from their turn, and has another."""
    for job in jobs:
        try:
            job(now)
        except Exception:
            _log.exception("%s failed", getattr(job, "__name__", job))
