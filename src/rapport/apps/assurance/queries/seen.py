"""What one reader may see of a line: nobody is shown the other side's figure before the figures are open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cached_property
from itertools import groupby

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Cause, Line, Statement
from rapport.apps.assurance.policy import may_speak
from rapport.apps.assurance.queries.books import Books, Measure, as_rule, phase_of, statements_of, to_confirm, to_state
from rapport.apps.assurance.queries.values import value_of
from rapport.domain import settlement
from rapport.domain.calendars import day_ending
from rapport.domain.refusals import is_allowed
from rapport.domain.roles import Side
from rapport.domain.settlement import Grade, Phase, State

_STATED = ("report", "verify")
_WORDS = {
    State.AWAITING_PARTNER: "partner has not stated",
    State.AWAITING_CLIENT: "client has not verified",
    State.DIFFERING: "differs",
    State.DISPUTED: "disputed",
    State.AGREED: "agreed",
    State.SETTLED: "settled",
    State.LAPSED: "closed by rule",
}
_TONES = {State.DIFFERING: "warn", State.DISPUTED: "bad", State.AGREED: "good", State.SETTLED: "good"}
_GRADES = {
    Grade.AGREED: "equal",
    Grade.WITHIN_ROUNDING: "within rounding",
    Grade.WITHIN_TOLERANCE: "within the tolerance",
    Grade.UNEXPLAINED: "unexplained",
}


@dataclass(frozen=True)
class Seen:
    """A line as one reader may see it; its numbers are exact, None where there is none or it is sealed."""

    kpi: str
    measure: Measure
    period: str
    phase: Phase
    due_at: datetime | None
    state: State
    ours: Fraction | None
    theirs: Fraction | None
    is_sealed: bool
    difference: Fraction | None
    grade: str
    computed: Fraction | None
    agreed: Fraction | None
    reason: str
    waits_for: frozenset[Side]
    reader: Side
    otherwise: str

    @property
    def name(self) -> str:
        """What the KPI is called."""
        return self.measure.name

    @property
    def unit(self) -> str:
        """What the KPI is measured in."""
        return self.measure.unit

    @property
    def last_day(self) -> date | None:
        """The last day of the phase; None when all phases are over."""
        return day_ending(self.due_at) if self.due_at else None

    @cached_property
    def texts(self) -> Mapping[str, str | None]:
        """The numbers as people read them."""
        stated, computed = self.measure.text, self.measure.computed_text
        is_by_rule = self.state is State.LAPSED and self.agreed not in (self.ours, self.theirs)
        return {
            "ours": stated(self.ours),
            "theirs": stated(self.theirs),
            "difference": stated(self.difference, signed=True),
            "computed": computed(self.computed),
            "agreed": computed(self.agreed) if is_by_rule else stated(self.agreed),
        }

    @property
    def words(self) -> str:
        """The state in words."""
        return _WORDS[self.state]

    @property
    def tone(self) -> str:
        """The tone of the state."""
        return _TONES.get(self.state, "quiet")

    @property
    def is_ours(self) -> bool:
        """Whether it is the reader's move."""
        return self.reader in self.waits_for

    @property
    def move(self) -> str:
        """Whose move it is, in words for the reader."""
        if self.is_ours:
            return "yours or theirs" if len(self.waits_for) > 1 else "yours"
        return f"the {self.reader.other}'s" if self.waits_for else "nobody's"


@dataclass(frozen=True)
class PeriodSeen:
    """The lines of one period that share a phase, with what the reader's side can do about all of them at once."""

    period: str
    phase: Phase
    due_at: datetime | None
    lines: Sequence[Seen]
    to_state: int
    to_confirm: int

    @property
    def last_day(self) -> date | None:
        """The last day of the phase; None when all phases are over."""
        return day_ending(self.due_at) if self.due_at else None


@dataclass(frozen=True)
class Said:
    """One thing somebody said, as a reader may see it."""

    statement: Statement
    value: Fraction | None
    text: str | None


def seen(reader: Person, kept: Books, line: Line) -> Seen:
    """A line as a reader may see it."""
    now, measure, computed = phase_of(line, kept.at), kept.measure(line), kept.computed(line)
    rule = as_rule(line)
    visible = settlement.visible_to(rule, reader.side, now.phase)
    figures = {side: figure for side, figure in rule.figures.items() if side in visible}
    ours, theirs = figures.get(reader.side), figures.get(reader.side.other)
    difference = ours - theirs if ours is not None and theirs is not None else None
    return Seen(
        kpi=line.kpi,
        measure=measure,
        period=line.period,
        phase=now.phase,
        due_at=None if now.ends_at is None else datetime.fromtimestamp(now.ends_at, UTC),
        state=rule.state,
        ours=ours,
        theirs=theirs,
        is_sealed=reader.side.other in rule.figures and reader.side.other not in visible,
        difference=difference,
        grade="" if difference is None else _grade(rule, measure, line),
        computed=computed,
        agreed=rule.agreed,
        reason=rule.reason,
        waits_for=settlement.waits_for(rule, now.phase),
        reader=reader.side,
        otherwise=_otherwise(rule, computed, measure),
    )


