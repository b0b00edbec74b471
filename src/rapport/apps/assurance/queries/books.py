"""An engagement's lines: those somebody spoke about, and those that wait for somebody to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Min, Prefetch, QuerySet
from django.http import Http404

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Line, PeriodWindow, Statement
from rapport.apps.assurance.queries.agreed import FEWEST_DECIMALS, Versions, rounding_of, versions_of
from rapport.apps.assurance.queries.values import as_text, value_of
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of, version_in_force, visible_engagements
from rapport.apps.kpis.models import Result
from rapport.apps.kpis.queries import exact
from rapport.domain import settlement
from rapport.domain.calendars import local_instant
from rapport.domain.periods import Period, PeriodRule, periods_between
from rapport.domain.roles import Side
from rapport.domain.rounding import Rounding, RoundingMode, written
from rapport.domain.settlement import CurrentPhase, Phase, State, Window, phase_on

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, Kpi


_DAY = 86_400
_USUAL = Rounding(FEWEST_DECIMALS, RoundingMode.HALF_UP)


Values = Mapping[tuple[str, str], Fraction]
"""The values computed from the records of one engagement, by KPI and period."""


@dataclass(frozen=True)
class Measure:
    """What is known of a KPI: how it is called and written."""

    kpi: str
    name: str
    unit: str = ""
    rounding: Rounding = _USUAL

    def text(self, value: Fraction | None, *, signed: bool = False) -> str | None:
        """A value with the KPI's decimals, or with more where somebody stated more."""
        return None if value is None else as_text(value, self.rounding.decimals, signed=signed)

    def computed_text(self, value: Fraction | None) -> str | None:
        """A value computed from the records, with the KPI's decimals."""
        return None if value is None else written(value, self.rounding.decimals)


@dataclass(frozen=True)
class Books:
    """An engagement's lines at a moment, each with the KPI it is of: those somebody spoke about, and those that wait.

    Lines nobody spoke about have no row; they are there from the end of their period to the end of their window, as
    long as this release can read the agreement.
    """

    engagement: Engagement
    at: datetime
    lines: Sequence[Line]
    measures: Mapping[str, Measure]
    values: Values
    window: Window

    def measure(self, line: Line) -> Measure:
        """The KPI of a line; one that is no longer in the agreement goes by its identifier."""
        return self.measures.get(line.kpi) or Measure(line.kpi, line.kpi)

    def computed(self, line: Line) -> Fraction | None:
        """The value computed from the records, as it stands now."""
        return self.values.get((line.kpi, line.period))

    def line(self, kpi: str, period: str) -> Line | None:
        """The line of a KPI and a period."""
        return next((line for line in self.lines if (line.kpi, line.period) == (kpi, period)), None)

    def of_period(self, period: str) -> list[Line]:
        """The lines of one period that are not closed and whose window is running."""
        return [line for line in self.lines if line.period == period and is_running(line, self.at)]

    @property
    def keeps_earlier(self) -> bool:
        """Whether a window still runs that an earlier version gave other days than the one in force."""
        return any(line.window != self.window and is_running(line, self.at) for line in self.lines)


def books(engagement: Engagement, at: datetime) -> Books:
    """Every line of an engagement at a moment, the latest period first, in the order of the agreement."""
    versions = versions_of([engagement], at).get(engagement.pk, Versions())
    rows = list(_rows().filter(engagement=engagement))
    waiting = _waiting(versions, at, _began([engagement]).get(engagement.pk), rows)
    measures, values = _measures(versions.in_force), values_of([engagement], [*rows, *waiting])
    order = {kpi: place for place, kpi in enumerate(measures)}
    lines = sorted(
        [*rows, *waiting],
        key=lambda line: (-line.ends_at.timestamp(), line.period, order.get(line.kpi, len(order))),
    )
    return Books(engagement, at, lines, measures, values.get(engagement.pk, {}), versions.now.window)


def running_books(actor: Person, at: datetime) -> list[Books]:
    """The books of all an actor's engagements as far as windows are running, in a handful of queries."""
    engagements = list(visible_engagements(actor))
    versions = versions_of(engagements, at)
    lines = running_lines(engagements, versions, at)
    values = values_of(engagements, [line for those in lines.values() for line in those])
    return [_running(versions[pk], at, those, values.get(pk, {})) for pk, those in lines.items()]


