"""Reading results, and the records behind them. Whoever asks has been let into the engagement before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, QuerySet, Subquery

from rapport.apps.accounts.policy import Refused
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.queries import committed, committed_files, is_turn
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of
from rapport.apps.kpis.models import Computation, Evaluation, OpenRecord, Result
from rapport.domain.charts import Signal, XmrLimits, has_enough_points, moving_ranges, signals, xmr_limits
from rapport.domain.durations import format_duration
from rapport.domain.signing import Stage

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, Kpi
    from rapport.engine.document import Document
    from rapport.engine.rows import Behind
    from rapport.engine.workspace import Workspace

JUDGED_KINDS = ("share", "share_within_limit", "first_time_right", "reopen_rate")
"""Kinds of KPI whose single records pass or fail."""
_RULES = {
    "outside_limits": "outside the limits",
    "two_of_three": "two of three far from the mean",
    "eight_on_one_side": "eight on one side of the mean",
}
_HEADINGS = {
    "key": "Record", "service": "Service", "state": "Counted", "excluded_by": "Excluded by", "verdict": "Verdict",
    "overdue_by": "Overdue by", "start": "Start", "stop": "Stop", "paused": "Paused", "elapsed": "Elapsed",
    "downtime": "Downtime", "limit": "Limit", "deadline": "Due", "amount": "Amount", "weight": "Weight",
    "file": "File", "row": "Row",
}  # fmt: skip
_MOMENTS = ("start", "stop", "deadline")
_DURATIONS = ("paused", "elapsed", "overdue_by", "downtime")
_NUMBERS = (*_DURATIONS, "amount", "weight", "row")
_NESTED = ("columns", "pauses")
_OWN = "columns."


@dataclass(frozen=True)
class Outlook:
    """How the running period of a KPI is going, in numbers of records and in words.

    `chance` is that of missing the target, in whole percent; None while no record is done.
    """

    period: str
    done: int
    expected: int
    failed: int
    allowed: int
    chance: int | None

    @property
    def left(self) -> int:
        """How many more records may fail while the target is still met."""
        return max(0, self.allowed - self.failed)

    @property
    def chance_told(self) -> str:
        """The chance of missing the target in words that never claim to be certain."""
        return {None: "", 0: "under 1 %", 100: "over 99 %"}.get(self.chance, f"{self.chance} %")

    @property
    def tone(self) -> str:
        """How worrying it is, as a tone of the pages."""
        if self.failed > self.allowed or (self.chance or 0) > 50:
            return "bad"
        return "warn" if (self.chance or 0) > 10 else "good"

    @property
    def words(self) -> str:
        """What is to be said about it, in sentences."""
        so_far = (
            f"{self.done:,} of about {self.expected:,} records are done, and {self.failed:,} of them count against it."
        )
        if self.failed > self.allowed:
            return f"{so_far} At the target only {self.allowed:,} may, so it is missed unless far more records come."
        allowed = f"At the target {self.allowed:,} may, so {self.left:,} {'is' if self.left == 1 else 'are'} left."
        chance = "" if self.chance is None else f" The chance of missing the target is {self.chance_told}."
        return f"{so_far} {allowed}{chance}"


@dataclass(frozen=True)
class Shown:
    """One result with its numbers as texts, None where there is none."""

    result: Result
    value: str | None
    target: str
    change: str
    numerator: str | None
    denominator: str | None
    missing: str | None
    coverage: str | None


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
        chance = None if seen["breach_probability"] is None else round(seen["breach_probability"] * 100)
        return Outlook(
            found.period, seen["done"], seen["expected_volume"], seen["failed"], seen["allowed_misses"], chance
        )

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

    @property
    def crossable(self) -> tuple[float | None, float | None]:
        """The lower and the upper natural limit, without those that no value can cross."""
        process, _ = self.process
        if process is None:
            return None, None
        lower, upper = float(process.lower), float(process.upper)
        has_negative = any((result.content["value"] or 0) < 0 for result in self.results)
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
    def signals(self) -> list[tuple[str, str]]:
        """Every signal as a period and what was seen there, the latest first."""
        _, found = self.process
        return [(self.complete[signal.index].period, _RULES[signal.rule.value]) for signal in reversed(found)]

    def shown(self, result: Result) -> Shown:
        """One of the results with its numbers as texts."""
        content = result.content
        target, trend = content.get("target"), content.get("trend")
        return Shown(
            result=result,
            value=self.number(content.get("value")),
            target="" if target is None else f"{target:,.10g}",
            change=f"{self.figure(exact(trend['change']), signed=True)} {trend['direction']}" if trend else "",
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

    def _count(self, value: float | None) -> str | None:
        """A count or sum behind a value; behind an availability it is open time."""
        if value is None:
            return None
        return format_duration(int(value)) if self.kpi.kind == "availability" else f"{value:,.10g}"


@dataclass(frozen=True)
class TimeLine:
    """A record's run on one scale of 0 to 100: start and length of the whole and of its pauses, and where it is due."""

    start: float
    length: float
    pauses: Sequence[tuple[float, float]]
    due: float | None
    is_late: bool
    is_open: bool


