"""Reading meetings and reports; every list starts from what the actor may see."""

from rapport.apps.meetings.queries.agenda import Item, agenda, agenda_of, agenda_shown, by_heading, frozen
from rapport.apps.meetings.queries.due import overdue_meetings, overdue_reports, reports_due_soon
from rapport.apps.meetings.queries.feed import events_of, feed_of, reader_of
from rapport.apps.meetings.queries.lists import (
    Options,
    actions_of,
    attendances,
    coming_meetings,
    decisions_of,
    invited,
    last_held,
    likely_present,
    may_hand_in,
    may_send_back,
    next_of_series,
    options,
    owed_reports,
    past_meetings,
    received_reports,
    visible_meetings,
    visible_reports,
)
from rapport.apps.meetings.queries.plan import Plan, Series, plan_of, plans, told_of
from rapport.apps.meetings.queries.tellers import TELLERS
from rapport.apps.meetings.queries.template import QUESTIONS, figures_of, words_of

__all__ = [
    "QUESTIONS",
    "TELLERS",
    "Item",
    "Options",
    "Plan",
    "Series",
    "actions_of",
    "agenda",
    "agenda_of",
    "agenda_shown",
    "attendances",
    "by_heading",
    "coming_meetings",
    "decisions_of",
    "events_of",
    "feed_of",
    "figures_of",
    "frozen",
    "invited",
    "last_held",
    "likely_present",
    "may_hand_in",
    "may_send_back",
    "next_of_series",
    "options",
    "overdue_meetings",
    "overdue_reports",
    "owed_reports",
    "past_meetings",
    "plan_of",
    "plans",
    "reader_of",
    "received_reports",
    "reports_due_soon",
    "told_of",
    "visible_meetings",
    "visible_reports",
    "words_of",
]
