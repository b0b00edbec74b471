"""Exact values, as they are kept and as people read them."""

from decimal import Decimal
from fractions import Fraction

from rapport.domain.rounding import written

_MOST_DECIMALS = 9


def value_of(text: str) -> Fraction | None:
    """A value as it is kept: exact, or none."""
    return Fraction(text) if text else None


def plain(value: Fraction | None) -> str:
    """A value as history tells it: as a decimal where it is one, else as a fraction."""
    if value is None:
        return "none"
    places = next((places for places in range(21) if (value * 10**places).denominator == 1), None)
    return str(value) if places is None else f"{Decimal(int(value * 10**places)).scaleb(-places):f}"


def as_text(value: Fraction, fewest: int, *, signed: bool = False) -> str:
    """A value with at least `fewest` decimals, more where it then is exact, and rounded half up where it never is."""
    exactly = (places for places in range(fewest, _MOST_DECIMALS + 1) if (value * 10**places).denominator == 1)
    return written(value, next(exactly, fewest), signed=signed)
