"""Ramp-up: dated targets that expire, so that a new partner is judged by what it was given time to reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise


@dataclass(frozen=True)
class RampStep:
    """A target in the KPI's unit, in force up to and including the day `until`."""

    until: date
    target: Fraction


def target_on(day: date, steps: Sequence[RampStep], steady: Fraction) -> Fraction:
    """The target in force on a day: the first step not yet expired, or the steady target after the last."""
    return next((step.target for step in steps if day <= step.until), steady)


def check_ramp(steps: Sequence[RampStep]) -> list[str]:
    """One sentence for each step that does not end after the step before it."""
    return [
        f"The ramp step until {step.until} must end after the one until {earlier.until}."
        for earlier, step in pairwise(steps)
        if step.until <= earlier.until
    ]
