"""What every step with an issue shares: taken by one person at a time, kept, on record, and told."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import Who, record
from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.policy import demand_work
from rapport.apps.notices.actions import notify
from rapport.domain import issues
from rapport.domain.issues import Severity
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

TOLD = "issue"
"""The kind of notice about an issue."""
CHANGED = "Somebody took a step with this issue a moment ago; open it again and see how it stands."

Rule = Callable[[issues.Issue], issues.Issue]


def take_step(
    by: Person,
    issue: Issue,
    verb: str,
    at: datetime,
    change: Rule,
    details: Mapping[str, str] = MappingProxyType({}),
    seen: int | None = None,
    **fields: Any,
) -> Issue:
    """Take one step: may the actor, does the rule, save, history, and whoever else sees to the issue is told.

    `seen` is the turn that was read, for who answers only what they have read.
    """
    current = locked(by, issue, seen)
    after = change(current.rule)
    if not swap(current, after, at, **fields):
        raise Refused(CHANGED)
    said = {name: words for name, words in {"reason": after.reason, **details}.items() if words}
    noted(current, who(by), at, verb, said or None)
    for side in Side:
        tell_side(current, side, at, but=by)
    return current


def locked(by: Person, issue: Issue, seen: int | None = None) -> Issue:
    """The issue as it is now, for whoever works on it and has read it as it was at the turn `seen`."""
    demand_work(by, issue.engagement)
    current = lock(issue.pk)
    if seen not in {None, current.turn}:
        raise Refused(CHANGED)
    return current


def lock(issue: int) -> Issue:
    """An issue as it is now; nobody else takes a step meanwhile with it, its corrective action or its tasks.

    What is locked together is locked in one order everywhere: issue, corrective action, task, and history last.
    """
    return Issue.objects.select_for_update(of=("self",), no_key=True).select_related("engagement").get(pk=issue)


def swap(issue: Issue, after: issues.Issue, at: datetime, **fields: Any) -> bool:
    """Keep an issue as it is after a step, if it still is as it was read."""
    changes: dict[str, Any] = {
        "state": after.state.value,
        "responsible": after.responsible.value,
        "resolved_by": after.resolved_by or "",
        "reason": after.reason,
        "closed_at": at if after.state is issues.State.CLOSED else None,
        "turn": issue.turn + 1,
    }
    updated = Issue.objects.filter(pk=issue.pk, turn=issue.turn).update(**changes | fields)
    issue.refresh_from_db()
    return bool(updated)


def keep_move(issue: Issue, move: issues.Move) -> None:
    """Keep whose move it is as far as a corrective action decides; it is no step of its own, and nobody is told."""
    Issue.objects.filter(pk=issue.pk).exclude(move=move).update(move=move)
    issue.move = move.value


def noted(issue: Issue, by: Who, at: datetime, verb: str, details: dict[str, str] | None = None) -> None:
    """Leave a line about an issue in the history of its engagement."""
    subject = f"{issue}: {issue.title}"
    record(issue.engagement.chain, by=by, at=at, verb=verb, subject=subject, details=details)


def tell(
    issue: Issue,
    side: Side,
    at: datetime,
    *,
    kind: str,
    subject: int,
    event: str,
    first: Person | None = None,
    but: Person | None = None,
) -> None:
    """Tell whoever sees to an issue on a side, but for who did it; what is major is told at once.

    That is `first`, where somebody sees to that part of it alone, else the owner of the issue, else of the engagement.
    """
    urgency = Urgency.AT_ONCE if issue.severity == Severity.MAJOR else Urgency.DIGEST
    told = [one for one in whoever_sees_to(issue, side, first) if one != but]
    notify(recipients=told, kind=kind, subject=subject, event=event, urgency=urgency, at=at)


def whoever_sees_to(about: Issue | Task, side: Side, first: Person | None = None) -> list[Person]:
    """Who is told of an issue or a task on a side: the first who is still there of those who see to it, or nobody."""
    issue = about if isinstance(about, Issue) else about.issue
    people = (first, issue and issue.owner_of(side), about.engagement.owner_of(side))
    return [one for one in people if one and one.is_active and one.side is side][:1]


def tell_side(issue: Issue, side: Side, at: datetime, but: Person | None = None) -> None:
    """Tell a side of the step that was just taken."""
    event = f"issue:{issue.pk}:turn:{issue.turn}"
    tell(issue, side, at, kind=TOLD, subject=issue.pk, event=event, but=but)
