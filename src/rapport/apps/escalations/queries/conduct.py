"""Whether each side kept to the procedure of escalations."""

from collections.abc import Iterable
from datetime import datetime

from rapport.apps.engagements.models import Engagement
from rapport.apps.escalations.models import Escalation, Step
from rapport.domain import adherence as judged
from rapport.domain.adherence import Adherence, Conduct, adherence
from rapport.domain.roles import Side


def adherence_of(engagement: Engagement, now: datetime) -> Adherence:
    """How both sides kept to the procedure in all escalations of an engagement."""
    return adherence_in(Escalation.objects.filter(issue__engagement=engagement).prefetch_related("steps"), now)


def adherence_in(escalations: Iterable[Escalation], now: datetime) -> Adherence:
    """How both sides kept to the procedure in some escalations."""
    return sum((_in(one, now) for one in escalations), Adherence(Conduct(), Conduct()))


def _in(escalation: Escalation, now: datetime) -> Adherence:
    raiser, steps = Side(escalation.raised_by), list(escalation.steps.all())
    return adherence(
        [_answering(step, raiser.other) for step in steps],
        raiser,
        [_reacting(step, raiser) for step in steps if _owes_reaction(step)],
        now=int(now.timestamp()),
    )


def _answering(step: Step, asked: Side) -> judged.Step:
    by = _key(step.answered_by_id)
    expected = _place(step, "expected", asked) or by or ""
    return judged.Step(
        entered_at=_seconds(step.entered_at),
        due_at=_seconds(step.due_at),
        answered_at=_moment(step.answered_at),
        answered_by=by,
        expected=expected,
        left_at=_moment(step.left_at),
        named=_place(step, "named", asked) or expected,
    )


def _reacting(step: Step, raiser: Side) -> judged.Reaction:
    assert step.answered_at is not None
    assert step.reaction_due_at is not None
    by = _key(step.left_by_id)
    expected = _place(step, "expected", raiser) or by or ""
    return judged.Reaction(
        answered_at=_seconds(step.answered_at),
        due_at=_seconds(step.reaction_due_at),
        reacted_at=_moment(step.left_at) if by else None,
        reacted_by=by,
        expected=expected,
        named=_place(step, "named", raiser) or expected,
        is_authorised=step.is_authorised,
    )


def _owes_reaction(step: Step) -> bool:
    """Whether the side that raised the matter owed, or owes, a reaction; not where the issue was mended in time."""
    if step.answered_at is None or step.reaction_due_at is None:
        return False
    return step.left_at is None or step.left_by_id is not None or step.reaction_due_at <= step.left_at


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _moment(at: datetime | None) -> int | None:
    return None if at is None else _seconds(at)


def _place(step: Step, place: str, side: Side) -> str | None:
    """Who stands in a place of a step for a side, by number."""
    return _key(getattr(step, f"{place}_{side.value}_id"))


def _key(number: int | None) -> str | None:
    return None if number is None else str(number)
