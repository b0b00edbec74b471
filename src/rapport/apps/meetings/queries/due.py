"""What has become due without anybody doing something about it, in all engagements."""

from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from rapport.apps.meetings.models import Meeting, Report
from rapport.domain.meetings import GRACE_DAYS, State
from rapport.domain.reports import REMIND_DAYS, ReportState

OWED_UNTIL = Coalesce("mend_by", "due_on")
"""The last day on which a report is in time."""


def overdue_meetings(today: date) -> list[Meeting]:
    """The meetings whose day and days of grace passed without a word about them."""
    last = today - timedelta(days=GRACE_DAYS + 1)
    return list(Meeting.objects.filter(state=State.PLANNED, planned_on__lte=last).order_by("planned_on", "pk"))


def overdue_reports(today: date) -> list[Report]:
    """The reports whose last day in time is over and that are not marked as late yet."""
    return list(_owed(today - timedelta(days=1)))


def reports_due_soon(today: date) -> list[Report]:
    """The reports that are due in a few days and of which nobody was reminded yet."""
    soon = _owed(today + timedelta(days=REMIND_DAYS), today)
    return list(soon.filter(Q(reminded_of=None) | ~Q(reminded_of=OWED_UNTIL)))


def _owed(until: date, since: date = date.min) -> QuerySet[Report]:
    """Reports that are owed, not late, and in time until a day of a range, with those who are told."""
    owed = Report.objects.filter(state__in=(ReportState.DUE, ReportState.RETURNED))
    owed = owed.alias(until=OWED_UNTIL).filter(until__range=(since, until))
    return owed.select_related("engagement__client_owner", "engagement__partner_owner").order_by("due_on", "pk")
