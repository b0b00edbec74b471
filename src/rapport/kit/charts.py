"""Charts of the pages as SVG: a trend described in Vega-Lite and drawn on the server, and a sparkline drawn by hand.

One drawing serves light, dark and print: its colours are the style sheet's variables, as presentation attributes and
never as styles, which the content security policy would block. Vega takes more than a second to start and a tenth of
one for each drawing, so that a drawing is kept for as long as the same values are asked for, and sparklines, of which a
page has dozens, do without it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from rapport.domain.labels import spread

_LABEL_GAP = 14
"""Least distance between two labels at the right, in pixels."""
_NO_DATA_ROOM = 48
"""Pixels that the words "no data" need."""
_STEP_ROOM = 62
"""Pixels that the name of a step of the target needs beside its number."""
_CHARACTER = 6.2
"""Pixels that a character of an axis label takes."""


@dataclass(frozen=True)
class Point:
    """One period of a trend. `value` is None where nothing was measured; `status` is a name of the tag `status`.

    `minimum` is a second, lower line below the target. A period that `is_running` is not over yet and drawn hollow.
    """

    label: str
    value: float | None
    target: float | None = None
    status: str = "no_data"
    minimum: float | None = None
    is_running: bool = False


@dataclass(frozen=True)
class Limits:
    """Mean and control limits of a trend; a limit the values cannot cross is None."""

    mean: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Size:
    """The plot in pixels, and the room around it: left for the axis, right for the names of the lines."""

    width: int
    height: int
    left: int
    right: int
    top: int = 20
    bottom: int = 26


WIDE = Size(660, 220, left=44, right=116)
NARROW = Size(208, 180, left=38, right=92)


@dataclass(frozen=True)
class _Series:
    points: tuple[Point, ...]
    unit: str
    decimals: int
    limits: Limits | None
    signals: frozenset[int]

    def shown(self, value: float) -> str:
        """A value as it is written in the drawing."""
        return f"{value:.{self.decimals}f}"


_MARKS: Mapping[str, tuple[str, str]] = {
    "met": ("circle", "good"),
    "below_target": ("triangle-down", "warn"),
    "below_minimum": ("square", "bad"),
    "low_volume": ("diamond", "muted"),
    "no_data": ("circle", "muted"),
    "pending": ("circle", "info"),
}
"""Shape of Vega's and colour of each status."""


def trend(
    points: Sequence[Point],
    *,
    title: str,
    unit: str = "",
    decimals: int = 1,
    limits: Limits | None = None,
    signals: frozenset[int] = frozenset(),
) -> SafeString:
    """Values against their targets, oldest first, in a wide and a narrow drawing of which the page shows one.

    `signals` are the places in `points` where a signal begins; they are ringed. Without a single value there is
    nothing to draw, and the result is empty.
    """
    if all(point.value is None for point in points):
        return mark_safe("")
    series = _Series(tuple(points), unit, decimals, limits, signals)
    words = format_html("<title>{}</title><desc>{}</desc>", title, _description(series))
    return mark_safe("".join(_headed(_drawn(series, size), name, words) for size, name in _SIZES))


_SIZES = ((WIDE, "wide"), (NARROW, "narrow"))


def sparkline(
    values: Sequence[float | None],
    target: float | None = None,
    *,
    title: str = "",
    span: tuple[float, float] | None = None,
) -> SafeString:
    """A trend as a small line, broken where a value is None, its last value as a dot, over a dashed target.

    It fills its height with the values, or with a `span` that many lines share. Without a `title` it is decoration, and
    a screen reader passes over it.
    """
    known = [value for value in (*values, target, *(span or ())) if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)

    def place(index: int, value: float) -> str:
        across, up = index / max(1, len(values) - 1), (value - low) / (high - low) if high > low else 0.5
        return f"{3 + 98 * across:.1f},{21 - 18 * up:.1f}"

    lines = [[place(index, values[index] or 0.0) for index in run] for run in _runs(values)]
    drawn = [f'<polyline points="{" ".join(line)}"/>' for line in lines if len(line) > 1]
    drawn += [_dot(line[0], 1.4) for line in lines if len(line) == 1]
    drawn += [_dot(line[-1], 2.4) for line in lines[-1:]]
    if target is not None:
        ends = f"{place(0, target)} {place(len(values) - 1, target)}"
        drawn.insert(0, f'<polyline class="k-spark-target" points="{ends}"/>')
    role, words = ('role="img"', f"<title>{escape(title)}</title>") if title else ('aria-hidden="true"', "")
    return mark_safe(f'<svg class="k-spark" viewBox="0 0 104 24" {role}>{words}{"".join(drawn)}</svg>')


