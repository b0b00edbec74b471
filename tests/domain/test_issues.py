from dataclasses import replace
from datetime import date
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rapport.domain.issues import (
    ANSWER_DAYS,
    Issue,
    Move,
    Origin,
    Severity,
    State,
    approve,
    cause_key,
    confirm,
    decline,
    demand_correction,
    demand_day,
    due_on,
    hand_over,
    list_by_silence,
    possible,
    relapse,
    reopen,
    resolve,
    send_back,
    severity_of_miss,
    starting,
    waits_for,
    will_probably_miss,
)
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
DONE = "Two more people work the queue on Mondays."

PROPOSED = starting(Origin.BY_HAND, responsible=PARTNER, by=CLIENT)
DECLINED = decline(PROPOSED, by=PARTNER, reason="It is not part of the work.")
LISTED = approve(PROPOSED, by=PARTNER)
RAISED_BY_RULE = starting(Origin.MISSED_KPI, responsible=PARTNER)
RESOLVED = resolve(LISTED, by=PARTNER, what=DONE, has_open_correction=False)
CLOSED = confirm(RESOLVED, by=CLIENT)


def test_an_issue_of_one_side_waits_for_the_other_to_approve_it():
    assert Issue(State.PROPOSED, CLIENT, PARTNER) == PROPOSED
    assert Issue(State.LISTED, CLIENT, PARTNER) == LISTED


def test_what_the_agreement_calls_a_failure_is_listed_at_once():
    assert Issue(State.LISTED, None, PARTNER) == RAISED_BY_RULE


def test_a_side_may_propose_what_no_rule_has_raised():
    assert starting(Origin.EARLY_WARNING, responsible=CLIENT, by=PARTNER).state is State.PROPOSED


def test_an_issue_raised_by_hand_is_raised_by_somebody():
    with pytest.raises(ValueError, match="raised by one of the sides"):
        starting(Origin.BY_HAND, responsible=PARTNER)


@pytest.mark.parametrize("by", Side)
def test_an_issue_is_declined_by_the_other_side_or_taken_back_by_its_own(by):
    declined = decline(PROPOSED, by=by, reason="It is another contract.")
    assert declined == Issue(State.DECLINED, CLIENT, PARTNER, reason="It is another contract.")


def test_silence_puts_an_issue_on_the_list():
    listed = list_by_silence(PROPOSED)
    assert listed == replace(LISTED, reason="The other side did not answer within 5 days.")


def test_the_other_side_has_five_days_to_answer():
    assert ANSWER_DAYS == 5


def test_a_resolved_issue_says_who_resolved_it_and_how():
    assert Issue(State.RESOLVED, CLIENT, PARTNER, resolved_by=PARTNER, reason=DONE) == RESOLVED


def test_a_closed_issue_keeps_who_resolved_it():
    assert Issue(State.CLOSED, CLIENT, PARTNER, resolved_by=PARTNER) == CLOSED


def test_an_issue_sent_back_is_on_the_list_again():
    back = send_back(RESOLVED, by=CLIENT, reason="Mondays are still late.")
    assert back == Issue(State.LISTED, CLIENT, PARTNER, reason="Mondays are still late.")
    assert resolve(back, by=PARTNER, what=DONE, has_open_correction=False) == RESOLVED


def test_a_closed_issue_is_reopened_when_its_cause_shows_again():
    reopened = reopen(CLOSED, reason="September missed again.")
    assert reopened == Issue(State.LISTED, CLIENT, PARTNER, reason="September missed again.")


@pytest.mark.parametrize("issue", [RESOLVED, CLOSED])
def test_what_figures_show_not_to_be_mended_is_on_the_list_again(issue):
    again = relapse(issue, reason="September missed again.")
    assert again == Issue(State.LISTED, CLIENT, PARTNER, reason="September missed again.")


@pytest.mark.parametrize(("issue", "reason"), [(LISTED, "Again."), (PROPOSED, "Again."), (RESOLVED, " ")])
def test_only_what_was_said_to_be_mended_relapses(issue, reason):
    with pytest.raises(Refused):
        relapse(issue, reason=reason)


DAY = date(2026, 3, 20)


