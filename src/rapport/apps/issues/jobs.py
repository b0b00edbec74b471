"""What happens to issues by itself; done twice it has one effect."""

import logging
from collections.abc import Mapping
from datetime import datetime

from rapport.apps.engagements.models import Engagement
from rapport.apps.issues import actions
from rapport.apps.issues.queries.days import issues_to_remind_of, tasks_to_remind_of
from rapport.apps.issues.queries.editions import due_engagements
from rapport.apps.issues.queries.failures import failures, settled_disputes
from rapport.apps.timers.actions import Act
from rapport.domain.calendars import last_today
from rapport.domain.issues import Origin
from rapport.domain.refusals import Refused

_log = logging.getLogger(__name__)


def _list_by_silence(issue: int, at: datetime) -> None:
    actions.list_by_silence(issue=issue, at=at)


ACTS: Mapping[str, Act] = {actions.SILENCE: _list_by_silence}
"""What happens when a timer of this app rings."""


def make_editions(now: datetime) -> None:
    """Make the editions of issue lists that agreements ask for; where one still waits to be approved, none is added."""
    for engagement in due_engagements(now):
        try:
            actions.make_edition(by=None, engagement=engagement, at=now)
        except Refused:
            continue
        except Exception:
            _log.exception("Making an edition of the issue list of engagement %s failed", engagement.pk)


def raise_what_failed(now: datetime) -> None:
    """Put on the list what the agreements in force call a failure and is not on it yet, one issue for each cause."""
    found = failures(now)
    engagements = Engagement.objects.select_related("client_owner", "partner_owner").in_bulk(
        {one.engagement for one in found}
    )
    for one in found:
        gap = actions.Gap(one.title, "", one.severity, one.responsible, one.objective, one.kpi, one.period)
        engagement = engagements[one.engagement]
        try:
            actions.raise_by_rule(engagement=engagement, gap=gap, origin=one.origin, subject=one.subject, at=now)
        except Exception:
            _log.exception("Raising the issue %s of engagement %s failed", one.cause, engagement.pk)


def settle_what_is_over(now: datetime) -> None:
    """Close the issues about disputes that are over; a report that came in closes its own."""
    for one in settled_disputes():
        try:
            actions.settle_by_rule(origin=Origin.DISPUTE, at=now, **one._asdict())
        except Exception:
            _log.exception("Settling the dispute %s of engagement %s failed", one.subject, one.engagement)


def remind_of_days(now: datetime) -> None:
    """Remind people of issues and tasks whose day comes soon or has just passed."""
    today = last_today(now)
    for issue in issues_to_remind_of(today):
        try:
            actions.remind_of_issue(issue=issue, at=now)
        except Exception:
            _log.exception("Reminding of the issue %s failed", issue.pk)
    for task in tasks_to_remind_of(today):
        try:
            actions.remind_of_task(task=task, at=now)
        except Exception:
            _log.exception("Reminding of the task %s failed", task.pk)
