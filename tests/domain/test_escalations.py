from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rapport.domain.calendars import Calendar, OpenTime, parse_hours
from rapport.domain.escalations import (
    Escalation,
    Ladder,
    Rung,
    State,
    accept,
    answer,
    climb,
    due_after,
    end,
    first_level,
    is_in_time,
    is_late,
    ladder_of,
    possible,
    reject,
    start,
    step_down,
    time_left,
    waits_for,
)
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

PARTNER, CLIENT = Side.PARTNER, Side.CLIENT
WAITING, ANSWERED, ENDED = State
HOUR = 3_600


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


LADDER = ladder_of(
    [
        ("Operations", "Service owner", "Desk lead", 8 * HOUR, Decimal(500)),
        ("Management", "Vendor manager", "Account manager", 20 * HOUR, Decimal(5000)),
    ],
    client="Chief operating officer",
    partner="Managing director",
)
AT, DUE = 1_000_000, 1_028_800
LATER, NEXT_DUE = DUE + 5, DUE + 1_000
TOP = 2


def raised(level=0, by=CLIENT):
    return start(LADDER, by=by, reason="Nobody mends the outage.", at=AT, due_at=DUE, level=level)


def answered(level=0, by=CLIENT, at=AT + 60):
    return answer(raised(level, by), by=by.other, text="It is mended by Friday.", at=at)


def ended(level=0, by=CLIENT):
    return end(raised(level, by), by=by, reason="It works again.")


# Ladders


def test_the_executives_stand_at_the_top_and_have_as_long_as_the_level_below():
    assert LADDER.top == TOP
    assert LADDER.rungs[TOP] == Rung("Executives", "Chief operating officer", "Managing director", 20 * HOUR)


def test_a_ladder_of_plain_values_keeps_the_order_of_its_levels():
    assert LADDER.rungs[0] == Rung("Operations", "Service owner", "Desk lead", 8 * HOUR, Decimal(500))
    assert [rung.person(CLIENT) for rung in LADDER.rungs] == [
        "Service owner",
        "Vendor manager",
        "Chief operating officer",
    ]
    assert [rung.person(PARTNER) for rung in LADDER.rungs] == ["Desk lead", "Account manager", "Managing director"]


def test_a_ladder_needs_a_level_below_the_executives():
    with pytest.raises(ValueError, match="at least one level below the executives, not 0"):
        ladder_of([], client="Chief operating officer", partner="Managing director")
    with pytest.raises(ValueError, match="at least one level below the executives, not 1"):
        Ladder((LADDER.rungs[TOP],))


@pytest.mark.parametrize(("client", "partner"), [("", "Desk lead"), ("Service owner", " ")])
def test_an_empty_level_is_an_error(client, partner):
    with pytest.raises(ValueError, match="the level 'Operations' needs somebody on both sides"):
        Rung("Operations", client, partner, HOUR)


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_level_needs_time(seconds):
    with pytest.raises(ValueError, match=f"some time to answer in, not {seconds} seconds"):
        Rung("Operations", "Service owner", "Desk lead", seconds)


@pytest.mark.parametrize(
    ("amount", "level"),
    [(None, 0), ("0", 0), ("500", 0), ("500.01", 1), ("5000", 1), ("5000.01", 2), ("1000000", 2)],
)
def test_the_first_level_that_may_approve_the_amount_is_asked(amount, level):
    assert first_level(LADDER, None if amount is None else Decimal(amount)) == level


def test_a_level_without_a_limit_approves_nothing():
    first, second, top = LADDER.rungs
    ladder = Ladder((replace(first, approves=None), second, top))
    assert [first_level(ladder, amount) for amount in (None, Decimal(0), Decimal("0.01"))] == [0, 0, 1]
    assert first_level(Ladder((replace(first, approves=None), top)), Decimal(1)) == 1


def test_an_amount_to_approve_is_not_negative():
    with pytest.raises(ValueError, match="0 or more, not -1"):
        first_level(LADDER, Decimal(-1))


# Steps


def test_start_asks_the_other_side():
    escalation = raised()
    assert escalation == Escalation(LADDER, CLIENT, 0, AT, DUE, WAITING, "Nobody mends the outage.")
    assert (escalation.asked, escalation.rung.person(escalation.asked)) == (PARTNER, "Desk lead")
    assert raised(by=PARTNER).asked is CLIENT


def test_start_enters_where_the_amount_demands():
    escalation = raised(level=first_level(LADDER, Decimal(800)))
    assert escalation.rung.person(escalation.asked) == "Account manager"


