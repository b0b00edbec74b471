import hashlib
import random
from decimal import Decimal
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.engine.sampling import (
    clopper_pearson,
    conclude,
    frame_digest,
    hypergeometric_cdf,
    plausibility,
    rounded_up,
    sample_size,
    select,
    upper_limit,
    wilson,
)

FIVE_PERCENT = Fraction("0.05")
KEYS = [f"ticket-{number}" for number in range(200)]


def binomial_cdf(k, n, p):
    return float(sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1)))


def percent(number):
    return Fraction(str(number)) / 100


def test_sample_size_reproduces_the_aicpa_table(oracle):
    example = oracle("aicpa-table-a1")
    columns = example["inputs"]["cols_tdr_pct"]
    for expected_rate, cells in example["expected"].items():
        sizes = [
            cell and sample_size(percent(tolerable), percent(expected_rate), risk=0.05)
            for tolerable, cell in zip(columns, cells, strict=True)
        ]
        assert sizes == cells, f"expected deviation rate {expected_rate} %"


def test_sample_size_of_a_finite_population_is_smaller():
    assert sample_size(FIVE_PERCENT, Fraction(0), risk=0.05, population=100) == 45
    assert sample_size(FIVE_PERCENT, Fraction(0), risk=0.05) == 59


def test_sample_size_of_a_finite_population_rules_out_the_first_intolerable_count():
    # 4 bad of 100 are within 4.95 %, 5 are not.
    assert sample_size(Fraction("0.0495"), Fraction(0), risk=0.05, population=100) == 45


def test_sample_size_of_a_finite_population_by_brute_force():
    none_of_five = [comb(95, n) / comb(100, n) for n in range(96)]
    assert none_of_five[44] > 0.05 >= none_of_five[45]


def test_sample_size_of_a_large_population_is_the_binomial_one():
    assert sample_size(FIVE_PERCENT, percent(1), risk=0.05, population=50_000) == 93


def test_sample_size_is_the_population_when_no_sample_would_do():
    assert sample_size(percent(10), percent(9), risk=0.05, population=50) == 50
    assert sample_size(percent(10), Fraction(0), risk=0.05, population=1) == 1


@pytest.mark.parametrize(
    ("tolerable", "expected", "risk"), [(5, 5, 0.05), (5, 6, 0.05), (100, 0, 0.05), (5, -1, 0.05), (5, 0, 0), (5, 0, 1)]
)
def test_sample_size_refuses_what_no_sample_can_show(tolerable, expected, risk):
    with pytest.raises(ValueError, match="A sample needs"):
        sample_size(percent(tolerable), percent(expected), risk)


def test_upper_limit_of_no_deviation_in_59(oracle):
    example = oracle("cp-upper-0-59")
    limit = upper_limit(example["inputs"]["deviations"], example["inputs"]["n"], risk=0.05)
    assert 100 * limit == pytest.approx(example["expected"]["upper_pct"], abs=example["tolerance"])


def test_conclusion_of_three_deviations_in_150(oracle):
    example = oracle("aicpa-upper-3-150")
    inputs, expected = example["inputs"], example["expected"]
    conclusion = conclude(inputs["deviations"], inputs["n"], FIVE_PERCENT, inputs["risk"])
    assert not conclusion.is_supported
    assert 100 * conclusion.upper_limit == pytest.approx(5.088, abs=0.0005)
    assert 100 * rounded_up(conclusion.upper_limit) == Decimal(str(expected["UDL_pct"]))
    assert 100 * conclusion.sample_rate == pytest.approx(expected["sample_rate_pct"])
    assert 100 * conclusion.allowance == pytest.approx(expected["allowance_pct"], abs=example["tolerance"])


def test_upper_limit_of_six_deviations_in_150_rounds_up():
    assert rounded_up(upper_limit(6, 150, risk=0.05)) == Decimal("0.078")


@pytest.mark.parametrize(
    ("limit", "expected"), [(0.029, "0.029"), (0.0290001, "0.030"), (1.0, "1.000"), (0.0, "0.000")]
)
def test_rounded_up_leaves_tenths_of_a_percent_alone(limit, expected):
    assert rounded_up(limit) == Decimal(expected)


@settings(max_examples=30)
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_upper_limit_is_where_the_binomial_reaches_the_risk(counts):
    deviations, size = counts
    limit = Fraction(upper_limit(deviations, size, risk=0.05))
    assert binomial_cdf(deviations, size, limit) == pytest.approx(0.05)


@settings(max_examples=30)
@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(n, 60))))
def test_upper_limit_of_a_finite_population_by_brute_force(counts):
    deviations, size, population = counts
    plausible = [
        bad
        for bad in range(deviations, population - size + deviations + 1)
        if hypergeometric_cdf(deviations, population, bad, size) > 0.05
    ]
    assert upper_limit(deviations, size, 0.05, population) == max(plausible) / population


