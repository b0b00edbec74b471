"""Charts: a KPI's values against its targets, drawn to SVG from a Vega-Lite specification, and small lines by hand.

A drawing holds numbers, period labels and words of this module only, no text of an agreement. Its colours are the
page's CSS variables, so that it follows light, dark and print.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from rapport.domain.bands import Status
from rapport.domain.charts import XmrLimits
from rapport.domain.labels import spread
from rapport.domain.periods import PeriodKind
from rapport.engine import agreement as doc
from rapport.engine.report.texts import MONTHS, figure, plain
from rapport.engine.results import Result

_SHARES = (doc.ShareWithinLimit, doc.Share, doc.ReopenRate, doc.FirstTimeRight, doc.Availability)
_NEVER_NEGATIVE = (doc.ElapsedTime, doc.BacklogAge, doc.Count)
_LABEL_GAP = 13
"""Least distance between two labels at the right, in pixels."""
_CROWDED = 60
"""With more periods than this, those that are met have no point."""
_NO_DATA_ROOM = 48
"""Pixels that the words "no data" need."""
_STEP_ROOM = 62
"""Pixels that the name of a step of the target needs beside its number."""


@dataclass(frozen=True)
class Size:
    """The plot in pixels, and the room for the labels right of it."""

    width: int
    height: int
    right: int
    left: int = 46
    top: int = 18
    bottom: int = 34


WIDE = Size(600, 250, 116)
NARROW = Size(222, 190, 84, left=40)


@dataclass(frozen=True)
class Series:
    """What one chart shows: a KPI's results for the whole, oldest first, with control limits where it has them.

    `signals` are the places in `results` where a signal begins.
    """

    kpi: doc.Kpi
    results: Sequence[Result]
    decimals: int
    limits: XmrLimits | None = None
    signals: frozenset[int] = frozenset()

    def shown(self, value: Fraction) -> str:
        """A value as the tables show it."""
        return figure(value, self.decimals)


@dataclass(frozen=True)
class Mark:
    """How a status looks: a shape of Vega's and the name of a colour."""

    shape: str
    colour: str


MARKS: Mapping[Status, Mark] = {
    Status.MET: Mark("circle", "met"),
    Status.BELOW_TARGET: Mark("triangle-down", "below"),
    Status.BELOW_MINIMUM: Mark("square", "failed"),
    Status.LOW_VOLUME: Mark("diamond", "muted"),
    Status.NO_DATA: Mark("circle", "muted"),
}


def draw(series: Series, size: Size) -> str:
    """One chart as an SVG element for the inside of a page."""
    import vl_convert

    return _inlined(vl_convert.vegalite_to_svg(specification(series, size)))


def specification(series: Series, size: Size) -> dict[str, Any]:
    """The Vega-Lite specification of one chart."""
    low, high = _domain(series)
    layers = [
        *_no_data(series, size, low, high),
        *_control(series),
        *_levels(series),
        *_line(series),
        *_points(series, size),
        *_labels(series, size, low, high),
    ]
    return {
        "width": size.width,
        "height": size.height,
        "padding": {"left": size.left, "right": size.right, "top": size.top, "bottom": size.bottom},
        "autosize": "none",
        "background": None,
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "scale": _scale(-0.5, len(series.results) - 0.5),
                  "axis": _period_axis(series, size)},
            "y": {"field": "y", "type": "quantitative", "scale": _scale(low, high), "axis": _value_axis(size)},
        },
        "layer": layers,
        "config": {"aria": False, "view": {"stroke": None}, "font": "inherit", "text": {"fontSize": 11}},
    }  # fmt: skip


def sparkline(frame: Sequence[Result], results: Sequence[Result]) -> str:
    """A trend as a small line without axes, its last value as a dot, over the target of the periods of `frame`.

    The line breaks at periods of the frame for which there is no result or no data.
    """
    found = {result.period: result for result in results if result.value is not None}
    levels = [float(result.level.target) for result in frame]
    values = [_number(found[result.period].value) if result.period in found else None for result in frame]
    known = [*levels, *(value for value in values if value is not None)]
    low, high = min(known, default=0.0), max(known, default=0.0)

    def point(index: int, value: float) -> str:
        across, up = index / max(1, len(frame) - 1), (value - low) / ((high - low) or 1)
        return f"{4 + 92 * across:.1f},{20 - 16 * up:.1f}"

    runs = [[point(index, values[index] or 0) for index in run] for run in _runs(values)]
    lines = [f'<polyline points="{" ".join(run)}"/>' for run in runs if len(run) > 1]
    lines += [_dot(run[0], "value") for run in runs[:-1] if len(run) == 1]
    if runs:
        lines.append(_dot(runs[-1][-1], MARKS[[*found.values()][-1].status].colour))
    target = " ".join(point(index, level) for index, level in enumerate(levels))
    target = f'<polyline class="target" points="{target}"/>'
    return f'<svg class="spark" viewBox="0 0 100 24" aria-hidden="true">{target}{"".join(lines)}</svg>'


