"""Which plan an issue climbs by, and the plan as an escalation keeps it: with its people, times and calendar."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.engagements.queries import document_of, faults_of
from rapport.apps.issues.models import Issue
from rapport.domain.calendars import DAY, Calendar, OpenTime, local_instant
from rapport.domain.durations import format_duration
from rapport.domain.escalations import Ladder, Rung, due_after, time_left
from rapport.domain.escalations import ladder_of as climbing
from rapport.domain.refusals import Refused
from rapport.domain.signing import Stage

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, EscalationPlan

_LOOKED_AHEAD = (120, 1200, 3660)
"""How many days ahead the end of a time is looked for; beyond the last, nobody waits for it."""
_ALWAYS = "always"


@dataclass(frozen=True)
class Plan:
    """An escalation plan as it is kept: its ladder, and the calendar in which time to answer counts."""

    id: str
    name: str
    currency: str
    ladder: Ladder
    calendar_name: str
    calendar: Calendar

    @property
    def is_around_the_clock(self) -> bool:
        """Whether every hour counts."""
        return self.calendar_name == _ALWAYS

    def local(self, at: datetime) -> datetime:
        """A moment as clocks show it where the plan's calendar is."""
        return at.astimezone(ZoneInfo(self.calendar.zone))

    def due_at(self, level: int, at: datetime) -> datetime:
        """When an answer is late that a level is asked for at a moment; the same holds for a reaction to the answer."""
        return self._after(int(at.timestamp()), self.ladder.rungs[level].seconds)

    def next_day(self, at: datetime) -> datetime:
        """When the next working day begins after that of a moment; the next day where every hour counts."""
        tomorrow = self.local(at).date() + timedelta(days=1)
        return self._after(local_instant(ZoneInfo(self.calendar.zone), tomorrow), 1) - timedelta(seconds=1)

    def _after(self, start: int, seconds: int) -> datetime:
        """The first moment at which so many open seconds are over."""
        for days in _LOOKED_AHEAD:
            with suppress(ValueError):
                return datetime.fromtimestamp(due_after(_open(self.calendar, start, days), start, seconds), UTC)
        raise Refused(
            f"The calendar {self.calendar_name!r} of the plan {self.name!r} is not open for {format_duration(seconds)} "
            "within ten years, so nothing would ever be due; give the level less time, or the calendar more hours."
        )

    def seconds_left(self, due_at: datetime, now: datetime) -> int:
        """The open seconds left until something is due, negative when it is late."""
        first, last = sorted((int(due_at.timestamp()), int(now.timestamp())))
        span = _open(self.calendar, first, (last - first) // DAY + 1)
        return time_left(span, int(now.timestamp()), int(due_at.timestamp()))


def plan_for(issue: Issue, version: AgreementVersion | None) -> Plan | None:
    """The plan of a version that covers an issue: one that names its KPI or its objective, else one for everything."""
    if version is None or faults_of(version.text):
        return None
    agreement = document_of(version).agreement
    found = _covering(agreement, issue)
    return _plan_of(agreement, found) if found else None


def with_plan(issues: Iterable[Issue]) -> list[Issue]:
    """Those issues that a plan of the agreement in force covers."""
    known = list(issues)
    in_force = AgreementVersion.objects.filter(
        engagement__in={one.engagement_id for one in known}, stage=Stage.IN_FORCE
    )
    versions = {version.engagement_id: version for version in in_force}
    return [one for one in known if _is_covered(one, versions.get(one.engagement_id))]


def frozen(plan: Plan) -> dict[str, Any]:
    """A plan as plain data."""
    calendar = plan.calendar
    return {
        "id": plan.id,
        "name": plan.name,
        "currency": plan.currency,
        "rungs": [
            [rung.name, rung.client, rung.partner, rung.seconds, None if rung.approves is None else str(rung.approves)]
            for rung in plan.ladder.rungs
        ],
        "calendar": {
            "name": plan.calendar_name,
            "zone": calendar.zone,
            "weekly": calendar.weekly,
            "holidays": sorted(day.isoformat() for day in calendar.holidays),
            "replacements": [[day.isoformat(), hours] for day, hours in calendar.replacements],
        },
    }


def thawed(data: Mapping[str, Any]) -> Plan:
    """A plan from plain data."""
    rungs = (
        Rung(name, client, partner, seconds, None if approves is None else Decimal(approves))
        for name, client, partner, seconds, approves in data["rungs"]
    )
    said = data["calendar"]
    calendar = Calendar(
        zone=said["zone"],
        weekly=tuple(map(_hours, said["weekly"])),
        holidays=frozenset(map(date.fromisoformat, said["holidays"])),
        replacements=tuple((date.fromisoformat(day), _hours(hours)) for day, hours in said["replacements"]),
    )
    return Plan(data["id"], data["name"], data["currency"], Ladder(tuple(rungs)), said["name"], calendar)


def _is_covered(issue: Issue, version: AgreementVersion | None) -> bool:
    if version is None or faults_of(version.text):
        return False
    return _covering(document_of(version).agreement, issue) is not None


def _covering(agreement: "Agreement", issue: Issue) -> "EscalationPlan | None":
    served = {kpi.objective for kpi in agreement.kpis if kpi.id == issue.kpi}
    objectives = {issue.objective, *served} - {"", None}
    plans = agreement.escalation
    found = [
        *(plan for plan in plans if issue.kpi in plan.kpis),
        *(plan for plan in plans if objectives.intersection(plan.objectives)),
        *(plan for plan in plans if not (plan.kpis or plan.objectives)),
    ]
    return found[0] if found else None


def _plan_of(agreement: "Agreement", plan: "EscalationPlan") -> Plan:
    from rapport.engine.terms import calendar_of

    levels = [
        (level.name, level.client or "", level.partner or "", level.within, _exact(level.approves))
        for level in plan.levels
    ]
    executive = plan.executive
    ladder = climbing(levels, client=executive.client or "", partner=executive.partner or "")
    calendar = calendar_of(agreement, plan.calendar)
    return Plan(plan.id, plan.name, agreement.currency, ladder, plan.calendar, calendar)


def _exact(limit: Any) -> Decimal | None:
    return None if limit is None else Decimal(limit.numerator) / Decimal(limit.denominator)


def _hours(pairs: Any) -> tuple[tuple[int, int], ...]:
    return tuple((opens, closes) for opens, closes in pairs)


def _open(calendar: Calendar, start: int, days: int) -> OpenTime:
    """The open time of a calendar from the day of a moment on, for so many days."""
    return _compiled(calendar, start // DAY * DAY, days)


@lru_cache(maxsize=64)
def _compiled(calendar: Calendar, start: int, days: int) -> OpenTime:
    return OpenTime(calendar, start, start + days * DAY)
