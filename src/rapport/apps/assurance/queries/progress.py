"""How far many engagements are with their figures, counted; nothing of what is sealed can be told from it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, Subquery, When

from rapport.apps.assurance.models import Line, Statement
from rapport.apps.engagements.models import Engagement
from rapport.domain import settlement
from rapport.domain.roles import Side
from rapport.domain.settlement import State, Window, phase_on

_OPEN = [state.value for state in State if not state.is_closed]


@dataclass(frozen=True)
class Progress:
    """The lines of one engagement that somebody spoke about: how many are in which state, and of whom some are late.

    `disputed` are those that a side ever contested, `newest` is the end of the latest period.
    """

    lines: Mapping[State, int]
    disputed: Mapping[State, int]
    late: Mapping[Side, int]
    newest: datetime


def progress(engagements: Iterable[Engagement], at: datetime) -> dict[int, Progress]:
    """How far engagements are with their figures, by the engagement's number; one query for however many.

    An engagement of which nobody has spoken about a figure is absent.
    """
    rows = _counted(engagements)
    return {number: _progress(list(of_one), at) for number, of_one in groupby(rows, key=lambda row: row["engagement"])}


def _counted(engagements: Iterable[Engagement]) -> list[dict[str, Any]]:
    """Lines that the rules of settling do not tell apart, together; what is closed is told apart by its state alone."""
    said = Statement.objects.filter(line=OuterRef("pk"))
    latest = said.filter(kind="offer").order_by("-pk").values("side")[:1]
    kinds = Line.objects.filter(engagement__in=engagements).values(
        "engagement",
        "state",
        "report_days",
        "verify_days",
        "settle_days",
        open_from=Case(When(state__in=_OPEN, then=F("ends_at"))),
        has_partner=Case(When(state__in=_OPEN, then=~Q(partner=""))),
        has_client=Case(When(state__in=_OPEN, then=~Q(client=""))),
        offered_by=Case(When(state__in=_OPEN, then=Subquery(latest))),
        is_disputed=Exists(said.filter(kind="dispute")),
    )
    counted = kinds.order_by("engagement").annotate(lines=Count("pk"), newest=Max("ends_at"))
    return [dict(row) for row in counted]


def _progress(rows: Sequence[Mapping[str, Any]], at: datetime) -> Progress:
    lines, disputed, late = Counter[State](), Counter[State](), Counter[Side]()
    for row in rows:
        lines[State(row["state"])] += row["lines"]
        disputed[State(row["state"])] += row["lines"] * row["is_disputed"]
        late.update(dict.fromkeys(_late_sides(row, at), row["lines"]))
    return Progress(+lines, +disputed, +late, max(row["newest"] for row in rows))


def _late_sides(row: Mapping[str, Any], at: datetime) -> frozenset[Side]:
    if row["open_from"] is None:
        return frozenset()
    window = Window(row["report_days"], row["verify_days"], row["settle_days"])
    phase = phase_on(window, int(row["open_from"].timestamp()), int(at.timestamp())).phase
    return settlement.late_sides(_rule(row), phase)


def _rule(row: Mapping[str, Any]) -> settlement.Line:
    """A line as far as it matters to whose move it is: that something was said counts, and by whom, not what."""
    any_value, offered_by = Fraction(0), row["offered_by"]
    return settlement.Line(
        kpi="",
        period="",
        partner=any_value if row["has_partner"] else None,
        client=any_value if row["has_client"] else None,
        state=State(row["state"]),
        disputes=(settlement.Dispute(Side.CLIENT, ""),) if row["is_disputed"] else (),
        offers=(settlement.Offer(Side(offered_by), any_value, ""),) if offered_by else (),
    )
