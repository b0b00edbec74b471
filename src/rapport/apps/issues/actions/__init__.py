"""What the two sides do with issues. Each step refuses with a sentence, and leaves a line of history."""

from rapport.apps.issues.actions.answers import (
    approve_issue,
    confirm_issue,
    decline_issue,
    give_time,
    own_issue,
    reopen_issue,
    resolve_issue,
    return_issue,
    set_day,
    take_over_issue,
)
from rapport.apps.issues.actions.editions import approve_edition, discard_edition, make_edition
from rapport.apps.issues.actions.raising import (
    SILENCE,
    Gap,
    list_by_silence,
    lock_numbers,
    raise_by_rule,
    raise_issue,
    reopen_by_rule,
)
from rapport.apps.issues.actions.reminding import remind_of_issue, remind_of_task
from rapport.apps.issues.actions.settling import lock_issues_about, settle_by_rule
from rapport.apps.issues.actions.steps import CHANGED, keep_move, lock, tell
from rapport.apps.issues.actions.words import Words, change_issue
from rapport.apps.issues.actions.work import (
    change_task,
    comment_on,
    finish_task,
    give_task,
    raise_with_file,
    withdraw_task,
)

__all__ = [
    "CHANGED",
    "SILENCE",
    "Gap",
    "Words",
    "approve_edition",
    "approve_issue",
    "change_issue",
    "change_task",
    "comment_on",
    "confirm_issue",
    "decline_issue",
    "discard_edition",
    "finish_task",
    "give_task",
    "give_time",
    "keep_move",
    "list_by_silence",
    "lock",
    "lock_issues_about",
    "lock_numbers",
    "make_edition",
    "own_issue",
    "raise_by_rule",
    "raise_issue",
    "raise_with_file",
    "remind_of_issue",
    "remind_of_task",
    "reopen_by_rule",
    "reopen_issue",
    "resolve_issue",
    "return_issue",
    "set_day",
    "settle_by_rule",
    "take_over_issue",
    "tell",
    "withdraw_task",
]
