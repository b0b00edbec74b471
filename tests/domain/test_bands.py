from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.bands import (
    Band,
    Direction,
    ServiceLevel,
    Status,
    UkRating,
    band_of,
    check_bands,
    is_met,
    judge,
    uk_rating_bands,
)

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER


def bands(*bounds, target=-1):
    """Bands a, b, c ... from worst to best; the best is the target unless another index is given."""
    made = [Band("abcdef"[i], None if bound is None else Fraction(bound)) for i, bound in enumerate(bounds)]
    goal = made[target]
    made[target] = Band(goal.name, goal.bound, is_target=True)
    return made


PERCENT_ON_TIME = bands(None, "0.90", "0.95")
PERCENT_LATE = bands(None, "0.10", "0.05")


@pytest.mark.parametrize(
    ("value", "name"), [("0", "a"), ("0.8999", "a"), ("0.90", "b"), ("0.9499", "b"), ("0.95", "c"), ("1", "c")]
)
def test_band_of_higher_is_better_includes_the_low_edge(value, name):
    assert band_of(Fraction(value), PERCENT_ON_TIME, HIGHER).name == name


@pytest.mark.parametrize(
    ("value", "name"), [("0", "c"), ("0.05", "c"), ("0.0501", "b"), ("0.10", "b"), ("0.1001", "a"), ("1", "a")]
)
def test_band_of_lower_is_better_includes_the_high_edge(value, name):
    assert band_of(Fraction(value), PERCENT_LATE, LOWER).name == name


@given(st.fractions())
def test_band_of_is_mirrored_by_direction(value):
    mirrored = bands(None, "-0.90", "-0.95")
    assert band_of(value, PERCENT_ON_TIME, HIGHER).name == band_of(-value, mirrored, LOWER).name


def test_band_of_refuses_a_value_in_no_band():
    with pytest.raises(ValueError, match="no band"):
        band_of(Fraction(1, 2), bands("0.90", "0.95"), HIGHER)


def test_check_bands_accepts_a_tiling():
    assert check_bands(PERCENT_ON_TIME, HIGHER) == []
    assert check_bands(PERCENT_LATE, LOWER) == []


@pytest.mark.parametrize(
    ("faulty", "direction", "sentences"),
    [
        ([], HIGHER, ["Give at least two bands", "not 0"]),
        (bands(None), HIGHER, ["Give at least two bands", "needs a bound"]),
        (bands(None, "0.9", target=0), HIGHER, ['The target band "a" needs a bound']),
        ([*PERCENT_ON_TIME[:2]], HIGHER, ["Exactly one band must be the target, not 0"]),
        ([*PERCENT_ON_TIME, Band("d", Fraction(1), is_target=True)], HIGHER, ["Exactly one band must be the target"]),
        (bands("0.8", "0.9"), HIGHER, ['Gap: values worse than the band "a"']),
        (bands(None, None, "0.9"), HIGHER, ['Overlap: the band "b" has no bound']),
        (bands(None, "0.9", "0.9"), HIGHER, ['Overlap: the bands "b" and "c"']),
        (bands(None, "0.95", "0.9"), HIGHER, ['Order: the bound of "c"']),
        (PERCENT_ON_TIME, LOWER, ['Order: the bound of "c"']),
    ],
)
def test_check_bands_names_the_fault(faulty, direction, sentences):
    found = check_bands(faulty, direction)
    assert len(found) == len(sentences)
    assert all(expected in sentence for expected, sentence in zip(sentences, found, strict=True))


def test_is_met_includes_the_target():
    target = Fraction("0.95")
    assert is_met(target, target, HIGHER)
    assert is_met(target, target, LOWER)
    assert not is_met(Fraction("0.9499"), target, HIGHER)
    assert not is_met(Fraction("0.9501"), target, LOWER)


ON_TIME = ServiceLevel(Fraction("0.95"), HIGHER, minimum=Fraction("0.90"), minimum_volume=20)
HOURS = ServiceLevel(Fraction(4), LOWER, minimum=Fraction(8))


@pytest.mark.parametrize(
    ("level", "value", "volume", "status"),
    [
        (ON_TIME, None, 0, Status.NO_DATA),
        (ON_TIME, None, 50, Status.NO_DATA),
        (ON_TIME, "1", 19, Status.LOW_VOLUME),
        (ON_TIME, "0", 19, Status.LOW_VOLUME),
        (ON_TIME, "0.95", 20, Status.MET),
        (ON_TIME, "0.9499999", 20, Status.BELOW_TARGET),
        (ON_TIME, "0.90", 20, Status.BELOW_TARGET),
        (ON_TIME, "0.8999", 20, Status.BELOW_MINIMUM),
        (HOURS, "4", 1, Status.MET),
        (HOURS, "4.01", 1, Status.BELOW_TARGET),
        (HOURS, "8", 1, Status.BELOW_TARGET),
        (HOURS, "8.01", 1, Status.BELOW_MINIMUM),
        (ServiceLevel(Fraction("0.95"), HIGHER), "0", 1, Status.BELOW_TARGET),
    ],
)
def test_judge(level, value, volume, status):
    assert judge(None if value is None else Fraction(value), volume, level) is status


def test_judge_lets_a_target_eased_below_the_minimum_stand():
    eased = ServiceLevel(Fraction("0.80"), HIGHER, minimum=Fraction("0.90"))
    assert judge(Fraction("0.85"), 1, eased) is Status.MET
    assert judge(Fraction("0.75"), 1, eased) is Status.BELOW_MINIMUM


def test_uk_ratings_are_the_published_words(oracle):
    example = oracle("uk-rating-bands")
    assert [str(rating) for rating in UkRating] == example["inputs"]["ratings"] == list(example["expected"]["meaning"])


@pytest.mark.parametrize(
    ("value", "rating"),
    [
        ("0.97", UkRating.GOOD),
        ("0.95", UkRating.GOOD),
        ("0.94", UkRating.APPROACHING_TARGET),
        ("0.90", UkRating.REQUIRES_IMPROVEMENT),
        ("0.50", UkRating.INADEQUATE),
    ],
)
def test_uk_rating_bands_tile_around_the_target(value, rating):
    rated = uk_rating_bands(Fraction("0.95"), Fraction("0.93"), Fraction("0.85"))
    assert check_bands(rated, HIGHER) == []
    assert band_of(Fraction(value), rated, HIGHER).name == rating
