"""An engagement's lines: those somebody spoke about, and those that wait for somebody to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Min, Prefetch, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.assurance.policy import WINDOW
from rapport.apps.assurance.queries.values import as_text, value_of
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, version_in_force, visible_engagements
from rapport.apps.kpis.models import Result
from rapport.apps.kpis.queries import exact, kpi_results
from rapport.domain import settlement
from rapport.domain.calendars import local_instant
from rapport.domain.periods import Period, PeriodRule, periods_between
from rapport.domain.roles import Side
from rapport.domain.rounding import Rounding, RoundingMode
from rapport.domain.settlement import CurrentPhase, Phase, State, phase_on
from rapport.domain.signing import Stage

if TYPE_CHECKING:
    from rapport.apps.kpis.queries import KpiResults
    from rapport.engine.agreement import Agreement, Kpi


_DAY = 86_400
LONGEST = WINDOW.days * _DAY
_FEWEST_DECIMALS = 2
_USUAL = Rounding(_FEWEST_DECIMALS, RoundingMode.HALF_UP)


@dataclass(frozen=True)
class Measure:
    """What is known of a KPI: how it is called and written, and its computed values by period."""

    kpi: str
    name: str
    unit: str = ""
    rounding: Rounding = _USUAL
    computed: Mapping[str, Fraction] = field(default_factory=dict)

    def text(self, value: Fraction | None, *, signed: bool = False) -> str | None:
        """A value with the KPI's decimals, or with more where somebody stated more."""
        return None if value is None else as_text(value, self.rounding.decimals, signed=signed)


@dataclass(frozen=True)
class Books:
    """An engagement's lines at a moment, each with the KPI it is of: those somebody spoke about, and those that wait.

    Lines nobody spoke about have no row; they are there from the end of their period to the end of their window.
    """

    engagement: Engagement
    at: datetime
    lines: Sequence[Line]
    measures: Mapping[str, Measure]

    def measure(self, line: Line) -> Measure:
        """The KPI of a line; one that is no longer in the agreement goes by its identifier."""
        return self.measures.get(line.kpi) or Measure(line.kpi, line.kpi)

    def computed(self, line: Line) -> Fraction | None:
        """The value computed from the records, as it stands now."""
        return self.measure(line).computed.get(line.period)

    def line(self, kpi: str, period: str) -> Line | None:
        """The line of a KPI and a period."""
        return next((line for line in self.lines if (line.kpi, line.period) == (kpi, period)), None)

    def of_period(self, period: str) -> list[Line]:
        """The lines of one period that are not closed and whose window is running."""
        return [line for line in self.lines if line.period == period and is_running(line, self.at)]


def books(engagement: Engagement, at: datetime) -> Books:
    """Every line of an engagement at a moment, the latest period first, in the order of the agreement."""
    version = version_in_force(engagement)
    measures = {found.kpi.id: _measure(found) for found in kpi_results(engagement, version)}
    rows = list(_rows().filter(engagement=engagement))
    waiting = _waiting(version, at, _began([engagement]).get(engagement.pk), rows) if version else []
    order = {kpi: place for place, kpi in enumerate(measures)}
    for line in waiting:
        line.tolerance = str(settlement.tolerance_of(measures[line.kpi].rounding))
    lines = sorted(
        [*rows, *waiting],
        key=lambda line: (-line.ends_at.timestamp(), line.period, order.get(line.kpi, len(order))),
    )
    return Books(engagement, at, lines, measures)


def running_books(actor: Person, at: datetime) -> list[Books]:
    """The books of all an actor's engagements as far as windows are running, in a handful of queries.

    Their KPIs go without what a page about figures needs besides: the decimals.
    """
    engagements = list(visible_engagements(actor))
    over, theirs = at - timedelta(seconds=LONGEST), {"engagement__in": engagements}
    versions = AgreementVersion.objects.filter(stage=Stage.IN_FORCE, **theirs).select_related("engagement__partner")
    rows: dict[int, list[Line]] = {}
    for row in _rows().filter(ends_at__gt=over, **theirs):
        rows.setdefault(row.engagement_id, []).append(row)
    values: dict[tuple[int, str], dict[str, Fraction]] = {}
    results = Result.objects.filter(is_complete=True, ends_at__gt=over, **theirs)
    for pk, kpi, period, value in results.values_list("engagement_id", "kpi", "period", "content__value"):
        if (found := exact(value)) is not None:
            values.setdefault((pk, kpi), {})[period] = found
    began = _began(engagements)
    return [
        _running(version, at, began.get(version.engagement_id), rows.get(version.engagement_id, []), values)
        for version in versions
    ]


