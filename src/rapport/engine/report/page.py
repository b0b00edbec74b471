"""What the report says, as texts and drawings ready for the template."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from rapport.domain.bands import Direction
from rapport.domain.charts import Rule
from rapport.domain.periods import Period, PeriodKind
from rapport.domain.scores import WeightedScore
from rapport.engine import agreement as doc
from rapport.engine.check import uncovered
from rapport.engine.evaluate import Evaluation
from rapport.engine.records import ImportReport
from rapport.engine.report.charts import NARROW, WIDE, Series, draw
from rapport.engine.report.lines import STANDINGS, Glance, Line, Standing, count_headings, glance_of, line_of
from rapport.engine.report.texts import day, decimals_of, drawing, figure, instant, percent, plural, values_of
from rapport.engine.report.words import definition, judged_by, limit_table, period_word
from rapport.engine.results import Result
from rapport.engine.watch import Outlook, outlook

_SHOWN_PERIODS = 18
"""Periods of a table shown at once; earlier ones are folded."""
_SHOWN_SCORES = 12
_GROUP_LINES = 1500
"""Lines by group that the report lists; `rapport evaluate --csv` has them all."""
_REJECTS = 10
_RULES = {
    Rule.OUTSIDE_LIMITS.value: "outside the control limits",
    Rule.TWO_OF_THREE.value: "two of three periods far from the mean",
    Rule.EIGHT_ON_ONE_SIDE.value: "eight periods on one side of the mean",
}


@dataclass(frozen=True)
class Section:
    """All about one KPI; `lines` and `earlier` are its periods, newest first."""

    kpi: doc.Kpi
    period: str
    glance: Glance
    definition: Markup
    facts: list[tuple[str, Markup]]
    limits: list[tuple[str, Markup]]
    charts: tuple[Markup, ...]
    legend: list[str]
    notes: list[str]
    count_headings: tuple[str, ...]
    lines: list[Line]
    earlier: list[Line]
    groups: list[Glance]
    group_lines: list[Line]
    left_out: int
    command: str
    digests: dict[str, str]


@dataclass(frozen=True)
class Score:
    """The weighted score of one period; `height` is that of its bar, 0 to 100."""

    period: str
    is_running: bool
    score: str
    height: float | None
    covered: str


@dataclass(frozen=True)
class Records:
    """What became of the rows of one source."""

    report: ImportReport
    counts: tuple[str, ...]
    flagged: list[tuple[str, str]]
    rejects: list[str]
    left_out: int


@dataclass(frozen=True)
class Page:
    """The whole report; `standings` counts the KPIs by the status of their latest complete period."""

    agreement: doc.Agreement
    term: str
    measured_to: str
    note: str
    digest: str
    standings: list[tuple[Standing, int]]
    scores: list[list[Score]]
    sections: list[Section]
    records: list[Records]
    uncovered: list[str]


def page_of(evaluation: Evaluation) -> Page:
    """Everything the report of an evaluation shows."""
    workspace = evaluation.workspace
    agreement = workspace.agreement
    sections = [_section(evaluation, kpi) for kpi in agreement.kpis]
    latest = [section.glance.latest.standing for section in sections if section.glance.latest]
    return Page(
        agreement=agreement,
        term=f"{day(agreement.term.first)} to {day(agreement.term.last)}",
        measured_to=instant(workspace.as_of, agreement.time_zone),
        note=next((entry.note for entry in agreement.versions if entry.version == agreement.version), ""),
        digest=workspace.document.digest,
        standings=[(standing, latest.count(standing)) for standing in STANDINGS.values() if standing in latest],
        scores=_scores(evaluation),
        sections=sections,
        records=[_records(report) for report in workspace.reports().values()],
        uncovered=uncovered(agreement),
    )


def chance_words(probability: float) -> str:
    """A chance in percent that never claims to be certain."""
    percents = 100 * probability
    shown = "under 1" if percents < 1 else "over 99" if percents > 99 else f"{percents:.0f}"
    return f"{shown} %"


def runs_of(signals: Iterable[tuple[str, int]]) -> dict[str, list[list[int]]]:
    """For each rule the stretches of places that complete it; `signals` are rules with places, in order."""
    runs: dict[str, list[list[int]]] = {}
    for rule, place in signals:
        of_rule = runs.setdefault(rule, [])
        if of_rule and of_rule[-1][-1] == place - 1:
            of_rule[-1].append(place)
        else:
            of_rule.append([place])
    return runs


def _section(evaluation: Evaluation, kpi: doc.Kpi) -> Section:
    agreement = evaluation.workspace.agreement
    zone, results = agreement.time_zone, [result for result in evaluation.results if result.kpi is kpi]
    whole = [result for result in results if not result.group]
    grouped = [result for result in results if result.group]
    decimals, group_decimals = decimals_of(kpi, values_of(whole)), decimals_of(kpi, values_of(grouped))
    lines = [line_of(result, decimals, zone) for result in reversed(whole)]
    found = outlook(kpi, whole)
    return Section(
        kpi=kpi,
        period=period_word(kpi.period),
        glance=glance_of(kpi.name, whole, whole, decimals, zone),
        definition=definition(agreement, kpi),
        facts=judged_by(agreement, kpi),
        limits=limit_table(agreement, kpi),
        charts=_charts(kpi, whole, found, decimals),
        legend=_legend(whole, found),
        notes=_notes(whole, found),
        count_headings=count_headings(kpi),
        lines=lines[:_SHOWN_PERIODS],
        earlier=lines[_SHOWN_PERIODS:],
        groups=_groups(whole, grouped, group_decimals, zone),
        group_lines=[line_of(result, group_decimals, zone) for result in grouped[:_GROUP_LINES]],
        left_out=len(grouped[_GROUP_LINES:]),
        command=_command(kpi, lines),
        digests={"definition": whole[0].definition_digest, "data": whole[0].data_digest} if whole else {},
    )


def _groups(whole: Sequence[Result], grouped: Sequence[Result], decimals: int, zone: str) -> list[Glance]:
    by_group: dict[tuple[str, ...], list[Result]] = {}
    for result in grouped:
        by_group.setdefault(result.group, []).append(result)
    return [glance_of(", ".join(group), whole, found, decimals, zone) for group, found in by_group.items()]


def _charts(kpi: doc.Kpi, whole: Sequence[Result], found: Outlook, decimals: int) -> tuple[Markup, ...]:
    """The chart for a desk or paper and the one for a phone; none where there is nothing to compare."""
    if len(whole) < 2:
        return ()
    begins = frozenset(run[0] for runs in _signals(whole, found).values() for run in runs)
    series = Series(kpi, whole, decimals, found.limits, begins)
    return tuple(drawing(draw(series, size)) for size in (WIDE, NARROW))


def _legend(whole: Sequence[Result], found: Outlook) -> list[str]:
    """What the marks of the chart mean that carry no label of their own."""
    is_running = bool(whole) and not whole[-1].is_complete and whole[-1].value is not None
    return [
        *(["hollow: the period under way"] if is_running else []),
        *(["shaded: no data"] if any(result.value is None for result in whole) else []),
        *(["ringed: a signal begins"] if found.signals else []),
        *(["dotted: control limits of the complete periods"] if found.limits else []),
    ]


def _notes(whole: Sequence[Result], found: Outlook) -> list[str]:
    """The chart's signals in words, and what is still to come in the period under way."""
    labels = [result.period.label for result in whole]
    notes = [
        f"Signal: {_RULES[rule]}, {', '.join(_span(labels[run[0]], labels[run[-1]]) for run in runs)}."
        for rule, runs in _signals(whole, found).items()
    ]
    is_known = found.forecast and found.forecast["done"] and found.kpi.direction is Direction.HIGHER
    if found.running and found.forecast and is_known:
        notes.append(_forecast(found.running.period.label, found.forecast))
    return notes