def by_period(reader: Person, kept: Books) -> list[PeriodSeen]:
    """The lines whose window is running, grouped by period, those with the nearest deadline first."""
    running = [line for line in kept.lines if phase_of(line, kept.at).phase is not Phase.OVER]
    groups = groupby(running, key=lambda line: (line.ends_at, line.period))
    return sorted(
        (_period_seen(reader, kept, period, list(lines)) for (_, period), lines in groups),
        key=lambda group: (all(line.state.is_closed for line in group.lines), group.due_at or kept.at),
    )


def closed(reader: Person, kept: Books) -> list[Seen]:
    """The lines whose window is over, the latest first."""
    return [seen(reader, kept, line) for line in kept.lines if phase_of(line, kept.at).phase is Phase.OVER]


def figures_of(reader: Person, kept: Books, kpi: str) -> list[Seen]:
    """One KPI's lines, the latest period first."""
    return [seen(reader, kept, line) for line in kept.lines if line.kpi == kpi]


def said(reader: Person, kept: Books, line: Line) -> list[Said]:
    """What was said about a line, the latest first: everything of one's own side, of the other what is open.

    A figure that was corrected while it was sealed stays with the side that stated it.
    """
    is_open = reader.side.other in settlement.visible_to(as_rule(line), reader.side, phase_of(line, kept.at).phase)
    last = {statement.side: statement.pk for statement in statements_of(line) if statement.kind in _STATED}
    measure = kept.measure(line)
    return [
        Said(statement, value := value_of(statement.value), measure.text(value))
        for statement in reversed(statements_of(line))
        if statement.side == reader.side
        or statement.kind not in _STATED
        or (is_open and last[statement.side] == statement.pk)
    ]


def statement(reader: Person, kept: Books, line: Line, number: int) -> Statement | None:
    """One thing that was said about a line, if it is open to the reader."""
    return next((one.statement for one in said(reader, kept, line) if one.statement.pk == number), None)


def offer_to(reader: Person, line: Line) -> Statement | None:
    """The latest offer of the other side, which the reader could accept."""
    offers = [one for one in statements_of(line) if one.kind == "offer" and one.side == reader.side.other]
    return offers[-1] if offers else None


def options(actor: Person, kept: Books, line: Line) -> frozenset[str]:
    """What an actor can do about a line now, as the rules have it: report, verify, dispute, offer, accept, concede."""
    if not may_speak(actor):
        return frozenset()
    rule, phase, side, any_value = as_rule(line), phase_of(line, kept.at).phase, actor.side, Fraction(0)
    own = {
        Side.PARTNER: ("report", lambda: settlement.report(rule, any_value, phase)),
        Side.CLIENT: ("verify", lambda: settlement.verify(rule, any_value, phase)),
    }
    steps: list[tuple[str, Callable[[], object]]] = [
        own[side],
        ("dispute", lambda: settlement.dispute(rule, side, "any", phase)),
        ("offer", lambda: settlement.offer(rule, side, any_value, "any", phase)),
        ("accept", lambda: settlement.accept(rule, side, phase)),
        ("concede", lambda: settlement.concede(rule, side, phase)),
    ]
    return frozenset(name for name, step in steps if is_allowed(step))


def _period_seen(reader: Person, kept: Books, period: str, lines: list[Line]) -> PeriodSeen:
    views = [seen(reader, kept, line) for line in lines]
    states = reader.side is Side.PARTNER
    return PeriodSeen(
        period,
        views[0].phase,
        views[0].due_at,
        views,
        to_state=len([line for line in to_state(kept, period) if not line.partner]) if states else 0,
        to_confirm=0 if states else len(to_confirm(kept, period)),
    )


def _grade(rule: settlement.Line, measure: Measure, line: Line) -> str:
    assert rule.partner is not None
    assert rule.client is not None
    causes = [one.cause for one in statements_of(line) if one.cause]
    cause = causes[-1] if causes else ""
    found = settlement.grade(rule.partner, rule.client, measure.rounding, cause, rule.tolerance)
    return f"explained: {Cause(cause).label}" if found is Grade.EXPLAINED else _GRADES[found]


def what_stands(rule: settlement.Line, computed: Fraction | None) -> str:
    """What stands if nobody moves, in words; they name no figure that may be sealed."""
    if computed is not None:
        return "the computed value stands"
    stands = settlement.lapse(rule, None, Phase.OVER).agreed
    return "no value stands" if stands is None else "the one figure that was stated stands"


def _otherwise(rule: settlement.Line, computed: Fraction | None, measure: Measure) -> str:
    """The same with the computed value; empty when the line is closed."""
    if rule.state.is_closed:
        return ""
    words = what_stands(rule, computed)
    return words if computed is None else f"{words}, {measure.computed_text(computed)} {measure.unit}".rstrip()
