"""Reading KPIs: every one of the agreement in force with its results over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from rapport.apps.delivery.queries import committed
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of
from rapport.apps.kpis.models import Evaluation, Result, SettledValue
from rapport.domain.bands import is_met
from rapport.domain.charts import Signal, XmrLimits, has_enough_points, moving_ranges, signals, xmr_limits
from rapport.domain.durations import format_duration

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, Kpi

JUDGED_KINDS = ("share", "share_within_limit", "first_time_right", "reopen_rate")
"""Kinds of KPI whose single records pass or fail."""
_RULES = {
    "outside_limits": "outside the limits",
    "two_of_three": "two of three far from the mean",
    "eight_on_one_side": "eight or more on one side of the mean",
}


@dataclass(frozen=True)
class Outlook:
    """How the running period of a KPI is going, in numbers of records.

    `left` is how many more records may count against it while the target is still met; below zero it is missed, unless
    far more records come. `chance` is that of missing the target, None while no record is done.
    """

    period: str
    done: int
    expected: int
    failed: int
    allowed: int
    left: int
    chance: float | None

    @property
    def is_missed(self) -> bool:
        """Whether more records count against it already than may."""
        return self.left < 0

    @property
    def chance_told(self) -> str:
        """The chance of missing the target as the report tells it."""
        from rapport.engine.report.page import chance_words

        return "" if self.chance is None else chance_words(self.chance)


@dataclass(frozen=True)
class Shown:
    """One result with its numbers as texts, None where there is none.

    `value` is the one that counts. Where both sides settled on it, `computed` is the one computed from the records.
    """

    result: Result
    value: str | None
    computed: str | None
    target: str
    change: str
    numerator: str | None
    denominator: str | None
    missing: str | None
    coverage: str | None


@dataclass(frozen=True)
class Run:
    """Periods that follow each other, at each of which a signal says the same."""

    first: str
    last: str
    words: str


@dataclass(frozen=True)
class KpiResults:
    """One KPI of the agreement in force with its results, the oldest first.

    `missing` names the sources it rests on that have no committed records.
    """

    kpi: "Kpi"
    results: Sequence[Result]
    missing: Sequence[str]

    @cached_property
    def complete(self) -> list[Result]:
        """The results of periods that are over."""
        return [result for result in self.results if result.is_complete]

    @property
    def latest(self) -> Result | None:
        """The result of the latest period that is over."""
        return self.complete[-1] if self.complete else None

    @property
    def latest_shown(self) -> Shown | None:
        """The result of the latest period that is over with its numbers as texts."""
        return self.shown(self.latest) if self.latest else None

    @property
    def running(self) -> Result | None:
        """The result of the period that is not over yet, as far as it is known."""
        return self.results[-1] if self.results and not self.results[-1].is_complete else None

    @property
    def outlook(self) -> Outlook | None:
        """What is to be expected of the running period, where its KPI is a share of records."""
        found = next((result for result in self.results if result.forecast), None)
        if found is None or found.forecast is None:
            return None
        seen = found.forecast
        return Outlook(
            period=found.period,
            done=seen["done"],
            expected=seen["expected_volume"],
            failed=seen["failed"],
            allowed=seen["allowed_misses"],
            left=seen["misses_left"],
            chance=seen["breach_probability"],
        )

    @cached_property
    def decimals(self) -> int:
        """With how many decimals the values read best; none looks like its target that is not."""
        from rapport.engine.report.texts import decimals_of

        return decimals_of(self.kpi, [exact(result.value) for result in self.results])

    @cached_property
    def process(self) -> tuple[XmrLimits | None, list[Signal]]:
        """Natural process limits over the periods that are over, and signals by their place among these."""
        values = [exact(result.value) for result in self.complete]
        if not has_enough_points(values) or not moving_ranges(values):
            return None, []
        limits = xmr_limits(values)
        return limits, signals(values, limits)

    @property
    def crossable(self) -> tuple[float | None, float | None]:
        """The lower and the upper natural limit, without those that no value can cross."""
        process, _ = self.process
        if process is None:
            return None, None
        lower, upper = float(process.lower), float(process.upper)
        has_negative = any((result.value or 0) < 0 for result in self.results)
        is_share = self.kpi.unit == "%"
        return lower if lower >= 0 or has_negative else None, upper if upper <= 100 or not is_share else None

    @property
    def usual_range(self) -> str | None:
        """The range in which the values lie without a cause of their own, in words; None before it is known."""
        if self.process[0] is None:
            return None
        lower, upper = map(self.number, self.crossable)
        if lower and upper:
            return f"{lower} to {upper}"
        return f"from {lower}" if lower else f"up to {upper}" if upper else "any"

    @property
    def mean(self) -> str | None:
        """The mean of the periods that are over, as a text; None before there are enough of them."""
        process, _ = self.process
        return None if process is None else self.figure(process.mean)

    @property
    def signals(self) -> list[Run]:
        """Every signal as the periods in a row that complete its rule, the latest first."""
        from rapport.engine.report.page import runs_of

        _, found = self.process
        runs = [
            (run, _RULES[rule])
            for rule, of_rule in runs_of((s.rule.value, s.index) for s in found).items()
            for run in of_rule
        ]
        latest_first = sorted(runs, key=lambda run: run[0][-1], reverse=True)
        return [Run(self.complete[run[0]].period, self.complete[run[-1]].period, words) for run, words in latest_first]

    def shown(self, result: Result) -> Shown:
        """One of the results with its numbers as texts."""
        content = result.content
        target = content.get("target")
        return Shown(
            result=result,
            value=self.number(result.value),
            computed=self.number(content.get("value")) if result.settled else None,
            target="" if target is None else f"{target:,.10g}",
            change=self._change(result),
            numerator=self._count(content.get("numerator")),
            denominator=self._count(content.get("denominator")),
            missing=self._count(content.get("missing")),
            coverage=_percent(content.get("coverage")),
        )

    def number(self, value: float | None) -> str | None:
        """A value of this KPI as a text; None where there is none."""
        return None if value is None else self.figure(exact(value))

    def figure(self, value: Fraction | None, *, signed: bool = False) -> str:
        """An exact value of this KPI as a text."""
        from rapport.engine.report.texts import figure

        return figure(value, self.decimals, signed=signed)

    @cached_property
    def _before(self) -> dict[str, Result]:
        """The result before each period's, as far as these results go back."""
        return {after.period: before for before, after in pairwise(self.results)}

    def _change(self, result: Result) -> str:
        """The change of what counts against the period before, which is none where it is too small to be shown."""
        before = self._before.get(result.period)
        value, former = exact(result.value), exact(before.value) if before else None
        if value is None or former is None:
            return ""
        text = self.figure(value - former, signed=True)
        is_better = is_met(value, former, self.kpi.direction)
        return "no change" if text == self.figure(Fraction(0)) else f"{text} {'better' if is_better else 'worse'}"

    def _count(self, value: float | None) -> str | None:
        """A count or sum behind a value; behind an availability it is open time."""
        if value is None:
            return None
        return format_duration(int(value)) if self.kpi.kind == "availability" else f"{value:,.10g}"


