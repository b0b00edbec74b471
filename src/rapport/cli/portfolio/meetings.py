"""The meetings and reports of the demo portfolio's service desk in the weeks before the present."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from rapport.cli.portfolio.troubles import Steps

if TYPE_CHECKING:
    from rapport.apps.accounts.models import Person
    from rapport.apps.engagements.models import Engagement
    from rapport.apps.meetings.models import Meeting

_WEEKS = 6
_ROBIN = "robin.ames@brightdesk.example"
_MISSED = 3
"""Which of the weekly calls, counted back from the present, nobody came to."""


@dataclass(frozen=True)
class Rounds:
    """The people who meet, and what they do with their meetings and reports."""

    manager: "Person"
    signer: "Person"
    engagement: "Engagement"

    def steps(self, now: datetime) -> Steps:
        """Calls every week, all but one held, the last with minutes that wait; reviews, and a report each month."""
        from rapport.apps.meetings.jobs import follow_plans

        begin = now - timedelta(weeks=_WEEKS)
        found: Steps = [(begin, follow_plans), (begin, self._name)]
        days = (begin.date() + timedelta(days=count) for count in range(1, _WEEKS * 7))
        calls = [day for day in days if day.weekday() == 1]  # Tuesdays, as the plan has it
        for back, day in enumerate(reversed(calls), start=1):
            if back != _MISSED:
                found.append((_at(day), partial(self._meet, "weekly-call", day, "Open tickets looked at.", back > 1)))
        found += [(_at(day, 17), partial(self._rest, day)) for day in calls]
        return found

    def _rest(self, day: date, at: datetime) -> None:
        """What else is planned for the days up to this one: reviews are held, and reports are handed in."""
        from rapport.apps.meetings.actions import hand_in_by_link, send_link
        from rapport.apps.meetings.models import Meeting, Report

        reviews = Meeting.objects.filter(engagement=self.engagement, series="monthly-review", state="planned")
        for review in reviews.filter(planned_on__lte=day):
            self._hold(review, day, "The month went well; calls after five are the matter.", True, at)
        answers = {"went_well": "Tickets were closed in time.", "needed": "Answers to open questions."}
        for report in Report.objects.filter(engagement=self.engagement, state="due", due_on__lte=day):
            link = send_link(by=self.signer, report=report, at=at)
            hand_in_by_link(link=link, turn=link.turn, answers=answers, at=at)

    def _name(self, at: datetime) -> None:
        """Somebody at the desk hands its reports in by mail link, which the client allows."""
        from rapport.apps.meetings.actions import allow_links, name_addressee
        from rapport.apps.meetings.models import Report

        allow_links(by=self.manager, engagement=self.engagement, at=at)
        report = Report.objects.filter(engagement=self.engagement, owed_by="partner").earliest("due_on")
        name_addressee(by=self.signer, report=report, name="Robin Ames", email=_ROBIN, at=at)

    def _meet(self, series: str, day: date, text: str, is_agreed: bool, at: datetime) -> None:
        from rapport.apps.meetings.models import Meeting

        meeting = Meeting.objects.get(engagement=self.engagement, series=series, planned_on=day)
        self._hold(meeting, day, text, is_agreed, at)

    def _hold(self, meeting: "Meeting", day: date, text: str, is_agreed: bool, at: datetime) -> None:
        from rapport.apps.meetings import actions
        from rapport.domain.roles import Side

        present = {Side.CLIENT: [self.manager], Side.PARTNER: [self.signer]}
        meeting = actions.hold_meeting(by=self.manager, meeting=meeting, on=day, present=present, at=at)
        meeting = actions.write_draft(by=self.manager, meeting=meeting, turn=0, text=text, is_proposed=True, at=at)
        if is_agreed:
            actions.agree_to_minutes(by=self.signer, meeting=meeting, digest=meeting.minutes.digest, at=at)


def _at(day: date, hour: int = 15) -> datetime:
    return datetime.combine(day, time(hour), UTC)
