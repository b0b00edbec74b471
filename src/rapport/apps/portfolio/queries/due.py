"""Records that are about to be late, over all engagements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.kpis.models import OpenRecord
from rapport.apps.portfolio.queries.standings import kpi_names
from rapport.apps.portfolio.queries.words import asked_text
from rapport.kit.addresses import number

_ORDERS = {"due": "due_at", "kpi": "kpi", "record": "key", "engagement": "engagement__title"}


@dataclass(frozen=True)
class AskedDue:
    """Which open records a reader asks for; what an address says and nobody knows is left out."""

    text: str
    engagement: int | None
    sort: str


def asked_due(said: Mapping[str, str]) -> AskedDue:
    """What an address asks for."""
    sort = said.get("sort", "")
    return AskedDue(
        text=asked_text(said.get("q", "")),
        engagement=number(said.get("engagement", "")),
        sort=sort if sort.removeprefix("-") in _ORDERS else "due",
    )


def open_records(actor: Person) -> QuerySet[OpenRecord]:
    """The records of an actor's engagements that were open and in time when results were computed last, the soonest
    due first.
    """
    within = visible_engagements(actor).order_by().values("pk")
    found = OpenRecord.objects.filter(engagement__in=within).select_related("engagement__partner")
    return found.order_by("due_at", "engagement__title", "kpi", "key")


def due(actor: Person, view: AskedDue) -> QuerySet[OpenRecord]:
    """The same as far as they are asked for."""
    found = open_records(actor)
    if view.text:
        found = found.filter(Q(key__icontains=view.text) | _of_kpis(actor, view.text))
    if view.engagement:
        found = found.filter(engagement_id=view.engagement)
    key = _ORDERS[view.sort.removeprefix("-")]
    return found.order_by(f"-{key}" if view.sort.startswith("-") else key, "due_at", "engagement_id", "kpi", "key")


def named(records: Iterable[OpenRecord]) -> list[tuple[OpenRecord, str]]:
    """Records, each with the name that the agreement in force gives its KPI."""
    shown = list(records)
    names = kpi_names({one.engagement_id for one in shown})
    return [(one, names.get((one.engagement_id, one.kpi), one.kpi)) for one in shown]


def engagements_due(actor: Person) -> QuerySet[Engagement]:
    """The actor's engagements that have open records."""
    return visible_engagements(actor).filter(pk__in=OpenRecord.objects.order_by().values("engagement"))


def count_due(actor: Person, before: datetime) -> int:
    """How many open records are due before a moment; those that are late already among them."""
    return open_records(actor).order_by().filter(due_at__lt=before).count()


def _of_kpis(actor: Person, text: str) -> Q:
    """Of the KPIs that are called like a text, by their name or their identifier."""
    engagements = list(visible_engagements(actor).order_by().values_list("pk", flat=True))
    found = Q(kpi__icontains=text)
    for (engagement, kpi), name in kpi_names(engagements).items():
        if text.casefold() in name.casefold():
            found |= Q(engagement_id=engagement, kpi=kpi)
    return found
