"""Rounds in which each side rates how working together went, sealed until both have spoken or the days are over.

Neither side learns what the other said before that: whoever spoke last would answer the other and not the questions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

LOWEST, HIGHEST = 1, 5
"""The ends of the scale."""
SHORTEST_DAYS = 2
"""The fewest days between the day a round is opened on and the last one on which a side can rate."""
LONGEST_DAYS = 60
"""The most."""
REMIND_DAYS = 3
"""How many days before the last one a side that is silent is reminded."""


class State(StrEnum):
    """How far a round has come.

    `open`: a side that has not rated still can. `revealed`: both have, and both see both. `one_silent`: the days are
    over and one side said nothing; what the other said is open. `both_silent`: neither said anything.
    """

    OPEN = "open"
    REVEALED = "revealed"
    ONE_SILENT = "one_silent"
    BOTH_SILENT = "both_silent"

    @property
    def is_over(self) -> bool:
        """Whether nobody can rate any more."""
        return self is not State.OPEN


@dataclass(frozen=True)
class Question:
    """A statement to agree with, from 1 to 5, and what the lowest, the middle and the highest number mean."""

    id: str
    name: str
    statement: str
    lowest: str
    middle: str
    highest: str


QUESTIONS = (
    Question(
        "communication", "Communication", "We hear in time, and plainly, what we need to know.",
        "We learn of it from others, or too late.", "We hear it when we ask.", "We hear it before we have to ask.",
    ),
    Question(
        "reliability", "Reliability", "What is promised is done.",
        "Promises are forgotten.", "Most are kept; some need a reminder.", "We plan on every promise.",
    ),
    Question(
        "responsiveness", "Responsiveness", "When we need something, somebody sees to it.",
        "We wait and chase.", "Somebody answers within the agreed time.", "Somebody answers, and mends it, at once.",
    ),
    Question(
        "cooperation", "People and cooperation", "The people we work with know their trade and work with us.",
        "We work against each other.", "It works where we know each other.", "We are one team.",
    ),
    Question(
        "fairness", "Fairness", "Gains, costs and blame are shared fairly.",
        "One side takes what it can.", "It is fair after a discussion.", "Each looks after the other's interest too.",
    ),
)  # fmt: skip
"""What is asked in a round unless the two sides ask something else."""


@dataclass(frozen=True)
class Answer:
    """How far a side agrees with a statement, and why, where it says so."""

    score: int
    note: str = ""


@dataclass(frozen=True)
class Round:
    """A round as the rules see it: the last day to rate, the sides that have, and how far it has come."""

    closes_on: date
    rated: frozenset[Side] = frozenset()
    state: State = State.OPEN


def open_round(*, on: date, closes_on: date) -> Round:
    """A round that nobody has rated in yet.

    Raises:
        Refused: there are too few days to rate, or too many.
    """
    days = (closes_on - on).days
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise Refused(
            f"The round would close in {days} days; choose a day at least {SHORTEST_DAYS} and at most {LONGEST_DAYS} "
            "days from now, so that both sides have time."
        )
    return Round(closes_on)


def seal(this: Round, *, by: Side, on: date, answers: Mapping[str, Answer], asked: frozenset[str]) -> Round:
    """The round in which a side has given its rating, or changed it; where both have, both are revealed.

    Raises:
        Refused: the round is over, or not every question is answered from 1 to 5.
    """
    if this.state.is_over:
        raise Refused("The round is over, and nobody can rate in it any more; open the next one.")
    if on > this.closes_on:
        raise Refused(f"The round closed on {this.closes_on}, and nobody can rate in it any more; open the next one.")
    if missing := asked - answers.keys():
        raise Refused(f"{len(missing)} of {len(asked)} questions have no answer; answer each of them.")
    if answers.keys() - asked:
        raise Refused("There is an answer to a question that is not asked; answer those of the round.")
    if not all(LOWEST <= one.score <= HIGHEST for one in answers.values()):
        raise Refused(f"An answer is a whole number from {LOWEST} to {HIGHEST}; choose one of them.")
    rated = this.rated | {by}
    return replace(this, rated=rated, state=State.REVEALED if rated == frozenset(Side) else State.OPEN)


def close(this: Round, *, on: date) -> Round:
    """The round ended because its last day is over; what one side said alone is open to both then.

    Raises:
        Refused: it is over already, or there is still time.
    """
    if this.state.is_over:
        raise Refused("The round is over already; nothing more has to be done.")
    if on <= this.closes_on:
        raise Refused(f"Both sides can rate until {this.closes_on}; wait until that day is over.")
    return replace(this, state=State.ONE_SILENT if this.rated else State.BOTH_SILENT)


def readable(this: Round, reader: Side) -> frozenset[Side]:
    """The sides whose ratings a side may read: its own, and the other's once the round is over."""
    return this.rated if this.state.is_over else this.rated & {reader}


def silent(this: Round) -> frozenset[Side]:
    """The sides that have not spoken."""
    return frozenset(Side) - this.rated


def mean(answers: Mapping[str, Answer]) -> Fraction:
    """What a side's answers come to, each question counting alike."""
    return Fraction(sum(one.score for one in answers.values()), len(answers))
