"""How a matter climbs a ladder: one side asks, the other answers, and what is not answered in time climbs by itself.

All moments are UTC seconds. The time to answer is half-open, [entered_at, due_at): an answer at `due_at` itself is
late, and from that moment on the matter climbs.

An answered matter does not climb when the side that raised it owes a reaction: climbing would ask more of the side that
has answered, and ending it would make silence a consent. It stays, late, and so does what the executives leave
unanswered; no clock stops, and those who owe the move are told again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from rapport.domain.calendars import OpenTime
from rapport.domain.refusals import Refused, is_allowed
from rapport.domain.roles import Side

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Rung:
    """One level of a ladder: a person or a role on both sides, and how long they have to answer.

    `seconds` are open seconds of the plan's calendar. `approves` is the amount up to which the level may approve;
    nothing unless given.
    """

    name: str
    client: str
    partner: str
    seconds: int
    approves: Decimal | None = None

    def __post_init__(self) -> None:
        if not (self.client.strip() and self.partner.strip()):
            raise ValueError(f"the level {self.name!r} needs somebody on both sides")
        if self.seconds <= 0:
            raise ValueError(f"the level {self.name!r} needs some time to answer in, not {self.seconds} seconds")

    def person(self, side: Side) -> str:
        """Who stands on this level for one side."""
        return self.client if side is Side.CLIENT else self.partner


@dataclass(frozen=True)
class Ladder:
    """The levels of an escalation plan from the first on; the last are the executives, who approve any amount."""

    rungs: tuple[Rung, ...]

    def __post_init__(self) -> None:
        if len(self.rungs) < 2:
            raise ValueError(f"a ladder needs at least one level below the executives, not {len(self.rungs)} in all")

    @property
    def top(self) -> int:
        """The place of the last level, counted from 0."""
        return len(self.rungs) - 1


def ladder_of(levels: Iterable[tuple[str, str, str, int, Decimal | None]], *, client: str, partner: str) -> Ladder:
    """A ladder from levels as (name, client, partner, seconds, approves), below the executives of both sides.

    Nothing climbs past the executives and a plan gives them no time, but an answer is owed by them too: they have as
    long as the level below.
    """
    rungs = tuple(Rung(*level) for level in levels)
    executives = Rung("Executives", client, partner, rungs[-1].seconds) if rungs else None
    return Ladder((*rungs, executives) if executives else ())


def first_level(ladder: Ladder, amount: Decimal | None) -> int:
    """The level on which a matter enters: the first that may approve the amount, the first of all without one.

    Where no level may, the executives are asked.
    """
    if amount is not None and amount < 0:
        raise ValueError(f"an amount to approve is 0 or more, not {amount}")
    return next(level for level in range(ladder.top + 1) if may_approve(ladder, level, amount))


def may_approve(ladder: Ladder, level: int, amount: Decimal | None) -> bool:
    """Whether a level may approve an amount; without one there is nothing to approve."""
    return level == ladder.top or (ladder.rungs[level].approves or _NOTHING) >= (amount or _NOTHING)


class State(StrEnum):
    """How far an escalation has come.

    `waiting`: its level owes an answer. `answered`: the side that raised it has to accept or reject the answer.
    `ended`: that side accepted an answer or withdrew; nothing about it changes any more.
    """

    WAITING = "waiting"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(frozen=True)
class Escalation:
    """A matter on its way up the ladder; the side that did not raise it is asked.

    `level` counts from 0, and `reason` says why it stands there: why it was raised or put down, or why the level below
    did not settle it. `due_at` is the first moment at which an answer is late. `answer` and `answered_at` are those of
    this level, and `ended_because` is empty until it has ended. `amount` is what there is to approve, if anything.
    """

    ladder: Ladder
    raised_by: Side
    level: int
    entered_at: int
    due_at: int
    state: State
    reason: str
    answer: str = ""
    ended_because: str = ""
    answered_at: int | None = None
    amount: Decimal | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.level <= self.ladder.top:
            raise ValueError(f"there is no level {self.level}; the ladder has those from 0 to {self.ladder.top}")
        if self.due_at <= self.entered_at:
            raise ValueError(f"an answer is due after {self.entered_at}, when the level is asked, not at {self.due_at}")

    @property
    def asked(self) -> Side:
        """The side that owes the answers."""
        return self.raised_by.other

    @property
    def rung(self) -> Rung:
        """The level it stands on."""
        return self.ladder.rungs[self.level]

    @property
    def next_level(self) -> int:
        """The level it goes to when an answer is rejected or missing; from the executives on there is none above."""
        return min(self.level + 1, self.ladder.top)


def waits_for(escalation: Escalation) -> Side | None:
    """The side whose move it is; nobody's once it has ended."""
    owing = {State.WAITING: escalation.asked, State.ANSWERED: escalation.raised_by}
    return owing.get(escalation.state)


