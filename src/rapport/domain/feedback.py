"""What one side tells the other: what was good, or what should change, and what the other side makes of it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


class Kind(StrEnum):
    """Whether something was good, or should change."""

    RECOGNITION = "recognition"
    CHANGE = "change"


class State(StrEnum):
    """How far shared feedback has come; a draft is none yet.

    `shared`: the other side can read it. `acknowledged`: the other side says that it has. `answered`: it said
    something back, once. `withdrawn`: its writer takes it back, with a reason that stays.
    """

    SHARED = "shared"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Said:
    """What feedback says: whom it is about, what was seen, what effect that had, and what is asked for.

    `evidence` counts what it rests on: a KPI's period, an issue, a meeting, a team that is named.
    """

    kind: Kind
    people: str
    seen: str
    effect: str
    asked: str
    evidence: int


@dataclass(frozen=True)
class Feedback:
    """Feedback that was shared by one side; `answer` is the other's, `reason` why it was withdrawn.

    `is_raised`: an issue was raised from it.
    """

    kind: Kind
    by: Side
    state: State = State.SHARED
    answer: str = ""
    reason: str = ""
    is_raised: bool = False


def gaps(said: Said) -> list[str]:
    """What keeps feedback from being shared, as sentences; empty where it says enough."""
    is_change = said.kind is Kind.CHANGE
    missing = [
        (not is_change and not said.people.strip(), "Name the people or the team that did well."),
        (is_change and said.people.strip(), "Only recognition names who did well; take the names out of this."),
        (not said.seen.strip(), "Say what was seen, so that the other side can find it again."),
        (not said.effect.strip(), "Say what effect it had."),
        (is_change and not said.asked.strip(), "Say what is asked for; without it nobody knows what to change."),
        (not said.evidence, "Tie it to evidence: a KPI's period, an issue, a meeting, or a team."),
    ]
    return [sentence for is_missing, sentence in missing if is_missing]


def acknowledge(feedback: Feedback, *, by: Side) -> Feedback:
    """The feedback read by the side it was given to.

    Raises:
        Refused: that side wrote it, or it was read or withdrawn before.
    """
    _demand_receiver(feedback, by, "acknowledges")
    if feedback.state is not State.SHARED:
        raise Refused(f"The feedback is {feedback.state} already; there is nothing left to acknowledge.")
    return replace(feedback, state=State.ACKNOWLEDGED)


def answer(feedback: Feedback, *, by: Side, text: str) -> Feedback:
    """The feedback with what the other side says back, once.

    Raises:
        Refused: that side wrote it, it was answered or withdrawn before, or nothing is said.
    """
    _demand_receiver(feedback, by, "answers")
    if feedback.state in {State.ANSWERED, State.WITHDRAWN}:
        raise Refused(f"The feedback is {feedback.state}, and is answered once; talk about more at a meeting.")
    if not text.strip():
        raise Refused("The answer is empty; say what you make of it in a sentence.")
    return replace(feedback, state=State.ANSWERED, answer=text.strip())


def withdraw(feedback: Feedback, *, by: Side, reason: str) -> Feedback:
    """The feedback taken back by the side that gave it; both still see it, and why.

    Raises:
        Refused: the other side gave it, it is withdrawn already, or no reason is given.
    """
    if by is not feedback.by:
        raise Refused(f"The {feedback.by} gave this feedback, and only the {feedback.by} can withdraw it; ask them.")
    if feedback.state is State.WITHDRAWN:
        raise Refused("The feedback is withdrawn already; nothing more has to be done.")
    if not reason.strip():
        raise Refused("The reason is empty, but it stays beside the feedback; say it in a sentence.")
    return replace(feedback, state=State.WITHDRAWN, reason=reason.strip())


def demand_issue(feedback: Feedback) -> None:
    """Refuse unless feedback can be turned into an issue: what should change, answered, and only once.

    Raises:
        Refused: it says what was good, is not answered, or an issue was raised from it before.
    """
    if feedback.kind is not Kind.CHANGE:
        raise Refused("What was good is no issue; only what should change can be turned into one.")
    if feedback.state is not State.ANSWERED:
        raise Refused(
            f"The feedback is {feedback.state}, and becomes an issue once it is answered; wait for the answer."
        )
    if feedback.is_raised:
        raise Refused("An issue was raised from this feedback already; go on with that one.")


def possible(feedback: Feedback, side: Side) -> list[str]:
    """The steps a side can take with feedback as it stands, the most likely first."""
    is_open = feedback.state in {State.SHARED, State.ACKNOWLEDGED}
    can_become_issue = feedback.kind is Kind.CHANGE and feedback.state is State.ANSWERED and not feedback.is_raised
    steps = [
        ("answer", side is not feedback.by and is_open),
        ("acknowledge", side is not feedback.by and feedback.state is State.SHARED),
        ("raise", can_become_issue),
        ("withdraw", side is feedback.by and feedback.state is not State.WITHDRAWN),
    ]
    return [step for step, can in steps if can]


def _demand_receiver(feedback: Feedback, by: Side, does: str) -> None:
    if by is feedback.by:
        raise Refused(f"The {by} gave this feedback, and the {by.other} {does} it; wait for them.")
