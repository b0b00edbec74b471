"""The one list of what is off that both companies share: how an issue gets on it, and how it gets off again.

Either side proposes an issue and the other answers; what the agreement itself calls a failure is listed at once. One
side is responsible for mending it, and it is closed only when the other side confirms that it is mended.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from rapport.domain.refusals import Refused, is_allowed
from rapport.domain.roles import Side

ANSWER_DAYS = 5
"""The calendar days that the other side has to approve or decline a proposed issue."""
TIME_TO_ANSWER = timedelta(days=ANSWER_DAYS)
"""The same as a stretch of time."""
REMIND_DAYS = 3
"""The calendar days before its day on which somebody is reminded of an issue or a task."""
_AGAIN_WITHIN = timedelta(days=180)
"""How long after an issue was closed the same failure is still the same issue."""


class Severity(StrEnum):
    """How serious an issue is, in the words of audits (ISO 19011); in doubt it is minor.

    `minor`: a single lapse. `major`: it keeps the work from reaching its result, something agreed is not done at all,
    or a minor issue comes again before it is resolved. `observation`: nothing agreed is broken, but it could become a
    failure or could be done better; it needs no corrective action.
    """

    MINOR = "minor"
    MAJOR = "major"
    OBSERVATION = "observation"


GRAVITY = (Severity.OBSERVATION, Severity.MINOR, Severity.MAJOR)
"""From the least to the most serious."""
DAYS_TO_MEND: Mapping[Severity, int] = {Severity.MAJOR: 14, Severity.MINOR: 30, Severity.OBSERVATION: 90}
"""The calendar days there are to mend an issue, unless the two sides set another day."""


class Origin(StrEnum):
    """What made an issue be raised: somebody by hand, a dispute about a figure, or something that was seen happen."""

    BY_HAND = "by_hand"
    MISSED_KPI = "missed_kpi"
    LATE_REPORT = "late_report"
    UNKEPT_DUTY = "unkept_duty"
    DISPUTE = "dispute"
    EARLY_WARNING = "early_warning"


FAILURES: Sequence[tuple[str, str]] = (
    (Origin.MISSED_KPI, "a KPI that misses its target"),
    (Origin.UNKEPT_DUTY, "a duty of the client whose KPI misses its target"),
    (Origin.LATE_REPORT, "a report that is late"),
    (Origin.DISPUTE, "a figure in dispute"),
    (Origin.EARLY_WARNING, "a KPI that will probably miss in the period under way"),
)
"""What can be raised by a rule, in words."""
USUAL_FAILURES = (Origin.MISSED_KPI, Origin.UNKEPT_DUTY, Origin.LATE_REPORT, Origin.DISPUTE)
"""What is raised by itself unless the agreement says otherwise."""
_MISSES = (Origin.MISSED_KPI, Origin.UNKEPT_DUTY)
"""What is raised because a KPI missed."""
_LIKELY = 0.5
"""The chance of a miss from which on a period under way is a warning."""


class State(StrEnum):
    """Where an issue stands.

    `proposed`: one side wants it on the list, and the other has yet to answer. `declined`: the other side did not take
    it, or the proposing side took it back. `listed`: both sides take it as theirs to have mended. `resolved`: the
    responsible side says that it is mended. `closed`: the other side confirms that.
    """

    PROPOSED = "proposed"
    DECLINED = "declined"
    LISTED = "listed"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self in {State.PROPOSED, State.LISTED, State.RESOLVED}


_STANDING: Mapping[State, str] = {
    State.PROPOSED: "is proposed and not on the list yet",
    State.DECLINED: "was declined",
    State.LISTED: "is on the list and not resolved",
    State.RESOLVED: "is resolved and waits to be confirmed",
    State.CLOSED: "is closed",
}


class Move(StrEnum):
    """Whose move it is with an issue on the list, as far as a corrective action decides.

    `responsible`: it waits for whoever has to mend the issue, as it does without a corrective action. `client`,
    `partner`: that side has to answer, to do its tasks or to judge. `nobody`: the work is done, and it is still to be
    seen in the figures to come whether it helped.
    """

    RESPONSIBLE = "responsible"
    CLIENT = "client"
    PARTNER = "partner"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Issue:
    """Something that is off in an engagement, and how far the two sides have come with it.

    `proposed_by` is None if a rule that both sides signed raised it, so that nobody had to be asked. `responsible` is
    the side that has to mend it. `resolved_by` is the side that said it was mended, None until then. `reason` are the
    words given with the latest step, such as why it was declined or what was done. `move` matters while it is listed.
    """

    state: State
    proposed_by: Side | None
    responsible: Side
    resolved_by: Side | None = None
    reason: str = ""
    move: Move = Move.RESPONSIBLE

    def __post_init__(self) -> None:
        if self.proposed_by is None and self.state in {State.PROPOSED, State.DECLINED}:
            raise ValueError(f"an issue that a rule raised is on the list at once and never {self.state}")
        if (self.resolved_by is not None) != (self.state in {State.RESOLVED, State.CLOSED}):
            raise ValueError(f"who resolved an issue is known once it is resolved, and not while it is {self.state}")


def starting(origin: Origin, *, responsible: Side, by: Side | None = None) -> Issue:
    """A new issue: proposed if a side raises it, on the list at once if a rule of the agreement does (`by` is None).

    Raises:
        ValueError: it is raised by hand, but by nobody.
    """
    if origin is Origin.BY_HAND and by is None:
        raise ValueError("an issue raised by hand is raised by one of the sides")
    return Issue(State.LISTED if by is None else State.PROPOSED, by, responsible)


def approve(issue: Issue, *, by: Side) -> Issue:
    """Puts a proposed issue on the list, with the consent of the side that did not propose it.

    Raises:
        Refused: it is not proposed, or it is one's own.
    """
    _require(issue, State.PROPOSED, "a proposed issue", "approved")
    if by is issue.proposed_by:
        raise Refused(
            f"The issue was proposed by the {by}, and only the {by.other} can approve it: wait for their answer, which "
            f"they have {ANSWER_DAYS} days for, or take it back."
        )
    return replace(issue, state=State.LISTED, reason="")


def decline(issue: Issue, *, by: Side, reason: str) -> Issue:
    """Keeps a proposed issue off the list: the other side does not take it, or the proposing side takes it back.

    Raises:
        Refused: it is not proposed, or there is no reason.
    """
    _require(issue, State.PROPOSED, "a proposed issue", "declined")
    _require_words(reason, f"the {by.other}", "why it does not belong on the list")
    return replace(issue, state=State.DECLINED, reason=reason)


def list_by_silence(issue: Issue) -> Issue:
    """Puts a proposed issue on the list because the other side let its days to answer pass: nobody blocks by silence.

    Raises:
        Refused: it is not proposed, so somebody has answered.
    """
    _require(issue, State.PROPOSED, "a proposed issue", "listed by silence")
    return replace(issue, state=State.LISTED, reason=f"The other side did not answer within {ANSWER_DAYS} days.")


def resolve(issue: Issue, *, by: Side, what: str, has_open_correction: bool) -> Issue:
    """Says that an issue is mended, and by what; the responsible side does, and the other side will confirm it.

    Raises:
        Refused: it is not on the list, the other side is responsible, its corrective action is not closed, or it is
            not said what was done.
    """
    _require(issue, State.LISTED, "an issue on the list", "resolved")
    if by is not issue.responsible:
        raise Refused(
            f"The {issue.responsible} is responsible for the issue, and only the {issue.responsible} can resolve it: "
            "ask them to, or take it over."
        )
    if has_open_correction:
        raise Refused(
            "The issue has a corrective action that is still open, and it is resolved only when that has proved to "
            "work: have the corrective action closed first."
        )
    _require_words(what, f"the {by.other}", "what was done about it")
    return replace(issue, state=State.RESOLVED, resolved_by=by, reason=what)


def needs_correction(origin: Origin, severity: Severity) -> bool:
    """Whether an issue is mended through a corrective action: a KPI, or a duty by its KPI, missed, and it matters.

    An observation needs none, and neither does what was raised for another reason.
    """
    return origin in _MISSES and severity is not Severity.OBSERVATION


def demand_correction(origin: Origin, severity: Severity, *, by: Side, has_correction: bool, why_none: str) -> None:
    """Asks whether an issue may be resolved as it is: through its corrective action, or with words why it needs none.

    The words are for a minor issue alone, and the other side reads them before it confirms. What was proved before the
    issue was opened again counts no more.

    Raises:
        Refused: a miss was not corrected, and it is major or nothing says why that is not needed.
    """
    if has_correction or not needs_correction(origin, severity):
        return
    if severity is Severity.MAJOR:
        raise Refused(
            "The issue is major and a KPI missed, and such an issue is resolved only when a corrective action has "
            "proved to work: start the corrective action."
        )
    if not why_none.strip():
        raise Refused(
            f"A KPI missed and there was no corrective action, and the {by.other} has to know why: write why none is "
            "needed, or start one."
        )


def confirm(issue: Issue, *, by: Side) -> Issue:
    """Closes a resolved issue, with the word of the side that did not resolve it.

    Raises:
        Refused: it is not resolved, or one's own side resolved it.
    """
    _require(issue, State.RESOLVED, "a resolved issue", "confirmed")
    _require_other_than_resolver(issue, by, "confirm it")
    return replace(issue, state=State.CLOSED, reason="")


def send_back(issue: Issue, *, by: Side, reason: str) -> Issue:
    """Puts a resolved issue back on the list because the side that should confirm it finds it is not mended.

    Raises:
        Refused: it is not resolved, one's own side resolved it, or there is no reason.
    """
    _require(issue, State.RESOLVED, "a resolved issue", "sent back")
    _require_other_than_resolver(issue, by, "send it back")
    _require_words(reason, f"the {by.other}", "what is not mended yet")
    return replace(issue, state=State.LISTED, resolved_by=None, reason=reason)


def reopen(issue: Issue, *, reason: str) -> Issue:
    """Puts a closed issue back on the list because the same cause shows again; the same side is responsible.

    Raises:
        Refused: it is not closed, or there is no reason.
    """
    _require(issue, State.CLOSED, "a closed issue", "reopened")
    _require_words(reason, "everybody", "where its cause shows again")
    return replace(issue, state=State.LISTED, resolved_by=None, reason=reason)


def shows_again(now: datetime, closed_at: datetime) -> bool:
    """Whether a failure is an issue again that was closed at a moment, and reopens it; much later it is a new one."""
    return now - closed_at <= _AGAIN_WITHIN


def relapse(issue: Issue, *, reason: str) -> Issue:
    """Puts an issue that was resolved, or even closed, back on the list, because figures show that it is not mended.

    Raises:
        Refused: nobody has said that it is mended, or there is no reason.
    """
    if issue.state is not State.RESOLVED:
        return reopen(issue, reason=reason)
    _require_words(reason, "everybody", "where its cause shows again")
    return replace(issue, state=State.LISTED, resolved_by=None, reason=reason)


def demand_day(issue: Issue, *, by: Side, before: date, day: date, today: date) -> None:
    """Asks whether a side may set another day by which an open issue is mended.

    Whoever has to mend it may promise an earlier day; a later one is for the other side to grant.

    Raises:
        Refused: the issue is not open, the day is over, or the responsible side would give itself more time.
    """
    if not issue.state.is_open:
        raise Refused(
            f"The issue {_STANDING[issue.state]}, and only an open one has a day to be mended by: {_way_on(issue)}."
        )
    if day < today:
        raise Refused("This day is over; choose one to come.")
    if by is issue.responsible and day > before:
        raise Refused(
            f"The {by} has to mend the issue, and only the {by.other} can grant a later day: ask them in a comment, "
            "or choose an earlier one."
        )


def hand_over(issue: Issue, *, by: Side, to: Side) -> Issue:
    """Makes the other side responsible for an issue on the list: it takes it over itself, and nobody pushes it away.

    Raises:
        Refused: it is not on the list, that side is responsible already, or the issue is pushed to it.
    """
    _require(issue, State.LISTED, "an issue on the list", "handed over")
    if to is issue.responsible:
        raise Refused(
            f"The {to} is responsible for the issue already, and only the {to.other} can take it over: go on with "
            "mending it, or ask them whether it is theirs."
        )
    if by is not to:
        raise Refused(
            f"The {by} is responsible for the issue, and only the {to} can take it over: ask them to do so, or say "
            "in a comment why it is theirs."
        )
    return replace(issue, responsible=to, reason="")


def possible(issue: Issue, side: Side) -> list[str]:
    """The steps a side can take with an issue as it stands, the most likely first."""
    return [step for step, attempt in _ATTEMPTS.items() if is_allowed(partial(attempt, issue, side))]


def waits_for(issue: Issue) -> Side | None:
    """The side whose move it is, None once the issue is declined or closed, and while figures are still to come.

    A proposal waits for the side that did not make it, and a resolved issue for the side that has to confirm. A listed
    one waits for the responsible side to mend it, unless its corrective action waits for the other side, or for nobody.
    """
    if issue.state is State.PROPOSED and issue.proposed_by is not None:
        return issue.proposed_by.other
    if issue.state is State.RESOLVED and issue.resolved_by is not None:
        return issue.resolved_by.other
    return corrected_by(issue) if issue.state is State.LISTED else None


def corrected_by(issue: Issue) -> Side | None:
    """The side whose move it is as far as the corrective action decides, which goes on when the issue is settled."""
    if issue.move is Move.NOBODY:
        return None
    return issue.responsible if issue.move is Move.RESPONSIBLE else Side(issue.move)


def will_probably_miss(chance: float | None) -> bool:
    """Whether a period under way is worth a warning, by its chance of a miss; without a chance nobody is warned."""
    return chance is not None and chance >= _LIKELY


def severity_of_miss(*, is_below_minimum: bool, is_repeat: bool) -> Severity:
    """How serious a missed KPI is: major below the minimum, or if it missed in the period before too; else minor."""
    return Severity.MAJOR if is_below_minimum or is_repeat else Severity.MINOR


def due_on(severity: Severity, raised_on: date) -> date:
    """The last day on which an issue raised on a day is mended in time, unless the two sides set another."""
    return raised_on + timedelta(days=DAYS_TO_MEND[severity])


def cause_key(origin: Origin, subject: str) -> str:
    """What an issue is about, as one word: there is at most one open issue for each, such as a KPI that missed.

    `subject` is the key of what failed, such as that of a KPI, a report or a duty.

    Raises:
        ValueError: there is no subject.
    """
    if not subject.strip():
        raise ValueError("an issue is about something; its subject is empty")
    return f"{origin}:{subject}"


_SAID = "words"
_ATTEMPTS: Mapping[str, Callable[[Issue, Side], object]] = {
    "approve": lambda issue, by: approve(issue, by=by),
    "decline": lambda issue, by: decline(issue, by=by, reason=_SAID),
    "resolve": lambda issue, by: resolve(issue, by=by, what=_SAID, has_open_correction=False),
    "take_over": lambda issue, by: hand_over(issue, by=by, to=by),
    "confirm": lambda issue, by: confirm(issue, by=by),
    "return": lambda issue, by: send_back(issue, by=by, reason=_SAID),
    "reopen": lambda issue, _: reopen(issue, reason=_SAID),
}
"""Each step of a side, tried with everything that it is to say."""


def _way_on(issue: Issue) -> str:
    match issue.state, waits_for(issue):
        case State.PROPOSED, side:
            return f"have the {side} approve or decline it"
        case State.LISTED, _:
            return f"have the {issue.responsible} mend and resolve it"
        case State.RESOLVED, side:
            return f"have the {side} confirm it or send it back"
        case State.CLOSED, _:
            return "reopen it if the same cause shows again"
        case _:
            return "propose a new issue if it is needed after all"


def _require(issue: Issue, state: State, expected: str, done: str) -> None:
    if issue.state is not state:
        raise Refused(f"The issue {_STANDING[issue.state]}, and only {expected} can be {done}: {_way_on(issue)}.")


def _require_other_than_resolver(issue: Issue, by: Side, act: str) -> None:
    if by is issue.resolved_by:
        raise Refused(
            f"The {by} resolved the issue, and only the {by.other} can {act}: wait for them to look at what was done."
        )


def _require_words(words: str, reader: str, expected: str) -> None:
    if not words.strip():
        raise Refused(f"Nothing was written, but {reader} has to know: write {expected}.")


def settle(issue: Issue, *, reason: str) -> Issue:
    """Closes an issue that a rule raised because what raised it is over: the figure stands, the report is in.

    Nobody has to confirm it, since everybody sees that it is so.

    Raises:
        Refused: it is not open, a side raised it, or it is not said what is over.
    """
    if issue.proposed_by is not None or not issue.state.is_open:
        raise Refused(
            f"The issue {_STANDING[issue.state]}, and only an open one that a rule raised is settled by itself: "
            f"{_way_on(issue)}."
        )
    _require_words(reason, "everybody", "what is over")
    return replace(issue, state=State.CLOSED, resolved_by=issue.resolved_by or issue.responsible, reason=reason)


def demand_words(issue: Issue, *, by: Side, before: Severity, after: Severity, reason: str) -> None:
    """Asks whether a side may change what an open issue says, and how serious it is called.

    As with its day, whoever has to mend it may ask more of itself; a less serious issue is for the other side to grant.

    What is said to be mended stays as serious as it was when it was mended.

    Raises:
        Refused: the issue is not open, it is resolved and called otherwise, the responsible side would call it less
            serious, or there is no reason why it is called otherwise.
    """
    if not issue.state.is_open:
        raise Refused(
            f"The issue {_STANDING[issue.state]}, and only what an open one says can be changed: {_way_on(issue)}."
        )
    if before is after:
        return
    if issue.state is State.RESOLVED:
        raise Refused(
            f"The issue {_STANDING[issue.state]}, and how serious it is decides on what that takes: "
            f"{_way_on(issue)}, or leave it {before}."
        )
    if by is issue.responsible and GRAVITY.index(after) < GRAVITY.index(before):
        raise Refused(
            f"The {by} has to mend the issue, and only the {by.other} can call it less serious: say in a comment why "
            f"it is {after}, or leave it {before}."
        )
    _require_words(reason, f"the {by.other}", f"why it is {after} and not {before}")
