from datetime import date, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rapport.domain.refusals import Refused
from rapport.domain.reports import Report, ReportState, is_late, mark_late, receive, send_back
from rapport.domain.roles import Side

CLIENT, PARTNER = Side.CLIENT, Side.PARTNER


def day(text):
    return date.fromisoformat(f"2026-{text}")


DUE = Report(ReportState.DUE, day("10-05"), PARTNER)
LATE = mark_late(DUE, today=day("10-06"))
RECEIVED = receive(DUE, by=PARTNER, on=day("10-05"))
RETURNED = send_back(RECEIVED, by=CLIENT, reason="The backlog is missing.", on=day("10-06"))
BY_STATE = {report.state: report for report in (DUE, LATE, RECEIVED, RETURNED)}


def returned(report=RECEIVED, *, by=CLIENT, reason="The backlog is missing.", on="10-06"):
    return send_back(report, by=by, reason=reason, on=day(on))


@pytest.mark.parametrize(
    ("report", "today", "expected"),
    [
        (DUE, "10-05", False),
        (DUE, "10-06", True),
        (LATE, "10-06", True),
        (RECEIVED, "12-31", False),
        (RETURNED, "10-11", False),
        (RETURNED, "10-12", True),
    ],
)
def test_is_late_from_the_day_after_the_last_one(report, today, expected):
    assert is_late(report, day(today)) is expected


def test_mark_late_waits_for_the_end_of_the_last_day():
    assert Report(ReportState.LATE, day("10-05"), PARTNER, was_late=True) == LATE
    with pytest.raises(Refused, match="it is not late; there is time until 2026-10-05; wait until that day is over"):
        mark_late(DUE, today=day("10-05"))
    with pytest.raises(Refused, match="it is marked as late already"):
        mark_late(LATE, today=day("10-07"))
    with pytest.raises(Refused, match="it is not late; it was received on 2026-10-05"):
        mark_late(RECEIVED, today=day("10-07"))


@pytest.mark.parametrize(
    ("report", "on", "was_late"),
    [
        (DUE, "09-30", False),
        (DUE, "10-05", False),
        (DUE, "10-06", True),
        (LATE, "10-06", True),
        (RETURNED, "10-11", False),
        (RETURNED, "10-12", True),
    ],
)
def test_receive_keeps_when_it_came_and_whether_it_was_late(report, on, was_late):
    handed_over = receive(report, by=PARTNER, on=day(on))
    assert (handed_over.state, handed_over.received_on) == (ReportState.RECEIVED, day(on))
    assert (handed_over.was_late, handed_over.returned) == (was_late, "")


def test_once_late_stays_late_however_soon_it_is_mended():
    late = receive(LATE, by=PARTNER, on=day("10-08"))
    mended = receive(returned(late, on="10-08"), by=PARTNER, on=day("10-08"))
    assert mended.was_late


def test_receive_is_for_the_side_that_owes_it_and_once():
    with pytest.raises(Refused, match="the partner owes it, and only the partner can hand it over; ask them"):
        receive(DUE, by=CLIENT, on=day("10-05"))
    with pytest.raises(Refused, match="it was received on 2026-10-05; have it sent back if it has to change"):
        receive(RECEIVED, by=PARTNER, on=day("10-06"))


def test_a_report_of_the_client_is_sent_back_by_the_partner():
    of_client = receive(Report(ReportState.DUE, day("10-05"), CLIENT), by=CLIENT, on=day("10-05"))
    assert returned(of_client, by=PARTNER).state is ReportState.RETURNED
    with pytest.raises(Refused, match="the client wrote it, and only the partner can send it back"):
        returned(of_client, by=CLIENT)


def test_what_was_sent_back_is_owed_again_with_time_to_mend_it():
    assert RETURNED.returned == "The backlog is missing."
    assert RETURNED.owed_until == RETURNED.mend_by == day("10-11")
    early = receive(DUE, by=PARTNER, on=day("09-25"))
    assert returned(early, on="09-26").owed_until == day("10-05")
    assert returned(early, on="09-30").owed_until == day("10-05")


def test_send_back_is_possible_for_five_days_and_then_the_report_stands():
    assert returned(on="10-10").state is ReportState.RETURNED
    with pytest.raises(Refused, match="it could be sent back until 2026-10-10 and stands now; raise an issue"):
        returned(on="10-11")


@pytest.mark.parametrize("report", [DUE, LATE, RETURNED], ids=["due", "late", "returned"])
def test_only_what_was_received_is_sent_back(report):
    with pytest.raises(Refused, match="it is not received, so there is nothing to send back"):
        returned(report)


@pytest.mark.parametrize("reason", ["", "  "])
def test_send_back_needs_a_reason(reason):
    with pytest.raises(Refused, match="the reason is empty, but its writer must know what is missing"):
        returned(reason=reason)


def test_a_refusal_names_the_report():
    with pytest.raises(Refused) as caught:
        receive(DUE, by=CLIENT, on=day("10-05"))
    assert str(caught.value).startswith("Report due on 2026-10-05: ")


SIDES = st.sampled_from(Side)
OWED = {ReportState.DUE, ReportState.LATE, ReportState.RETURNED}


class Delivery(RuleBasedStateMachine):
    """Both sides try whatever they like with one report, while the days pass."""

    def __init__(self):
        super().__init__()
        self.report = DUE
        self.today = day("09-28")
        self.last_day = DUE.due_on
        self.came_on = None
        self.was_ever_late = False

    def attempt(self, step, is_legal, after, **arguments):
        """Whether a step was taken; it must be exactly when it was said to be legal."""
        try:
            self.report = step(self.report, **arguments)
        except Refused:
            assert not is_legal
            return False
        assert is_legal
        assert self.report.state is after
        return True

    @rule(days=st.integers(1, 4))
    def wait(self, days):
        self.today += timedelta(days=days)
        if self.report.state in OWED and self.today > self.last_day:
            self.was_ever_late = True

    @rule()
    def mark_late(self):
        could = self.report.state in {ReportState.DUE, ReportState.RETURNED} and self.today > self.last_day
        self.attempt(mark_late, could, ReportState.LATE, today=self.today)

    @rule(by=SIDES)
    def receive(self, by):
        could = self.report.state in OWED and by is PARTNER
        if self.attempt(receive, could, ReportState.RECEIVED, by=by, on=self.today):
            self.came_on = self.today

    @rule(by=SIDES, reason=st.sampled_from(["", "Too thin."]))
    def send_back(self, by, reason):
        could = self.report.state is ReportState.RECEIVED and by is CLIENT and reason != ""
        is_legal = could and (self.today - self.came_on).days <= 5
        if self.attempt(send_back, is_legal, ReportState.RETURNED, by=by, reason=reason, on=self.today):
            self.last_day = max(DUE.due_on, self.today + timedelta(days=5))

    @invariant()
    def lateness_is_never_lost(self):
        assert (self.report.was_late or is_late(self.report, self.today)) == self.was_ever_late


TestDelivery = Delivery.TestCase
