"""Taking up a corrective action, keeping it as it is after a step, and telling of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.audit.actions import Who, record
from rapport.apps.corrections.models import Correction
from rapport.apps.corrections.queries.standing import all_corrections
from rapport.apps.issues.policy import demand_work
from rapport.apps.notices.actions import notify
from rapport.domain import corrections
from rapport.domain.issues import Severity
from rapport.domain.notices import Urgency
from rapport.domain.roles import Side

TOLD = "correction"
"""The kind of notice about a corrective action."""
CHANGED = "Somebody took a step with this corrective action a moment ago; open it again and see how it stands."


def locked(by: Person, correction: Correction) -> Correction:
    """The corrective action as it is now, for whoever works on it; nobody else takes a step meanwhile."""
    demand_work(by, correction.issue.engagement)
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
    return bool(updated)


def noted(correction: Correction, by: Who, at: datetime, verb: str, details: Mapping[str, str] | None = None) -> None:
    """Leave a line of history."""
    issue = correction.issue
    subject, told = f"{issue}: {issue.title}", {name: text for name, text in (details or {}).items() if text}
    record(issue.engagement.chain, by=by, at=at, verb=verb, subject=subject, details=told or None)


def tell(correction: Correction, side: Side, at: datetime, but: Person | None = None) -> None:
    """Tell whoever sees to it on a side, but for who did it; about a major issue at once."""
    issue = correction.issue
    owner = correction.owner if correction.owner and correction.owner.side is side else None
    person = owner or issue.owner_of(side) or _owner_of_engagement(correction, side)
    urgency = Urgency.AT_ONCE if issue.severity == Severity.MAJOR else Urgency.DIGEST
    event = f"correction:{correction.pk}:turn:{correction.turn}"
    people = [person] if person and person != but else []
    notify(recipients=people, kind=TOLD, subject=correction.pk, event=event, urgency=urgency, at=at)


@contextmanager
def ruled() -> Iterator[None]:
    """What the rules of corrective actions refuse is refused to the person."""
    try:
        yield
    except corrections.Refused as refusal:
        raise Refused(str(refusal)) from refusal


def _owner_of_engagement(correction: Correction, side: Side) -> Person | None:
    engagement = correction.issue.engagement
    return engagement.client_owner if side is Side.CLIENT else engagement.partner_owner
