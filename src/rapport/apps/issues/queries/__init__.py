"""Reading issues; every list starts from what the actor may see."""

from rapport.apps.issues.queries.lists import (
    OPEN,
    Asked,
    asked,
    comments,
    goals_of,
    issues_of,
    listed,
    names_of_goals,
    readers,
    steps_for,
    successor_of,
    visible_comments,
    visible_issues,
    visible_tasks,
    worker,
    workers,
)
from rapport.apps.issues.queries.tellers import TELLERS

__all__ = [
    "OPEN",
    "TELLERS",
    "Asked",
    "asked",
    "comments",
    "goals_of",
    "issues_of",
    "listed",
    "names_of_goals",
    "readers",
    "steps_for",
    "successor_of",
    "visible_comments",
    "visible_issues",
    "visible_tasks",
    "worker",
    "workers",
]
