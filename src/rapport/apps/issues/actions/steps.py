"""What every step with an issue shares: taken by one person at a time, kept, on record, and told."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.dispatch import Signal

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import Who, record
from rapport.apps.issues.models import Issue
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
tasks_changed = Signal()
"""Sent with the `issue` whose tasks were done or changed, for what makes a plan of them and cannot be asked from here.

Its receivers are part of the step: they act at once, in the same transaction.
"""


def take_step(
    by: Person,
    issue: Issue,
    verb: str,
    at: datetime,
    change: Rule,
    details: Mapping[str, str] = MappingProxyType({}),
    **fields: Any,
) -> Issue:
    """Take one step: may the actor, does the rule, save, history, and whoever else sees to the issue is told."""
    current = locked(by, issue)
    after = change(current.rule)
    if not swap(current, after, at, **fields):
        raise Refused(CHANGED)
    said = {name: words for name, words in {"reason": after.reason, **details}.items() if words}
    noted(current, who(by), at, verb, said or None)
    for side in Side:
        tell_side(current, side, at, but=by)
    return current


def locked(by: Person, issue: Issue) -> Issue:
    """The issue as it is now, for whoever works on it; nobody else takes a step meanwhile."""
    demand_work(by, issue.engagement)
    return Issue.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=issue.pk)


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
    people = (first, issue.owner_of(side), issue.engagement.owner_of(side))
    person = next((one for one in people if one and one.is_active and one.side is side), None)
    urgency = Urgency.AT_ONCE if issue.severity == Severity.MAJOR else Urgency.DIGEST
    told = [person] if person and person != but else []
    notify(recipients=told, kind=kind, subject=subject, event=event, urgency=urgency, at=at)


def tell_side(issue: Issue, side: Side, at: datetime, but: Person | None = None) -> None:
    """Tell a side of the step that was just taken."""
    event = f"issue:{issue.pk}:turn:{issue.turn}"
    tell(issue, side, at, kind=TOLD, subject=issue.pk, event=event, but=but)
