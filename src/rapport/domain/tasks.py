"""Tasks of either side: who may say them in other words, move their day, hand them on, and take them back."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rapport.domain.refusals import Refused, is_allowed
from rapport.domain.roles import Side


class Plan(StrEnum):
    """How far the plan has come that a task belongs to: it lies before the other side, or both sides agreed to it."""

    PROPOSED = "proposed"
    AGREED = "agreed"


class Change(StrEnum):
    """What can be another with a task: its words, the side that does it, who of that side, its day."""

    WORDS = "words"
    SIDE = "side"
    OWNER = "owner"
    EARLIER = "earlier"
    LATER = "later"


_EVERYTHING = frozenset(Change)
_OF_ITS_SIDE = frozenset({Change.OWNER, Change.EARLIER})
"""What the side that has to do a task can change of it."""
_GRANTED = frozenset({Change.LATER})
"""What the other side can change of a task to which both agreed."""


@dataclass(frozen=True)
class Task:
    """Something that somebody of `side`, its `owner`, has to do until a day, given by somebody of `given_by`.

    `plan` says how far the plan has come that it belongs to, None where it belongs to none.
    """

    what: str
    side: Side
    owner: int
    due_on: date
    given_by: Side
    is_done: bool = False
    plan: Plan | None = None


def changeable(task: Task, *, by: Side) -> frozenset[Change]:
    """What a side may change of a task.

    The side that gave it may change everything; the side that has to do it hands it to another of its own people and
    may promise an earlier day. What lies before the other side as a part of a plan changes not at all, and of what both
    agreed to neither its words nor its side: the other side grants a later day, whoever gave the task.
    """
    if task.is_done or task.plan is Plan.PROPOSED:
        return frozenset()
    if task.plan is Plan.AGREED:
        return _OF_ITS_SIDE if by is task.side else _GRANTED
    if by is task.given_by:
        return _EVERYTHING
    return _OF_ITS_SIDE if by is task.side else frozenset()


def demand_change(task: Task, *, by: Side, to: Task, today: date) -> None:
    """Asks whether a side may change an open task to what it is to be then.

    Raises:
        Refused: it is done, the day is over, or the side may not change that much of it.
    """
    _require_open(task, "changed")
    if to.due_on != task.due_on and to.due_on < today:
        raise Refused("This day is over; choose one to come.")
    if too_much := _changes(task, to) - changeable(task, by=by):
        raise Refused(_why_not_planned(task, by) if task.plan else _why_not(task, by, too_much))


def may_withdraw(task: Task, *, by: Side) -> bool:
    """Whether a side may take a task back, with a reason."""
    return is_allowed(lambda: demand_withdrawal(task, by=by, reason="words"))


def demand_withdrawal(task: Task, *, by: Side, reason: str) -> None:
    """Asks whether a side may take back a task: the one that gave it, as long as it is open and of no plan.

    Raises:
        Refused: it is done, the other side gave it, it belongs to a plan, or there is no reason.
    """
    _require_open(task, "taken back")
    if by is not task.given_by:
        raise Refused(f"The {task.given_by} gave the task, and only the {task.given_by} can take it back: ask them to.")
    if task.plan:
        raise Refused(
            "The task belongs to a plan that both sides have seen, and nobody takes a part of that back alone: have a "
            "plan that is not agreed yet sent back and propose it anew, or say in a comment why it is not needed."
        )
    if not reason.strip():
        raise Refused("Nothing was written, but whoever has to do it has to know: write why it is not needed.")


def _changes(task: Task, to: Task) -> AbstractSet[Change]:
    is_other = {
        Change.WORDS: to.what != task.what,
        Change.SIDE: to.side is not task.side,
        Change.OWNER: to.owner != task.owner,
        Change.EARLIER: to.due_on < task.due_on,
        Change.LATER: to.due_on > task.due_on,
    }
    return {change for change, is_so in is_other.items() if is_so}


def _why_not_planned(task: Task, by: Side) -> str:
    """Why a side may not change that much of a task of a plan."""
    if task.plan is Plan.PROPOSED:
        return (
            "The task belongs to a plan that lies before the other side, and what is read there stays: wait until that "
            "side has accepted the plan or sent it back."
        )
    if by is task.side:
        return (
            f"Both sides agreed to the plan with this task, and the {by} can only hand it to another of its own people "
            f"or promise an earlier day: ask the {by.other} for a later one, and give a new task for what is more."
        )
    return (
        f"Both sides agreed to the plan with this task of the {task.side}, and the {by} can only grant a later day: "
        "say in a comment on the issue what should be otherwise."
    )


def _why_not(task: Task, by: Side, too_much: AbstractSet[Change]) -> str:
    """Why a side may not change that much of a task of no plan, which the other side gave."""
    if by is not task.side:
        return f"The task is the {task.side}'s own, and only the {task.side} can change it: say it in a comment."
    if Change.LATER in too_much:
        return (
            f"The {task.given_by} gave the task, and only the {task.given_by} can grant a later day: ask them to, or "
            "choose an earlier one."
        )
    return (
        f"The {task.given_by} gave the task, and only the {task.given_by} can say it in other words or give it to "
        "another side: ask them to, or hand it to one of your own people."
    )


def _require_open(task: Task, done: str) -> None:
    if task.is_done:
        raise Refused(f"The task is done, and only an open one can be {done}: give a new one if more is to be done.")
