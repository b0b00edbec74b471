"""The two-sided window: who may say what about one KPI in one period, and which value stands in the end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from rapport.domain.refusals import Refused, is_allowed
from rapport.domain.roles import Side
from rapport.domain.rounding import Rounding

LONGEST_DAYS = 366
"""The most days that all phases of a window may last together; the periods of the next year would overtake it."""
_DAY = 86_400
_NONE = Fraction(0)


class Phase(StrEnum):
    """What the two sides have time for: first one figure each, then settling where the figures differ."""

    REPORT = "report"
    VERIFY = "verify"
    SETTLE = "settle"
    OVER = "over"


@dataclass(frozen=True)
class Window:
    """How many calendar days of 86,400 seconds each phase lasts; the first begins when the period has ended."""

    report: int = 10
    verify: int = 10
    settle: int = 10

    def __post_init__(self) -> None:
        if min(self.report, self.verify, self.settle) < 0:
            raise ValueError(f"a phase lasts 0 days or more, not {min(self.report, self.verify, self.settle)}")
        if self.days > LONGEST_DAYS:
            raise ValueError(f"a window lasts at most {LONGEST_DAYS} days in all, not {self.days}")

    @property
    def days(self) -> int:
        """How many days there are in all from the end of a period until a rule decides."""
        return self.report + self.verify + self.settle


@dataclass(frozen=True)
class CurrentPhase:
    """A phase, and the first moment (UTC seconds) that no longer belongs to it; None when all phases are over."""

    phase: Phase
    ends_at: int | None


def window_words(window: Window) -> str:
    """Who has how long for what after a period, as a sentence; what is given no days is to be done at once."""
    more = " more" if window.report else ""
    verify = f"within {_days(window.verify)}{more}" if window.verify else "at once"
    report = f"within {_days(window.report)}" if window.report else "at once"
    settle = f"both have {_days(window.settle)} to settle" if window.settle else "a rule decides at once"
    stated = f"After each period the partner states its figures {report}, the client verifies {verify}"
    return f"{stated}, and {settle} what differs."


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def phase_on(window: Window, period_end: int, now: int) -> CurrentPhase:
    """The phase at the moment `now`, for a period that ended at `period_end`; both are UTC seconds.

    A phase of no days is passed over. A period that has not ended yet is in its first phase.
    """
    ends_at = period_end
    for phase, days in (
        (Phase.REPORT, window.report),
        (Phase.VERIFY, window.verify),
        (Phase.SETTLE, window.settle),
    ):
        ends_at += days * _DAY
        if now < ends_at:
            return CurrentPhase(phase, ends_at)
    return CurrentPhase(Phase.OVER, None)


class State(StrEnum):
    """How far the two sides have come with one line.

    `awaiting_partner`: the partner has stated no figure. `awaiting_client`: the partner has, the client has not.
    `differing`: both have, and the figures lie further apart than the tolerance. `disputed`: one side contests the
    other's figure, with a reason. The other three are closed and final. `agreed`: the figures lie within the
    tolerance. `settled`: one side accepted what the other offered or stated. `lapsed`: the window ended first, and the
    value that stands follows from a rule.
    """

    AWAITING_PARTNER = "awaiting_partner"
    AWAITING_CLIENT = "awaiting_client"
    DIFFERING = "differing"
    DISPUTED = "disputed"
    AGREED = "agreed"
    SETTLED = "settled"
    LAPSED = "lapsed"

    @property
    def is_closed(self) -> bool:
        """Whether nothing about the line can change any more."""
        return self in {State.AGREED, State.SETTLED, State.LAPSED}


@dataclass(frozen=True)
class Offer:
    """A value that one side would settle on, in the KPI's unit, and why."""

    by: Side
    value: Fraction
    reason: str


@dataclass(frozen=True)
class Dispute:
    """Why one side contests the figure of the other."""

    by: Side
    reason: str


@dataclass(frozen=True)
class Line:
    """One KPI in one period, and what both sides said about it; all values are in the KPI's unit.

    `tolerance` is how far the figures of `partner` and `client` may lie apart and still agree; it is fixed in the
    agreement, before either is known. `agreed` is the value that stands once the line is closed, None if none does.
    `reason` says why the line is in its state, and `silent` who owed an answer when the window ended.
    """

    kpi: str
    period: str
    tolerance: Fraction = _NONE
    partner: Fraction | None = None
    client: Fraction | None = None
    agreed: Fraction | None = None
    state: State = State.AWAITING_PARTNER
    reason: str = ""
    disputes: tuple[Dispute, ...] = ()
    offers: tuple[Offer, ...] = ()
    silent: frozenset[Side] = frozenset()

    def __post_init__(self) -> None:
        if self.tolerance < 0:
            raise ValueError(f"a tolerance is 0 or more, not {self.tolerance}")

    @property
    def figures(self) -> Mapping[Side, Fraction]:
        """The figures stated so far, by the side that stated them."""
        stated = {Side.PARTNER: self.partner, Side.CLIENT: self.client}
        return {side: figure for side, figure in stated.items() if figure is not None}


