"""What the agreements in force plan: which meetings and reports there are to be, and on which days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of, people_meant, texts_in_force
from rapport.domain.issues import Origin
from rapport.domain.rhythm import Rhythm, days_between
from rapport.domain.roles import Side

_AHEAD = timedelta(weeks=8)
"""How far ahead meetings and reports stand in the calendar."""


@dataclass(frozen=True)
class Series:
    """A regular meeting or report of a plan; `expected` names who takes part for each side.

    A meeting begins at `starts_at` by the clocks of its `zone` and `lasts` so many minutes, or is on the whole day.
    """

    id: str
    name: str
    channel: str
    expected: Mapping[str, list[str]]
    is_report: bool
    owed_by: Side
    rhythm: Rhythm
    day: str | int
    starts_at: time | None
    lasts: int
    zone: str

    def days(self, first: date, last: date) -> list[date]:
        """The days of [first, last] on which it falls."""
        return days_between(self.rhythm, self.day, first, last)


@dataclass(frozen=True)
class Plan:
    """The communication plan of an agreement, the days it holds for, and whether a late report is an issue."""

    series: tuple[Series, ...]
    first: date
    last: date
    raises_late: bool

    def occurrences(self, today: date) -> Iterator[tuple[Series, date]]:
        """Every meeting and report of the next weeks, today included."""
        first, last = max(self.first, today), min(self.last, today + _AHEAD)
        for one in self.series:
            yield from ((one, day) for day in one.days(first, last))


def plans() -> dict[int, Plan | None]:
    """The plan of every engagement whose agreement is in force, by engagement; None where it cannot be read."""
    return {engagement: plan_of(text) for engagement, text in texts_in_force().items()}


@lru_cache(maxsize=1024)
def plan_of(text: str) -> Plan | None:
    """The plan in the text of an agreement; None where this release cannot read it any more."""
    if faults_of(text):
        return None
    agreement = document_of(AgreementVersion(text=text)).agreement
    series = tuple(
        Series(
            id=one.id, name=one.name, channel=one.channel, is_report=one.kind == "report", owed_by=Side(one.sent_by),
            expected={"client": list(one.client), "partner": list(one.partner)}, rhythm=Rhythm(one.rhythm),
            day=one.day, starts_at=one.at, lasts=one.minutes, zone=agreement.time_zone,
        )
        for one in agreement.communication
    )  # fmt: skip
    raises_late = Origin.LATE_REPORT.value in agreement.issues.raised_for
    return Plan(series, agreement.term.first, agreement.term.last, raises_late)


def told_of(engagement: Engagement, side: Side, expected: Mapping[str, list[str]]) -> list[Person]:
    """Whom of a side something of the plan is told: whom it names, else the side's owner of the engagement."""
    return people_meant(engagement, side, expected.get(side.value, ())).people
