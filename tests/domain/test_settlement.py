from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.domain.rounding import Rounding, RoundingMode
from rapport.domain.settlement import (
    CurrentPhase,
    Dispute,
    Grade,
    Line,
    Offer,
    Phase,
    State,
    Window,
    accept,
    can_state,
    concede,
    counts_instead,
    dispute,
    grade,
    lapse,
    late_sides,
    offer,
    phase_on,
    report,
    tolerance_of,
    verify,
    visible_to,
    waits_for,
    window_words,
)

PARTNER, CLIENT = Side.PARTNER, Side.CLIENT
BOTH, NOBODY = {PARTNER, CLIENT}, set()
REPORT, VERIFY, SETTLE, OVER = Phase
DAY = 86_400
END = 1_790_812_800  # 2026-10-01T00:00:00Z, the first moment after September

NEW = Line("On-time share", "2026-09", tolerance=Fraction("0.5"))
REPORTED = report(NEW, Fraction(95), REPORT)
CLIENT_ALONE = verify(NEW, Fraction(91), VERIFY)
DIFFERING = verify(REPORTED, Fraction(91), VERIFY)
AGREED = verify(REPORTED, Fraction("94.5"), VERIFY)
DISPUTED = dispute(DIFFERING, PARTNER, "Three tickets are not ours.", SETTLE)
OFFERED = offer(DIFFERING, CLIENT, Fraction(93), "Two of the three are yours.", SETTLE)
CONTESTED = dispute(REPORTED, CLIENT, "Far too high.", SETTLE)
COUNTERED = offer(REPORTED, CLIENT, Fraction(93), "From our log.", SETTLE)
SETTLED = accept(OFFERED, PARTNER, SETTLE)
LAPSED = lapse(REPORTED, Fraction(92), OVER)


@pytest.mark.parametrize(
    ("now", "phase", "ends_at"),
    [
        (END - 1, REPORT, END + 10 * DAY),
        (END, REPORT, END + 10 * DAY),
        (END + 10 * DAY - 1, REPORT, END + 10 * DAY),
        (END + 10 * DAY, VERIFY, END + 20 * DAY),
        (END + 20 * DAY - 1, VERIFY, END + 20 * DAY),
        (END + 20 * DAY, SETTLE, END + 30 * DAY),
        (END + 30 * DAY - 1, SETTLE, END + 30 * DAY),
        (END + 30 * DAY, OVER, None),
    ],
)
def test_phase_on_by_default_takes_ten_days_each(now, phase, ends_at):
    assert phase_on(Window(), END, now) == CurrentPhase(phase, ends_at)


def test_phase_on_passes_over_a_phase_of_no_days():
    window = Window(report=5, verify=0, settle=3)
    assert phase_on(window, END, END + 5 * DAY - 1) == CurrentPhase(REPORT, END + 5 * DAY)
    assert phase_on(window, END, END + 5 * DAY) == CurrentPhase(SETTLE, END + 8 * DAY)
    assert phase_on(Window(0, 0, 0), END, END) == CurrentPhase(OVER, None)


@pytest.mark.parametrize("days", [(-1, 10, 10), (10, -1, 10), (10, 10, -1)])
def test_window_refuses_negative_days(days):
    with pytest.raises(ValueError, match="0 days or more, not -1"):
        Window(*days)


def test_window_lasts_as_long_as_its_phases():
    assert (Window().days, Window(report=5, verify=0, settle=3).days) == (30, 8)


def test_window_lasts_a_year_at_most():
    assert Window(366, 0, 0).days == 366
    with pytest.raises(ValueError, match="at most 366 days in all, not 367"):
        Window(366, 0, 1)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window(), "its figures within 10 days, the client verifies within 10 days more, and both have 10 days to"),
        (Window(1, 0, 0), "its figures within 1 day, the client verifies at once, and a rule decides at once what"),
        (Window(0, 7, 1), "its figures at once, the client verifies within 7 days, and both have 1 day to settle"),
    ],
)
def test_window_is_told_in_words(window, words):
    assert words in window_words(window)