def running_lines(
    engagements: Sequence[Engagement], versions: Mapping[int, Versions], at: datetime, by: datetime | None = None
) -> dict[int, list[Line]]:
    """The lines of engagements with an agreement in force whose window is not over, closed ones as well.

    With `by` those nobody spoke about are left out whose window cannot be over by then, which saves most of the work.
    """
    rows: dict[int, list[Line]] = {}
    for row in _rows().filter(closes_at__gt=at, engagement__in=engagements):
        rows.setdefault(row.engagement_id, []).append(row)
    began = _began(engagements)
    return {
        pk: [*rows.get(pk, []), *_waiting(those, at, began.get(pk), rows.get(pk, []), by)]
        for pk, those in versions.items()
        if those.in_force
    }


def asked_line(kept: Books, kpi: str, period: str) -> Line:
    """The line that an address names."""
    if (found := kept.line(kpi, period)) is None:
        raise Http404
    return found


def visible_lines(actor: Person) -> QuerySet[Line]:
    """The lines somebody spoke about in the engagements an actor may see; `seen` knows what of them."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return _rows().filter(engagement__in=seen).select_related("engagement")


def visible_windows(actor: Person) -> QuerySet[PeriodWindow]:
    """The windows of the engagements an actor may see that somebody was told of."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return PeriodWindow.objects.filter(engagement__in=seen).select_related("engagement")


def measure_of(line: Line) -> Measure:
    """The KPI of a line as the agreement in force has it, without its computed values."""
    return _measures(version_in_force(line.engagement)).get(line.kpi) or Measure(line.kpi, line.kpi)


def computed_now(line: Line) -> Fraction | None:
    """The value computed from the records for a line's period, as it stands now."""
    found = Result.objects.filter(engagement=line.engagement_id, kpi=line.kpi, period=line.period, is_complete=True)
    return exact(found.values_list("content__value", flat=True).first())


def values_of(engagements: Sequence[Engagement], lines: Iterable[Line]) -> Mapping[int, Values]:
    """The computed values by engagement, of periods that ended with the first of some lines of theirs or later."""
    if (since := min((line.ends_at for line in lines), default=None)) is None:
        return {}
    values: dict[int, dict[tuple[str, str], Fraction]] = {}
    results = Result.objects.filter(is_complete=True, ends_at__gte=since, engagement__in=engagements)
    for pk, kpi, period, value in results.values_list("engagement_id", "kpi", "period", "content__value"):
        if (found := exact(value)) is not None:
            values.setdefault(pk, {})[kpi, period] = found
    return values


def phase_of(line: Line, at: datetime) -> CurrentPhase:
    """The phase of a line's window."""
    return phase_on(line.window, int(line.ends_at.timestamp()), int(at.timestamp()))


def closing_at(line: Line) -> datetime:
    """When a line's window is over."""
    return line.ends_at + timedelta(days=line.window.days)


def is_running(line: Line, at: datetime) -> bool:
    """Whether a line still waits for somebody."""
    return not State(line.state).is_closed and phase_of(line, at).phase is not Phase.OVER


def overdue(at: datetime, engagement: Engagement | None = None) -> list[Line]:
    """The lines somebody spoke about that are not closed although their window is over: everywhere, or in one place."""
    running = [state.value for state in State if not state.is_closed]
    found = _rows().filter(state__in=running, closes_at__lte=at).select_related("engagement__partner")
    return list(found if engagement is None else found.filter(engagement=engagement))


def to_state(kept: Books, period: str) -> list[Line]:
    """The lines of a period for which the partner can state a figure, or correct the one it stated."""
    return [line for line in kept.of_period(period) if _can_state(kept, line, Side.PARTNER)]


def to_confirm(kept: Books, period: str) -> list[Line]:
    """The lines of a period that the client can verify now with the value computed from the records."""
    return [
        line
        for line in kept.of_period(period)
        if not line.client and kept.computed(line) is not None and _can_state(kept, line, Side.CLIENT)
    ]


