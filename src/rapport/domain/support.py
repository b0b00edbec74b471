"""What one side promises to give the other, such as training, people or access, and whether it was given in time."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

READING_DAYS = 14
"""How many calendar days the receiving side has to say that something was not given; then it stands as given."""
LONGEST_DAYS = 730
"""How many days ahead something can be promised at most."""


class Kind(StrEnum):
    """What is given."""

    TRAINING = "training"
    RESOURCES = "resources"
    ACCESS = "access"
    HELP = "help"


class Standing(StrEnum):
    """How a promise stands on a day.

    `owed`: there is time. `late`: its day is over and it was not kept. `kept`: it was, in time. `kept_late`: it was,
    after its day.
    """

    OWED = "owed"
    LATE = "late"
    KEPT = "kept"
    KEPT_LATE = "kept_late"


@dataclass(frozen=True)
class Promise:
    """Something a side gives the other by a day; `proposed_on` is another day it has asked for.

    `returned` is why the other side says that it was not given after all.
    """

    by: Side
    due_on: date
    kept_on: date | None = None
    proposed_on: date | None = None
    returned: str = ""


def promise(*, by: Side, due_on: date, on: date) -> Promise:
    """A promise that is made on a day.

    Raises:
        Refused: its day is over, or too far away.
    """
    if due_on < on:
        raise Refused(f"{due_on} is over, and nothing can be given by then; choose a day to come.")
    _demand_near(due_on, on)
    return Promise(by, due_on)


def standing(this: Promise, today: date) -> Standing:
    """How a promise stands on a day."""
    if this.kept_on:
        return Standing.KEPT if this.kept_on <= this.due_on else Standing.KEPT_LATE
    return Standing.LATE if today > this.due_on else Standing.OWED


def keep(this: Promise, *, by: Side, on: date, note: str) -> Promise:
    """The promise kept by the side that made it, with words by which the other finds it so.

    Raises:
        Refused: the other side made it, it is kept already, or nothing is said of how it was given.
    """
    _demand_open(this)
    _demand_giver(this, by, "says that it was given")
    if not note.strip():
        raise Refused("Nothing is said of how it was given; say when, to whom, and where that can be seen.")
    return replace(this, kept_on=on, proposed_on=None, returned="")


def send_back(this: Promise, *, by: Side, on: date, reason: str) -> Promise:
    """The promise owed again, because the receiving side says that it was not given, and what is missing.

    Raises:
        Refused: it is not said to be given, that side made it, the days to say so are over, or no reason is given.
    """
    if this.kept_on is None:
        raise Refused(f"Nobody says that it was given; it is owed until {this.due_on}, so wait for it.")
    if by is this.by:
        raise Refused(f"The {this.by} gave this, and the {this.by.other} says whether it came; wait for them.")
    if on > (last := this.kept_on + timedelta(days=READING_DAYS)):
        raise Refused(f"It could be sent back until {last} and stands as given now; raise an issue if it is missing.")
    if not reason.strip():
        raise Refused("The reason is empty, but the other side has to know what is missing; say it in a sentence.")
    return replace(this, kept_on=None, returned=reason.strip())


def ask_to_move(this: Promise, *, by: Side, to: date, on: date, reason: str) -> Promise:
    """The promise with another day that its maker asks for; the day that was agreed holds until it is granted.

    Raises:
        Refused: the other side made it, it is kept, the day is over, the same or too far, or no reason is given.
    """
    _demand_open(this)
    _demand_giver(this, by, "asks for another day")
    if to < on or to == this.due_on:
        raise Refused(f"{to} is {'over' if to < on else 'the day it has'}; choose another day to come.")
    _demand_near(to, on)
    if not reason.strip():
        raise Refused("The reason is empty, but the other side is to agree to the new day; say why in a sentence.")
    return replace(this, proposed_on=to)


def answer_move(this: Promise, *, by: Side, is_granted: bool, seen: date) -> Promise:
    """The promise after the receiving side has granted or declined another day; `seen` is the one it read.

    Raises:
        Refused: that side made it, no other day is asked for, or another one than was read.
    """
    _demand_open(this)
    if by is this.by:
        raise Refused(f"The {this.by} asked for another day, and the {this.by.other} answers; wait for them.")
    if this.proposed_on is None:
        raise Refused(f"No other day is asked for; {this.due_on} holds.")
    if this.proposed_on != seen:
        raise Refused(f"Another day is asked for by now, {this.proposed_on}; read it and answer again.")
    return replace(this, due_on=seen if is_granted else this.due_on, proposed_on=None)


def possible(this: Promise, side: Side, today: date) -> list[str]:
    """The steps a side can take with a promise on a day, the most likely first."""
    is_giver, is_open = side is this.by, this.kept_on is None
    is_fresh = this.kept_on is not None and today <= this.kept_on + timedelta(days=READING_DAYS)
    steps = [
        ("keep", is_giver and is_open),
        ("move", is_giver and is_open),
        ("grant", not is_giver and is_open and this.proposed_on is not None),
        ("decline", not is_giver and is_open and this.proposed_on is not None),
        ("back", not is_giver and is_fresh),
    ]
    return [step for step, can in steps if can]


def _demand_near(day: date, on: date) -> None:
    if (day - on).days > LONGEST_DAYS:
        raise Refused(f"{day} is more than {LONGEST_DAYS} days away; choose a nearer day; it can be moved.")


def _demand_open(this: Promise) -> None:
    if this.kept_on:
        raise Refused(f"It was given on {this.kept_on} already; nothing more has to be done.")


def _demand_giver(this: Promise, by: Side, does: str) -> None:
    if by is not this.by:
        raise Refused(f"The {this.by} gives this, and the {this.by} {does}; ask them.")