def _dot(point: str, colour: str) -> str:
    x, y = point.split(",")
    return f'<circle fill="var(--{colour})" cx="{x}" cy="{y}" r="2.6"/>'


def _runs(values: Sequence[float | None]) -> list[list[int]]:
    """The indexes of neighbouring measured values, a list for each unbroken stretch."""
    runs: list[list[int]] = []
    for index, value in enumerate(values):
        if value is None:
            continue
        if index and values[index - 1] is not None:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _domain(series: Series) -> tuple[float, float]:
    """The lowest and highest value of the vertical axis, with zero where the values are not far above it."""
    known = [*_line_values(series), *(result.value for result in series.results)]
    numbers = [float(value) for value in known if value is not None]
    low, high = min(numbers), max(numbers)
    if 0 <= low <= high / 4:
        low = 0.0
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return (low if low == 0 else low - room), high + room


def natural_range(kpi: doc.Kpi) -> tuple[Fraction | None, Fraction | None]:
    """The lowest and the highest value a KPI of this kind can have, None where there is no bound."""
    if isinstance(kpi, _SHARES):
        return Fraction(0), Fraction(100)
    return (Fraction(0) if isinstance(kpi, _NEVER_NEGATIVE) else None), None


def _control_lines(series: Series) -> list[tuple[str, Fraction]]:
    """The mean and the control limits that a value can cross at all, with their names."""
    if series.limits is None:
        return []
    limits, (least, most) = series.limits, natural_range(series.kpi)
    lines = [("mean", limits.mean)]
    if most is None or limits.upper < most:
        lines.append(("upper limit", limits.upper))
    if least is None or limits.lower > least:
        lines.append(("lower limit", limits.lower))
    return lines


def _no_data(series: Series, size: Size, low: float, high: float) -> list[dict[str, Any]]:
    """A tinted stretch for every run of periods without data, named where there is room."""
    gaps = _runs([None if result.value is not None else 0.0 for result in series.results])
    spans = [{"x": run[0] - 0.5, "x2": run[-1] + 0.5} for run in gaps]
    step = size.width / len(series.results)
    named = [{"x": (run[0] + run[-1]) / 2} for run in gaps if len(run) * step >= _NO_DATA_ROOM]
    band = {"type": "rect", "fill": "var(--gap)"}
    text = {"type": "text", "text": "no data", "fill": "var(--muted)", "fontStyle": "italic", "baseline": "middle"}
    whole = {"y": {"value": 0}, "y2": {"value": size.height}, "x2": {"field": "x2"}}
    place = size.height * _free_place([(high - float(value)) / (high - low) for value in _line_values(series)])
    return [
        *([_layer(band, spans, whole)] if spans else []),
        *([_layer(text, named, {"y": {"value": place}})] if named else []),
    ]


def _line_values(series: Series) -> list[Fraction]:
    """Where lines cross the whole chart."""
    levels = [value for result in series.results for value in (result.level.target, result.level.minimum)]
    return [value for value in (*levels, *(value for _, value in _control_lines(series))) if value is not None]


def _free_place(taken: Sequence[float]) -> float:
    """The place of some, as shares of the height, that is furthest from all that are taken."""
    return max((0.9, 0.7, 0.5, 0.3, 0.1), key=lambda place: min(abs(place - other) for other in taken))


def _control(series: Series) -> list[dict[str, Any]]:
    end = len(series.results) - 0.5
    rows = [{"x": -0.5, "x2": end, "y": float(value)} for _, value in _control_lines(series)]
    rule = {"type": "rule", "stroke": "var(--muted)", "strokeDash": [2, 3], "strokeWidth": 1}
    return [_layer(rule, rows, {"x2": {"field": "x2"}})] if rows else []