@pytest.mark.parametrize("level", [-1, 3])
def test_there_is_no_level_beyond_the_ladder(level):
    with pytest.raises(ValueError, match=f"there is no level {level}; the ladder has those from 0 to 2"):
        raised(level=level)


@pytest.mark.parametrize("due_at", [AT, AT - 1])
def test_an_answer_is_due_after_it_is_asked_for(due_at):
    with pytest.raises(ValueError, match=f"due after {AT}"):
        start(LADDER, by=CLIENT, reason="Nobody mends the outage.", at=AT, due_at=due_at)
    with pytest.raises(ValueError, match=f"due after {AT + 60}"):
        reject(answered(), by=CLIENT, reason="Too late.", at=AT + 60, due_at=AT + 60)


@pytest.mark.parametrize("at", [AT, DUE - 1, DUE, DUE + 999_999])
def test_an_answer_counts_in_time_and_late_and_leaves_the_due_time(at):
    given = answered(at=at)
    assert (given.state, given.answer, given.answered_at) == (ANSWERED, "It is mended by Friday.", at)
    assert (given.level, given.entered_at, given.due_at) == (0, AT, DUE)


def test_an_accepted_answer_ends_the_escalation():
    done = accept(answered(1), by=CLIENT)
    assert (done.state, done.level, done.answer) == (ENDED, 1, "It is mended by Friday.")
    assert done.ended_because == "The client accepted the partner's answer on the level Management."


@pytest.mark.parametrize(("amount", "level"), [("500", 0), ("5000", 1), ("5000.01", TOP)])
def test_a_level_accepts_an_amount_up_to_its_limit(amount, level):
    given = replace(answered(level), amount=Decimal(amount))
    assert accept(given, by=CLIENT).state is ENDED


def test_what_is_above_the_limit_of_a_level_is_rejected_to_come_to_one_that_may():
    given = replace(answered(), amount=Decimal("1500.50"))
    with pytest.raises(
        Refused, match=r"may approve 500, and 1,500\.50 is at stake; reject the answer, so that the next"
    ):
        accept(given, by=CLIENT)
    assert possible(given, CLIENT) == {"reject", "end"}
    asked = reject(given, by=CLIENT, reason="Above our limit.", at=LATER, due_at=NEXT_DUE)
    assert accept(answer(asked, by=PARTNER, text="More people.", at=LATER), by=CLIENT).amount == Decimal("1500.50")


def test_a_rejected_answer_asks_the_next_level():
    asked = reject(answered(), by=CLIENT, reason="Friday is too late.", at=LATER, due_at=NEXT_DUE)
    assert asked == Escalation(LADDER, CLIENT, 1, LATER, NEXT_DUE, WAITING, "Friday is too late.")


def test_executives_whose_answer_is_rejected_are_asked_anew():
    asked = reject(answered(TOP), by=CLIENT, reason="Friday is too late.", at=LATER, due_at=NEXT_DUE)
    assert asked == Escalation(LADDER, CLIENT, TOP, LATER, NEXT_DUE, WAITING, "Friday is too late.")


@pytest.mark.parametrize("at", [DUE, DUE + 1])
def test_what_is_not_answered_in_time_climbs(at):
    asked = climb(raised(), at=at, due_at=NEXT_DUE)
    reason = "The partner did not answer in time on the level Operations."
    assert asked == Escalation(LADDER, CLIENT, 1, at, NEXT_DUE, WAITING, reason)


def test_nothing_climbs_before_its_time():
    with pytest.raises(Refused, match="Operations: the level still has time to answer; let it climb when"):
        climb(raised(), at=DUE - 1, due_at=NEXT_DUE)


def test_nothing_climbs_past_the_executives_where_it_waits_late():
    escalation = raised(TOP)
    with pytest.raises(Refused, match="Executives: it has come to the last level and can climb no further"):
        climb(escalation, at=LATER, due_at=NEXT_DUE)
    assert is_late(escalation, LATER)
    assert waits_for(escalation) is PARTNER
    assert answer(escalation, by=PARTNER, text="We pay.", at=LATER).state is ANSWERED


def test_a_level_is_late_from_its_due_time_on_and_only_while_it_owes_an_answer():
    assert [is_late(raised(), now) for now in (DUE - 1, DUE, DUE + 1)] == [False, True, True]
    assert not is_late(answered(at=LATER), LATER)
    assert not is_late(ended(), LATER)


