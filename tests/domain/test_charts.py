import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.charts import (
    MINIMUM_POINTS,
    NIST_SCALE,
    Rule,
    Signal,
    XmrLimits,
    ewma,
    ewma_limits,
    has_enough_points,
    moving_ranges,
    signals,
    xmr_limits,
)

# Mean 0 and sigma 1, so that values are their own distance in sigmas.
STANDARD = XmrLimits(mean=Fraction(0), mean_range=Fraction(3), scale=Fraction(1))


def fractions(values):
    return [None if value is None else Fraction(str(value)) for value in values]


def rules_at(values, rule):
    return [signal.index for signal in signals(fractions(values), STANDARD) if signal.rule is rule]


def test_xmr_limits_match_nist(oracle):
    example = oracle("xmr-nist")
    limits = xmr_limits(fractions(example["inputs"]["x"]), NIST_SCALE)
    found = {"mean": limits.mean, "mr_bar": limits.mean_range, "UNPL": limits.upper, "LNPL": limits.lower}
    assert {name: float(value) for name, value in found.items()} == pytest.approx(
        example["expected"], abs=example["tolerance"]
    )
    assert round(float(limits.upper), 4) == 55.8041


def test_xmr_limits_use_the_rounded_constant_by_default(oracle):
    limits = xmr_limits(fractions(oracle("xmr-nist")["inputs"]["x"]))
    assert round(float(limits.upper), 4) == 55.8049


def test_xmr_upper_range(oracle):
    example = oracle("xmr-nist-mr-limit")
    limits = xmr_limits(fractions(example["inputs"]["x"]))
    assert float(limits.upper_range) == pytest.approx(example["expected"]["URL"], abs=example["tolerance"])


def test_moving_ranges_do_not_bridge_a_missing_period():
    assert moving_ranges(fractions([1, 4, None, 100, 98])) == [3, 2]


def test_xmr_limits_ignore_the_jump_across_a_missing_period():
    limits = xmr_limits(fractions([1, 2, None, 9, 10]))
    assert limits.mean == Fraction(11, 2)
    assert limits.mean_range == 1


@pytest.mark.parametrize("values", [[], [1], [1, None, 2], [None, None]])
def test_xmr_limits_need_neighbours(values):
    with pytest.raises(ValueError, match="neighbouring"):
        xmr_limits(fractions(values))


def test_chart_is_shown_from_twelve_measured_periods():
    eleven = fractions([1] * 11)
    assert MINIMUM_POINTS == 12
    assert not has_enough_points([*eleven, None])
    assert has_enough_points([*eleven, None, Fraction(1)])


@given(st.fractions(), st.integers(2, 40))
def test_steady_values_give_no_signal(value, count):
    values = [value] * count
    assert signals(values, xmr_limits(values)) == []


@pytest.mark.parametrize(
    ("values", "expected"), [([0, 3.01], [1]), ([0, -3.01], [1]), ([0, 3], []), ([0, -3], []), ([None, 4, None], [1])]
)
def test_one_point_outside_the_limits(values, expected):
    assert rules_at(values, Rule.OUTSIDE_LIMITS) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1] * 7, []),
        ([1] * 8, [7]),
        ([-1] * 9, [7, 8]),
        ([1] * 4 + [-1] + [1] * 4, []),
        ([1] * 4 + [0] + [1] * 4, []),
        ([1] * 4 + [None] + [1] * 4, []),
        ([-1] + [1] * 8, [8]),
    ],
)
def test_eight_on_one_side(values, expected):
    assert rules_at(values, Rule.EIGHT_ON_ONE_SIDE) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2.5, 0, 2.5], [2]),
        ([2.5, 2.5, 0], [1]),
        ([-2.5, 0, -2.5], [2]),
        ([2.5, 0, -2.5], []),
        ([2.5, 0, 0, 2.5], []),
        ([2, 2, 2], []),
        ([2.5, None, 2.5], [2]),
        ([2.5, 2.5, 2.5], [1, 2]),
    ],
)
def test_two_of_three_beyond_two_sigmas(values, expected):
    assert rules_at(values, Rule.TWO_OF_THREE) == expected


def test_signals_come_oldest_first():
    assert signals(fractions([4, 0, 0, 2.5, 4]), STANDARD) == [
        Signal(0, Rule.OUTSIDE_LIMITS),
        Signal(4, Rule.OUTSIDE_LIMITS),
        Signal(4, Rule.TWO_OF_THREE),
    ]


# NIST/SEMATECH e-Handbook 6.3.2.4: EWMA_0 = 50, s = 2.0539, lambda = 0.3.
NIST_VALUES = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5]
NIST_VALUES += [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
NIST_EWMA = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33]
NIST_EWMA += [50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99]


def test_ewma_matches_nist():
    assert ewma(NIST_VALUES, center=50, weight=0.3) == pytest.approx(NIST_EWMA, abs=0.0051)


def test_ewma_limits_match_nist():
    assert ewma_limits(center=50, sigma=2.0539, weight=0.3) == pytest.approx((47.4115, 52.5884), abs=0.0005)


def test_ewma_waits_over_a_missing_period():
    assert ewma([10.0, None, 10.0], center=0, weight=0.5) == [5.0, None, 7.5]


def test_ewma_of_weight_one_is_the_values_with_shewhart_limits():
    assert ewma([3.0, 5.0], center=4, weight=1) == [3.0, 5.0]
    sigma = statistics.stdev([3.0, 5.0])
    assert ewma_limits(center=4, sigma=sigma, weight=1) == pytest.approx((4 - 3 * sigma, 4 + 3 * sigma))
