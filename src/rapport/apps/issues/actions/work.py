"""What is said and done about an issue: comments, to both sides or to one's own, and tasks given, changed and done."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import record
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.actions.raising import Gap, raise_issue
from rapport.apps.issues.actions.steps import noted, tasks_changed, tell
from rapport.apps.issues.models import LONGEST_TASK, LONGEST_TEXT, Comment, Issue, Task
from rapport.apps.issues.policy import demand_work
from rapport.apps.issues.queries import workers
from rapport.apps.issues.queries.plans import is_planned
from rapport.apps.notices.actions import notify
from rapport.apps.partners.queries import named_document, plain_name
from rapport.domain import tasks
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit import uploads

_TASK_CHANGED = "Somebody changed this task or did it a moment ago; open it again and see how it stands."


@transaction.atomic
def comment_on(
    *, by: Person, issue: Issue, text: str, is_private: bool, file: "File[Any] | None" = None, at: datetime
) -> Comment:
    """Say something about an issue, to both sides or to one's own alone; what is private leaves no line of history."""
    demand_work(by, issue.engagement)
    said = text.strip()
    if not said and not file:
        raise Refused("Nothing was written and no file was added; do one of them.")
    if len(said) > LONGEST_TEXT:
        raise Refused(f"The comment has {len(said):,} characters; say it in at most {LONGEST_TEXT:,}.")
    comment = Comment(issue=issue, text=said, author=by, side=by.side, is_private=is_private, at=at)
    with _kept(comment, file):
        comment.save()
        if not is_private:
            noted(issue, who(by), at, "issue.commented")
            tell(issue, by.side.other, at, kind="comment", subject=comment.pk, event=f"comment:{comment.pk}", but=by)
    return comment


@transaction.atomic
def raise_with_file(
    *, by: Person, engagement: Engagement, gap: Gap, file: "File[Any] | None" = None, at: datetime
) -> Issue:
    """Propose an issue with a file that shows what is off, which both sides find under what was said."""
    issue = raise_issue(by=by, engagement=engagement, gap=gap, at=at)
    if file:
        comment_on(by=by, issue=issue, text="", is_private=False, file=file, at=at)
    return issue


@transaction.atomic
def give_task(
    *,
    by: Person,
    engagement: Engagement,
    issue: Issue | None,
    what: str,
    owner: Person | None,
    due_on: date,
    at: datetime,
) -> Task:
    """Write down what somebody of either side has to do by a day."""
    demand_work(by, engagement)
    doer = _able(engagement, owner)
    words = {"what": _worded(what), "side": doer.side, "owner": doer, "due_on": due_on}
    task = Task.objects.create(engagement=engagement, issue=issue, made_by=by, made_at=at, **words)
    details = {"owner": doer.name, "due": due_on.isoformat()}
    record(engagement.chain, by=who(by), at=at, verb="task.given", subject=task.what, details=details)
    if doer != by:
        notify(recipients=[doer], kind="task", subject=task.pk, event=f"task:{task.pk}", at=at)
    return task


@transaction.atomic
def finish_task(*, by: Person, task: Task, at: datetime) -> Task:
    """Say that a task is done; anybody of its side may."""
    demand_work(by, task.engagement)
    if by.side != task.side:
        raise Refused(f"The task is the {task.side}'s; ask {task.owner.name} whether it is done.")
    if not Task.objects.filter(pk=task.pk, done_at=None).update(done_at=at, done_by=by):
        raise Refused("The task is done already.")
    task.refresh_from_db()
    record(task.engagement.chain, by=who(by), at=at, verb="task.done", subject=task.what)
    tasks_changed.send(Task, issue=task.issue)
    return task


@transaction.atomic
def change_task(*, by: Person, task: Task, what: str, owner: Person | None, due_on: date, at: datetime) -> Task:
    """Say an open task in other words, move its day or hand it on; its owners, old and new, and its giver are told."""
    demand_work(by, task.engagement)
    said, doer = _worded(what), _able(task.engagement, owner)
    tasks.demand_change(_rule(task), by=by.side, what=said, side=doer.side, due_on=due_on, today=at.date())
    words = {"what": said, "side": doer.side.value, "owner": doer, "due_on": due_on}
    same = {name: getattr(task, name) for name in words}
    if same == words:
        return task
    if not Task.objects.filter(pk=task.pk, done_at=None, **same).update(**words):
        raise Refused(_TASK_CHANGED)
    told, before = {task.owner, doer, task.made_by} - {by}, _said(task)
    task.refresh_from_db()
    details = {name: value for name, value in _said(task).items() if value != before[name]}
    details |= {f"{name} before": before[name] for name in details}
    record(task.engagement.chain, by=who(by), at=at, verb="task.changed", subject=task.what, details=details)
    notify(recipients=told, kind="task", subject=task.pk, event=f"task:{task.pk}:{at.isoformat()}", at=at)
    tasks_changed.send(Task, issue=task.issue)
    return task


@transaction.atomic
def withdraw_task(*, by: Person, task: Task, reason: str, at: datetime) -> Task:
    """Take back a task that is not needed, with a reason, which its owner is told; nobody finds it open any more."""
    demand_work(by, task.engagement)
    said = reason.strip()
    tasks.demand_withdrawal(_rule(task), by=by.side, reason=said)
    if not Task.objects.filter(pk=task.pk, done_at=None).update(withdrawn_at=at):
        raise Refused(_TASK_CHANGED)
    task.refresh_from_db()
    details = {"owner": task.owner.name, "reason": said}
    record(task.engagement.chain, by=who(by), at=at, verb="task.withdrawn", subject=task.what, details=details)
    told = [task.owner] if task.owner != by else []
    notify(recipients=told, kind="task_withdrawn", subject=task.pk, event=f"task:{task.pk}:withdrawn", at=at)
    tasks_changed.send(Task, issue=task.issue)
    return task


def _said(task: Task) -> dict[str, str]:
    """A task as history says it."""
    return {"what": task.what, "owner": task.owner.name, "due": task.due_on.isoformat()}


def _worded(what: str) -> str:
    if not (said := plain_name(what)):
        raise Refused("Say in a line what is to be done.")
    return said[:LONGEST_TASK]


def _able(engagement: Engagement, owner: Person | None) -> Person:
    if owner is None or not workers(engagement, owner.side).filter(pk=owner.pk).exists():
        raise Refused("The task has to be somebody's who works on this engagement; choose one of the list.")
    return owner


def _rule(task: Task) -> tasks.Task:
    """A task as the rules see it."""
    return tasks.Task(
        what=task.what,
        side=Side(task.side),
        due_on=task.due_on,
        given_by=task.made_by.side,
        is_done=task.done_at is not None,
        is_planned=is_planned(task),
    )


@contextmanager
def _kept(comment: Comment, file: "File[Any] | None") -> Iterator[None]:
    if file:
        comment.file_name = named_document(file)
    with uploads.kept(comment.file, file):
        yield
