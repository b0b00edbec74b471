from dataclasses import replace
from datetime import UTC, date, datetime
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

from rapport.domain.corrections import (
    Cause,
    Correction,
    Part,
    Proof,
    State,
    Task,
    accept,
    begin,
    begin_anew,
    cause_gaps,
    claim,
    close,
    contain,
    fail,
    move_of,
    plan_gaps,
    plan_standing,
    possible,
    proof_of,
    propose,
    proved_on,
    send_back,
    waits_for,
)
from rapport.domain.periods import PeriodKind, PeriodRule
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
CAUSE, PLAN = Part
HOW = "Urgent tickets go to the day shift until then."

OPEN = Correction(State.OPEN, PARTNER, owner="team lead")
CONTAINED = contain(OPEN, by=PARTNER, how=HOW)
CAUSE_PROPOSED = propose(CONTAINED, by=PARTNER, part=CAUSE, gaps=[])
CAUSE_AGREED = accept(CAUSE_PROPOSED, by=CLIENT)
PLAN_PROPOSED = propose(CAUSE_AGREED, by=PARTNER, part=PLAN, gaps=[])
PLAN_AGREED = accept(PLAN_PROPOSED, by=CLIENT)
DOING = begin(PLAN_AGREED)
VERIFYING = claim(DOING, by=PARTNER, open_tasks=0)
CLOSED = close(VERIFYING, by=CLIENT, person="manager", proof=Proof.EFFECTIVE)


@pytest.mark.parametrize(
    ("correction", "state", "proposed", "side"),
    [
        (OPEN, State.OPEN, None, PARTNER),
        (CONTAINED, State.CONTAINED, None, PARTNER),
        (CAUSE_PROPOSED, State.CONTAINED, CAUSE, CLIENT),
        (CAUSE_AGREED, State.CAUSE_AGREED, None, PARTNER),
        (PLAN_PROPOSED, State.CAUSE_AGREED, PLAN, CLIENT),
        (PLAN_AGREED, State.PLAN_AGREED, None, PARTNER),
        (DOING, State.DOING, None, PARTNER),
        (VERIFYING, State.VERIFYING, None, None),
        (CLOSED, State.CLOSED, None, None),
    ],
)
def test_from_the_gap_to_the_proof_it_is_always_clear_whose_move_it_is(correction, state, proposed, side):
    assert correction == Correction(state, PARTNER, proposed, owner="team lead")
    assert waits_for(correction) is side


def test_a_client_that_is_responsible_has_the_partner_accept_and_close():
    ours = replace(VERIFYING, responsible=CLIENT)
    assert waits_for(ours, proof=Proof.EFFECTIVE) is PARTNER
    assert close(ours, by=PARTNER, person="account manager", proof=Proof.EFFECTIVE).state is State.CLOSED


@pytest.mark.parametrize(("proposed", "before"), [(CAUSE_PROPOSED, CONTAINED), (PLAN_PROPOSED, CAUSE_AGREED)])
def test_what_is_sent_back_is_worked_out_again(proposed, before):
    returned = send_back(proposed, by=CLIENT, reason="It is only the symptom.")
    assert returned == replace(before, returned="It is only the symptom.")
    assert waits_for(returned) is PARTNER
    assert propose(returned, by=PARTNER, part=proposed.proposed, gaps=[]) == proposed


def test_a_second_ticked_task_changes_nothing():
    assert begin(DOING) is DOING


@pytest.mark.parametrize("done", [VERIFYING, CLOSED])
def test_a_gap_that_shows_again_begins_a_new_round(done):
    again = begin_anew(done)
    assert again == replace(OPEN, round=2)
    assert begin_anew(replace(VERIFYING, round=again.round)).round == 3


def test_the_other_sides_word_that_it_did_not_work_begins_a_new_round():
    assert fail(VERIFYING, by=CLIENT, reason="A letter went astray.", is_by_word=True) == replace(OPEN, round=2)