def _signals(whole: Sequence[Result], found: Outlook) -> dict[str, list[list[int]]]:
    """For each rule the stretches of periods that complete it, as places in the results."""
    places = {result.period.label: index for index, result in enumerate(whole)}
    return runs_of((signal["rule"], places[signal["period"]]) for signal in found.signals)


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _forecast(period: str, forecast: Mapping[str, Any]) -> str:
    left, volume = forecast["misses_left"], plural(forecast["expected_volume"], "record")
    misses = f"{left:,} more may miss" if left >= 0 else "more have missed already than may"
    chance = f"{chance_words(forecast['breach_probability'])} chance of missing the target"
    return f"Under way, {period}: if it ends with {volume} like the latest periods, {misses}; {chance}."


def _command(kpi: doc.Kpi, lines: Sequence[Line]) -> str:
    """The command that lists the records behind the latest value."""
    found = next((line for line in lines if line.has_value), None)
    period = found.period if found else "PERIOD"
    return f"rapport rows AGREEMENT.yaml --kpi {kpi.id} --period {shlex.quote(period)}"


def _scores(evaluation: Evaluation) -> list[list[Score]]:
    """The latest scores, a row for each kind of period that KPIs are reported for."""
    kinds = {result.period: result.kpi.period.kind for result in evaluation.results}
    as_of, rows = evaluation.workspace.as_of, dict[PeriodKind, list[Score]]()
    for period, score in evaluation.scores:
        rows.setdefault(kinds[period], []).append(_score(period, score, as_of))
    return [row[-_SHOWN_SCORES:] for row in rows.values()]


def _score(period: Period, score: WeightedScore, as_of: int) -> Score:
    return Score(
        period=period.label,
        is_running=period.end > as_of,
        score="no data" if score.score is None else figure(score.score, 1),
        height=None if score.score is None else round(float(score.score), 1),
        covered=percent(score.covered_weight),
    )


def _records(report: ImportReport) -> Records:
    counts = (report.read, report.used, report.rejected, report.duplicate, report.out_of_term, report.records)
    return Records(
        report=report,
        counts=tuple(f"{count:,}" for count in counts),
        flagged=[(plural(count, "row"), flag) for flag, count in report.flagged.items() if count],
        rejects=[str(reject) for reject in report.rejects[:_REJECTS]],
        left_out=max(0, report.rejected - _REJECTS),
    )
