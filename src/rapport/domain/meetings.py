"""Meetings of the communication plan: whether each took place as planned, and what became of those that did not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rapport.domain.calendars import local_instant
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

GRACE_DAYS = 3
"""How many days after its planned day a meeting may still be put on record before it counts as missed."""
EARLY_DAYS = 14
"""How many days before its planned day a meeting may be held and still be that meeting."""
USUAL_MINUTES = 60
"""How long a meeting takes that begins at a time, unless the plan says otherwise."""
INVITE_DAYS = 14
"""How many days before its planned day people are invited to a meeting."""


class State(StrEnum):
    """What became of a meeting.

    `planned`: it is to come, or nobody has said yet how it went. `held`: people of both sides met. `missed`: its day
    and the days of grace passed, and nobody put it on record; it can still be held late. `cancelled`: a side called it
    off beforehand. What is missed or cancelled was not held.
    """

    PLANNED = "planned"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"


_WAY_ON: Mapping[State, str] = {
    State.PLANNED: "hold it, move it or cancel it",
    State.HELD: "correct what was said in its minutes",
    State.MISSED: "hold it late, or hold the next one",
    State.CANCELLED: "hold the next one",
}


@dataclass(frozen=True)
class Meeting:
    """One occurrence of a regular meeting, and the day it is planned on: the whole day, or from a time of day on.

    `reason` says why it was last moved, or why it was cancelled and by which side. `held_on` is the day people met.
    """

    state: State
    planned_on: date
    reason: str = ""
    starts_at: time | None = None
    held_on: date | None = None
    cancelled_by: Side | None = None


def hold(meeting: Meeting, *, on: date, attendance: Mapping[Side, int], today: date) -> Meeting:
    """The meeting put on record as held on a day, with so many people of each side; a missed one is held late.

    Raises:
        Refused: it is held or cancelled already, a side was not there, or the day is still to come or more than two
            weeks before the planned one.
    """
    _require(meeting, "held", State.PLANNED, State.MISSED)
    if on > today:
        raise _refusal(meeting, f"{on} is still to come; put it on record once people have met")
    if on < (earliest := meeting.planned_on - timedelta(days=EARLY_DAYS)):
        raise _refusal(meeting, f"a meeting on {on} is another one; this one is held on {earliest} or later, or moved")
    if absent := absent_sides(attendance):
        nobody = " and nobody of the ".join(absent)
        raise _refusal(meeting, f"nobody of the {nobody} was there; name at least one person of each side, or move it")
    return replace(meeting, state=State.HELD, held_on=on)


def cancel(meeting: Meeting, *, by: Side, reason: str) -> Meeting:
    """The meeting called off by a side; like a missed one it counts as not held.

    Raises:
        Refused: it is not planned any more, or no reason is given.
    """
    _require(meeting, "cancelled", State.PLANNED)
    _require_reason(meeting, reason)
    return replace(meeting, state=State.CANCELLED, reason=reason, cancelled_by=by)


def move(
    meeting: Meeting, *, to: date, starts_at: time | None, reason: str, now: datetime, next_on: date | None
) -> Meeting:
    """The meeting planned at another time or on another day, before the day of the next one.

    Without `starts_at` it is on the whole day. `now` is by the clocks of its zone; `next_on` is None where there is no
    next one.

    Raises:
        Refused: it is not planned any more, no reason is given, the time is none in hours and minutes, day and time are
            the same or past, or the day is that of the next meeting or later.
    """
    _require(meeting, "moved", State.PLANNED)
    _require_reason(meeting, reason)
    if starts_at and (starts_at.tzinfo or starts_at != starts_at.replace(second=0, microsecond=0)):
        raise _refusal(meeting, f"{starts_at} is no time by its clocks in hours and minutes; write one such as 14:30")
    if (to, starts_at) == (meeting.planned_on, meeting.starts_at):
        what = "day and time" if starts_at else "day"
        raise _refusal(
            meeting, f"that is its {what} already; name another {what.replace(' and ', ' or ')}, or leave it"
        )
    if to < now.date():
        raise _refusal(meeting, f"{to} is past; name today or a day to come, or put it on record as held")
    if starts_at and (to, starts_at) <= (now.date(), now.time()):
        raise _refusal(meeting, f"{starts_at:%H:%M} of today is past; name a later time, or put it on record as held")
    if next_on is not None and to >= next_on:
        raise _refusal(meeting, f"the next one is on {next_on}; name a day before that, or cancel this one")
    return replace(meeting, planned_on=to, starts_at=starts_at, reason=reason)


def miss(meeting: Meeting, *, today: date) -> Meeting:
    """The meeting counted as missed because its day and the days of grace passed without a word about it.

    Raises:
        Refused: it is not planned any more, or there is still time to put it on record.
    """
    _require(meeting, "counted as missed", State.PLANNED)
    if today < (day := missed_on(meeting.planned_on)):
        raise _refusal(meeting, f"it can be put on record until {day - timedelta(days=1)}; wait until that day is over")
    return replace(meeting, state=State.MISSED)


def missed_on(planned_on: date) -> date:
    """The first day on which a meeting planned on a day counts as missed if nobody has put it on record."""
    return planned_on + timedelta(days=GRACE_DAYS + 1)


def hours(on: date, starts_at: time, minutes: int, zone: str) -> tuple[datetime, datetime]:
    """From when to when a meeting lasts that begins on a day when clocks of a zone show a time, as moments in UTC.

    Where they show it twice it begins the first time; where they skip it, as much later as they skip.
    """
    start = datetime.fromtimestamp(local_instant(ZoneInfo(zone), on, starts_at), UTC)
    return start, start + timedelta(minutes=minutes)


class Letter(StrEnum):
    """What somebody is told of a meeting by mail: that they are asked to come, or that they need not come then."""

    REQUEST = "request"
    CANCEL = "cancel"


def letter_for(meeting: Meeting, *, is_expected: bool, is_invited: bool, is_over: bool, today: date) -> Letter | None:
    """What somebody is to know of a meeting by mail now; None where there is nothing to say.

    Whoever is expected is invited two weeks ahead, and stays so wherever it is moved. Who was invited learns when it is
    called off or was held early, or when they are not expected any more.
    """
    is_done = meeting.state is State.MISSED or (meeting.held_on is not None and meeting.held_on >= meeting.planned_on)
    if is_over or is_done:
        return None
    if meeting.state is State.PLANNED and is_expected:
        is_soon = meeting.planned_on <= today + timedelta(days=INVITE_DAYS)
        return Letter.REQUEST if is_invited or is_soon else None
    return Letter.CANCEL if is_invited else None


def absent_sides(attendance: Mapping[Side, int]) -> tuple[Side, ...]:
    """The sides of which nobody was there, the client first."""
    return tuple(side for side in Side if attendance.get(side, 0) < 1)


def _require(meeting: Meeting, done: str, *states: State) -> None:
    if meeting.state not in states:
        expected = " or ".join(f"a {state} one" for state in states)
        way_on = _WAY_ON[meeting.state]
        raise _refusal(meeting, f"it is {meeting.state}, and only {expected} can be {done}; {way_on}")


def _require_reason(meeting: Meeting, reason: str) -> None:
    if not reason.strip():
        raise _refusal(meeting, "the reason is empty, but the other side must learn it; say why in a sentence")


def _refusal(meeting: Meeting, sentence: str) -> Refused:
    return Refused(f"Meeting of {meeting.planned_on}: {sentence}.")