@pytest.mark.parametrize(
    ("proof", "is_by_word"), [(Proof.PENDING, False), (Proof.EFFECTIVE, False), (Proof.FAILED, True)]
)
def test_what_can_be_done_is_what_is_not_refused(proof, is_by_word):
    asked = {"person": "manager", "proof": proof, "is_by_word": is_by_word}
    expected = {"close", "fail"} if is_by_word else {"close"} if proof is Proof.EFFECTIVE else set()
    assert possible(VERIFYING, by=CLIENT, **asked) == expected
    assert possible(VERIFYING, by=PARTNER, **asked) == set()
    assert possible(OPEN, by=PARTNER, **asked) == {"contain"}
    assert possible(CAUSE_AGREED, by=PARTNER, **asked) == {"propose_plan"}
    assert possible(PLAN_PROPOSED, by=CLIENT, **asked) == {"accept", "send_back"}
    assert possible(DOING, by=PARTNER, **asked) == {"claim"}
    assert possible(CLOSED, by=CLIENT, **asked) == set()


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            lambda: contain(OPEN, by=CLIENT, how=HOW),
            "The partner is responsible for the corrective action, and only the partner can contain it: ask them to.",
        ),
        (
            lambda: contain(OPEN, by=PARTNER, how=" "),
            "Nothing was written, but the client has to know: write how it is contained, or why there is nothing to "
            "contain.",
        ),
        (
            lambda: contain(CONTAINED, by=PARTNER, how=HOW),
            "The corrective action is contained without an agreed cause, and only an open one can be contained: have "
            "the partner propose its cause.",
        ),
        (
            lambda: propose(OPEN, by=PARTNER, part=CAUSE, gaps=[]),
            "The corrective action is open and not contained, and only for one that is contained can a cause be "
            "proposed: have the partner write how it is contained.",
        ),
        (
            lambda: propose(CAUSE_PROPOSED, by=PARTNER, part=PLAN, gaps=[]),
            "The corrective action is contained without an agreed cause, and only for one with an agreed cause can a "
            "plan be proposed: have the client accept the cause or send it back.",
        ),
        (
            lambda: propose(CONTAINED, by=PARTNER, part=CAUSE, gaps=["No cause is named.", "It is late."]),
            "The cause has gaps (No cause is named; It is late), and only a cause without gaps can be proposed: fill "
            "them and propose it again.",
        ),
        (
            lambda: propose(replace(CAUSE_AGREED, owner=""), by=PARTNER, part=PLAN, gaps=[]),
            "The plan has gaps (Nobody is named as its owner), and only a plan without gaps can be proposed: fill them "
            "and propose it again.",
        ),
        (
            lambda: propose(CONTAINED, by=CLIENT, part=CAUSE, gaps=[]),
            "The partner is responsible for the corrective action, and only the partner can propose the cause: ask "
            "them to.",
        ),
        (
            lambda: propose(CAUSE_PROPOSED, by=PARTNER, part=CAUSE, gaps=[]),
            "The cause lies with the client already, and it is proposed again only when it comes back: wait for their "
            "answer.",
        ),
        (
            lambda: accept(PLAN_PROPOSED, by=PARTNER),
            "The partner proposed the plan, and only the client can accept it: wait for their answer.",
        ),
        (
            lambda: accept(CONTAINED, by=CLIENT),
            "The corrective action is contained without an agreed cause, and neither a cause nor a plan is proposed: "
            "have the partner propose its cause.",
        ),
        (
            lambda: send_back(CAUSE_PROPOSED, by=PARTNER, reason="Not yet."),
            "The partner proposed the cause, and only the client can send it back: wait for their answer.",
        ),
        (
            lambda: send_back(CAUSE_PROPOSED, by=CLIENT, reason=""),
            "Nothing was written, but the partner has to know: write what the cause lacks.",
        ),
        (
            lambda: begin(CAUSE_AGREED),
            "The corrective action has an agreed cause and no agreed plan, and only one with an agreed plan can be "
            "begun: have the partner propose a plan.",
        ),
        (
            lambda: claim(PLAN_AGREED, by=PARTNER, open_tasks=0),
            "The corrective action has an agreed plan that nobody has begun, and only one that is being worked on can "
            "be claimed done: tick off the first task of the plan.",
        ),
        (
            lambda: claim(DOING, by=CLIENT, open_tasks=0),
            "The partner is responsible for the corrective action, and only the partner can claim it done: ask them "
            "to.",
        ),
        (
            lambda: claim(DOING, by=PARTNER, open_tasks=1),
            "One task of the plan is still open, and it can be claimed done only after the last: have every task "
            "ticked off first.",
        ),
        (
            lambda: claim(DOING, by=PARTNER, open_tasks=3),
            "3 tasks of the plan are still open, and it can be claimed done only after the last: have every task "
            "ticked off first.",
        ),
        (
            lambda: close(DOING, by=CLIENT, person="manager", proof=Proof.EFFECTIVE),
            "The corrective action is being worked on, and only one that waits for its proof can be closed: tick off "
            "its tasks, and have the partner claim it done after the last.",
        ),
        (
            lambda: close(VERIFYING, by=PARTNER, person="manager", proof=Proof.EFFECTIVE),
            "The partner is responsible for the corrective action, and only the client can close it: ask them to.",
        ),
        (
            lambda: close(VERIFYING, by=CLIENT, person="team lead", proof=Proof.EFFECTIVE),
            "You own this corrective action, and only somebody else can close it: ask a colleague of the client to.",
        ),
        (
            lambda: close(VERIFYING, by=CLIENT, person="manager", proof=Proof.PENDING),
            "The periods since do not show the effect of the corrective action yet, and only one that has proved to "
            "work can be closed: wait for the next periods.",
        ),
        (
            lambda: close(VERIFYING, by=CLIENT, person="manager", proof=Proof.FAILED),
            "The periods since show that the corrective action did not work, and only one that has proved to work can "
            "be closed: begin a new round.",
        ),
        (
            lambda: begin(VERIFYING),
            "The corrective action is done and waits for its proof, and only one with an agreed plan can be begun: "
            "have the client close it when the next periods show its effect.",
        ),
        (
            lambda: claim(CLOSED, by=PARTNER, open_tasks=0),
            "The corrective action is closed, and only one that is being worked on can be claimed done: go on with the "
            "issue it belongs to.",
        ),
        (
            lambda: begin_anew(DOING),
            "The corrective action is being worked on, and only one whose work is done can begin anew: tick off its "
            "tasks, and have the partner claim it done after the last.",
        ),
        (
            lambda: fail(CLOSED, by=CLIENT, reason=HOW, is_by_word=True),
            "The corrective action is closed, and only one that waits for its proof can fail: go on with the issue it "
            "belongs to.",
        ),
        (
            lambda: fail(VERIFYING, by=PARTNER, reason=HOW, is_by_word=True),
            "The partner did the work, and only the client says whether it worked: ask them.",
        ),
        (
            lambda: fail(VERIFYING, by=CLIENT, reason=HOW, is_by_word=False),
            "A KPI shows whether it worked, and it begins anew by itself when that misses: wait for it.",
        ),
        (
            lambda: fail(VERIFYING, by=CLIENT, reason=" ", is_by_word=True),
            "Nothing was written, but the partner has to know: write where the gap shows again.",
        ),
    ],
)
def test_a_refusal_says_what_was_seen_what_is_expected_and_how_to_go_on(step, sentence):
    with pytest.raises(Refused) as refusal:
        step()
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("part", Part)
def test_a_part_is_proposed_only_while_it_is_worked_out(state, part):
    if (part, state) in {(CAUSE, State.CONTAINED), (PLAN, State.CAUSE_AGREED)}:
        assert Correction(state, PARTNER, part).proposed is part
        return
    with pytest.raises(ValueError, match=f"no {part} can be proposed while the action is {state}"):
        Correction(state, PARTNER, part)


