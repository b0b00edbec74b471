"""The agenda that writes itself: what is open between two companies since they met last."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import F, Q
from django.urls import reverse

from rapport.apps.assurance.models import Line
from rapport.apps.corrections.models import Correction
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import names_of_kpis
from rapport.apps.escalations.models import Escalation
from rapport.apps.escalations.queries import lists as climbing
from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.queries import OPEN, is_late
from rapport.apps.kpis.models import Result
from rapport.apps.meetings.models import Decision, Meeting, Report
from rapport.apps.meetings.queries.due import OWED_UNTIL
from rapport.apps.meetings.queries.lists import last_held
from rapport.domain import escalations
from rapport.domain.calendars import last_today
from rapport.domain.corrections import State as Correcting
from rapport.domain.escalations import State as Climbing
from rapport.domain.issues import Move, will_probably_miss
from rapport.domain.issues import State as Standing
from rapport.domain.minutes import MinutesState
from rapport.domain.reports import ReportState
from rapport.domain.roles import Side
from rapport.domain.settlement import State as LineState
from rapport.domain.standing import MISSED
from rapport.kit.dates import short_day

_LOOK_BACK = timedelta(days=31)
"""How far back the first agenda of a series looks."""
_MOST = 50
"""The most items of one kind; what is more is in its own list."""
HEADINGS = {
    "point": "Added by people",
    "decision": "Decided last time",
    "kpi": "KPIs",
    "issue": "Issues",
    "escalation": "Escalations",
    "correction": "Corrective actions",
    "task": "Tasks due",
    "support": "Support late",
    "report": "Reports late",
    "figure": "Figures in dispute",
}
"""What an agenda is made of, in the order in which it is gone through."""


@dataclass(frozen=True)
class Item:
    """One thing to talk about, the state it is in, and where it stands; `url` is a path of this site."""

    kind: str
    title: str
    detail: str = ""
    url: str = ""


WrittenAbove = Callable[[Engagement, date], Iterable[Item]]
"""What an app above this one has to say on a day, under one of the headings."""
_written_above: list[WrittenAbove] = []


def write_on_agendas(written: WrittenAbove) -> None:
    """Let an app above say what is open with it; it does so once, when everything starts."""
    _written_above.append(written)


def agenda(engagement: Engagement, since: date, at: datetime, until: date) -> list[Item]:
    """What is open in an engagement at a moment: what is new since a day, and the tasks due until another.

    Both sides see the same.
    """
    today, names = at.date(), names_of_kpis(engagement)
    return [
        *_kpis(engagement, names, at),
        *_issues(engagement, since, at),
        *_escalations(engagement, at),
        *_corrections(engagement, names),
        *_tasks(engagement, today, until),
        *(item for written in _written_above for item in islice(written(engagement, today), _MOST)),
        *_late_reports(engagement, last_today(at)),
        *_disputes(engagement, names),
    ]


def agenda_of(meeting: Meeting, at: datetime) -> list[Item]:
    """The agenda of a meeting as it is now: what people added, then what was decided at the last one of its series and
    what is open since.
    """
    before = last_held(meeting)
    since = before.held_on if before and before.held_on else at.date() - _LOOK_BACK
    decided = _decisions(before, at.date()) if before else ()
    return [*_points(meeting), *decided, *agenda(meeting.engagement, since, at, max(meeting.planned_on, at.date()))]


def frozen(items: list[Item]) -> list[dict[str, Any]]:
    """An agenda as it is kept."""
    return [asdict(item) for item in items]


def agenda_shown(meeting: Meeting, at: datetime) -> list[Item]:
    """The agenda of a meeting: as it was when people met, or as it is now while they have not."""
    return agenda_of(meeting, at) if meeting.agenda is None else [Item(**item) for item in meeting.agenda]


def by_heading(items: list[Item]) -> list[tuple[str, list[Item]]]:
    """An agenda in its parts, without those that are empty."""
    grouped = [(heading, [item for item in items if item.kind == kind]) for kind, heading in HEADINGS.items()]
    return [(heading, found) for heading, found in grouped if found]


def _points(meeting: Meeting) -> Iterator[Item]:
    for point in meeting.points.select_related("by__organisation"):
        yield Item("point", point.text, f"added by {point.by.name}, {point.by.organisation.name}")


def _decisions(before: Meeting, today: date) -> Iterator[Item]:
    """What was decided at a meeting, once both sides agreed to its minutes."""
    agreed = Decision.objects.filter(meeting=before, meeting__minutes__state=MinutesState.AGREED)
    url = reverse("meetings:meeting", args=[before.engagement_id, before.pk])
    for decision in agreed[:_MOST]:
        yield Item("decision", decision.text, f"decided on {short_day(before.day, today)}", url)


def _kpis(engagement: Engagement, names: dict[str, str], at: datetime) -> Iterator[Item]:
    """KPIs that missed in the last period that is over, then those that will probably miss in the one under way."""
    rows = Result.objects.filter(engagement=engagement, kpi__in=names).order_by("kpi", "-ends_at")
    missed = rows.filter(is_latest=True, status__in=MISSED).defer("content", "forecast")
    for one in missed[:_MOST]:
        detail = f"{one.status.replace('_', ' ')} in {one.period}"
        yield Item("kpi", names[one.kpi], detail, reverse("kpis:kpi", args=[engagement.pk, one.kpi]))
    for one in rows.filter(is_complete=False, ends_at__gt=at).exclude(forecast=None).defer("content")[:_MOST]:
        if will_probably_miss(chance := (one.forecast or {}).get("breach_probability")):
            detail = f"will probably miss in {one.period} ({chance:.0%})"
            yield Item("kpi", names[one.kpi], detail, reverse("kpis:kpi", args=[engagement.pk, one.kpi]))


def _issues(engagement: Engagement, since: date, at: datetime) -> Iterator[Item]:
    """Open issues by their day: each new one, and each that is late or waits for a side's answer."""
    found = Issue.objects.filter(engagement=engagement, state__in=OPEN).annotate(is_late=is_late(last_today(at)))
    for issue in found.order_by("due_on", "pk")[:_MOST]:
        said = [
            f"due on {short_day(issue.due_on, at.date())}",
            "late" if issue.is_late else "",
            "new" if issue.raised_at.date() >= since else "",
            f"waits for the {issue.waits_for}" if issue.waits_for else "",
        ]
        url = reverse("issues:issue", args=[engagement.pk, issue.number])
        yield Item("issue", f"{issue}: {issue.title}", ", ".join(filter(None, said)), url)