def tolerance_of(rounding: Rounding) -> Fraction:
    """How far two figures may lie apart and still agree: half of the last decimal that they are written with."""
    return Fraction(10) ** -rounding.decimals / 2


def visible_to(line: Line, party: Side, phase: Phase) -> frozenset[Side]:
    """Whose figures a party may see: its own, and the other's once no figure can be stated any more.

    So nobody can shape a figure after the other's, not even by being late.
    """
    return frozenset(Side) if _is_open(line, phase) else frozenset({party})


def waits_for(line: Line, phase: Phase) -> frozenset[Side]:
    """The sides whose move it is; nobody's once the line is closed.

    While the partner has time to report, it is the partner alone. Then it is whoever has stated no figure, and where
    offers were made, whoever has not answered the latest. A difference or a dispute without an offer waits for both.
    """
    if line.state.is_closed:
        return frozenset()
    if line.offers:
        return frozenset({line.offers[-1].by.other})
    missing = frozenset(Side) - line.figures.keys()
    if phase is Phase.REPORT and Side.PARTNER in missing:
        return frozenset({Side.PARTNER})
    return frozenset(Side) if line.state is State.DISPUTED or not missing else missing


def late_sides(line: Line, phase: Phase) -> frozenset[Side]:
    """The sides whose move it is although their time for it is over.

    A figure is late when the partner's time to report or the client's to verify has passed without one. What is being
    settled, by a dispute, an offer or because the figures differ, is late for nobody before the window ends.
    """
    owing = waits_for(line, phase)
    if phase is Phase.OVER:
        return owing
    if line.offers or line.disputes:
        return frozenset()
    return (owing - line.figures.keys()) & _OUT_OF_TIME.get(phase, frozenset())


_OUT_OF_TIME: Mapping[Phase, frozenset[Side]] = {Phase.VERIFY: frozenset({Side.PARTNER}), Phase.SETTLE: frozenset(Side)}
"""Who can have missed the time to state a figure, by what the time is for now."""


def can_state(line: Line, side: Side, phase: Phase) -> bool:
    """Whether a side can state its figure, or correct the one it stated."""
    return is_allowed(lambda: _check_statable(line, side, phase))


def report(line: Line, value: Fraction, phase: Phase) -> Line:
    """The line with the partner's own figure, which it may correct as long as it is sealed.

    Raises:
        Refused: the line is closed, or the figures are open by now.
    """
    _check_statable(line, Side.PARTNER, phase)
    return _compared(replace(line, partner=value))


def verify(line: Line, value: Fraction, phase: Phase) -> Line:
    """The line with the client's independent figure, which it may correct as long as it is sealed.

    The client goes first only when the partner's time is over.

    Raises:
        Refused: the line is closed, the figures are open by now, or the partner still has time to report.
    """
    _check_statable(line, Side.CLIENT, phase)
    return _compared(replace(line, client=value))


def dispute(line: Line, by: Side, reason: str, phase: Phase) -> Line:
    """The line with the other side's figure contested.

    Raises:
        Refused: the line is closed, the figures are still sealed, there is none to contest, or no reason is given.
    """
    _check_open(line, phase)
    _check_reason(line, reason)
    if by.other not in line.figures:
        raise _refusal(line, f"the {by.other} has stated no figure that could be contested; make an offer instead")
    return replace(line, state=State.DISPUTED, reason=reason, disputes=(*line.disputes, Dispute(by, reason)))


def offer(line: Line, by: Side, value: Fraction, reason: str, phase: Phase) -> Line:
    """The line with a value that one side would settle on; it takes the place of that side's earlier offers.

    Raises:
        Refused: the line is closed, the figures are still sealed, or no reason is given.
    """
    _check_open(line, phase)
    _check_reason(line, reason)
    return replace(line, offers=(*line.offers, Offer(by, value, reason)))


def accept(line: Line, by: Side, phase: Phase) -> Line:
    """The line settled on the latest offer of the other side; nobody accepts their own.

    Raises:
        Refused: the line is closed, the figures are still sealed, or the other side has offered nothing.
    """
    _check_open(line, phase)
    theirs = [made for made in line.offers if made.by is by.other]
    if not theirs:
        raise _refusal(line, f"the {by.other} has offered nothing that could be accepted; make an offer instead")
    return replace(line, state=State.SETTLED, agreed=theirs[-1].value, reason=theirs[-1].reason)


def concede(line: Line, by: Side, phase: Phase) -> Line:
    """The line settled on the figure that the other side stated, as long as that side has not moved away from it.

    Raises:
        Refused: the line is closed, the figures are still sealed, or the other side has stated none or offered since.
    """
    _check_open(line, phase)
    if by.other not in line.figures:
        raise _refusal(line, f"the {by.other} has stated no figure that could be accepted; make an offer instead")
    if any(made.by is by.other for made in line.offers):
        raise _refusal(line, f"the {by.other} has moved away from its figure with an offer; accept that one instead")
    reason = f"The {by} accepted the {by.other}'s figure."
    return replace(line, state=State.SETTLED, agreed=line.figures[by.other], reason=reason)


