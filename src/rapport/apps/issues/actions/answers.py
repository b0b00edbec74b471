"""What the two sides do with an issue on its way: answer, mend, confirm, hand over, name its owner and its day."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.issues.actions.raising import lock_numbers
from rapport.apps.issues.actions.steps import TOLD, locked, noted, swap, take_step, tell_side
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import successor_of, workers
from rapport.apps.notices.actions import notify
from rapport.domain import issues
from rapport.domain.issues import Origin, Severity
from rapport.domain.refusals import Refused


@transaction.atomic
def approve_issue(*, by: Person, issue: Issue, seen: int | None = None, at: datetime) -> Issue:
    """Take a proposed issue as one that is to be mended; with each step, `seen` is the turn that was read."""
    return take_step(by, issue, "issue.approved", at, lambda rule: issues.approve(rule, by=by.side), seen=seen)


@transaction.atomic
def decline_issue(*, by: Person, issue: Issue, reason: str, seen: int | None = None, at: datetime) -> Issue:
    """Keep a proposed issue off the list, with a reason."""
    return take_step(
        by, issue, "issue.declined", at, lambda rule: issues.decline(rule, by=by.side, reason=reason), seen=seen
    )


@transaction.atomic
def resolve_issue(
    *,
    by: Person,
    issue: Issue,
    what: str,
    has_open_correction: bool,
    has_correction: bool = False,
    why_no_correction: str = "",
    seen: int | None = None,
    at: datetime,
) -> Issue:
    """Say that an issue is mended, and by what; where a corrective action is usual and there was none, also why."""
    why, origin, severity = why_no_correction, Origin(issue.origin), Severity(issue.severity)

    def change(rule: issues.Issue) -> issues.Issue:
        after = issues.resolve(rule, by=by.side, what=what, has_open_correction=has_open_correction)
        issues.demand_correction(origin, severity, by=by.side, has_correction=has_correction, why_none=why)
        return after

    details = {"without a corrective action": why}
    return take_step(by, issue, "issue.resolved", at, change, details, seen, why_no_correction=why)


@transaction.atomic
def confirm_issue(*, by: Person, issue: Issue, seen: int | None = None, at: datetime) -> Issue:
    """Close an issue that the other side has mended."""
    return take_step(by, issue, "issue.closed", at, lambda rule: issues.confirm(rule, by=by.side), seen=seen)


@transaction.atomic
def return_issue(*, by: Person, issue: Issue, reason: str, seen: int | None = None, at: datetime) -> Issue:
    """Put an issue back on the list that is not mended yet."""
    return take_step(
        by, issue, "issue.returned", at, lambda rule: issues.send_back(rule, by=by.side, reason=reason), seen=seen,
        returned_at=at,
    )  # fmt: skip


@transaction.atomic
def reopen_issue(*, by: Person, issue: Issue, reason: str, seen: int | None = None, at: datetime) -> Issue:
    """Put a closed issue back on the list because its cause shows again, with a new day."""
    lock_numbers(issue.engagement_id)  # no other about the same is raised meanwhile
    if (newer := successor_of(issue)) and issue.state == issues.State.CLOSED:
        raise Refused(f"{newer} is about the same and open; go on with that one.")
    day = issues.due_on(Severity(issue.severity), at.date())
    return take_step(
        by, issue, "issue.reopened", at, lambda rule: issues.reopen(rule, reason=reason), seen=seen, due_on=day,
        reopened_at=at,
    )  # fmt: skip


@transaction.atomic
def take_over_issue(*, by: Person, issue: Issue, seen: int | None = None, at: datetime) -> Issue:
    """Make one's own side responsible for an issue that the other side was to mend."""
    return take_step(
        by, issue, "issue.taken_over", at, lambda rule: issues.hand_over(rule, by=by.side, to=by.side), seen=seen
    )


@transaction.atomic
def own_issue(*, by: Person, issue: Issue, owner: int | None, at: datetime) -> Issue:
    """Say who owns an open issue on one's own side."""
    current = locked(by, issue)
    if not issues.State(current.state).is_open:
        raise Refused(f"{current} is {current.get_state_display()}, and nobody has to see to it any more.")
    person = workers(current.engagement, by.side).filter(pk=owner).first() if owner else None
    if owner and person is None:
        raise Refused("The owner has to be somebody of your side who works on this engagement; choose one of the list.")
    setattr(current, f"{by.side}_owner", person)
    current.save(update_fields=[f"{by.side}_owner"])
    noted(current, who(by), at, "issue.assigned", {"owner": person.name if person else "nobody"})
    if person and person != by:
        event = f"issue:{current.pk}:owner:{person.pk}:{at.isoformat()}"
        notify(recipients=[person], kind=TOLD, subject=current.pk, event=event, at=at)
    return current


@transaction.atomic
def set_day(*, by: Person, issue: Issue, due_on: date, seen: int, at: datetime) -> Issue:
    """Set another day by which an issue is mended; `seen` is the turn that was read, so that no other day is lost."""
    current = locked(by, issue, seen)
    if due_on == current.due_on:
        return current
    issues.demand_day(current.rule, by=by.side, before=current.due_on, day=due_on, today=at.date())
    _move(by, current, due_on, at)
    tell_side(current, by.side.other, at, but=by)
    return current


@transaction.atomic
def give_time(*, by: Person, issue: Issue, until: date, because: str, at: datetime) -> Issue:
    """Move the day of an open issue to a later one, with which its corrective action was agreed to or claimed done.

    Nobody has to grant it again, and nobody is late who does what both sides agreed to. An earlier day moves nothing.
    The other side is told with that step, and not once more.
    """
    current = locked(by, issue)
    if current.is_open and until > current.due_on:
        _move(by, current, until, at, {"reason": because})
    return current


def _move(
    by: Person, current: Issue, due_on: date, at: datetime, details: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Keep another day, in history with the one before."""
    before = current.due_on
    swap(current, current.rule, at, due_on=due_on)
    days = {"due": due_on.isoformat(), "instead of": before.isoformat()}
    noted(current, who(by), at, "issue.day_set", {**days, **details})