def apart(first: float | None, second: float | None, *, low: float, high: float, title: str) -> SafeString:
    """Two values on one scale, the first as a dot and the second as a square, with a line for the gap between them.

    A value of None is not drawn.
    """

    def place(value: float) -> float:
        return 6 + 92 * (value - low) / (high - low)

    ticks = (f'<path d="M{place(low + step):.1f} 9v6" stroke="var(--k-grid)"/>' for step in range(int(high - low) + 1))
    drawn = ['<path d="M6 12h92" stroke="var(--k-grid)"/>', *ticks]
    if first is not None and second is not None:
        drawn.append(f'<polyline points="{place(first):.1f},12 {place(second):.1f},12"/>')
    if second is not None:
        drawn.append(f'<rect x="{place(second) - 5:.1f}" y="7" width="10" height="10" fill="var(--k-target)"/>')
    if first is not None:
        drawn.append(_dot(f"{place(first):.1f},12", 3.6))
    return mark_safe(
        f'<svg class="k-spark" viewBox="0 0 104 24" role="img"><title>{escape(title)}</title>{"".join(drawn)}</svg>'
    )


def _dot(place: str, radius: float) -> str:
    x, y = place.split(",")
    return f'<circle cx="{x}" cy="{y}" r="{radius}"/>'


def _runs(values: Sequence[float | None]) -> list[list[int]]:
    """The places of neighbouring values that are not None, a list for each unbroken stretch."""
    runs: list[list[int]] = []
    for index, value in enumerate(values):
        if value is None:
            continue
        if index and values[index - 1] is not None:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _description(series: _Series) -> str:
    """The trend in a sentence, for those who do not see it."""
    points = series.points
    last = next(point for point in reversed(points) if point.value is not None)
    unit = f" {series.unit}" if series.unit else ""
    target = "" if last.target is None else f" against a target of {_plain(last.target)}{unit}"
    signals = ", ".join(points[index].label for index in sorted(series.signals))
    return (
        f"{len(points)} periods from {points[0].label} to {points[-1].label}. {last.label}: "
        f"{series.shown(last.value or 0.0)}{unit}{target}, {last.status.replace('_', ' ')}."
        + (f" Signals in {signals}." if signals else "")
    )


@lru_cache(maxsize=512)
def _drawn(series: _Series, size: Size) -> str:
    import vl_convert  # takes more than a second, which pages without a chart need not wait for

    return _NOISE.sub("", _EMPTY.sub("", vl_convert.vegalite_to_svg(_specification(series, size))))


_HEAD = re.compile(r'<svg [^>]*(viewBox="[^"]*")[^>]*>')
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*? d="(?:M0,0h0v0h0Z)?"[^>]*/>')
_NOISE = re.compile(r' (?:class|style|role|aria-[a-z]+|pointer-events|font-family)="[^"]*"| opacity="1"')


def _headed(svg: str, name: str, words: str) -> str:
    """Vega's document as an element of a page that a screen reader takes for one picture."""
    return _HEAD.sub(lambda head: f'<svg class="k-chart k-chart-{name}" {head[1]} role="img">{words}', svg, count=1)


def _specification(series: _Series, size: Size) -> dict[str, Any]:
    low, high = _range(series)
    x = {"field": "x", "type": "quantitative", "scale": _scale(-0.5, len(series.points) - 0.5)}
    y = {"field": "y", "type": "quantitative", "scale": _scale(low, high)}
    return {
        "width": size.width,
        "height": size.height,
        "padding": {"left": size.left, "right": size.right, "top": size.top, "bottom": size.bottom},
        "autosize": "none",
        "background": None,
        "encoding": {"x": {**x, "axis": _period_axis(series, size)}, "y": {**y, "axis": _value_axis(series, size)}},
        "layer": [
            *_gaps(series, size, low, high),
            *_control(series),
            *_levels(series),
            *_line(series),
            *_marks(series, size),
            *_names(series, size, low, high),
            *_step_names(series, size),
            *_last_value(series, low, high),
        ],
        "config": {"aria": False, "view": {"stroke": None}, "text": {"fontSize": 11}},
    }


def _range(series: _Series) -> tuple[float, float]:
    """The lowest and highest value of the vertical axis, with zero where the values are not far above it."""
    known = [*_line_values(series), *(point.value for point in series.points if point.value is not None)]
    low, high = min(known), max(known)
    if 0 <= low <= high / 4:
        low = 0.0
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return (low if low == 0 else low - room), high + room


def _line_values(series: _Series) -> list[float]:
    """Where lines cross the whole chart."""
    levels = [level for point in series.points for level in (point.target, point.minimum) if level is not None]
    return [*levels, *(value for _, value in _control_lines(series))]