def test_an_unanswered_level_never_counts_as_approval():
    unanswered = raised()
    with pytest.raises(Refused, match="there is no answer to accept or reject; wait for one, or end the escalation"):
        accept(unanswered, by=CLIENT)
    climbed = climb(climb(unanswered, at=LATER, due_at=NEXT_DUE), at=NEXT_DUE, due_at=NEXT_DUE + 1)
    assert (climbed.level, climbed.state, climbed.answer, climbed.ended_because) == (TOP, WAITING, "", "")
    with pytest.raises(Refused, match="Executives: there is no answer to accept"):
        accept(climbed, by=CLIENT)


def test_the_clock_does_not_stop_because_the_asked_side_disputes():
    """Whatever the asked side tries, the due time stays, and a dispute for an answer climbs once it is rejected."""
    taken = []
    for step in STEPS:
        if step != "climb" and (after := attempted(raised(), step, PARTNER, DUE - 1)):
            taken.append((step, after.level, after.entered_at, after.due_at))
    assert taken == [("answer", 0, AT, DUE)]
    disputed = answer(raised(), by=PARTNER, text="We dispute that this is ours.", at=DUE - 1)
    asked = reject(disputed, by=CLIENT, reason="The contract says so.", at=DUE, due_at=NEXT_DUE)
    assert (asked.level, asked.state, asked.entered_at) == (1, WAITING, DUE)


@pytest.mark.parametrize("before", [raised(1), answered(1)], ids=["waiting", "answered"])
def test_the_raising_side_may_put_it_one_level_lower(before):
    asked = step_down(before, by=CLIENT, reason="The desk can settle it.", at=LATER, due_at=NEXT_DUE)
    assert asked == Escalation(LADDER, CLIENT, 0, LATER, NEXT_DUE, WAITING, "The desk can settle it.")


def test_below_the_first_level_there_is_none():
    with pytest.raises(Refused, match="this is the first level and none is below it; end the escalation instead"):
        step_down(raised(), by=CLIENT, reason="It is small.", at=LATER, due_at=NEXT_DUE)


@pytest.mark.parametrize("before", [raised(), answered(), raised(TOP)], ids=["waiting", "answered", "top"])
def test_the_raising_side_may_end_it_at_any_time(before):
    done = end(before, by=CLIENT, reason="It works again.")
    assert done == replace(before, state=ENDED, ended_because="It works again.")


@pytest.mark.parametrize(
    ("escalation", "side"), [(raised(), PARTNER), (answered(), CLIENT), (raised(by=PARTNER), CLIENT), (ended(), None)]
)
def test_waits_for_says_whose_move_it_is(escalation, side):
    assert waits_for(escalation) is side


@pytest.mark.parametrize(
    ("escalation", "clients", "partners"),
    [
        (raised(), {"end"}, {"answer"}),
        (raised(TOP), {"end", "step_down"}, {"answer"}),
        (answered(), {"accept", "reject", "end"}, set()),
        (raised(by=PARTNER), {"answer"}, {"end"}),
        (ended(), set(), set()),
    ],
)
def test_each_side_has_the_steps_that_the_rules_allow(escalation, clients, partners):
    assert (possible(escalation, CLIENT), possible(escalation, PARTNER)) == (clients, partners)


@pytest.mark.parametrize("words", ["", "  \n"])
def test_words_are_needed_wherever_the_other_side_must_learn_why(words):
    again = {"at": LATER, "due_at": NEXT_DUE}
    with pytest.raises(Refused, match="Operations: the reason is empty, but the other side must learn it"):
        start(LADDER, by=CLIENT, reason=words, at=AT, due_at=DUE)
    with pytest.raises(Refused, match="the answer is empty"):
        answer(raised(), by=PARTNER, text=words, at=LATER)
    with pytest.raises(Refused, match="the reason is empty"):
        reject(answered(), by=CLIENT, reason=words, **again)
    with pytest.raises(Refused, match="the reason is empty"):
        step_down(raised(1), by=CLIENT, reason=words, **again)
    with pytest.raises(Refused, match="the reason is empty"):
        end(raised(), by=CLIENT, reason=words)


