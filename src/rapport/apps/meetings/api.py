"""What programs ask about meetings and reports, and hand in."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import StringConstraints

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.engagements.api import asked_engagement
from rapport.apps.meetings import actions, queries
from rapport.apps.meetings.models import LONGEST_TEXT, Meeting, Report
from rapport.apps.meetings.queries.template import LONGEST_ANSWER
from rapport.domain.roles import Side
from rapport.kit.api import Page, Paging, Text, page_of

Answer = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_ANSWER)]
Said = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_TEXT)]


class ItemShown(Schema):
    """One item of an agenda; `url` is the page where it stands, empty where there is none."""

    kind: str
    title: str
    detail: str
    url: str


class ActionShown(Schema):
    """Something somebody is to do, as it was said at a meeting."""

    task: int
    what: str
    owner: Somebody
    due_on: date
    done_at: datetime | None


class MinutesShown(Schema):
    """The minutes of a meeting; `digest` is what the other side agrees to, empty until they are proposed."""

    state: str
    written_by: str
    text: str
    digest: str
    returned: str
    waits_for: str | None
    decisions: list[str]
    actions: list[ActionShown]
    present: dict[str, list[str]]


class MeetingShown(Schema):
    """A meeting of the plan."""

    id: int
    series: str
    name: str
    channel: str
    planned_on: date
    held_on: date | None
    state: str
    reason: str
    minutes_state: str | None


class MeetingWhole(MeetingShown):
    """A meeting with its agenda, and once it was held with its minutes."""

    agenda: list[ItemShown]
    minutes: MinutesShown | None


class ReportShown(Schema):
    """A report of the plan; `owed_until` is the last day in time."""

    id: int
    series: str
    name: str
    owed_by: str
    due_on: date
    owed_until: date
    state: str
    was_late: bool
    received_on: date | None
    returned: str
    answers: dict[str, str] | None
    figures: list[dict[str, Any]] | None


class Answers(Schema):
    """What a report says."""

    went_well: Answer = ""
    went_badly: Answer = ""
    needed: Answer = ""
    outlook: Answer = ""


class MinutesText(Schema):
    """What was said at a meeting."""

    text: Said


class Read(Schema):
    """The digest of the minutes that were read."""

    digest: Text


class Returned(Schema):
    """Why something is sent back."""

    reason: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=1000)]


router = Router(tags=["Meetings and reports"])
_HOME = "/engagements/{int:engagement_id}"
_MEETING = _HOME + "/meetings/{int:meeting_id}"
_REPORT = _HOME + "/reports/{int:report_id}"


@router.get(_HOME + "/meetings", response=Page[MeetingShown])
def list_meetings(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[MeetingShown]:
    """The meetings of an engagement, the one entered last first."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    found = queries.visible_meetings(actor).filter(engagement=engagement)
    return page_of(request, paging, found, _shown, "-pk")


@router.get(_MEETING, response=MeetingWhole)
def show_meeting(request: HttpRequest, engagement_id: int, meeting_id: int) -> MeetingWhole:
    """One meeting with its agenda and its minutes."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    return _whole(actor, meeting)


@router.post(_MEETING + "/minutes", response=MeetingWhole)
def write_minutes(request: HttpRequest, engagement_id: int, meeting_id: int, asked: MinutesText) -> MeetingWhole:
    """Write down what was said at a meeting that was held, as the side that writes its minutes."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.write_minutes(by=actor, meeting=meeting, text=asked.text, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/minutes/propose", response=MeetingWhole)
def propose_minutes(request: HttpRequest, engagement_id: int, meeting_id: int) -> MeetingWhole:
    """Show minutes to the other side to agree to."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.propose_minutes(by=actor, meeting=meeting, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/minutes/agree", response=MeetingWhole)
def agree_to_minutes(request: HttpRequest, engagement_id: int, meeting_id: int, asked: Read) -> MeetingWhole:
    """Agree to the minutes with the digest that was read."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.agree_to_minutes(by=actor, meeting=meeting, digest=asked.digest, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/minutes/send-back", response=MeetingWhole)
