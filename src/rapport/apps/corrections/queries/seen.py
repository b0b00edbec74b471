"""A corrective action as its page shows it: the tree of causes, and what the reader can do now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.queries.values import plain
from rapport.apps.corrections.models import Cause, Correction, InterimTarget
from rapport.apps.corrections.policy import may_change
from rapport.apps.corrections.queries.standing import Effect, effect_of, is_by_word, plan_tasks, rule_of
from rapport.apps.issues.models import Task
from rapport.apps.issues.policy import may_work
from rapport.apps.issues.queries.plans import with_changes
from rapport.domain import corrections
from rapport.domain.corrections import Part, State
from rapport.domain.issues import State as IssueState
from rapport.domain.roles import Side

P = TypeVar("P", Cause, InterimTarget)
STATE_WORDS = {
    State.OPEN: "not contained yet",
    State.CONTAINED: "contained; the cause is looked for",
    State.CAUSE_AGREED: "the cause is agreed; the plan is made",
    State.PLAN_AGREED: "the plan is agreed; nobody has begun",
    State.DOING: "being worked on",
    State.VERIFYING: "done; waits for its proof",
    State.CLOSED: "closed: it worked",
}
"""How far a corrective action has come, in words."""
_BEING_DONE = (State.PLAN_AGREED, State.DOING)
_ASKED = {
    State.OPEN: "Write how it is contained:",
    State.CONTAINED: "Find the cause and propose it:",
    State.CAUSE_AGREED: "Make a plan and propose it:",
    State.PLAN_AGREED: "Carry out the plan, then claim it done:",
    State.DOING: "Carry out the plan, then claim it done:",
    State.CLOSED: "Say that it is mended:",
}
"""What is asked of the side that works on it, and once it is closed, of the side that has to mend the issue."""
_TONES = {State.OPEN: "bad", State.VERIFYING: "info", State.CLOSED: "good"}
_ORDER = list(State)
_STEPS = (
    ("wrong", "What is wrong"),
    ("contained", "Contained"),
    ("why", "Why it happened"),
    ("plan", "What will be done"),
    ("proof", "Whether it worked"),
    ("closed", "Closed"),
)
_REACHED = {
    "wrong": State.OPEN, "contained": State.CONTAINED, "why": State.CAUSE_AGREED, "plan": State.VERIFYING,
    "proof": State.CLOSED, "closed": State.CLOSED,
}  # fmt: skip
"""The state from which on a step is behind both sides."""


@dataclass(frozen=True)
class Step:
    """One step of the work, in its order: done, under way, or still to come."""

    key: str
    name: str
    is_done: bool
    is_now: bool


@dataclass(frozen=True)
class Node:
    """A cause with what explains it in turn."""

    cause: Cause
    nodes: Sequence["Node"]


@dataclass(frozen=True)
class Aim:
    """An interim target with its number as a text."""

    target: InterimTarget
    text: str


@dataclass(frozen=True)
class Round:
    """An earlier round: what was thought to be the cause, and what was aimed at."""

    number: int
    causes: Sequence[Node]
    aims: Sequence[Aim]


@dataclass(frozen=True)
class Seen:
    """A corrective action as one reader sees it: as the rules see it, with its parts and what the reader can do."""

    correction: Correction
    rule: corrections.Correction
    causes: Sequence[Node]
    aims: Sequence[Aim]
    earlier: Sequence[Round]
    tasks: Sequence[Task]
    effect: Effect
    options: frozenset[str]
    reader: Side

    @property
    def words(self) -> str:
        """How far it has come."""
        return f"the {self.rule.proposed} is proposed" if self.rule.proposed else STATE_WORDS[self.rule.state]

    @property
    def tone(self) -> str:
        """How worrying that is."""
        return _TONES.get(self.rule.state, "warn")

    @property
    def waits_for(self) -> Side | None:
        """The side whose move it is."""
        open_for = {Side(task.side) for task in self.tasks if task.done_at is None}
        return corrections.waits_for(self.rule, open_for=open_for, proof=self.effect.shown)

    @property
    def is_ours(self) -> bool:
        """Whether it is the move of the reader's side."""
        return self.waits_for is self.reader

    @property
    def move(self) -> str:
        """What comes next, as the end of a sentence that begins with whose move it is."""
        return words_of(self.rule, self.waits_for, is_by_word=self.effect.is_by_word)

    @property
    def is_watched(self) -> bool:
        """Whether it is nobody's move yet, because figures to come show whether it worked."""
        return self.rule.state is State.VERIFYING and self.waits_for is None

    def has_cause(self, cause: int | None) -> bool:
        """Whether a cause is one of the round under way."""
        return cause in set(_within(self.causes))

    @property
    def steps(self) -> list[Step]:
        """The steps of the work in their order."""
        place = _ORDER.index(self.rule.state)
        done = [place >= _ORDER.index(_REACHED[key]) for key, _ in _STEPS]
        now = done.index(False) if False in done else None
        return [Step(key, name, done[at], at == now) for at, (key, name) in enumerate(_STEPS)]