def test_whoever_comes_second_has_not_seen_what_happened_meanwhile():
    changed = "the escalation has changed meanwhile; open it again"
    with pytest.raises(Refused, match=changed):
        answer(raised(), by=PARTNER, text="Yes.", at=AT - 1)
    with pytest.raises(Refused, match=changed):
        step_down(raised(1), by=CLIENT, reason="It is small.", at=AT - 1, due_at=DUE)
    with pytest.raises(Refused, match=changed):
        reject(answered(at=AT + 60), by=CLIENT, reason="No.", at=AT + 59, due_at=DUE)
    assert reject(answered(at=AT + 60), by=CLIENT, reason="No.", at=AT + 60, due_at=DUE).level == 1


# Every step in every state, against a table of what is legal

STEPS = {
    "answer": (answer, {"text": "It is mended by Friday."}, ("by", "at")),
    "accept": (accept, {}, ("by",)),
    "reject": (reject, {"reason": "Not enough."}, ("by", "at", "due_at")),
    "climb": (climb, {}, ("at", "due_at")),
    "step down": (step_down, {"reason": "It is small."}, ("by", "at", "due_at")),
    "end": (end, {"reason": "It works again."}, ("by",)),
}
LEGAL = {
    # step, state: who, from which levels, whether only when time is over; then the state and the change of level
    ("answer", WAITING): ({"asked"}, {0, 1, 2}, False, ANSWERED, {0: 0, 1: 1, 2: 2}),
    ("accept", ANSWERED): ({"raiser"}, {0, 1, 2}, False, ENDED, {0: 0, 1: 1, 2: 2}),
    ("reject", ANSWERED): ({"raiser"}, {0, 1, 2}, False, WAITING, {0: 1, 1: 2, 2: 2}),
    ("climb", WAITING): ({"raiser", "asked"}, {0, 1}, True, WAITING, {0: 1, 1: 2}),
    ("step down", WAITING): ({"raiser"}, {1, 2}, False, WAITING, {1: 0, 2: 1}),
    ("step down", ANSWERED): ({"raiser"}, {1, 2}, False, WAITING, {1: 0, 2: 1}),
    ("end", WAITING): ({"raiser"}, {0, 1, 2}, False, ENDED, {0: 0, 1: 1, 2: 2}),
    ("end", ANSWERED): ({"raiser"}, {0, 1, 2}, False, ENDED, {0: 0, 1: 1, 2: 2}),
}


def legal(now, step, by, at):
    """The state and the level that a step leads to, None where it is refused; a climb is nobody's."""
    who, levels, only_late, state, leads = LEGAL.get((step, now.state), (set(), set(), False, None, {}))
    role = "raiser" if by is now.raised_by else "asked"
    if role not in who or now.level not in levels or (only_late and at < now.due_at):
        return None
    return state, leads[now.level]


def take(now, step, by, at, due_at):
    function, words, needs = STEPS[step]
    given = {"by": by, "at": at, "due_at": due_at}
    return function(now, **words, **{name: given[name] for name in needs})


def attempted(now, step, by, at, due_at=None):
    """What a step makes of an escalation, None where it is refused."""
    try:
        return take(now, step, by, at, at + 100 if due_at is None else due_at)
    except Refused:
        return None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("make", [raised, answered, ended])
@pytest.mark.parametrize("raiser", Side)
def test_every_step_in_every_state_is_as_the_table_says(step, make, raiser):
    for level, by, at in product(range(3), Side, (DUE - 1, DUE, DUE + 1)):
        before = make(level, raiser)
        after = attempted(before, step, by, at)
        assert (after and (after.state, after.level)) == legal(before, step, by, at)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("done", [ended(), accept(answered(1), by=CLIENT)], ids=["withdrawn", "accepted"])
def test_an_ended_escalation_never_changes(step, done):
    with pytest.raises(Refused, match="the escalation has ended and stays as it is; raise another one if need be"):
        take(done, step, CLIENT, LATER, NEXT_DUE)


@pytest.mark.parametrize(
    ("before", "step", "by", "sentence"),
    [
        (raised(), "answer", CLIENT, "the partner is asked and only the partner can answer; wait until it does"),
        (answered(), "answer", PARTNER, "there is an answer already; wait until the client accepts or rejects it"),
        (answered(), "accept", PARTNER, "the client raised the matter and only the client can accept or reject"),
        (answered(), "reject", PARTNER, "the client raised the matter and only the client can accept or reject"),
        (answered(), "climb", CLIENT, "the level has answered, so it does not climb by itself; accept or reject"),
        (raised(1), "step down", PARTNER, "only the client can put it on a lower level; ask them to"),
        (raised(), "end", PARTNER, "only the client can end it; ask them to"),
    ],
)
def test_a_refusal_says_what_is_expected_and_how_to_mend_it(before, step, by, sentence):
    with pytest.raises(Refused, match=sentence):
        take(before, step, by, LATER, NEXT_DUE)