@dataclass(frozen=True)
class Cell:
    """One value of a record as a text, None where there is none, under its heading."""

    heading: str
    text: str | None
    is_number: bool


def evaluations(engagement: Engagement) -> QuerySet[Evaluation]:
    """Everything that was ever computed for an engagement, what stands first: the one that was kept last.

    A long computation is kept after a short one that was begun later.
    """
    return Evaluation.objects.filter(engagement=engagement).select_related("version").order_by("-pk")


def results(engagement: Engagement) -> QuerySet[Result]:
    """The results that stand, by KPI and period."""
    return Result.objects.filter(engagement=engagement).order_by("kpi", "starts_at")


def open_records(engagement: Engagement) -> QuerySet[OpenRecord]:
    """The records that were unfinished and within their limits when results were computed last, the soonest first."""
    return OpenRecord.objects.filter(engagement=engagement)


def computation(engagement: Engagement) -> Computation | None:
    """What is being computed for an engagement, or why it could not be; None where nothing is."""
    return Computation.objects.filter(engagement=engagement).first()


def waiting_computations(now: datetime) -> list[Computation]:
    """What the worker has to compute, the oldest first; what broke off waits for a while, each time longer."""
    waiting = Computation.objects.filter(refusal="").select_related("engagement").order_by("asked_at", "pk")
    return [one for one in waiting if is_turn(one.taken_up_at, one.attempts, now)]


def basis_of(version: int | None, batches: Iterable[int]) -> str:
    """What stands for a version of an agreement and the files that count, in their order."""
    return sha256(f"{version}: {' '.join(map(str, batches))}".encode()).hexdigest()


def outdated_engagements() -> list[Engagement]:
    """Engagements whose results do not rest on what counts now, unless that was tried or is asked for already.

    What counts is the agreement in force and the committed files: the moment to which open records are measured is the
    latest in the records, so that no result changes because a day has passed.
    """
    in_force = AgreementVersion.objects.filter(engagement=OuterRef("pk"), stage=Stage.IN_FORCE)
    latest = Evaluation.objects.filter(engagement=OuterRef("pk")).order_by("-pk")
    asked = Computation.objects.filter(engagement=OuterRef("pk"))
    found = Engagement.objects.annotate(
        now=Subquery(in_force.values("pk")[:1]),
        known=Subquery(latest.values("basis")[:1]),
        tried=Subquery(asked.values("basis")[:1]),
    ).filter(now__isnull=False)
    batches = _committed_by_engagement()

    def is_outdated(engagement: Any) -> bool:
        files = batches.get(engagement.pk, [])
        basis = basis_of(engagement.now, files)
        has_results = engagement.known is not None
        return bool(files or has_results) and basis != engagement.known and engagement.tried not in ("", basis)

    return [engagement for engagement in found.order_by("pk") if is_outdated(engagement)]


def kpi_results(engagement: Engagement, version: AgreementVersion | None, kpi: str = "") -> list[KpiResults]:
    """Every KPI of a version with the results that stand, in the order of the agreement; none without a version.

    With `kpi` it is that one alone, if the version has it.
    """
    if version is None:
        return []
    document = document_of(version)
    kpis = [one for one in document.agreement.kpis if kpi in ("", one.id)]
    standing = results(engagement).filter(kpi__in=[one.id for one in kpis])
    found = {name: list(rows) for name, rows in groupby(standing, key=lambda result: result.kpi)}
    delivered = set(committed(engagement).values_list("source", flat=True))
    return [
        KpiResults(one, found.get(one.id, []), [name for name in document.sources_of(one) if name not in delivered])
        for one in kpis
    ]


def rows_behind(engagement: Engagement, result: Result, *, failed: bool) -> "Behind":
    """The records a result rests on; with `failed` only those that count against it, where single ones can.

    Refused where records were withdrawn since and the KPI or the period is gone with them.
    """
    from rapport.engine.rows import records_behind

    with opened(engagement, result.evaluation.version) as workspace:
        try:
            return records_behind(workspace, result.kpi, result.period, failed=failed)
        except LookupError:
            what = f"{result.kpi} of {result.period}"
            raise Refused(f"The records behind {what} do not count any more; it is to be computed anew.") from None


