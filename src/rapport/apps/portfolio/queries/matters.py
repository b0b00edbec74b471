"""What waits for somebody in the work under way: issues and tasks, escalations, minutes and reports."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.escalations.models import Step
from rapport.apps.escalations.queries.lists import visible_steps
from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import OPEN, visible_issues, visible_tasks
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.meetings.queries import visible_meetings, visible_reports
from rapport.apps.portfolio.queries.needs import Need
from rapport.domain.escalations import State as Climbing
from rapport.domain.issues import State
from rapport.domain.minutes import MinutesState
from rapport.domain.reports import ReportState

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
    place = "client_owner" if actor.is_client else "partner_owner"
    for issue in visible_issues(actor).filter(Q(**{place: actor}) | Q(**{place: None}), state__in=OPEN):
        if issue.waits_for is actor.side:
            yield _to_answer(issue)
    for task in visible_tasks(actor).filter(owner=actor, done_at=None):
        yield _to_do(task)
    asked = "expected_client" if actor.is_client else "expected_partner"
    waiting = visible_steps(actor).filter(left_at=None, **{asked: actor})
    for step in waiting.select_related("escalation__issue__engagement__partner"):
        if _is_asked(actor, step):
            yield _to_climb(step)
    theirs = Q(**{f"engagement__{place}": actor}) | Q(**{f"engagement__{place}": None})
    proposed = visible_meetings(actor).filter(theirs, minutes__state=MinutesState.PROPOSED)
    for meeting in proposed.exclude(minutes__written_by=actor.side):
        yield _to_agree(meeting)
    owed = visible_reports(actor).filter(theirs, owed_by=actor.side, due_on__lte=today + _SOON)
    for report in owed.exclude(state=ReportState.RECEIVED):
        yield _to_report(report)


def _is_asked(actor: Person, step: Step) -> bool:
    """Whether a level waits for the side of whoever stands on it: the asked one for an answer, then the other one."""
    is_raiser = step.escalation.raised_by == actor.side
    waits_for_raiser = step.escalation.state == Climbing.ANSWERED
    return is_raiser is waits_for_raiser


def _to_answer(issue: Issue) -> Need:
    asked, verb = _ASKED[State(issue.state)]
    about = (issue.engagement.title, issue.engagement.partner.name)
    due_on = issue.due_on if issue.state == State.LISTED else None
    url = reverse("issues:issue", args=[issue.engagement_id, issue.number])
    return Need(f"{asked} “{issue.title}”", *about, issue.raised_at, due_on, url, verb)


def _to_do(task: Task) -> Need:
    about = (task.engagement.title, task.engagement.partner.name)
    url = reverse("issues:list", args=[task.engagement_id])
    if task.issue:
        url = reverse("issues:issue", args=[task.engagement_id, task.issue.number])
    return Need(task.what, *about, task.made_at, task.due_on, url, "Open the task")


def _to_climb(step: Step) -> Need:
    issue = step.escalation.issue
    is_answered = step.escalation.state == Climbing.ANSWERED
    what, verb = ("Accept or reject the answer to", "Read the answer") if is_answered else ("Answer", "Answer")
    since, due_at = (step.answered_at, step.reaction_due_at) if is_answered else (step.entered_at, step.due_at)
    url = reverse("escalations:show", args=[issue.engagement_id, issue.number])
    about = (issue.engagement.title, issue.engagement.partner.name)
    return Need(f"{what} the escalation “{issue.title}”", *about, since, due_at.date() if due_at else None, url, verb)


def _to_agree(meeting: Meeting) -> Need:
    about = (meeting.engagement.title, meeting.engagement.partner.name)
    url = reverse("meetings:meeting", args=[meeting.engagement_id, meeting.pk])
    return Need(
        f"Agree to the minutes of {meeting}", *about, meeting.minutes.proposed_at, None, url, "Read the minutes"
    )


def _to_report(report: Report) -> Need:
    about = (report.engagement.title, report.engagement.partner.name)
    url = reverse("meetings:report", args=[report.engagement_id, report.pk])
    due_on = report.mend_by or report.due_on
    return Need(f"Hand in {report.name}", *about, None, due_on, url, "Write the report")
