"""The ladder as one reader sees it: who stands where, what was asked and answered, and whose move it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.apps.accounts.models import Person
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.escalations.policy import may_act, may_climb
from rapport.apps.escalations.queries.lists import open_step, rule_of
from rapport.apps.escalations.queries.people import Directory, directory
from rapport.apps.escalations.queries.plans import Plan, thawed
from rapport.domain import escalations
from rapport.domain.durations import format_duration
from rapport.domain.escalations import Rung, State
from rapport.domain.roles import Side


@dataclass(frozen=True)
class Post:
    """Who stands on a rung for one side: the words of the plan, and the person they mean.

    `stands_in_for` names whoever is away; only their own side is told that, so the other reads no words then.
    `is_owner` says that nobody who can act is called as the plan has it, so that the owner of the engagement is asked.
    """

    side: Side
    words: str
    person: str
    stands_in_for: str = ""
    is_owner: bool = False


@dataclass(frozen=True)
class RungShown:
    """One level of the ladder: its people, what it may do, and each time it was asked."""

    place: int
    name: str
    posts: Sequence[Post]
    allowed: str
    is_top: bool
    is_current: bool
    steps: Sequence[Step]


@dataclass(frozen=True)
class Left:
    """The working time that is left, of all that was given, in seconds and in words."""

    seconds: int
    given: int
    words: str
    is_late: bool


@dataclass(frozen=True)
class Shown:
    """An escalation as one reader sees it.

    `ball` is the side whose move it is, since `since` and until `until`; nobody's once it has ended. `clock` is the end
    of that time as clocks show it where the plan's calendar is. `options` are the steps that the reader can take. It is
    held while the side responsible says that the issue is mended.
    """

    escalation: Escalation
    plan: Plan
    rungs: Sequence[RungShown]
    state: State
    ball: Side | None
    is_ours: bool
    since: datetime
    until: datetime | None
    clock: str
    left: Left | None
    options: frozenset[str]
    is_held: bool

    @property
    def rung(self) -> Rung:
        """The level it stands on."""
        return self.plan.ladder.rungs[self.escalation.level]

    @property
    def over_limit(self) -> str:
        """Why the reader's side cannot accept the answer on this level, and how it comes on; nothing where it can."""
        ladder, level, amount = self.plan.ladder, self.escalation.level, self.escalation.amount
        if "reject" not in self.options or amount is None or escalations.may_approve(ladder, level, amount):
            return ""
        currency, limit = self.plan.currency, self.rung.approves or 0
        return (
            f"This level may approve up to {currency} {limit:,f}, and {currency} {amount:,f} is at stake. "
            "Reject the answer, so that the next level is asked."
        )

    @property
    def step(self) -> Step:
        """The level that is asked now, or that was the last to be asked."""
        return open_step(self.escalation)


def shown(actor: Person, escalation: Escalation, now: datetime) -> Shown:
    """An escalation with its ladder, as an actor sees it at a moment."""
    plan, rule, step = thawed(escalation.ladder), rule_of(escalation), open_step(escalation)
    ball = escalations.waits_for(rule)
    until = {State.WAITING: escalation.due_at, State.ANSWERED: step.reaction_due_at}.get(rule.state)
    since = escalation.ended_at or escalation.answered_at or escalation.entered_at
    known = directory(escalation.issue.engagement, plan.local(now).date())
    return Shown(
        escalation=escalation,
        plan=plan,
        rungs=_rungs(actor, escalation, plan, known),
        state=rule.state,
        ball=ball,
        is_ours=ball is actor.side,
        since=since,
        until=until,
        clock=_clock(plan, until),
        left=_left(plan, escalation.level, until, now),
        options=options(actor, escalation),
        is_held=ball is not None and not may_climb(escalation.issue),
    )


def options(actor: Person, escalation: Escalation) -> frozenset[str]:
    """The steps that an actor can take with an escalation now."""
    return escalations.possible(rule_of(escalation), actor.side) if may_act(actor, escalation.issue) else frozenset()


def _rungs(actor: Person, escalation: Escalation, plan: Plan, known: Directory) -> list[RungShown]:
    """The levels, the executives first."""
    asked: dict[int, list[Step]] = {}
    for step in escalation.steps.all():
        asked.setdefault(step.level, []).append(step)
    is_open, top = State(escalation.state) is not State.ENDED, plan.ladder.top
    return [
        RungShown(
            place=place + 1,
            name=rung.name,
            posts=[_post(actor, rung, side, asked.get(place, ()), known) for side in Side],
            allowed=_allowed(plan, rung, is_top=place == top),
            is_top=place == top,
            is_current=is_open and place == escalation.level,
            steps=asked.get(place, ()),
        )
        for place, rung in reversed(list(enumerate(plan.ladder.rungs)))
    ]


def _post(actor: Person, rung: Rung, side: Side, asked: Sequence[Step], known: Directory) -> Post:
    """Who was asked the last time, else whom the words of the plan mean today."""
    words = rung.person(side)
    if not asked:
        named, is_owner = known.named(words, side)
        return Post(side, words, named.name if named else "", is_owner=is_owner)
    named, expected = asked[-1].named(side), asked[-1].expected(side)
    person = expected.name if expected else ""
    if named is None or named == expected:
        return Post(side, words, person, is_owner=asked[-1].is_owner(side))
    return Post(side, words, person, named.name) if actor.side is side else Post(side, "", person)


def _allowed(plan: Plan, rung: Rung, *, is_top: bool) -> str:
    hours = "" if plan.is_around_the_clock else " of working time"
    time = f"{format_duration(rung.seconds)}{hours} to answer"
    if is_top:
        return f"{time}. They decide any amount."
    if rung.approves is None:
        return f"{time}, then it climbs."
    return f"{time}, then it climbs. May approve up to {plan.currency} {rung.approves:,f}."


def _left(plan: Plan, level: int, until: datetime | None, now: datetime) -> Left | None:
    if until is None:
        return None
    given, seconds = plan.ladder.rungs[level].seconds, plan.seconds_left(until, now)
    hours = "" if plan.is_around_the_clock else " working time"
    if now >= until:
        over = f" by {format_duration(-seconds // 60 * 60)} of{hours or ' time'}" if seconds <= -60 else ""
        return Left(0, given, f"late{over}", is_late=True)
    return Left(seconds, given, f"{_rounded(seconds)} of {format_duration(given)}{hours} left", is_late=False)


def _rounded(seconds: int) -> str:
    """A length in whole minutes, as nobody waits for seconds."""
    return format_duration(seconds // 60 * 60) if seconds >= 60 else "less than a minute"


def _clock(plan: Plan, until: datetime | None) -> str:
    return f"{plan.local(until):%H:%M} {plan.calendar.zone}" if until else ""


WORDS: Mapping[State, str] = {
    State.WAITING: "waits for an answer",
    State.ANSWERED: "answered",
    State.ENDED: "ended",
}
"""States as people say them."""
TONES: Mapping[State, str] = {State.WAITING: "warn", State.ANSWERED: "info", State.ENDED: "quiet"}
"""How states are coloured."""
