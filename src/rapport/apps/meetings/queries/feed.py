"""The calendar of one person: the meetings and reports of their engagements, as they may see them now."""

from datetime import date, timedelta
from hashlib import sha256

from django.conf import settings
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.meetings.models import Feed, Meeting, Report
from rapport.apps.meetings.queries.lists import visible_meetings, visible_reports
from rapport.domain.meetings import State
from rapport.domain.reports import ReportState
from rapport.domain.roles import Right
from rapport.kit.icalendar import Event

MOST_EVENTS = 500
_BACK = timedelta(days=90)
"""How far back a calendar goes."""


def feed_of(actor: Person) -> Feed | None:
    """The address of the actor's calendar, if there is one."""
    return Feed.objects.filter(person=actor).first()


def reader_of(secret: str) -> Person | None:
    """Whose calendar a secret opens; nobody's once it is revoked or its owner's access has ended."""
    feeds = Feed.objects.filter(person__is_active=True).select_related("person__organisation")
    feed = feeds.filter(digest=sha256(secret.encode()).hexdigest()).first()
    return feed.person if feed and feed.person.may(Right.SEE) else None


def events_of(reader: Person, today: date) -> list[Event]:
    """What stands in a person's calendar, the soonest first; where there is too much, the latest is left out."""
    since = today - _BACK
    meetings = visible_meetings(reader).filter(planned_on__gte=since).order_by("planned_on", "pk")[:MOST_EVENTS]
    reports = visible_reports(reader).filter(due_on__gte=since).order_by("due_on", "pk")[:MOST_EVENTS]
    found = [*map(_of_meeting, meetings), *map(_of_report, reports)]
    near = sorted(found, key=lambda event: (event.on < today, abs(event.on - today)))[:MOST_EVENTS]
    return sorted(near, key=lambda event: (event.on, event.uid))


def _of_meeting(meeting: Meeting) -> Event:
    return Event(
        uid=f"meeting-{meeting.pk}@{settings.SITE_HOST}",
        on=meeting.held_on or meeting.planned_on,
        title=f"{meeting.name}, {meeting.engagement.title}",
        place=meeting.channel,
        url=settings.SITE_URL + reverse("meetings:meeting", args=[meeting.engagement_id, meeting.pk]),
        sequence=meeting.turn,
        is_cancelled=meeting.state == State.CANCELLED,
    )


def _of_report(report: Report) -> Event:
    done = " (received)" if report.state == ReportState.RECEIVED else f" due, from the {report.owed_by}"
    return Event(
        uid=f"report-{report.pk}@{settings.SITE_HOST}",
        on=report.owed_until,
        title=f"{report.name}{done}, {report.engagement.title}",
        place=report.channel,
        url=settings.SITE_URL + reverse("meetings:report", args=[report.engagement_id, report.pk]),
        sequence=report.turn,
    )
