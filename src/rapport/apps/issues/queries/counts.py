"""Counting issues of many engagements at once. Whoever asks has been let into the engagements before."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q

from rapport.apps.issues.models import Edition, Issue
from rapport.apps.issues.queries.lists import OPEN, is_late, is_move_of
from rapport.domain.coverage import Issues
from rapport.domain.issues import State
from rapport.domain.roles import Side


def issues_on(engagements: Sequence[int], day: date) -> dict[int, Issues]:
    """How the issue lists of engagements stand on a day; as many queries for one as for all.

    What is overdue counts against the side whose move it is, and against neither while figures are still to come.
    """
    listed = Issue.objects.filter(engagement__in=engagements).exclude(state=State.DECLINED).order_by()
    late = {f"late_{side}": Count("pk", filter=is_late(day) & is_move_of(side)) for side in Side}
    counts = listed.values("engagement_id").annotate(
        ever=Count("pk"), open=Count("pk", filter=Q(state__in=OPEN)), **late
    )
    editions = Edition.objects.filter(engagement__in=engagements).order_by().values("engagement_id")
    sent = {
        row["engagement_id"]: row
        for row in editions.annotate(sent=Max("approved_at"), waits=Min("made_at", filter=Q(approved_at=None)))
    }
    counted = {row["engagement_id"]: row for row in counts}
    return {number: _issues(counted.get(number, {}), sent.get(number, {})) for number in counted.keys() | sent.keys()}


def moves_of(engagements: Sequence[int]) -> defaultdict[int, Counter[Side]]:
    """How many open issues of engagements wait for each side; one query for all."""
    standing = ("state", "proposed_by", "responsible", "resolved_by", "move")
    issues = Issue.objects.filter(engagement__in=engagements, state__in=OPEN).order_by()
    found: defaultdict[int, Counter[Side]] = defaultdict(Counter)
    for row in issues.values("engagement_id", *standing).annotate(count=Count("pk")):
        if side := Issue(**{name: row[name] for name in standing}).waits_for:
            found[row["engagement_id"]][side] += row["count"]
    return found


def _issues(counted: Mapping[str, Any], sent: Mapping[str, Any]) -> Issues:
    overdue = {side: count for side in Side if (count := counted.get(f"late_{side}", 0))}
    days = {name: at.date() if (at := sent.get(name)) else None for name in ("sent", "waits")}
    return Issues(counted.get("ever", 0), counted.get("open", 0), overdue, days["sent"], days["waits"])
