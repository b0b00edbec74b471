"""What people are told of escalations, in words, with the rights they have when they read it."""

from datetime import datetime

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.escalations.models import Step
from rapport.apps.escalations.policy import may_climb
from rapport.apps.escalations.queries.lists import visible_steps
from rapport.apps.escalations.queries.people import absences
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


def _answer_late(person: Person, subject: int) -> Told | None:
    """That an answer is late and nothing climbs past it, as long as it is owed."""
    if (step := _found(person, subject)) is None or step.answered_at or not _is_owed(step):
        return None
    asked = Side(step.escalation.raised_by).other
    verb = "Answer" if person.side is asked else "Open"
    return _told(step, f"The {asked}'s answer is owed since {_until(step)}", verb, step.reason)


def _word_late(person: Person, subject: int) -> Told | None:
    """That the side which asked is late with what it thinks of the answer, as long as it owes that."""
    if (step := _found(person, subject)) is None or not step.reaction_due_at or not _is_owed(step):
        return None
    raiser = Side(step.escalation.raised_by)
    verb = "Read the answer" if person.side is raiser else "Open"
    since = _clock(step, step.reaction_due_at)
    return _told(step, f"The {raiser}'s word on the answer is owed since {since}", verb, step.answer)


def _left(person: Person, subject: int) -> Told | None:
    if (step := _found(person, subject)) is None or not step.left_at:
        return None
    now_at = _rungs(step)[step.escalation.level].name
    return _told(step, f"From {step.name} to {now_at}", "Open", step.left_because)


def _ended(person: Person, subject: int) -> Told | None:
    if (step := _found(person, subject)) is None or step.escalation.state != State.ENDED:
        return None
    return _told(step, "The escalation has ended", "Open", step.escalation.ended_because)


def _away(person: Person, subject: int) -> Told | None:
    """That another entered somebody's absence, as long as it stands."""
    if (absence := absences(person).filter(pk=subject, person=person).first()) is None:
        return None
    first, last = (short_day(day, None) for day in (absence.first_on, absence.last_on))
    acts = f"{absence.deputy.name} acts" if absence.deputy else "nobody acts"
    text = "What an escalation asks of you on these days goes to whoever acts; take it back if you are there."
    title = f"You are entered as away from {first} to {last}: {acts} for you"
    return Told(title, reverse("escalations:absences"), "See your absences", text)


_KINDS: dict[str, Teller] = {
    "asked": _asked, "answered": _answered, "answer_late": _answer_late, "word_late": _word_late, "left": _left,
    "ended": _ended, "away": _away,
}  # fmt: skip
TELLERS: Tellers = {f"escalation.{kind}": teller for kind, teller in _KINDS.items()}
"""Who knows the words, by the kind of notice; subjects are steps, and of `away` an absence."""


def _found(person: Person, subject: int) -> Step | None:
    return visible_steps(person).filter(pk=subject).first()


def _is_owed(step: Step) -> bool:
    """Whether a level waits for a move; nobody owes one while the issue is said to be mended."""
    return step.left_at is None and may_climb(step.escalation.issue)


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
