"""Rounding that an agreement states; where it states none, values are compared unrounded."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class RoundingMode(StrEnum):
    """What happens to the digits after the last one kept, as in Python's `decimal`.

    half_up takes a tie away from zero, half_even to the even neighbour; down drops the digits.
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


@dataclass(frozen=True)
class Rounding:
    """Rounding to a number of decimals of the KPI's own unit."""

    decimals: int
    mode: RoundingMode

    def apply(self, value: Fraction) -> Fraction:
        """The rounded value, exactly."""
        unit = Fraction(10) ** -self.decimals
        return _TO_WHOLE[self.mode](value / unit) * unit


def written(value: Fraction, decimals: int, *, signed: bool = False) -> str:
    """A number as people read it, rounded half up: thousands separated, a sign where it is negative or one is asked."""
    scaled = int(Rounding(decimals, RoundingMode.HALF_UP).apply(value) * 10**decimals)
    whole, part = divmod(abs(scaled), 10**decimals)
    sign = "\N{MINUS SIGN}" if scaled < 0 else "+" if signed and scaled > 0 else ""
    return f"{sign}{whole:,}" + (f".{part:0{decimals}d}" if decimals else "")


def _half_up(value: Fraction) -> int:
    half = Fraction(1, 2) if value >= 0 else Fraction(-1, 2)
    return math.trunc(value + half)


_TO_WHOLE: Mapping[RoundingMode, Callable[[Fraction], int]] = {
    RoundingMode.HALF_UP: _half_up,
    RoundingMode.HALF_EVEN: round,
    RoundingMode.DOWN: math.trunc,
}
