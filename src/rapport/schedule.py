"""The rhythm of what happens by itself.

Nothing counts ticks. Each job finds by itself what is due and not done, so that a worker that was away for three days
does it all, once, when it is back; how often a job is called only decides how late it may be.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from rapport.apps.assurance.jobs import lapse_overdue_figures, tell_of_closing_windows
from rapport.apps.channels.jobs import send_waiting_messages
from rapport.apps.corrections.jobs import ask_to_close_what_worked, begin_anew_what_missed_again
from rapport.apps.delivery.jobs import drop_refused_files, read_waiting_files
from rapport.apps.escalations import jobs as escalations
from rapport.apps.feedback import jobs as feedback
from rapport.apps.issues import jobs as issues
from rapport.apps.kpis.jobs import ask_for_outdated_results, compute_what_was_asked_for
from rapport.apps.meetings.jobs import (
    ask_for_invitations,
    follow_plans,
    send_waiting_invitations,
    send_waiting_links,
)
from rapport.apps.notices.jobs import send_waiting_mail
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.apps.practices.jobs import look_at_the_whole_picture
from rapport.apps.timers.actions import Act
from rapport.apps.timers.jobs import ring_due_timers

Job = Callable[[datetime], int | None]
"""Does what is due; says how much that was where there may be more."""
_log = logging.getLogger(__name__)

ACTS: Mapping[str, Act] = {**issues.ACTS, **escalations.ACTS, **feedback.ACTS}
"""What happens when a timer rings, by its kind."""

LETTERS: Sequence[Job] = (
    partial(send_waiting_mail, tellers=TELLERS), send_waiting_links, send_waiting_invitations,
)  # fmt: skip
"""What leaves by mail; each says None where the mail server is away."""


def send_letters(now: datetime) -> int:
    """Let what is due leave by mail; how much did. Where the mail server is away, it is waited for once in a pass."""
    done = 0
    for job in LETTERS:
        if (left := _done(job, now)) is None:
            break
        done += left
    return done


SHARED: Sequence[Job] = (partial(ring_due_timers, acts=ACTS), send_letters)
"""What any number of workers do at once, since each row is done by one of them; called every second."""
BESIDE: Sequence[Job] = (partial(send_waiting_messages, tellers=TELLERS),)
"""What any number of workers do as well, but where somebody else may keep them waiting, so that nothing else waits."""
WAITED_FOR: Sequence[Job] = (read_waiting_files, compute_what_was_asked_for)
"""What somebody is waiting for and one worker does; called every second."""
FOLLOWING: Sequence[Job] = (
    drop_refused_files, ask_for_outdated_results, lapse_overdue_figures, tell_of_closing_windows,
    issues.raise_what_failed, issues.make_editions,
    issues.settle_what_is_over, issues.remind_of_days,
    escalations.end_what_is_settled, escalations.climb_what_was_held, escalations.remind_of_what_is_late,
    escalations.start_what_is_overdue,
    begin_anew_what_missed_again, ask_to_close_what_worked,
    follow_plans, ask_for_invitations,
    look_at_the_whole_picture,
)  # fmt: skip
"""What follows from the calendar or from what people did elsewhere; one worker does it, every minute."""


def run(jobs: Sequence[Job], now: datetime) -> int:
    """Call jobs in their order; how much they did. One that fails keeps no other from its turn, and has another."""
    return sum(_done(job, now) or 0 for job in jobs)


def _done(job: Job, now: datetime) -> int | None:
    try:
        return job(now)
    except Exception:
        _log.exception("%s failed", getattr(job, "__name__", job))
        return 0
