"""Service credits: what a missed service level costs the partner.

Money is Decimal and is rounded once, half up, to the decimals of its currency; shares are 0..1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rapport.domain.bands import Band, Direction, band_of
from rapport.domain.rounding import Rounding, RoundingMode


def share_of(amount: Decimal, share: Fraction, decimals: int = 2) -> Decimal:
    """A share of an amount of money, such as the at-risk amount of an invoice."""
    rounded = Rounding(decimals, RoundingMode.HALF_UP).apply(Fraction(amount) * share)
    return Decimal(int(rounded * 10**decimals)).scaleb(-decimals)


def pool_credit(at_risk: Decimal, pool_share: Fraction, credit_share: Fraction, decimals: int = 2) -> Decimal:
    """The credit of one missed level: its category's share of the pool x its share of the category x at-risk."""
    return share_of(at_risk, pool_share * credit_share, decimals)


def capped_total(credits: Iterable[Decimal], cap: Decimal) -> Decimal:
    """The credits of one month together, at most the cap."""
    return min(sum(credits, Decimal(0)), cap)


def failure_credit(
    charge: Decimal, share_per_failure: Fraction, failures: int, cap_share: Fraction, decimals: int = 2
) -> Decimal:
    """A fixed share of the charge for each failure, up to a share of the charge."""
    return share_of(charge, min(failures * share_per_failure, cap_share), decimals)


def gap_credit(charge: Decimal, target: Fraction, actual: Fraction, cap_share: Fraction, decimals: int = 2) -> Decimal:
    """The gap of a percentage below its target, as a share of the charge, up to a share of the charge."""
    gap = max(target - actual, Fraction(0))
    return share_of(charge, min(gap, cap_share), decimals)


@dataclass(frozen=True)
class PointsTable:
    """Service points by band, whose `score` is the points a value in it costs.

    Agreements print one-decimal edges ("99.0", "98.0 to 98.9") and leave 98.95 to nobody. A table therefore
    states its rounding, which is applied before the band is looked up: half up, 98.95 costs what 99.0 does.
    """

    bands: tuple[Band, ...]
    direction: Direction
    rounding: Rounding

    def points(self, value: Fraction) -> Fraction:
        """The points one value costs, before any doubling; 0 in a band without a score."""
        return band_of(self.rounding.apply(value), self.bands, self.direction).score or Fraction(0)


def with_repeats_doubled(points: Sequence[Fraction]) -> list[Fraction]:
    """One KPI's points by period, doubled where the period before cost points too (UK Model Services Agreement)."""
    previous = [Fraction(0), *points]
    return [2 * now if before > 0 else now for before, now in zip(previous, points, strict=False)]
