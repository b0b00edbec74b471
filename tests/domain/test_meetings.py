from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rapport.domain.meetings import (
    Letter,
    Meeting,
    State,
    absent_sides,
    cancel,
    hold,
    hours,
    letter_for,
    miss,
    missed_on,
    move,
)
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER
PLANNED_ON, NEXT_ON = date(2026, 10, 6), date(2026, 11, 3)
BOTH_CAME = {CLIENT: 2, PARTNER: 1}

PLANNED = Meeting(State.PLANNED, PLANNED_ON)
HELD = Meeting(State.HELD, PLANNED_ON, held_on=PLANNED_ON)
MISSED = Meeting(State.MISSED, PLANNED_ON)
CANCELLED = Meeting(State.CANCELLED, PLANNED_ON, "Nothing to speak about.", cancelled_by=PARTNER)
BY_STATE = {meeting.state: meeting for meeting in (PLANNED, HELD, MISSED, CANCELLED)}


def day(text):
    return date.fromisoformat(f"2026-{text}")


def held(meeting=PLANNED, *, on="10-06", attendance=BOTH_CAME, today="12-31"):
    return hold(meeting, on=day(on), attendance=attendance, today=day(today))


def moved(
    meeting=PLANNED,
    *,
    to="10-20",
    starts_at=None,
    reason="Public holiday.",
    today="10-01",
    next_on=NEXT_ON,
    clock=time(),
):
    now = datetime.combine(day(today), clock)
    return move(meeting, to=day(to), starts_at=starts_at, reason=reason, now=now, next_on=next_on)


