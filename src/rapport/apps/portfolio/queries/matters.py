"""What waits for somebody in the work under way, from issues to reports."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.corrections.models import Correction
from rapport.apps.corrections.queries import asked_of
from rapport.apps.escalations.models import Step
from rapport.apps.escalations.queries import lists as climbing
from rapport.apps.escalations.queries.plans import thawed
from rapport.apps.issues.models import Edition, Issue, Task
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import OPEN, visible_issues, visible_tasks
from rapport.apps.issues.queries.editions import visible_editions
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.meetings.queries import visible_meetings, visible_reports
from rapport.apps.portfolio.queries.needs import Need, theirs
from rapport.apps.portfolio.queries.standings import start_of
from rapport.apps.portfolio.queries.together import about_working_together
from rapport.domain import escalations
from rapport.domain.corrections import State as Correcting
from rapport.domain.escalations import State as Climbing
from rapport.domain.issues import TIME_TO_ANSWER, State
from rapport.domain.meetings import State as Planning
from rapport.domain.minutes import MinutesState
from rapport.domain.reports import ReportState
from rapport.kit.dates import short_day

_ASKED = {
    State.PROPOSED: ("Approve or decline", "Read it"),
    State.LISTED: ("Mend", "Open the issue"),
    State.RESOLVED: ("Confirm that it is mended:", "Look at it"),
}
"""What is asked of the side whose move it is, and on which button."""
_SOON = timedelta(days=7)
"""How long before its day a report is asked for."""


def matters(actor: Person, today: date) -> Iterator[Need]:
    """What the actor has to do: about what is theirs or nobody's of their side, and what they were asked or given."""
    if not may_work(actor):
        return
    yield from _about_issues(actor)
    for task in visible_tasks(actor).filter(owner=actor, done_at=None):
        yield _to_do(task)
    for step in _steps(actor):
        if is_asked(actor, step):
            yield _to_climb(step)
    yield from _about_meetings(actor, today)
    yield from about_working_together(actor)


def _about_issues(actor: Person) -> Iterator[Need]:
    for issue in _issues(actor):
        correction = _correction_of(issue)
        if (issue.corrected_by if correction else issue.waits_for) is actor.side:
            yield _to_correct(actor, correction) if correction else _to_answer(issue)
    if actor.is_client:
        for edition in visible_editions(actor).filter(theirs(actor, "engagement__"), approved_at=None):
            yield _to_approve(edition)


def _issues(actor: Person) -> QuerySet[Issue]:
    """The open issues that the actor sees to, each with its corrective action, whose owner can be somebody else.

    One that was settled by itself is among them as long as its corrective action goes on.
    """
    ours = theirs(actor) | Q(correction__owner=actor)
    goes_on = Q(state=State.CLOSED) & ~Q(correction=None) & ~Q(correction__state=Correcting.CLOSED)
    return visible_issues(actor).select_related("correction").filter(ours, Q(state__in=OPEN) | goes_on)


def _correction_of(issue: Issue) -> Correction | None:
    """The corrective action through which something is asked about an issue, unless it is asked of the issue itself."""
    found: Correction | None = getattr(issue, "correction", None)
    is_asked = found and issue.state in {State.LISTED, State.CLOSED} and not found.has_come_back
    return found if is_asked else None


def _about_meetings(actor: Person, today: date) -> Iterator[Need]:
    ours = theirs(actor, "engagement__")
    is_passed = Q(state=Planning.PLANNED, planned_on__lt=today)
    is_to_finish = Q(minutes__state=MinutesState.DRAFT) & (~Q(minutes__returned="") | Q(held_on__lt=today))
    is_written = Q(minutes__state=MinutesState.PROPOSED) | is_to_finish
    for meeting in visible_meetings(actor).filter(ours, is_passed | is_written):
        if meeting.state == Planning.PLANNED:
            yield _to_put_on_record(meeting, today)
        elif meeting.minutes.waits_for is actor.side:
            yield _to_finish_or_agree(meeting, today)
    owed = visible_reports(actor).filter(ours, owed_by=actor.side, due_on__lte=today + _SOON)
    for report in owed.exclude(state=ReportState.RECEIVED):
        yield _to_report(report)


def _steps(actor: Person) -> QuerySet[Step]:
    """The levels that ask the actor, or nobody who is still there, where that is for whoever owns the engagement."""
    asked = f"expected_{actor.side.value}"
    nobody = Q(**{asked: None}) | Q(**{f"{asked}__is_active": False})
    waiting = climbing.visible_steps(actor).filter(left_at=None)
    found = waiting.filter(Q(**{asked: actor}) | nobody & theirs(actor, "escalation__issue__engagement__"))
    return found.select_related("escalation__issue__engagement__partner")