@pytest.mark.parametrize(
    ("issue", "by", "day", "said"),
    [
        (LISTED, PARTNER, date(2026, 3, 19), None),
        (LISTED, PARTNER, date(2026, 3, 21), "only the client can grant a later day"),
        (LISTED, CLIENT, date(2026, 3, 21), None),
        (PROPOSED, CLIENT, date(2026, 3, 10), None),
        (LISTED, CLIENT, date(2026, 3, 1), "This day is over"),
        (CLOSED, CLIENT, date(2026, 3, 21), "is closed, and only an open one has a day"),
        (DECLINED, PARTNER, date(2026, 3, 19), "was declined, and only an open one has a day"),
    ],
)
def test_more_time_is_for_the_other_side_to_grant(issue, by, day, said):
    asked = {"by": by, "before": DAY, "day": day, "today": date(2026, 3, 2)}
    if said is None:
        demand_day(issue, **asked)
    else:
        with pytest.raises(Refused, match=said):
            demand_day(issue, **asked)


@pytest.mark.parametrize(
    ("issue", "of_client", "of_partner"),
    [
        (PROPOSED, ["decline"], ["approve", "decline"]),
        (DECLINED, [], []),
        (LISTED, ["take_over"], ["resolve"]),
        (RESOLVED, ["confirm", "return"], []),
        (CLOSED, ["reopen"], ["reopen"]),
    ],
)
def test_what_a_side_can_do_is_what_is_not_refused(issue, of_client, of_partner):
    assert [possible(issue, side) for side in (CLIENT, PARTNER)] == [of_client, of_partner]


@pytest.mark.parametrize(
    ("chance", "is_warned"), [(None, False), (0.0, False), (0.49, False), (0.5, True), (1.0, True)]
)
def test_nobody_is_warned_of_what_is_less_likely_than_not(chance, is_warned):
    assert will_probably_miss(chance) is is_warned


def test_an_issue_taken_over_is_resolved_by_its_new_side():
    taken = hand_over(LISTED, by=CLIENT, to=CLIENT)
    assert taken == Issue(State.LISTED, CLIENT, CLIENT)
    resolved = resolve(taken, by=CLIENT, what=DONE, has_open_correction=False)
    assert confirm(resolved, by=PARTNER).state is State.CLOSED


@pytest.mark.parametrize(
    ("issue", "side"),
    [
        (PROPOSED, PARTNER),
        (starting(Origin.DISPUTE, responsible=PARTNER, by=PARTNER), CLIENT),
        (DECLINED, None),
        (LISTED, PARTNER),
        (RAISED_BY_RULE, PARTNER),
        (hand_over(LISTED, by=CLIENT, to=CLIENT), CLIENT),
        (RESOLVED, CLIENT),
        (CLOSED, None),
    ],
)
def test_waits_for_says_whose_move_it_is(issue, side):
    assert waits_for(issue) is side
    assert issue.state.is_open == (side is not None)


@pytest.mark.parametrize(
    ("move", "side"), [("responsible", PARTNER), ("client", CLIENT), ("partner", PARTNER), ("nobody", None)]
)
def test_a_corrective_action_says_whose_move_it_is_while_the_issue_is_listed(move, side):
    assert waits_for(replace(LISTED, move=Move(move))) is side
    assert waits_for(replace(RESOLVED, move=Move(move))) is CLIENT
    assert waits_for(replace(PROPOSED, move=Move(move))) is PARTNER


def test_what_is_worked_out_stays_with_whoever_takes_the_issue_over():
    assert waits_for(hand_over(LISTED, by=CLIENT, to=CLIENT)) is CLIENT
    assert waits_for(hand_over(replace(LISTED, move=Move.PARTNER), by=CLIENT, to=CLIENT)) is PARTNER


