import pytest

from rapport.domain.comparison import NORMAL_95, TWO_SD, LimitsOfAgreement, limits_of_agreement


def test_limits_of_agreement_match_the_paper(oracle):
    example = oracle("bland-altman-pefr")
    limits = limits_of_agreement(example["inputs"]["a"], example["inputs"]["b"], TWO_SD)
    found = {
        "bias": limits.bias,
        "sd": limits.standard_deviation,
        "lower_2sd": limits.lower,
        "upper_2sd": limits.upper,
    }
    assert found == pytest.approx(example["expected"], abs=example["tolerance"])


def test_limits_of_agreement_are_exact_where_the_paper_rounds(oracle):
    example = oracle("bland-altman-pefr")
    limits = limits_of_agreement(example["inputs"]["a"], example["inputs"]["b"])
    assert limits.k == NORMAL_95
    assert (limits.bias, limits.standard_deviation) == pytest.approx((-2.1176, 38.7651), abs=0.00005)
    assert (limits.lower, limits.upper) == pytest.approx((-78.10, 73.86), abs=0.005)


def test_is_within_needs_both_limits_inside():
    limits = LimitsOfAgreement(bias=1.0, standard_deviation=2.0, k=TWO_SD)
    assert limits.is_within(5.0)
    assert not limits.is_within(4.9)
    assert not LimitsOfAgreement(bias=-1.0, standard_deviation=2.0, k=TWO_SD).is_within(4.9)


@pytest.mark.parametrize(("a", "b"), [([], []), ([1.0], [1.0]), ([1.0, 2.0], [1.0])])
def test_limits_of_agreement_need_pairs(a, b):
    with pytest.raises(ValueError, match=r"two pairs|shorter"):
        limits_of_agreement(a, b)
