"""What the two sides do with issues. Each step refuses with a sentence, and leaves a line of history."""

from rapport.apps.issues.actions.answers import (
    approve_issue,
    confirm_issue,
    decline_issue,
    own_issue,
    reopen_issue,
    resolve_issue,
    return_issue,
    set_day,
    take_over_issue,
)
from rapport.apps.issues.actions.editions import approve_edition, make_edition
from rapport.apps.issues.actions.raising import (
    SILENCE,
    Gap,
    list_by_silence,
    raise_by_rule,
    raise_issue,
    reopen_by_rule,
)
from rapport.apps.issues.actions.steps import tell
from rapport.apps.issues.actions.work import comment_on, finish_task, give_task

__all__ = [
    "SILENCE",
    "Gap",
    "approve_edition",
    "approve_issue",
    "comment_on",
    "confirm_issue",
    "decline_issue",
    "finish_task",
    "give_task",
    "list_by_silence",
    "make_edition",
    "own_issue",
    "raise_by_rule",
    "raise_issue",
    "reopen_by_rule",
    "reopen_issue",
    "resolve_issue",
    "return_issue",
    "set_day",
    "take_over_issue",
    "tell",
]
