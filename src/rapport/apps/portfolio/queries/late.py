"""What somebody is late with, over all engagements: issues, reports, and answers to escalations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, TruncDate
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.escalations.queries.lists import visible_steps
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import is_late, visible_issues, waits_for
from rapport.apps.meetings.queries import visible_reports
from rapport.apps.meetings.queries.due import OWED_UNTIL
from rapport.apps.portfolio.queries.needs import theirs
from rapport.domain.calendars import last_today
from rapport.domain.escalations import State as Climbing
from rapport.domain.issues import Severity, State
from rapport.domain.reports import ReportState
from rapport.domain.roles import Role, Side


class Owed(StrEnum):
    """What there is to be late with: an issue to mend, a report to hand in, an escalation to say something to."""

    ISSUE = "issue"
    REPORT = "report"
    ESCALATION = "escalation"


_PAGES = {Owed.ISSUE: "issues:issue", Owed.REPORT: "meetings:report", Owed.ESCALATION: "escalations:show"}
"""Where each stands."""
_NAMES = ("kind", "said", "place", "home", "home_title", "home_partner", "late_side", "owed_on", "owed_at", "zone")
_NO_MOMENT, _NO_ZONE = Cast(Value(None), DateTimeField()), Value("", CharField())


@dataclass(frozen=True)
class Late:
    """Something a side owed and whose time is over: what it is and about what, in which engagement, and its page."""

    kind: Owed
    said: str
    engagement: int
    title: str
    partner: str
    by: Side
    due_on: date
    url: str


def late(actor: Person, now: datetime) -> QuerySet[Any, Any]:
    """What the other side is late with, what is late longest coming first; one query. `told_late` says it.

    An auditor looks at both sides, so that what either is late with is theirs. Whoever works on engagements is shown
    what they own and what nobody of their side owns; whoever only reads, all of it. An executive is shown what they own
    and the major issues and the escalations of every engagement: the rest is for those who manage.
    """
    today = last_today(now)
    kinds = (_issues(actor, today), _reports(actor, today), _answers(actor, now))
    sides = list(Side) if actor.role == Role.AUDITOR else [actor.side.other]
    first, *others = (rows.filter(late_side__in=sides).order_by().values_list(*_NAMES) for rows in kinds)
    return first.union(*others, all=True).order_by("owed_on", "home", "kind", "place")


def told_late(rows: Iterable[tuple[Any, ...]]) -> Iterator[Late]:
    """The same, each with its day, an escalation's where the calendar of its plan is, and the address of its page."""
    for kind, said, place, home, title, partner, side, owed_on, owed_at, zone in rows:
        due_on = owed_at.astimezone(ZoneInfo(zone)).date() if owed_at else owed_on
        url = reverse(_PAGES[kind], args=[home, place])
        yield Late(Owed(kind), said, home, title, partner, Side(side), due_on, url)


def _issues(actor: Person, today: date) -> QuerySet[Any]:
    """Issues that are on the list although the day by which they were to be mended is over."""
    watched = _of(actor)
    if actor.role == Role.EXECUTIVE:
        watched |= Q(severity=Severity.MAJOR)
    side = Case(*(When(waits_for(one), then=Value(one.value)) for one in Side))
    found = visible_issues(actor).filter(watched, is_late(today))
    return _rows(found, Owed.ISSUE, "engagement", said=F("title"), place=F("number"), side=side, on=F("due_on"))


def _reports(actor: Person, today: date) -> QuerySet[Any]:
    """Reports that are not handed in although their day, or the one to mend them by, is over."""
    owed = visible_reports(actor).filter(_of(actor, "engagement__")).exclude(state=ReportState.RECEIVED)
    found = owed.annotate(until=OWED_UNTIL).filter(until__lt=today)
    return _rows(found, Owed.REPORT, "engagement", said=F("name"), place=F("pk"), side=F("owed_by"), on=F("until"))


def _answers(actor: Person, now: datetime) -> QuerySet[Any]:
    """Levels whose time is over: the asked side owes an answer, and then the one that asked what it thinks of it.

    Nobody owes either while the issue is said to be mended.
    """
    watched = Q() if actor.role == Role.EXECUTIVE else _of(actor, "escalation__issue__")
    climbing = visible_steps(actor).filter(watched, left_at=None, escalation__issue__state=State.LISTED)
    is_answer_late = Q(escalation__state=Climbing.WAITING, due_at__lte=now)
    is_word_late = Q(escalation__state=Climbing.ANSWERED, reaction_due_at__lte=now)
    raiser = F("escalation__raised_by")
    asked = Case(*(When(escalation__raised_by=side, then=Value(side.other.value)) for side in Side))
    at = Case(When(is_word_late, then=F("reaction_due_at")), default=F("due_at"))
    return _rows(
        climbing.filter(is_answer_late | is_word_late),
        Owed.ESCALATION,
        "escalation__issue__engagement",
        said=F("escalation__issue__title"),
        place=F("escalation__issue__number"),
        side=Case(When(is_word_late, then=raiser), default=asked, output_field=CharField()),
        on=TruncDate(at),
        at=at,
        zone=KeyTextTransform("zone", KeyTransform("calendar", "escalation__ladder")),
    )


def _rows(
    found: QuerySet[Any], kind: Owed, home: str, *,
    said: Any, place: Any, side: Any, on: Any, at: Any = _NO_MOMENT, zone: Any = _NO_ZONE,
) -> QuerySet[Any]:  # fmt: skip
    """Rows of one kind as all kinds have them."""
    rows: QuerySet[Any] = found.select_related(None).annotate(
        kind=Value(kind.value), said=said, place=place, home=F(f"{home}_id"), home_title=F(f"{home}__title"),
        home_partner=F(f"{home}__partner__name"), late_side=side, owed_on=on, owed_at=at, zone=zone,
    )  # fmt: skip
    return rows


def _of(actor: Person, place: str = "") -> Q:
    """Of what has owners that which an actor is to watch."""
    return theirs(actor, place) if may_work(actor) else Q()