def phase_of(line: Line, at: datetime) -> CurrentPhase:
    """The phase of a line's window."""
    return phase_on(WINDOW, int(line.ends_at.timestamp()), int(at.timestamp()))


def is_running(line: Line, at: datetime) -> bool:
    """Whether a line still waits for somebody."""
    return not State(line.state).is_closed and phase_of(line, at).phase is not Phase.OVER


def overdue(at: datetime, engagement: Engagement | None = None) -> list[Line]:
    """The lines somebody spoke about that are not closed although their window is over: everywhere, or in one place."""
    over = datetime.fromtimestamp(at.timestamp() - LONGEST, UTC)
    running = [state.value for state in State if not state.is_closed]
    found = _rows().filter(state__in=running, ends_at__lte=over).select_related("engagement__partner")
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
    return Line.objects.prefetch_related(Prefetch("statements", Statement.objects.select_related("by__organisation")))


def _running(
    version: AgreementVersion,
    at: datetime,
    began: datetime | None,
    rows: Sequence[Line],
    values: Mapping[tuple[int, str], Mapping[str, Fraction]],
) -> Books:
    kpis = document_of(version).agreement.kpis
    measures = {
        kpi.id: Measure(kpi.id, kpi.name, kpi.unit, computed=values.get((version.engagement_id, kpi.id), {}))
        for kpi in kpis
    }
    return Books(version.engagement, at, [*rows, *_waiting(version, at, began, rows)], measures)


def _began(engagements: Sequence[Engagement]) -> dict[int, datetime]:
    """When the first agreement of each engagement came into force, as far as that is known."""
    found = AgreementVersion.objects.filter(engagement__in=engagements).exclude(in_force_at=None)
    return dict(found.values_list("engagement_id").annotate(first=Min("in_force_at")).order_by())


def _waiting(version: AgreementVersion, at: datetime, began: datetime | None, rows: Sequence[Line]) -> list[Line]:
    """Lines nobody spoke about whose period is over and whose window is not, since there is an agreement."""
    agreement, now = document_of(version).agreement, int(at.timestamp())
    since = max(int(began.timestamp()) if began else 0, now - LONGEST)
    spoken = {(row.kpi, row.period) for row in rows}
    return [
        Line(
            engagement=version.engagement,
            kpi=kpi.id,
            period=period.label,
            ends_at=datetime.fromtimestamp(period.end, UTC),
        )
        for kpi in agreement.kpis
        for period in _periods(agreement, kpi, now)
        if since < period.end <= now and (kpi.id, period.label) not in spoken
    ]


def _periods(agreement: "Agreement", kpi: "Kpi", now: int) -> list[Period]:
    zone, said = ZoneInfo(agreement.time_zone), kpi.period
    rule = PeriodRule(said.kind, agreement.time_zone, said.start_day, said.months)
    first, last = local_instant(zone, agreement.term.first), local_instant(zone, agreement.term.last)
    return periods_between(rule, first, min(last, now)) if first <= now else []


def _measure(found: "KpiResults") -> Measure:
    values = {
        result.period: value for result in found.complete if (value := exact(result.content.get("value"))) is not None
    }
    return Measure(found.kpi.id, found.kpi.name, found.kpi.unit, _rounding(found), values)


def _rounding(found: "KpiResults") -> Rounding:
    """How a KPI's figures are written and compared: by its rounding rule, else with two decimals or more."""
    rule = found.kpi.rounding
    if rule is not None:
        return Rounding(rule.decimals, rule.mode)
    decimals = 0 if found.kpi.kind == "count" else max(_FEWEST_DECIMALS, found.decimals)
    return Rounding(decimals, RoundingMode.HALF_UP)


def _can_state(kept: Books, line: Line, side: Side) -> bool:
    return settlement.can_state(as_rule(line), side, phase_of(line, kept.at).phase)
