from datetime import date

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rapport.domain.minutes import (
    Action,
    Minutes,
    MinutesState,
    agree,
    minutes_gaps,
    propose,
    rewrite,
    send_back,
    waits_for,
)
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
TEXT, OTHER_TEXT = "aa" * 32, "bb" * 32
BOTH_CAME = {CLIENT: 1, PARTNER: 1}
FRIDAY = date(2026, 10, 9)

DRAFT = Minutes(MinutesState.DRAFT, CLIENT, TEXT)
PROPOSED = propose(DRAFT, by=CLIENT, gaps=[])
AGREED = agree(PROPOSED, by=PARTNER, digest=TEXT)
RETURNED = send_back(PROPOSED, by=PARTNER, reason="The second action is yours.")
BY_STATE = {minutes.state: minutes for minutes in (DRAFT, PROPOSED, AGREED)}

STEPS = {
    "rewrite": lambda minutes, by: rewrite(minutes, by=by, digest=OTHER_TEXT),
    "propose": lambda minutes, by: propose(minutes, by=by, gaps=[]),
    "agree": lambda minutes, by: agree(minutes, by=by, digest=TEXT),
    "send_back": lambda minutes, by: send_back(minutes, by=by, reason="Not so."),
}
LEGAL = {
    ("rewrite", MinutesState.DRAFT, CLIENT): MinutesState.DRAFT,
    ("propose", MinutesState.DRAFT, CLIENT): MinutesState.PROPOSED,
    ("agree", MinutesState.PROPOSED, PARTNER): MinutesState.AGREED,
    ("send_back", MinutesState.PROPOSED, PARTNER): MinutesState.DRAFT,
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", MinutesState)
@pytest.mark.parametrize("by", Side)
def test_each_step_is_for_one_state_and_one_side(step, state, by):
    if after := LEGAL.get((step, state, by)):
        assert STEPS[step](BY_STATE[state], by).state is after
        return
    with pytest.raises(Refused):
        STEPS[step](BY_STATE[state], by)


@pytest.mark.parametrize(
    ("step", "minutes", "by", "sentence"),
    [
        (
            "rewrite",
            PROPOSED,
            CLIENT,
            "The minutes are proposed, and only minutes that are a draft can be changed: "
            "have the other side agree to them or send them back.",
        ),
        (
            "agree",
            DRAFT,
            PARTNER,
            "The minutes are a draft, and only minutes that are proposed can be agreed: propose them first.",
        ),
        (
            "send_back",
            AGREED,
            PARTNER,
            "The minutes are agreed by both sides, and only minutes that are proposed can be sent back: "
            "put what is to be said differently into the minutes of the next meeting.",
        ),
        (
            "propose",
            DRAFT,
            PARTNER,
            "The client writes these minutes, and only the client can propose them: "
            "tell them what is missing, or send the minutes back once they are proposed.",
        ),
        (
            "agree",
            PROPOSED,
            CLIENT,
            "The client wrote these minutes, and only the partner can agree to them: wait for the partner to answer.",
        ),
    ],
)
def test_a_refusal_says_what_was_seen_what_is_expected_and_how_to_mend_it(step, minutes, by, sentence):
    with pytest.raises(Refused) as caught:
        STEPS[step](minutes, by)
    assert str(caught.value) == sentence


def test_propose_is_refused_with_gaps_and_names_them():
    with pytest.raises(Refused, match=r"gaps \(Decision 1 has no words; Action 2 has no owner\), and nobody can agree"):
        propose(DRAFT, by=CLIENT, gaps=["Decision 1 has no words.", "Action 2 has no owner."])


def test_agree_binds_only_to_the_text_that_was_read():
    with pytest.raises(Refused, match=r"\(digest bbbbbbbbbbbb\) is not the proposed text \(digest aaaaaaaaaaaa\)"):
        agree(PROPOSED, by=PARTNER, digest=OTHER_TEXT)


@pytest.mark.parametrize("reason", ["", "\t "])
def test_send_back_needs_a_reason(reason):
    with pytest.raises(Refused, match="The reason is empty, but the writer must know what to change"):
        send_back(PROPOSED, by=PARTNER, reason=reason)


def test_what_was_sent_back_is_a_draft_of_the_same_side_until_it_is_proposed_anew():
    assert Minutes(MinutesState.DRAFT, CLIENT, "", "The second action is yours.") == RETURNED
    rewritten = rewrite(RETURNED, by=CLIENT, digest=OTHER_TEXT)
    assert rewritten == Minutes(MinutesState.DRAFT, CLIENT, OTHER_TEXT, "The second action is yours.")
    assert propose(rewritten, by=CLIENT, gaps=[]) == Minutes(MinutesState.PROPOSED, CLIENT, OTHER_TEXT)


@pytest.mark.parametrize(
    ("minutes", "side"), [(DRAFT, CLIENT), (PROPOSED, PARTNER), (RETURNED, CLIENT), (AGREED, None)]
)
def test_waits_for_says_whose_move_it_is(minutes, side):
    assert waits_for(minutes) is side


def test_minutes_without_decisions_and_actions_have_no_gap():
    assert minutes_gaps(BOTH_CAME, [], []) == []
    assert minutes_gaps(BOTH_CAME, ["We go on."], [Action("Send the log.", "partner_contact", FRIDAY)]) == []


@pytest.mark.parametrize(
    ("attendance", "gaps"),
    [
        ({}, ["Nobody of the client is named as present.", "Nobody of the partner is named as present."]),
        ({CLIENT: 3, PARTNER: 0}, ["Nobody of the partner is named as present."]),
    ],
)
def test_minutes_name_somebody_of_each_side(attendance, gaps):
    assert minutes_gaps(attendance, [], []) == gaps


def test_a_decision_has_words():
    assert minutes_gaps(BOTH_CAME, ["We go on.", " ", ""], []) == [
        "Decision 2 has no words.",
        "Decision 3 has no words.",
    ]


@pytest.mark.parametrize(
    ("action", "gaps"),
    [
        (Action("Send the log.", "owner"), ["Action 1 has no day."]),
        (Action("Send the log.", " ", FRIDAY), ["Action 1 has no owner."]),
        (Action("", "owner", FRIDAY), ["Action 1 has no words."]),
        (Action("Send the log."), ["Action 1 has no owner and no day."]),
    ],
)
def test_an_action_has_words_an_owner_and_a_day(action, gaps):
    assert minutes_gaps(BOTH_CAME, [], [action]) == gaps


SIDES = st.sampled_from(Side)
TEXTS = st.sampled_from([TEXT, OTHER_TEXT])


class Writing(RuleBasedStateMachine):
    """Both sides try whatever they like, in any order."""

    def __init__(self):
        super().__init__()
        self.minutes = DRAFT
        self.seen_by_the_other = set()
        self.agreed_text = None

    def attempt(self, name, step, by, is_fit=True, **arguments):
        """Whether a step was taken; it must be exactly when the table and what was given allow it."""
        after = LEGAL.get((name, self.minutes.state, by)) if is_fit else None
        try:
            self.minutes = step(self.minutes, by=by, **arguments)
        except Refused:
            assert after is None
            return False
        assert self.minutes.state is after
        return True

    @rule(by=SIDES, digest=TEXTS)
    def rewrite(self, by, digest):
        if self.attempt("rewrite", rewrite, by, digest=digest):
            assert self.minutes.text_digest == digest

    @rule(by=SIDES, gaps=st.sampled_from([[], ["Decision 1 has no words."]]))
    def propose(self, by, gaps):
        if self.attempt("propose", propose, by, is_fit=not gaps, gaps=gaps):
            self.seen_by_the_other.add(self.minutes.text_digest)

    @rule(by=SIDES, digest=TEXTS)
    def agree(self, by, digest):
        if self.attempt("agree", agree, by, is_fit=digest == self.minutes.text_digest, digest=digest):
            self.agreed_text = digest

    @rule(by=SIDES, reason=st.sampled_from(["", "Not so."]))
    def send_back(self, by, reason):
        if self.attempt("send_back", send_back, by, is_fit=bool(reason), reason=reason):
            assert self.minutes.returned == reason

    @invariant()
    def agreed_is_a_text_that_was_shown_and_never_another(self):
        if self.minutes.state is MinutesState.AGREED:
            assert self.minutes.text_digest == self.agreed_text
            assert self.agreed_text in self.seen_by_the_other

    @invariant()
    def somebody_has_the_ball_until_they_are_agreed(self):
        assert (waits_for(self.minutes) is None) == (self.minutes.state is MinutesState.AGREED)

    @invariant()
    def the_writer_stays(self):
        assert self.minutes.written_by is CLIENT


TestWriting = Writing.TestCase
