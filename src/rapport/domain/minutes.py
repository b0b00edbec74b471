"""Minutes of a meeting: one side writes what was said, decided and promised, and the other agrees to the very text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from rapport.domain.meetings import absent_sides
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


class MinutesState(StrEnum):
    """How far the minutes of a meeting are.

    A `draft` is being written, for the first time or because it was sent back. Once `proposed` its text stays as it is,
    and the other side reads it. `agreed` minutes never change again.
    """

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"


_STANDING: Mapping[MinutesState, str] = {
    MinutesState.DRAFT: "a draft",
    MinutesState.PROPOSED: "proposed",
    MinutesState.AGREED: "agreed by both sides",
}
_WAY_ON: Mapping[MinutesState, str] = {
    MinutesState.DRAFT: "propose them first",
    MinutesState.PROPOSED: "have the other side agree to them or send them back",
    MinutesState.AGREED: "put what is to be said differently into the minutes of the next meeting",
}


@dataclass(frozen=True)
class Minutes:
    """The minutes of one meeting, the side that writes them, and the SHA-256 digest of their text.

    `returned` is why the other side sent them back, empty while it has not.
    """

    state: MinutesState
    written_by: Side
    text_digest: str
    returned: str = ""


@dataclass(frozen=True)
class Action:
    """Something that somebody is to do by a day, as it was agreed in a meeting."""

    text: str
    owner: str = ""
    due_on: date | None = None


def rewrite(minutes: Minutes, *, by: Side, digest: str) -> Minutes:
    """The draft with another text, that with `digest`.

    Raises:
        Refused: they are not a draft, or the other side writes them.
    """
    _require(minutes, MinutesState.DRAFT, "changed")
    _require_writer(minutes, by, "change")
    return replace(minutes, text_digest=digest)


def propose(minutes: Minutes, *, by: Side, gaps: Sequence[str]) -> Minutes:
    """The draft shown to the other side to agree to; `gaps` are sentences about what is missing in it.

    Raises:
        Refused: they are not a draft, the other side writes them, or there are gaps.
    """
    _require(minutes, MinutesState.DRAFT, "proposed")
    _require_writer(minutes, by, "propose")
    if gaps:
        listed = "; ".join(gap.rstrip(". ") for gap in gaps)
        raise Refused(f"The minutes have gaps ({listed}), and nobody can agree to gaps: fill them and propose again.")
    return replace(minutes, state=MinutesState.PROPOSED, returned="")


def agree(minutes: Minutes, *, by: Side, digest: str) -> Minutes:
    """The minutes agreed by the side that did not write them, which has read the text with `digest`.

    Raises:
        Refused: they are not proposed, that side wrote them, or it has read another text.
    """
    _require(minutes, MinutesState.PROPOSED, "agreed")
    _require_reader(minutes, by, "agree to")
    if digest != minutes.text_digest:
        raise Refused(
            f"What you are about to agree to (digest {digest[:12]}) is not the proposed text "
            f"(digest {minutes.text_digest[:12]}): open the minutes again, read them and agree to what they show."
        )
    return replace(minutes, state=MinutesState.AGREED)


def send_back(minutes: Minutes, *, by: Side, reason: str) -> Minutes:
    """The minutes returned to the side that writes them, as a draft, with what is to be said differently.

    Raises:
        Refused: they are not proposed, that side wrote them, or no reason is given.
    """
    _require(minutes, MinutesState.PROPOSED, "sent back")
    _require_reader(minutes, by, "send back")
    if not reason.strip():
        raise Refused("The reason is empty, but the writer must know what to change: say it in a sentence.")
    return replace(minutes, state=MinutesState.DRAFT, text_digest="", returned=reason)


def minutes_gaps(attendance: Mapping[Side, int], decisions: Sequence[str], actions: Sequence[Action]) -> list[str]:
    """What minutes lack to be proposed, as sentences: people of both sides, words, and owners and days of actions.

    Minutes without any decision or action have no gap: a meeting may end without one.
    """
    return [
        *(f"Nobody of the {side} is named as present." for side in absent_sides(attendance)),
        *(f"Decision {number} has no words." for number, text in enumerate(decisions, 1) if not text.strip()),
        *(
            f"Action {number} has no {' and no '.join(lacking)}."
            for number, action in enumerate(actions, 1)
            if (lacking := _lacking(action))
        ),
    ]


def waits_for(minutes: Minutes) -> Side | None:
    """The side whose move it is: the writer's with a draft, the other's once proposed, nobody's once agreed."""
    match minutes.state:
        case MinutesState.DRAFT:
            return minutes.written_by
        case MinutesState.PROPOSED:
            return minutes.written_by.other
        case MinutesState.AGREED:
            return None


def _lacking(action: Action) -> list[str]:
    has = {"words": action.text.strip(), "owner": action.owner.strip(), "day": action.due_on}
    return [what for what, given in has.items() if not given]


def _require(minutes: Minutes, state: MinutesState, done: str) -> None:
    if minutes.state is not state:
        raise Refused(
            f"The minutes are {_STANDING[minutes.state]}, and only minutes that are {_STANDING[state]} can be {done}: "
            f"{_WAY_ON[minutes.state]}."
        )


def _require_writer(minutes: Minutes, by: Side, act: str) -> None:
    if by is not minutes.written_by:
        raise Refused(
            f"The {minutes.written_by} writes these minutes, and only the {minutes.written_by} can {act} them: "
            "tell them what is missing, or send the minutes back once they are proposed."
        )


def _require_reader(minutes: Minutes, by: Side, act: str) -> None:
    if by is minutes.written_by:
        raise Refused(
            f"The {by} wrote these minutes, and only the {by.other} can {act} them: wait for the {by.other} to answer."
        )
