"""Who may change a task and take it back."""

from dataclasses import replace
from datetime import date

import pytest

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.domain.tasks import Task, demand_change, demand_withdrawal

TODAY, DAY, LATER, SOONER = date(2026, 3, 2), date(2026, 3, 20), date(2026, 3, 27), date(2026, 3, 10)
THEIRS = Task("Plan a shift", Side.PARTNER, DAY, given_by=Side.CLIENT)
OWN = replace(THEIRS, given_by=Side.PARTNER)


def change(task, by, **changed):
    asked = {"what": task.what, "side": task.side, "due_on": task.due_on} | changed
    demand_change(task, by=by, today=TODAY, **asked)


@pytest.mark.parametrize(
    ("task", "by", "changed"),
    [
        (THEIRS, Side.CLIENT, {"what": "Plan two shifts", "side": Side.CLIENT, "due_on": LATER}),
        (THEIRS, Side.PARTNER, {}),
        (THEIRS, Side.PARTNER, {"due_on": SOONER}),
        (replace(THEIRS, is_planned=True), Side.PARTNER, {"due_on": LATER}),
        (OWN, Side.PARTNER, {"what": "Plan two shifts", "due_on": LATER}),
        (replace(OWN, due_on=date(2026, 2, 1)), Side.PARTNER, {"what": "Late, and another"}),
    ],
)
def test_who_gave_a_task_changes_it_and_who_has_it_hands_it_on(task, by, changed):
    change(task, by, **changed)


@pytest.mark.parametrize(
    ("task", "by", "changed", "said"),
    [
        (replace(THEIRS, is_done=True), Side.CLIENT, {"due_on": LATER}, "only an open one can be changed"),
        (THEIRS, Side.CLIENT, {"due_on": date(2026, 3, 1)}, "This day is over"),
        (OWN, Side.CLIENT, {"due_on": SOONER}, "only the partner can change it"),
        (THEIRS, Side.PARTNER, {"what": "Nothing"}, "only the client can say it in other words"),
        (THEIRS, Side.PARTNER, {"side": Side.CLIENT}, "give it to another side"),
        (THEIRS, Side.PARTNER, {"due_on": LATER}, "only the client can grant a later day"),
    ],
)
def test_what_is_more_than_that_is_refused(task, by, changed, said):
    with pytest.raises(Refused, match=said):
        change(task, by, **changed)


@pytest.mark.parametrize(
    ("task", "by", "reason", "said"),
    [
        (replace(THEIRS, is_done=True), Side.CLIENT, "x", "only an open one can be taken back"),
        (THEIRS, Side.PARTNER, "x", "only the client can take it back"),
        (replace(THEIRS, is_planned=True), Side.CLIENT, "x", "belongs to a plan"),
        (THEIRS, Side.CLIENT, " ", "why it is not needed"),
    ],
)
def test_a_task_is_taken_back_by_who_gave_it_unless_a_plan_holds_it(task, by, reason, said):
    demand_withdrawal(THEIRS, by=Side.CLIENT, reason="A shift was planned already")
    with pytest.raises(Refused, match=said):
        demand_withdrawal(task, by=by, reason=reason)