def test_upper_limit_of_a_fully_checked_population_is_its_rate():
    assert upper_limit(3, 100, risk=0.05, population=100) == 0.03
    assert conclude(5, 100, FIVE_PERCENT, risk=0.05, population=100).is_supported


def test_upper_limit_of_deviations_only_is_one():
    assert upper_limit(10, 10, risk=0.05) == 1.0


@pytest.mark.parametrize("size", [45, 59])
def test_planned_samples_without_deviation_support_the_tolerable_rate(size):
    assert conclude(0, size, FIVE_PERCENT, risk=0.05, population=100 if size == 45 else None).is_supported


@pytest.mark.parametrize(
    ("deviations", "size", "population"), [(-1, 10, None), (11, 10, None), (0, 0, None), (0, 11, 10)]
)
def test_upper_limit_refuses_impossible_counts(deviations, size, population):
    with pytest.raises(ValueError, match="at least one record"):
        upper_limit(deviations, size, 0.05, population)


@settings(max_examples=50)
@given(st.integers(1, 25).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_hypergeometric_cdf_by_counting(numbers):
    population, bad, size = numbers
    chances = [comb(bad, k) * comb(population - bad, size - k) / comb(population, size) for k in range(size + 1)]
    for found in range(size + 1):
        assert hypergeometric_cdf(found, population, bad, size) == pytest.approx(sum(chances[: found + 1]))


@pytest.mark.parametrize("oracle_id", ["newcombe-81-263", "newcombe-0-20"])
def test_intervals_match_newcombe(oracle, oracle_id):
    example = oracle(oracle_id)
    k, n = example["inputs"]["k"], example["inputs"]["n"]
    assert wilson(k, n, 0.95) == pytest.approx(example["expected"]["wilson"], abs=example["tolerance"])
    assert clopper_pearson(k, n, 0.95) == pytest.approx(
        example["expected"]["clopper_pearson"], abs=example["tolerance"]
    )


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_intervals_are_mirrored_and_stay_within_0_and_1(interval):
    for k in range(21):
        low, high = interval(k, 20, 0.95)
        assert 0 <= low <= k / 20 <= high <= 1
        assert (1 - high, 1 - low) == pytest.approx(interval(20 - k, 20, 0.95))


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@pytest.mark.parametrize(("k", "n"), [(-1, 10), (11, 10), (0, 0)])
def test_intervals_refuse_impossible_counts(interval, k, n):
    with pytest.raises(ValueError, match="at least one record"):
        interval(k, n, 0.95)


def test_plausibility_is_the_chance_of_so_few_passes():
    assert plausibility(0.98, passes=45, size=50) == pytest.approx(binomial_cdf(45, 50, Fraction("0.98")))
    assert plausibility(0.98, passes=45, size=50) < 0.01
    assert plausibility(0.98, passes=49, size=50) > 0.5
    assert plausibility(0.98, passes=50, size=50) == 1


def test_select_depends_on_keys_and_seed_only():
    shuffled = random.Random(1).sample(KEYS, len(KEYS))
    assert select(KEYS, 20, seed=7) == select(shuffled, 20, seed=7)
    assert select(KEYS, 20, seed=7) != select(KEYS, 20, seed=8)


def test_select_is_the_same_for_ever():
    assert select(KEYS, 3, seed=7) == ["ticket-144", "ticket-120", "ticket-169"]


def test_select_larger_begins_with_smaller():
    assert select(KEYS, 30, seed=7)[:20] == select(KEYS, 20, seed=7)


def test_select_reaches_every_key_about_equally_often():
    drawn = [key for seed in range(400) for key in select(KEYS, 20, seed)]
    times = [drawn.count(key) for key in KEYS]
    assert sum(times) == 8_000
    assert min(times) > 15
    assert max(times) < 70


def test_select_refuses_a_doubled_key():
    with pytest.raises(ValueError, match="once"):
        select(["a", "b", "a"], 1, seed=7)


def test_select_refuses_more_than_the_frame():
    with pytest.raises(ValueError, match="A frame of 2"):
        select(["a", "b"], 3, seed=7)


def test_frame_digest_depends_on_the_set_of_keys_only():
    of_a_and_b = hashlib.sha256(b'["a", "b"]').hexdigest()
    assert frame_digest(["b", "a"]) == frame_digest(["a", "b"]) == of_a_and_b
    assert frame_digest(["a,b"]) != frame_digest(["a", "b"])
    assert frame_digest(['a","b']) != frame_digest(["a", "b"])
