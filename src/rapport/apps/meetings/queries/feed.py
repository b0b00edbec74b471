"""The calendar of one person: the meetings and reports of their engagements, as they may see them now."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import digest_of_secret
from rapport.apps.meetings.models import Feed, Meeting, Report
from rapport.apps.meetings.queries.lists import visible_meetings, visible_reports
from rapport.domain.meetings import State
from rapport.domain.reports import ReportState
from rapport.domain.roles import Right
from rapport.kit.icalendar import Event

MOST_EVENTS = 500
Row = TypeVar("Row", bound=Model)
_BACK = timedelta(days=90)
"""How far back a calendar goes."""


_ALL_DAY = (datetime.min.replace(tzinfo=UTC),) * 2
"""Before every hour of a day."""


def feed_of(actor: Person) -> Feed | None:
    """The address of the actor's calendar, if there is one."""
    return Feed.objects.filter(person=actor).first()


def reader_of(secret: str) -> Person | None:
    """Whose calendar a secret opens; nobody's once it is revoked or its owner's access has ended."""
    feeds = Feed.objects.filter(person__is_active=True).select_related("person__organisation")
    feed = feeds.filter(digest=digest_of_secret(secret)).first()
    return feed.person if feed and feed.person.may(Right.SEE) else None


def events_of(reader: Person, today: date) -> list[Event]:
    """What stands in a person's calendar, by day: what is to come, then as much of what has passed as there is room."""
    meetings, reports = visible_meetings(reader), visible_reports(reader)
    found = [*map(event_of, _near(meetings, "planned_on", today)), *map(_of_report, _near(reports, "due_on", today))]
    found.sort(key=lambda event: (event.on, event.hours or _ALL_DAY, event.uid))
    coming = [event for event in found if event.on >= today][:MOST_EVENTS]
    past = [event for event in found if event.on < today]
    room = MOST_EVENTS - len(coming)
    return [*past[max(len(past) - room, 0) :], *coming]


def _near(rows: QuerySet[Row], day: str, today: date) -> Iterator[Row]:
    """What is to come, the soonest first, and what passed within some months, the latest first; enough of both."""
    yield from rows.filter(**{f"{day}__gte": today}).order_by(day, "pk")[:MOST_EVENTS]
    passed = rows.filter(**{f"{day}__gte": today - _BACK, f"{day}__lt": today})
    yield from passed.order_by(f"-{day}", "-pk")[:MOST_EVENTS]


def event_of(meeting: Meeting) -> Event:
    """A meeting as it stands in calendars."""
    return Event(
        uid=f"meeting-{meeting.pk}@{settings.SITE_HOST}",
        on=meeting.day,
        hours=meeting.span,
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