def test_rounds_are_counted_from_one():
    with pytest.raises(ValueError, match="counted from 1, and this is 0"):
        Correction(State.OPEN, PARTNER, round=0)


LATE = Cause(1, None, "Tickets of the weekend wait for Monday", "")
ALONE = Cause(2, 1, "One person works on Mondays", "The roster of August")
UNTOLD = Cause(3, 1, "Nobody is told on Sunday", "")
ONCE_ONLY = '"Why?" was asked only once, which names no more than a symptom.'


@pytest.mark.parametrize(
    ("causes", "gaps"),
    [
        ([], ["No cause is named."]),
        ([replace(LATE, evidence="The queue")], [ONCE_ONLY]),
        ([LATE], [ONCE_ONLY, f'Nothing shows that "{LATE.text}" is so.']),
        ([replace(LATE, evidence="The queue"), replace(ALONE, parent=None)], [ONCE_ONLY]),
        ([LATE, ALONE], []),
        ([ALONE, LATE], []),
        ([LATE, replace(ALONE, evidence=" \n")], [f'Nothing shows that "{ALONE.text}" is so.']),
        ([LATE, ALONE, UNTOLD], [f'Nothing shows that "{UNTOLD.text}" is so.']),
        ([LATE, ALONE, UNTOLD, Cause(4, 3, "The weekend has no duty roster", "The agreement")], []),
        ([LATE, ALONE, Cause(5, None, "August had two holidays", "The calendar")], []),
        ([LATE, replace(ALONE, text=" ")], ["A cause has no words."]),
    ],
)
def test_causes_explain_the_gap_when_each_chain_ends_in_evidence(causes, gaps):
    assert cause_gaps(causes) == gaps


