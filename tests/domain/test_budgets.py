from fractions import Fraction

import pytest

from rapport.domain.budgets import availability, burn_rate, burn_rate_threshold, error_budget, time_to_exhaustion

MONTH_HOURS = Fraction(30 * 24)


def fraction(number):
    return Fraction(str(number))


def test_error_budget_minutes(oracle):
    example = oracle("avail-budget")
    window = Fraction(example["inputs"]["days"] * 24 * 60)
    budgets = [error_budget(fraction(percent) / 100, window) for percent in example["inputs"]["slo"]]
    assert budgets == [fraction(minutes) for minutes in example["expected"]["minutes"]]


def test_burn_rate_thresholds_of_30_days(oracle):
    example = oracle("burn-30d")
    inputs = example["inputs"]
    window = Fraction(inputs["slo_days"] * 24)
    factors = [
        burn_rate_threshold(Fraction(percent, 100), Fraction(hours), window)
        for percent, hours in zip(inputs["budget_pct"], inputs["long_window_h"], strict=True)
    ]
    assert factors == [fraction(factor) for factor in example["expected"]["factor"]]


def test_burn_rate_thresholds_of_28_days():
    window = Fraction(28 * 24)
    pairs = [("0.02", 1), ("0.05", 6), ("0.10", 24)]
    factors = [burn_rate_threshold(Fraction(share), Fraction(hours), window) for share, hours in pairs]
    assert factors == [Fraction("13.44"), Fraction("5.6"), Fraction("2.8")]


def test_time_to_exhaustion(oracle):
    example = oracle("burn-exhaust")
    hours = time_to_exhaustion(fraction(example["inputs"]["burn"]), Fraction(example["inputs"]["slo_days"] * 24))
    assert hours == example["expected"]["hours"]
    assert hours != 2, "a published claim"


def test_time_to_exhaustion_of_what_is_left():
    assert time_to_exhaustion(Fraction(6), MONTH_HOURS, Fraction(1, 4)) == 30
    assert time_to_exhaustion(Fraction(0), MONTH_HOURS) is None


def test_burn_rate_of_one_spends_the_budget_by_the_end_of_the_window():
    rate = burn_rate(Fraction("0.001"), Fraction("0.999"))
    assert rate == 1
    assert time_to_exhaustion(rate, MONTH_HOURS) == MONTH_HOURS


def test_burn_rate_refuses_an_objective_without_a_budget():
    with pytest.raises(ValueError, match="no error budget"):
        burn_rate(Fraction("0.001"), Fraction(1))


def test_availability_leaves_the_objective_exactly_when_the_budget_is_spent():
    window, objective = Fraction(43_200), Fraction("0.999")
    assert availability(window, error_budget(objective, window)) == objective


def test_availability_of_no_agreed_time_is_no_data():
    assert availability(Fraction(0), Fraction(0)) is None