@pytest.mark.parametrize(
    ("origin", "severity", "has_correction", "why", "said"),
    [
        (Origin.MISSED_KPI, Severity.MINOR, True, "", None),
        (Origin.MISSED_KPI, Severity.MINOR, False, "A bank holiday, once a year.", None),
        (Origin.MISSED_KPI, Severity.MINOR, False, " ", "A KPI missed and there was no corrective action"),
        (Origin.UNKEPT_DUTY, Severity.MINOR, False, "", "the client has to know why: write why none is needed"),
        (Origin.MISSED_KPI, Severity.MAJOR, True, "", None),
        (Origin.MISSED_KPI, Severity.MAJOR, False, "A bank holiday.", "is major and a KPI missed"),
        (Origin.UNKEPT_DUTY, Severity.MAJOR, False, "", "start the corrective action"),
        (Origin.MISSED_KPI, Severity.OBSERVATION, False, "", None),
        (Origin.BY_HAND, Severity.MAJOR, False, "", None),
        (Origin.DISPUTE, Severity.MINOR, False, "", None),
    ],
)
def test_a_miss_is_mended_through_a_corrective_action_unless_it_is_said_why_not(
    origin, severity, has_correction, why, said
):
    asked = {"by": PARTNER, "has_correction": has_correction, "why_none": why}
    if said is None:
        demand_correction(origin, severity, **asked)
    else:
        with pytest.raises(Refused, match=said):
            demand_correction(origin, severity, **asked)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            lambda: approve(PROPOSED, by=CLIENT),
            "The issue was proposed by the client, and only the partner can approve it: wait for their answer, which "
            "they have 5 days for, or take it back.",
        ),
        (
            lambda: approve(LISTED, by=PARTNER),
            "The issue is on the list and not resolved, and only a proposed issue can be approved: have the partner "
            "mend and resolve it.",
        ),
        (
            lambda: decline(PROPOSED, by=PARTNER, reason=" \n"),
            "Nothing was written, but the client has to know: write why it does not belong on the list.",
        ),
        (
            lambda: list_by_silence(DECLINED),
            "The issue was declined, and only a proposed issue can be listed by silence: propose a new issue if it is "
            "needed after all.",
        ),
        (
            lambda: resolve(PROPOSED, by=PARTNER, what=DONE, has_open_correction=False),
            "The issue is proposed and not on the list yet, and only an issue on the list can be resolved: have the "
            "partner approve or decline it.",
        ),
        (
            lambda: resolve(LISTED, by=CLIENT, what=DONE, has_open_correction=False),
            "The partner is responsible for the issue, and only the partner can resolve it: ask them to, or take it "
            "over.",
        ),
        (
            lambda: resolve(LISTED, by=PARTNER, what=DONE, has_open_correction=True),
            "The issue has a corrective action that is still open, and it is resolved only when that has proved to "
            "work: have the corrective action closed first.",
        ),
        (
            lambda: resolve(LISTED, by=PARTNER, what="", has_open_correction=False),
            "Nothing was written, but the client has to know: write what was done about it.",
        ),
        (
            lambda: confirm(RESOLVED, by=PARTNER),
            "The partner resolved the issue, and only the client can confirm it: wait for them to look at what was "
            "done.",
        ),
        (
            lambda: confirm(CLOSED, by=CLIENT),
            "The issue is closed, and only a resolved issue can be confirmed: reopen it if the same cause shows again.",
        ),
        (
            lambda: send_back(RESOLVED, by=PARTNER, reason="Not yet."),
            "The partner resolved the issue, and only the client can send it back: wait for them to look at what was "
            "done.",
        ),
        (
            lambda: send_back(RESOLVED, by=CLIENT, reason=""),
            "Nothing was written, but the partner has to know: write what is not mended yet.",
        ),
        (
            lambda: reopen(RESOLVED, reason="September missed again."),
            "The issue is resolved and waits to be confirmed, and only a closed issue can be reopened: have the client "
            "confirm it or send it back.",
        ),
        (
            lambda: reopen(CLOSED, reason=""),
            "Nothing was written, but everybody has to know: write where its cause shows again.",
        ),
        (
            lambda: hand_over(LISTED, by=PARTNER, to=CLIENT),
            "The partner is responsible for the issue, and only the client can take it over: ask them to do so, or say "
            "in a comment why it is theirs.",
        ),
        (
            lambda: hand_over(LISTED, by=PARTNER, to=PARTNER),
            "The partner is responsible for the issue already, and only the client can take it over: go on with "
            "mending it, or ask them whether it is theirs.",
        ),
    ],
)
def test_a_refusal_says_what_was_seen_what_is_expected_and_how_to_go_on(step, sentence):
    with pytest.raises(Refused) as refusal:
        step()
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("state", [State.PROPOSED, State.DECLINED])
def test_what_a_rule_raised_is_never_proposed_or_declined(state):
    with pytest.raises(ValueError, match=f"on the list at once and never {state}"):
        Issue(state, None, PARTNER)