def is_in_time(answered_at: int, due_at: int) -> bool:
    """Whether an answer came in time; at `due_at` itself it is late, as the matter climbs from then on."""
    return answered_at < due_at


def is_late(escalation: Escalation, now: int) -> bool:
    """Whether the level still owes its answer although its time is over."""
    return escalation.state is State.WAITING and not is_in_time(now, escalation.due_at)


def start(
    ladder: Ladder, *, by: Side, reason: str, at: int, due_at: int, level: int = 0, amount: Decimal | None = None
) -> Escalation:
    """Asks the other side's person on a level, the one that `first_level` finds for the amount at stake.

    Raises:
        Refused: no reason is given.
    """
    raised = Escalation(ladder, by, level, at, due_at, State.WAITING, reason, amount=amount)
    _check_words(raised, "reason", reason)
    return raised


def answer(escalation: Escalation, *, by: Side, text: str, at: int) -> Escalation:
    """The answer of the asked side, which also counts when it is late, as long as the matter has not climbed.

    It leaves the due time as it is: an answer that only disputes the matter wins no time, and rejected it climbs.

    Raises:
        Refused: it has ended, is answered already, the other side is asked, or the answer is empty.
    """
    _check_asked(escalation, by)
    _check_words(escalation, "answer", text)
    _check_moment(escalation, at)
    return replace(escalation, state=State.ANSWERED, answer=text, answered_at=at)


def accept(escalation: Escalation, *, by: Side) -> Escalation:
    """Ends the escalation with the answer that was given; without one there is nothing to accept.

    Raises:
        Refused: it has ended, is not answered, the other side raised it, or the level may not approve the amount.
    """
    _check_answered(escalation, by)
    _check_amount(escalation)
    because = f"The {by} accepted the {by.other}'s answer on the level {escalation.rung.name}."
    return replace(escalation, state=State.ENDED, ended_because=because)


def reject(escalation: Escalation, *, by: Side, reason: str, at: int, due_at: int) -> Escalation:
    """Asks the next level because the answer does not settle the matter; the executives are asked anew.

    Raises:
        Refused: it has ended, is not answered, the other side raised it, or no reason is given.
    """
    _check_answered(escalation, by)
    _check_words(escalation, "reason", reason)
    return _asking(escalation, escalation.next_level, reason, at, due_at)


def climb(escalation: Escalation, *, at: int, due_at: int) -> Escalation:
    """Asks the next level because this one did not answer in time. Silence approves nothing.

    At the executives' it climbs no further: it waits for their answer, late.

    Raises:
        Refused: it has ended, is answered, the level still has time, or it is at the top.
    """
    _check_unfinished(escalation)
    if escalation.state is State.ANSWERED:
        raise _refusal(
            escalation, "the level has answered, so it does not climb by itself; accept or reject the answer"
        )
    if not is_late(escalation, at):
        raise _refusal(escalation, "the level still has time to answer; let it climb when that has run out")
    if escalation.level == escalation.ladder.top:
        raise _refusal(escalation, "it has come to the last level and can climb no further; wait for the answer")
    reason = f"The {escalation.asked} did not answer in time on the level {escalation.rung.name}."
    return _asking(escalation, escalation.next_level, reason, at, due_at)


def step_down(escalation: Escalation, *, by: Side, reason: str, at: int, due_at: int) -> Escalation:
    """De-escalates: the side that raised the matter puts it one level lower, answered or not, to be settled there.

    Raises:
        Refused: it has ended, the other side raised it, it is on the first level, or no reason is given.
    """
    _check_raiser(escalation, by, "put it on a lower level")
    _check_words(escalation, "reason", reason)
    if escalation.level == 0:
        raise _refusal(escalation, "this is the first level and none is below it; end the escalation instead")
    return _asking(escalation, escalation.level - 1, reason, at, due_at)


