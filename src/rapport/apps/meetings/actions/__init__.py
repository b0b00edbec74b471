"""What people do with meetings and reports. Each step refuses with a sentence, and leaves a line of history."""

from rapport.apps.meetings.actions.feeds import make_feed, revoke_feed
from rapport.apps.meetings.actions.invitations import ask_for_invitations, send_due_invitations
from rapport.apps.meetings.actions.letters import send_due_links
from rapport.apps.meetings.actions.links import (
    allow_links,
    forbid_links,
    name_addressee,
    remove_addressee,
    revoke_link,
    send_link,
)
from rapport.apps.meetings.actions.meetings import Present, add_point, cancel_meeting, hold_meeting, move_meeting
from rapport.apps.meetings.actions.minutes import (
    agree_to_minutes,
    decide,
    give_action,
    propose_minutes,
    remove_action,
    remove_decision,
    send_minutes_back,
    write_draft,
)
from rapport.apps.meetings.actions.plan import (
    enter_plans,
    mark_late,
    miss_meeting,
    remind_of_report,
)
from rapport.apps.meetings.actions.reports import (
    hand_in_by_link,
    hand_in_report,
    save_by_link,
    send_report_back,
)

__all__ = [
    "Present",
    "add_point",
    "agree_to_minutes",
    "allow_links",
    "ask_for_invitations",
    "cancel_meeting",
    "decide",
    "enter_plans",
    "forbid_links",
    "give_action",
    "hand_in_by_link",
    "hand_in_report",
    "hold_meeting",
    "make_feed",
    "mark_late",
    "miss_meeting",
    "move_meeting",
    "name_addressee",
    "propose_minutes",
    "remind_of_report",
    "remove_action",
    "remove_addressee",
    "remove_decision",
    "revoke_feed",
    "revoke_link",
    "save_by_link",
    "send_due_invitations",
    "send_due_links",
    "send_link",
    "send_minutes_back",
    "send_report_back",
    "write_draft",
]
