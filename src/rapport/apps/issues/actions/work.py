"""What is said and done about an issue: comments, to both sides or to one's own, and tasks given, changed and done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import F

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import record
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.actions.raising import Gap, raise_issue
from rapport.apps.issues.actions.steps import lock, noted, tell, whoever_sees_to
from rapport.apps.issues.models import LONGEST_TASK, LONGEST_TEXT, Comment, Issue, Task
from rapport.apps.issues.policy import demand_work
from rapport.apps.issues.queries import workers
from rapport.apps.issues.queries.plans import follow, rule_of
from rapport.apps.notices.actions import notify
from rapport.apps.partners.queries import named_document, plain_name
from rapport.domain import tasks
from rapport.domain.refusals import Refused
from rapport.kit import uploads

_PEOPLE = ("owner__organisation", "made_by__organisation")
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
        with _kept(Comment(issue=issue, author=by, side=by.side, at=at), file):
            noted(issue, who(by), at, "issue.commented")  # the other side is told of the issue, and finds it there
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
    current = _locked(by, task)
    if by.side != current.side:
        raise Refused(f"The task is the {current.side}'s; ask {current.owner.name} whether it is done.")
    mine = Task.objects.filter(pk=current.pk, done_at=None, side=current.side)
    if not mine.update(done_at=at, done_by=by, turn=F("turn") + 1):
        raise Refused("The task is done already.")
    current.refresh_from_db()
    follow(current.issue)
    record(current.engagement.chain, by=who(by), at=at, verb="task.done", subject=current.what)
    return current


@transaction.atomic
def change_task(
    *, by: Person, task: Task, what: str, owner: Person | None, due_on: date, seen: int, at: datetime
) -> Task:
    """Say an open task in other words, move its day or hand it on; its owners, old and new, and its giver are told.

    `seen` is the turn that was read, so that nobody writes over what they have not read. What changes of a task to
    which both sides agreed, the other side is told as well.
    """
    current = _locked(by, task)
    if seen != current.turn:
        raise Refused(_TASK_CHANGED)
    doer = current.owner if owner == current.owner else _able(current.engagement, owner)
    before, old = rule_of(current), _said(current)
    after = replace(before, what=_worded(what), side=doer.side, owner=doer.pk, due_on=due_on)
    tasks.demand_change(before, by=by.side, to=after, today=at.date())
    if after == before:
        return current
    readers = whoever_sees_to(current, by.side.other) if before.plan else ()
    told = {current.owner, doer, current.made_by, *readers} - {by}
    words = {"what": after.what, "side": doer.side.value, "owner": doer, "due_on": due_on}
    _keep(current, turn=seen + 1, **words)
    follow(current.issue)
    details = {name: value for name, value in _said(current).items() if value != old[name]}
    details |= {f"{name} before": old[name] for name in details}
    record(current.engagement.chain, by=who(by), at=at, verb="task.changed", subject=current.what, details=details)
    notify(recipients=told, kind="task", subject=current.pk, event=f"task:{current.pk}:{at.isoformat()}", at=at)
    return current


@transaction.atomic
def withdraw_task(*, by: Person, task: Task, reason: str, at: datetime) -> Task:
    """Take back a task that is not needed, with a reason, which its owner is told; nobody finds it open any more."""
    current, said = _locked(by, task), reason.strip()
    tasks.demand_withdrawal(rule_of(current), by=by.side, reason=said)
    _keep(current, turn=current.turn + 1, withdrawn_at=at, why_withdrawn=said)
    details = {"owner": current.owner.name, "reason": said}
    record(current.engagement.chain, by=who(by), at=at, verb="task.withdrawn", subject=current.what, details=details)
    told = [current.owner] if current.owner != by else []
    notify(recipients=told, kind="task_withdrawn", subject=current.pk, event=f"task:{current.pk}:withdrawn", at=at)
    return current


def _locked(by: Person, task: Task) -> Task:
    """A task as it is now, for whoever works on it; its issue is locked first, and the plan for that with it."""
    demand_work(by, task.engagement)
    if task.issue_id:
        lock(task.issue_id)
    rows = Task.objects.select_for_update(of=("self",)).filter(pk=task.pk)
    if (current := rows.select_related("engagement", "issue", *_PEOPLE).first()) is None:
        raise Refused(_TASK_CHANGED)
    return current


def _keep(task: Task, **changes: Any) -> None:
    """Keep a task as it is after a change, if it still is open and as it was read."""
    if not Task.objects.filter(pk=task.pk, turn=task.turn, done_at=None).update(**changes):
        raise Refused(_TASK_CHANGED)
    task.refresh_from_db(from_queryset=Task.everything.select_related("engagement", "issue", *_PEOPLE))


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


@contextmanager
def _kept(comment: Comment, file: "File[Any] | None") -> Iterator[None]:
    """Keep a comment with its file, which goes again where what comes with it fails."""
    if file:
        comment.file_name = named_document(file)
    with uploads.kept(comment.file, file):
        comment.save()
        yield