def evaluations(engagement: Engagement) -> QuerySet[Evaluation]:
    """Everything that was ever computed for an engagement, what stands first: the one that was kept last.

    A long computation is kept after a short one that was begun later.
    """
    return Evaluation.objects.filter(engagement=engagement).select_related("version").order_by("-pk")


def results(engagement: Engagement, latest: int | None = None) -> QuerySet[Result]:
    """The results that stand, by KPI and period; with `latest` only so many of the latest periods of each KPI."""
    found = Result.objects.filter(engagement=engagement).order_by("kpi", "starts_at")
    if latest is None:
        return found
    place = Window(RowNumber(), partition_by="kpi", order_by="-starts_at")
    return found.annotate(place=place).filter(place__lte=latest)


def kpi_results(
    engagement: Engagement, version: AgreementVersion | None, kpi: str = "", latest: int | None = None
) -> list[KpiResults]:
    """Every KPI of a version with the results that stand, in the order of the agreement; none without a version.

    With `kpi` it is that one alone, if the version has it; with `latest` only so many of the latest periods.
    """
    if version is None:
        return []
    document = document_of(version)
    kpis = [one for one in document.agreement.kpis if kpi in ("", one.id)]
    standing = results(engagement, latest).filter(kpi__in=[one.id for one in kpis])
    found = {name: list(rows) for name, rows in groupby(standing, key=lambda result: result.kpi)}
    delivered = set(committed(engagement).values_list("source", flat=True))
    return [
        KpiResults(one, found.get(one.id, []), [name for name in document.sources_of(one) if name not in delivered])
        for one in kpis
    ]


def kpi_result(engagement: Engagement, version: AgreementVersion | None, kpi: str) -> KpiResults | None:
    """One KPI of a version with the results that stand; None where the version has none of that name or has faults."""
    if not kpi or version is None or faults_of(version.text):
        return None
    return next(iter(kpi_results(engagement, version, kpi)), None)


def is_set_aside(engagement: Engagement, kpi: str, period: str) -> bool:
    """Whether both sides settled on a value that does not count any more, as the KPI is measured in another way now."""
    here = Result.objects.filter(engagement=OuterRef("engagement"), kpi=OuterRef("kpi"), period=OuterRef("period"))
    settled = SettledValue.objects.filter(engagement=engagement, kpi=kpi, period=period)
    return settled.filter(Exists(here.filter(is_complete=True, settled=""))).exists()


def definition_of(agreement: "Agreement", kpi: "Kpi") -> tuple[Any, list[tuple[str, Any]]]:
    """A KPI's definition in words, then what it is judged by and its limits, as terms with texts."""
    from rapport.engine.report.words import definition, judged_by, limit_table

    return definition(agreement, kpi), [*judged_by(agreement, kpi), *limit_table(agreement, kpi)]


def written_decimals(kpi: "Kpi") -> int:
    """With how many decimals an agreement writes the levels of a KPI."""
    from rapport.engine.report.texts import decimals_of

    return decimals_of(kpi, ())


def exact(value: float | None) -> Fraction | None:
    """A number of a result as it is written."""
    return None if value is None else Fraction(str(value))


def _percent(share: float | None) -> str | None:
    """A share 0..1 as a percentage, rounded towards the worse so that 100 % means all."""
    return None if share is None else f"{int(share * 1000) / 10:g} %"
