"""What becomes of the plans by themselves: what is coming is entered, and what passed is missed or late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from rapport.apps.audit.actions import SYSTEM
from rapport.apps.issues.actions import Gap, lock_issues_about, lock_numbers, raise_by_rule
from rapport.apps.meetings.actions.links import offer_link
from rapport.apps.meetings.actions.steps import (
    keep_meeting,
    keep_report,
    locked_meeting,
    locked_report,
    tell_history,
    tell_side,
)
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.meetings.queries.plan import Plan, Series
from rapport.domain import meetings, reports
from rapport.domain.issues import Origin
from rapport.domain.meetings import State
from rapport.domain.notices import Urgency
from rapport.domain.reports import ReportState
from rapport.domain.roles import Side
from rapport.kit.dates import short_day

Place = tuple[int, str, date]
"""An engagement, a series and a day of the plan."""
Rows = QuerySet[Any]
_NOT_PLANNED = "The agreement does not plan it any more."


def enter_plans(*, plans: Mapping[int, Plan | None], engagement: int | None = None, at: datetime) -> int:
    """Enter the meetings and reports of the next weeks, and take out what no plan holds any more; how many changed.

    What somebody has touched stays: a meeting that was moved or has points on its agenda, though one with points is
    called as its plan does now. So does all of a plan that cannot be read. Where an engagement is named, those of all
    others stay as they are. What leaves history is a transaction of its own, or two engagements would wait for it.
    """
    today = at.date()
    planned = {
        (number, series.id, day): series
        for number, plan in plans.items()
        if plan
        for series, day in plan.occurrences(today)
    }
    of_meetings = {place: series for place, series in planned.items() if not series.is_report}
    of_reports = {place: series for place, series in planned.items() if series.is_report}
    read = Q() if engagement is None else Q(engagement=engagement)
    read &= ~Q(engagement__in=[number for number, plan in plans.items() if plan is None])
    later = Meeting.objects.filter(read, planned_on__gt=today)
    withdrawn = list(later.filter(state=State.CANCELLED, cancelled_by="").order_by())
    unmoved = later.filter(state=State.PLANNED, reason="")
    due = Report.objects.filter(read, due_on__gt=today, state=ReportState.DUE)
    gone = [one for one in unmoved.filter(points=None).order_by() if _place_of(one) not in of_meetings]
    with transaction.atomic():
        changed = (
            _entered(Meeting.objects.filter(read, first_planned_on__gte=today), of_meetings)
            + _renewed(unmoved, of_meetings)
            + _entered(Report.objects.filter(read, due_on__gte=today), of_reports)
            + _renewed(due, of_reports)
            + _forgotten(due, of_reports)
        )
    again = [(one, of_meetings[place]) for one in withdrawn if (place := _place_of(one)) in of_meetings]
    return changed + sum(_planned_again(*one, at) for one in again) + sum(_taken_out(one, at) for one in gone)


@transaction.atomic
def miss_meeting(*, meeting: Meeting, at: datetime) -> None:
    """Count a meeting as missed, and tell both sides."""
    current = locked_meeting(meeting)
    keep_meeting(current, meetings.miss(current.rule, today=at.date()))
    tell_history(current, SYSTEM, at, "meeting.missed")
    for side in Side:
        tell_side(current, side, at)


@transaction.atomic
def mark_late(*, report: Report, is_issue: bool, at: datetime) -> None:
    """Mark a report as late, tell both sides, and put it on the issue list where the agreement says so."""
    current = locked_report(report)
    keep_report(current, reports.mark_late(current.rule, today=at.date()))
    if is_issue:
        _raised(current, at)
    tell_history(current, SYSTEM, at, "report.late", {"due": current.owed_until.isoformat()})
    for side in Side:
        tell_side(current, side, at, Urgency.AT_ONCE if side == current.owed_by else Urgency.DIGEST)
    offer_link(current, at)


@transaction.atomic
def remind_of_report(*, report: Report, at: datetime) -> None:
    """Remind the owing side of a report that is due in a few days, once for a day, and whoever has a link for it."""
    Report.objects.filter(pk=report.pk).update(reminded_of=report.owed_until)
    tell_side(report, Side(report.owed_by), at, event=f"due:{report.owed_until}")
    offer_link(report, at)


def _raised(report: Report, at: datetime) -> None:
    """Put a late report on the issue list, which whoever hands in another one of its kind meanwhile waits for."""
    lock_numbers(report.engagement_id)
    lock_issues_about(engagement=report.engagement_id, origin=Origin.LATE_REPORT, subject=report.series)
    title = f"{report.name} is late: it was due on {short_day(report.owed_until, None)}"
    gap = Gap(title, responsible=Side(report.owed_by), period=report.owed_until.isoformat())
    raise_by_rule(
        engagement=report.engagement, gap=gap, origin=Origin.LATE_REPORT, subject=report.series, at=at
    )  # fmt: skip


def _entered(rows: Rows, planned: Mapping[Place, Series]) -> int:
    """Enter what the plans hold and is not there yet; how many."""
    known = {_place_of(row) for row in rows.order_by()}
    new = [
        rows.model(engagement_id=place[0], series=place[1], **_days(rows, place[2]), **_said(rows, series))
        for place, series in planned.items()
        if place not in known
    ]
    rows.model.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _renewed(rows: Rows, planned: Mapping[Place, Series]) -> int:
    """Call what is in a plan as that does now, unless somebody is at it; how many that were."""
    changed = 0
    for row in rows.order_by():
        said = _said(rows, planned[place]) if (place := _place_of(row)) in planned else {}
        if any(getattr(row, name) != value for name, value in said.items()):
            changed += rows.filter(pk=row.pk, turn=row.turn).update(turn=row.turn + 1, **said)
    return changed


def _forgotten(reports: QuerySet[Report], planned: Mapping[Place, Series]) -> int:
    """Take out the reports that no plan holds any more, unless somebody is at them; how many."""
    gone = [report.pk for report in reports.order_by() if _place_of(report) not in planned]
    locked = reports.filter(pk__in=gone).select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    Report.objects.filter(pk__in=(found := list(locked))).delete()
    return len(found)


@transaction.atomic
def _taken_out(meeting: Meeting, at: datetime) -> bool:
    """Take out a meeting that no plan holds any more, unless somebody is at it.

    One that somebody was invited to is cancelled, so that they learn it. Nobody is invited meanwhile: that would need
    the row, which is locked.
    """
    current = locked_meeting(meeting, is_to_go=True)
    if current.turn != meeting.turn:
        return False
    if not current.invitations.exists():
        current.delete()
        return True
    keep_meeting(current, replace(current.rule, state=State.CANCELLED, reason=_NOT_PLANNED))
    tell_history(current, SYSTEM, at, "meeting.cancelled", {"reason": _NOT_PLANNED})
    return True


@transaction.atomic
def _planned_again(meeting: Meeting, series: Series, at: datetime) -> bool:
    """Plan what was taken out of a plan and is in one again."""
    current = locked_meeting(meeting)
    if current.turn != meeting.turn:
        return False
    keep_meeting(current, replace(current.rule, state=State.PLANNED, reason=""))
    Meeting.objects.filter(pk=current.pk).update(**_said(Meeting.objects.all(), series))
    tell_history(current, SYSTEM, at, "meeting.planned_again")
    return True


def _place_of(row: Meeting | Report) -> Place:
    return row.engagement_id, row.series, row.due_on if isinstance(row, Report) else row.first_planned_on


def _days(rows: Rows, day: date) -> dict[str, date]:
    return {"due_on": day} if rows.model is Report else {"first_planned_on": day, "planned_on": day}


def _said(rows: Rows, series: Series) -> dict[str, Any]:
    """What a plan says of a series, as it is kept with each of its meetings or reports."""
    said: dict[str, Any] = {"name": series.name, "channel": series.channel, "expected": dict(series.expected)}
    if rows.model is Report:
        return said | {"owed_by": series.owed_by.value}
    return said | {"starts_at": series.starts_at, "lasts": series.lasts, "zone": series.zone}