def seen_correction(actor: Person, correction: Correction) -> Seen:
    """A corrective action with everything its page shows."""
    rule, effect = rule_of(correction), effect_of(correction)
    causes, aims = _by_round(correction.causes.all()), _by_round(correction.targets.all())
    rounds = {
        number: Round(number, tree(causes.get(number, ())), [_aim(one) for one in aims.get(number, ())])
        for number in sorted(causes.keys() | aims.keys() | {correction.round}, reverse=True)
    }
    here = rounds.pop(correction.round)
    return Seen(
        correction, rule, here.causes, here.aims, list(rounds.values()), with_changes(actor, plan_tasks(correction)),
        effect, options(actor, correction, rule, effect), actor.side,
    )  # fmt: skip


def words_of(rule: corrections.Correction, side: Side | None, *, is_by_word: bool) -> str:
    """What a side does next, as the end of a sentence; `is_by_word` says that no figures show whether it worked."""
    if rule.proposed is not None:
        return f"accept the {rule.proposed} or send it back"
    is_other = side is rule.responsible.other
    tick_off = "do its open tasks of the plan" if is_other else "tick off the tasks, then claim it done"
    return {
        State.OPEN: "write how it is contained",
        State.CONTAINED: "find the cause and propose it",
        State.CAUSE_AGREED: "make a plan and propose it",
        State.PLAN_AGREED: tick_off,
        State.DOING: tick_off,
        State.VERIFYING: "say whether it worked" if is_by_word else "close it now that its effect is shown",
        State.CLOSED: "go on with the issue",
    }[rule.state]


def asked_of(actor: Person, correction: Correction) -> tuple[str, str]:
    """What a corrective action that waits for the actor's side asks of it, before its title, and on which button.

    It takes no query, so that lists say it of many, but for the few that are done: what shows it is agreed on.
    """
    state = State(correction.state)
    responsible = correction.issue.responsible if state in corrections.FOLLOWING else correction.responsible
    is_ours = responsible == actor.side
    if correction.proposed and not is_ours:
        part = correction.proposed
        return f"Accept the {part} or send it back:", f"Read the {part}"
    if state is State.VERIFYING:
        is_said = is_by_word(correction)
        what = "Say whether it worked:" if is_said else "Close the corrective action, its effect is shown:"
        return what, "Look at it"
    if state in _BEING_DONE and not is_ours:
        return "Do what the plan asks of your side:", "Open the plan"
    return _ASKED[state], "Open the corrective action"


def tree(causes: Iterable[Cause]) -> list[Node]:
    """Causes below what they explain."""
    below: dict[int | None, list[Cause]] = {}
    for cause in causes:
        below.setdefault(cause.parent_id, []).append(cause)

    def nodes(parent: int | None) -> list[Node]:
        return [Node(cause, nodes(cause.pk)) for cause in below.get(parent, ())]

    return nodes(None)


def options(actor: Person, correction: Correction, rule: corrections.Correction, effect: Effect) -> frozenset[str]:
    """What an actor can do with a corrective action now."""
    if not may_work(actor):
        return frozenset()
    issue = correction.issue
    found = set(
        corrections.possible(
            rule, by=actor.side, person=str(actor.pk), proof=effect.verdict, is_by_word=effect.is_by_word
        )
    )
    if actor.side is rule.responsible:
        found |= {"name_owner"} if rule.state is not State.CLOSED else set()
        found |= {"add_cause"} if may_change(rule, Part.CAUSE) else set()
        found |= {"set_measure", "add_target"} if "propose_plan" in found else set()
    if may_change(rule, Part.PLAN):
        found |= {"give_task"}
    if rule.state is State.CLOSED and issue.state == IssueState.LISTED:
        is_to_say = issue.responsible == actor.side and not correction.is_outdated
        found |= {"start"} | ({"resolve"} if is_to_say else set())
    return frozenset(found)


def _within(nodes: Sequence[Node]) -> Iterator[int]:
    for node in nodes:
        yield node.cause.pk
        yield from _within(node.nodes)


def _by_round(parts: Iterable[P]) -> dict[int, list[P]]:
    found: dict[int, list[P]] = {}
    for part in parts:
        found.setdefault(part.round, []).append(part)
    return found


def _aim(target: InterimTarget) -> Aim:
    return Aim(target, plain(target.value))
