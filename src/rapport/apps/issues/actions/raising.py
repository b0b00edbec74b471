"""How an issue comes onto the list: proposed by hand, by rule, again, or because nobody answered."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Max

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import SYSTEM
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.actions.steps import lock, noted, swap, tell_side
from rapport.apps.issues.models import LONGEST_TEXT, LONGEST_TITLE, Issue
from rapport.apps.issues.policy import demand_work
from rapport.apps.issues.queries import GOALS, OPEN, names_of_goals, successor_of
from rapport.apps.partners.queries import plain_name
from rapport.apps.timers.actions import set_timer
from rapport.domain import issues
from rapport.domain.issues import Origin, Severity
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

SILENCE = "issue.silence"
"""The kind of timer that puts a proposed issue on the list when the other side's days to answer are over."""


class Gap(NamedTuple):
    """What is off: in a line and in full, how serious it is, which goal it touches, who mends it, by which day.

    Without `due_on` the severity decides on the day.
    """

    title: str
    what: str = ""
    severity: Severity = Severity.MINOR
    responsible: Side = Side.PARTNER
    objective: str = ""
    kpi: str = ""
    period: str = ""
    due_on: date | None = None


@transaction.atomic
def raise_issue(*, by: Person, engagement: Engagement, gap: Gap, at: datetime) -> Issue:
    """Propose an issue for the list; the other side answers, and if it is silent the issue is listed all the same."""
    demand_work(by, engagement)
    if not plain_name(gap.title):
        raise Refused("Say in a line what is off; the other side reads it on the list.")
    if gap.due_on and gap.due_on < at.date():
        raise Refused("The day by which it is to be mended is over; choose one to come.")
    demand_goals(engagement, {"objective": gap.objective, "kpi": gap.kpi})
    start = issues.starting(Origin.BY_HAND, responsible=gap.responsible, by=by.side)
    issue = _new(engagement, gap, start, Origin.BY_HAND, "", at, raised_by=by)
    noted(issue, who(by), at, "issue.proposed")
    due_at = at + issues.TIME_TO_ANSWER
    set_timer(kind=SILENCE, subject=issue.pk, key=f"{SILENCE}:{issue.pk}", due_at=due_at)
    tell_side(issue, by.side.other, at)
    return issue


def raise_by_rule(*, engagement: Engagement, gap: Gap, origin: Origin, subject: str, at: datetime) -> Issue | None:
    """Put on the list what the agreement calls a failure; None where an issue about the same is open already.

    An issue about the same that was closed is opened again, unless it was for the very period that failed now.
    """
    cause = issues.cause_key(origin, subject)
    before = Issue.objects.filter(engagement=engagement, cause=cause).order_by("-number").first()
    if before and (issues.State(before.state).is_open or before.period == gap.period):
        return None
    if before and before.closed_at and issues.shows_again(at, before.closed_at):
        return reopen_by_rule(issue=before.pk, gap=gap, at=at)
    try:
        with transaction.atomic():
            start = issues.starting(origin, responsible=gap.responsible)
            issue = _new(engagement, gap, start, origin, cause, at)
            noted(issue, SYSTEM, at, "issue.raised")
            tell_side(issue, gap.responsible, at)
            return issue
    except IntegrityError:
        if not Issue.objects.filter(engagement=engagement, cause=cause, state__in=OPEN).exists():
            raise
        return None  # another worker saw the same


@transaction.atomic
def reopen_by_rule(*, issue: int, gap: Gap, at: datetime) -> Issue | None:
    """Put an issue back on the list that was resolved or closed and fails again, as the latest failure says it.

    None where it is on the list already, or another one about the same is.
    """
    current = lock(issue)
    if issues.State(current.state) not in {issues.State.RESOLVED, issues.State.CLOSED} or successor_of(current):
        return None
    title = plain_name(gap.title).rstrip(".")[:LONGEST_TITLE] if current.cause else current.title
    swap(
        current, issues.relapse(current.rule, reason=gap.title), at, title=title,
        period=gap.period, severity=gap.severity.value, due_on=gap.due_on or issues.due_on(gap.severity, at.date()),
        why_severity=current.why_severity if gap.severity.value == current.severity else "", reopened_at=at,
    )  # fmt: skip
    noted(current, SYSTEM, at, "issue.reopened", {"reason": gap.title})
    for side in Side:
        tell_side(current, side, at)
    return current


@transaction.atomic
def list_by_silence(*, issue: int, at: datetime) -> None:
    """Put a proposed issue on the list whose answer is overdue; one that was answered stays as it is."""
    current = lock(issue)
    if issues.State(current.state) is issues.State.PROPOSED:
        swap(current, issues.list_by_silence(current.rule), at)
        noted(current, SYSTEM, at, "issue.listed_by_silence")
        for side in Side:
            tell_side(current, side, at)


def demand_goals(engagement: Engagement, goals: Mapping[str, str]) -> None:
    """Refuse a goal, by its kind, that the agreement in force does not have."""
    named = {kind: name for kind, name in goals.items() if name}
    known = names_of_goals(engagement) if named else {}
    for kind, name in named.items():
        if f"{kind}:{name}" not in known:
            raise Refused(f'The agreement in force has no {GOALS[kind]} "{name}"; choose one that it has, or none.')


def lock_numbers(engagement: int) -> None:
    """Let nobody else number an issue or an edition in an engagement meanwhile: numbers come one after the other."""
    Engagement.objects.select_for_update(no_key=True).get(pk=engagement)


def _new(
    engagement: Engagement, gap: Gap, start: issues.Issue, origin: Origin, cause: str, at: datetime,
    raised_by: Person | None = None,
) -> Issue:  # fmt: skip
    lock_numbers(engagement.pk)
    last = Issue.objects.filter(engagement=engagement).aggregate(last=Max("number"))["last"] or 0
    return Issue.objects.create(
        engagement=engagement,
        number=last + 1,
        title=plain_name(gap.title)[:LONGEST_TITLE],
        what=gap.what.strip()[:LONGEST_TEXT],
        origin=origin.value,
        cause=cause,
        severity=gap.severity.value,
        objective=gap.objective,
        kpi=gap.kpi,
        period=gap.period,
        proposed_by=start.proposed_by or "",
        raised_by=raised_by,
        responsible=start.responsible.value,
        client_owner=engagement.client_owner,
        partner_owner=engagement.partner_owner,
        due_on=gap.due_on or issues.due_on(gap.severity, at.date()),
        state=start.state.value,
        raised_at=at,
    )
