"""What happens to meetings and reports by itself; done twice it has one effect."""

import logging
from datetime import datetime

from rapport.apps.meetings import actions
from rapport.apps.meetings.queries import Plan, overdue_meetings, overdue_reports, plans, reports_due_soon
from rapport.domain.calendars import last_today

_log = logging.getLogger(__name__)
_AT_ONCE = 100
_ASKED_AT_ONCE = 200


def follow_plans(now: datetime) -> None:
    """Enter what the plans in force hold for the next weeks, and see to what passed: missed meetings, late reports."""
    in_force = plans()
    _enter(in_force, now)
    for meeting in overdue_meetings(last_today(now)):
        try:
            actions.miss_meeting(meeting=meeting, at=now)
        except Exception:
            _log.exception("Counting the meeting %s as missed failed", meeting.pk)
    for report in overdue_reports(last_today(now)):
        plan = in_force.get(report.engagement_id)
        try:
            actions.mark_late(report=report, is_issue=plan is not None and plan.raises_late, at=now)
        except Exception:
            _log.exception("Marking the report %s as late failed", report.pk)
    for report in reports_due_soon(now.date()):
        try:
            actions.remind_of_report(report=report, at=now)
        except Exception:
            _log.exception("Reminding of the report %s failed", report.pk)


def send_waiting_links(now: datetime) -> int | None:
    """Send the mail links that have not left yet; how many left, None where the mail server is away."""
    return actions.send_due_links(most=_AT_ONCE, at=now)


def ask_for_invitations(now: datetime) -> int:
    """Ask for what people have to be told of meetings by mail, so much of it at a time; how much."""
    return actions.ask_for_invitations(most=_ASKED_AT_ONCE, at=now)


def send_waiting_invitations(now: datetime) -> int | None:
    """Send the letters about meetings that are due; how many left, None where the mail server is away."""
    return actions.send_due_invitations(most=_AT_ONCE, at=now)


def _enter(in_force: dict[int, Plan | None], now: datetime) -> None:
    """Enter all plans at once; where that fails, each by itself, so that one keeps no other from its turn."""
    try:
        actions.enter_plans(plans=in_force, at=now)
    except Exception:
        _log.exception("Entering all plans at once failed; each is entered by itself")
        for engagement, plan in in_force.items():
            try:
                actions.enter_plans(plans={engagement: plan}, engagement=engagement, at=now)
            except Exception:
                _log.exception("Entering the plan of the engagement %s failed", engagement)