def _control_lines(series: _Series) -> list[tuple[str, float]]:
    if series.limits is None:
        return []
    lines = [("mean", series.limits.mean), ("upper limit", series.limits.upper), ("lower limit", series.limits.lower)]
    return [(name, value) for name, value in lines if value is not None]


def _gaps(series: _Series, size: Size, low: float, high: float) -> list[dict[str, Any]]:
    """A tinted stretch for every run of periods without data, named where there is room."""
    gaps = _runs([0.0 if point.value is None else None for point in series.points])
    if not gaps:
        return []
    spans = [{"x": run[0] - 0.5, "x2": run[-1] + 0.5} for run in gaps]
    step = size.width / len(series.points)
    named = [{"x": (run[0] + run[-1]) / 2} for run in gaps if len(run) * step >= _NO_DATA_ROOM]
    band = {"type": "rect", "fill": "var(--k-gap)"}
    text = {"type": "text", "text": "no data", "fill": "var(--k-muted)", "fontStyle": "italic", "baseline": "middle"}
    height = size.height * _free_place([(high - value) / (high - low) for value in _line_values(series)])
    whole = {"y": {"value": 0}, "y2": {"value": size.height}, "x2": {"field": "x2"}}
    return [_layer(band, spans, whole), *([_layer(text, named, {"y": {"value": height}})] if named else [])]


def _free_place(taken: Sequence[float]) -> float:
    """The place of some, as shares of the height, that is furthest from all that are taken."""
    return max((0.9, 0.7, 0.5, 0.3, 0.1), key=lambda place: min((abs(place - other) for other in taken), default=0.0))


def _control(series: _Series) -> list[dict[str, Any]]:
    end = len(series.points) - 0.5
    rows = [{"x": -0.5, "x2": end, "y": value} for _, value in _control_lines(series)]
    rule = {"type": "rule", "stroke": "var(--k-muted)", "strokeDash": [2, 3], "strokeWidth": 1}
    return [_layer(rule, rows, {"x2": {"field": "x2"}})] if rows else []


def _levels(series: _Series) -> list[dict[str, Any]]:
    """Target and minimum as steps from the start of each period to its end."""
    line = {"type": "line", "strokeWidth": 1.5, "interpolate": "step-after"}
    target = {**line, "stroke": "var(--k-target)"}
    minimum = {**line, "stroke": "var(--k-bad)", "strokeDash": [6, 3], "strokeWidth": 1.2}
    targets = _steps([point.target for point in series.points])
    minimums = _steps([point.minimum for point in series.points])
    return [_layer(mark, steps) for mark, steps in ((minimum, minimums), (target, targets)) if steps]


def _steps(levels: Sequence[float | None]) -> list[dict[str, float]]:
    known = [(index, level) for index, level in enumerate(levels) if level is not None]
    rows = [{"x": index - 0.5, "y": level} for index, level in known]
    return [*rows, {"x": known[-1][0] + 0.5, "y": known[-1][1]}] if known else []


def _line(series: _Series) -> list[dict[str, Any]]:
    """The values as a line that breaks where there is no data, dashed on its way to the running period."""
    rows = [_row(index, point) for index, point in enumerate(series.points)]
    finished = [row for row, point in zip(rows, series.points, strict=True) if not point.is_running]
    line = {"type": "line", "stroke": "var(--k-value)", "strokeWidth": 1.75, "strokeJoin": "round"}
    layers = [_layer(line, finished)] if finished else []
    if len(rows) > 1 and series.points[-1].is_running:
        layers.append(_layer({**line, "strokeDash": [3, 3]}, rows[-2:]))
    return layers


def _marks(series: _Series, size: Size) -> list[dict[str, Any]]:
    """A point for each value as its status looks: hollow while it is running, ringed where a signal begins."""
    measured = [(index, point) for index, point in enumerate(series.points) if point.value is not None]
    ringed = [_row(index, point) for index, point in measured if index in series.signals]
    across = min(8.5, max(3.5, 0.75 * size.width / len(series.points)))
    point_mark = {"type": "point", "size": across**2 * 0.8, "strokeWidth": 1.5, "opacity": 1}
    ring = {"type": "point", "size": (across + 8) ** 2 * 0.8, "stroke": "var(--k-ink)", "fill": None, "opacity": 1}
    looks = {channel: {"field": channel, "scale": None} for channel in ("shape", "fill", "stroke")}
    rows = [{**_row(index, point), **_look(point)} for index, point in measured]
    return [_layer(point_mark, rows, looks), *([_layer(ring, ringed)] if ringed else [])]


def _look(point: Point) -> dict[str, str]:
    shape, tone = _MARKS[point.status]
    colour = f"var(--k-{tone})"
    return {"shape": shape, "stroke": colour, "fill": "var(--k-paper)" if point.is_running else colour}


