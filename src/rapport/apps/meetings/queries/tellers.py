"""What notices about meetings and reports say, to whoever reads them, at the moment they are read."""

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.meetings.models import Addressee, Meeting
from rapport.apps.meetings.queries.lists import visible_meetings, visible_reports, when_words
from rapport.apps.notices.queries import Teller, Told
from rapport.domain.meetings import State
from rapport.domain.minutes import MinutesState
from rapport.domain.reports import ReportState
from rapport.kit.dates import short_day


def _of_meeting(reader: Person, subject: int) -> Told | None:
    if (meeting := visible_meetings(reader).filter(pk=subject).first()) is None:
        return None
    url = reverse("meetings:meeting", args=[meeting.engagement_id, meeting.pk])
    where, when = f"{meeting.name}, {meeting.engagement.title}", when_words(meeting)
    match State(meeting.state):
        case State.PLANNED:
            return Told(f"{where}: now on {when}", url, text=meeting.reason)
        case State.CANCELLED:
            said = f"the {meeting.cancelled_by} cancelled {when}" if meeting.cancelled_by else f"not on {when} any more"
            return Told(f"{where}: {said}", url, text=meeting.reason)
        case State.MISSED:
            return Told(f"{where}: nobody put {when} on record", url, "Say how it went")
    return _of_minutes(reader, meeting, where, url)


def _of_minutes(reader: Person, meeting: Meeting, where: str, url: str) -> Told | None:
    written, held_on = meeting.minutes, short_day(meeting.day, None)
    match MinutesState(written.state):
        case MinutesState.AGREED:
            return Told(f"{where}: the minutes of {held_on} are agreed", url, "Read them")
        case MinutesState.PROPOSED if written.waits_for is reader.side:
            return Told(f"{where}: the minutes of {held_on} wait for you", url, "Read and answer")
        case MinutesState.DRAFT if written.returned:
            return Told(f"{where}: the minutes of {held_on} were sent back", url, text=written.returned)
    return None


def _of_report(reader: Person, subject: int) -> Told | None:
    if (report := visible_reports(reader).filter(pk=subject).first()) is None:
        return None
    url = reverse("meetings:report", args=[report.engagement_id, report.pk])
    what, is_mine = f"{report.name}, {report.engagement.title}", reader.side == report.owed_by
    verb, until = "Hand it in" if is_mine else "Open", short_day(report.owed_until, None)
    match ReportState(report.state):
        case ReportState.DUE:
            return Told(f"{what}: due on {short_day(report.due_on, None)}", url, verb) if is_mine else None
        case ReportState.LATE:
            return Told(f"{what}: late, was due on {until}", url, verb)
        case ReportState.RETURNED:
            return Told(f"{what}: sent back, to be mended by {until}", url, verb, report.returned)
        case ReportState.RECEIVED:
            return Told(f"{what}: received on {short_day(report.received_on or report.due_on, None)}", url, "Read it")


def _of_addressee(reader: Person, subject: int) -> Told | None:
    if (named := Addressee.objects.filter(pk=subject, removed_at=None).select_related("named_by").first()) is None:
        return None
    theirs = visible_reports(reader).filter(engagement=named.engagement_id, series=named.series)
    if (report := theirs.order_by("-due_on").first()) is None:
        return None
    url = reverse("meetings:report", args=[report.engagement_id, report.pk])
    title = f"{report.name}, {report.engagement.title}: {named.name} hands it in by mail link"
    return Told(title, url, "See it", f"{named.named_by} named {named.name}, {named.email}.")


TELLERS: dict[str, Teller] = {"meeting": _of_meeting, "report": _of_report, "report.addressee": _of_addressee}
"""Who knows the words, by the kind of notice; subjects are meetings, reports and addressees."""
