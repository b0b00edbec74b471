from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rapport.domain import support
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.domain.support import Promise, Standing

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
TODAY = date(2026, 3, 2)
DUE = date(2026, 3, 10)
PROMISE = support.promise(by=CLIENT, due_on=DUE, on=TODAY)


@pytest.mark.parametrize(
    ("kept_on", "today", "standing"),
    [
        (None, DUE, Standing.OWED),
        (None, DUE + timedelta(days=1), Standing.LATE),
        (DUE, DUE + timedelta(days=9), Standing.KEPT),
        (DUE + timedelta(days=1), DUE + timedelta(days=9), Standing.KEPT_LATE),
    ],
)
def test_a_promise_is_in_time_through_its_day(kept_on, today, standing):
    assert support.standing(Promise(CLIENT, DUE, kept_on), today) is standing


def test_another_day_holds_only_once_the_other_side_grants_the_very_day_it_read():
    later = DUE + timedelta(days=5)
    asking = support.ask_to_move(PROMISE, by=CLIENT, to=later, on=TODAY, reason="The trainer is ill.")
    assert (asking.due_on, asking.proposed_on) == (DUE, later)
    with pytest.raises(Refused, match="the partner answers; wait for them"):
        support.answer_move(asking, by=CLIENT, is_granted=True, seen=later)
    with pytest.raises(Refused, match="Another day is asked for by now, 2026-03-15"):
        support.answer_move(asking, by=PARTNER, is_granted=True, seen=later + timedelta(days=1))
    assert support.answer_move(asking, by=PARTNER, is_granted=True, seen=later).due_on == later
    assert support.answer_move(asking, by=PARTNER, is_granted=False, seen=later) == PROMISE


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda: support.promise(by=CLIENT, due_on=TODAY, on=DUE), "2026-03-02 is over"),
        (lambda: support.promise(by=CLIENT, due_on=date.max, on=TODAY), "more than 730 days away"),
        (lambda: support.ask_to_move(PROMISE, by=CLIENT, to=date.max, on=TODAY, reason="x"), "more than 730 days away"),
        (lambda: support.keep(PROMISE, by=PARTNER, on=TODAY, note="x"), "The client gives this"),
        (lambda: support.keep(PROMISE, by=CLIENT, on=TODAY, note=" "), "Nothing is said of how it was given"),
        (lambda: support.ask_to_move(PROMISE, by=CLIENT, to=DUE, on=TODAY, reason="x"), "is the day it has"),
        (lambda: support.answer_move(PROMISE, by=PARTNER, is_granted=True, seen=DUE), "No other day is asked for"),
        (
            lambda: support.send_back(Promise(CLIENT, DUE, TODAY), by=PARTNER, on=date(2026, 3, 17), reason="x"),
            "could be sent back until 2026-03-16 and stands",
        ),
    ],
)
def test_what_is_not_possible_is_refused_with_what_to_do(step, said):
    with pytest.raises(Refused, match=said):
        step()


class LifeOfAPromise(RuleBasedStateMachine):
    """Both sides take every step in any order while days pass."""

    @initialize()
    def begin(self):
        self.today, self.promise = TODAY, PROMISE

    @rule(side=st.sampled_from(Side), step=st.sampled_from(["keep", "move", "grant", "decline", "back"]))
    def take(self, side, step):
        before = self.promise
        seen = before.proposed_on or before.due_on
        later = max(self.today, before.due_on) + timedelta(days=3)
        try:
            self.promise = {
                "keep": lambda: support.keep(before, by=side, on=self.today, note="x"),
                "move": lambda: support.ask_to_move(before, by=side, to=later, on=self.today, reason="x"),
                "grant": lambda: support.answer_move(before, by=side, is_granted=True, seen=seen),
                "decline": lambda: support.answer_move(before, by=side, is_granted=False, seen=seen),
                "back": lambda: support.send_back(before, by=side, on=self.today, reason="x"),
            }[step]()
        except Refused:
            assert step not in support.possible(before, side, self.today)
        else:
            assert step in support.possible(before, side, self.today)
            if self.promise.due_on != before.due_on:
                assert (step, side) == ("grant", PARTNER)

    @rule(days=st.integers(1, 20))
    def wait(self, days):
        self.today += timedelta(days=days)

    @invariant()
    def another_day_is_asked_for_only_until_it_is_given(self):
        assert not (self.promise.kept_on and self.promise.proposed_on)


def test_no_order_of_steps_moves_a_day_without_the_receivers_word():
    usual = LifeOfAPromise.TestCase.settings
    run_state_machine_as_test(LifeOfAPromise, settings=settings(usual, max_examples=60, stateful_step_count=15))
