from datetime import date
from fractions import Fraction

import pytest

from rapport.domain.ramps import RampStep, check_ramp, target_on

STEADY = Fraction("0.95")
RAMP = [RampStep(date(2026, 3, 31), Fraction("0.80")), RampStep(date(2026, 6, 30), Fraction("0.90"))]


@pytest.mark.parametrize(
    ("day", "target"),
    [
        (date(2026, 1, 1), "0.80"),
        (date(2026, 3, 31), "0.80"),
        (date(2026, 4, 1), "0.90"),
        (date(2026, 6, 30), "0.90"),
        (date(2026, 7, 1), "0.95"),
    ],
)
def test_target_on_holds_through_the_last_day_of_a_step(day, target):
    assert target_on(day, RAMP, STEADY) == Fraction(target)


def test_target_on_without_a_ramp_is_steady():
    assert target_on(date(2026, 1, 1), [], STEADY) == STEADY


def test_check_ramp_accepts_steps_in_order():
    assert check_ramp(RAMP) == []


@pytest.mark.parametrize("second", [date(2026, 3, 31), date(2026, 3, 30)])
def test_check_ramp_names_a_step_out_of_order(second):
    faults = check_ramp([RAMP[0], RampStep(second, STEADY)])
    assert faults == [f"The ramp step until {second} must end after the one until 2026-03-31."]