def lapse(line: Line, computed: Fraction | None, phase: Phase) -> Line:
    """The line closed by rule at the end of the window: `computed`, the value computed from the records, stands.

    Without records silence accepts: if one side stated a figure and the other never said anything, that figure
    stands. Otherwise no value does.

    Raises:
        Refused: the line is closed, or the window is not over.
    """
    _check_unfinished(line)
    if phase is not Phase.OVER:
        raise _refusal(line, "the window is not over and both sides can still settle; close it by rule after that")
    silent = waits_for(line, phase)
    value, ground = _what_stands(line, computed)
    reason = f"The window ended without an answer from the {' and the '.join(sorted(silent))}; {ground}."
    return replace(line, state=State.LAPSED, agreed=value, reason=reason, silent=silent)


def counts_instead(agreed: Fraction, computed: Fraction | None, tolerance: Fraction) -> bool:
    """Whether a value two figures agree on by themselves counts instead of the computed one: unless both agree.

    Figures within the tolerance are the same to both sides, and then the one that can be followed to its records stays.
    What one side accepts from the other is no such case: it counts whatever the records say.
    """
    return computed is None or abs(agreed - computed) > tolerance


class Grade(StrEnum):
    """How serious a difference between two figures is; `explained` means that its cause is known."""

    AGREED = "agreed"
    WITHIN_ROUNDING = "within_rounding"
    WITHIN_TOLERANCE = "within_tolerance"
    EXPLAINED = "explained"
    UNEXPLAINED = "unexplained"


def grade(
    partner: Fraction, client: Fraction, rounding: Rounding | None = None, cause: str = "", tolerance: Fraction = _NONE
) -> Grade:
    """The grade of the difference between two figures in the KPI's unit.

    Figures that the agreement's rounding makes equal differ within rounding; without a rounding nothing does. `cause`
    is what is known to have caused the difference, empty while nothing is; within the tolerance none is needed.
    """
    if partner == client:
        return Grade.AGREED
    if rounding is not None and rounding.apply(partner) == rounding.apply(client):
        return Grade.WITHIN_ROUNDING
    if abs(partner - client) <= tolerance:
        return Grade.WITHIN_TOLERANCE
    return Grade.EXPLAINED if cause.strip() else Grade.UNEXPLAINED


def _is_open(line: Line, phase: Phase) -> bool:
    return len(line.figures) == 2 or phase in {Phase.SETTLE, Phase.OVER}


def _compared(line: Line) -> Line:
    """The line in the state that its figures put it in; of two that agree, the client's stands, being verified."""
    if line.partner is None:
        return replace(line, state=State.AWAITING_PARTNER)
    if line.client is None:
        return replace(line, state=State.AWAITING_CLIENT)
    if abs(line.partner - line.client) > line.tolerance:
        return replace(line, state=State.DIFFERING, reason="The figures lie further apart than the tolerance.")
    return replace(line, state=State.AGREED, agreed=line.client, reason="The figures lie within the tolerance.")


def _heard(line: Line) -> set[Side]:
    """The sides that said anything at all."""
    return {*line.figures, *(said.by for said in line.disputes), *(made.by for made in line.offers)}


def _what_stands(line: Line, computed: Fraction | None) -> tuple[Fraction | None, str]:
    """The value that stands when nobody settled, and the words for it."""
    if computed is not None:
        return computed, "the value computed from the records stands"
    if len(line.figures) == len(_heard(line)) == 1:
        [(side, figure)] = line.figures.items()
        return figure, f"there are no records to compute a value from, so the {side}'s figure stands"
    return None, "there are no records to compute a value from, so no value stands"


def _check_unfinished(line: Line) -> None:
    if line.state.is_closed:
        raise _refusal(line, f"the line is {line.state} and stays as it is; raise an issue if its value is wrong")


def _check_running(line: Line, phase: Phase) -> None:
    _check_unfinished(line)
    if phase is Phase.OVER:
        raise _refusal(line, "the window is over, so a rule decides which value stands; raise an issue if it is wrong")


def _check_statable(line: Line, side: Side, phase: Phase) -> None:
    _check_running(line, phase)
    if _is_open(line, phase):
        raise _refusal(line, "the figures are open by now and none can be stated any more; make an offer instead")
    if side is Side.CLIENT and phase is Phase.REPORT and line.partner is None:
        raise _refusal(line, "the partner has not reported yet and still has time to; verify when it has or is late")


def _check_open(line: Line, phase: Phase) -> None:
    _check_running(line, phase)
    if not _is_open(line, phase):
        raise _refusal(line, "the figures are still sealed; wait until both are stated or the time to verify is over")


def _check_reason(line: Line, reason: str) -> None:
    if not reason.strip():
        raise _refusal(line, "the reason is empty, but the other side must learn it; say why in a sentence")


def _refusal(line: Line, sentence: str) -> Refused:
    return Refused(f"{line.kpi}, {line.period}: {sentence}.")
