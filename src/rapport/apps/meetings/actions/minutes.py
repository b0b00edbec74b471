"""What people do with minutes: one side writes and proposes them, the other agrees or sends them back."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.issues.actions import give_task
from rapport.apps.issues.policy import demand_work
from rapport.apps.meetings.actions.meetings import Present, mark_present
from rapport.apps.meetings.actions.steps import locked_meeting, ruled, tell_history, tell_side
from rapport.apps.meetings.models import LONGEST_LINE, LONGEST_TEXT, Action, Decision, Meeting, Minutes
from rapport.apps.meetings.queries.lists import actions_of, attendances
from rapport.apps.partners.queries import plain_name
from rapport.domain import minutes


class NewAction(NamedTuple):
    """Something to be done, by whom, by when."""

    what: str
    owner: Person
    due_on: date


@transaction.atomic
def write_draft(
    *, by: Person, meeting: Meeting, text: str, present: Present, decision: str = "",
    removed: Iterable[Decision] = (), action: NewAction | None = None, at: datetime,
) -> Meeting:  # fmt: skip
    """Write down all that came up at a meeting, in one go: what was said and by whom, decisions, an action."""
    for one in removed:
        remove_decision(by=by, decision=one, at=at)
    if decision.strip():
        decide(by=by, meeting=meeting, text=decision, at=at)
    if action:
        give_action(by=by, meeting=meeting, at=at, **action._asdict())
    return write_minutes(by=by, meeting=meeting, text=text, present=present, at=at)


@transaction.atomic
def write_minutes(*, by: Person, meeting: Meeting, text: str, present: Present | None = None, at: datetime) -> Meeting:
    """Write down what was said at a meeting, and correct who was there; the other side sees it while it is written."""
    current = _writing(by, meeting)
    said = text.strip().replace("\r\n", "\n")
    if len(said) > LONGEST_TEXT:
        raise Refused(f"The minutes have {len(said):,} characters; say it in at most {LONGEST_TEXT:,}.")
    if present is not None:
        if absent := minutes.minutes_gaps({side: len(there) for side, there in present.items()}, (), ()):
            raise Refused(f"{' '.join(absent)} Name at least one person of each side.")
        mark_present(current, present)
    _keep(current.minutes, text=said)
    tell_history(current, who(by), at, "minutes.written")
    return current


@transaction.atomic
def decide(*, by: Person, meeting: Meeting, text: str, at: datetime) -> Decision:
    """Write down something both sides decided at a meeting."""
    current = _writing(by, meeting)
    if not (said := plain_name(text)):
        raise Refused("Say in a line what was decided.")
    decision = Decision.objects.create(meeting=current, text=said[:LONGEST_LINE], by=by)
    tell_history(current, who(by), at, "decision.written", {"decision": decision.text})
    return decision


@transaction.atomic
def remove_decision(*, by: Person, decision: Decision, at: datetime) -> None:
    """Take a decision out of minutes that are still being written."""
    current = _writing(by, decision.meeting)
    Decision.objects.filter(pk=decision.pk).delete()
    tell_history(current, who(by), at, "decision.removed", {"decision": decision.text})


@transaction.atomic
def give_action(*, by: Person, meeting: Meeting, what: str, owner: Person, due_on: date, at: datetime) -> Action:
    """Write down what somebody of either side is to do by a day; it is their task from now on."""
    current = _writing(by, meeting)
    task = give_task(
        by=by, engagement=current.engagement, issue=None, what=what, owner=owner, due_on=due_on, at=at
    )  # fmt: skip
    return Action.objects.create(meeting=current, task=task)


@transaction.atomic
def propose_minutes(*, by: Person, meeting: Meeting, at: datetime) -> Meeting:
    """Show minutes to the other side to agree to; from now on they stay as they are."""
    current = _asked(by, meeting)
    written, there = current.minutes, attendances(current)
    actions = [minutes.Action(one.task.what, one.task.owner.name, one.task.due_on) for one in actions_of(current)]
    decisions = [one.text for one in current.decisions.all()]
    gaps = minutes.minutes_gaps({side: len(people) for side, people in there.items()}, decisions, actions)
    if not (written.text or decisions or actions):
        gaps.append("Nothing is written in them, decided or to be done.")
    with ruled():
        after = minutes.propose(written.rule, by=by.side, gaps=gaps)
    _keep(written, state=after.state.value, returned="", digest=digest_of(current), proposed_at=at)
    tell_history(current, who(by), at, "minutes.proposed", {"digest": written.digest})
    tell_side(current, by.side.other, at, event=f"minutes:{at.isoformat()}")
    return current


@transaction.atomic
def agree_to_minutes(*, by: Person, meeting: Meeting, digest: str, at: datetime) -> Meeting:
    """Agree to minutes for the side that did not write them; `digest` is that of what was read."""
    current = _asked(by, meeting)
    with ruled():
        after = minutes.agree(current.minutes.rule, by=by.side, digest=digest)
    _keep(current.minutes, state=after.state.value, agreed_at=at, agreed_by=by)
    tell_history(current, who(by), at, "minutes.agreed", {"digest": current.minutes.digest})
    tell_side(current, by.side.other, at, event=f"minutes:{at.isoformat()}")
    return current


@transaction.atomic
def send_minutes_back(*, by: Person, meeting: Meeting, reason: str, at: datetime) -> Meeting:
    """Return minutes to the side that writes them, with what is to be said differently."""
    current = _asked(by, meeting)
    with ruled():
        after = minutes.send_back(current.minutes.rule, by=by.side, reason=reason.strip())
    _keep(current.minutes, state=after.state.value, returned=after.returned)
    tell_history(current, who(by), at, "minutes.sent_back", {"reason": after.returned})
    tell_side(current, by.side.other, at, event=f"minutes:{at.isoformat()}")
    return current


def digest_of(meeting: Meeting) -> str:
    """What stands for everything in the minutes of a meeting: who was there, what was said, decided and promised."""
    there = attendances(meeting)
    content = {
        "meeting": meeting.pk,
        "held_on": str(meeting.held_on),
        "present": {side.value: [one.name for one in people] for side, people in there.items()},
        "text": meeting.minutes.text,
        "decisions": [one.text for one in meeting.decisions.all()],
        "actions": [[one.task.what, one.task.owner.name, str(one.task.due_on)] for one in actions_of(meeting)],
    }
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _asked(by: Person, meeting: Meeting) -> Meeting:
    """The meeting with its minutes, for somebody who takes steps with them."""
    demand_work(by, meeting.engagement)
    current = locked_meeting(meeting)
    if not hasattr(current, "minutes"):
        raise Refused("This meeting has no minutes yet; put it on record first: the day, and who was there.")
    return current


def _writing(by: Person, meeting: Meeting) -> Meeting:
    """The meeting whose minutes somebody of the writing side is at."""
    current = _asked(by, meeting)
    with ruled():
        minutes.rewrite(current.minutes.rule, by=by.side, digest="")
    return current


def _keep(written: Minutes, **changes: object) -> None:
    """Keep minutes as they are after a step, if nobody took another one meanwhile."""
    if not Minutes.objects.filter(pk=written.pk, state=written.state, digest=written.digest).update(**changes):
        raise Refused("Somebody took a step with these minutes a moment ago; open them again and see how they stand.")
    for name, value in changes.items():
        setattr(written, name, value)
