"""Pages about practices."""

from collections.abc import Iterable
from itertools import accumulate, groupby
from typing import Any

from django.core.paginator import Paginator
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
from rapport.apps.practices.models import Symptom
from rapport.domain.coverage import State, Tally
from rapport.kit.exports import Column, as_file
from rapport.kit.parts import is_part

_NEXT = 3
"""How many steps are put before the reader at once."""
_A_PAGE = 50
_WATCHED = 10
"""How many symptoms stand on Today."""
_SYMPTOM_COLUMNS: list[Column[Symptom]] = [
    Column("Engagement", lambda row: row.engagement.title),
    Column("Partner", lambda row: row.engagement.partner.name),
    Column("What shows", lambda row: row.sentence),
    Column("How serious", lambda row: row.tone),
    Column("Since", lambda row: row.since),
]
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
    shown = _shown(queries.symptoms_of(actor, engagement))
    context = {"engagement": engagement, "phases": phases, "others": others, "symptoms": shown, **_counts(rows)}
    return render(request, "practices/show.html", context)


@require_GET
def summary(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """The counts and the reader's next steps alone, as a part of the engagement's own page."""
    actor, engagement = _asked(request, engagement_id)
    rows = queries.coverage(actor, engagement, timezone.localdate())
    shown = _shown(queries.symptoms_of(actor, engagement))
    return render(request, "practices/summary.html", {"engagement": engagement, "symptoms": shown, **_counts(rows)})


@require_GET
def symptoms(request: HttpRequest) -> HttpResponseBase:
    """What shows in all engagements of the reader; as the part of *Today* what is most serious in what is theirs."""
    actor = actor_of(request)
    if is_part(request):
        rows = _shown(queries.watched(actor)[: _WATCHED + 1])
        context = {"symptoms": rows[:_WATCHED], "has_more": len(rows) > _WATCHED, "is_of_many": True}
        return render(request, "practices/_watched.html", context)
    every = queries.visible_symptoms(actor)
    if file := as_file(request, "What shows in the whole picture", _SYMPTOM_COLUMNS, every.iterator()):
        return file
    page = Paginator(every, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "practices/symptoms.html", {"page": page, "symptoms": _shown(page), "is_of_many": True})


def _shown(symptoms: Iterable[Symptom]) -> list[tuple[Symptom, str]]:
    """Symptoms, each with the address of the page that has the facts behind it."""
    return [(one, queries.address(one.engagement, one.rule.page)) for one in symptoms]


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
