"""How a step with a meeting or a report is kept: the row locked, changed if it is as it was read, told, recorded."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import Who, record
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.meetings.queries.plan import told_of
from rapport.apps.notices.actions import notify
from rapport.domain import meetings, reports
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

MEETING, REPORT = "meeting", "report"
"""The kinds of notice about a meeting and about a report."""
CHANGED = "Somebody took a step with this {} a moment ago; open it again and see how it stands."
_PEOPLE = ("engagement__client_owner", "engagement__partner_owner")


def locked_meeting(meeting: Meeting, *, is_to_go: bool = False) -> Meeting:
    """The meeting as it is now; nobody else takes a step with it meanwhile, nor says anything of one that is to go."""
    rows = Meeting.objects.select_for_update(of=("self",), no_key=not is_to_go).select_related("minutes", *_PEOPLE)
    if (found := rows.filter(pk=meeting.pk).first()) is None:
        raise Refused("The agreement was changed, and this meeting is not planned any more; open the next one.")
    return found


def locked_report(report: Report) -> Report:
    """The report as it is now; nobody else takes a step with it meanwhile."""
    rows = Report.objects.select_for_update(of=("self",)).select_related(*_PEOPLE)
    if (found := rows.filter(pk=report.pk).first()) is None:
        raise Refused("The agreement was changed, and this report is not owed any more; open the next one.")
    return found


def keep_meeting(meeting: Meeting, after: meetings.Meeting) -> None:
    """Keep a meeting as it is after a step, if it still is as it was read."""
    changes = {
        "state": after.state.value,
        "planned_on": after.planned_on,
        "starts_at": after.starts_at,
        "held_on": after.held_on,
        "reason": after.reason,
        "cancelled_by": after.cancelled_by or "",
        "turn": meeting.turn + 1,
    }
    if not Meeting.objects.filter(pk=meeting.pk, turn=meeting.turn).update(**changes):
        raise Refused(CHANGED.format("meeting"))
    for name, value in changes.items():
        setattr(meeting, name, value)


def keep_report(report: Report, after: reports.Report) -> None:
    """Keep a report as it is after a step, if it still is as it was read."""
    changes = {
        "state": after.state.value,
        "was_late": after.was_late,
        "mend_by": after.mend_by,
        "received_on": after.received_on,
        "returned": after.returned,
        "turn": report.turn + 1,
    }
    if not Report.objects.filter(pk=report.pk, turn=report.turn).update(**changes):
        raise Refused(CHANGED.format("report"))
    for name, value in changes.items():
        setattr(report, name, value)


def digest_of_content(content: Mapping[str, Any]) -> str:
    """What stands for the content of minutes or of a report, whatever the order it was put together in."""
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def tell_history(
    row: Meeting | Report, by: Who, at: datetime, verb: str, details: dict[str, str] | None = None
) -> None:
    """Leave a line in the engagement's history."""
    record(row.engagement.chain, by=by, at=at, verb=verb, subject=str(row), details=details)


def tell_side(
    row: Meeting | Report, side: Side, at: datetime, urgency: Urgency = Urgency.DIGEST, *, event: str = "",
    but: Person | None = None,
) -> None:  # fmt: skip
    """Tell those of a side whom the plan names of what happened to a meeting or a report."""
    kind = MEETING if isinstance(row, Meeting) else REPORT
    people = [person for person in told_of(row.engagement, side, row.expected) if person != but]
    event = f"{kind}:{row.pk}:{event or f'turn:{row.turn}'}"
    notify(recipients=people, kind=kind, subject=row.pk, event=event, urgency=urgency, at=at)
