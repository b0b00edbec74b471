from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rapport.domain.feedback import (
    Feedback,
    Kind,
    Said,
    State,
    acknowledge,
    answer,
    demand_issue,
    gaps,
    possible,
    withdraw,
)
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
CHANGE = Feedback(Kind.CHANGE, CLIENT)
STEPS = {
    "acknowledge": lambda one, side: acknowledge(one, by=side),
    "answer": lambda one, side: answer(one, by=side, text="We will."),
    "withdraw": lambda one, side: withdraw(one, by=side, reason="It was somebody else."),
    "raise": lambda one, _: demand_issue(one),
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("is_raised", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_possible_exactly_where_it_is_offered(kind, state, side, is_raised, step):
    one = Feedback(kind, CLIENT, state, is_raised=is_raised)
    if step in possible(one, side):
        STEPS[step](one, side)
        return
    with pytest.raises(Refused):
        STEPS[step](one, side)


def test_it_is_answered_once_and_withdrawn_with_a_reason_that_stays():
    answered = answer(acknowledge(CHANGE, by=PARTNER), by=PARTNER, text=" We will. ")
    assert (answered.state, answered.answer) == (State.ANSWERED, "We will.")
    with pytest.raises(Refused, match=r"^The feedback is answered, and is answered once; talk about more at a meeting"):
        answer(answered, by=PARTNER, text="And more.")
    taken_back = withdraw(answered, by=CLIENT, reason="It was another team.")
    assert taken_back == replace(answered, state=State.WITHDRAWN, reason="It was another team.")
    with pytest.raises(Refused, match="only the client can withdraw it"):
        withdraw(answered, by=PARTNER, reason="No.")


class LifeOfFeedback(RuleBasedStateMachine):
    """Both sides take every step in any order; what has happened is kept in words of its own and says what may."""

    @initialize(kind=st.sampled_from(Kind), writer=st.sampled_from(Side))
    def share(self, kind, writer):
        self.feedback, self.happened = Feedback(kind, writer), []

    @rule(side=st.sampled_from(Side), step=st.sampled_from(sorted(STEPS)))
    def take(self, side, step):
        try:
            after = STEPS[step](self.feedback, side)
        except Refused:
            assert not self._may(side, step)
            return
        assert self._may(side, step)
        self.feedback = after or replace(self.feedback, is_raised=True)
        self.happened.append(step)

    def _may(self, side, step):
        done, is_writer = set(self.happened), side is self.feedback.by
        return {
            "acknowledge": not is_writer and not done & {"acknowledge", "answer", "withdraw"},
            "answer": not is_writer and not done & {"answer", "withdraw"},
            "withdraw": is_writer and "withdraw" not in done,
            "raise": self.feedback.kind is Kind.CHANGE and "answer" in done and not done & {"withdraw", "raise"},
        }[step]

    @invariant()
    def what_was_said_stays(self):
        assert bool(self.feedback.answer) == ("answer" in self.happened)
        assert bool(self.feedback.reason) == ("withdraw" in self.happened)


def test_no_order_of_steps_answers_twice_or_forgets_what_was_said():
    usual = LifeOfFeedback.TestCase.settings
    run_state_machine_as_test(LifeOfFeedback, settings=settings(usual, max_examples=60, stateful_step_count=12))


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (Said(Kind.RECOGNITION, "Ann", "Calls answered at night", "No claim waited", "", evidence=1), []),
        (Said(Kind.RECOGNITION, " ", "Calls", "None waited", "", evidence=1), ["Name the people or the team"]),
        (Said(Kind.RECOGNITION, "Ann", "Calls", "None waited", "", evidence=0), ["Tie it to evidence"]),
        (Said(Kind.CHANGE, "", "Late reports", "We plan blind", "Send them on Monday", evidence=1), []),
        (Said(Kind.CHANGE, "Ann", "Late reports", "We plan blind", "Hurry", evidence=1), ["Only recognition names"]),
        (Said(Kind.CHANGE, "", "Late reports", "We plan blind", " ", evidence=1), ["Say what is asked for"]),
        (Said(Kind.CHANGE, "", "", "", "Be better", evidence=0), ["Say what was seen", "Say what effect", "Tie it to"]),
    ],
)
def test_feedback_that_can_be_shared_says_what_was_seen_what_it_did_and_what_is_asked(said, missing):
    found = gaps(said)
    assert len(found) == len(missing)
    assert all(sentence.startswith(start) for sentence, start in zip(found, missing, strict=True))
