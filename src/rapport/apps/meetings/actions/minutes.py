"""What people do with minutes: one side writes and proposes them, the other agrees or sends them back."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.issues.actions import give_task
from rapport.apps.issues.policy import demand_work
from rapport.apps.issues.queries import worker
from rapport.apps.meetings.actions.meetings import Present, known, mark_present
from rapport.apps.meetings.actions.steps import digest_of_content, locked_meeting, tell_history, tell_side
from rapport.apps.meetings.models import LONGEST_LINE, LONGEST_TEXT, Action, Decision, Meeting, Minutes
from rapport.apps.meetings.queries.lists import actions_of, attendances
from rapport.apps.partners.queries import plain_name
from rapport.domain import minutes
from rapport.domain.refusals import Refused

_CHANGED = "Somebody changed these minutes a moment ago; read them as they stand now, then save yours again."


class NewAction(NamedTuple):
    """Something to be done, by whom, by when."""

    what: str
    owner: Person
    due_on: date


@transaction.atomic
def write_draft(
    *, by: Person, meeting: Meeting, turn: int, text: str, present: Present | None = None, decision: str = "",
    removed: Iterable[Decision] = (), action: NewAction | None = None, removed_actions: Iterable[Action] = (),
    is_proposed: bool = False, at: datetime,
) -> Meeting:  # fmt: skip
    """Write down all that came up at a meeting, in one go: what was said, who was there, decisions and actions.

    `turn` is that of the minutes as they were read. The other side sees them while they are written, and is asked to
    agree once they are proposed.
    """
    _writing(by, meeting, turn)
    for one in removed:
        remove_decision(by=by, decision=one, at=at)
    for given in removed_actions:
        remove_action(by=by, action=given, at=at)
    if decision.strip():
        decide(by=by, meeting=meeting, text=decision, at=at)
    if action:
        give_action(by=by, meeting=meeting, at=at, **action._asdict())
    written = _written(by, meeting, text, present, at)
    return propose_minutes(by=by, meeting=written, turn=written.minutes.turn, at=at) if is_proposed else written


@transaction.atomic
def decide(*, by: Person, meeting: Meeting, text: str, at: datetime) -> Decision:
    """Write down something both sides decided at a meeting."""
    current = _writing(by, meeting)
    if not (said := plain_name(text)):
        raise Refused("Say in a line what was decided.")
    decision = Decision.objects.create(meeting=current, text=said[:LONGEST_LINE], by=by)
    _keep(current.minutes)
    tell_history(current, who(by), at, "decision.written", {"decision": decision.text})
    return decision


@transaction.atomic
def remove_decision(*, by: Person, decision: Decision, at: datetime) -> None:
    """Take a decision out of minutes that are still being written."""
    current = _writing(by, decision.meeting)
    Decision.objects.filter(pk=decision.pk).delete()
    _keep(current.minutes)
    tell_history(current, who(by), at, "decision.removed", {"decision": decision.text})


@transaction.atomic
def give_action(*, by: Person, meeting: Meeting, what: str, owner: Person, due_on: date, at: datetime) -> Action:
    """Write down what somebody of either side is to do by a day; it is their task once the minutes are agreed."""
    current = _writing(by, meeting)
    if not (said := plain_name(what)):
        raise Refused("Say in a line what is to be done.")
    if worker(current.engagement, owner.pk) is None:
        raise Refused("The action has to be somebody's who works on this engagement; choose one of the list.")
    action = Action.objects.create(meeting=current, what=said[:LONGEST_LINE], owner=owner, due_on=due_on)
    _keep(current.minutes)
    tell_history(current, who(by), at, "action.written", _words(action))
    return action


@transaction.atomic
def remove_action(*, by: Person, action: Action, at: datetime) -> None:
    """Take an action out of minutes that are still being written."""
    current = _writing(by, action.meeting)
    Action.objects.filter(pk=action.pk).delete()
    _keep(current.minutes)
    tell_history(current, who(by), at, "action.removed", _words(action))


@transaction.atomic
def propose_minutes(*, by: Person, meeting: Meeting, turn: int, at: datetime) -> Meeting:
    """Show minutes, with the turn that was read, to the other side to agree to; from now on they stay as they are."""
    current = _asked(by, meeting, turn)
    written, there = current.minutes, attendances(current)
    actions = [minutes.Action(one.what, one.owner.name, one.due_on) for one in actions_of(current)]
    decisions = [one.text for one in current.decisions.all()]
    gaps = minutes.minutes_gaps({side: len(people) for side, people in there.items()}, decisions, actions)
    if not (written.text or decisions or actions):
        gaps.append("Nothing is written in them, decided or to be done.")
    after = minutes.propose(written.rule, by=by.side, gaps=gaps)
    _keep(written, state=after.state.value, returned="", digest=digest_of(current), proposed_at=at)
    tell_history(current, who(by), at, "minutes.proposed", {"digest": written.digest})
    tell_side(current, by.side.other, at, event=f"minutes:{at.isoformat()}")
    return current


@transaction.atomic
def agree_to_minutes(*, by: Person, meeting: Meeting, digest: str, at: datetime) -> Meeting:
    """Agree to minutes for the side that did not write them; `digest` is that of what was read. What is to be done is
    a task from now on.
    """
    current = _asked(by, meeting)
    after = minutes.agree(current.minutes.rule, by=by.side, digest=digest)
    _keep(current.minutes, state=after.state.value, agreed_at=at, agreed_by=by)
    _give_tasks(by, current, at)
    tell_history(current, who(by), at, "minutes.agreed", {"digest": current.minutes.digest})
    tell_side(current, by.side.other, at, event=f"minutes:{at.isoformat()}")
    return current


@transaction.atomic
def send_minutes_back(*, by: Person, meeting: Meeting, reason: str, at: datetime) -> Meeting:
    """Return minutes to the side that writes them, with what is to be said differently."""
    current = _asked(by, meeting)
    after = minutes.send_back(current.minutes.rule, by=by.side, reason=reason.strip())
    _keep(current.minutes, state=after.state.value, returned=after.returned, digest=after.text_digest)
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
        "actions": [[one.what, one.owner.name, str(one.due_on)] for one in actions_of(meeting)],
    }
    return digest_of_content(content)


def _asked(by: Person, meeting: Meeting, turn: int | None = None) -> Meeting:
    """The meeting with its minutes, for somebody who takes steps with them, having read them at a turn."""
    demand_work(by, meeting.engagement)
    current = locked_meeting(meeting)
    if not hasattr(current, "minutes"):
        raise Refused("This meeting has no minutes yet; put it on record first: the day, and who was there.")
    if turn is not None and turn != current.minutes.turn:
        raise Refused(_CHANGED)
    return current


def _writing(by: Person, meeting: Meeting, turn: int | None = None) -> Meeting:
    """The meeting whose minutes somebody of the writing side is at."""
    current = _asked(by, meeting, turn)
    minutes.rewrite(current.minutes.rule, by=by.side, digest="")
    return current


def _written(by: Person, meeting: Meeting, text: str, present: Present | None, at: datetime) -> Meeting:
    """What was said at a meeting, and who was there if that is corrected."""
    current = _writing(by, meeting)
    said = text.strip().replace("\r\n", "\n")
    if len(said) > LONGEST_TEXT:
        raise Refused(f"The minutes have {len(said):,} characters; say it in at most {LONGEST_TEXT:,}.")
    if present is not None:
        there = known(current, present)
        if absent := minutes.minutes_gaps({side: len(people) for side, people in there.items()}, (), ()):
            raise Refused(f"{' '.join(absent)} Name at least one person of each side.")
        mark_present(current, there)
    _keep(current.minutes, text=said)
    tell_history(current, who(by), at, "minutes.written")
    return current


def _give_tasks(by: Person, meeting: Meeting, at: datetime) -> None:
    for action in actions_of(meeting):
        if worker(meeting.engagement, action.owner_id) is None:
            raise Refused(
                f"{action.owner.name} does not work on this engagement any more; send the minutes back, so that "
                f"“{action.what}” is given to somebody else."
            )
        task = give_task(
            by=by, engagement=meeting.engagement, issue=None, what=action.what, owner=action.owner,
            due_on=action.due_on, at=at,
        )  # fmt: skip
        Action.objects.filter(pk=action.pk).update(task=task)


def _words(action: Action) -> dict[str, str]:
    return {"action": action.what, "owner": action.owner.name, "due": action.due_on.isoformat()}


def _keep(written: Minutes, **changes: object) -> None:
    """Keep minutes as they are after a step, if nobody took another one meanwhile."""
    changes["turn"] = written.turn + 1
    if not Minutes.objects.filter(pk=written.pk, turn=written.turn).update(**changes):
        raise Refused(_CHANGED)
    for name, value in changes.items():
        setattr(written, name, value)