def as_rule(line: Line) -> settlement.Line:
    """A line as the rules of settling know it."""
    statements = statements_of(line)
    return settlement.Line(
        kpi=line.kpi,
        period=line.period,
        tolerance=Fraction(line.tolerance),
        partner=value_of(line.partner),
        client=value_of(line.client),
        agreed=value_of(line.agreed),
        state=State(line.state),
        reason=line.reason,
        disputes=tuple(settlement.Dispute(Side(one.side), one.reason) for one in statements if one.kind == "dispute"),
        offers=tuple(
            settlement.Offer(Side(one.side), Fraction(one.value), one.reason)
            for one in statements
            if one.kind == "offer"
        ),
        silent=frozenset(Side(side) for side in line.silent.split(",") if side),
    )


def statements_of(line: Line) -> list[Statement]:
    """Everything that was said about a line, in order; `seen.said` knows who may read what of it."""
    return list(line.statements.all()) if line.pk else []


def _rows() -> QuerySet[Line]:
    statements = Statement.objects.select_related("by__organisation", "accepted__by__organisation")
    said = Prefetch("statements", statements)
    return Line.objects.prefetch_related(said)


def _running(versions: Versions, at: datetime, lines: Sequence[Line], values: Values) -> Books:
    version = versions.in_force
    assert version is not None  # or there would be no books
    return Books(version.engagement, at, lines, _measures(version), values, versions.now.window)


def _measures(version: AgreementVersion | None) -> dict[str, Measure]:
    """The KPIs of an agreement, in its order."""
    agreement = _agreement(version)
    kpis = agreement.kpis if agreement else ()
    return {kpi.id: Measure(kpi.id, kpi.name, kpi.unit, rounding_of(kpi)) for kpi in kpis}


def _agreement(version: AgreementVersion | None) -> "Agreement | None":
    """What a version says; None without one, and of one that this release cannot read any more."""
    return None if version is None or faults_of(version.text) else document_of(version).agreement


def _began(engagements: Sequence[Engagement]) -> dict[int, datetime]:
    """When the first agreement of each engagement came into force, as far as that is known."""
    found = AgreementVersion.objects.filter(engagement__in=engagements).exclude(in_force_at=None)
    return dict(found.values_list("engagement_id").annotate(first=Min("in_force_at")).order_by())


def _waiting(
    versions: Versions, at: datetime, began: datetime | None, rows: Sequence[Line], by: datetime | None = None
) -> list[Line]:
    """Lines nobody spoke about whose period is over and whose window is not, since there is an agreement.

    A period that ended before the version in force was agreed keeps the window of the version before. `by` is as above.
    """
    version, now = versions.in_force, int(at.timestamp())
    if version is None or (agreement := _agreement(version)) is None:
        return []
    since = max(int(began.timestamp()) if began else 0, now - versions.longest_days * _DAY)
    until = now if by is None else min(now, int(by.timestamp()) - versions.shortest_days * _DAY)
    spoken = {(row.kpi, row.period) for row in rows}
    found = [
        _line(version.engagement, kpi.id, period, versions)
        for kpi in agreement.kpis
        for period in _periods(agreement, kpi, since, until)
        if since < period.end <= until and (kpi.id, period.label) not in spoken
    ]
    return [line for line in found if is_running(line, at)]


def _line(engagement: Engagement, kpi: str, period: Period, versions: Versions) -> Line:
    ends_at = datetime.fromtimestamp(period.end, UTC)
    days = versions.when(ends_at).window
    return Line(
        engagement=engagement,
        kpi=kpi,
        period=period.label,
        ends_at=ends_at,
        report_days=days.report,
        verify_days=days.verify,
        settle_days=days.settle,
        tolerance=str(versions.tolerance(kpi, ends_at)),
    )


def _periods(agreement: "Agreement", kpi: "Kpi", since: int, until: int) -> Sequence[Period]:
    """The periods of a KPI in the term of its agreement, from the one that holds a moment to another one's."""
    zone, said = ZoneInfo(agreement.time_zone), kpi.period
    rule = PeriodRule(said.kind, agreement.time_zone, said.start_day, said.months)
    first = max(since, local_instant(zone, agreement.term.first))
    last = min(until, local_instant(zone, agreement.term.last))
    return _periods_between(rule, first, last) if first <= last else ()


@lru_cache(maxsize=32)  # the KPIs of an agreement have the same periods, but for a few
def _periods_between(rule: PeriodRule, first: int, last: int) -> Sequence[Period]:
    return periods_between(rule, first, last)


def _can_state(kept: Books, line: Line, side: Side) -> bool:
    return settlement.can_state(as_rule(line), side, phase_of(line, kept.at).phase)
