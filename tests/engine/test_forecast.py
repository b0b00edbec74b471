from fractions import Fraction
from math import comb, gamma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.engine.forecast import allowed_misses, beta_binomial_tail, breach_probability

TARGET = Fraction("0.95")


def beta(a, b):
    return gamma(a) * gamma(b) / gamma(a + b)


def binomial_tail(k, n, p):
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1, n + 1))


def test_breach_of_the_plug_in_binomial(oracle):
    example = oracle("breach-binomial")
    inputs, expected = example["inputs"], example["expected"]
    allowed = allowed_misses(Fraction(str(inputs["target"])), inputs["expected_period_volume"])
    assert allowed == expected["allowed_failures"]

    left, remaining = allowed - inputs["failed"], inputs["expected_period_volume"] - inputs["done"]
    assert binomial_tail(left, remaining, inputs["p_hat"]) == pytest.approx(
        expected["P_breach"], abs=example["tolerance"]
    )
    # A beta distribution this narrow is a known rate.
    narrow = 1_000_000 * inputs["p_hat"], 1_000_000 * (1 - inputs["p_hat"])
    assert beta_binomial_tail(left, remaining, *narrow) == pytest.approx(expected["P_breach"], abs=example["tolerance"])


def test_breach_probability_is_less_confident_than_the_plug_in():
    probability = breach_probability(TARGET, expected_volume=150, done=100, failed=4)
    assert probability == pytest.approx(0.210, abs=0.0005)
    assert probability > binomial_tail(3, 50, 0.04)


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(0, 20))
def test_beta_binomial_tail_by_summation(k, trials, successes, failures):
    a, b = successes + 0.5, failures + 0.5
    chances = [comb(trials, i) * beta(i + a, trials - i + b) / beta(a, b) for i in range(trials + 1)]
    assert beta_binomial_tail(k, trials, a, b) == pytest.approx(sum(chances[k + 1 :]), abs=1e-12)


@pytest.mark.parametrize(
    ("target", "volume", "allowed"),
    [
        ("0.95", 150, 7),
        ("0.90", 10, 1),
        ("0.9", 1_000, 100),
        ("0.95", 0, 0),
        ("1", 500, 0),
        ("0.99", 99, 0),
        ("0.7", 10, 3),
    ],
)
def test_allowed_misses_are_exact(target, volume, allowed):
    assert allowed_misses(Fraction(target), volume) == allowed


def test_allowed_misses_are_one_too_few_in_floats():
    assert int(10 * (1 - 0.9)) == 0
    assert allowed_misses(Fraction("0.9"), 10) == 1


@given(st.integers(0, 100), st.integers(0, 500))
def test_allowed_misses_are_the_most_that_still_meet_the_target(percent, volume):
    target = Fraction(percent, 100)
    allowed = allowed_misses(target, volume)
    assert volume - allowed >= target * volume
    assert allowed == volume or volume - (allowed + 1) < target * volume


@pytest.mark.parametrize(
    ("done", "failed", "probability"),
    [
        (100, 8, 1.0),  # more failed than 7 allowed
        (149, 6, 0.0),  # even the last one may fail
        (150, 7, 0.0),
        (150, 8, 1.0),
        (160, 8, 0.0),  # more done than expected: 8 of 160 may fail
        (160, 9, 1.0),
    ],
)
def test_breach_that_is_decided(done, failed, probability):
    assert breach_probability(TARGET, 150, done, failed) == probability


def test_breach_probability_before_the_first_record_rests_on_the_prior():
    assert 0 < breach_probability(TARGET, 150, done=0, failed=0) < 1


def test_breach_probability_grows_with_every_miss():
    chances = [breach_probability(TARGET, 150, 100, failed) for failed in range(9)]
    assert chances == sorted(chances)
    assert chances[-1] == 1.0


@pytest.mark.parametrize(("done", "failed"), [(3, 4), (3, -1)])
def test_breach_probability_refuses_impossible_counts(done, failed):
    with pytest.raises(ValueError, match="failed records"):
        breach_probability(TARGET, 150, done, failed)
