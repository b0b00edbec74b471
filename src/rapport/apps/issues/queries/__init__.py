"""Reading issues; every list starts from what the actor may see."""

from rapport.apps.issues.queries.lists import (
    OPEN,
    Asked,
    asked,
    comments,
    goals_of,
    issues_of,
    listed,
    readers,
    steps_for,
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
    "readers",
    "steps_for",
    "visible_issues",
    "visible_tasks",
    "worker",
    "workers",
]