def send_minutes_back(request: HttpRequest, engagement_id: int, meeting_id: int, asked: Returned) -> MeetingWhole:
    """Send minutes back to the side that writes them."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.send_minutes_back(by=actor, meeting=meeting, reason=asked.reason, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.get(_HOME + "/reports", response=Page[ReportShown])
def list_reports(request: HttpRequest, engagement_id: int, paging: Query[Paging]) -> Page[ReportShown]:
    """The reports of an engagement, the one entered last first."""
    actor = actor_of(request)
    engagement = asked_engagement(actor, engagement_id)
    found = queries.visible_reports(actor).filter(engagement=engagement)
    return page_of(request, paging, found, _report, "-pk")


@router.get(_REPORT, response=ReportShown)
def show_report(request: HttpRequest, engagement_id: int, report_id: int) -> ReportShown:
    """One report."""
    return _report(_asked_report(request, engagement_id, report_id)[1])


@router.post(_REPORT, response=ReportShown)
def hand_in_report(request: HttpRequest, engagement_id: int, report_id: int, asked: Answers) -> ReportShown:
    """Hand a report in; the figures go with it as they are now."""
    actor, report = _asked_report(request, engagement_id, report_id)
    return _report(actions.hand_in_report(by=actor, report=report, answers=asked.dict(), at=timezone.now()))


@router.post(_REPORT + "/send-back", response=ReportShown)
def send_report_back(request: HttpRequest, engagement_id: int, report_id: int, asked: Returned) -> ReportShown:
    """Send a report back to the side that owes it."""
    actor, report = _asked_report(request, engagement_id, report_id)
    return _report(actions.send_report_back(by=actor, report=report, reason=asked.reason, at=timezone.now()))


def _asked(request: HttpRequest, engagement_id: int, meeting_id: int) -> tuple[Person, Meeting]:
    """Who asks, and about which meeting."""
    actor = actor_of(request)
    theirs = queries.visible_meetings(actor).filter(engagement_id=engagement_id)
    return actor, get_object_or_404(theirs, pk=meeting_id)


def _asked_report(request: HttpRequest, engagement_id: int, report_id: int) -> tuple[Person, Report]:
    """Who asks, and about which report."""
    actor = actor_of(request)
    theirs = queries.visible_reports(actor).filter(engagement_id=engagement_id)
    return actor, get_object_or_404(theirs, pk=report_id)


def _told(meeting: Meeting) -> dict[str, Any]:
    same = ("id", "series", "name", "channel", "planned_on", "held_on", "state", "reason")
    minutes = getattr(meeting, "minutes", None)
    return {name: getattr(meeting, name) for name in same} | {"minutes_state": minutes and minutes.state}


def _shown(meeting: Meeting) -> MeetingShown:
    return MeetingShown(**_told(meeting))


def _whole(actor: Person, meeting: Meeting) -> MeetingWhole:
    items = queries.agenda_shown(meeting, timezone.now())
    minutes = _minutes(actor, meeting) if hasattr(meeting, "minutes") else None
    agenda = [ItemShown(kind=one.kind, title=one.title, detail=one.detail, url=one.url) for one in items]
    return MeetingWhole(**_told(meeting), agenda=agenda, minutes=minutes)


def _minutes(actor: Person, meeting: Meeting) -> MinutesShown:
    written, waits_for = meeting.minutes, meeting.minutes.waits_for
    return MinutesShown(
        state=written.state, written_by=written.written_by, text=written.text, digest=written.digest,
        returned=written.returned, waits_for=waits_for.value if waits_for else None,
        decisions=[one.text for one in queries.decisions_of(meeting)],
        actions=[_action(actor, one.task) for one in queries.actions_of(meeting)],
        present={side.value: [one.name for one in there] for side, there in queries.attendances(meeting).items()},
    )  # fmt: skip


def _action(actor: Person, task: Any) -> ActionShown:
    return ActionShown(
        task=task.pk, what=task.what, owner=somebody(actor, task.owner), due_on=task.due_on, done_at=task.done_at
    )


def _report(report: Report) -> ReportShown:
    same = ("id", "series", "name", "due_on", "owed_until", "state", "was_late", "received_on", "returned")
    content = report.content or {}
    return ReportShown(
        **{name: getattr(report, name) for name in same},
        owed_by=Side(report.owed_by).value,
        answers=content.get("answers"),
        figures=content.get("figures"),
    )
