"""Scores: attainment of one target, and the weighted score of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rapport.domain.bands import Direction


@dataclass(frozen=True)
class WeightedScore:
    """A weighted mean, and the share (0..1) of the weight that was measured.

    `score` has the unit of its parts; it is None when withheld.
    """

    score: Fraction | None
    covered_weight: Fraction


def weighted_score(
    parts: Sequence[tuple[Fraction, Fraction | None]], minimum_cover: Fraction = Fraction(0)
) -> WeightedScore:
    """The mean of the measured scores by weight, from (weight, score or None) pairs.

    What was not measured counts neither as perfect nor as failed: its weight is left out and shows in
    `covered_weight`. The score is withheld when nothing was measured or less than `minimum_cover` (0..1).

    Raises:
        ValueError: a weight is negative, or all are zero.
    """
    shares = weight_shares([weight for weight, _ in parts])
    measured = [(share, score) for share, (_, score) in zip(shares, parts, strict=True) if score is not None]
    covered = sum((share for share, _ in measured), Fraction(0))
    if covered == 0 or covered < minimum_cover:
        return WeightedScore(None, covered)
    total = sum((share * score for share, score in measured), Fraction(0))
    return WeightedScore(total / covered, covered)


def weight_shares(weights: Sequence[Fraction]) -> list[Fraction]:
    """Each weight as a share of their sum.

    Raises:
        ValueError: a weight is negative, or all are zero.
    """
    total = sum(weights, Fraction(0))
    if total == 0 or any(weight < 0 for weight in weights):
        raise ValueError("Weights must not be negative, and at least one must be positive.")
    return [weight / total for weight in weights]


def attainment(actual: Fraction, target: Fraction, direction: Direction) -> Fraction | None:
    """How much of the target was attained, 1 being all: actual/target, or target/actual when lower is better.

    None where the divisor is zero and no ratio exists.
    """
    part, whole = (actual, target) if direction is Direction.HIGHER else (target, actual)
    return part / whole if whole else None
