"""What is said and done about an issue: comments, to both sides or to one's own, and tasks."""

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
from rapport.apps.issues.actions.steps import noted, tell
from rapport.apps.issues.models import LONGEST_TEXT, Comment, Issue, Task
from rapport.apps.issues.policy import demand_work
from rapport.apps.issues.queries import workers
from rapport.apps.notices.actions import notify
from rapport.apps.partners.queries import named_document, plain_name
from rapport.domain.refusals import Refused
from rapport.kit import uploads


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
    if not (said := plain_name(what)):
        raise Refused("Say in a line what is to be done.")
    if owner is None or not workers(engagement, owner.side).filter(pk=owner.pk).exists():
        raise Refused("The task has to be somebody's who works on this engagement; choose one of the list.")
    words = {"what": said[:500], "side": owner.side, "owner": owner, "due_on": due_on}
    task = Task.objects.create(engagement=engagement, issue=issue, made_by=by, made_at=at, **words)
    details = {"owner": owner.name, "due": due_on.isoformat()}
    record(engagement.chain, by=who(by), at=at, verb="task.given", subject=task.what, details=details)
    if owner != by:
        notify(recipients=[owner], kind="task", subject=task.pk, event=f"task:{task.pk}", at=at)
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
    return task


@contextmanager
def _kept(comment: Comment, file: "File[Any] | None") -> Iterator[None]:
    if file:
        comment.file_name = named_document(file)
    with uploads.kept(comment.file, file):
        yield