@pytest.mark.parametrize(("decimals", "tolerance"), [(0, "0.5"), (2, "0.005"), (-1, "5")])
def test_tolerance_is_half_of_the_last_decimal(decimals, tolerance):
    assert tolerance_of(Rounding(decimals, RoundingMode.DOWN)) == Fraction(tolerance)


def test_line_refuses_a_negative_tolerance():
    with pytest.raises(ValueError, match="0 or more, not -1"):
        Line("On-time share", "2026-09", tolerance=Fraction(-1))


@pytest.mark.parametrize(
    ("line", "state", "agreed"),
    [
        (NEW, State.AWAITING_PARTNER, None),
        (REPORTED, State.AWAITING_CLIENT, None),
        (CLIENT_ALONE, State.AWAITING_PARTNER, None),
        (DIFFERING, State.DIFFERING, None),
        (DISPUTED, State.DISPUTED, None),
        (OFFERED, State.DIFFERING, None),
        (AGREED, State.AGREED, Fraction("94.5")),
        (SETTLED, State.SETTLED, Fraction(93)),
        (LAPSED, State.LAPSED, Fraction(92)),
    ],
)
def test_states_and_the_value_that_stands(line, state, agreed):
    assert (line.state, line.agreed) == (state, agreed)
    assert line.state.is_closed == (agreed is not None)


@pytest.mark.parametrize("reported", ["93.9", "94.5", "95.0"])
def test_figures_agree_up_to_the_tolerance_whoever_speaks_last(reported):
    client_first = report(verify(NEW, Fraction("94.5"), VERIFY), Fraction(reported), VERIFY)
    partner_first = verify(report(NEW, Fraction(reported), VERIFY), Fraction("94.5"), VERIFY)
    assert client_first == partner_first
    assert client_first.state is (State.DIFFERING if reported == "93.9" else State.AGREED)


def test_without_a_tolerance_only_equal_figures_agree():
    reported = report(Line("On-time share", "2026-09"), Fraction(1, 3), REPORT)
    assert verify(reported, Fraction(1, 3), REPORT).state is State.AGREED
    assert verify(reported, Fraction("0.3333"), REPORT).state is State.DIFFERING


def test_a_sealed_figure_may_be_corrected():
    assert report(report(NEW, Fraction("9.5"), REPORT), Fraction(95), VERIFY) == REPORTED
    assert verify(verify(NEW, Fraction("9.1"), VERIFY), Fraction(91), VERIFY) == CLIENT_ALONE


def test_the_client_waits_while_the_partner_has_time_to_report():
    with pytest.raises(Refused, match="the partner has not reported yet and still has time to; verify when"):
        verify(NEW, Fraction(91), REPORT)
    assert verify(REPORTED, Fraction(91), REPORT).state is State.DIFFERING


@pytest.mark.parametrize(
    ("line", "party", "phase", "seen"),
    [
        (NEW, PARTNER, REPORT, {PARTNER}),
        (NEW, CLIENT, VERIFY, {CLIENT}),
        (REPORTED, PARTNER, REPORT, {PARTNER}),
        (REPORTED, CLIENT, REPORT, {CLIENT}),
        (REPORTED, CLIENT, VERIFY, {CLIENT}),
        (CLIENT_ALONE, PARTNER, VERIFY, {PARTNER}),
        (CLIENT_ALONE, PARTNER, SETTLE, BOTH),
        (REPORTED, CLIENT, SETTLE, BOTH),
        (REPORTED, CLIENT, OVER, BOTH),
        (DIFFERING, PARTNER, REPORT, BOTH),
        (DIFFERING, CLIENT, REPORT, BOTH),
        (AGREED, CLIENT, VERIFY, BOTH),
    ],
)
def test_visible_to_opens_figures_when_none_can_be_stated_any_more(line, party, phase, seen):
    assert visible_to(line, party, phase) == seen