# Due times

NINE_TO_FIVE = parse_hours("09:00-17:00")
WEEKDAYS = Calendar("Europe/London", (NINE_TO_FIVE,) * 5 + ((), ()))
EVERY_DAY = Calendar("Europe/London", (NINE_TO_FIVE,) * 7)
NIGHTS = Calendar("Europe/London", (parse_hours("22:00-06:00"),) * 7)
ALWAYS = Calendar.always("Europe/London")
YEAR = {"start": utc("2026-01-01"), "end": utc("2026-12-31")}
OPEN = {
    "weekdays": OpenTime(WEEKDAYS, **YEAR),
    "every day": OpenTime(EVERY_DAY, **YEAR),
    "nights": OpenTime(NIGHTS, **YEAR),
    "always": OpenTime(ALWAYS, **YEAR),
}


@pytest.mark.parametrize(
    ("hours", "at", "seconds", "due_at"),
    [
        # From 29 March 2026, 01:00 UTC, clocks in London are an hour ahead of UTC; until 25 October, 01:00 UTC.
        ("weekdays", "2026-03-27 16:00", 2 * HOUR, "2026-03-30 09:00"),
        ("weekdays", "2026-10-23 15:00", 2 * HOUR, "2026-10-26 10:00"),
        ("every day", "2026-03-28 16:00", 2 * HOUR, "2026-03-29 09:00"),
        ("every day", "2026-10-24 15:00", 2 * HOUR, "2026-10-25 10:00"),
        ("always", "2026-03-28 20:00", 8 * HOUR, "2026-03-29 04:00"),
        ("always", "2026-10-24 19:00", 8 * HOUR, "2026-10-25 03:00"),
        ("nights", "2026-03-28 22:00", 7 * HOUR, "2026-03-29 05:00"),
        ("nights", "2026-10-24 21:00", 9 * HOUR, "2026-10-25 06:00"),
        # Asked while the desk is closed: on the Saturday, before it opens, and at closing time.
        ("weekdays", "2026-03-28 12:00", HOUR, "2026-03-30 09:00"),
        ("weekdays", "2026-10-25 00:30", HOUR, "2026-10-26 10:00"),
        ("weekdays", "2026-06-10 03:00", HOUR, "2026-06-10 09:00"),
        ("weekdays", "2026-06-12 16:00", 1, "2026-06-15 08:00:01"),
        # Time that ends with the hours ends at closing, not at the next opening.
        ("weekdays", "2026-06-10 08:00", 8 * HOUR, "2026-06-10 16:00"),
        ("weekdays", "2026-06-12 08:00", 20 * HOUR, "2026-06-16 12:00"),
    ],
)
def test_due_times_count_open_time_across_nights_weekends_and_clock_changes(hours, at, seconds, due_at):
    assert due_after(OPEN[hours], utc(at), seconds) == utc(due_at)
    assert time_left(OPEN[hours], utc(at), utc(due_at)) == seconds


@pytest.mark.parametrize("seconds", [0, -1])
def test_nothing_is_due_without_time(seconds):
    with pytest.raises(ValueError, match=f"an answer takes some time, not {seconds} seconds"):
        due_after(OPEN["always"], AT, seconds)


def test_an_answer_exactly_at_its_due_time_is_late():
    due_at = due_after(OPEN["weekdays"], utc("2026-06-10 08:00"), 8 * HOUR)
    assert [is_in_time(at, due_at) for at in (due_at - 1, due_at, due_at + 1)] == [True, False, False]
    asked = replace(raised(), entered_at=due_at - 60, due_at=due_at)
    assert climb(asked, at=due_at, due_at=due_at + 1).level == 1


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-06-12 15:00", HOUR),
        ("2026-06-12 15:59:59", 1),
        ("2026-06-12 16:00", 0),
        ("2026-06-13 12:00", 0),
        ("2026-06-15 08:00", 0),
        ("2026-06-15 09:00", -HOUR),
        ("2026-06-16 09:00", -9 * HOUR),
    ],
)
def test_time_left_is_open_time_and_negative_when_late(now, left):
    assert time_left(OPEN["weekdays"], utc(now), utc("2026-06-12 16:00")) == left


