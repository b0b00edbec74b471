"""Agreement of two measurements of the same things, by Bland and Altman, Lancet 1986."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

NORMAL_95 = 1.96
"""Standard deviations that hold 95 % of a normal distribution."""

TWO_SD = 2.0
"""The rounder number of the 1986 paper."""


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Mean and standard deviation of the differences, in the unit measured, and the k that sets the limits."""

    bias: float
    standard_deviation: float
    k: float

    @property
    def lower(self) -> float:
        """The lower limit of agreement."""
        return self.bias - self.k * self.standard_deviation

    @property
    def upper(self) -> float:
        """The upper limit of agreement."""
        return self.bias + self.k * self.standard_deviation

    def is_within(self, tolerance: float) -> bool:
        """Whether both limits lie within a tolerance the parties agreed beforehand."""
        return -tolerance <= self.lower and self.upper <= tolerance


def limits_of_agreement(
    reported: Sequence[float], verified: Sequence[float], k: float = NORMAL_95
) -> LimitsOfAgreement:
    """Limits for reported minus verified, pair by pair.

    Raises:
        ValueError: the sequences differ in length, or have fewer than two pairs.
    """
    differences = [a - b for a, b in zip(reported, verified, strict=True)]
    if len(differences) < 2:
        raise ValueError("Limits of agreement need at least two pairs.")
    return LimitsOfAgreement(statistics.fmean(differences), statistics.stdev(differences), k)
