"""Reading meetings and reports; every list starts from what the actor may see."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db.models import F, Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import people_of, visible_engagements
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import workers
from rapport.apps.meetings.models import Action, Attendance, Decision, Meeting, Report
from rapport.apps.meetings.queries.plan import told_of
from rapport.domain import meetings, minutes, reports
from rapport.domain.meetings import State
from rapport.domain.refusals import is_allowed
from rapport.domain.reports import ReportState
from rapport.domain.roles import Side
from rapport.kit.dates import clock_span, short_day

_BY_TIME, _BY_TIME_LATEST = F("starts_at").asc(nulls_first=True), F("starts_at").desc(nulls_last=True)
"""Within a day, the whole day coming first; and the other way round."""
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
    return planned.order_by("planned_on", _BY_TIME, "pk")


def past_meetings(actor: Person, engagement: Engagement) -> QuerySet[Meeting]:
    """What was held, missed or cancelled, the latest first."""
    past = visible_meetings(actor).filter(engagement=engagement).exclude(state=State.PLANNED)
    return past.order_by("-planned_on", _BY_TIME_LATEST, "-pk")


def owed_reports(actor: Person, engagement: Engagement) -> QuerySet[Report]:
    """What is owed by either side, what is due first coming first."""
    owed = visible_reports(actor).filter(engagement=engagement).exclude(state=ReportState.RECEIVED)
    return owed.order_by("due_on", "pk")


def received_reports(actor: Person, engagement: Engagement) -> QuerySet[Report]:
    """What was handed in, the latest first."""
    received = visible_reports(actor).filter(engagement=engagement, state=ReportState.RECEIVED)
    return received.order_by("-due_on", "-pk")


def when_words(meeting: Meeting) -> str:
    """The day a meeting is planned on, with its hours and their zone where it has some, as a mail says it."""
    day, span = short_day(meeting.planned_on, None), meeting.planned_span
    return f"{day}, {clock_span(*span)} ({meeting.zone})" if span else day


def next_of_series(meeting: Meeting) -> Meeting | None:
    """The next planned meeting of the same series; None where there is none."""
    later = Meeting.objects.filter(engagement_id=meeting.engagement_id, series=meeting.series, state=State.PLANNED)
    return later.filter(planned_on__gt=meeting.planned_on).first()


def last_held(meeting: Meeting) -> Meeting | None:
    """The meeting of the same series that was held before; None where there is none."""
    held = Meeting.objects.filter(engagement_id=meeting.engagement_id, series=meeting.series, state=State.HELD)
    return held.filter(held_on__lt=meeting.held_on or meeting.planned_on).order_by("-held_on", "-pk").first()


def invited(meeting: Meeting) -> dict[Side, QuerySet[Person]]:
    """Who of either side can be marked as present: the people of the engagement, and whoever is marked already."""
    found = {}
    for side in Side:
        marked = Attendance.objects.filter(meeting=meeting, side=side).exclude(person=None).values("person")
        there = Q(pk__in=people_of(meeting.engagement, side).order_by().values("pk")) | Q(pk__in=marked)
        found[side] = Person.objects.filter(there).order_by("name", "pk")
    return found


def possible_owners(meeting: Meeting) -> list[Person]:
    """Who of either side can be given an action."""
    return [one for side in Side for one in workers(meeting.engagement, side).select_related("organisation")]


def likely_present(meeting: Meeting) -> set[int]:
    """Who will probably be there, by number: whoever was the last time, else whom the plan means."""
    if before := last_held(meeting):
        return set(before.attendances.exclude(person=None).values_list("person_id", flat=True))
    return {one.pk for side in Side for one in told_of(meeting.engagement, side, meeting.expected)}


def attendances(meeting: Meeting) -> dict[Side, list[Attendance]]:
    """Who was there, by side."""
    there = list(meeting.attendances.select_related("person"))
    return {side: [one for one in there if one.side == side] for side in Side}


def decisions_of(meeting: Meeting) -> QuerySet[Decision]:
    """What was decided."""
    return meeting.decisions.select_related("by")


def actions_of(meeting: Meeting) -> QuerySet[Action]:
    """What somebody is to do, as it was said at the meeting."""
    return meeting.actions.select_related("owner__organisation", "task")


def options(actor: Person, meeting: Meeting) -> Options:
    """What an actor can do with a meeting now."""
    if not may_work(actor):
        return Options()
    rule, side = meeting.rule, actor.side
    both = dict.fromkeys(Side, 1)
    written = meeting.minutes.rule if hasattr(meeting, "minutes") else None
    return Options(
        may_add_points=rule.state is State.PLANNED,
        may_change_day=is_allowed(lambda: meetings.cancel(rule, by=side, reason="x")),
        may_hold=is_allowed(lambda: meetings.hold(rule, on=rule.planned_on, attendance=both, today=rule.planned_on)),
        may_write=written is not None and is_allowed(partial(minutes.rewrite, written, by=side, digest="")),
        may_answer=written is not None
        and is_allowed(partial(minutes.agree, written, by=side, digest=written.text_digest)),
    )


def may_send_back(actor: Person, report: Report, today: date) -> bool:
    """Whether an actor can send a report back that the other side handed in."""
    step = partial(reports.send_back, report.rule, by=actor.side, reason="x", on=today)
    return may_work(actor) and is_allowed(step)


def may_hand_in(actor: Person, report: Report) -> bool:
    """Whether an actor can hand in a report now."""
    return may_work(actor) and is_allowed(partial(reports.receive, report.rule, by=actor.side, on=report.due_on))
