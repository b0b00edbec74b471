"""Reading meetings and reports; every list starts from what the actor may see."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import workers
from rapport.apps.meetings.models import Action, Attendance, Decision, Meeting, Report
from rapport.domain.meetings import State
from rapport.domain.minutes import MinutesState
from rapport.domain.reports import READING_DAYS, ReportState
from rapport.domain.roles import Side

_PEOPLE = ("engagement__partner", "engagement__client_owner", "engagement__partner_owner")


@dataclass(frozen=True)
class Options:
    """What an actor can do with a meeting now."""

    may_add_points: bool = False
    may_change_day: bool = False
    may_hold: bool = False
    may_write: bool = False
    may_answer: bool = False


def visible_meetings(actor: Person) -> QuerySet[Meeting]:
    """The meetings of the engagements an actor may see, with their minutes."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Meeting.objects.filter(engagement__in=seen).select_related("minutes__agreed_by", *_PEOPLE)


def visible_reports(actor: Person) -> QuerySet[Report]:
    """The reports of the engagements an actor may see."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Report.objects.filter(engagement__in=seen).select_related("received_from__organisation", *_PEOPLE)


def coming_meetings(actor: Person, engagement: Engagement) -> QuerySet[Meeting]:
    """What is planned, what has passed and is not on record yet included, the soonest first."""
    planned = visible_meetings(actor).filter(engagement=engagement, state=State.PLANNED)
    return planned.order_by("planned_on", "pk")


def past_meetings(actor: Person, engagement: Engagement) -> QuerySet[Meeting]:
    """What was held, missed or cancelled, the latest first."""
    past = visible_meetings(actor).filter(engagement=engagement).exclude(state=State.PLANNED)
    return past.order_by("-planned_on", "-pk")


def owed_reports(actor: Person, engagement: Engagement) -> QuerySet[Report]:
    """What is owed by either side, what is due first coming first."""
    owed = visible_reports(actor).filter(engagement=engagement).exclude(state=ReportState.RECEIVED)
    return owed.order_by("due_on", "pk")


def received_reports(actor: Person, engagement: Engagement) -> QuerySet[Report]:
    """What was handed in, the latest first."""
    received = visible_reports(actor).filter(engagement=engagement, state=ReportState.RECEIVED)
    return received.order_by("-due_on", "-pk")


def next_of_series(meeting: Meeting) -> date | None:
    """The day of the next planned meeting of the same series; None where there is none."""
    later = Meeting.objects.filter(engagement_id=meeting.engagement_id, series=meeting.series, state=State.PLANNED)
    after = later.filter(planned_on__gt=meeting.planned_on).order_by("planned_on")
    return after.values_list("planned_on", flat=True).first()


def last_held(meeting: Meeting) -> Meeting | None:
    """The meeting of the same series that was held before; None where there is none."""
    held = Meeting.objects.filter(engagement_id=meeting.engagement_id, series=meeting.series, state=State.HELD)
    return held.exclude(pk=meeting.pk).order_by("-held_on", "-pk").first()


def invited(engagement: Engagement) -> dict[Side, QuerySet[Person]]:
    """Who of either side can be marked as present: those who work on the engagement."""
    return {side: workers(engagement, side).select_related("organisation") for side in Side}


def likely_present(meeting: Meeting) -> set[int]:
    """Who will probably be there, by number: whoever was the last time, else both owners of the engagement."""
    before = last_held(meeting)
    owners = {meeting.engagement.client_owner_id, meeting.engagement.partner_owner_id}
    last = Attendance.objects.filter(meeting=before).values_list("person_id", flat=True) if before else owners
    return {person for person in last if person}


def attendances(meeting: Meeting) -> dict[Side, list[Attendance]]:
    """Who was there, by side."""
    there = list(meeting.attendances.select_related("person"))
    return {side: [one for one in there if one.side == side] for side in Side}


def decisions_of(meeting: Meeting) -> QuerySet[Decision]:
    """What was decided."""
    return meeting.decisions.select_related("by")


def actions_of(meeting: Meeting) -> QuerySet[Action]:
    """What somebody is to do, as it was said at the meeting."""
    return meeting.actions.select_related("task__owner__organisation")


def options(actor: Person, meeting: Meeting) -> Options:
    """What an actor can do with a meeting now."""
    if not may_work(actor):
        return Options()
    match State(meeting.state):
        case State.PLANNED:
            return Options(may_add_points=True, may_change_day=True, may_hold=True)
        case State.MISSED:
            return Options(may_hold=True)
        case State.CANCELLED:
            return Options()
    is_mine = actor.side is meeting.minutes.rule.written_by
    state = MinutesState(meeting.minutes.state)
    return Options(
        may_write=is_mine and state is MinutesState.DRAFT,
        may_answer=not is_mine and state is MinutesState.PROPOSED,
    )


def may_send_back(actor: Person, report: Report, today: date) -> bool:
    """Whether an actor can send a report back that the other side handed in."""
    if not may_work(actor) or actor.side == report.owed_by or report.received_on is None:
        return False
    return report.state == ReportState.RECEIVED and today <= report.received_on + timedelta(days=READING_DAYS)


def may_hand_in(actor: Person, report: Report) -> bool:
    """Whether an actor can hand in a report now."""
    return may_work(actor) and actor.side == report.owed_by and report.state != ReportState.RECEIVED
