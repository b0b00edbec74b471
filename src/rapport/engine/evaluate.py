"""Results: every KPI of an agreement for every period, with the counts behind it and what it was judged by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rapport.domain.bands import Status, judge
from rapport.domain.periods import Period
from rapport.domain.scores import WeightedScore, weighted_score
from rapport.engine import agreement as doc
from rapport.engine.availability import measure_availability
from rapport.engine.counting import count_records, kpi_periods
from rapport.engine.moments import iso, local_day
from rapport.engine.results import Counts, Group, Measured, Result, number, result_json
from rapport.engine.terms import level_on, rounded
from rapport.engine.workspace import Workspace


@dataclass(frozen=True)
class Evaluation:
    """All results of an agreement, and the weighted score of each period."""

    workspace: Workspace
    results: tuple[Result, ...]
    scores: tuple[tuple[Period, WeightedScore], ...]

    def to_json(self) -> dict[str, Any]:
        """The documented interface of `rapport evaluate --json`."""
        workspace, zone = self.workspace, self.workspace.agreement.time_zone
        return {
            "agreement": describe(workspace),
            "as_of": iso(workspace.as_of, zone),
            "results": [result_json(result, zone) for result in self.results],
            "scores": [
                {"period": period.label, "score": number(score.score), "covered_weight": number(score.covered_weight)}
                for period, score in self.scores
            ],
            "records": {name: report.to_json() for name, report in workspace.reports().items()},
        }


def evaluate(workspace: Workspace, kpi_ids: Iterable[str] = (), period: str | None = None) -> Evaluation:
    """Compute KPIs of an agreement: all of them and all periods of its term up to `as_of`, unless fewer are named.

    Raises:
        LookupError: a KPI or a period that does not exist.
        RecordsRefused: record files that cannot be used.
    """
    kpis = [workspace.agreement.kpi(kpi_id) for kpi_id in kpi_ids] or list(workspace.agreement.kpis)
    results = [result for kpi in kpis for result in kpi_results(workspace, kpi)]
    if period is not None:
        labels = list(dict.fromkeys(result.period.label for result in results))
        if period not in labels:
            raise LookupError(f"no period {period!r} in this term; it has {', '.join(labels)}")
        results = [result for result in results if result.period.label == period]
    return Evaluation(workspace, tuple(results), tuple(_scores(results)))


def kpi_results(workspace: Workspace, kpi: doc.Kpi) -> list[Result]:
    """One KPI's results: the whole of each period, then each group of each period."""
    workspace.progress(f"computing {kpi.id}")
    periods = kpi_periods(workspace, kpi)
    if not periods:
        return []
    found = (
        measure_availability(workspace, kpi, periods)
        if isinstance(kpi, doc.Availability)
        else count_records(workspace, kpi)
    )
    for index in range(len(periods)):
        found.setdefault((index, ()), Measured(Counts()))
    document = workspace.document
    judge_of = _Judge(
        kpi, workspace.agreement.time_zone, workspace.as_of, document.kpi_digest(kpi), workspace.data_digest(kpi)
    )
    in_order = sorted(found.items(), key=lambda item: (len(item[0][1]), item[0][1], item[0][0]))
    return [
        judge_of.result(periods[index], group, part, found.get((index - 1, group))) for (index, group), part in in_order
    ]


def describe(workspace: Workspace) -> dict[str, Any]:
    """Which agreement was used: its id, version, parties and digest."""
    agreement = workspace.agreement
    return {
        "id": agreement.id,
        "title": agreement.title,
        "version": agreement.version,
        "client": agreement.parties.client.name,
        "partner": agreement.parties.partner.name,
        "currency": agreement.currency,
        "time_zone": agreement.time_zone,
        "digest": workspace.document.digest,
    }


@dataclass(frozen=True)
class _Judge:
    """What all results of one KPI have in common."""

    kpi: doc.Kpi
    zone: str
    as_of: int
    definition_digest: str
    data_digest: str

    def result(self, period: Period, group: Group, found: Measured, previous: Measured | None) -> Result:
        """What was measured, judged by the level in force on the last day of its period."""
        level = level_on(self.kpi, local_day(period.end - 1, self.zone))
        value, before = self._rounded(found), self._rounded(previous) if previous else None
        status = judge(value, found.counts.counted, level)
        if status is Status.NO_DATA and self.kpi.no_data == "missed":
            status = Status.BELOW_MINIMUM
        return Result(
            kpi=self.kpi,
            period=period,
            group=group,
            counts=found.counts,
            value=value,
            level=level,
            status=status,
            is_complete=period.end <= self.as_of,
            definition_digest=self.definition_digest,
            data_digest=self.data_digest,
            previous=before,
            detail=found.detail,
        )

    def _rounded(self, found: Measured) -> Fraction | None:
        return None if found.value is None else rounded(self.kpi, found.value)


def _scores(results: Sequence[Result]) -> list[tuple[Period, WeightedScore]]:
    """The weighted score of each period, over the KPIs that are reported for that very period and have scores."""
    by_period: dict[Period, list[Result]] = {}
    for result in results:
        if not result.group and result.kpi.weight and any(band.score is not None for band in result.kpi.bands):
            by_period.setdefault(result.period, []).append(result)
    return [
        (period, weighted_score([(result.kpi.weight, result.score) for result in parts]))
        for period, parts in sorted(by_period.items(), key=lambda item: (item[0].start, item[0].end))
    ]
