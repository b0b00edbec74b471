from fractions import Fraction

import pytest

from rapport.domain.acceptance import SamplingPlan, code_letter, sampling_plan

AQLS = ["0.10", "0.15", "0.25", "0.40", "0.65", "1.0", "1.5", "2.5", "4.0", "6.5"]

# Table 2-A as printed: a row for each code letter, a column for each AQL above, v and ^ being the arrows.
TABLE_2A = """
A    2   v  v  v  v  v  v  v  v  v  0
B    3   v  v  v  v  v  v  v  v  0  ^
C    5   v  v  v  v  v  v  v  0  ^  v
D    8   v  v  v  v  v  v  0  ^  v  1
E   13   v  v  v  v  v  0  ^  v  1  2
F   20   v  v  v  v  0  ^  v  1  2  3
G   32   v  v  v  0  ^  v  1  2  3  5
H   50   v  v  0  ^  v  1  2  3  5  7
J   80   v  0  ^  v  1  2  3  5  7 10
K  125   0  ^  v  1  2  3  5  7 10 14
L  200   ^  v  1  2  3  5  7 10 14 21
M  315   v  1  2  3  5  7 10 14 21  ^
N  500   1  2  3  5  7 10 14 21  ^  ^
P  800   2  3  5  7 10 14 21  ^  ^  ^
Q 1250   3  5  7 10 14 21  ^  ^  ^  ^
"""
ROWS = [line.split() for line in TABLE_2A.strip().splitlines()]
LARGEST_LOTS = [8, 15, 25, 50, 90, 150, 280, 500, 1_200, 3_200, 10_000, 35_000, 150_000, 500_000, 2_000_000]


def walk(row, column):
    """The plan of the printed table, found by walking its arrows."""
    steps = {"v": 1, "^": -1}
    while (cell := ROWS[row][column + 2]) in steps:
        row += steps[cell]
    return ROWS[row][0], int(ROWS[row][1]), int(cell)


@pytest.mark.parametrize("row", range(len(ROWS)), ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("column", range(len(AQLS)), ids=AQLS)
def test_sampling_plan_follows_the_arrows_of_the_printed_table(row, column):
    letter, size, acceptance = walk(row, column)
    lot = LARGEST_LOTS[row]
    assert code_letter(lot) == ROWS[row][0]
    assert sampling_plan(lot, Fraction(AQLS[column])) == SamplingPlan(letter, min(size, lot), acceptance)


def test_sampling_plan_k(oracle):
    example = oracle("z14-plan-K")
    inputs, expected = example["inputs"], example["expected"]
    plan = sampling_plan(inputs["lot"], Fraction(str(inputs["aql"])))
    assert plan == SamplingPlan(expected["code"], expected["n"], expected["Ac"])
    assert plan.rejection_number == expected["Re"]
    assert plan.acceptance_number != 1, "a published program"


@pytest.mark.parametrize(("lot", "letter"), [(2, "A"), (8, "A"), (9, "B"), (1_200, "J"), (1_201, "K"), (500_001, "Q")])
def test_code_letter_at_the_edges(lot, letter):
    assert code_letter(lot) == letter


def test_sampling_plan_never_asks_for_more_than_the_lot():
    assert sampling_plan(10, Fraction("1.0")) == SamplingPlan("E", 10, 0)


@pytest.mark.parametrize(("share", "expected"), [("0.01", 0.963), ("0.05", 0.124), ("0", 1), ("1", 0)])
def test_acceptance_probability_of_plan_k(share, expected):
    probability = SamplingPlan("K", 125, 3).acceptance_probability(Fraction(share))
    assert float(probability) == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize("aql", AQLS)
@pytest.mark.parametrize("lot", [400, 2_000, 20_000, 1_000_000])
def test_lots_at_the_aql_are_mostly_accepted(aql, lot):
    plan = sampling_plan(lot, Fraction(aql))
    assert 0.86 < plan.acceptance_probability(Fraction(aql) / 100) < 0.999


def test_sampling_plan_refuses_an_aql_of_no_column():
    with pytest.raises(ValueError, match=r"0\.1, 0\.15, .* 6\.5 percent"):
        sampling_plan(1_000, Fraction("0.7"))


def test_sampling_plan_refuses_a_lot_of_one():
    with pytest.raises(ValueError, match="two items"):
        sampling_plan(1, Fraction("1.0"))