@pytest.mark.parametrize(
    "causes",
    [
        [replace(LATE, parent=1)],
        [replace(LATE, parent=2), ALONE],
        [replace(LATE, parent=3), ALONE, replace(UNTOLD, parent=2)],
        [Cause(4, None, "August had two holidays", "The calendar"), replace(LATE, parent=2), ALONE],
    ],
    ids=["itself", "two", "three", "beside a root"],
)
def test_no_cause_explains_itself(causes):
    with pytest.raises(Refused, match="explains itself by way of other causes, and a chain has to lead to the gap: "):
        cause_gaps(causes)


def test_no_cause_explains_what_is_not_there():
    with pytest.raises(Refused, match=r'^"One person works on Mondays" explains a cause that is not there, and '):
        cause_gaps([ALONE])


@given(st.data(), st.integers(1, 12))
def test_a_tree_of_causes_has_a_gap_for_each_end_without_evidence(data, size):
    shown = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    above = [data.draw(st.none() | st.integers(0, number - 1)) if number else None for number in range(size)]
    tree = [Cause(number, above[number], f"because of {number}", "yes" * shown[number]) for number in range(size)]
    gaps = cause_gaps(data.draw(st.permutations(tree)))
    ends = [number for number in range(size) if number not in above]
    expected = {f'Nothing shows that "because of {number}" is so.' for number in ends if not shown[number]}
    assert set(gaps) == expected | ({ONCE_ONLY} if above == [None] * size else set())
    assert len(gaps) == len(set(gaps))


HIRE = Task("Staff Mondays with two", PARTNER, "team lead", date(2026, 10, 1))
TELL = Task("Tell the desk of holidays", CLIENT, "manager", date(2026, 10, 5))


@pytest.mark.parametrize(
    ("tasks", "gaps"),
    [
        ([], ["No task is planned."]),
        ([HIRE], []),
        ([HIRE, TELL], []),
        ([TELL], ["The partner is responsible and has no task."]),
        ([replace(HIRE, owner="")], ['"Staff Mondays with two" has no owner.']),
        ([HIRE, replace(TELL, due_on=None)], ['"Tell the desk of holidays" has no day by which it is done.']),
        (
            [replace(TELL, owner="", due_on=None)],
            [
                "The partner is responsible and has no task.",
                '"Tell the desk of holidays" has no owner.',
                '"Tell the desk of holidays" has no day by which it is done.',
            ],
        ),
    ],
)
def test_a_plan_says_who_does_what_by_when(tasks, gaps):
    assert plan_gaps(tasks, responsible=PARTNER) == gaps


CLAIMED_AT = int(datetime(2026, 3, 7, 9, tzinfo=UTC).timestamp())
NEW_YEAR_THERE = int(datetime(2026, 3, 31, 11, tzinfo=UTC).timestamp())
"""The first moment of April in Auckland."""


