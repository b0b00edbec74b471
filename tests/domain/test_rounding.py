from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.rounding import Rounding, RoundingMode, written

DECIMAL_MODES = {
    RoundingMode.HALF_UP: ROUND_HALF_UP,
    RoundingMode.HALF_EVEN: ROUND_HALF_EVEN,
    RoundingMode.DOWN: ROUND_DOWN,
}


@pytest.mark.parametrize(
    ("mode", "value", "rounded"),
    [
        ("half_up", "98.95", "99.0"),
        ("half_even", "98.85", "98.8"),
        ("down", "98.99", "98.9"),
        ("half_up", "-0.25", "-0.3"),
        ("half_even", "-0.25", "-0.2"),
        ("down", "-0.29", "-0.2"),
    ],
)
def test_rounding_to_one_decimal(mode, value, rounded):
    assert Rounding(1, RoundingMode(mode)).apply(Fraction(value)) == Fraction(rounded)


def test_rounding_to_tens():
    assert Rounding(-1, RoundingMode.HALF_UP).apply(Fraction(1235)) == 1240


def test_rounding_does_not_see_float_noise():
    assert Rounding(2, RoundingMode.HALF_UP).apply(Fraction("2.675")) == Fraction("2.68")
    assert round(2.675, 2) == 2.67


@given(st.decimals(-10_000, 10_000, places=6), st.integers(0, 4), st.sampled_from(RoundingMode))
def test_rounding_agrees_with_decimal(value, decimals, mode):
    expected = value.quantize(Decimal(1).scaleb(-decimals), DECIMAL_MODES[mode])
    assert Rounding(decimals, mode).apply(Fraction(value)) == Fraction(expected)


@pytest.mark.parametrize(
    ("value", "decimals", "is_signed", "text"),
    [
        ("1234.5", 0, False, "1,235"),
        ("1234.565", 2, False, "1,234.57"),
        ("0.05", 3, False, "0.050"),
        ("-2.25", 1, False, "\N{MINUS SIGN}2.3"),
        ("2.25", 1, True, "+2.3"),
        ("-0.04", 1, True, "0.0"),
    ],
)
def test_number_is_written_as_people_read_it(value, decimals, is_signed, text):
    assert written(Fraction(value), decimals, signed=is_signed) == text
