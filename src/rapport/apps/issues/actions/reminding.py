"""Reminding people of the days of issues and tasks: some days before, and once a day has passed."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from rapport.apps.issues.actions.steps import tell, whoever_sees_to
from rapport.apps.issues.models import Issue, Task
from rapport.apps.notices.actions import notify
from rapport.domain.calendars import last_today
from rapport.domain.roles import Side


@transaction.atomic
def remind_of_issue(*, issue: Issue, at: datetime) -> None:
    """Remind whoever sees to an issue on the side whose move it is of its day, once before it and once after it."""
    side, kind = issue.waits_for, _kind(issue, at)
    if side and _first(issue, at):
        event = f"issue:{issue.pk}:{kind}:{issue.due_on.isoformat()}"
        tell(issue, side, at, kind=f"issue_{kind}", subject=issue.pk, event=event)


@transaction.atomic
def remind_of_task(*, task: Task, at: datetime) -> None:
    """Remind the owner of a task of its day, once before it and once after it, or whoever sees to it instead."""
    kind, side = _kind(task, at), Side(task.side)
    if _first(task, at):
        event = f"task:{task.pk}:{kind}:{task.due_on.isoformat()}"
        told = whoever_sees_to(task, side, first=task.owner)
        notify(recipients=told, kind=f"task_{kind}", subject=task.pk, event=event, at=at)


def _kind(row: Issue | Task, at: datetime) -> str:
    return "late" if row.due_on < last_today(at) else "soon"


def _first(row: Issue | Task, at: datetime) -> bool:
    """Note that somebody is reminded of a day; False where somebody was already, or the day is another by now."""
    name = "reminded_after" if row.due_on < last_today(at) else "reminded_before"
    mine: Any = type(row).objects.filter(Q(**{name: None}) | ~Q(**{name: F("due_on")}), pk=row.pk, due_on=row.due_on)
    return bool(mine.update(**{name: row.due_on}))