@pytest.mark.parametrize(
    ("line", "phase", "sides"),
    [
        (NEW, REPORT, {PARTNER}),
        (NEW, VERIFY, BOTH),
        (REPORTED, REPORT, {CLIENT}),
        (CLIENT_ALONE, VERIFY, {PARTNER}),
        (DIFFERING, REPORT, BOTH),
        (DISPUTED, SETTLE, BOTH),
        (CONTESTED, SETTLE, BOTH),
        (OFFERED, SETTLE, {PARTNER}),
        (offer(OFFERED, PARTNER, Fraction(94), "One of them is.", SETTLE), SETTLE, {CLIENT}),
        (AGREED, VERIFY, NOBODY),
        (SETTLED, SETTLE, NOBODY),
        (LAPSED, OVER, NOBODY),
    ],
)
def test_waits_for_says_whose_move_it_is(line, phase, sides):
    assert waits_for(line, phase) == sides


OFFERED_ALONE = offer(NEW, PARTNER, Fraction(95), "As we count.", SETTLE)


@pytest.mark.parametrize(
    ("line", "phase", "sides"),
    [
        (NEW, REPORT, NOBODY),
        (NEW, VERIFY, {PARTNER}),
        (NEW, SETTLE, BOTH),
        (REPORTED, VERIFY, NOBODY),
        (REPORTED, SETTLE, {CLIENT}),
        (CLIENT_ALONE, VERIFY, {PARTNER}),
        (CLIENT_ALONE, SETTLE, {PARTNER}),
        (OFFERED_ALONE, SETTLE, NOBODY),
        (OFFERED_ALONE, OVER, {CLIENT}),
        (CONTESTED, SETTLE, NOBODY),
        (CONTESTED, OVER, BOTH),
        (DIFFERING, SETTLE, NOBODY),
        (DIFFERING, OVER, BOTH),
        (OFFERED, OVER, {PARTNER}),
        (AGREED, OVER, NOBODY),
        (LAPSED, OVER, NOBODY),
    ],
)
def test_late_is_who_let_their_time_pass(line, phase, sides):
    assert late_sides(line, phase) == sides


@pytest.mark.parametrize(
    ("line", "phase", "sides"),
    [
        (NEW, REPORT, {PARTNER}),
        (NEW, VERIFY, BOTH),
        (NEW, SETTLE, NOBODY),
        (REPORTED, REPORT, BOTH),
        (CLIENT_ALONE, VERIFY, BOTH),
        (DIFFERING, VERIFY, NOBODY),
        (AGREED, REPORT, NOBODY),
        (REPORTED, OVER, NOBODY),
    ],
)
def test_figures_can_be_stated_by_whose_turn_it_is_while_they_are_sealed(line, phase, sides):
    assert {side for side in Side if can_state(line, side, phase)} == sides


def test_dispute_keeps_the_positions_of_both():
    contested = dispute(DISPUTED, CLIENT, "All three are in your queue.", SETTLE)
    assert contested.reason == "All three are in your queue."
    assert contested.disputes == (
        Dispute(PARTNER, "Three tickets are not ours."),
        Dispute(CLIENT, "All three are in your queue."),
    )


def test_dispute_needs_a_figure_of_the_other_side():
    assert CONTESTED.state is State.DISPUTED
    with pytest.raises(Refused, match="the client has stated no figure that could be contested; make an offer"):
        dispute(REPORTED, PARTNER, "Far too low.", SETTLE)


def test_offers_are_kept_and_the_latest_counts():
    better = offer(OFFERED, CLIENT, Fraction(94), "All three are yours.", SETTLE)
    assert better.offers == (
        Offer(CLIENT, Fraction(93), "Two of the three are yours."),
        Offer(CLIENT, Fraction(94), "All three are yours."),
    )
    settled = accept(better, PARTNER, SETTLE)
    assert (settled.agreed, settled.reason) == (Fraction(94), "All three are yours.")


def test_an_offer_can_still_be_accepted_after_a_counter_offer():
    countered = offer(OFFERED, PARTNER, Fraction(95), "All of them.", SETTLE)
    assert accept(countered, PARTNER, SETTLE).agreed == 93
    assert accept(countered, CLIENT, SETTLE).agreed == 95


