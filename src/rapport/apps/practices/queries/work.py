"""What became of the work under way in many engagements at once: corrections, meetings, reports, escalations, and what
the two sides tell and promise each other.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any

from django.db.models import Count, F, Max, Q

from rapport.apps.escalations.models import Escalation
from rapport.apps.feedback.models import Promise, Rating
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import OPEN
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.practices.queries.grouping import grouped, row_of_each
from rapport.domain import ratings
from rapport.domain.coverage import Meetings, Reports, Support
from rapport.domain.issues import Origin
from rapport.domain.judging import RECENT_DAYS, WAITING_DAYS
from rapport.domain.meetings import State as Taking
from rapport.domain.minutes import MinutesState
from rapport.domain.reports import ReportState
from rapport.domain.roles import Side


def corrected(numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The open issues about missed KPIs, and those without a corrective action by the side that has to mend them."""
    misses = Issue.objects.filter(engagement__in=numbers, origin=Origin.MISSED_KPI, state__in=OPEN).order_by()
    bare = {side.value: Count("pk", filter=Q(correction=None, responsible=side)) for side in Side}
    return row_of_each(misses.values("engagement_id").annotate(misses=Count("pk"), **bare))


def meetings(numbers: Sequence[int], day: date) -> dict[int, Meetings]:
    """What became of the meetings of the plan, and of those of late."""
    lately = Q(planned_on__gte=day - timedelta(days=RECENT_DAYS))
    open_long = Q(held_on__lt=day - timedelta(days=WAITING_DAYS)) & ~Q(minutes__state=MinutesState.AGREED)
    rows = Meeting.objects.filter(engagement__in=numbers).order_by().values("engagement_id")
    counted = rows.annotate(
        held=Count("pk", filter=Q(state=Taking.HELD)),
        last_on=Max("held_on"),
        missed=Count("pk", filter=lately & Q(state=Taking.MISSED)),
        unagreed=Count("pk", filter=lately & open_long),
    )
    return {number: Meetings(**row) for number, row in row_of_each(counted).items()}


def reports(numbers: Sequence[int], day: date) -> dict[int, Reports]:
    """What became of the reports of the plan, and of those of late."""
    lately = Q(due_on__gte=day - timedelta(days=RECENT_DAYS))
    received = Q(state=ReportState.RECEIVED)
    owed = {side.value: Count("pk", filter=Q(state=ReportState.LATE, owed_by=side)) for side in Side}
    rows = Report.objects.filter(engagement__in=numbers).order_by().values("engagement_id")
    counted = rows.annotate(
        received=Count("pk", filter=received), late=Count("pk", filter=received & lately & Q(was_late=True)), **owed
    )
    return {
        number: Reports(row["received"], row["late"], _by_side(row)) for number, row in row_of_each(counted).items()
    }


def escalations(numbers: Sequence[int]) -> dict[int, list[Escalation]]:
    """The escalations there ever were, with their steps."""
    rows = Escalation.objects.filter(issue__engagement__in=numbers).select_related("issue").prefetch_related("steps")
    return grouped(rows, attrgetter("issue.engagement_id"))


def rated_on(numbers: Sequence[int]) -> dict[int, dict[Side, date]]:
    """When the latest round was over in which each side rated; a round that is not over tells nothing."""
    over = [state.value for state in ratings.State if state.is_over]
    rows = Rating.objects.filter(round__engagement__in=numbers, round__state__in=over).order_by()
    latest = rows.values("side", engagement_id=F("round__engagement_id")).annotate(ended=Max("round__ended_at"))
    found: dict[int, dict[Side, date]] = {}
    for row in latest:
        found.setdefault(row["engagement_id"], {})[Side(row["side"])] = row["ended"].date()
    return found


def support(numbers: Sequence[int], day: date) -> dict[int, Support]:
    """What each side promised to give the other, and what of it was given or is late."""
    late = {side.value: Count("pk", filter=Q(kept_on=None, due_on__lt=day, by=side)) for side in Side}
    rows = Promise.objects.filter(engagement__in=numbers).order_by().values("engagement_id")
    counted = rows.annotate(promised=Count("pk"), kept=Count("kept_on"), **late)
    return {
        number: Support(row["promised"], row["kept"], _by_side(row)) for number, row in row_of_each(counted).items()
    }


def _by_side(row: Mapping[str, Any]) -> dict[Side, int]:
    return {side: row[side.value] for side in Side}
