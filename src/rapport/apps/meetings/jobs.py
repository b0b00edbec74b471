"""What happens to meetings and reports by itself; done twice it has one effect."""

import logging
from datetime import datetime

from rapport.apps.meetings import actions
from rapport.apps.meetings.queries import overdue_meetings, overdue_reports, plans

_log = logging.getLogger(__name__)


def follow_plans(now: datetime) -> None:
    """Enter what the plans in force hold for the next weeks, and see to what passed: missed meetings, late reports."""
    in_force = plans()
    actions.enter_plans(plans=in_force, at=now)
    for meeting in overdue_meetings(now.date()):
        try:
            actions.miss_meeting(meeting=meeting, at=now)
        except Exception:
            _log.exception("Counting the meeting %s as missed failed", meeting.pk)
    for report in overdue_reports(now.date()):
        plan = in_force.get(report.engagement_id)
        try:
            actions.mark_late(report=report, is_issue=plan is not None and plan.raises_late, at=now)
        except Exception:
            _log.exception("Marking the report %s as late failed", report.pk)
    actions.remind_of_reports(at=now)