def _levels(series: Series) -> list[dict[str, Any]]:
    """Target and minimum as steps from the start of each period to its end."""
    target = {"type": "line", "stroke": "var(--target)", "strokeWidth": 1.5, "interpolate": "step-after"}
    minimum = {**target, "stroke": "var(--failed)", "strokeDash": [6, 3]}
    rows = [(index, result.level) for index, result in enumerate(series.results)]
    targets = _steps([(index, level.target) for index, level in rows])
    minimums = _steps([(index, level.minimum) for index, level in rows if level.minimum is not None])
    return [_layer(mark, steps) for mark, steps in ((minimum, minimums), (target, targets)) if steps]


def _steps(levels: Sequence[tuple[int, Fraction]]) -> list[dict[str, float]]:
    rows = [{"x": index - 0.5, "y": float(level)} for index, level in levels]
    return [*rows, {"x": levels[-1][0] + 0.5, "y": float(levels[-1][1])}] if levels else []


def _line(series: Series) -> list[dict[str, Any]]:
    """The values as a line that breaks where there is no data, dashed on its way to the running period."""
    rows = [(index, result) for index, result in enumerate(series.results)]
    complete = [_row(index, result) for index, result in rows if result.is_complete]
    line = {"type": "line", "stroke": "var(--value)", "strokeWidth": 1.75, "strokeJoin": "round"}
    layers = [_layer(line, complete)] if complete else []
    last_two = [_row(index, result) for index, result in rows[-2:]]
    if len(rows) > 1 and not series.results[-1].is_complete:
        layers.append(_layer({**line, "strokeDash": [3, 3]}, last_two))
    return layers


def _points(series: Series, size: Size) -> list[dict[str, Any]]:
    """A point for each value as its status looks: hollow while it is running, ringed where a signal begins."""
    is_crowded = len(series.results) > _CROWDED
    rows = [
        {**_row(index, result), **_look(result)}
        for index, result in enumerate(series.results)
        if result.value is not None and not (is_crowded and result.status is Status.MET and result.is_complete)
    ]
    ringed = [_row(index, result) for index, result in enumerate(series.results) if index in series.signals]
    across = min(8.5, max(3.5, 0.75 * size.width / len(series.results)))
    ring = {"type": "point", "size": (across + 8) ** 2 * 0.8, "stroke": "var(--ink)", "fill": None, "opacity": 1}
    point = {"type": "point", "size": across**2 * 0.8, "strokeWidth": 1.5, "opacity": 1}
    looks = {channel: {"field": channel, "scale": None} for channel in ("shape", "fill", "stroke")}
    return [*([_layer(point, rows, looks)] if rows else []), *([_layer(ring, ringed)] if ringed else [])]


def _look(result: Result) -> dict[str, str]:
    mark = MARKS[result.status]
    colour = f"var(--{mark.colour})"
    return {"shape": mark.shape, "stroke": colour, "fill": colour if result.is_complete else "var(--paper)"}


def _labels(series: Series, size: Size, low: float, high: float) -> list[dict[str, Any]]:
    """The names of the lines right of them, the earlier steps of the target above it, the last value at its point."""
    last = series.results[-1].level
    lines = [("target", last.target, "target", plain(last.target))]
    if last.minimum is not None:
        lines.append(("minimum", last.minimum, "failed", plain(last.minimum)))
    lines += [(name, value, "muted", series.shown(value)) for name, value in _control_lines(series)]
    wanted = [size.height * (high - float(value)) / (high - low) for _, value, _, _ in lines]
    places = spread(wanted, _LABEL_GAP, size.height)
    rows = [
        {"text": f"{name} {text}", "fill": f"var(--{colour})", "place": place}
        for (name, _, colour, text), place in zip(lines, places, strict=True)
    ]
    text = {"type": "text", "align": "left", "baseline": "middle", "dx": 7}
    at_place = {
        "x": {"value": size.width},
        "y": {"field": "place", "type": "quantitative", "scale": None},
        "text": {"field": "text"},
        "fill": {"field": "fill", "scale": None},
    }
    return [_layer(text, rows, at_place), *_step_labels(series, size), *_value_label(series, low, high)]


