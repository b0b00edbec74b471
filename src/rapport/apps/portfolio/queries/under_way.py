"""What is under way in one engagement, in a few lines."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.escalations.queries.lists import escalations_of
from rapport.apps.issues.queries import OPEN, is_late, issues_of, waits_for
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.meetings.queries import coming_meetings, owed_reports
from rapport.apps.practices.queries import symptoms_of
from rapport.domain.calendars import last_today
from rapport.domain.escalations import State


@dataclass(frozen=True)
class UnderWay:
    """How many issues are open, wait for either side and are late, what climbs, what comes next, and what shows."""

    open: int
    ours: int
    theirs: int
    late: int
    escalations: int
    meeting: Meeting | None
    report: Report | None
    symptoms: int


def under_way(actor: Person, engagement: Engagement, now: datetime) -> UnderWay:
    """What is under way in an engagement that the actor sees."""
    counts = {
        "open": Count("pk"),
        "ours": Count("pk", filter=waits_for(actor.side)),
        "theirs": Count("pk", filter=waits_for(actor.side.other)),
        "late": Count("pk", filter=is_late(last_today(now))),
    }
    issues = issues_of(actor, engagement).filter(state__in=OPEN).order_by()
    return UnderWay(
        **issues.aggregate(**counts),
        escalations=escalations_of(actor, engagement).exclude(state=State.ENDED).count(),
        meeting=coming_meetings(actor, engagement).filter(planned_on__gte=now.date()).first(),
        report=owed_reports(actor, engagement).first(),
        symptoms=symptoms_of(actor, engagement).count(),
    )
