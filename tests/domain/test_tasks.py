"""Who may change a task and take it back."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.domain.tasks import Change, Plan, Task, changeable, demand_change, demand_withdrawal, may_withdraw

TODAY, DAY, LATER, SOONER = date(2026, 3, 2), date(2026, 3, 20), date(2026, 3, 27), date(2026, 3, 10)
THEIRS = Task("Plan a shift", Side.PARTNER, 7, DAY, given_by=Side.CLIENT)
OWN = replace(THEIRS, given_by=Side.PARTNER)
PROPOSED, AGREED = replace(OWN, plan=Plan.PROPOSED), replace(OWN, plan=Plan.AGREED)


def change(task, by, **changed):
    demand_change(task, by=by, to=replace(task, **changed), today=TODAY)


@pytest.mark.parametrize(
    ("task", "by", "changed"),
    [
        (THEIRS, Side.CLIENT, {"what": "Plan two shifts", "side": Side.CLIENT, "due_on": LATER}),
        (THEIRS, Side.PARTNER, {}),
        (THEIRS, Side.PARTNER, {"due_on": SOONER}),
        (THEIRS, Side.PARTNER, {"owner": 8}),
        (AGREED, Side.PARTNER, {"owner": 8, "due_on": SOONER}),
        (AGREED, Side.CLIENT, {"due_on": LATER}),
        (replace(AGREED, given_by=Side.CLIENT), Side.CLIENT, {"due_on": LATER}),
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
        (PROPOSED, Side.PARTNER, {"what": "Nothing"}, "lies before the other side"),
        (PROPOSED, Side.PARTNER, {"owner": 8}, "lies before the other side"),
        (PROPOSED, Side.CLIENT, {"due_on": LATER}, "lies before the other side"),
        (AGREED, Side.PARTNER, {"what": "Nothing"}, "can only hand it to another"),
        (AGREED, Side.PARTNER, {"side": Side.CLIENT, "owner": 8}, "can only hand it to another"),
        (AGREED, Side.PARTNER, {"due_on": LATER}, "ask the client for a later one"),
        (AGREED, Side.CLIENT, {"owner": 8}, "can only grant a later day"),
        (AGREED, Side.CLIENT, {"due_on": SOONER}, "can only grant a later day"),
        (replace(AGREED, given_by=Side.CLIENT), Side.CLIENT, {"what": "Nothing"}, "can only grant a later day"),
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
        (replace(THEIRS, plan=Plan.PROPOSED), Side.CLIENT, "x", "belongs to a plan"),
        (replace(THEIRS, plan=Plan.AGREED), Side.CLIENT, "x", "belongs to a plan"),
        (THEIRS, Side.CLIENT, " ", "why it is not needed"),
    ],
)
def test_a_task_is_taken_back_by_who_gave_it_unless_a_plan_holds_it(task, by, reason, said):
    demand_withdrawal(THEIRS, by=Side.CLIENT, reason="A shift was planned already")
    with pytest.raises(Refused, match=said):
        demand_withdrawal(task, by=by, reason=reason)


def test_what_is_offered_is_what_is_allowed():
    for task in (THEIRS, OWN, PROPOSED, AGREED, replace(AGREED, given_by=Side.CLIENT), replace(OWN, is_done=True)):
        for by in Side:
            allowed = set()
            for one, asked in (
                (Change.WORDS, {"what": "Other"}), (Change.SIDE, {"side": task.side.other}),
                (Change.OWNER, {"owner": 8}), (Change.EARLIER, {"due_on": SOONER}), (Change.LATER, {"due_on": LATER}),
            ):  # fmt: skip
                with suppress(Refused):
                    change(task, by, **asked)
                    allowed.add(one)
            assert changeable(task, by=by) == allowed
            assert may_withdraw(task, by=by) == (by is task.given_by and not task.plan and not task.is_done)
