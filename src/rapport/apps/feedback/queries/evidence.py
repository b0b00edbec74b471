"""What feedback can rest on: measured periods, issues and meetings of the engagement that the actor sees."""

from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from django.db.models import Model, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import faults_of, names_of_kpis, version_in_force
from rapport.apps.feedback.models import Saying
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import issues_of
from rapport.apps.kpis.models import Result
from rapport.apps.kpis.queries import kpi_result, results
from rapport.apps.meetings.models import Meeting
from rapport.apps.meetings.queries import past_meetings

_PERIODS = 6
"""How many of the latest periods of each KPI can be chosen on a page."""
_MOST = 50
"""How many of the latest issues and meetings can be."""
Choices = list[tuple[str, str]]
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Measured:
    """A KPI's period as it stands now; without a result where none stands any more."""

    kpi: str
    name: str
    period: str
    value: str | None = None
    target: str | None = None
    unit: str = ""
    status: str = ""


def measured_choices(engagement: Engagement) -> list[tuple[str, Choices]]:
    """The latest periods of every KPI, the latest first, as choices by its name."""
    names = names_of_kpis(engagement)
    found = results(engagement, latest=_PERIODS).filter(kpi__in=names)
    by_kpi = groupby(found, key=lambda one: one.kpi)
    return [(names[kpi], [_choice(names[kpi], one) for one in reversed(list(rows))]) for kpi, rows in by_kpi]


def is_measured(engagement: Engagement, kpi: str, period: str) -> bool:
    """Whether there is a result of a KPI in a period."""
    return results(engagement).filter(kpi=kpi, period=period).exists()


def measured(said: Saying) -> Measured | None:
    """The KPI and period that feedback rests on, as they stand now; None where it rests on none."""
    if not said.kpi:
        return None
    version = version_in_force(said.engagement)
    found = kpi_result(said.engagement, None if version is None or faults_of(version.text) else version, said.kpi)
    name = found.kpi.name if found else said.kpi
    row = next((one for one in found.complete if one.period == said.period), None) if found else None
    if found is None or row is None:
        return Measured(said.kpi, name, said.period)
    shown = found.shown(row)
    return Measured(said.kpi, name, said.period, shown.value, shown.target, found.kpi.unit or "", row.status)


def citable_issues(actor: Person, engagement: Engagement) -> QuerySet[Issue]:
    """The issues of an engagement, the latest first."""
    return issues_of(actor, engagement).order_by("-number")


def citable_meetings(actor: Person, engagement: Engagement) -> QuerySet[Meeting]:
    """The meetings that are over: those to come may still be taken out of the plan."""
    return past_meetings(actor, engagement)


def issue_choices(actor: Person, engagement: Engagement, chosen: Issue | None = None) -> Choices:
    """The latest issues as choices, and the one that is chosen already."""
    latest = _latest(citable_issues(actor, engagement), chosen)
    return [(str(one.number), f"{one}: {one.title}") for one in latest]


def meeting_choices(actor: Person, engagement: Engagement, chosen: Meeting | None = None) -> Choices:
    """The latest meetings as choices, and the one that is chosen already."""
    return [(str(one.pk), str(one)) for one in _latest(citable_meetings(actor, engagement), chosen)]


def _latest(rows: QuerySet[M], chosen: M | None) -> list[M]:
    found = list(rows[:_MOST])
    return found if chosen is None or chosen in found else [chosen, *found]


def _choice(name: str, one: Result) -> tuple[str, str]:
    return f"{one.kpi}|{one.period}", f"{name}, {one.period}: {one.status.replace('_', ' ')}"
