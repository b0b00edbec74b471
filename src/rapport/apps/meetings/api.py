"""What programs ask about meetings and reports, and hand in."""

from datetime import date, datetime, time
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from rapport.apps.accounts.api import Somebody, actor_of, somebody
from rapport.apps.accounts.models import Person
from rapport.apps.engagements.api import asked_engagement
from rapport.apps.meetings import actions, queries
from rapport.apps.meetings.models import LONGEST_LINE, LONGEST_NAME, LONGEST_TEXT, Action, Meeting, Report
from rapport.apps.meetings.queries.template import LONGEST_ANSWER
from rapport.domain.roles import Side
from rapport.kit.api import Page, Paging, Text, page_of

Answer = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_ANSWER)]
Said = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_TEXT)]
Reason = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=1000)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_LINE)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_NAME)]
Turn = Annotated[int, Field(ge=0, lt=2**31)]
"""The `turn` of the minutes as they were read; where somebody changed them meanwhile, yours is refused."""


class ItemShown(Schema):
    """One item of an agenda; `url` is the page where it stands, empty where there is none."""

    kind: str
    title: str
    detail: str
    url: str


class ActionShown(Schema):
    """Something somebody is to do, as it was said at a meeting; `task` is empty until the minutes are agreed.

    `withdrawn_at` is when the task was taken back.
    """

    task: int | None
    what: str
    owner: Somebody
    due_on: date
    done_at: datetime | None
    withdrawn_at: datetime | None


class MinutesShown(Schema):
    """The minutes of a meeting; `digest` is what the other side agrees to, empty until they are proposed."""

    turn: int
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
    """A meeting of the plan; it begins at `starts_at` by the clocks of `zone` and `lasts` so many minutes, or is on the
    whole day.
    """

    id: int
    series: str
    name: str
    channel: str
    planned_on: date
    starts_at: time | None
    lasts: int
    zone: str
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

    turn: Turn
    text: Said


class Seen(Schema):
    """The minutes that were read."""

    turn: Turn


class Read(Schema):
    """The digest of the minutes that were read."""

    digest: Text


class Returned(Schema):
    """Why something is sent back or cancelled."""

    reason: Reason


class PointSaid(Schema):
    """What your side wants to talk about."""

    text: Line


class NewTime(Schema):
    """Another day or time for a meeting, and why.

    The time is in hours and minutes by the clocks of its zone. One that is left out stays; null is the whole day.
    """

    to: date
    starts_at: time | None = None
    reason: Reason


class Attended(Schema):
    """The day people met, and the names of those who were there for each side."""

    on: date
    client: Annotated[list[Name], Field(min_length=1, max_length=100)]
    partner: Annotated[list[Name], Field(min_length=1, max_length=100)]


class DecisionSaid(Schema):
    """What both sides decided."""

    text: Line


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


@router.post(_MEETING + "/points", response=MeetingWhole)
def add_point(request: HttpRequest, engagement_id: int, meeting_id: int, asked: PointSaid) -> MeetingWhole:
    """Put something on the agenda of a meeting that is to come."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.add_point(by=actor, meeting=meeting, text=asked.text, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/move", response=MeetingWhole)
def move_meeting(request: HttpRequest, engagement_id: int, meeting_id: int, asked: NewTime) -> MeetingWhole:
    """Plan a meeting at another time or on another day before the next one of its series."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    starts_at = asked.starts_at if "starts_at" in asked.model_fields_set else meeting.starts_at
    actions.move_meeting(
        by=actor, meeting=meeting, to=asked.to, starts_at=starts_at, reason=asked.reason, seen=meeting.turn,
        at=timezone.now(),
    )  # fmt: skip
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/cancel", response=MeetingWhole)
def cancel_meeting(request: HttpRequest, engagement_id: int, meeting_id: int, asked: Returned) -> MeetingWhole:
    """Call a meeting off."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.cancel_meeting(by=actor, meeting=meeting, reason=asked.reason, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/hold", response=MeetingWhole)
def hold_meeting(request: HttpRequest, engagement_id: int, meeting_id: int, asked: Attended) -> MeetingWhole:
    """Put a meeting on record; your side writes its minutes."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    present: actions.Present = {Side.CLIENT: asked.client, Side.PARTNER: asked.partner}
    actions.hold_meeting(by=actor, meeting=meeting, on=asked.on, present=present, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/decisions", response=MeetingWhole)
def write_decision(request: HttpRequest, engagement_id: int, meeting_id: int, asked: DecisionSaid) -> MeetingWhole:
    """Write down what was decided, in minutes that your side is writing."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.decide(by=actor, meeting=meeting, text=asked.text, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/minutes", response=MeetingWhole)
def write_minutes(request: HttpRequest, engagement_id: int, meeting_id: int, asked: MinutesText) -> MeetingWhole:
    """Write down what was said at a meeting that was held, as the side that writes its minutes."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.write_draft(by=actor, meeting=meeting, turn=asked.turn, text=asked.text, at=timezone.now())
    return show_meeting(request, engagement_id, meeting_id)


@router.post(_MEETING + "/minutes/propose", response=MeetingWhole)
def propose_minutes(request: HttpRequest, engagement_id: int, meeting_id: int, asked: Seen) -> MeetingWhole:
    """Show minutes to the other side to agree to."""
    actor, meeting = _asked(request, engagement_id, meeting_id)
    actions.propose_minutes(by=actor, meeting=meeting, turn=asked.turn, at=timezone.now())
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
    same = ("id", "series", "name", "channel", "planned_on", "starts_at", "lasts", "zone", "held_on", "state", "reason")
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
        turn=written.turn, state=written.state, written_by=written.written_by, text=written.text, digest=written.digest,
        returned=written.returned, waits_for=waits_for.value if waits_for else None,
        decisions=[one.text for one in queries.decisions_of(meeting)],
        actions=[_action(actor, one) for one in queries.actions_of(meeting)],
        present={side.value: [one.name for one in there] for side, there in queries.attendances(meeting).items()},
    )  # fmt: skip


def _action(actor: Person, action: Action) -> ActionShown:
    task = action.task
    return ActionShown(
        task=task.pk if task else None, what=action.what, owner=somebody(actor, action.owner), due_on=action.due_on,
        done_at=task.done_at if task else None, withdrawn_at=task.withdrawn_at if task else None,
    )  # fmt: skip


def _report(report: Report) -> ReportShown:
    same = ("id", "series", "name", "due_on", "owed_until", "state", "was_late", "received_on", "returned")
    content = report.content or {}
    return ReportShown(
        **{name: getattr(report, name) for name in same},
        owed_by=Side(report.owed_by).value,
        answers=content.get("answers"),
        figures=content.get("figures"),
    )
