"""How engagements and their agreements stand, as several pages tell it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of, visible_engagements
from rapport.apps.kpis.models import Result
from rapport.domain.roles import Side
from rapport.domain.signing import Stage

_STALE_AFTER = timedelta(days=396)
_LIVING = (Stage.DRAFT, Stage.PROPOSED, Stage.IN_FORCE)


def latest_results(actor: Person, today: date) -> QuerySet[Result]:
    """Of every KPI the result of its latest period that is over; none that ended more than a year and a month ago."""
    since = start_of(today - _STALE_AFTER)
    theirs = visible_engagements(actor).order_by().values("pk")
    return Result.objects.filter(engagement__in=theirs, is_latest=True, ends_at__gt=since).order_by()


def start_of(day: date) -> datetime:
    """The moment a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def latest_living(actor: Person, engagements: Sequence[int] | QuerySet[Engagement, Any]) -> dict[int, AgreementVersion]:
    """The version of each engagement that people work on: an own draft, what is proposed, or what is in force."""
    versions = AgreementVersion.objects.filter(engagement__in=engagements, stage__in=_LIVING).defer("text")
    own = versions.exclude(stage=Stage.DRAFT, written_by=actor.side.other).order_by("number")
    related = own.prefetch_related("signatures").select_related("engagement__partner")
    return {version.engagement_id: version for version in related}


def unsigned_sides(version: AgreementVersion) -> set[Side]:
    """The sides that have yet to sign a version."""
    return set(Side) - {Side(signature.side) for signature in version.signatures.all()}


def move_of(actor: Person, version: AgreementVersion | None) -> str:
    """Whose move it is with the version that people work on, in a few words said to the actor."""
    if version is None:
        return "either side drafts"
    if version.stage == Stage.DRAFT:
        return "yours: propose it"
    if version.stage == Stage.PROPOSED:
        return "yours: sign" if actor.side in unsigned_sides(version) else "theirs: sign"
    return "nobody's"


def is_ours(actor: Person, version: AgreementVersion | None) -> bool:
    """Whether it is the move of the actor's side."""
    return move_of(actor, version).startswith("yours")


@dataclass(frozen=True)
class Terms:
    """What the portfolio says of an agreement: its last day, and what its KPIs are called."""

    last_on: date | None
    names: Mapping[str, str]


def texts_in_force(engagements: Collection[int]) -> dict[int, str]:
    """The texts of the agreements in force, by engagement."""
    in_force = AgreementVersion.objects.filter(engagement__in=engagements, stage=Stage.IN_FORCE)
    return dict(in_force.order_by().values_list("engagement_id", "text"))


def kpi_names(engagements: Collection[int]) -> dict[tuple[int, str], str]:
    """What the agreements in force call their KPIs, by engagement and KPI."""
    texts = texts_in_force(engagements).items()
    return {(engagement, kpi): name for engagement, text in texts for kpi, name in terms_of(text).names.items()}


@lru_cache(maxsize=2048)
def terms_of(text: str) -> Terms:
    """What the text of an agreement says; it is read once, since what is in force never changes."""
    if not text or faults_of(text):
        return Terms(None, {})
    agreement = document_of(AgreementVersion(text=text)).agreement
    return Terms(agreement.term.last, {kpi.id: kpi.name for kpi in agreement.kpis})
