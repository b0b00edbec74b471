"""What becomes of the plans by themselves: what is coming is entered, and what passed is missed or late."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from rapport.apps.audit.actions import SYSTEM
from rapport.apps.issues.actions import Gap, raise_by_rule
from rapport.apps.meetings.actions.links import offer_link
from rapport.apps.meetings.actions.steps import (
    keep_meeting,
    keep_report,
    locked_meeting,
    locked_report,
    tell_history,
    tell_side,
)
from rapport.apps.meetings.models import Invitation, Meeting, Report
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


@transaction.atomic
def enter_plans(*, plans: Mapping[int, Plan | None], engagement: int | None = None, at: datetime) -> int:
    """Enter the meetings and reports of the next weeks, and take out what no plan holds any more; how many changed.

    What somebody has touched stays: a meeting that was moved or has points on its agenda. So does all of a plan that
    cannot be read. Where an engagement is named, those of all others stay as they are.
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
    concerned = Q() if engagement is None else Q(engagement=engagement)
    meeting_rows = Meeting.objects.filter(concerned, first_planned_on__gte=today)
    unread = [number for number, plan in plans.items() if plan is None]
    meetings_read = Meeting.objects.filter(concerned).exclude(engagement__in=unread)
    withdrawn = meetings_read.filter(planned_on__gt=today, state=State.CANCELLED, cancelled_by="")
    untouched_meetings = meetings_read.filter(planned_on__gt=today, state=State.PLANNED, turn=0, points=None)
    report_rows = Report.objects.filter(concerned, due_on__gte=today)
    reports_read = Report.objects.filter(concerned).exclude(engagement__in=unread)
    untouched_reports = reports_read.filter(due_on__gt=today, state=ReportState.DUE, turn=0)
    return (
        _planned_again(withdrawn, of_meetings, at)
        + _entered(meeting_rows, of_meetings, "first_planned_on")
        + _renewed(untouched_meetings, of_meetings, "first_planned_on", at)
        + _entered(report_rows, of_reports, "due_on")
        + _renewed(untouched_reports, of_reports, "due_on", at)
    )


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
    tell_history(current, SYSTEM, at, "report.late", {"due": current.owed_until.isoformat()})
    for side in Side:
        tell_side(current, side, at, Urgency.AT_ONCE if side == current.owed_by else Urgency.DIGEST)
    offer_link(current, at)
    if is_issue:
        title = f"{current.name} is late: it was due on {short_day(current.owed_until, None)}"
        gap = Gap(title, responsible=Side(current.owed_by), period=current.owed_until.isoformat())
        raise_by_rule(
            engagement=current.engagement, gap=gap, origin=Origin.LATE_REPORT, subject=current.series, at=at
        )  # fmt: skip


@transaction.atomic
def remind_of_report(*, report: Report, at: datetime) -> None:
    """Remind the owing side of a report that is due in a few days, once for a day, and whoever has a link for it."""
    Report.objects.filter(pk=report.pk).update(reminded_of=report.owed_until)
    tell_side(report, Side(report.owed_by), at, event=f"due:{report.owed_until}")
    offer_link(report, at)


def _entered(rows: Rows, planned: Mapping[Place, Series], day: str) -> int:
    """Enter what the plans hold and is not there yet; how many."""
    known = set(rows.order_by().values_list("engagement_id", "series", day))
    new = [
        rows.model(engagement_id=place[0], series=place[1], **_days(rows, place[2]), **_said(rows, series))
        for place, series in planned.items()
        if place not in known
    ]
    rows.model.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _renewed(untouched: Rows, planned: Mapping[Place, Series], day: str, at: datetime) -> int:
    """Take out what no plan holds any more, and call the rest as its plan does now; how many that were."""
    gone, changed = [], 0
    for row in untouched.order_by():
        series = planned.get((row.engagement_id, row.series, getattr(row, day)))
        if series is None:
            gone.append(row.pk)
        elif any(getattr(row, name) != value for name, value in _said(untouched, series).items()):
            changed += untouched.model.objects.filter(pk=row.pk, turn=0).update(**_said(untouched, series))
    locked = untouched.filter(pk__in=gone).select_for_update(of=("self",)).order_by().values_list("pk", flat=True)
    _take_out(untouched.model.objects.filter(pk__in=list(locked)), at)
    return len(gone) + changed


def _take_out(rows: Rows, at: datetime) -> None:
    """Take out what no plan holds any more; a meeting that somebody was invited to is cancelled, so that they learn it.

    Nobody is invited meanwhile: that would need the row, which is locked.
    """
    if rows.model is Meeting:
        invited = rows.filter(pk__in=Invitation.objects.filter(meeting__in=rows).values("meeting"))
        for meeting in (kept := list(invited.select_related("engagement"))):
            Meeting.objects.filter(pk=meeting.pk).update(state=State.CANCELLED, reason=_NOT_PLANNED)
            tell_history(meeting, SYSTEM, at, "meeting.cancelled", {"reason": _NOT_PLANNED})
        rows = rows.exclude(pk__in=[meeting.pk for meeting in kept])
    rows.delete()


def _planned_again(withdrawn: QuerySet[Meeting], planned: Mapping[Place, Series], at: datetime) -> int:
    """Plan what was taken out of a plan and is in one again; how many."""
    count = 0
    for meeting in withdrawn.select_related("engagement").order_by():
        if series := planned.get((meeting.engagement_id, meeting.series, meeting.first_planned_on)):
            said = _said(withdrawn, series)
            Meeting.objects.filter(pk=meeting.pk).update(state=State.PLANNED, reason="", **said)
            tell_history(meeting, SYSTEM, at, "meeting.planned_again")
            count += 1
    return count


def _days(rows: Rows, day: date) -> dict[str, date]:
    return {"due_on": day} if rows.model is Report else {"first_planned_on": day, "planned_on": day}


def _said(rows: Rows, series: Series) -> dict[str, Any]:
    """What a plan says of a series, as it is kept with each of its meetings or reports."""
    said: dict[str, Any] = {"name": series.name, "channel": series.channel, "expected": dict(series.expected)}
    if rows.model is Report:
        return said | {"owed_by": series.owed_by.value}
    return said | {"starts_at": series.starts_at, "lasts": series.lasts, "zone": series.zone}
