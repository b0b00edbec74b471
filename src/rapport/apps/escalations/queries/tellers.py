"""What people are told of escalations, in words, with the rights they have when they read it."""

from datetime import datetime

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.escalations.models import Step
from rapport.apps.escalations.queries.lists import visible_steps
from rapport.apps.escalations.queries.plans import thawed
from rapport.apps.notices.queries import Teller, Tellers, Told
from rapport.domain.escalations import Rung, State
from rapport.domain.roles import Side
from rapport.kit.dates import short_day


def _asked(person: Person, subject: int) -> Told | None:
    """That a level has to answer, as long as it has to."""
    if (step := _found(person, subject)) is None or step.left_at or step.answered_at:
        return None
    asked = Side(step.escalation.raised_by).other
    if person.side is asked:
        return _told(step, f"Answer until {_until(step)}", "Answer", step.reason)
    return _told(step, f"Your side asked the {asked} to answer until {_until(step)}", "Open", step.reason)


def _answered(person: Person, subject: int) -> Told | None:
    if (step := _found(person, subject)) is None or step.left_at or not step.answered_at:
        return None
    return _told(step, "There is an answer; accept or reject it", "Read the answer", step.answer)


def _late(person: Person, subject: int) -> Told | None:
    """That a move is late and nothing climbs past it, as long as it is owed."""
    if (step := _found(person, subject)) is None or step.left_at:
        return None
    asked = Side(step.escalation.raised_by).other
    if step.answered_at and step.reaction_due_at:
        owing, what, since = asked.other, "word on the answer", _clock(step, step.reaction_due_at)
    else:
        owing, what, since = asked, "answer", _clock(step, step.due_at)
    verb = "Open" if person.side is not owing else "Read the answer" if step.answered_at else "Answer"
    return _told(step, f"The {owing}'s {what} is owed since {since}", verb, step.answer or step.reason)


def _left(person: Person, subject: int) -> Told | None:
    if (step := _found(person, subject)) is None or not step.left_at:
        return None
    now_at = _rungs(step)[step.escalation.level].name
    return _told(step, f"From {step.name} to {now_at}", "Open", step.left_because)


def _ended(person: Person, subject: int) -> Told | None:
    if (step := _found(person, subject)) is None or step.escalation.state != State.ENDED:
        return None
    return _told(step, "The escalation has ended", "Open", step.escalation.ended_because)


_KINDS: dict[str, Teller] = {
    "asked": _asked, "answered": _answered, "late": _late, "left": _left, "ended": _ended
}  # fmt: skip
TELLERS: Tellers = {f"escalation.{kind}": teller for kind, teller in _KINDS.items()}
"""Who knows the words, by the kind of notice; subjects are steps."""


def _found(person: Person, subject: int) -> Step | None:
    return visible_steps(person).filter(pk=subject).first()


def _told(step: Step, what: str, verb: str, text: str) -> Told:
    issue = step.escalation.issue
    url = reverse("escalations:show", args=[issue.engagement_id, issue.number])
    return Told(f"{what}: {issue.title} ({issue}, {issue.engagement.title})", url, verb, text)


def _until(step: Step) -> str:
    return _clock(step, step.due_at)


def _clock(step: Step, at: datetime) -> str:
    plan = thawed(step.escalation.ladder)
    local = plan.local(at)
    return f"{short_day(local.date(), None)}, {local:%H:%M} {plan.calendar.zone}"


def _rungs(step: Step) -> tuple[Rung, ...]:
    return thawed(step.escalation.ladder).ladder.rungs
