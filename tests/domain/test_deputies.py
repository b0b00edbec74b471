from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.deputies import Absence, who_answers

FIRST, LAST = date(2026, 6, 8), date(2026, 6, 12)


def away(person, deputy):
    return Absence(person, FIRST, LAST, deputy)


@pytest.mark.parametrize(
    ("absences", "who"),
    [
        ([], "Lead"),
        ([away("Deputy", "Second")], "Lead"),
        ([away("Lead", "Deputy")], "Deputy"),
        ([away("Lead", None)], "Lead"),
        ([away("Lead", "")], "Lead"),
        ([away("Lead", "Lead")], "Lead"),
        ([away("Lead", "Deputy"), away("Deputy", "Second")], "Second"),
        ([away("Lead", "Deputy"), away("Deputy", None)], "Lead"),
        ([away("Lead", "Deputy"), away("Deputy", "Lead")], "Lead"),
        ([away("Lead", "Deputy"), away("Deputy", "Second"), away("Second", "Deputy")], "Lead"),
        ([away("Lead", None), away("Lead", "Deputy")], "Deputy"),
        ([away("Lead", "Deputy"), away("Lead", "Second")], "Deputy"),
    ],
)
def test_whoever_is_away_is_stood_in_for(absences, who):
    assert who_answers("Lead", absences, LAST) == who


@pytest.mark.parametrize(
    ("on", "who"),
    [(date(2026, 6, 7), "Lead"), (FIRST, "Deputy"), (LAST, "Deputy"), (date(2026, 6, 13), "Lead")],
)
def test_an_absence_counts_from_its_first_day_to_its_last(on, who):
    assert who_answers("Lead", [away("Lead", "Deputy")], on) == who


@pytest.mark.parametrize(("length", "who"), [(4, "4"), (5, "5"), (6, "0")])
def test_five_deputies_are_followed(length, who):
    chain = [away(str(place), str(place + 1)) for place in range(length)]
    assert who_answers("0", chain, FIRST) == who


def test_an_absence_does_not_end_before_it_begins():
    assert Absence("Lead", FIRST, FIRST, None).last_on == FIRST
    with pytest.raises(ValueError, match="ends on its first day 2026-06-12 or later, not on 2026-06-08"):
        Absence("Lead", LAST, FIRST, None)


PEOPLE = st.sampled_from("ABCDEFGH")


@given(st.lists(st.builds(away, PEOPLE, PEOPLE | st.none())), PEOPLE)
def test_who_answers_is_there_or_is_the_named_person(absences, named):
    who = who_answers(named, absences, FIRST)
    assert who == named or who not in {absence.person for absence in absences}