@pytest.mark.parametrize("state", State)
def test_who_resolved_an_issue_is_known_exactly_when_it_is_resolved(state):
    is_known = state in {State.RESOLVED, State.CLOSED}
    with pytest.raises(ValueError, match="known once it is resolved"):
        Issue(state, CLIENT, PARTNER, resolved_by=None if is_known else PARTNER)


@pytest.mark.parametrize(
    ("is_below_minimum", "is_repeat", "severity"),
    [
        (False, False, Severity.MINOR),
        (False, True, Severity.MAJOR),
        (True, False, Severity.MAJOR),
        (True, True, Severity.MAJOR),
    ],
)
def test_a_miss_is_major_below_the_minimum_or_when_it_repeats(is_below_minimum, is_repeat, severity):
    assert severity_of_miss(is_below_minimum=is_below_minimum, is_repeat=is_repeat) is severity


@pytest.mark.parametrize(
    ("severity", "due"),
    [
        (Severity.MAJOR, date(2026, 10, 15)),
        (Severity.MINOR, date(2026, 10, 31)),
        (Severity.OBSERVATION, date(2026, 12, 30)),
    ],
)
def test_what_is_more_serious_is_due_sooner(severity, due):
    assert due_on(severity, date(2026, 10, 1)) == due


def test_cause_key_names_what_failed():
    assert cause_key(Origin.MISSED_KPI, "resolved-in-time") == "missed_kpi:resolved-in-time"


@pytest.mark.parametrize("subject", ["", " "])
def test_cause_key_needs_a_subject(subject):
    with pytest.raises(ValueError, match="its subject is empty"):
        cause_key(Origin.MISSED_KPI, subject)


CAUSES = st.tuples(st.sampled_from(Origin), st.text(min_size=1).filter(str.strip))


@given(CAUSES, CAUSES)
def test_different_causes_have_different_keys(one, other):
    assert (cause_key(*one) == cause_key(*other)) == (one == other)


LEGAL = {
    ("approve", "proposed"): ("the other than proposed", "listed"),
    ("decline", "proposed"): ("anybody", "declined"),
    ("list_by_silence", "proposed"): ("anybody", "listed"),
    ("resolve", "listed"): ("the responsible", "resolved"),
    ("hand_over", "listed"): ("the other than responsible", "listed"),
    ("confirm", "resolved"): ("the other than resolved", "closed"),
    ("send_back", "resolved"): ("the other than resolved", "listed"),
    ("reopen", "closed"): ("anybody", "listed"),
}
"""Which step can be taken in which state, by whom, and where it leads; everything else is refused."""
STEPS = {
    "approve": lambda issue, by: approve(issue, by=by),
    "decline": lambda issue, by: decline(issue, by=by, reason="It is another contract."),
    "list_by_silence": lambda issue, _: list_by_silence(issue),
    "resolve": lambda issue, by: resolve(issue, by=by, what=DONE, has_open_correction=False),
    "hand_over": lambda issue, by: hand_over(issue, by=by, to=by),
    "confirm": lambda issue, by: confirm(issue, by=by),
    "send_back": lambda issue, by: send_back(issue, by=by, reason="Mondays are still late."),
    "reopen": lambda issue, _: reopen(issue, reason="September missed again."),
}


def allowed(step, state, proposer, responsible, resolver):
    """The sides that may take a step, by the table, and the state it leads to."""
    who, leads_to = LEGAL.get((step, state), ("nobody", ""))
    sides = {
        "nobody": set(),
        "anybody": set(Side),
        "the responsible": {responsible},
        "the other than responsible": set(Side) - {responsible},
        "the other than proposed": set(Side) - {proposer},
        "the other than resolved": set(Side) - {resolver},
    }
    return sides[who], leads_to


@pytest.mark.parametrize("by", Side)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "issue", [PROPOSED, DECLINED, LISTED, RAISED_BY_RULE, RESOLVED, CLOSED], ids=lambda given: given.state
)
def test_every_step_in_every_state_is_in_the_table_or_refused(issue, step, by):
    sides, leads_to = allowed(step, issue.state, issue.proposed_by, issue.responsible, issue.resolved_by)
    if by in sides:
        assert STEPS[step](issue, by).state == leads_to
    else:
        with pytest.raises(Refused):
            STEPS[step](issue, by)