@pytest.mark.parametrize(
    ("rule", "claimed_at", "needed", "settling_days", "day"),
    [
        (PeriodRule(PeriodKind.MONTH, "Europe/London"), CLAIMED_AT, 1, 0, date(2026, 4, 30)),
        (PeriodRule(PeriodKind.MONTH, "Europe/London"), CLAIMED_AT, 2, 30, date(2026, 6, 30)),
        (PeriodRule(PeriodKind.MONTH, "Pacific/Auckland"), NEW_YEAR_THERE, 1, 0, date(2026, 4, 30)),
        (PeriodRule(PeriodKind.MONTH, "Pacific/Auckland"), NEW_YEAR_THERE + 1, 1, 0, date(2026, 5, 31)),
        (PeriodRule(PeriodKind.WEEK, "UTC"), CLAIMED_AT, 12, 10, date(2026, 6, 10)),
        (PeriodRule(PeriodKind.DAY, "UTC"), CLAIMED_AT, 1, 0, date(2026, 3, 8)),
        (PeriodRule(PeriodKind.YEAR, "UTC"), CLAIMED_AT, 2, 0, date(2028, 12, 31)),
        (PeriodRule(PeriodKind.CONTRACT_MONTH, "UTC", start_day=15), CLAIMED_AT, 1, 0, date(2026, 4, 14)),
        (PeriodRule(PeriodKind.ROLLING, "UTC", months=3), CLAIMED_AT, 1, 0, date(2026, 6, 30)),
        (PeriodRule(PeriodKind.ROLLING, "UTC", months=12), CLAIMED_AT, 12, 0, date(2028, 2, 29)),
    ],
)
def test_a_proof_can_stand_once_the_needed_periods_after_the_claim_are_settled(
    rule, claimed_at, needed, settling_days, day
):
    """The days are read off a calendar by hand."""
    assert proved_on(claimed_at, rule, needed=needed, settling_days=settling_days) == day


BOTH = {CLIENT, PARTNER}


@pytest.mark.parametrize(
    ("correction", "open_for", "proof", "side", "move"),
    [
        (OPEN, BOTH, Proof.PENDING, PARTNER, "responsible"),
        (CAUSE_PROPOSED, set(), Proof.PENDING, CLIENT, "client"),
        (CAUSE_AGREED, {CLIENT}, Proof.PENDING, PARTNER, "responsible"),
        (PLAN_PROPOSED, BOTH, Proof.PENDING, CLIENT, "client"),
        (PLAN_AGREED, BOTH, Proof.PENDING, PARTNER, "partner"),
        (PLAN_AGREED, {CLIENT}, Proof.PENDING, CLIENT, "client"),
        (DOING, {PARTNER}, Proof.PENDING, PARTNER, "partner"),
        (DOING, {CLIENT}, Proof.PENDING, CLIENT, "client"),
        (DOING, set(), Proof.PENDING, PARTNER, "partner"),
        (VERIFYING, set(), Proof.PENDING, None, "nobody"),
        (VERIFYING, set(), Proof.FAILED, None, "nobody"),
        (VERIFYING, set(), Proof.EFFECTIVE, CLIENT, "client"),
        (CLOSED, set(), Proof.EFFECTIVE, None, "responsible"),
    ],
)
def test_a_plan_waits_for_who_has_tasks_and_its_proof_for_nobody_until_it_is_there(
    correction, open_for, proof, side, move
):
    assert waits_for(correction, open_for=open_for, proof=proof) is side
    assert move_of(correction, open_for=open_for, proof=proof) == move


@pytest.mark.parametrize(
    ("periods", "needed", "proof"),
    [
        ([], 1, Proof.PENDING),
        ([True], 1, Proof.EFFECTIVE),
        ([False], 1, Proof.FAILED),
        ([True, True], 3, Proof.PENDING),
        ([True, True, True], 3, Proof.EFFECTIVE),
        ([True, None, True, None, True], 3, Proof.EFFECTIVE),
        ([True, None, True, None], 3, Proof.PENDING),
        ([None, None, None], 1, Proof.PENDING),
        ([True, True, False], 3, Proof.FAILED),
        ([None, False, True, True, True], 3, Proof.FAILED),
        ([True, True, True, False], 3, Proof.FAILED),
    ],
)
def test_proof_takes_enough_met_periods_without_a_miss(periods, needed, proof):
    assert proof_of(periods, needed) is proof


def test_proof_takes_a_period_at_least():
    with pytest.raises(ValueError, match="1 period or more, not 0"):
        proof_of([True], 0)


@given(st.lists(st.sampled_from([True, False, None])), st.integers(1, 4))
def test_periods_without_data_count_neither_way_and_a_failure_is_final(periods, needed):
    proof = proof_of(periods, needed)
    assert proof is proof_of([period for period in periods if period is not None], needed)
    assert proof_of([*periods, False], needed) is Proof.FAILED
    assert proof_of([*periods, True], needed) is not Proof.PENDING or proof is Proof.PENDING


@pytest.mark.parametrize(
    ("is_failing", "has_plan", "words"),
    [
        (False, False, "on target"),
        (True, False, "failing"),
        (True, True, "failing in a plan"),
        (False, True, "in a plan"),
    ],
)
def test_plan_standing_in_words(is_failing, has_plan, words):
    assert plan_standing(is_failing=is_failing, has_plan=has_plan) == words


