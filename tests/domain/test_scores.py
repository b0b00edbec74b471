from fractions import Fraction

import pytest

from rapport.domain.bands import Direction
from rapport.domain.scores import WeightedScore, attainment, weight_shares, weighted_score


def parts(weights, scores):
    return [(Fraction(w), None if s is None else Fraction(s)) for w, s in zip(weights, scores, strict=True)]


def test_weighted_score_matches_the_published_example(oracle):
    example = oracle("agreement-compliance-weighted")
    weights, performance = example["inputs"]["weights"], example["inputs"]["performance"]

    score = weighted_score(parts(weights, performance))

    assert score == WeightedScore(Fraction(example["expected"]["compliance"]), Fraction(1))
    contributions = [100 * share for share in weight_shares([Fraction(weight) for weight in weights])]
    assert contributions == example["expected"]["contribution_pct"]


def test_weighted_score_never_counts_the_unmeasured_as_perfect():
    score = weighted_score(parts([20, 10, 5, 5], [90, 90, None, 75]))

    assert score == WeightedScore(Fraction(3075, 35), Fraction(7, 8))
    counted_as_perfect = weighted_score(parts([20, 10, 5, 5], [90, 90, 100, 75]))
    assert score.score < counted_as_perfect.score


def test_weighted_score_of_nothing_measured_is_none():
    assert weighted_score(parts([1, 2], [None, None])) == WeightedScore(None, Fraction(0))


@pytest.mark.parametrize(("cover", "score"), [("0.6", 80), ("0.61", None)])
def test_weighted_score_is_withheld_below_the_minimum_cover(cover, score):
    assert weighted_score(parts([6, 4], [80, None]), Fraction(cover)) == WeightedScore(score, Fraction("0.6"))


def test_weighted_score_with_all_measured_weights_zero_is_none():
    assert weighted_score(parts([0, 1], [80, None])) == WeightedScore(None, Fraction(0))


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_must_make_a_mean(weights):
    with pytest.raises(ValueError, match="Weights"):
        weighted_score(parts(weights, [1] * len(weights)))


@pytest.mark.parametrize(
    ("actual", "target", "direction", "expected"),
    [
        ("0.90", "0.95", Direction.HIGHER, Fraction(18, 19)),
        ("1.00", "0.90", Direction.HIGHER, Fraction(10, 9)),
        ("5", "4", Direction.LOWER, Fraction(4, 5)),
        ("2", "4", Direction.LOWER, Fraction(2)),
        ("0", "4", Direction.LOWER, None),
        ("1", "0", Direction.HIGHER, None),
    ],
)
def test_attainment(actual, target, direction, expected):
    assert attainment(Fraction(actual), Fraction(target), direction) == expected
