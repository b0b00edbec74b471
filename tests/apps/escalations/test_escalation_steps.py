"""What the two sides can do with an escalation, and what is refused."""

from decimal import Decimal
from itertools import product

import pytest

from apps.escalations.conftest import NAMED
from rapport.apps.audit.models import Entry
from rapport.apps.audit.queries import verdict
from rapport.apps.escalations import actions
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.escalations.queries import adherence_of, plan_for
from rapport.apps.issues.models import Issue
from rapport.domain.adherence import Conduct
from rapport.domain.refusals import Refused

STEPS = {
    "answer": lambda by, one, turn, at: actions.answer(by=by, escalation=one, turn=turn, text="Yes.", at=at),
    "accept": lambda by, one, turn, at: actions.accept(by=by, escalation=one, turn=turn, at=at),
    "reject": lambda by, one, turn, at: actions.reject(by=by, escalation=one, turn=turn, reason="No.", at=at),
    "step_down": lambda by, one, turn, at: actions.step_down(by=by, escalation=one, turn=turn, reason="Small.", at=at),
    "end": lambda by, one, turn, at: actions.end_escalation(by=by, escalation=one, turn=turn, reason="Over.", at=at),
}
LEGAL = {
    "waiting": {("partner", "answer"), ("client", "end")},
    "answered": {("client", "accept"), ("client", "reject"), ("client", "end")},
    "above": {("partner", "answer"), ("client", "step_down"), ("client", "end")},
    "ended": set(),
}
"""Who can do what while the client's matter stands on the first level, is answered there, stands above, has ended."""


@pytest.fixture
def standing(world, raised, now):
    """Brings the escalation to where one of the states of the table has it."""

    def at(state):
        if state == "answered":
            return STEPS["answer"](world.editor, raised, 0, now)
        if state == "above":
            return STEPS["reject"](world.manager, STEPS["answer"](world.editor, raised, 0, now), 1, now)
        return STEPS["end"](world.manager, raised, 0, now) if state == "ended" else raised

    return at


@pytest.mark.parametrize("state", LEGAL)
def test_each_step_in_each_state_is_as_the_table_says(world, standing, now, state):
    one = standing(state)
    for (side, person), step in product((("client", world.executive), ("partner", world.signer)), STEPS):
        if (side, step) in LEGAL[state]:
            continue
        with pytest.raises(Refused):
            STEPS[step](person, one, one.turn, now)
        assert Escalation.objects.get().turn == one.turn
    for side, step in sorted(LEGAL[state])[:1]:
        person = world.executive if side == "client" else world.signer
        assert STEPS[step](person, one, one.turn, now).turn == one.turn + 1


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        ("viewer", "Your role does not let you"),
        ("auditor", "Your role does not"),
        ("sibling_signer", "no such engagement"),
    ],
)
def test_whoever_does_not_work_on_it_takes_no_step(world, raised, now, role, sentence):
    for step in STEPS.values():
        with pytest.raises(Refused, match=sentence):
            step(getattr(world, role), raised, 0, now)
    with pytest.raises(Refused, match=sentence):
        actions.start_escalation(by=getattr(world, role), issue=raised.issue, reason="x", at=now)


def test_a_step_counts_only_as_it_was_read(world, answered, now):
    """A late click on "Accept" must not accept what was answered later, on another level."""
    actions.reject(by=world.executive, escalation=answered, turn=1, reason="No.", at=now.replace(hour=12))
    actions.answer(by=world.signer, escalation=answered, turn=2, text="Never.", at=now.replace(hour=13))
    with pytest.raises(Refused, match="took a step with this escalation a moment ago"):
        actions.accept(by=world.manager, escalation=answered, turn=1, at=now.replace(hour=14))
    assert Escalation.objects.get().state == "answered"


def test_what_changed_between_reading_and_keeping_is_left_alone(world, raised, now, monkeypatch):
    """The check itself is checked: what was read is swapped, or nothing is."""
    asked = actions._asked

    def read_and_be_late(*given):
        found = asked(*given)
        Escalation.objects.update(turn=7)
        return found

    monkeypatch.setattr(actions, "_asked", read_and_be_late)
    with pytest.raises(Refused, match="a moment ago"):
        STEPS["answer"](world.editor, raised, 0, now)
    assert (Escalation.objects.get().state, Step.objects.get().answer) == ("waiting", "")