def test_a_disputed_line_is_settled_by_an_accepted_offer():
    settled = accept(offer(DISPUTED, PARTNER, Fraction(93), "Meet halfway.", SETTLE), CLIENT, SETTLE)
    assert (settled.state, settled.agreed, settled.reason) == (State.SETTLED, Fraction(93), "Meet halfway.")
    assert settled.disputes == DISPUTED.disputes


def test_nobody_accepts_their_own_offer():
    with pytest.raises(Refused, match="the partner has offered nothing that could be accepted"):
        accept(OFFERED, CLIENT, SETTLE)


def test_a_late_side_may_settle_without_having_stated_a_figure():
    assert accept(offer(REPORTED, PARTNER, Fraction(95), "As reported.", SETTLE), CLIENT, SETTLE).agreed == 95
    assert accept(offer(NEW, CLIENT, Fraction(90), "From our log.", SETTLE), PARTNER, SETTLE).agreed == 90


def test_a_side_may_accept_the_figure_of_the_other():
    conceded = concede(DIFFERING, CLIENT, SETTLE)
    assert (conceded.state, conceded.agreed) == (State.SETTLED, Fraction(95))
    assert conceded.reason == "The client accepted the partner's figure."
    assert concede(OFFERED, CLIENT, SETTLE).agreed == 95
    assert concede(DISPUTED, PARTNER, SETTLE).agreed == 91


def test_no_figure_is_accepted_that_was_not_stated_or_that_its_side_moved_away_from():
    with pytest.raises(Refused, match="the client has stated no figure that could be accepted"):
        concede(REPORTED, PARTNER, SETTLE)
    with pytest.raises(Refused, match="the client has moved away from its figure with an offer"):
        concede(OFFERED, PARTNER, SETTLE)


STEPS = {
    "report": lambda line, phase: report(line, Fraction(90), phase),
    "verify": lambda line, phase: verify(line, Fraction(90), phase),
    "dispute": lambda line, phase: dispute(line, CLIENT, "Why not.", phase),
    "offer": lambda line, phase: offer(line, CLIENT, Fraction(90), "Why not.", phase),
    "accept": lambda line, phase: accept(line, PARTNER, phase),
    "concede": lambda line, phase: concede(line, CLIENT, phase),
}
EVERY_STEP = {**STEPS, "lapse": lambda line, phase: lapse(line, Fraction(90), phase)}


def refusal(step, line, phase):
    """The sentence with which a step is refused."""
    with pytest.raises(Refused) as caught:
        EVERY_STEP[step](line, phase)
    return str(caught.value)


@pytest.mark.parametrize("step", EVERY_STEP)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("line", [AGREED, SETTLED, LAPSED], ids=["agreed", "settled", "lapsed"])
def test_a_closed_line_never_changes(step, line, phase):
    assert refusal(step, line, phase) == (
        f"On-time share, 2026-09: the line is {line.state} and stays as it is; raise an issue if its value is wrong."
    )


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("line", [NEW, REPORTED, OFFERED], ids=["new", "reported", "offered"])
def test_nothing_is_said_after_the_window(step, line):
    assert "the window is over, so a rule decides which value stands" in refusal(step, line, OVER)


@pytest.mark.parametrize("step", ["report", "verify"])
@pytest.mark.parametrize(("line", "phase"), [(REPORTED, SETTLE), (DIFFERING, VERIFY)], ids=["late", "both spoke"])
def test_no_figure_is_stated_once_the_figures_are_open(step, line, phase):
    assert "the figures are open by now and none can be stated any more; make an offer" in refusal(step, line, phase)


@pytest.mark.parametrize("step", ["dispute", "offer", "accept", "concede"])
@pytest.mark.parametrize("phase", [REPORT, VERIFY])
def test_nothing_is_settled_while_the_figures_are_sealed(step, phase):
    assert "the figures are still sealed; wait until both are stated" in refusal(step, REPORTED, phase)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_dispute_and_an_offer_need_a_reason(reason):
    with pytest.raises(Refused, match="the reason is empty"):
        dispute(DIFFERING, CLIENT, reason, SETTLE)
    with pytest.raises(Refused, match="the reason is empty"):
        offer(DIFFERING, CLIENT, Fraction(93), reason, SETTLE)


