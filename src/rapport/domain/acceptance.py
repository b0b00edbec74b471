"""Lot acceptance by ISO 2859-1 (ANSI/ASQ Z1.4): single sampling, normal inspection, general level II."""

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_LETTERS = "ABCDEFGHJKLMNPQ"
_SAMPLE_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250)
_LARGEST_LOTS = (8, 15, 25, 50, 90, 150, 280, 500, 1_200, 3_200, 10_000, 35_000, 150_000, 500_000)

# Every AQL column of table 2-A is the same ladder, shifted to start at the letter that accepts on zero.
_ZERO_LETTER: Mapping[Fraction, str] = {
    Fraction("0.10"): "K",
    Fraction("0.15"): "J",
    Fraction("0.25"): "H",
    Fraction("0.40"): "G",
    Fraction("0.65"): "F",
    Fraction("1.0"): "E",
    Fraction("1.5"): "D",
    Fraction("2.5"): "C",
    Fraction("4.0"): "B",
    Fraction("6.5"): "A",
}
_ACCEPTANCE_NUMBERS: Mapping[int, int] = {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 7, 8: 10, 9: 14, 10: 21}


@dataclass(frozen=True)
class SamplingPlan:
    """Inspect `sample_size` items; accept the lot with up to `acceptance_number` nonconforming ones."""

    letter: str
    sample_size: int
    acceptance_number: int

    @property
    def rejection_number(self) -> int:
        """The fewest nonconforming items that reject the lot."""
        return self.acceptance_number + 1

    def acceptance_probability(self, nonconforming: Fraction) -> Fraction:
        """The chance that a lot with this share (0..1) of nonconforming items is accepted: the OC curve, binomial."""
        return sum(
            (
                math.comb(self.sample_size, found)
                * nonconforming**found
                * (1 - nonconforming) ** (self.sample_size - found)
                for found in range(self.acceptance_number + 1)
            ),
            Fraction(0),
        )


def code_letter(lot_size: int) -> str:
    """The sample size code letter of table 1, level II.

    Raises:
        ValueError: the lot has fewer than two items.
    """
    if lot_size < 2:
        raise ValueError("A lot to sample from has at least two items.")
    return _LETTERS[bisect_left(_LARGEST_LOTS, lot_size)]


def sampling_plan(lot_size: int, aql_percent: Fraction) -> SamplingPlan:
    """The plan of table 2-A, arrows followed, so its letter may differ from the lot's own code letter.

    The AQL is in percent nonconforming. A sample as large as the lot means that every item is inspected.

    Raises:
        ValueError: the AQL is not one of the table's from 0.10 to 6.5, or the lot has fewer than two items.
    """
    if aql_percent not in _ZERO_LETTER:
        raise ValueError(f"The AQL must be one of {', '.join(f'{float(aql):g}' for aql in _ZERO_LETTER)} percent.")
    start = _LETTERS.index(_ZERO_LETTER[aql_percent])
    rung = _follow_arrows(_LETTERS.index(code_letter(lot_size)) - start)
    row = start + rung
    return SamplingPlan(_LETTERS[row], min(_SAMPLE_SIZES[row], lot_size), _ACCEPTANCE_NUMBERS[rung])


def _follow_arrows(rung: int) -> int:
    """The rung whose plan applies: arrows point down above rung 0 and at rung 2, up at rung 1 and past the last."""
    if rung <= 1:
        return 0
    return min(max(rung, 3), max(_ACCEPTANCE_NUMBERS))
