"""What people do with meetings and reports. Each step refuses with a sentence, and leaves a line of history."""

from rapport.apps.meetings.actions.feeds import make_feed, revoke_feed
from rapport.apps.meetings.actions.meetings import add_point, cancel_meeting, hold_meeting, move_meeting
from rapport.apps.meetings.actions.minutes import (
    agree_to_minutes,
    decide,
    give_action,
    propose_minutes,
    remove_decision,
    send_minutes_back,
    write_draft,
    write_minutes,
)
from rapport.apps.meetings.actions.plan import (
    enter_plans,
    mark_late,
    miss_meeting,
    remind_of_reports,
)
from rapport.apps.meetings.actions.reports import hand_in_report, send_report_back

__all__ = [
    "add_point",
    "agree_to_minutes",
    "cancel_meeting",
    "decide",
    "enter_plans",
    "give_action",
    "hand_in_report",
    "hold_meeting",
    "make_feed",
    "mark_late",
    "miss_meeting",
    "move_meeting",
    "propose_minutes",
    "remind_of_reports",
    "remove_decision",
    "revoke_feed",
    "send_minutes_back",
    "send_report_back",
    "write_draft",
    "write_minutes",
]