def _names(series: _Series, size: Size, low: float, high: float) -> list[dict[str, Any]]:
    """The names of the lines, right of them."""
    last = series.points[-1]
    lines = [(name, value, "muted", series.shown(value)) for name, value in _control_lines(series)]
    for name, level, tone in (("minimum", last.minimum, "bad"), ("target", last.target, "target")):
        if level is not None:
            lines.insert(0, (name, level, tone, _plain(level)))
    wanted = [size.height * (high - value) / (high - low) for _, value, _, _ in lines]
    places = spread(wanted, _LABEL_GAP, size.height)
    rows = [
        {"text": f"{name} {text}", "fill": f"var(--k-{tone})", "place": place}
        for (name, _, tone, text), place in zip(lines, places, strict=True)
    ]
    at_place = {
        "x": {"value": size.width},
        "y": {"field": "place", "type": "quantitative", "scale": None},
        "text": {"field": "text"},
        "fill": {"field": "fill", "scale": None},
    }
    text = {"type": "text", "align": "left", "baseline": "middle", "dx": 7}
    return [_layer(text, rows, at_place)] if rows else []


def _step_names(series: _Series, size: Size) -> list[dict[str, Any]]:
    """The target of every step of a ramp but the last, which is named at the right."""
    targets = [point.target for point in series.points]
    starts = [index for index, target in enumerate(targets) if index == 0 or target != targets[index - 1]]
    rows = []
    for start, end in pairwise(starts):
        level = targets[start]
        has_room = (end - start) * size.width / len(targets) > _STEP_ROOM
        if level is not None:
            rows.append({"x": start - 0.5, "y": level, "text": ("target " if has_room else "") + _plain(level)})
    mark = {"type": "text", "align": "left", "baseline": "bottom", "dx": 2, "dy": -3, "fill": "var(--k-target)"}
    return [_layer(mark, rows, {"text": {"field": "text"}})] if rows else []


def _last_value(series: _Series, low: float, high: float) -> list[dict[str, Any]]:
    """The last value in figures, on the side of its point where the line leaves room."""
    measured = [(index, point.value) for index, point in enumerate(series.points) if point.value is not None]
    index, value = measured[-1]
    is_last = index == len(series.points) - 1
    is_falling = len(measured) > 1 and measured[-2][1] > value
    is_below = is_last and is_falling and value - low > (high - low) * 0.12
    aside = {"align": "right"} if is_last else {"align": "left", "dx": 8}
    height = {"baseline": "top", "dy": 9} if is_below else {"baseline": "bottom", "dy": -8 if is_last else -3}
    text = {"type": "text", "fontWeight": 600, "fill": "var(--k-ink)", **aside, **height}
    return [_layer(text, [{"x": index, "y": value, "text": series.shown(value)}], {"text": {"field": "text"}})]


def _row(index: int, point: Point) -> dict[str, Any]:
    return {"x": index, "y": point.value}


def _plain(value: float) -> str:
    """An agreed level without zeros behind it."""
    return f"{value:.10g}"


def _layer(
    mark: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], encoding: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {"mark": mark, "data": {"values": rows}, "encoding": encoding or {}}


def _scale(low: float, high: float) -> dict[str, Any]:
    return {"domain": [low, high], "nice": False, "zero": False}


_AXIS = {"title": None, "ticks": False, "labelColor": "var(--k-muted)", "labelFontSize": 11, "labelPadding": 6,
         "labelOverlap": False, "labelFlush": False}  # fmt: skip


def _value_axis(series: _Series, size: Size) -> dict[str, Any]:
    title = {"title": series.unit, "titleAngle": 0, "titleAlign": "right", "titleX": -6, "titleY": -10,
             "titleColor": "var(--k-muted)", "titleFontSize": 11, "titleFontWeight": "normal"}  # fmt: skip
    lines = {"tickCount": 5, "grid": True, "gridColor": "var(--k-grid)", "maxExtent": size.left, "domain": False}
    return {**_AXIS, **lines, **(title if series.unit else {})}


def _period_axis(series: _Series, size: Size) -> dict[str, Any]:
    """The labels of as many periods as there is room for."""
    labels = [point.label for point in series.points]
    room = max(len(label) for label in labels) * _CHARACTER + 12
    step = max(1, -(-int(room * len(labels)) // size.width))
    texts = {str(index): labels[index] for index in range(0, len(labels), step)}
    return {
        **_AXIS,
        "grid": False,
        "values": list(map(int, texts)),
        "labelExpr": f"{json.dumps(texts)}[datum.value]",
        "domainColor": "var(--k-line)",
    }