def end(escalation: Escalation, *, by: Side, reason: str) -> Escalation:
    """Withdraws the escalation, for instance because the matter is settled elsewhere.

    Raises:
        Refused: it has ended already, the other side raised it, or no reason is given.
    """
    _check_raiser(escalation, by, "end it")
    _check_words(escalation, "reason", reason)
    return replace(escalation, state=State.ENDED, ended_because=reason)


def possible(escalation: Escalation, by: Side) -> frozenset[str]:
    """The steps that a side can take now, by name: those that would not be refused with all that they need."""
    at = escalation.entered_at if escalation.answered_at is None else escalation.answered_at
    tries: dict[str, Callable[[], Escalation]] = {
        "answer": lambda: answer(escalation, by=by, text="x", at=at),
        "accept": lambda: accept(escalation, by=by),
        "reject": lambda: reject(escalation, by=by, reason="x", at=at, due_at=at + 1),
        "step_down": lambda: step_down(escalation, by=by, reason="x", at=at, due_at=at + 1),
        "end": lambda: end(escalation, by=by, reason="x"),
    }
    return frozenset(name for name, step in tries.items() if is_allowed(step))


def due_after(open_time: OpenTime, at: int, seconds: int) -> int:
    """The first moment at which an answer to what was asked at `at` is late, after that many open seconds.

    What is asked in closed time begins to count at the next opening. Time that ends with the hours ends at closing.

    Raises:
        ValueError: there is no time at all, or its end lies beyond the compiled span.
    """
    if seconds <= 0:
        raise ValueError(f"an answer takes some time, not {seconds} seconds")
    return open_time.add(at, seconds)


def time_left(open_time: OpenTime, now: int, due_at: int) -> int:
    """The open seconds left to answer in, negative when late; 0 from `due_at` on while the calendar stays closed."""
    return open_time.until(due_at) - open_time.until(now)


def _asking(escalation: Escalation, level: int, reason: str, at: int, due_at: int) -> Escalation:
    """The escalation with a level asked anew."""
    _check_moment(escalation, at)
    return replace(
        escalation, level=level, entered_at=at, due_at=due_at, state=State.WAITING, reason=reason, answer="",
        answered_at=None,
    )  # fmt: skip


def _check_unfinished(escalation: Escalation) -> None:
    if escalation.state is State.ENDED:
        raise _refusal(escalation, "the escalation has ended and stays as it is; raise another one if need be")


def _check_asked(escalation: Escalation, by: Side) -> None:
    _check_unfinished(escalation)
    asked = escalation.asked
    if by is not asked:
        raise _refusal(escalation, f"the {asked} is asked and only the {asked} can answer; wait until it does")
    if escalation.state is State.ANSWERED:
        raise _refusal(escalation, f"there is an answer already; wait until the {by.other} accepts or rejects it")


def _check_raiser(escalation: Escalation, by: Side, act: str) -> None:
    _check_unfinished(escalation)
    if by is not escalation.raised_by:
        raiser = escalation.raised_by
        raise _refusal(escalation, f"the {raiser} raised the matter and only the {raiser} can {act}; ask them to")


def _check_answered(escalation: Escalation, by: Side) -> None:
    _check_raiser(escalation, by, "accept or reject an answer")
    if escalation.state is State.WAITING:
        raise _refusal(escalation, "there is no answer to accept or reject; wait for one, or end the escalation")


def _check_amount(escalation: Escalation) -> None:
    if not may_approve(escalation.ladder, escalation.level, escalation.amount):
        limit = f"{escalation.rung.approves:,f}" if escalation.rung.approves else "nothing"
        raise _refusal(
            escalation,
            f"the level may approve {limit}, and {escalation.amount:,f} is at stake; "
            "reject the answer, so that the next level is asked",
        )


def _check_words(escalation: Escalation, what: str, text: str) -> None:
    if not text.strip():
        raise _refusal(escalation, f"the {what} is empty, but the other side must learn it; write a sentence")


def _check_moment(escalation: Escalation, at: int) -> None:
    """Two people at once may come in another order than their clocks; what comes second has not seen the first."""
    last_at = escalation.entered_at if escalation.answered_at is None else escalation.answered_at
    if at < last_at:
        raise _refusal(escalation, "the escalation has changed meanwhile; open it again, read it and go on from there")


def _refusal(escalation: Escalation, sentence: str) -> Refused:
    return Refused(f"{escalation.rung.name}: {sentence}.")