@contextmanager
def opened(
    engagement: Engagement, version: AgreementVersion, progress: Callable[[str], None] = lambda _: None
) -> "Iterator[Workspace]":
    """A version of the agreement with the committed records in an engine of its own, which tells what it is doing."""
    from rapport.engine.backend import DuckDbBackend
    from rapport.engine.records import RecordsRefused
    from rapport.engine.workspace import Workspace

    with TemporaryDirectory() as folder, DuckDbBackend() as backend:
        files = committed_files(engagement, Path(folder))
        try:
            yield Workspace(_covered(document_of(version), files), backend, files, progress=progress)
        except RecordsRefused as refusal:
            raise Refused(str(refusal)) from None


def definition_of(agreement: "Agreement", kpi: "Kpi") -> tuple[Any, list[tuple[str, Any]]]:
    """A KPI's definition in words, then what it is judged by and its limits, as terms with texts."""
    from rapport.engine.report.words import definition, judged_by, limit_table

    return definition(agreement, kpi), [*judged_by(agreement, kpi), *limit_table(agreement, kpi)]


def exact(value: float | None) -> Fraction | None:
    """A number of a result as it is written."""
    return None if value is None else Fraction(str(value))


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A record behind a number as one flat row; its own columns follow, each as `columns.NAME`."""
    own = {f"{_OWN}{name}": value for name, value in row.get("columns", {}).items()}
    return {name: value for name, value in row.items() if name not in _NESTED} | own


def columns_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The columns of flat rows that hold something, in the order people read them; the records' own follow."""
    own = [name for name in rows[0] if name.startswith(_OWN)] if rows else []
    own = [name for name in own if any(row[name] != row["key"] for row in rows)]
    return [name for name in (*_HEADINGS, *own) if any(row.get(name) is not None for row in rows)]


def cells(row: dict[str, Any], columns: Sequence[str]) -> list[Cell]:
    """The named columns of a flat row as they are shown; of an empty one only their headings."""
    return [
        Cell(_HEADINGS.get(name) or name.removeprefix(_OWN), _text(name, row.get(name)), name in _NUMBERS)
        for name in columns
    ]


def time_line(row: dict[str, Any]) -> TimeLine | None:
    """When a record behind a number began, paused, ended and was due; None where it did not run on a clock."""
    if row.get("start") is None or "deadline" not in row:
        return None
    start = _instant(row["start"])
    pauses = [(_instant(begin), _instant(end)) for begin, end in row["pauses"]]
    due = _instant(row["deadline"]) if row["deadline"] else None
    known = [moment for moment in (due, *(end for _, end in pauses)) if moment is not None]
    stop = _instant(row["stop"]) if row["stop"] else max(known, default=start)
    scale = 100 / max(1.0, *(moment - start for moment in (stop, *known)))

    def place(moment: float) -> float:
        return round((moment - start) * scale, 1)

    return TimeLine(
        start=0,
        length=max(1.0, place(stop)),
        pauses=[(place(begin), max(0.5, place(end) - place(begin))) for begin, end in pauses],
        due=None if due is None else place(due),
        is_late=row["verdict"] == "late",
        is_open=row["stop"] is None,
    )


def _covered(document: "Document", files: dict[str, list[Path]]) -> "Document":
    """An agreement as far as there are records for it: no file that a text names by itself is ever opened."""
    agreement = document.agreement
    sources = {name: source for name, source in agreement.sources.items() if name in files}
    kpis = tuple(kpi for kpi in agreement.kpis if sources.keys() >= set(document.sources_of(kpi)))
    return replace(document, agreement=agreement.model_copy(update={"sources": sources, "kpis": kpis}))


def _committed_by_engagement() -> dict[int, list[int]]:
    """The files that count, in the order in which they were committed, by engagement."""
    found: dict[int, list[int]] = {}
    files = Batch.objects.filter(stage="committed").order_by("committed_at", "pk")
    for engagement, batch in files.values_list("engagement_id", "pk"):
        found.setdefault(engagement, []).append(batch)
    return found


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name in _DURATIONS:
        return format_duration(int(value))
    return value[:16].replace("T", " ") if name in _MOMENTS else str(value)


def _instant(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _percent(share: float | None) -> str | None:
    """A share 0..1 as a percentage, rounded towards the worse so that 100 % means all."""
    return None if share is None else f"{int(share * 1000) / 10:g} %"