MOMENTS = st.integers(utc("2026-03-20"), utc("2026-04-05")) | st.integers(utc("2026-10-18"), utc("2026-11-02"))


@given(st.sampled_from(sorted(OPEN)), MOMENTS, st.integers(1, 60 * HOUR), st.integers(-90 * HOUR, 90 * HOUR))
def test_time_is_left_exactly_until_it_is_due(hours, at, seconds, shift):
    due_at = due_after(OPEN[hours], at, seconds)
    assert due_at >= at + seconds
    assert OPEN[hours].between(at, due_at) == seconds
    now = due_at + shift
    assert (time_left(OPEN[hours], now, due_at) > 0) == is_in_time(now, due_at)


# Both sides and the clock, in any order

SIDES = st.sampled_from(Side)


class Climbing(RuleBasedStateMachine):
    """Both sides try whatever they like, while time only moves on; the clock lets climb whatever is late."""

    @initialize(by=SIDES, level=st.integers(0, TOP), hours=st.sampled_from(sorted(OPEN)))
    def begin(self, by, level, hours):
        self.hours = OPEN[hours]
        self.now = utc("2026-03-27 15:00")
        due_at = self.due_at(level)
        self.escalation = start(LADDER, by=by, reason="It is down.", at=self.now, due_at=due_at, level=level)
        self.climbed_from = set()

    def due_at(self, level):
        return due_after(self.hours, self.now, LADDER.rungs[level].seconds)

    def attempt(self, step, by):
        """Takes a step if it is allowed, and compares it with the table."""
        before = self.escalation
        level = before.level - 1 if step == "step down" else before.next_level
        after = attempted(before, step, by, self.now, self.due_at(max(level, 0)))
        assert (after and (after.state, after.level)) == legal(before, step, by, self.now)
        if after is not None:
            assert after != before
            assert after.level >= before.level or step == "step down"
            assert abs(after.level - before.level) <= 1
            assert after.entered_at == before.entered_at or after.entered_at == self.now
            self.escalation = after
        return after is not None

    @rule(seconds=st.integers(0, 40 * HOUR))
    def wait(self, seconds):
        self.now += seconds

    @rule(step=st.sampled_from([step for step in STEPS if step != "climb"]), by=SIDES)
    def somebody_tries(self, step, by):
        self.attempt(step, by)

    @rule(early=st.booleans())
    def the_level_answers_and_the_answer_is_not_enough(self, early):
        if not early:
            self.now = max(self.now, self.escalation.due_at)
        self.attempt("answer", self.escalation.asked)
        self.attempt("reject", self.escalation.raised_by)

    @rule(delay=st.integers(0, 2 * HOUR))
    def time_runs_out(self, delay):
        """However often the clock strikes, each expiry lets the matter climb once."""
        before = self.escalation
        self.now = max(self.now, before.due_at + delay)
        is_to_climb = before.state is WAITING and before.level < TOP
        assert self.attempt("climb", before.asked) == is_to_climb
        assert not self.attempt("climb", before.asked)
        if is_to_climb:
            assert self.escalation.level == before.level + 1
            assert before.entered_at not in self.climbed_from
            self.climbed_from.add(before.entered_at)
        else:
            assert self.escalation == before

    @rule()
    def the_clock_strikes(self):
        """At any moment, also before its time."""
        was_due = self.escalation.due_at <= self.now
        assert not self.attempt("climb", CLIENT) or was_due

    @invariant()
    def time_is_given_before_it_is_over(self):
        assert self.escalation.entered_at < self.escalation.due_at
        assert self.escalation.entered_at <= self.now

    @invariant()
    def it_ends_only_with_the_words_of_the_raising_side(self):
        now = self.escalation
        words = f"The {now.raised_by} accepted the {now.asked}'s answer on the level {now.rung.name}."
        assert (now.ended_because in {"It works again.", words}) == (now.state is ENDED)

    @invariant()
    def an_answer_is_there_once_it_is_answered(self):
        now = self.escalation
        assert bool(now.answer) == (now.answered_at is not None)
        assert now.answer or now.state is not ANSWERED
        assert now.state is not WAITING or not now.answer

    @invariant()
    def somebody_has_the_ball_until_it_ends(self):
        assert (waits_for(self.escalation) is None) == (self.escalation.state is ENDED)

    @invariant()
    def only_who_owes_an_answer_is_late(self):
        assert not is_late(self.escalation, self.now) or waits_for(self.escalation) is self.escalation.asked


TestClimbing = Climbing.TestCase
