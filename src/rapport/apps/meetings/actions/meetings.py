"""What people do with a meeting: add to its agenda, move it, cancel it, put it on record."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.issues.policy import demand_work
from rapport.apps.meetings.actions.steps import CHANGED, keep_meeting, locked_meeting, tell_history, tell_side
from rapport.apps.meetings.models import LONGEST_LINE, LONGEST_NAME, Attendance, Meeting, Minutes, Point
from rapport.apps.meetings.queries.agenda import agenda_of, frozen
from rapport.apps.meetings.queries.lists import invited, next_of_series
from rapport.apps.partners.queries import plain_name
from rapport.domain import meetings
from rapport.domain.meetings import State
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

Present = Mapping[Side, Sequence[Person | str]]
"""Who is there for each side: people who have an account here, or names."""
There = Mapping[Side, Sequence[tuple[Person | None, str]]]
"""The same with everybody's name."""


@transaction.atomic
def add_point(*, by: Person, meeting: Meeting, text: str, at: datetime) -> Point:
    """Put something on the agenda of a meeting that is to come; both sides see it."""
    demand_work(by, meeting.engagement)
    current = locked_meeting(meeting)
    if not (said := plain_name(text)):
        raise Refused("Say in a line what you want to talk about.")
    if current.state != State.PLANNED:
        raise Refused(f"This meeting is {current.state}; put it on the agenda of the next one.")
    keep_meeting(current, current.rule)
    point = Point.objects.create(meeting=current, side=by.side, by=by, text=said[:LONGEST_LINE], at=at)
    tell_history(current, who(by), at, "agenda.point_added", {"point": point.text})
    return point


@transaction.atomic
def move_meeting(
    *, by: Person, meeting: Meeting, to: date, starts_at: time | None, reason: str, seen: int, at: datetime
) -> Meeting:
    """Plan a meeting at another time or on another day before the next one of its series, and tell the other side why.

    Without `starts_at` it is on the whole day from now on. `seen` is the turn that was read, so that no other time is
    lost.
    """
    demand_work(by, meeting.engagement)
    current = locked_meeting(meeting)
    before = _when(current)
    following = next_of_series(current)
    next_on = following.planned_on if following else None
    after = meetings.move(
        current.rule, to=to, starts_at=starts_at, reason=reason, now=current.local(at).replace(tzinfo=None),
        next_on=next_on,
    )  # fmt: skip
    if seen != current.turn:
        raise Refused(CHANGED.format("meeting"))
    keep_meeting(current, after)
    details = {"from": before, "to": _when(current), "reason": after.reason}
    tell_history(current, who(by), at, "meeting.moved", details)
    tell_side(current, by.side.other, at, Urgency.AT_ONCE)
    return current


@transaction.atomic
def cancel_meeting(*, by: Person, meeting: Meeting, reason: str, at: datetime) -> Meeting:
    """Call a meeting off, and tell the other side why; it counts as not held."""
    demand_work(by, meeting.engagement)
    current = locked_meeting(meeting)
    after = meetings.cancel(current.rule, by=by.side, reason=reason)
    keep_meeting(current, after)
    tell_history(current, who(by), at, "meeting.cancelled", {"reason": after.reason})
    tell_side(current, by.side.other, at, Urgency.AT_ONCE)
    return current


@transaction.atomic
def hold_meeting(*, by: Person, meeting: Meeting, on: date, present: Present, at: datetime) -> Meeting:
    """Put a meeting on record: the day people met and who was there. Its agenda is kept as it is now, and the side
    that does this writes the minutes.
    """
    demand_work(by, meeting.engagement)
    current = locked_meeting(meeting)
    there = known(current, present)
    counts = {side: len(people) for side, people in there.items()}
    after = meetings.hold(current.rule, on=on, attendance=counts, today=current.local(at).date())
    kept = frozen(agenda_of(current, at))
    keep_meeting(current, after)
    Meeting.objects.filter(pk=current.pk).update(agenda=kept)
    mark_present(current, there)
    Minutes.objects.create(meeting=current, written_by=by.side)
    tell_history(current, who(by), at, "meeting.held", _there_words(there))
    return current


def known(meeting: Meeting, present: Present) -> There:
    """Who was there, each with a name that is one; refuses people who are not of that side of the engagement."""
    people = invited(meeting)
    for side, there in present.items():
        strangers = {one for one in there if isinstance(one, Person)}.difference(people[side])
        if strangers:
            raise Refused(f"Somebody is not one of the {side}'s people of this engagement; choose from the list.")
    return {side: [(one, name) for one, name in map(_named, there) if name] for side, there in present.items()}


def mark_present(meeting: Meeting, there: There) -> None:
    """Write down who was at a meeting, in place of whoever was written down before."""
    rows = {
        (side, name): Attendance(meeting=meeting, side=side.value, person=person, name=name)
        for side, people in there.items()
        for person, name in people
    }
    Attendance.objects.filter(meeting=meeting).delete()
    Attendance.objects.bulk_create(rows.values())


def _named(one: Person | str) -> tuple[Person | None, str]:
    return (one, one.name) if isinstance(one, Person) else (None, plain_name(one)[:LONGEST_NAME])


def _when(meeting: Meeting) -> str:
    """The day a meeting is planned on, and its time where it has one."""
    return meeting.planned_on.isoformat() + (f" {meeting.starts_at:%H:%M}" if meeting.starts_at else "")


def _there_words(there: There) -> dict[str, str]:
    return {side.value: ", ".join(name for _, name in people) for side, people in there.items()}