@pytest.mark.parametrize("phase", [REPORT, VERIFY, SETTLE])
def test_lapse_waits_for_the_end_of_the_window(phase):
    assert "the window is not over and both sides can still settle" in refusal("lapse", DIFFERING, phase)


FROM_RECORDS = "the value computed from the records stands"
NO_RECORDS = "there are no records to compute a value from, so"


@pytest.mark.parametrize(
    ("line", "computed", "agreed", "silent", "answer"),
    [
        (NEW, 92, 92, BOTH, f"the client and the partner; {FROM_RECORDS}"),
        (REPORTED, 92, 92, {CLIENT}, f"the client; {FROM_RECORDS}"),
        (CLIENT_ALONE, 92, 92, {PARTNER}, f"the partner; {FROM_RECORDS}"),
        (DIFFERING, 92, 92, BOTH, f"the client and the partner; {FROM_RECORDS}"),
        (DISPUTED, 0, 0, BOTH, f"the client and the partner; {FROM_RECORDS}"),
        (OFFERED, 92, 92, {PARTNER}, f"the partner; {FROM_RECORDS}"),
        (REPORTED, None, 95, {CLIENT}, f"the client; {NO_RECORDS} the partner's figure stands"),
        (CLIENT_ALONE, None, 91, {PARTNER}, f"the partner; {NO_RECORDS} the client's figure stands"),
        (NEW, None, None, BOTH, f"the client and the partner; {NO_RECORDS} no value stands"),
        (OFFERED, None, None, {PARTNER}, f"the partner; {NO_RECORDS} no value stands"),
        (CONTESTED, None, None, BOTH, f"the client and the partner; {NO_RECORDS} no value stands"),
        (COUNTERED, None, None, {PARTNER}, f"the partner; {NO_RECORDS} no value stands"),
    ],
)
def test_lapse_decides_by_rule_and_says_who_was_silent(line, computed, agreed, silent, answer):
    lapsed = lapse(line, None if computed is None else Fraction(computed), OVER)
    assert (lapsed.state, lapsed.agreed, lapsed.silent) == (State.LAPSED, agreed, silent)
    assert lapsed.reason == f"The window ended without an answer from {answer}."


ONE_DECIMAL = Rounding(1, RoundingMode.HALF_UP)


@pytest.mark.parametrize(
    ("partner", "client", "rounding", "cause", "expected"),
    [
        ("95", "95.0", None, "", Grade.AGREED),
        ("95", "95", ONE_DECIMAL, "calendar", Grade.AGREED),
        ("94.96", "95.04", ONE_DECIMAL, "", Grade.WITHIN_ROUNDING),
        ("94.96", "95.04", ONE_DECIMAL, "calendar", Grade.WITHIN_ROUNDING),
        ("94.96", "95.04", None, "", Grade.UNEXPLAINED),
        ("94.94", "94.95", ONE_DECIMAL, "", Grade.UNEXPLAINED),
        ("95", "91", ONE_DECIMAL, "calendar", Grade.EXPLAINED),
        ("95", "91", None, " ", Grade.UNEXPLAINED),
    ],
)
def test_grade_of_a_difference(partner, client, rounding, cause, expected):
    assert grade(Fraction(partner), Fraction(client), rounding, cause) is expected


def test_a_difference_within_the_tolerance_needs_no_cause():
    apart = (Fraction(95), Fraction("94.5"), ONE_DECIMAL, "")
    assert grade(*apart, tolerance=Fraction("0.5")) is Grade.WITHIN_TOLERANCE
    assert grade(*apart, tolerance=Fraction("0.49")) is Grade.UNEXPLAINED


@given(st.fractions(), st.fractions(), st.sampled_from([None, ONE_DECIMAL]), st.sampled_from(["", "calendar"]))
def test_grade_is_the_same_from_both_sides(one, other, rounding, cause):
    assert grade(one, other, rounding, cause) is grade(other, one, rounding, cause)


