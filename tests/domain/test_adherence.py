from dataclasses import replace
from fractions import Fraction

import pytest

from rapport.domain.adherence import Adherence, Conduct, Reaction, Step, adherence
from rapport.domain.roles import Side

PARTNER, CLIENT = Side.PARTNER, Side.CLIENT
NOW = 10_000


def asked(answered_at=None, by=None, left_at=None, expected="Lead", named=""):
    """A level asked at 1000 and due at 2000."""
    return Step(1000, 2000, answered_at, by, expected, left_at, named)


def owed(reacted_at=None, by=None, expected="Owner", named=""):
    """A reaction to an answer given at 1500, due at 2500."""
    return Reaction(1500, 2500, reacted_at, by, expected, named)


def partner_conduct(*steps, **more):
    return adherence(steps, CLIENT, [], **{"now": NOW, **more}).partner


@pytest.mark.parametrize(
    ("step", "conduct"),
    [
        (asked(answered_at=1999, by="Lead"), Conduct(in_time=1, kept=1)),
        (asked(answered_at=2000, by="Lead"), Conduct(late=1)),
        (asked(answered_at=1999, by="Passer-by"), Conduct(in_time=1, wrong_person=1)),
        (asked(answered_at=2000, by="Passer-by"), Conduct(late=1, wrong_person=1)),
        (asked(answered_at=1999, by="Deputy", expected="Deputy", named="Lead"), Conduct(in_time=1, kept=1)),
        (asked(answered_at=1999, by="Lead", expected="Deputy", named="Lead"), Conduct(in_time=1, kept=1)),
        (asked(answered_at=1999, by="Deputy"), Conduct(in_time=1, wrong_person=1)),
        (asked(answered_at=1999, by=""), Conduct(in_time=1, wrong_person=1)),
        (asked(left_at=2000), Conduct(unanswered=1)),
        (asked(left_at=1999), Conduct(pending=1)),
        (asked(), Conduct(unanswered=1)),
    ],
)
def test_an_answer_is_judged_by_its_time_and_its_person(step, conduct):
    assert partner_conduct(step) == conduct
    assert conduct.asked == 1


@pytest.mark.parametrize(("now", "conduct"), [(1999, Conduct(pending=1)), (2000, Conduct(unanswered=1))])
def test_a_level_that_is_still_asked_is_judged_once_its_time_is_over(now, conduct):
    assert partner_conduct(asked(), now=now) == conduct


@pytest.mark.parametrize(
    ("reaction", "conduct"),
    [
        (owed(2499, "Owner"), Conduct(in_time=1, kept=1)),
        (owed(2500, "Owner"), Conduct(late=1)),
        (owed(2499, "Passer-by"), Conduct(in_time=1, wrong_person=1)),
        (owed(2499, "Owner", expected="Deputy", named="Owner"), Conduct(in_time=1, kept=1)),
        (owed(), Conduct(unanswered=1)),
        (replace(owed(2499, "Owner"), is_authorised=True), Conduct(in_time=1, kept=1)),
        (replace(owed(2499, "Owner"), is_authorised=False), Conduct(in_time=1, beyond_limit=1)),
        (replace(owed(2500, "Passer-by"), is_authorised=False), Conduct(late=1, wrong_person=1, beyond_limit=1)),
    ],
)
def test_the_raising_side_owes_a_reaction_to_each_answer(reaction, conduct):
    assert adherence([], CLIENT, [reaction], now=NOW) == Adherence(client=conduct, partner=Conduct())
    assert adherence([], PARTNER, [reaction], now=NOW) == Adherence(client=Conduct(), partner=conduct)


def test_a_reaction_that_still_has_time_is_not_judged():
    assert adherence([], CLIENT, [owed()], now=2499).client == Conduct(pending=1)


def test_shares_are_exact_and_leave_out_what_is_not_judged():
    conduct = partner_conduct(
        asked(answered_at=1200, by="Lead", left_at=1300),
        asked(answered_at=1200, by="Passer-by", left_at=1300),
        asked(left_at=2000),
        asked(left_at=1100),
    )
    assert (conduct.asked, conduct.judged, conduct.pending) == (4, 3, 1)
    assert conduct.share_kept == Fraction(1, 3)


@pytest.mark.parametrize("conduct", [Conduct(), Conduct(pending=1)])
def test_there_is_no_share_of_nothing(conduct):
    assert conduct.share_kept is None


def test_adherence_adds_up_over_escalations_of_both_sides():
    step, reaction = asked(answered_at=1999, by="Lead"), owed(2500, "Owner")
    both = adherence([step], CLIENT, [reaction], now=NOW) + adherence([step], PARTNER, [], now=NOW)
    assert both == Adherence(client=Conduct(in_time=1, late=1, kept=1), partner=Conduct(in_time=1, kept=1))
    assert Conduct(1, 2, 3, 4, 5, 6) + Conduct(10, 20, 30, 40, 50, 60) == Conduct(11, 22, 33, 44, 55, 66)


def test_a_record_of_a_move_has_its_moment_and_its_person_together():
    with pytest.raises(ValueError, match="has a moment and a person"):
        asked(answered_at=1500)
    with pytest.raises(ValueError, match="has a moment and a person"):
        owed(by="Owner")
    with pytest.raises(ValueError, match="due after 1000"):
        Step(1000, 1000, None, None, "Lead", None)