RESPONSIBLE, OTHER, ANYBODY = {"responsible"}, {"other"}, {"responsible", "other"}
LEGAL = {
    ("contain", "open", "nothing"): (RESPONSIBLE, "contained", "nothing"),
    ("propose the cause", "contained", "nothing"): (RESPONSIBLE, "contained", "cause"),
    ("accept", "contained", "cause"): (OTHER, "cause_agreed", "nothing"),
    ("send back", "contained", "cause"): (OTHER, "contained", "nothing"),
    ("propose the plan", "cause_agreed", "nothing"): (RESPONSIBLE, "cause_agreed", "plan"),
    ("accept", "cause_agreed", "plan"): (OTHER, "plan_agreed", "nothing"),
    ("send back", "cause_agreed", "plan"): (OTHER, "cause_agreed", "nothing"),
    ("begin", "plan_agreed", "nothing"): (ANYBODY, "doing", "nothing"),
    ("begin", "doing", "nothing"): (ANYBODY, "doing", "nothing"),
    ("claim", "doing", "nothing"): (RESPONSIBLE, "verifying", "nothing"),
    ("close", "verifying", "nothing"): (OTHER, "closed", "nothing"),
    ("fail", "verifying", "nothing"): (OTHER, "open", "nothing"),
    ("begin anew", "verifying", "nothing"): (ANYBODY, "open", "nothing"),
    ("begin anew", "closed", "nothing"): (ANYBODY, "open", "nothing"),
}
"""Which step can be taken in which state with which part proposed, by whom, and where it leads; no other can."""
STEPS = {
    "contain": lambda correction, by: contain(correction, by=by, how=HOW),
    "propose the cause": lambda correction, by: propose(correction, by=by, part=CAUSE, gaps=[]),
    "propose the plan": lambda correction, by: propose(correction, by=by, part=PLAN, gaps=[]),
    "accept": lambda correction, by: accept(correction, by=by),
    "send back": lambda correction, by: send_back(correction, by=by, reason="It is only the symptom."),
    "begin": lambda correction, _: begin(correction),
    "claim": lambda correction, by: claim(correction, by=by, open_tasks=0),
    "close": lambda correction, by: close(correction, by=by, person="manager", proof=Proof.EFFECTIVE),
    "fail": lambda correction, by: fail(correction, by=by, reason=HOW, is_by_word=True),
    "begin anew": lambda correction, _: begin_anew(correction),
}
STANDINGS = [
    OPEN,
    CONTAINED,
    CAUSE_PROPOSED,
    CAUSE_AGREED,
    PLAN_PROPOSED,
    PLAN_AGREED,
    DOING,
    VERIFYING,
    CLOSED,
]


