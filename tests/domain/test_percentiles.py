import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.percentiles import PercentileMethod, Rank, interpolate, rank

NUMPY_NAMES = {"inverted_cdf": PercentileMethod.NEAREST_RANK}

samples = st.lists(st.integers(-1000, 1000), min_size=2, max_size=30)
shares = st.integers(1, 99).map(lambda percent: Fraction(percent, 100))


def percentile(values, p, method):
    at = rank(method, p, len(values))
    ordered = sorted(Fraction(value) for value in values)
    return interpolate(ordered[at.low - 1], ordered[at.high - 1], at)


def test_percentile_methods_match_numpy(oracle):
    example = oracle("percentile-methods")
    for name, expected in example["expected"].items():
        method = NUMPY_NAMES.get(name) or PercentileMethod(name)
        found = percentile(example["inputs"]["data"], Fraction(example["inputs"]["p"], 100), method)
        assert float(found) == pytest.approx(expected, abs=example["tolerance"])


def test_rank_gives_two_order_statistics():
    assert rank(PercentileMethod.LINEAR, Fraction("0.9"), 10) == Rank(9, 10, Fraction(1, 10))
    assert rank(PercentileMethod.NEAREST_RANK, Fraction("0.9"), 10) == Rank(9, 9, Fraction(0))


@pytest.mark.parametrize("p", ["0.07", "0.14", "0.28", "0.29", "0.55", "0.56", "0.57", "0.58"])
def test_nearest_rank_of_100_is_the_percent_itself_where_floats_are_not(p):
    assert rank(PercentileMethod.NEAREST_RANK, Fraction(p), 100).low == Fraction(p) * 100


@pytest.mark.parametrize("method", PercentileMethod)
def test_rank_stays_within_the_sample(method):
    assert rank(method, Fraction(0), 10) == Rank(1, 1, Fraction(0))
    assert rank(method, Fraction(1), 10) == Rank(10, 10, Fraction(0))
    assert rank(method, Fraction(1, 2), 1) == Rank(1, 1, Fraction(0))


@given(samples, shares)
def test_nearest_rank_is_the_smallest_value_that_covers_the_share(values, p):
    covering = [v for v in values if sum(other <= v for other in values) >= p * len(values)]
    assert percentile(values, p, PercentileMethod.NEAREST_RANK) == min(covering)


@pytest.mark.parametrize(
    ("method", "stdlib"), [(PercentileMethod.LINEAR, "inclusive"), (PercentileMethod.WEIBULL, "exclusive")]
)
@given(values=samples)
def test_percentiles_agree_with_the_statistics_module(method, stdlib, values):
    cuts = statistics.quantiles([Fraction(value) for value in values], n=20, method=stdlib)
    position = (len(values) + 1 if stdlib == "exclusive" else len(values) - 1) * Fraction(1, 20)
    for i, cut in enumerate(cuts, start=1):
        # The exclusive method of `statistics` extrapolates beyond a small sample, which no order statistic does.
        if stdlib == "inclusive" or 1 <= i * position <= len(values):
            assert percentile(values, Fraction(i, 20), method) == cut


@pytest.mark.parametrize(("p", "n"), [("-0.1", 10), ("1.1", 10), ("0.5", 0)])
def test_rank_refuses_what_has_no_percentile(p, n):
    with pytest.raises(ValueError, match="percentile"):
        rank(PercentileMethod.LINEAR, Fraction(p), n)
