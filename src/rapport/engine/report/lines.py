"""Results as lines of a table: one period of one KPI or group, and a KPI or group at a glance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from rapport.domain.bands import Status
from rapport.engine import agreement as doc
from rapport.engine.report.charts import sparkline
from rapport.engine.report.texts import drawing, figure, hours, percent
from rapport.engine.results import Result, result_json

_SIGNS = "+\N{MINUS SIGN}"
_HEADINGS = ("Counted", "Excluded", "Missing", "Open")
_AVAILABILITY_HEADINGS = ("Agreed, h", "Not observed, h", "Down, h", "Downtime left, h")


@dataclass(frozen=True)
class Standing:
    """A status as it is shown: a word, and the name of its shape and colour."""

    word: str
    look: str


STANDINGS: Mapping[Status, Standing] = {
    Status.MET: Standing("met", "met"),
    Status.BELOW_TARGET: Standing("below target", "below"),
    Status.BELOW_MINIMUM: Standing("below minimum", "failed"),
    Status.LOW_VOLUME: Standing("low volume", "low"),
    Status.NO_DATA: Standing("no data", "nodata"),
}


@dataclass(frozen=True)
class Line:
    """One period of one KPI, or of one of its groups."""

    period: str
    group: str
    is_running: bool
    has_value: bool
    value: str
    target: str
    difference: str
    standing: Standing
    band: str
    change: str
    trend: str
    counts: tuple[str, ...]
    coverage: str


@dataclass(frozen=True)
class Glance:
    """A KPI, or a group of one: its latest complete period, the latest with a value, the one under way, its trend."""

    name: str
    latest: Line | None
    measured: Line | None
    running: Line | None
    trend: Markup


def line_of(result: Result, decimals: int, zone: str) -> Line:
    """A result with its numbers as texts; `zone` is the agreement's."""
    value, previous, target = result.value, result.previous, result.level.target
    trend = result_json(result, zone)["trend"]
    change = figure(None if value is None or previous is None else value - previous, decimals, signed=True)
    return Line(
        period=result.period.label,
        group=", ".join(result.group),
        is_running=not result.is_complete,
        has_value=value is not None,
        value="no data" if value is None else figure(value, decimals),
        target=figure(target, decimals),
        difference=figure(None if value is None else value - target, decimals, signed=True),
        standing=STANDINGS[result.status],
        band=result.band or "",
        change=change,
        trend=trend["direction"] if trend and change[0] in _SIGNS else "",
        counts=_counts(result),
        coverage=percent(result.coverage),
    )


def glance_of(name: str, frame: Sequence[Result], results: Sequence[Result], decimals: int, zone: str) -> Glance:
    """The latest of some results; `frame` has a result for every period, also where these have none."""
    complete = [result for result in results if result.is_complete]

    def latest(found: Sequence[Result]) -> Line | None:
        return line_of(found[-1], decimals, zone) if found else None

    return Glance(
        name=name,
        latest=latest(complete),
        measured=latest([result for result in complete if result.value is not None]),
        running=latest([result for result in results if not result.is_complete]),
        trend=drawing(sparkline(frame, results)),
    )


def count_headings(kpi: doc.Kpi) -> tuple[str, ...]:
    """What the counts of a KPI's lines are."""
    return _AVAILABILITY_HEADINGS if isinstance(kpi, doc.Availability) else _HEADINGS


def _counts(result: Result) -> tuple[str, ...]:
    counts = result.counts
    if isinstance(result.kpi, doc.Availability):
        down, left = result.detail.get("downtime"), result.detail.get("budget_left")
        return hours(counts.counted), hours(counts.missing), hours(down), hours(left)
    return tuple(f"{count:,}" for count in (counts.counted, counts.excluded, counts.missing, counts.pending))