def is_asked(actor: Person, step: Step) -> bool:
    """Whether a level waits for the actor's side: the asked one for an answer, then the other one for what it says."""
    return escalations.waits_for(climbing.rule_of(step.escalation)) is actor.side


def _to_answer(issue: Issue) -> Need:
    asked, verb = _ASKED[State(issue.state)]
    about = (issue.engagement.title, issue.engagement.partner.name)
    url = reverse("issues:issue", args=[issue.engagement_id, issue.number])
    return Need(f"{asked} “{issue.title}”", *about, issue.raised_at, _day_of(issue), url, verb)


def _day_of(issue: Issue) -> date | None:
    """By when an answer is wanted: to a proposal before silence lists it, of who mends it by its day."""
    if issue.state == State.PROPOSED:
        return (issue.raised_at + TIME_TO_ANSWER).date()
    return issue.due_on if issue.state == State.LISTED else None


def _to_do(task: Task) -> Need:
    about = (task.engagement.title, task.engagement.partner.name)
    url = reverse("issues:list", args=[task.engagement_id])
    if task.issue:
        url = reverse("issues:issue", args=[task.engagement_id, task.issue.number])
    return Need(task.what, *about, task.made_at, task.due_on, url, "Open the task")


def _to_correct(actor: Person, correction: Correction) -> Need:
    issue = correction.issue
    about = (issue.engagement.title, issue.engagement.partner.name)
    url = reverse("corrections:show", args=[issue.engagement_id, issue.number])
    what, verb = asked_of(actor, correction)
    due_on = issue.due_on if issue.is_open and issue.responsible == actor.side else None
    return Need(f"{what} “{issue.title}”", *about, correction.moved_at, due_on, url, verb)


def _to_climb(step: Step) -> Need:
    issue = step.escalation.issue
    is_answered = step.escalation.state == Climbing.ANSWERED
    what, verb = ("Accept or reject the answer to", "Read the answer") if is_answered else ("Answer", "Answer")
    since, due_at = (step.answered_at, step.reaction_due_at) if is_answered else (step.entered_at, step.due_at)
    due_on = thawed(step.escalation.ladder).local(due_at).date() if due_at else None
    url = reverse("escalations:show", args=[issue.engagement_id, issue.number])
    about = (issue.engagement.title, issue.engagement.partner.name)
    return Need(f"{what} the escalation “{issue.title}”", *about, since, due_on, url, verb)


def _to_put_on_record(meeting: Meeting, today: date) -> Need:
    return _of_meeting(f"Put {_called(meeting, today)} on record", meeting, None, "Open the meeting")


def _to_finish_or_agree(meeting: Meeting, today: date) -> Need:
    minutes = f"the minutes of {_called(meeting, today)}"
    if meeting.minutes.returned:
        return _of_meeting(f"Mend {minutes}, which were sent back", meeting, None, "Open the minutes")
    if meeting.minutes.state == MinutesState.DRAFT:
        return _of_meeting(f"Finish {minutes}", meeting, start_of(meeting.day), "Open the minutes")
    return _of_meeting(f"Agree to {minutes}", meeting, meeting.minutes.proposed_at, "Read the minutes")


def _called(meeting: Meeting, today: date) -> str:
    hours = f", {meeting.hours}" if meeting.hours else ""
    return f"{meeting.name} of {short_day(meeting.day, today)}{hours}"


def _of_meeting(what: str, meeting: Meeting, since: datetime | None, verb: str) -> Need:
    about = (meeting.engagement.title, meeting.engagement.partner.name)
    return Need(what, *about, since, None, reverse("meetings:meeting", args=[meeting.engagement_id, meeting.pk]), verb)


def _to_approve(edition: Edition) -> Need:
    about = (edition.engagement.title, edition.engagement.partner.name)
    url = reverse("issues:edition", args=[edition.engagement_id, edition.number])
    return Need("Approve the edition of the issue list", *about, edition.made_at, None, url, "Read the edition")


def _to_report(report: Report) -> Need:
    about = (report.engagement.title, report.engagement.partner.name)
    url = reverse("meetings:report", args=[report.engagement_id, report.pk])
    return Need(f"Hand in {report.name}", *about, None, report.owed_until, url, "Write the report")
