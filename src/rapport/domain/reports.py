"""Reports of the communication plan: due on a day, late after it, received, and sent back where they do not say enough.

A report that the reading side does not send back in time stands: a late side blocks nobody.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

REMIND_DAYS = 3
"""How many days before a report is due the side that owes it is reminded."""
READING_DAYS = 5
"""How many calendar days the reading side has to send a report back."""
MENDING_DAYS = 5
"""How many calendar days the owing side has to mend a report that was sent back, if it is not due later anyway."""
LINK_DAYS = 14
"""How many calendar days after a report's last day in time a mail link still hands it in."""


class ReportState(StrEnum):
    """Where a report stands.

    `due`: it is owed, and there is time. `late`: it is owed, and its day is past. `received`: the other side has it.
    `returned`: the other side sent it back, and it is owed again.
    """

    DUE = "due"
    LATE = "late"
    RECEIVED = "received"
    RETURNED = "returned"


class LinkEnd(StrEnum):
    """Why a mail link opens nothing any more.

    `handed_in`: the report is in. `revoked`: an owner of either side ended it. `withdrawn`: the client allows no mail
    links any more, or somebody else was named. `over`: another took its place when it was too old.
    """

    HANDED_IN = "handed_in"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    OVER = "over"


@dataclass(frozen=True)
class Report:
    """One occurrence of a regular report, the day it is due on, which is the last in time, and the side that owes it.

    `returned` is why the other side sent it back, `mend_by` the last day to mend it. `received_on` is the day it last
    came, and `was_late` whether it was late at any time.
    """

    state: ReportState
    due_on: date
    owed_by: Side
    returned: str = ""
    received_on: date | None = None
    mend_by: date | None = None
    was_late: bool = False

    @property
    def owed_until(self) -> date:
        """The last day on which the report is in time: the day it is due, or to be mended."""
        return self.mend_by or self.due_on

    @property
    def link_ends_on(self) -> date:
        """The last day on which a mail link hands the report in."""
        return self.owed_until + timedelta(days=LINK_DAYS)


def is_late(report: Report, today: date) -> bool:
    """Whether a report is owed although its last day is over."""
    return report.state is not ReportState.RECEIVED and today > report.owed_until


def mark_late(report: Report, *, today: date) -> Report:
    """The report marked as late because its last day is over.

    Raises:
        Refused: it is late already, it is received, or there is still time.
    """
    if report.state is ReportState.LATE:
        raise _refusal(report, "it is marked as late already; wait until it is received")
    if not is_late(report, today):
        raise _refusal(report, f"it is not late; {_until(report)}")
    return replace(report, state=ReportState.LATE, was_late=True)


def receive(report: Report, *, by: Side, on: date) -> Report:
    """The report handed over by the side that owes it, in time or late.

    Raises:
        Refused: it is received already, or the other side owes it.
    """
    if report.state is ReportState.RECEIVED:
        raise _refusal(report, f"it was received on {report.received_on}; have it sent back if it has to change")
    if by is not report.owed_by:
        raise _refusal(
            report, f"the {report.owed_by} owes it, and only the {report.owed_by} can hand it over; ask them"
        )
    was_late = report.was_late or is_late(report, on)
    return replace(report, state=ReportState.RECEIVED, returned="", received_on=on, was_late=was_late)


def send_back(report: Report, *, by: Side, reason: str, on: date) -> Report:
    """The report returned by the side that reads it, with what is missing in it; it is then to be mended.

    Raises:
        Refused: it is not received, that side wrote it, the time to read it is over, or no reason is given.
    """
    if report.state is not ReportState.RECEIVED or report.received_on is None:
        raise _refusal(report, "it is not received, so there is nothing to send back; wait until it is")
    if by is report.owed_by:
        raise _refusal(report, f"the {by} wrote it, and only the {by.other} can send it back; ask them")
    if on > (last := report.received_on + timedelta(days=READING_DAYS)):
        raise _refusal(report, f"it could be sent back until {last} and stands now; raise an issue if it is wrong")
    if not reason.strip():
        raise _refusal(report, "the reason is empty, but its writer must know what is missing; say it in a sentence")
    mend_by = max(report.due_on, on + timedelta(days=MENDING_DAYS))
    return replace(report, state=ReportState.RETURNED, returned=reason, mend_by=mend_by)


def _until(report: Report) -> str:
    if report.state is ReportState.RECEIVED:
        return f"it was received on {report.received_on}"
    return f"there is time until {report.owed_until}; wait until that day is over"


def _refusal(report: Report, sentence: str) -> Refused:
    return Refused(f"Report due on {report.due_on}: {sentence}.")