@pytest.mark.parametrize("role", ["responsible", "other"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("correction", STANDINGS, ids=lambda given: f"{given.state}-{given.proposed or 'nothing'}")
def test_every_step_in_every_state_is_in_the_table_or_refused(correction, step, role):
    by = PARTNER if role == "responsible" else CLIENT
    who, state, proposed = LEGAL.get((step, correction.state, correction.proposed or "nothing"), (set(), "", ""))
    if role in who:
        taken = STEPS[step](correction, by)
        assert (taken.state, taken.proposed or "nothing") == (state, proposed)
    else:
        with pytest.raises(Refused):
            STEPS[step](correction, by)


SIDES = st.sampled_from(Side)
WORDS = st.sampled_from(["", " \t", "As agreed."])


class LifeOfACorrection(RuleBasedStateMachine):
    """Both sides try everything in any order; what must come of it is kept here in plain variables."""

    reached: ClassVar[set[str]] = set()

    @initialize(responsible=SIDES, steps=st.integers(0, 8))
    def start(self, responsible, steps):
        self.correction = Correction(State.OPEN, responsible, owner="owner")
        self.responsible = responsible
        self.state, self.proposed, self.returned = "open", "nothing", ""
        self.rounds = 1
        self.seen = ["open"]
        for _ in range(steps):
            self.go_on_as_expected()

    def attempt(self, name, step, by=None, is_allowed=True, **arguments):
        """Takes a step if the table allows it, and makes sure that it is refused otherwise."""
        move = (name, self.state, self.proposed)
        role = "responsible" if by in {None, self.responsible} else "other"
        who, state, proposed = LEGAL.get(move, (set(), "", ""))
        arguments |= {} if by is None else {"by": by}
        if role not in who or not is_allowed:
            with pytest.raises(Refused, match=r"^[A-Z3].*, (and|but) .*: .*\.$"):
                step(self.correction, **arguments)
            return False
        self.correction = step(self.correction, **arguments)
        self.state, self.proposed = state, proposed
        self.returned = ""
        self.seen.append(state)
        self.reached.add(state)
        return True

    @rule(by=SIDES, how=WORDS)
    def contain(self, by, how):
        self.attempt("contain", contain, by, bool(how.strip()), how=how)

    @rule(by=SIDES, part=st.sampled_from(Part), gaps=st.lists(st.just("It is unclear."), max_size=1))
    def propose(self, by, part, gaps):
        self.attempt(f"propose the {part}", propose, by, not gaps, part=part, gaps=gaps)

    @rule(by=SIDES)
    def accept(self, by):
        self.attempt("accept", accept, by)

    @rule(by=SIDES, reason=WORDS)
    def send_back(self, by, reason):
        if self.attempt("send back", send_back, by, bool(reason.strip()), reason=reason):
            self.returned = reason

    @rule()
    def begin(self):
        self.attempt("begin", begin)

    @rule(by=SIDES, open_tasks=st.sampled_from([0, 1, 3]))
    def claim(self, by, open_tasks):
        self.attempt("claim", claim, by, open_tasks == 0, open_tasks=open_tasks)

    @rule(by=SIDES, person=st.sampled_from(["owner", "somebody else"]), proof=st.sampled_from(Proof))
    def close(self, by, person, proof):
        is_allowed = person != "owner" and proof is Proof.EFFECTIVE
        self.attempt("close", close, by, is_allowed, person=person, proof=proof)

    @rule()
    def begin_anew(self):
        self.note_round(self.attempt("begin anew", begin_anew))

    @rule(by=SIDES, reason=WORDS, is_by_word=st.booleans())
    def fail(self, by, reason, is_by_word):
        is_allowed = is_by_word and bool(reason.strip())
        self.note_round(self.attempt("fail", fail, by, is_allowed, reason=reason, is_by_word=is_by_word))

    def note_round(self, has_begun):
        if has_begun:
            self.rounds += 1
            self.seen = ["open"]

    @precondition(lambda self: self.state != "closed")
    @rule()
    def go_on_as_expected(self):
        by, other = self.responsible, self.responsible.other
        match self.state, self.proposed:
            case "open", _:
                self.contain(by, "As agreed.")
            case "contained", "nothing":
                self.propose(by, CAUSE, [])
            case "cause_agreed", "nothing":
                self.propose(by, PLAN, [])
            case (("contained" | "cause_agreed"), _):
                self.accept(other)
            case "plan_agreed", _:
                self.begin()
            case "doing", _:
                self.claim(by, 0)
            case "verifying", _:
                self.close(other, "somebody else", Proof.EFFECTIVE)

    @invariant()
    def a_correction_is_what_its_steps_made_of_it(self):
        now = self.correction
        assert (now.state, now.proposed or "nothing") == (self.state, self.proposed)
        assert (now.responsible, now.owner, now.round) == (self.responsible, "owner", self.rounds)
        assert now.returned == self.returned

    @invariant()
    def nothing_closes_that_did_not_go_all_the_way(self):
        if self.state == "closed":
            assert list(dict.fromkeys(self.seen)) == [state.value for state in State]

    @invariant()
    def whose_move_it_is_can_move(self):
        side = waits_for(self.correction, proof=Proof.EFFECTIVE)
        assert (side is None) == (self.state == "closed")
        role = "responsible" if side is self.responsible else "other"
        moves = [who for (_, *at), (who, *_) in LEGAL.items() if at == [self.state, self.proposed]]
        assert side is None or any(role in who for who in moves)


def test_nothing_but_the_legal_steps_is_possible_in_the_life_of_a_correction():
    usual = LifeOfACorrection.TestCase.settings
    run_state_machine_as_test(LifeOfACorrection, settings=settings(usual, max_examples=100, stateful_step_count=15))
    assert LifeOfACorrection.reached == set(State)
