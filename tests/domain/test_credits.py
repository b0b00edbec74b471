from decimal import Decimal
from fractions import Fraction

import pytest

from rapport.domain.bands import Band, Direction, check_bands
from rapport.domain.credits import (
    PointsTable,
    capped_total,
    failure_credit,
    gap_credit,
    pool_credit,
    share_of,
    with_repeats_doubled,
)
from rapport.domain.rounding import Rounding, RoundingMode


def fraction(number):
    return Fraction(str(number))


def test_pool_credit(oracle):
    example = oracle("svc-credit-pool")
    inputs = example["inputs"]
    at_risk = share_of(Decimal(inputs["monthly_invoice"]), fraction(inputs["at_risk_pct"]))
    assert at_risk == example["expected"]["at_risk_amount"]
    credit = pool_credit(at_risk, fraction(inputs["pool_allocation"]), fraction(inputs["credit_allocation"]))
    assert credit == example["expected"]["credit"]


def test_capped_total_stops_at_the_at_risk_amount():
    credits = [Decimal("6000.00"), Decimal("5000.00")]
    assert capped_total(credits, Decimal("10000.00")) == Decimal("10000.00")
    assert capped_total(credits[:1], Decimal("10000.00")) == Decimal("6000.00")
    assert capped_total([], Decimal("10000.00")) == 0


def test_failure_credit(oracle):
    example = oracle("svc-credit-simple-cap")
    inputs = example["inputs"]
    terms = Decimal(inputs["monthly_bill"]), fraction(inputs["pct_per_failure"])
    cap = fraction(inputs["cap_pct"])
    assert failure_credit(*terms, inputs["failures"], cap) == example["expected"]["credit"]
    assert failure_credit(*terms, 3, cap) == 60
    assert failure_credit(*terms, 0, cap) == 0


def test_gap_credit(oracle):
    example = oracle("svc-credit-gap-pct")
    target, actual = (fraction(example["inputs"][name]) / 100 for name in ("target_pct", "actual_pct"))
    charge = Decimal(100)
    assert gap_credit(charge, target, actual, Fraction(1)) == example["expected"]["credit_pct_of_charges"]
    assert gap_credit(charge, target, actual, Fraction("0.10")) == 10
    assert gap_credit(charge, target, Fraction("0.99"), Fraction(1)) == 0


def model_services_agreement(mode):
    rows = [("below", None, 4), ("severe", "96.0", 3), ("serious", "97.0", 2), ("minor", "98.0", 1)]
    scored = [Band(name, None if low is None else Fraction(low), Fraction(points)) for name, low, points in rows]
    target = Band("target", Fraction("99.0"), Fraction(0), is_target=True)
    return PointsTable((*scored, target), Direction.HIGHER, Rounding(1, mode))


def test_points_table(oracle):
    table = model_services_agreement(RoundingMode.HALF_UP)
    assert check_bands(table.bands, table.direction) == []
    for value, points in oracle("svc-points-table")["expected"].items():
        assert table.points(Fraction(value)) == points


@pytest.mark.parametrize(("mode", "points"), [(RoundingMode.HALF_UP, 0), (RoundingMode.DOWN, 1)])
def test_points_between_printed_edges_follow_the_stated_rounding(mode, points):
    assert model_services_agreement(mode).points(Fraction("98.95")) == points


def test_points_of_a_band_without_a_score_are_none():
    table = PointsTable(
        (Band("poor", None, Fraction(4)), Band("good", Fraction(99))), Direction.HIGHER, Rounding(0, RoundingMode.DOWN)
    )
    assert table.points(Fraction(99)) == 0


def test_points_double_when_the_failure_repeats():
    table = model_services_agreement(RoundingMode.HALF_UP)
    points = [table.points(Fraction(value)) for value in ("96.5", "98.5", "96.5")]
    assert with_repeats_doubled(points) == [3, 2, 6]


def test_points_do_not_double_after_a_period_without_failure():
    assert with_repeats_doubled([Fraction(p) for p in (3, 0, 3, 1, 1)]) == [3, 0, 3, 2, 2]
    assert with_repeats_doubled([]) == []


@pytest.mark.parametrize(
    ("amount", "share", "decimals", "expected"),
    [
        ("100.00", Fraction(1, 3), 2, "33.33"),
        ("0.01", Fraction(1, 2), 2, "0.01"),
        ("1001", Fraction(1, 2), 0, "501"),
        ("1.000", Fraction("0.0005"), 3, "0.001"),
        ("10", Fraction(1, 2), 2, "5.00"),
    ],
)
def test_share_of_rounds_half_up_to_the_currency(amount, share, decimals, expected):
    assert str(share_of(Decimal(amount), share, decimals)) == expected


def test_pool_credit_rounds_once():
    assert pool_credit(Decimal("0.10"), Fraction(1, 2), Fraction(9, 10)) == Decimal("0.05")
