"""Whether both sides kept to the procedure of an escalation: who moved in time, and whether the right person did.

All moments are UTC seconds. A move is judged by `rapport.domain.escalations.is_in_time`: at its due time it is late.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction

from rapport.domain.escalations import is_in_time
from rapport.domain.roles import Side


@dataclass(frozen=True)
class Step:
    """One time that a level was asked, and what came of it.

    `expected` is whoever was to answer, as `who_answers` says; `named` is who stands in the ladder, where a deputy was
    expected instead. Both, and `answered_by`, are told apart as written. `left_at` is when the matter left the level:
    upward, downward or because it ended; None while it stands there.
    """

    entered_at: int
    due_at: int
    answered_at: int | None
    answered_by: str | None
    expected: str
    left_at: int | None
    named: str = ""

    def __post_init__(self) -> None:
        _check_record(self.entered_at, self.due_at, self.answered_at, self.answered_by)


@dataclass(frozen=True)
class Reaction:
    """One answer that the side which raised the matter owed a reaction: to accept, reject, put down or end.

    `due_at` is the first moment at which it is late; `expected` and `named` are people of that side, as in a step.
    `is_authorised` says of an acceptance whether whoever accepted stands on a level that may approve the amount at
    stake; None where nothing was approved.
    """

    answered_at: int
    due_at: int
    reacted_at: int | None
    reacted_by: str | None
    expected: str
    named: str = ""
    is_authorised: bool | None = None

    def __post_init__(self) -> None:
        _check_record(self.answered_at, self.due_at, self.reacted_at, self.reacted_by)


@dataclass(frozen=True)
class Conduct:
    """How often one side kept to the procedure when its move was asked for.

    `pending` are those not judged: time is still running, or the matter left before it had run out. `wrong_person`
    counts moves, in time or late, by somebody who was neither named nor the deputy; `beyond_limit` acceptances of an
    amount by somebody who stands on no level that may approve it; `kept` those in time by the right person.
    """

    in_time: int = 0
    late: int = 0
    unanswered: int = 0
    pending: int = 0
    wrong_person: int = 0
    kept: int = 0
    beyond_limit: int = 0

    @property
    def asked(self) -> int:
        """How many times it was this side's move."""
        return self.judged + self.pending

    @property
    def judged(self) -> int:
        """How many times it is known whether the side moved in time."""
        return self.in_time + self.late + self.unanswered

    @property
    def share_kept(self) -> Fraction | None:
        """The share of moves in time and by the right person; None when there is nothing to judge."""
        return Fraction(self.kept, self.judged) if self.judged else None

    def __add__(self, other: "Conduct") -> "Conduct":
        """The conduct over both, as for all escalations of an engagement."""
        return Conduct(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Conduct)))


@dataclass(frozen=True)
class Adherence:
    """How both sides kept to the procedure."""

    client: Conduct
    partner: Conduct

    def __add__(self, other: "Adherence") -> "Adherence":
        """Adherence over both, whichever side raised either."""
        return Adherence(self.client + other.client, self.partner + other.partner)


def adherence(steps: Iterable[Step], raised_by: Side, reactions: Iterable[Reaction], *, now: int) -> Adherence:
    """How both sides kept to the procedure in one escalation, the asked side by its answers, the other by reactions.

    What is not answered by `now` although its time is over counts as not answered, also at the top.
    """
    asked = _conduct([_answering(step, now) for step in steps])
    raiser = _conduct([_reacting(made, now) for made in reactions])
    return Adherence(asked, raiser) if raised_by is Side.PARTNER else Adherence(raiser, asked)


@dataclass(frozen=True)
class _Turn:
    """A move that a side owed; `open_until` is the last that is known of it while it was not made."""

    due_at: int
    done_at: int | None
    is_by_right_person: bool
    open_until: int
    is_beyond_limit: bool = False

    @property
    def is_in_time(self) -> bool:
        return self.done_at is not None and is_in_time(self.done_at, self.due_at)

    @property
    def is_missed(self) -> bool:
        return self.done_at is None and not is_in_time(self.open_until, self.due_at)


def _answering(step: Step, now: int) -> _Turn:
    is_right = step.answered_by in {step.expected, step.named or step.expected}
    return _Turn(step.due_at, step.answered_at, is_right, now if step.left_at is None else step.left_at)


def _reacting(reaction: Reaction, now: int) -> _Turn:
    is_right = reaction.reacted_by in {reaction.expected, reaction.named or reaction.expected}
    return _Turn(reaction.due_at, reaction.reacted_at, is_right, now, reaction.is_authorised is False)


def _conduct(turns: Sequence[_Turn]) -> Conduct:
    done = [turn for turn in turns if turn.done_at is not None]
    in_time = [turn for turn in done if turn.is_in_time]
    missed = sum(turn.is_missed for turn in turns)
    return Conduct(
        in_time=len(in_time),
        late=len(done) - len(in_time),
        unanswered=missed,
        pending=len(turns) - len(done) - missed,
        wrong_person=sum(not turn.is_by_right_person for turn in done),
        kept=sum(turn.is_by_right_person and not turn.is_beyond_limit for turn in in_time),
        beyond_limit=sum(turn.is_beyond_limit for turn in done),
    )


def _check_record(asked_at: int, due_at: int, done_at: int | None, done_by: str | None) -> None:
    if due_at <= asked_at:
        raise ValueError(f"a move is due after {asked_at}, when it is asked for, not at {due_at}")
    if (done_at is None) != (done_by is None):
        raise ValueError("a move that was made has a moment and a person, and one that was not has neither")
