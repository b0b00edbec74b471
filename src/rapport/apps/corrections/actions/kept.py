"""Taking up a corrective action, keeping it as it is after a step, and telling of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import Who, record
from rapport.apps.corrections.models import Correction
from rapport.apps.corrections.queries.standing import all_corrections, move_of, rule_of
from rapport.apps.issues import actions as issues
from rapport.apps.issues.models import Issue
from rapport.apps.issues.policy import demand_work
from rapport.domain import corrections
from rapport.domain.roles import Side

TOLD = "correction"
"""The kind of notice about a corrective action."""
CHANGED = "Somebody took a step with this corrective action a moment ago; open it again and see how it stands."


def locked(by: Person, correction: Correction) -> Correction:
    """The corrective action as it is now, for whoever works on it; nobody else takes a step meanwhile.

    Whoever took the issue over has it from here on: what the side before proposed lies before nobody any more.
    """
    demand_work(by, correction.issue.engagement)
    current = held(correction)
    if (rule := rule_of(current)).responsible != current.responsible:
        current.responsible, current.proposed, current.plan = rule.responsible.value, "", None
        current.turn += 1
        current.save(update_fields=["responsible", "proposed", "plan", "turn"])
        keep_move(current)
    return current


def held(correction: Correction) -> Correction:
    """The corrective action as it is now, with its issue, which is locked before it."""
    issues.lock(correction.issue_id)
    return all_corrections().select_for_update(of=("self",)).get(pk=correction.pk)


def swapped(correction: Correction, after: corrections.Correction, at: datetime, **fields: Any) -> bool:
    """Keep a corrective action as it is after a step, if it still is as it was read."""
    changes: dict[str, Any] = {
        "state": after.state.value,
        "responsible": after.responsible.value,
        "proposed": after.proposed.value if after.proposed else "",
        "returned": after.returned,
        "round": after.round,
        "owner": int(after.owner) if after.owner else None,
        "moved_at": at,
        "turn": correction.turn + 1,
    }
    updated = Correction.objects.filter(pk=correction.pk, turn=correction.turn).update(**changes | fields)
    correction.refresh_from_db(from_queryset=all_corrections())
    if updated:
        keep_move(correction)
    return bool(updated)


def keep_move(correction: Correction) -> None:
    """Let the issue know whose move it is, so that every list, count and clock of issues knows it without asking."""
    issues.keep_move(correction.issue, move_of(correction))


def follow_tasks(issue: Issue) -> None:
    """Keep whose move it is after tasks of an issue were done or changed, which can be those of a plan.

    Whoever did that holds the lock of the issue, so that nobody takes a step with its corrective action either.
    """
    if found := all_corrections().filter(issue=issue).exclude(plan=None).first():
        keep_move(found)


def noted(correction: Correction, by: Who, at: datetime, verb: str, details: Mapping[str, str] | None = None) -> None:
    """Leave a line of history."""
    issue = correction.issue
    subject, told = f"{issue}: {issue.title}", {name: text for name, text in (details or {}).items() if text}
    record(issue.engagement.chain, by=by, at=at, verb=verb, subject=subject, details=told or None)


def tell(correction: Correction, side: Side, at: datetime, but: Person | None = None) -> None:
    """Tell whoever sees to it on a side, but for who did it."""
    _tell(correction, side, at, f"turn:{correction.turn}", but)


def tell_shown(correction: Correction, at: datetime) -> None:
    """Tell the side that closes it, once in a round, that the figures show its effect."""
    _tell(correction, Side(correction.responsible).other, at, f"round:{correction.round}:shown")


def _tell(correction: Correction, side: Side, at: datetime, event: str, but: Person | None = None) -> None:
    owner, event = correction.owner, f"correction:{correction.pk}:{event}"
    issues.tell(correction.issue, side, at, kind=TOLD, subject=correction.pk, event=event, first=owner, but=but)
