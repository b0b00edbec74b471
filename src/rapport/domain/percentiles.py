"""Percentiles by order statistics: a query fetches at most two of them, and the rest is exact arithmetic here.

The definitions are those of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996); they differ
enough in small samples that an agreement must name one.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class PercentileMethod(StrEnum):
    """The definition of a percentile; numpy's `method` uses the same words, and inverted_cdf for nearest rank."""

    NEAREST_RANK = "nearest_rank"
    LINEAR = "linear"
    HAZEN = "hazen"
    WEIBULL = "weibull"
    MEDIAN_UNBIASED = "median_unbiased"


@dataclass(frozen=True)
class Rank:
    """Where a percentile lies: `fraction` of the way from the `low`-th to the `high`-th smallest value (from 1)."""

    low: int
    high: int
    fraction: Fraction


def rank(method: PercentileMethod, p: Fraction, n: int) -> Rank:
    """The rank of the percentile p (0..1) among n values.

    Raises:
        ValueError: p lies outside 0..1, or there is no value.
    """
    if not 0 <= p <= 1 or n < 1:
        raise ValueError("A percentile needs a share from 0 to 1 and at least one value.")
    position = min(max(_position(method, p, n), Fraction(1)), Fraction(n))
    low = math.floor(position)
    return Rank(low, math.ceil(position), position - low)


def interpolate(low_value: Fraction, high_value: Fraction, at: Rank) -> Fraction:
    """The percentile, from the values ranked `at.low` and `at.high`."""
    return low_value + at.fraction * (high_value - low_value)


def _position(method: PercentileMethod, p: Fraction, n: int) -> Fraction:
    match method:
        case PercentileMethod.NEAREST_RANK:
            return Fraction(math.ceil(n * p))
        case PercentileMethod.LINEAR:
            return (n - 1) * p + 1
        case PercentileMethod.HAZEN:
            return n * p + Fraction(1, 2)
        case PercentileMethod.WEIBULL:
            return (n + 1) * p
        case PercentileMethod.MEDIAN_UNBIASED:
            return (n + Fraction(1, 3)) * p + Fraction(1, 3)