def _escalations(engagement: Engagement, at: datetime) -> Iterator[Item]:
    """What climbs: the level it has reached, and whose word it waits for."""
    running = Escalation.objects.filter(issue__engagement=engagement).exclude(state=Climbing.ENDED)
    for one in running.select_related("issue").prefetch_related("steps").order_by("entered_at", "pk")[:_MOST]:
        rule = climbing.rule_of(one)
        said = f"level {rule.rung.name}, waits for the {escalations.waits_for(rule)}"
        url = reverse("escalations:show", args=[engagement.pk, one.issue.number])
        yield Item("escalation", f"{one.issue}: {one.issue.title}", f"{said}, late" if _is_late(one, at) else said, url)


def _is_late(escalation: Escalation, at: datetime) -> bool:
    """Whether the next word is owed and its time is over; nobody owes it while the issue is said to be mended."""
    step = climbing.open_step(escalation)
    due_at = step.reaction_due_at if escalation.state == Climbing.ANSWERED else step.due_at
    return escalation.issue.state == Standing.LISTED and due_at is not None and due_at <= at


def _corrections(engagement: Engagement, names: dict[str, str]) -> Iterator[Item]:
    """Corrective actions of which a part waits for an answer, and those that are done: whether they helped.

    What the side proposed that had the issue before waits for nobody, as the other side has it now.
    """
    is_proposed = ~Q(proposed="") & Q(responsible=F("issue__responsible"))
    told = Correction.objects.filter(is_proposed | Q(state=Correcting.VERIFYING), issue__engagement=engagement)
    for one in told.select_related("issue").order_by("moved_at", "pk")[:_MOST]:
        said = f"the {one.proposed} waits for the {Side(one.responsible).other}" if one.proposed else _proof(one, names)
        url = reverse("corrections:show", args=[engagement.pk, one.issue.number])
        yield Item("correction", f"{one.issue}: {one.issue.title}", said, url)


def _proof(correction: Correction, names: dict[str, str]) -> str:
    """How far the proof of what is done has come; where no KPI of the agreement shows it, a word does."""
    if correction.issue.move == Move.NOBODY:
        return "done; figures to come show whether it worked"
    reader = Side(correction.responsible).other
    if correction.kpi in names:
        return f"done, and its effect is shown; waits for the {reader} to close it"
    return f"done; waits for the word of the {reader} whether it worked"


def _tasks(engagement: Engagement, today: date, until: date) -> Iterator[Item]:
    due = Task.objects.filter(engagement=engagement, done_at=None, due_on__lte=until).select_related("owner", "issue")
    for task in due.order_by("due_on", "pk")[:_MOST]:
        yield Item("task", task.what, f"{task.owner.name}, due on {short_day(task.due_on, today)}", _task_url(task))


def _task_url(task: Task) -> str:
    """Where a task stands: at its issue, else on the list."""
    if task.issue:
        return reverse("issues:issue", args=[task.engagement_id, task.issue.number])
    return reverse("issues:list", args=[task.engagement_id])


def _late_reports(engagement: Engagement, today: date) -> Iterator[Item]:
    owed = Report.objects.filter(engagement=engagement).exclude(state=ReportState.RECEIVED)
    late = owed.alias(until=OWED_UNTIL).filter(Q(state=ReportState.LATE) | Q(until__lt=today))
    for report in late.order_by("due_on", "pk")[:_MOST]:
        url = reverse("meetings:report", args=[engagement.pk, report.pk])
        detail = f"was due on {short_day(report.owed_until, today)}, owed by the {report.owed_by}"
        yield Item("report", report.name, detail, url)


def _disputes(engagement: Engagement, names: dict[str, str]) -> Iterator[Item]:
    disputed = Line.objects.filter(engagement=engagement, state=LineState.DISPUTED)
    for line in disputed.order_by("-ends_at", "kpi")[:_MOST]:
        url = reverse("assurance:line", args=[engagement.pk, line.kpi, line.period])
        yield Item("figure", f"{names.get(line.kpi, line.kpi)}, {line.period}", "the figures differ", url)
