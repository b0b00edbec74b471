"""Reading what the two sides tell each other; every list starts from what the actor may see."""

from rapport.apps.feedback.queries.counts import feedback_counts, latest_ratings
from rapport.apps.feedback.queries.evidence import (
    citable_issues,
    citable_meetings,
    is_measured,
    issue_choices,
    measured,
    measured_choices,
    meeting_choices,
)
from rapport.apps.feedback.queries.promises import owed_promises, promises_of, standing_of, visible_promises
from rapport.apps.feedback.queries.rounds import (
    is_rater,
    questions_of,
    raters,
    rounds_of,
    seen_round,
    seen_rounds,
    visible_rounds,
    waiting_rounds,
)
from rapport.apps.feedback.queries.said import (
    Asked,
    asked,
    listed,
    steps_for,
    visible_drafts,
    visible_feedback,
    waiting_feedback,
)
from rapport.apps.feedback.queries.tellers import TELLERS

__all__ = [
    "TELLERS",
    "Asked",
    "asked",
    "citable_issues",
    "citable_meetings",
    "feedback_counts",
    "is_measured",
    "is_rater",
    "issue_choices",
    "latest_ratings",
    "listed",
    "measured",
    "measured_choices",
    "meeting_choices",
    "owed_promises",
    "promises_of",
    "questions_of",
    "raters",
    "rounds_of",
    "seen_round",
    "seen_rounds",
    "standing_of",
    "steps_for",
    "visible_drafts",
    "visible_feedback",
    "visible_promises",
    "visible_rounds",
    "waiting_feedback",
    "waiting_rounds",
]
