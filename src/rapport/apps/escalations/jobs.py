"""What happens to escalations by itself; done twice it has one effect."""

import logging
from collections.abc import Mapping
from datetime import datetime

from rapport.apps.escalations import actions, queries
from rapport.apps.timers.actions import Act
from rapport.domain.calendars import last_today

_log = logging.getLogger(__name__)


def _climb(escalation: int, at: datetime) -> None:
    actions.climb(escalation=escalation, at=at)


def _remind(escalation: int, at: datetime) -> None:
    actions.remind(escalation=escalation, at=at)


ACTS: Mapping[str, Act] = {actions.CLIMB: _climb, actions.REMIND: _remind}
"""What happens when a timer of this app rings."""


def end_what_is_settled(now: datetime) -> None:
    """End the escalations of issues that are closed."""
    for escalation in queries.settled_escalations():
        try:
            actions.end_settled(escalation=escalation.pk, at=now)
        except Exception:
            _log.exception("Ending the escalation %s failed", escalation.pk)


def climb_what_was_held(now: datetime) -> None:
    """Let those climb that were held while their issue was said to be mended, and whose issue is back on the list."""
    for escalation in queries.late_escalations(now):
        try:
            actions.climb(escalation=escalation.pk, at=now)
        except Exception:
            _log.exception("Letting the escalation %s climb failed", escalation.pk)


def remind_of_what_is_late(now: datetime) -> None:
    """Begin to remind of late moves of which nobody is reminded yet, as of those that were late before this existed."""
    for escalation in queries.unreminded_escalations(now, actions.REMIND):
        try:
            actions.remind(escalation=escalation.pk, at=now)
        except Exception:
            _log.exception("Reminding of the escalation %s failed", escalation.pk)


def start_what_is_overdue(now: datetime) -> None:
    """Let issues climb whose day is over wherever people are, each once for that day; those without a plan do not."""
    for issue in queries.overdue_issues(last_today(now)):
        try:
            actions.start_overdue(issue=issue.pk, at=now)
        except Exception:
            _log.exception("Starting the escalation of issue %s failed", issue.pk)