def _step_labels(series: Series, size: Size) -> list[dict[str, Any]]:
    """The target of every step of the ramp but the last, which is named at the right."""
    targets = [result.level.target for result in series.results]
    starts = [index for index, target in enumerate(targets) if index == 0 or target != targets[index - 1]]
    rows = []
    for start, end in pairwise(starts):
        has_room = (end - start) * size.width / len(targets) > _STEP_ROOM
        text = ("target " if has_room else "") + plain(targets[start])
        rows.append({"x": start - 0.5, "y": float(targets[start]), "text": text})
    mark = {"type": "text", "align": "left", "baseline": "bottom", "dx": 2, "dy": -3, "fill": "var(--target)"}
    return [_layer(mark, rows, {"text": {"field": "text"}})] if rows else []


def _value_label(series: Series, low: float, high: float) -> list[dict[str, Any]]:
    """The last value, where the line to its point leaves room."""
    measured = [(index, result) for index, result in enumerate(series.results) if result.value is not None]
    if not measured:
        return []
    index, result = measured[-1]
    row = _row(index, result)
    is_last = index == len(series.results) - 1
    is_falling = len(measured) > 1 and (_number(measured[-2][1].value) or 0) > row["y"]
    is_below = is_last and is_falling and (row["y"] - low) > (high - low) * 0.12
    aside = {"align": "right"} if is_last else {"align": "left", "dx": 8}
    height = {"baseline": "top", "dy": 9} if is_below else {"baseline": "bottom", "dy": -8 if is_last else -3}
    text = {"type": "text", "fontWeight": 600, "fill": "var(--ink)", **aside, **height}
    return [_layer(text, [{**row, "text": series.shown(result.value or Fraction(0))}], {"text": {"field": "text"}})]


def _row(index: int, result: Result) -> dict[str, Any]:
    return {"x": index, "y": _number(result.value)}


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _layer(
    mark: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], encoding: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {"mark": mark, "data": {"values": rows}, "encoding": encoding or {}}


def _scale(low: float, high: float) -> dict[str, Any]:
    return {"domain": [low, high], "nice": False, "zero": False}


def _value_axis(size: Size) -> dict[str, Any]:
    return {**_AXIS, "tickCount": 5, "grid": True, "gridColor": "var(--grid)", "maxExtent": size.left, "domain": False}


def _period_axis(series: Series, size: Size) -> dict[str, Any]:
    """Labels in two rows, the year only where it begins, as many as there is room for."""
    kind, periods = series.kpi.period.kind, [result.period.label for result in series.results]
    step = max(1, -(-46 * len(periods) // size.width))
    texts, year_before = {}, ""
    for index in range(0, len(periods), step):
        text, year = period_words(kind, periods[index])
        texts[str(index)] = [text, year if year != year_before else ""]
        year_before = year
    return {
        **_AXIS,
        "grid": False,
        "values": list(map(int, texts)),
        "labelExpr": f"{json.dumps(texts)}[datum.value]",
        "domainColor": "var(--line)",
    }


def period_words(kind: PeriodKind, label: str) -> tuple[str, str]:
    """A period's label for an axis: what it is within its year, and the year."""
    year, _, rest = label.partition(" ")[0].partition("-")
    match kind:
        case PeriodKind.MONTH | PeriodKind.ROLLING:
            return MONTHS[int(rest) - 1], year
        case PeriodKind.DAY | PeriodKind.CONTRACT_MONTH:
            month, _, day = rest.partition("-")
            return f"{int(day)} {MONTHS[int(month) - 1]}", year
        case _:
            return rest or year, year if rest else ""


_AXIS = {"title": None, "ticks": False, "labelColor": "var(--muted)", "labelFontSize": 11, "labelPadding": 6,
         "labelOverlap": False, "labelFlush": False}  # fmt: skip

_HEAD = re.compile(r'<svg [^>]*(viewBox="[^"]*")[^>]*>')
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*? d="(?:M0,0h0v0h0Z)?"[^>]*/>')
_NOISE = re.compile(r' (?:class|role|aria-[a-z]+|pointer-events)="[^"]*"| opacity="1"')


def _inlined(svg: str) -> str:
    """Vega's document as an element of a page: no namespaces, and no ids or classes that could meet those of others."""
    return _HEAD.sub(r'<svg class="chart" \1 aria-hidden="true">', _NOISE.sub("", _EMPTY.sub("", svg)), count=1)
