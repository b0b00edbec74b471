"""Reading results, and the records behind them. Whoever asks has been let into the engagement before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from rapport.apps.accounts.policy import Refused
from rapport.apps.delivery.queries import committed, committed_files
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of
from rapport.apps.kpis.models import Evaluation, Result
from rapport.domain.charts import Signal, XmrLimits, has_enough_points, moving_ranges, signals, xmr_limits

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, Kpi
    from rapport.engine.document import Document
    from rapport.engine.rows import Behind
    from rapport.engine.workspace import Workspace

JUDGED_KINDS = ("share", "share_within_limit", "first_time_right", "reopen_rate")
"""Kinds of KPI whose single records pass or fail."""


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
    def running(self) -> Result | None:
        """The result of the period that is not over yet, as far as it is known."""
        return self.results[-1] if self.results and not self.results[-1].is_complete else None

    @cached_property
    def decimals(self) -> int:
        """With how many decimals the values read best; none looks like its target that is not."""
        from rapport.engine.report.texts import decimals_of

        return decimals_of(self.kpi, [exact(result.content["value"]) for result in self.results])

    @cached_property
    def process(self) -> tuple[XmrLimits | None, list[Signal]]:
        """Natural process limits over the periods that are over, and signals by their place among these."""
        values = [exact(result.content["value"]) for result in self.complete]
        if not has_enough_points(values) or not moving_ranges(values):
            return None, []
        limits = xmr_limits(values)
        return limits, signals(values, limits)


def evaluations(engagement: Engagement) -> QuerySet[Evaluation]:
    """Everything that was ever computed for an engagement, the latest first."""
    return Evaluation.objects.filter(engagement=engagement).select_related("version")


def results(engagement: Engagement) -> QuerySet[Result]:
    """The results that stand, by KPI and period."""
    return Result.objects.filter(engagement=engagement).order_by("kpi", "starts_at")


def kpi_results(engagement: Engagement, version: AgreementVersion | None) -> list[KpiResults]:
    """Every KPI of a version with the results that stand, in the order of the agreement; none without a version."""
    if version is None:
        return []
    document = document_of(version)
    found = {kpi: list(rows) for kpi, rows in groupby(results(engagement), key=lambda result: result.kpi)}
    delivered = set(committed(engagement).values_list("source", flat=True))
    return [
        KpiResults(kpi, found.get(kpi.id, []), [name for name in document.sources_of(kpi) if name not in delivered])
        for kpi in document.agreement.kpis
    ]


def rows_behind(engagement: Engagement, result: Result, *, failed: bool) -> "Behind":
    """The records a result rests on; with `failed` only those that count against it.

    Raises:
        LookupError: single records of this kind of KPI neither pass nor fail.
    """
    from rapport.engine.rows import records_behind

    with opened(engagement, result.evaluation.version) as workspace:
        return records_behind(workspace, result.kpi, result.period, failed=failed)


@contextmanager
def opened(engagement: Engagement, version: AgreementVersion) -> "Iterator[Workspace]":
    """A version of the agreement with the committed records in an engine of its own."""
    from rapport.engine.backend import DuckDbBackend
    from rapport.engine.records import RecordsRefused
    from rapport.engine.workspace import Workspace

    with TemporaryDirectory() as folder, DuckDbBackend() as backend:
        files = committed_files(engagement, Path(folder))
        try:
            yield Workspace(_covered(document_of(version), files), backend, files)
        except RecordsRefused as refusal:
            raise Refused(str(refusal)) from None


def definition_of(agreement: "Agreement", kpi: "Kpi") -> tuple[Any, list[tuple[str, Any]]]:
    """A KPI's definition in words, then what it is judged by and its limits, as terms with texts."""
    from rapport.engine.report.words import definition, judged_by, limit_table

    return definition(agreement, kpi), [*judged_by(agreement, kpi), *limit_table(agreement, kpi)]


def exact(value: float | None) -> Fraction | None:
    """A number of a result as it is written."""
    return None if value is None else Fraction(str(value))


def _covered(document: "Document", files: dict[str, list[Path]]) -> "Document":
    """An agreement as far as there are records for it: no file that a text names by itself is ever opened."""
    agreement = document.agreement
    sources = {name: source for name, source in agreement.sources.items() if name in files}
    kpis = tuple(kpi for kpi in agreement.kpis if sources.keys() >= set(document.sources_of(kpi)))
    return replace(document, agreement=agreement.model_copy(update={"sources": sources, "kpis": kpis}))