SIDES = st.sampled_from(Side)
VALUES = st.integers(90, 96).map(Fraction)


class Negotiation(RuleBasedStateMachine):
    """Both sides try whatever they like, at any time and in any order."""

    def __init__(self):
        super().__init__()
        self.line = Line("On-time share", "2026-09", tolerance=Fraction(1))
        self.now = END

    @property
    def phase(self):
        return phase_on(Window(), END, self.now).phase

    def attempt(self, step, *arguments):
        """Whether the step was taken; a refused step changes nothing, a closed line refuses every step."""
        was_closed = self.line.state.is_closed
        try:
            self.line = step(self.line, *arguments, self.phase)
        except Refused:
            return False
        assert not was_closed
        return True

    @rule(days=st.integers(1, 8))
    def wait(self, days):
        self.now += days * DAY

    @rule(value=VALUES)
    def report(self, value):
        partner_saw = visible_to(self.line, PARTNER, self.phase)
        assert not self.attempt(report, value) or partner_saw == {PARTNER}

    @rule(value=VALUES)
    def verify(self, value):
        client_saw = visible_to(self.line, CLIENT, self.phase)
        assert not self.attempt(verify, value) or client_saw == {CLIENT}

    @rule(by=SIDES)
    def dispute(self, by):
        self.attempt(dispute, by, "It is wrong.")

    @rule(by=SIDES, value=VALUES)
    def offer(self, by, value):
        self.attempt(offer, by, value, f"The {by} thinks so.")

    @rule(by=SIDES)
    def accept(self, by):
        theirs = [made.value for made in self.line.offers if made.by is by.other]
        if self.attempt(accept, by):
            assert self.line.state is State.SETTLED
            assert self.line.agreed == theirs[-1]
            assert self.line.reason == f"The {by.other} thinks so."

    @rule(by=SIDES)
    def concede(self, by):
        theirs = self.line.figures.get(by.other)
        if self.attempt(concede, by):
            assert self.line.state is State.SETTLED
            assert self.line.agreed == theirs

    @rule(computed=st.none() | VALUES)
    def lapse(self, computed):
        if self.attempt(lapse, computed):
            assert self.phase is OVER
            assert self.line.silent
            assert computed is None or self.line.agreed == computed

    @invariant()
    def a_value_stands_only_by_both_sides_or_by_the_end_of_the_window(self):
        line = self.line
        if line.state is State.AGREED:
            assert abs(line.partner - line.client) <= line.tolerance
            assert line.agreed == line.client
        elif line.state is State.SETTLED:
            assert line.agreed in {*line.figures.values(), *(made.value for made in line.offers)}
        elif line.state is State.LAPSED:
            assert self.phase is OVER
        else:
            assert line.agreed is None

    @invariant()
    def a_late_side_blocks_nobody(self):
        if self.line.state.is_closed:
            return
        if self.phase is VERIFY and len(self.line.figures) < 2:
            assert verify(self.line, Fraction(93), VERIFY).client == 93
            assert report(self.line, Fraction(93), VERIFY).partner == 93
        if self.phase is SETTLE:
            assert all(offer(self.line, by, Fraction(93), "Halfway.", SETTLE).offers for by in Side)
        if self.phase is OVER:
            assert lapse(self.line, Fraction(93), OVER).agreed == 93

    @invariant()
    def nobody_is_late_whose_move_it_is_not(self):
        assert late_sides(self.line, self.phase) <= waits_for(self.line, self.phase)

    @invariant()
    def somebody_has_the_ball_until_the_line_is_closed(self):
        assert bool(waits_for(self.line, self.phase)) != self.line.state.is_closed


TestNegotiation = Negotiation.TestCase


@pytest.mark.parametrize(
    ("settled", "computed", "counts"),
    [(93, 91, True), (91, 91, False), (92, 91, False), (90, 91, False), (93, None, True)],
)
def test_a_settled_value_counts_instead_of_a_computed_one_that_does_not_agree_with_it(settled, computed, counts):
    found = None if computed is None else Fraction(computed)
    assert counts_instead(Fraction(settled), found, Fraction(1)) is counts