SIDES = st.sampled_from(Side)
WORDS = st.sampled_from(["", " \t", "As agreed.", "On Monday."])


class LifeOfAnIssue(RuleBasedStateMachine):
    """Both sides try everything in any order; what must come of it is kept here in plain variables."""

    reached: ClassVar[set[str]] = set()

    @initialize(proposer=st.none() | SIDES, responsible=SIDES)
    def begin(self, proposer, responsible):
        origin = Origin.BY_HAND if proposer else Origin.MISSED_KPI
        self.issue = starting(origin, responsible=responsible, by=proposer)
        self.state = "proposed" if proposer else "listed"
        self.proposer, self.responsible, self.resolver = proposer, responsible, None

    def may(self, step, by):
        """Whether a side can take a step now, by the table."""
        return by in allowed(step, self.state, self.proposer, self.responsible, self.resolver)[0]

    def attempt(self, step, is_allowed=True, **arguments):
        """Takes a step if the table allows it, and makes sure that it is refused otherwise."""
        words = arguments.get("what", arguments.get("reason", "None needed."))
        if not (is_allowed and self.may(step.__name__, arguments.get("by", CLIENT)) and words.strip()):
            with pytest.raises(Refused, match=r"^[A-Z].*(, and only|, but|, and it is) .*: .*\.$"):
                step(self.issue, **arguments)
            return False
        self.issue = step(self.issue, **arguments)
        self.state = LEGAL[step.__name__, self.state][1]
        self.reached.add(self.state)
        assert words in {self.issue.reason, "None needed."}
        return True

    @rule(by=SIDES)
    def approve(self, by):
        self.attempt(approve, by=by)

    @rule(by=SIDES, reason=WORDS)
    def decline(self, by, reason):
        self.attempt(decline, by=by, reason=reason)

    @rule()
    def list_by_silence(self):
        self.attempt(list_by_silence)

    @rule(by=SIDES, what=WORDS, has_open_correction=st.booleans())
    def resolve(self, by, what, has_open_correction):
        is_allowed = not has_open_correction
        if self.attempt(resolve, is_allowed, by=by, what=what, has_open_correction=has_open_correction):
            self.resolver = by

    @rule(by=SIDES)
    def confirm(self, by):
        self.attempt(confirm, by=by)

    @rule(by=SIDES, reason=WORDS)
    def send_back(self, by, reason):
        if self.attempt(send_back, by=by, reason=reason):
            self.resolver = None

    @rule(reason=WORDS)
    def reopen(self, reason):
        if self.attempt(reopen, reason=reason):
            self.resolver = None

    @rule(by=SIDES, to=SIDES)
    def hand_over(self, by, to):
        if self.attempt(hand_over, by is to, by=by, to=to):
            self.responsible = to

    @precondition(lambda self: self.state == "listed")
    @rule()
    def resolve_as_expected(self):
        self.resolve(self.responsible, "As agreed.", False)

    @precondition(lambda self: self.state == "resolved")
    @rule()
    def confirm_as_expected(self):
        self.confirm(self.responsible.other)

    @invariant()
    def an_issue_is_what_its_steps_made_of_it(self):
        seen = (self.issue.state, self.issue.proposed_by, self.issue.responsible, self.issue.resolved_by)
        assert seen == (self.state, self.proposer, self.responsible, self.resolver)

    @invariant()
    def whose_move_it_is_can_move(self):
        side = waits_for(self.issue)
        step = {"proposed": "approve", "listed": "resolve", "resolved": "confirm"}.get(self.state)
        assert (side is None) == (step is None)
        assert step is None or self.may(step, side)

    @invariant()
    def no_side_closes_what_it_mended_itself(self):
        if self.state == "resolved":
            assert not self.may("confirm", self.responsible)


def test_nothing_but_the_legal_steps_is_possible_in_the_life_of_an_issue():
    usual = LifeOfAnIssue.TestCase.settings
    run_state_machine_as_test(LifeOfAnIssue, settings=settings(usual, max_examples=100, stateful_step_count=15))
    assert LifeOfAnIssue.reached == set(State) - {State.PROPOSED}
