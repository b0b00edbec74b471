"""Pages about practices."""

from itertools import accumulate, groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.practices import queries
from rapport.domain.coverage import State, Tally
from rapport.kit.exports import Column, as_file

_NEXT = 3
"""How many steps are put before the reader at once."""
_COLUMNS: list[Column[queries.Coverage]] = [
    Column("Practice", lambda row: row.practice.name),
    Column("Phase", lambda row: row.practice.phase.value),
    Column("What it is", lambda row: row.practice.meaning),
    Column("State", lambda row: row.finding.state.value.replace("_", " ")),
    Column("Evidence", lambda row: row.evidence),
    Column("What would make it strong", lambda row: row.finding.strong),
    Column("Next step", lambda row: row.verb),
    Column("Waits for", lambda row: row.waits_for),
]


@require_GET
def show(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """Which practices an engagement has in place, by phase, with the evidence and what to do next."""
    actor, engagement = _asked(request, engagement_id)
    rows = queries.coverage(actor, engagement, timezone.localdate())
    if file := as_file(request, f"Practices {engagement.title}", _COLUMNS, rows):
        return file
    judged = [row for row in rows if row.finding.state is not State.NOT_SUPPORTED]
    phases = [(phase, list(of_one)) for phase, of_one in groupby(judged, key=lambda row: row.practice.phase)]
    others = [row.practice for row in rows if row.finding.state is State.NOT_SUPPORTED]
    context = {"engagement": engagement, "phases": phases, "others": others, **_counts(rows)}
    return render(request, "practices/show.html", context)


@require_GET
def summary(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """The counts and the reader's next steps alone, as a part of the engagement's own page."""
    actor, engagement = _asked(request, engagement_id)
    rows = queries.coverage(actor, engagement, timezone.localdate())
    return render(request, "practices/summary.html", {"engagement": engagement, **_counts(rows)})


def _asked(request: HttpRequest, engagement_id: int) -> tuple[Person, Engagement]:
    actor = actor_of(request)
    return actor, get_object_or_404(visible_engagements(actor), pk=engagement_id)


def _counts(rows: list[queries.Coverage]) -> dict[str, Any]:
    tally, urgent = queries.tally_of(rows), queries.most_urgent(rows)
    return {"tally": tally, "bar": _bar(tally), "next": urgent[:_NEXT], "further": len(urgent[_NEXT:])}


def _bar(tally: Tally) -> list[dict[str, Any]]:
    """The counts as stretches of a bar that is as long as there are practices; what is missing stays empty."""
    lengths = {"good": tally.in_place, "warn": tally.weak, "bad": tally.late}
    starts = accumulate(lengths.values(), initial=0)
    return [
        {"start": start, "length": lengths[tone], "tone": tone} for tone, start in zip(lengths, starts, strict=False)
    ]
