"""What somebody is late with, over all engagements: issues, reports, and answers to escalations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.escalations.queries.lists import visible_steps
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries import visible_issues
from rapport.apps.meetings.queries import visible_reports
from rapport.apps.portfolio.queries.issues import waits_for
from rapport.apps.portfolio.queries.needs import theirs
from rapport.domain.escalations import State as Climbing
from rapport.domain.issues import Severity, State
from rapport.domain.reports import ReportState
from rapport.domain.roles import Role, Side

_PAGES = {"issue": "issues:issue", "report": "meetings:report", "answer to an escalation": "escalations:show"}
"""What there is to be late with, and where each stands."""
_NAMES = ("thing", "said", "place", "home", "home_title", "home_partner", "late_side", "owed_on")


@dataclass(frozen=True)
class Late:
    """Something a side owed by a day that is over: what it is and about what, in which engagement, and its page."""

    thing: str
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
    what they own and what nobody of their side owns; whoever only reads, all of it. An executive is shown the major
    issues and the escalations of every engagement: the rest is for those who manage.
    """
    kinds = [_issues(actor, now.date()), _answers(actor, now)]
    if actor.role != Role.EXECUTIVE:
        kinds.append(_reports(actor, now.date()))
    sides = list(Side) if actor.role == Role.AUDITOR else [actor.side.other]
    first, *others = (rows.filter(late_side__in=sides).order_by().values_list(*_NAMES) for rows in kinds)
    return first.union(*others, all=True).order_by("owed_on", "home", "thing", "place")


def told_late(rows: Iterable[tuple[Any, ...]]) -> Iterator[Late]:
    """The same, each with the address of its page."""
    for thing, said, place, home, title, partner, side, due_on in rows:
        url = reverse(_PAGES[thing], args=[home, place])
        yield Late(thing, said, home, title, partner, Side(side), due_on, url)


def _issues(actor: Person, today: date) -> QuerySet[Any]:
    """Issues that are on the list although the day by which they were to be mended is over."""
    found = visible_issues(actor).filter(_of(actor), state=State.LISTED, due_on__lt=today)
    if actor.role == Role.EXECUTIVE:
        found = found.filter(severity=Severity.MAJOR)
    side = Case(*(When(waits_for(one), then=Value(one.value)) for one in Side))
    return _rows(found, "issue", "engagement", said=F("title"), place=F("number"), side=side, on=F("due_on"))


def _reports(actor: Person, today: date) -> QuerySet[Any]:
    """Reports that are not handed in although their day, or the one to mend them by, is over."""
    owed = visible_reports(actor).filter(_of(actor, "engagement__")).exclude(state=ReportState.RECEIVED)
    until = Coalesce("mend_by", "due_on")
    found = owed.annotate(until=until).filter(until__lt=today)
    return _rows(found, "report", "engagement", said=F("name"), place=F("pk"), side=F("owed_by"), on=F("until"))


def _answers(actor: Person, now: datetime) -> QuerySet[Any]:
    """Levels whose time is over: the asked side owes an answer, and then the one that asked what it thinks of it."""
    climbing = visible_steps(actor).filter(_of(actor, "escalation__issue__"), left_at=None)
    is_answer_late = Q(escalation__state=Climbing.WAITING, due_at__lte=now)
    is_word_late = Q(escalation__state=Climbing.ANSWERED, reaction_due_at__lte=now)
    raiser = F("escalation__raised_by")
    asked = Case(*(When(escalation__raised_by=side, then=Value(side.other.value)) for side in Side))
    return _rows(
        climbing.filter(is_answer_late | is_word_late),
        "answer to an escalation",
        "escalation__issue__engagement",
        said=F("escalation__issue__title"),
        place=F("escalation__issue__number"),
        side=Case(When(is_word_late, then=raiser), default=asked, output_field=CharField()),
        on=TruncDate(Case(When(is_word_late, then=F("reaction_due_at")), default=F("due_at"))),
    )


def _rows(found: QuerySet[Any], thing: str, home: str, *, said: Any, place: Any, side: Any, on: Any) -> QuerySet[Any]:
    """Rows of one kind as all kinds have them."""
    rows: QuerySet[Any] = found.select_related(None).annotate(
        thing=Value(thing), said=said, place=place, home=F(f"{home}_id"), home_title=F(f"{home}__title"),
        home_partner=F(f"{home}__partner__name"), late_side=side, owed_on=on,
    )  # fmt: skip
    return rows


def _of(actor: Person, place: str = "") -> Q:
    """Of what has owners that which an actor is to watch."""
    return theirs(actor, place) if may_work(actor) and actor.role != Role.EXECUTIVE else Q()
