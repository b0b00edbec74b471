from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.bands import Status
from rapport.domain.standing import Standing, standing_of


def test_standing_is_that_of_the_worst_kpi_and_counts_those_that_were_judged():
    statuses = ["met", "no_data", "below_target", "met", "low_volume"]
    assert standing_of(statuses) == Standing(Status.BELOW_TARGET, met=2, missed=1)
    assert standing_of([*statuses, "below_minimum"]) == Standing(Status.BELOW_MINIMUM, met=2, missed=2)


def test_standing_of_no_kpi_is_no_data_and_never_met():
    assert standing_of([]) == Standing(Status.NO_DATA, met=0, missed=0)
    assert standing_of(["no_data", "low_volume"]).status is Status.LOW_VOLUME


@given(st.lists(st.sampled_from(Status)), st.sampled_from([Status.BELOW_TARGET, Status.BELOW_MINIMUM]))
def test_standing_never_gets_better_by_a_missed_kpi(statuses, missed):
    before, after = standing_of(statuses), standing_of([*statuses, missed])
    assert after.missed == before.missed + 1
    assert after.met == before.met
    assert after.status in (Status.BELOW_TARGET, Status.BELOW_MINIMUM)
