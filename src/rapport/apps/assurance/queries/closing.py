"""Windows that are nearly over although somebody still has to speak."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from rapport.apps.assurance.models import Line, PeriodWindow
from rapport.apps.assurance.queries.agreed import versions_of
from rapport.apps.assurance.queries.books import Values, closing_at, is_running, phase_of, running_lines, values_of
from rapport.apps.assurance.queries.waiting import whose_move
from rapport.apps.engagements.models import Engagement
from rapport.domain.roles import Side

SOON = timedelta(days=2)
"""How long before a window closes those whose move it is are told."""
_A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class Closing:
    """A window that closes soon, and the sides whose move it is with any of its figures."""

    engagement: Engagement
    line: Line
    sides: frozenset[Side]


def closing_soon(at: datetime) -> list[Closing]:
    """The windows of all engagements that close soon and wait for somebody, but for those people were told of."""
    engagements = {one.pk: one for one in Engagement.objects.select_related("client_owner", "partner_owner")}
    places = list(engagements.values())
    found = running_lines(places, versions_of(places, at), at, by=at + SOON)
    told = PeriodWindow.objects.exclude(told_at=None).filter(closes_at__gt=at)
    known = set(told.values_list("engagement_id", "period", "ends_at"))
    lines = [line for of_one in found.values() for line in of_one if _is_soon(line, at) and _window(line) not in known]
    values = values_of([engagements[pk] for pk in {line.engagement_id for line in lines}], lines)
    grouped = groupby(sorted(lines, key=_window), key=_window)
    closing = [_closing(engagements[pk], list(of_it), values.get(pk, {})) for (pk, *_), of_it in grouped]
    return [one for one in closing if one.sides]


def waiting_in(window: PeriodWindow, side: Side, at: datetime) -> tuple[list[Line], Values]:
    """The lines of a window that wait for a side before it closes, with the computed values; none when it has."""
    place = [window.engagement]
    found = running_lines(place, versions_of(place, at), at, by=window.closes_at).get(window.engagement_id, [])
    name = (window.engagement_id, window.period, window.ends_at)
    lines = [line for line in found if _window(line) == name and is_running(line, at)]
    values = values_of(place, lines).get(window.engagement_id, {})
    return [line for line in lines if side in _sides(line, values)], values


def _is_soon(line: Line, at: datetime) -> bool:
    return is_running(line, at) and closing_at(line) <= at + SOON


def _closing(engagement: Engagement, lines: Sequence[Line], values: Values) -> Closing:
    return Closing(engagement, lines[0], frozenset[Side]().union(*(_sides(line, values) for line in lines)))


def _sides(line: Line, values: Values) -> frozenset[Side]:
    """The sides whose move it is with a line right before its window closes, if nobody says anything until then."""
    phase = phase_of(line, closing_at(line) - _A_MOMENT).phase
    return whose_move(line, values.get((line.kpi, line.period)), phase)


def _window(line: Line) -> tuple[int, str, datetime]:
    return line.engagement_id, line.period, line.ends_at