STEPS = {
    "hold": held,
    "cancel": lambda meeting: cancel(meeting, by=CLIENT, reason="Nothing to speak about."),
    "move": moved,
    "miss": lambda meeting: miss(meeting, today=day("10-10")),
}
LEGAL = {
    ("hold", State.PLANNED): State.HELD,
    ("hold", State.MISSED): State.HELD,
    ("cancel", State.PLANNED): State.CANCELLED,
    ("move", State.PLANNED): State.PLANNED,
    ("miss", State.PLANNED): State.MISSED,
}
EXPECTED = {
    "hold": "a planned one or a missed one can be held",
    "cancel": "a planned one can be cancelled",
    "move": "a planned one can be moved",
    "miss": "a planned one can be counted as missed",
}
WAY_ON = {
    State.HELD: "correct what was said in its minutes",
    State.MISSED: "hold it late, or hold the next one",
    State.CANCELLED: "hold the next one",
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", State)
def test_each_step_is_taken_in_the_states_it_is_meant_for(step, state):
    if (step, state) in LEGAL:
        assert STEPS[step](BY_STATE[state]).state is LEGAL[step, state]
        return
    with pytest.raises(Refused) as caught:
        STEPS[step](BY_STATE[state])
    assert str(caught.value) == f"Meeting of 2026-10-06: it is {state}, and only {EXPECTED[step]}; {WAY_ON[state]}."


def test_hold_keeps_the_day_people_met():
    assert held(on="10-08") == Meeting(State.HELD, PLANNED_ON, held_on=day("10-08"))


def test_a_missed_meeting_can_be_held_however_late():
    assert held(MISSED, on="12-30").held_on == day("12-30")


def test_hold_is_refused_more_than_two_weeks_early():
    assert held(on="09-22").state is State.HELD
    with pytest.raises(
        Refused, match="a meeting on 2026-09-21 is another one; this one is held on 2026-09-22 or later"
    ):
        held(on="09-21")


def test_hold_is_refused_for_a_day_to_come():
    assert held(on="10-06", today="10-06").state is State.HELD
    with pytest.raises(Refused, match="2026-10-06 is still to come; put it on record once people have met"):
        held(on="10-06", today="10-05")


@pytest.mark.parametrize(
    ("attendance", "nobody"),
    [
        ({}, "nobody of the client and nobody of the partner was there"),
        ({CLIENT: 5}, "nobody of the partner was there"),
        ({CLIENT: 0, PARTNER: 5}, "nobody of the client was there"),
    ],
)
def test_a_meeting_without_one_side_was_no_meeting_of_both(attendance, nobody):
    with pytest.raises(Refused, match=nobody):
        held(attendance=attendance)
    assert held(attendance={CLIENT: 1, PARTNER: 1}).state is State.HELD


def test_absent_sides_come_client_first():
    assert absent_sides({}) == (CLIENT, PARTNER)
    assert absent_sides({PARTNER: 1}) == (CLIENT,)
    assert absent_sides(BOTH_CAME) == ()


def test_cancel_keeps_who_called_it_off_and_why():
    called_off = cancel(PLANNED, by=PARTNER, reason="Nothing to speak about.")
    assert called_off == CANCELLED


@pytest.mark.parametrize("reason", ["", " \n"])
def test_cancel_and_move_need_a_reason(reason):
    with pytest.raises(Refused, match="the reason is empty, but the other side must learn it"):
        cancel(PLANNED, by=CLIENT, reason=reason)
    with pytest.raises(Refused, match="the reason is empty, but the other side must learn it"):
        moved(reason=reason)


@pytest.mark.parametrize("to", ["10-01", "10-05", "10-07", "11-02"])
def test_move_names_any_day_from_today_to_the_day_before_the_next_one(to):
    assert moved(to=to) == Meeting(State.PLANNED, day(to), "Public holiday.")


@pytest.mark.parametrize(
    ("to", "seen"),
    [
        ("09-30", "2026-09-30 is past; name today or a day to come"),
        ("10-06", "that is its day already; name another day, or leave it"),
        ("11-03", "the next one is on 2026-11-03; name a day before that, or cancel this one"),
        ("11-04", "the next one is on 2026-11-03"),
    ],
)
def test_move_is_refused_for_other_days(to, seen):
    with pytest.raises(Refused, match=seen):
        moved(to=to)


def test_a_meeting_is_moved_to_another_time_of_its_day():
    at_ten = Meeting(State.PLANNED, PLANNED_ON, starts_at=time(10))
    assert moved(PLANNED, to="10-06", starts_at=time(10)).starts_at == time(10)
    assert moved(at_ten, to="10-06", starts_at=time(10, 30)).starts_at == time(10, 30)
    assert moved(at_ten, to="10-06").starts_at is None
    with pytest.raises(Refused, match="that is its day and time already; name another day or time, or leave it"):
        moved(at_ten, to="10-06", starts_at=time(10))


@pytest.mark.parametrize("clock", ["10:00:30", "10:00:00.5", "10:00+00:00", "10:00-05:00"])
def test_a_time_is_in_hours_and_minutes_of_the_clocks_there(clock):
    with pytest.raises(Refused, match="is no time by its clocks in hours and minutes; write one such as 14:30"):
        moved(to="10-07", starts_at=time.fromisoformat(clock))


def test_a_time_of_today_that_is_past_is_refused():
    assert moved(to="10-01", starts_at=time(9, 1), clock=time(9)).starts_at == time(9, 1)
    with pytest.raises(Refused, match="09:00 of today is past; name a later time, or put it on record as held"):
        moved(to="10-01", starts_at=time(9), clock=time(9))


BEFORE = {  # by how much clocks differ from UTC before a change, when in UTC they change, by how much they differ after
    ("Europe/London", "2026-03-29"): (0, "2026-03-29T01:00", 1),
    ("Europe/London", "2026-10-25"): (1, "2026-10-25T01:00", 0),
    ("America/New_York", "2026-03-08"): (-5, "2026-03-08T07:00", -4),
    ("America/New_York", "2026-11-01"): (-4, "2026-11-01T06:00", -5),
}


@pytest.mark.parametrize(("place", "change"), BEFORE.items())
@pytest.mark.parametrize("wall", ["00:15", "01:30", "02:30", "03:00", "12:00", "23:45"])
def test_hours_are_right_on_both_days_the_clocks_change(place, change, wall):
    """By the offsets as they were published, without a time zone database."""
    zone, on = place
    before, changes_at, after = change
    shown, turns = datetime.fromisoformat(f"{on}T{wall}+00:00"), datetime.fromisoformat(f"{changes_at}+00:00")
    early = shown - timedelta(hours=before)
    expected = early if early < turns else shown - timedelta(hours=after)
    if early >= turns > shown - timedelta(hours=after):  # clocks skip it
        expected = early
    start, end = hours(date.fromisoformat(on), time.fromisoformat(wall), 90, zone)
    assert (start, end) == (expected, expected + timedelta(minutes=90))
    assert start.utcoffset() == timedelta()


def test_move_of_the_last_meeting_has_no_next_one_to_mind():
    assert moved(to="12-31", next_on=None).planned_on == day("12-31")


def test_move_is_possible_in_the_days_of_grace_and_gives_them_anew():
    late = moved(to="10-09", today="10-09")
    with pytest.raises(Refused, match="it can be put on record until 2026-10-12"):
        miss(late, today=day("10-12"))


def test_miss_comes_after_three_days_of_grace():
    assert missed_on(PLANNED_ON) == day("10-10")
    assert miss(PLANNED, today=day("10-10")) == MISSED
    with pytest.raises(Refused, match="it can be put on record until 2026-10-09; wait until that day is over"):
        miss(PLANNED, today=day("10-09"))


SIDES = st.sampled_from(Side)
DAYS = st.integers(-30, 60)


def told(meeting=PLANNED, *, is_expected=True, is_invited=False, is_over=False, today="10-01"):
    return letter_for(
        meeting, is_expected=is_expected, is_invited=is_invited, is_over=is_over, today=day(today)
    )  # fmt: skip


def test_people_are_invited_two_weeks_ahead_and_stay_so():
    assert told(today="09-22") is Letter.REQUEST
    assert told(today="09-21") is None
    assert told(is_invited=True, today="09-01") is Letter.REQUEST
    assert told(is_over=True) is None
    assert told(is_expected=False) is None


def test_who_was_invited_learns_that_it_is_off_or_is_not_expected_any_more():
    assert told(CANCELLED) is None
    assert told(CANCELLED, is_invited=True) is Letter.CANCEL
    assert told(is_expected=False, is_invited=True) is Letter.CANCEL
    assert told(CANCELLED, is_invited=True, is_over=True) is None


@pytest.mark.parametrize("meeting", [HELD, MISSED])
def test_nothing_is_said_by_mail_of_what_took_place_or_did_not(meeting):
    assert told(meeting, is_invited=True) is None


def test_who_was_invited_learns_that_it_was_held_early():
    early = held(on="10-05")
    assert told(early, is_invited=True) is Letter.CANCEL
    assert told(early) is None
    assert told(held(MISSED, on="12-30"), is_invited=True) is None


class Occurrence(RuleBasedStateMachine):
    """Both sides try whatever they like with one meeting, while the days pass."""

    def __init__(self):
        super().__init__()
        self.meeting = PLANNED
        self.today = PLANNED_ON - timedelta(days=20)

    def attempt(self, step, is_legal, after, **arguments):
        """Takes a step and holds its outcome against what was said beforehand."""
        before = self.meeting
        try:
            self.meeting = step(before, **arguments)
        except Refused:
            assert not is_legal
        else:
            assert is_legal
            assert self.meeting.state is after

    @rule(days=st.integers(1, 5))
    def wait(self, days):
        self.today += timedelta(days=days)

    @rule(ago=DAYS, client=st.integers(0, 2), partner=st.integers(0, 2))
    def hold(self, ago, client, partner):
        on = self.today - timedelta(days=ago)
        early = (self.meeting.planned_on - on).days > 14
        could = self.meeting.state in {State.PLANNED, State.MISSED} and client and partner
        attendance = {CLIENT: client, PARTNER: partner}
        is_legal = bool(could and ago >= 0 and not early)
        self.attempt(hold, is_legal, State.HELD, on=on, attendance=attendance, today=self.today)

    @rule(by=SIDES, reason=st.sampled_from(["", "No need."]))
    def cancel(self, by, reason):
        could = self.meeting.state is State.PLANNED and reason != ""
        self.attempt(cancel, could, State.CANCELLED, by=by, reason=reason)

    @rule(ahead=DAYS)
    def move(self, ahead):
        to = self.today + timedelta(days=ahead)
        is_free = ahead >= 0 and to < NEXT_ON and to != self.meeting.planned_on
        could = self.meeting.state is State.PLANNED and is_free
        self.attempt(
            move, could, State.PLANNED, to=to, starts_at=None, reason="Ill.", next_on=NEXT_ON,
            now=datetime.combine(self.today, time(12)),
        )  # fmt: skip

    @rule()
    def miss(self):
        could = self.meeting.state is State.PLANNED and (self.today - self.meeting.planned_on).days > 3
        self.attempt(miss, could, State.MISSED, today=self.today)

    @invariant()
    def it_stays_before_the_next_one(self):
        assert self.meeting.planned_on < NEXT_ON

    @invariant()
    def only_what_was_held_has_a_day_and_none_to_come(self):
        assert (self.meeting.held_on is not None) == (self.meeting.state is State.HELD)
        assert self.meeting.held_on is None or self.meeting.held_on <= self.today

    @invariant()
    def only_what_was_called_off_says_by_whom(self):
        assert (self.meeting.cancelled_by is not None) == (self.meeting.state is State.CANCELLED)


TestOccurrence = Occurrence.TestCase
