from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rapport.domain import ratings
from rapport.domain.ratings import QUESTIONS, Answer, Round, State
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
OPENED = date(2026, 3, 2)
LAST = OPENED + timedelta(days=14)
ASKED = frozenset(one.id for one in QUESTIONS)
FOURS = dict.fromkeys(ASKED, Answer(4))


def sealed(this, side, on=OPENED, answers=FOURS):
    return ratings.seal(this, by=side, on=on, answers=answers, asked=ASKED)


def test_neither_reads_the_other_before_both_have_spoken_and_both_read_both_then():
    one = sealed(Round(LAST), CLIENT)
    assert ratings.readable(one, CLIENT) == {CLIENT}
    assert ratings.readable(one, PARTNER) == frozenset()
    assert ratings.silent(one) == {PARTNER}
    both = sealed(one, PARTNER)
    assert both.state is State.REVEALED
    assert ratings.readable(both, CLIENT) == ratings.readable(both, PARTNER) == set(Side)


def test_what_one_side_says_alone_opens_when_the_days_are_over_and_the_silent_side_is_too_late():
    ended = ratings.close(sealed(Round(LAST), CLIENT, LAST), on=LAST + timedelta(days=1))
    assert ended.state is State.ONE_SILENT
    assert ratings.readable(ended, PARTNER) == {CLIENT}
    with pytest.raises(Refused, match=r"^The round closed on 2026-03-16, and nobody can rate in it any more"):
        sealed(Round(LAST), PARTNER, LAST + timedelta(days=1))
    with pytest.raises(Refused, match=r"^The round is over, and nobody can rate in it any more"):
        sealed(ended, PARTNER, LAST)
    assert ratings.close(Round(LAST), on=LAST + timedelta(days=1)).state is State.BOTH_SILENT


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda: ratings.close(Round(LAST), on=LAST), "Both sides can rate until 2026-03-16; wait"),
        (lambda: ratings.close(Round(LAST, state=State.REVEALED), on=LAST), "The round is over already"),
        (lambda: sealed(Round(LAST), CLIENT, LAST + timedelta(days=1)), "nobody can rate in it any more"),
        (lambda: sealed(Round(LAST), CLIENT, answers={}), "5 of 5 questions have no answer"),
        (lambda: sealed(Round(LAST), CLIENT, answers=FOURS | {"price": Answer(1)}), "a question that is not asked"),
        (lambda: sealed(Round(LAST), CLIENT, answers=FOURS | {"fairness": Answer(6)}), "a whole number from 1 to 5"),
        (lambda: ratings.open_round(on=OPENED, closes_on=OPENED), "would close in 0 days; choose a day at least 2"),
        (lambda: ratings.open_round(on=OPENED, closes_on=date(2027, 1, 1)), "would close in 305 days"),
    ],
)
def test_what_is_not_possible_is_refused_with_what_to_do(step, said):
    with pytest.raises(Refused, match=said):
        step()


def test_the_mean_counts_each_question_alike():
    assert ratings.mean({"a": Answer(5), "b": Answer(4), "c": Answer(4)}) == Fraction(13, 3)


class SealedRound(RuleBasedStateMachine):
    """Two sides rate, change their minds and wait, in any order, while days pass and the round is closed or not."""

    @initialize(days=st.integers(2, 6))
    def begin(self, days):
        self.today = OPENED
        self.last = OPENED + timedelta(days=days)
        self.round = ratings.open_round(on=OPENED, closes_on=self.last)
        self.spoken = set()

    @rule(side=st.sampled_from(Side), score=st.integers(0, 6))
    def rate(self, side, score):
        before = self.round
        is_possible = not before.state.is_over and self.today <= self.last and 1 <= score <= 5
        try:
            self.round = sealed(before, side, self.today, dict.fromkeys(ASKED, Answer(score)))
        except Refused:
            assert not is_possible
        else:
            assert is_possible
            self.spoken.add(side)

    @rule()
    def close(self):
        before, may_close = self.round, not self.round.state.is_over and self.today > self.last
        try:
            self.round = ratings.close(before, on=self.today)
        except Refused:
            assert not may_close
        else:
            assert may_close

    @rule(days=st.integers(1, 4))
    def wait(self, days):
        self.today += timedelta(days=days)

    @invariant()
    def no_side_sees_the_others_before_both_spoke_or_the_days_were_over(self):
        for side in Side:
            read = ratings.readable(self.round, side)
            assert read <= self.spoken
            if side.other in read:
                assert self.spoken == set(Side) or self.today > self.last
                assert side in ratings.readable(self.round, side.other) or side not in self.spoken

    @invariant()
    def who_has_spoken_reads_what_they_said_and_nobody_unsays_it(self):
        assert self.round.rated == self.spoken
        assert all(side in ratings.readable(self.round, side) for side in self.spoken)

    @invariant()
    def a_round_that_is_over_says_how_it_ended(self):
        ends = {0: State.BOTH_SILENT, 1: State.ONE_SILENT, 2: State.REVEALED}
        if self.round.state.is_over:
            assert self.round.state is ends[len(self.spoken)]
        else:
            assert len(self.spoken) < 2


def test_no_order_of_steps_opens_a_sealed_rating():
    usual = SealedRound.TestCase.settings
    run_state_machine_as_test(SealedRound, settings=settings(usual, max_examples=100, stateful_step_count=20))
