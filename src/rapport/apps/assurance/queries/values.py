"""Exact values, as they are kept and as people read them."""

from decimal import Decimal
from fractions import Fraction

from rapport.domain.rounding import Rounding, RoundingMode

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


def written(value: Fraction, fewest: int, *, signed: bool = False) -> str:
    """A value with at least `fewest` decimals, more where it then is exact, and rounded half up where it never is."""
    exactly = (places for places in range(fewest, _MOST_DECIMALS + 1) if (value * 10**places).denominator == 1)
    places = next(exactly, fewest)
    scaled = int(Rounding(places, RoundingMode.HALF_UP).apply(value) * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    sign = "\N{MINUS SIGN}" if scaled < 0 else "+" if signed and scaled > 0 else ""
    return f"{sign}{whole:,}" + (f".{part:0{places}d}" if places else "")
