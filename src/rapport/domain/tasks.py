"""Tasks of either side: who may say them in other words, move their day, hand them on, and take them back."""

from dataclasses import dataclass
from datetime import date

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


@dataclass(frozen=True)
class Task:
    """Something the people of `side` have to do until a day, given by somebody of `given_by`.

    `is_planned` says that it belongs to a plan that both sides agreed to, or that lies before the other side.
    """

    what: str
    side: Side
    due_on: date
    given_by: Side
    is_done: bool = False
    is_planned: bool = False


def demand_change(task: Task, *, by: Side, what: str, side: Side, due_on: date, today: date) -> None:
    """Asks whether a side may change an open task: what is to be done, whose it is, and by when.

    The side that gave it may change everything. The side that has to do it hands it to another of its own people, and
    may promise an earlier day; a later one is for the other side to grant, but for a task of a plan, whose end both
    sides see.

    Raises:
        Refused: it is done, the side neither gave it nor has to do it, or it asks for more than that.
    """
    _require_open(task, "changed")
    if due_on != task.due_on and due_on < today:
        raise Refused("This day is over; choose one to come.")
    if by is task.given_by:
        return
    if by is not task.side:
        raise Refused(
            f"The task is the {task.side}'s own, and only the {task.side} can change it: say it in a comment."
        )
    if what != task.what or side is not task.side:
        raise Refused(
            f"The {task.given_by} gave the task, and only the {task.given_by} can say it in other words or give it to "
            "another side: ask them to, or hand it to one of your own people."
        )
    if due_on > task.due_on and not task.is_planned:
        raise Refused(
            f"The {task.given_by} gave the task, and only the {task.given_by} can grant a later day: ask them to, or "
            "choose an earlier one."
        )


def demand_withdrawal(task: Task, *, by: Side, reason: str) -> None:
    """Asks whether a side may take back a task: the one that gave it, as long as it is open and of no plan.

    Raises:
        Refused: it is done, the other side gave it, it belongs to a plan, or there is no reason.
    """
    _require_open(task, "taken back")
    if by is not task.given_by:
        raise Refused(f"The {task.given_by} gave the task, and only the {task.given_by} can take it back: ask them to.")
    if task.is_planned:
        raise Refused(
            "The task belongs to a plan that both sides have seen, and nobody takes a part of that back alone: change "
            "what it says, or have a plan that is not agreed yet sent back and propose it anew."
        )
    if not reason.strip():
        raise Refused("Nothing was written, but whoever has to do it has to know: write why it is not needed.")


def _require_open(task: Task, done: str) -> None:
    if task.is_done:
        raise Refused(f"The task is done, and only an open one can be {done}: give a new one if more is to be done.")
