"""The corrective action for an issue, from the gap to the proof: contain it, find the cause, plan, do, show the effect.

The responsible side works on it. The other side accepts the cause and the plan, and closes the action when the figures
show that it worked; when they show that it did not, the work begins anew.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rapport.domain.calendars import DAY, local_date
from rapport.domain.issues import Move
from rapport.domain.periods import PeriodKind, PeriodRule, longest_days, periods_between
from rapport.domain.refusals import Refused, is_allowed
from rapport.domain.roles import Side


class State(StrEnum):
    """How far a corrective action has come.

    `open`: the gap is known, and no more. `contained`: it does no further harm for now. `cause_agreed`: both sides see
    why it happened. `plan_agreed`: both sides see what will be done, by whom and by when. `doing`: the tasks are
    worked off. `verifying`: all is done, and the next periods must show the effect. `closed`: they did.
    """

    OPEN = "open"
    CONTAINED = "contained"
    CAUSE_AGREED = "cause_agreed"
    PLAN_AGREED = "plan_agreed"
    DOING = "doing"
    VERIFYING = "verifying"
    CLOSED = "closed"


class Part(StrEnum):
    """What the responsible side proposes and the other side accepts or sends back."""

    CAUSE = "cause"
    PLAN = "plan"


class Proof(StrEnum):
    """What the periods since an action was claimed done say about it: nothing yet, that it works, or that it failed."""

    PENDING = "pending"
    EFFECTIVE = "effective"
    FAILED = "failed"


TIME_FOR_A_WORD = timedelta(days=7)
"""How long the other side has to say whether work helped that no figures show: a week, with its five working days."""
FOLLOWING = (State.OPEN, State.CONTAINED, State.CAUSE_AGREED)
"""The states in which whoever takes the issue over takes its corrective action over as well."""
_WORKED_OFF = (State.PLAN_AGREED, State.DOING)
_WORKED_OUT_IN: Mapping[Part, State] = {Part.CAUSE: State.CONTAINED, Part.PLAN: State.CAUSE_AGREED}
_ACCEPTED: Mapping[Part, State] = {Part.CAUSE: State.CAUSE_AGREED, Part.PLAN: State.PLAN_AGREED}
_STANDING: Mapping[State, str] = {
    State.OPEN: "is open and not contained",
    State.CONTAINED: "is contained without an agreed cause",
    State.CAUSE_AGREED: "has an agreed cause and no agreed plan",
    State.PLAN_AGREED: "has an agreed plan that nobody has begun",
    State.DOING: "is being worked on",
    State.VERIFYING: "is done and waits for its proof",
    State.CLOSED: "is closed",
}
_WAY_ON: Mapping[State, str] = {
    State.OPEN: "have the {side} write how it is contained",
    State.CONTAINED: "have the {side} propose its cause",
    State.CAUSE_AGREED: "have the {side} propose a plan",
    State.PLAN_AGREED: "tick off the first task of the plan",
    State.DOING: "tick off its tasks, and have the {side} claim it done after the last",
    State.VERIFYING: "have the {side} close it when the next periods show its effect",
    State.CLOSED: "go on with the issue it belongs to",
}
_TURN: Mapping[Part, str] = {
    Part.CAUSE: "for one that is contained can a cause be proposed",
    Part.PLAN: "for one with an agreed cause can a plan be proposed",
}
_UNPROVEN: Mapping[Proof, str] = {
    Proof.PENDING: "The periods since do not show the effect of the corrective action yet",
    Proof.FAILED: "The periods since show that the corrective action did not work",
}
_AFTER: Mapping[Proof, str] = {
    Proof.PENDING: "wait for the next periods",
    Proof.FAILED: "begin a new round",
}


@dataclass(frozen=True)
class Correction:
    """A corrective action and how far it has come.

    `responsible` is the side that works on it, `owner` the id of the person who sees to it, empty while nobody does.
    `proposed` is the part that lies with the other side, and `returned` why that side sent it back the last time.
    `round` counts from 1 how often the work began.
    """

    state: State
    responsible: Side
    proposed: Part | None = None
    returned: str = ""
    round: int = 1
    owner: str = ""

    def __post_init__(self) -> None:
        if self.round < 1:
            raise ValueError(f"rounds are counted from 1, and this is {self.round}")
        if self.proposed is not None and self.state is not _WORKED_OUT_IN[self.proposed]:
            raise ValueError(f"no {self.proposed} can be proposed while the action is {self.state}")


def contain(correction: Correction, *, by: Side, how: str) -> Correction:
    """Says how the gap is kept from doing more harm until its cause is gone; if there is nothing to contain, why.

    Raises:
        Refused: it is contained already, the other side is responsible, or nothing is written.
    """
    _require(correction, State.OPEN, "an open one can be contained")
    _require_responsible(correction, by, "contain it")
    _require_words(how, by.other, "how it is contained, or why there is nothing to contain")
    return replace(correction, state=State.CONTAINED)


def propose(correction: Correction, *, by: Side, part: Part, gaps: Sequence[str]) -> Correction:
    """Lays the cause, and once that is agreed the plan, before the other side.

    `gaps` are sentences about what is missing, from `cause_gaps` or `plan_gaps`: nobody is asked to accept a guess. A
    plan also needs an owner.

    Raises:
        Refused: it is not the turn of this part, the other side is responsible, the part lies with the other side
            already, or there are gaps.
    """
    _require(correction, _WORKED_OUT_IN[part], _TURN[part])
    _require_responsible(correction, by, f"propose the {part}")
    if correction.proposed is not None:
        raise Refused(
            f"The {part} lies with the {by.other} already, and it is proposed again only when it comes back: wait for "
            "their answer."
        )
    if part is Part.PLAN and not correction.owner:
        gaps = ["Nobody is named as its owner.", *gaps]
    if gaps:
        listed = "; ".join(gap.rstrip(". ") for gap in gaps)
        raise Refused(
            f"The {part} has gaps ({listed}), and only a {part} without gaps can be proposed: fill them and propose it "
            "again."
        )
    return replace(correction, proposed=part, returned="")


def accept(correction: Correction, *, by: Side) -> Correction:
    """Agrees to the cause or the plan that the responsible side proposed.

    Raises:
        Refused: nothing is proposed, or one's own side proposed it.
    """
    part = _proposed(correction, by, "accept it")
    return replace(correction, state=_ACCEPTED[part], proposed=None)


def send_back(correction: Correction, *, by: Side, reason: str) -> Correction:
    """Returns the proposed cause or plan, with what has to be better.

    Raises:
        Refused: nothing is proposed, one's own side proposed it, or there is no reason.
    """
    part = _proposed(correction, by, "send it back")
    _require_words(reason, by.other, f"what the {part} lacks")
    return replace(correction, proposed=None, returned=reason)


def begin(correction: Correction) -> Correction:
    """Starts the work with the first task that is ticked off, whichever side's; every later one changes nothing.

    Raises:
        Refused: the plan is not agreed, or the work is claimed done.
    """
    if correction.state is State.DOING:
        return correction
    _require(correction, State.PLAN_AGREED, "one with an agreed plan can be begun")
    return replace(correction, state=State.DOING)


def claim(correction: Correction, *, by: Side, open_tasks: int) -> Correction:
    """Says that everything in the plan is done, so that the next periods can show the effect.

    Raises:
        Refused: it is not being worked on, the other side is responsible, or tasks are open.
    """
    _require(correction, State.DOING, "one that is being worked on can be claimed done")
    _require_responsible(correction, by, "claim it done")
    if open_tasks:
        many = "One task of the plan is" if open_tasks == 1 else f"{open_tasks} tasks of the plan are"
        raise Refused(
            f"{many} still open, and it can be claimed done only after the last: have every task ticked off first."
        )
    return replace(correction, state=State.VERIFYING)


def close(correction: Correction, *, by: Side, person: str, proof: Proof) -> Correction:
    """Ends a corrective action that has proved to work; whoever did the work does not judge it.

    Raises:
        Refused: it does not wait for its proof, one's own side is responsible, that person owns it, or the periods
            have not shown the effect.
    """
    _require(correction, State.VERIFYING, "one that waits for its proof can be closed")
    if by is correction.responsible:
        raise Refused(
            f"The {by} is responsible for the corrective action, and only the {by.other} can close it: ask them to."
        )
    if person == correction.owner:
        raise Refused(
            f"You own this corrective action, and only somebody else can close it: ask a colleague of the {by} to."
        )
    if proof is not Proof.EFFECTIVE:
        raise Refused(f"{_UNPROVEN[proof]}, and only one that has proved to work can be closed: {_AFTER[proof]}.")
    return replace(correction, state=State.CLOSED)


def fail(correction: Correction, *, by: Side, reason: str, is_by_word: bool) -> Correction:
    """Says that the work did not help, where no figures can show it; `is_by_word` says that none can.

    Raises:
        Refused: its work is not done or it is closed, one's own side did the work, a KPI shows whether it worked, or
            there is no reason.
    """
    _require(correction, State.VERIFYING, "one that waits for its proof can fail")
    if by is correction.responsible:
        raise Refused(f"The {by} did the work, and only the {by.other} says whether it worked: ask them.")
    if not is_by_word:
        raise Refused("A KPI shows whether it worked, and it begins anew by itself when that misses: wait for it.")
    _require_words(reason, by.other, "where the gap shows again")
    return begin_anew(correction)


def begin_anew(correction: Correction) -> Correction:
    """Begins a new round because the gap showed again: containment, cause and plan are worked on anew.

    Raises:
        Refused: its work is not done yet, so that it had nothing to prove.
    """
    if correction.state is not State.CLOSED:
        _require(correction, State.VERIFYING, "one whose work is done can begin anew")
    return replace(correction, state=State.OPEN, round=correction.round + 1)


def possible(correction: Correction, *, by: Side, person: str, proof: Proof, is_by_word: bool) -> frozenset[str]:
    """The steps somebody of a side can take now, gaps and open tasks aside: those are told to who tries.

    `proof` is what the periods say, and `is_by_word` whether no figures can, so that a word does.
    """
    shown = Proof.EFFECTIVE if is_by_word else proof
    attempts: Mapping[str, Callable[[], object]] = {
        "contain": lambda: contain(correction, by=by, how="words"),
        "propose_cause": lambda: propose(correction, by=by, part=Part.CAUSE, gaps=()),
        "propose_plan": lambda: propose(replace(correction, owner=person), by=by, part=Part.PLAN, gaps=()),
        "accept": lambda: accept(correction, by=by),
        "send_back": lambda: send_back(correction, by=by, reason="words"),
        "claim": lambda: claim(correction, by=by, open_tasks=0),
        "close": lambda: close(correction, by=by, person=person, proof=shown),
        "fail": lambda: fail(correction, by=by, reason="words", is_by_word=is_by_word),
    }
    return frozenset(step for step, attempt in attempts.items() if is_allowed(attempt))


def waits_for(correction: Correction, *, open_for: Collection[Side] = (), proof: Proof = Proof.PENDING) -> Side | None:
    """The side whose move it is; None once it is closed, and while nobody can say yet whether it worked.

    The responsible side works it out and does it, and the other side answers what is proposed and closes it.
    `open_for` are the sides with open tasks of the plan: where only the other side has any, the plan waits for that
    side. `proof` is what the periods say; where none can, it is for the other side's word from the beginning, as if
    they had shown the effect.
    """
    if correction.state is State.CLOSED:
        return None
    if correction.state is State.VERIFYING:
        return correction.responsible.other if proof is Proof.EFFECTIVE else None
    is_for_them = correction.state in _WORKED_OFF and set(open_for) == {correction.responsible.other}
    is_theirs = correction.proposed is not None or is_for_them
    return correction.responsible.other if is_theirs else correction.responsible


def move_of(correction: Correction, *, open_for: Collection[Side] = (), proof: Proof = Proof.PENDING) -> Move:
    """The same as the issue keeps it, so that it stays true when the other side takes the issue over.

    Until the plan is agreed such a side has the corrective action as well; once it is closed, the issue is to be
    resolved.
    """
    if correction.state is State.CLOSED:
        return Move.RESPONSIBLE
    side = waits_for(correction, open_for=open_for, proof=proof)
    if side is None:
        return Move.NOBODY
    return Move.RESPONSIBLE if side is correction.responsible and correction.state in FOLLOWING else Move(side.value)


@dataclass(frozen=True)
class Cause:
    """One answer to "why?", with what shows that it is so; `parent` is the cause or symptom it explains.

    A cause without a parent answers why the gap itself arose. Several with the same parent are branches.
    """

    id: int
    parent: int | None
    text: str
    evidence: str


def cause_gaps(causes: Sequence[Cause]) -> list[str]:
    """What is missing before causes can be proposed, as sentences; none if they explain the gap.

    There must be a chain of two "why" at least, as a single one only tells the symptom again, and every chain must end
    in something that evidence shows.

    Raises:
        Refused: a cause explains itself by way of others, or one that is not there.
    """
    if not causes:
        return ["No cause is named."]
    gaps = ["A cause has no words."] if any(not cause.text.strip() for cause in causes) else []
    explained = {cause.parent for cause in causes}
    ends = [cause for cause in causes if cause.id not in explained]
    if max(_depths(causes)) < 2:
        gaps.append('"Why?" was asked only once, which names no more than a symptom.')
    gaps.extend(f'Nothing shows that "{end.text}" is so.' for end in ends if not end.evidence.strip())
    return gaps


@dataclass(frozen=True)
class Task:
    """One thing to be done in a plan: by which side, by whom (id, empty while nobody) and by when."""

    text: str
    side: Side
    owner: str
    due_on: date | None


def plan_gaps(tasks: Sequence[Task], *, responsible: Side) -> list[str]:
    """What is missing before a plan can be proposed, as sentences; none if it can be followed.

    How its effect is seen need not be said: the KPI that the issue is about shows it unless another one is named.
    """
    gaps = [] if tasks else ["No task is planned."]
    if tasks and all(task.side is not responsible for task in tasks):
        gaps.append(f"The {responsible} is responsible and has no task.")
    gaps.extend(f'"{task.text}" has no owner.' for task in tasks if not task.owner)
    gaps.extend(f'"{task.text}" has no day by which it is done.' for task in tasks if task.due_on is None)
    return gaps


def proved_on(claimed_at: int, rule: PeriodRule, *, needed: int, settling_days: int) -> date:
    """The earliest day on which figures can show that work claimed done at a moment (UTC seconds) has helped.

    The needed periods begin after the claim; some days after the last of them both sides have settled its figures.
    """
    months = rule.months if rule.kind is PeriodKind.ROLLING else 0
    until = claimed_at + (needed + months + 1) * longest_days(rule.kind) * DAY
    later = [period for period in periods_between(rule, claimed_at, until) if period.start >= claimed_at]
    return local_date(ZoneInfo(rule.zone), later[needed - 1].end - 1) + timedelta(days=settling_days)


def proof_of(periods: Sequence[bool | None], needed: int) -> Proof:
    """What the complete periods since the claim show, in their order: True met, False missed, None without data.

    The first miss is a failure, even after enough met periods; a period without data counts neither way. `needed` is
    how many must be met, 1 or more.

    Raises:
        ValueError: fewer than one period is needed.
    """
    if needed < 1:
        raise ValueError(f"a proof takes 1 period or more, not {needed}")
    if False in periods:
        return Proof.FAILED
    return Proof.EFFECTIVE if periods.count(True) >= needed else Proof.PENDING


def plan_standing(*, is_failing: bool, has_plan: bool) -> str:
    """How a KPI stands with regard to a plan that mends it: what is failing without one needs somebody first."""
    if has_plan:
        return "failing in a plan" if is_failing else "in a plan"
    return "failing" if is_failing else "on target"


def _depths(causes: Sequence[Cause]) -> list[int]:
    """How many "why" lead to each cause, itself included."""
    parents = {cause.id: cause.parent for cause in causes}
    return [_depth(cause, parents) for cause in causes]


def _depth(cause: Cause, parents: Mapping[int, int | None]) -> int:
    depth, parent = 1, cause.parent
    while parent is not None:
        if parent not in parents:
            raise Refused(
                f'"{cause.text}" explains a cause that is not there, and a chain has to lead to the gap: put it under '
                "one of the causes that are."
            )
        if depth == len(parents):
            raise Refused(
                f'"{cause.text}" explains itself by way of other causes, and a chain has to lead to the gap: put one '
                "of them under another cause, or under none."
            )
        depth, parent = depth + 1, parents[parent]
    return depth


def _proposed(correction: Correction, by: Side, act: str) -> Part:
    """The part that waits for an answer, which only the side that did not propose it can give."""
    if correction.proposed is None:
        raise Refused(
            f"The corrective action {_STANDING[correction.state]}, and neither a cause nor a plan is proposed: "
            f"{_way_on(correction)}."
        )
    if by is correction.responsible:
        raise Refused(
            f"The {by} proposed the {correction.proposed}, and only the {by.other} can {act}: wait for their answer."
        )
    return correction.proposed


def _way_on(correction: Correction) -> str:
    side = waits_for(correction, proof=Proof.EFFECTIVE)
    if correction.proposed is not None:
        return f"have the {side} accept the {correction.proposed} or send it back"
    return _WAY_ON[correction.state].format(side=side)


def _require(correction: Correction, state: State, expected: str) -> None:
    if correction.state is not state:
        raise Refused(
            f"The corrective action {_STANDING[correction.state]}, and only {expected}: {_way_on(correction)}."
        )


def _require_responsible(correction: Correction, by: Side, act: str) -> None:
    if by is not correction.responsible:
        raise Refused(
            f"The {correction.responsible} is responsible for the corrective action, and only the "
            f"{correction.responsible} can {act}: ask them to."
        )


def _require_words(words: str, reader: Side, expected: str) -> None:
    if not words.strip():
        raise Refused(f"Nothing was written, but the {reader} has to know: write {expected}.")
