"""What several pages tell of results and of the agreements in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.engagements.queries import document_of, faults_of, texts_in_force, visible_engagements
from rapport.apps.kpis.models import Result

_STALE_AFTER = timedelta(days=396)


def latest_results(actor: Person, today: date) -> QuerySet[Result]:
    """Of every KPI the result of its latest period that is over; none that ended more than a year and a month ago."""
    since = start_of(today - _STALE_AFTER)
    theirs = visible_engagements(actor).order_by().values("pk")
    return Result.objects.filter(engagement__in=theirs, is_latest=True, ends_at__gt=since).order_by()


def start_of(day: date) -> datetime:
    """The moment a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True)
class Outline:
    """What the portfolio says of an agreement: its last day, time zone and currency, and what its KPIs are called."""

    last_on: date | None
    zone: str
    currency: str
    names: Mapping[str, str]


def kpi_names(engagements: Collection[int]) -> dict[tuple[int, str], str]:
    """What the agreements in force call their KPIs, by engagement and KPI."""
    texts = texts_in_force(engagements).items()
    return {(engagement, kpi): name for engagement, text in texts for kpi, name in outline_of(text).names.items()}


@lru_cache(maxsize=2048)
def outline_of(text: str) -> Outline:
    """What the text of an agreement says; it is read once, since what is in force never changes."""
    if not text or faults_of(text):
        return Outline(None, "UTC", "", {})
    agreement = document_of(AgreementVersion(text=text)).agreement
    names = {kpi.id: kpi.name for kpi in agreement.kpis}
    return Outline(agreement.term.last, agreement.time_zone, agreement.currency, names)
