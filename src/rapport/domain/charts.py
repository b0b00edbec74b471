"""Control charts: is a change in a KPI a signal, or the noise it always had?

XmR limits follow Wheeler, "Understanding Variation", and NIST/SEMATECH e-Handbook 6.3.2.2; the EWMA follows
6.3.2.4. Values come one for each period, oldest first, with None where nothing was measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

MINIMUM_POINTS = 12
"""Measured periods below which limits are too uncertain to show."""

WHEELER_SCALE = Fraction("2.66")
"""Limit distance in mean moving ranges, rounded as Wheeler prints it."""

NIST_SCALE = 3 / Fraction("1.128")
"""The same distance as 3/d2 with d2 = 1.128, as NIST computes it."""

RANGE_SCALE = Fraction("3.267")
"""Upper limit of a moving range in mean moving ranges (D4 for two values)."""


@dataclass(frozen=True)
class XmrLimits:
    """Natural process limits of individual values, in the KPI's unit, with the scale that made them."""

    mean: Fraction
    mean_range: Fraction
    scale: Fraction

    def at(self, sigmas: int) -> Fraction:
        """The line that many sigmas above the mean, or below it when negative."""
        return self.mean + self.scale * self.mean_range * sigmas / 3

    @property
    def upper(self) -> Fraction:
        """The upper natural process limit."""
        return self.at(3)

    @property
    def lower(self) -> Fraction:
        """The lower natural process limit."""
        return self.at(-3)

    @property
    def upper_range(self) -> Fraction:
        """The upper limit of the moving range."""
        return RANGE_SCALE * self.mean_range


class Rule(StrEnum):
    """The run rules in use, all within one side of the mean (Western Electric rules 1, 2 and 4)."""

    OUTSIDE_LIMITS = "outside_limits"
    TWO_OF_THREE = "two_of_three"
    EIGHT_ON_ONE_SIDE = "eight_on_one_side"


@dataclass(frozen=True)
class Signal:
    """A rule that the period at `index` (from 0) completes."""

    index: int
    rule: Rule


@dataclass(frozen=True)
class _Pattern:
    """At least `hits` of the last `window` values lie more than `sigmas` from the mean, on one side."""

    sigmas: int
    hits: int
    window: int


_PATTERNS: Mapping[Rule, _Pattern] = {
    Rule.OUTSIDE_LIMITS: _Pattern(sigmas=3, hits=1, window=1),
    Rule.TWO_OF_THREE: _Pattern(sigmas=2, hits=2, window=3),
    Rule.EIGHT_ON_ONE_SIDE: _Pattern(sigmas=0, hits=8, window=8),
}


def has_enough_points(values: Sequence[Fraction | None]) -> bool:
    """Whether enough periods were measured to show a chart."""
    return sum(value is not None for value in values) >= MINIMUM_POINTS


def moving_ranges(values: Sequence[Fraction | None]) -> list[Fraction]:
    """The distances between neighbouring periods; a missing period is not bridged."""
    return [abs(b - a) for a, b in pairwise(values) if a is not None and b is not None]


def xmr_limits(values: Sequence[Fraction | None], scale: Fraction = WHEELER_SCALE) -> XmrLimits:
    """Limits from a baseline of values.

    Raises:
        ValueError: no two neighbouring periods were measured.
    """
    measured = [value for value in values if value is not None]
    ranges = moving_ranges(values)
    if not ranges:
        raise ValueError("Control limits need at least two neighbouring measured periods.")
    return XmrLimits(sum(measured, Fraction(0)) / len(measured), sum(ranges, Fraction(0)) / len(ranges), scale)


def signals(values: Sequence[Fraction | None], limits: XmrLimits) -> list[Signal]:
    """Every rule that some period completes, oldest first."""
    found = [
        Signal(index, rule)
        for rule, pattern in _PATTERNS.items()
        for index in _completions([_side(value, limits, pattern.sigmas) for value in values], pattern)
    ]
    return sorted(found, key=lambda signal: signal.index)


def ewma(values: Sequence[float | None], center: float, weight: float) -> list[float | None]:
    """Exponentially weighted moving averages started at `center`; a missing period leaves the average as it was.

    `weight` is lambda, the share (0..1) of the newest value: z = lambda x + (1 - lambda) z.
    """
    averages: list[float | None] = []
    average = center
    for value in values:
        if value is not None:
            average = weight * value + (1 - weight) * average
        averages.append(None if value is None else average)
    return averages


def ewma_limits(center: float, sigma: float, weight: float, k: float = 3.0) -> tuple[float, float]:
    """Lower and upper limit of a settled EWMA: center -/+ k sigma sqrt(lambda / (2 - lambda))."""
    distance = k * sigma * math.sqrt(weight / (2 - weight))
    return center - distance, center + distance


def _side(value: Fraction | None, limits: XmrLimits, sigmas: int) -> int:
    """1 above the upper line, -1 below the lower, 0 between them, on them or not measured."""
    if value is None:
        return 0
    return (value > limits.at(sigmas)) - (value < limits.at(-sigmas))


def _completions(sides: Sequence[int], pattern: _Pattern) -> list[int]:
    windows = [sides[max(0, end - pattern.window) : end] for end in range(1, len(sides) + 1)]
    return [
        index for index, window in enumerate(windows) if window[-1] != 0 and window.count(window[-1]) >= pattern.hits
    ]