@pytest.mark.parametrize(
    ("amount", "level", "expected"),
    [(None, 0, "Brightdesk editor"), ("500", 0, "Brightdesk editor"), ("500.01", 1, "Brightdesk signer"),
     ("5000.01", 2, "Brightdesk signer")],
)  # fmt: skip
def test_it_enters_where_the_amount_demands(world, issue, step, now, amount, level, expected):
    found = actions.start_escalation(
        by=world.manager, issue=issue, reason="More people.", amount=amount and Decimal(amount), at=now
    )
    assert (found.level, step().expected_partner.name) == (level, expected)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("proposed", "is proposed and not on the list yet"),
        ("resolved", "is said to be mended"),
        ("closed", "is closed"),
    ],
)
def test_only_an_issue_on_the_list_climbs(world, issue, now, state, sentence):
    Issue.objects.update(state=state)
    with pytest.raises(Refused, match=f"Issue 1 {sentence}"):
        actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)


def test_an_issue_climbs_once_at_a_time(world, raised, now):
    with pytest.raises(Refused, match="Issue 1 is climbing already"):
        actions.start_escalation(by=world.editor, issue=raised.issue, reason="x", at=now)
    STEPS["end"](world.manager, raised, 0, now)
    assert actions.start_escalation(by=world.editor, issue=raised.issue, reason="x", at=now).number == 2


def test_without_a_plan_nobody_lets_an_issue_climb(world, issue, in_force, now):
    in_force({"    calendar: desk\n    levels:": "    calendar: desk\n    kpis: [reopened]\n    levels:"})
    with pytest.raises(Refused, match="No escalation plan of the agreement in force covers this issue"):
        actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    in_force()
    with pytest.raises(Refused, match="the reason is empty"):
        actions.start_escalation(by=world.manager, issue=issue, reason=" ", at=now)


_REST = "levels: [{name: A, client: a, partner: b, within: 1h}], executive: {client: c, partner: d}"
PLANS = f"""escalation:
  - {{id: all, name: All, {_REST}}}
  - {{id: goal, name: Goal, objectives: [restore], {_REST}}}
  - {{id: kpi, name: Kpi, kpis: [reopened], {_REST}}}

"""


@pytest.mark.parametrize(
    ("kpi", "objective", "plan"),
    [("reopened", "", "kpi"), ("reopened", "restore", "kpi"), ("", "restore", "goal"), ("resolved-in-time", "", "goal"),
     ("", "lasting", "all"), ("", "", "all")],
)  # fmt: skip
def test_the_plan_that_names_the_kpi_or_the_objective_comes_before_the_one_for_everything(
    in_force, kpi, objective, plan
):
    version = in_force({})
    start, end = version.text.index("escalation:\n"), version.text.index("\nduties:")
    version.text = version.text[:start] + PLANS + version.text[end:]
    assert plan_for(Issue(kpi=kpi, objective=objective), version).id == plan


def test_history_keeps_each_step_and_no_chain_breaks(world, answered, now):
    actions.accept(by=world.manager, escalation=answered, turn=1, at=now.replace(hour=12))
    told = {entry.content["verb"]: entry.content["details"] for entry in Entry.objects.all()}
    assert told["escalation.started"] == {"level": "Operations", "reason": "It gets worse."}
    assert told["escalation.answered"] == {"level": "Operations", "answer": "Mended by Friday."}
    assert "accepted" in told["escalation.accepted"]["reason"]
    assert verdict(world.engagement.chain).broken_at is None


def test_both_sides_conduct_is_summed_over_the_engagement(world, answered, work, now):
    """The partner answers in time by the right person, then late by nobody; the client reacts, by somebody else."""
    assert adherence_of(world.engagement, now).client == Conduct(pending=1)
    actions.reject(by=world.executive, escalation=answered, turn=1, reason="No.", at=now.replace(hour=12))
    work("2026-03-04 12:00")
    found = adherence_of(world.engagement, now.replace(day=5))
    assert found.partner == Conduct(in_time=1, kept=1, unanswered=1, pending=1)
    assert found.client == Conduct(in_time=1, wrong_person=1)


def test_a_reaction_is_not_owed_any_more_once_the_issue_is_closed(world, answered, work, now):
    Issue.objects.update(state="closed", resolved_by="partner")
    work("2026-03-02 12:00")
    assert adherence_of(world.engagement, now.replace(day=30)).client == Conduct()


def test_roles_that_nobody_is_called_by_are_the_owners(world, issue, in_force, step, now):
    in_force({name: name for name in NAMED})
    actions.start_escalation(by=world.editor, issue=issue, reason="x", at=now)
    assert (step().expected_client, step().expected_partner) == (world.manager, world.signer)


def test_a_partner_without_an_owner_can_still_be_asked(world, issue, in_force, step, now, work):
    in_force({name: name for name in NAMED})
    world.engagement.partner_owner = None
    world.engagement.save()
    found = actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    assert step().expected_partner is None
    actions.answer(by=world.editor, escalation=found, turn=0, text="Here we are.", at=now)
    assert adherence_of(world.engagement, now).partner.kept == 1
