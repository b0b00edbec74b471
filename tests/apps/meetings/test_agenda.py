"""What an agenda writes down by itself of what is open around the KPIs, the issues and the reports."""

from datetime import timedelta

import pytest

from rapport.apps.corrections.models import Correction
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.feedback.models import Promise
from rapport.apps.issues.models import Issue
from rapport.apps.meetings import actions
from rapport.apps.meetings.models import Decision, Meeting, Minutes
from rapport.apps.meetings.queries import agenda_of, by_heading
from rapport.domain.roles import Side

DAY = timedelta(days=1)
LADDER = {
    "id": "p", "name": "Plan", "currency": "EUR", "rungs": [[one, one, one, 3600, None] for one in ("Desk", "Board")],
    "calendar": {"name": "desk", "zone": "UTC", "weekly": [[[0, 86400]]] * 7, "holidays": [], "replacements": []},
}  # fmt: skip


@pytest.fixture
def issue(world, now):
    def made(number, days=9, **words):
        said = {"state": "listed", "responsible": "partner", "raised_at": now} | words
        return Issue.objects.create(
            engagement=world.engagement, number=number, title=f"Trouble {number}", origin="by_hand", severity="minor",
            due_on=now.date() + days * DAY, **said,
        )  # fmt: skip

    return made


def said(meeting, at, heading):
    found = dict(by_heading(agenda_of(meeting, at)))
    return [(one.title, one.detail) for one in found.get(heading, [])]


def test_nothing_of_what_is_not_there_is_on_the_agenda(call, now):
    assert by_heading(agenda_of(call, now)) == []


def test_what_is_late_is_late_everywhere_and_somebodys_to_mend(call, issue, now):
    before = {"raised_at": now - 90 * DAY}
    issue(1, -2, **before)
    issue(2, -2, state="resolved", resolved_by="partner", **before)
    issue(3, -2, move="nobody", **before)
    issue(4, -1, **before)
    assert [detail for _, detail in said(call, now, "Issues")] == [
        "due on Sat 28 Feb, late, waits for the partner", "due on Sat 28 Feb, waits for the client",
        "due on Sat 28 Feb", "due on Sun 1 Mar, waits for the partner",
    ]  # fmt: skip


@pytest.fixture
def climbs(now):
    """An escalation whose answer, and whose reaction once it is answered, is due so many hours from now."""

    def put(issue, state, hours):
        due_at, answered_at = now + timedelta(hours=hours), now - DAY if state == "answered" else None
        words = {"level": 1, "entered_at": now - DAY, "reason": "Worse", "answered_at": answered_at}
        escalation = Escalation.objects.create(
            issue=issue, number=1, plan="p", raised_by="client", started_at=now, state=state, ladder=LADDER,
            due_at=due_at if state == "waiting" else now, answer="Soon" if answered_at else "",
            ended_because="Done" if state == "ended" else "", **words,
        )  # fmt: skip
        Step.objects.create(
            escalation=escalation, name="Board", due_at=escalation.due_at,
            reaction_due_at=due_at if answered_at else None, **words,
        )  # fmt: skip

    return put


def test_what_climbs_says_how_high_and_whose_word_it_waits_for_and_whether_that_is_late(call, issue, climbs, now):
    known = (("waiting", 1), ("waiting", 0), ("answered", 1), ("answered", 0), ("ended", 0))
    for number, (state, hours) in enumerate(known, start=1):
        climbs(issue(number), state, hours)
    climbs(issue(6, state="resolved", resolved_by="partner"), "waiting", 0)
    assert said(call, now, "Escalations") == [
        ("Issue 1: Trouble 1", "level Board, waits for the partner"),
        ("Issue 2: Trouble 2", "level Board, waits for the partner, late"),
        ("Issue 3: Trouble 3", "level Board, waits for the client"),
        ("Issue 4: Trouble 4", "level Board, waits for the client, late"),
        ("Issue 6: Trouble 6", "level Board, waits for the partner"),
    ]


def test_corrective_actions_wait_for_an_answer_or_say_how_far_their_proof_is(call, issue, now):
    known = (
        ("contained", "cause", {}), ("cause_agreed", "plan", {}), ("cause_agreed", "plan", {"responsible": "client"}),
        ("doing", "", {}), ("verifying", "", {"move": "nobody", "kpi": "backlog"}),
        ("verifying", "", {"move": "client", "kpi": "backlog"}), ("verifying", "", {"move": "client", "kpi": "old"}),
        ("closed", "", {}),
    )  # fmt: skip
    for number, (state, proposed, words) in enumerate(known, start=1):
        about = issue(number, **words)
        Correction.objects.create(
            issue=about, state=state, proposed=proposed, responsible="partner", began_at=now, moved_at=now
        )
    assert said(call, now, "Corrective actions") == [
        ("Issue 1: Trouble 1", "the cause waits for the client"),
        ("Issue 2: Trouble 2", "the plan waits for the client"),
        ("Issue 5: Trouble 5", "done; figures to come show whether it worked"),
        ("Issue 6: Trouble 6", "done, and its effect is shown; waits for the client to close it"),
        ("Issue 7: Trouble 7", "done; waits for the word of the client whether it worked"),
    ]


def test_promised_support_is_on_the_agenda_once_its_day_is_over(world, call, now):
    for number, (days, kept_on) in enumerate(((-1, None), (0, None), (-2, now.date())), start=1):
        due_on = now.date() + days * DAY
        Promise.objects.create(
            engagement=world.engagement, number=number, by="client", kind="training", what=f"Help {number}",
            recipient="Desk", shows="Seen", first_due_on=due_on, due_on=due_on, promised_by=world.manager,
            promised_at=now, kept_on=kept_on,
        )  # fmt: skip
    assert said(call, now, "Support late") == [("Help 1", "promised by the client for Sun 1 Mar")]


@pytest.mark.parametrize(("state", "known"), [("draft", False), ("proposed", False), ("agreed", True)])
def test_what_both_agreed_to_have_decided_last_time_opens_the_next(world, held, on, now, state, known):
    Minutes.objects.filter(meeting=held).update(state=state)
    Decision.objects.create(meeting=held, text="Two shifts", by=world.manager)
    later = Meeting.objects.filter(series=held.series, state="planned").first()
    expected = [("Two shifts", "decided on Tue 3 Mar")] if known else []
    assert said(later, on(7, False), "Decided last time") == expected


def test_it_stays_as_it_was_when_people_met(world, call, issue, on, now):
    correction = Correction.objects.create(
        issue=issue(1), state="contained", proposed="cause", responsible="partner", began_at=now, moved_at=now
    )
    there = {Side.CLIENT: [world.manager], Side.PARTNER: [world.signer]}
    at = on(1, False)
    held = actions.hold_meeting(by=world.signer, meeting=call, on=at.date(), present=there, at=at)
    correction.delete()
    held.refresh_from_db()
    assert "the cause waits for the client" in [item["detail"] for item in held.agenda]
