"""Windows that are nearly over although somebody still has to speak."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from rapport.apps.assurance.models import Line, PeriodWindow
from rapport.apps.assurance.queries.agreed import versions_of
from rapport.apps.assurance.queries.books import as_rule, closing_at, is_running, phase_of, running_lines
from rapport.apps.engagements.models import Engagement
from rapport.domain.roles import Side
from rapport.domain.settlement import waits_for

SOON = timedelta(days=2)
"""How long before a window closes those whose move it is are told."""


@dataclass(frozen=True)
class Closing:
    """A window that closes soon, and the sides whose move it is with any of its figures."""

    engagement: Engagement
    line: Line
    sides: frozenset[Side]


def closing_soon(at: datetime) -> list[Closing]:
    """The windows of all engagements that close soon and wait for somebody, but for those both were told of."""
    engagements = list(Engagement.objects.select_related("client_owner", "partner_owner"))
    lines = running_lines(engagements, versions_of(engagements, at), at, by=at + SOON)
    told = PeriodWindow.objects.exclude(told_at=None).filter(closes_at__gt=at)
    known = set(told.values_list("engagement_id", "period", "ends_at"))
    return [
        closing
        for engagement in engagements
        for closing in _closing(engagement, lines.get(engagement.pk, []), at)
        if (engagement.pk, closing.line.period, closing.line.ends_at) not in known
    ]


def _closing(engagement: Engagement, lines: list[Line], at: datetime) -> Iterator[Closing]:
    soon = [line for line in lines if is_running(line, at) and closing_at(line) <= at + SOON]
    for _, found in groupby(sorted(soon, key=_window), key=_window):
        of_one = list(found)
        sides = frozenset[Side]().union(*(waits_for(as_rule(line), phase_of(line, at).phase) for line in of_one))
        yield Closing(engagement, of_one[0], sides)


def _window(line: Line) -> tuple[datetime, str]:
    return line.ends_at, line.period
