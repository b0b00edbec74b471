"""What waits for whom, what to watch, and what happened since."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, OuterRef, Subquery, When, Window
from django.urls import reverse

from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.accounts.queries import partners
from rapport.apps.audit.models import Entry
from rapport.apps.corrections.queries import with_plan
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.policy import awaited_side, deliverers
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import Event, document_of, faults_of, standings_of, told, visible_engagements
from rapport.apps.engagements.queries import Standing as AgreementStanding
from rapport.apps.kpis.models import Result
from rapport.apps.partners.policy import may_edit, sees_note
from rapport.apps.partners.queries import Held, Standing, standings
from rapport.apps.portfolio.queries.matters import matters
from rapport.apps.portfolio.queries.needs import Need
from rapport.apps.portfolio.queries.standings import latest_results, outline_of, start_of
from rapport.domain.evidence import DocumentStatus
from rapport.domain.roles import Right, Role, Side
from rapport.domain.signing import Stage
from rapport.domain.standing import MISSED

_NEWS = 20
_SCANNED_NEWS = 200


@dataclass(frozen=True)
class Paper:
    """A document of a partner that wants looking after."""

    organisation: Organisation
    standing: Standing


@dataclass(frozen=True)
class Miss:
    """A KPI that missed its target, by the name the agreement gives it, and the period it missed it in.

    `planned_in` is the number of the issue whose plan mends it; None where there is no such plan.
    """

    engagement: Engagement
    kpi: str
    name: str
    period: str
    status: str
    planned_in: int | None


@dataclass(frozen=True)
class News:
    """Something that others did in an engagement."""

    engagement: Engagement
    event: Event


def needs(actor: Person, today: date, held: Sequence[Paper]) -> list[Need]:
    """What waits for the actor, also with the papers `held`: what has a date first, by date, then the oldest first."""
    in_motion = visible_engagements(actor).filter(versions__stage__in=(Stage.DRAFT, Stage.PROPOSED)).order_by()
    agreements = standings_of(actor, in_motion.values("pk")).values()
    found = [need for one in agreements for need in _to_sign_or_propose(actor, one)]
    found += [*_to_file(actor, today), *matters(actor, today)]
    found += [need for paper in held if (need := _to_hand_in_or_accept(actor, paper))]
    return sorted(found, key=lambda need: (need.due_on or date.max, need.since or datetime.max.replace(tzinfo=UTC)))


def papers(actor: Person, documents: Iterable[Held], day: date) -> list[Paper]:
    """The documents needed to share that are not simply in place on a day: of partners, or of the own company."""
    held: dict[int, list[Held]] = {}
    for one in documents:
        held.setdefault(one.document.organisation_id, []).append(one)
    return [
        Paper(organisation, standing)
        for organisation in partners(actor)
        for standing in standings(actor, held.get(organisation.pk, []), day)
        if standing.is_needed_to_share and standing.status is not DocumentStatus.VALID
    ]


def misses(actor: Person, today: date, most: int) -> tuple[list[Miss], int]:
    """The KPIs that missed their target in the latest complete period, the worst first, and how many more there are.

    An executive sees those below their minimum alone.
    """
    statuses = MISSED[:1] if actor.role == Role.EXECUTIVE else MISSED
    in_force = AgreementVersion.objects.filter(engagement=OuterRef("engagement"), stage=Stage.IN_FORCE)
    agreed = Subquery(in_force.values("text")[:1])
    worst_first = Case(*(When(status=status, then=place) for place, status in enumerate(MISSED)))
    missed = with_plan(latest_results(actor, today).filter(status__in=statuses))
    told_of = missed.annotate(count=Window(Count("pk")), text=agreed)
    in_order = told_of.defer("content").select_related("engagement__partner")
    shown = list(in_order.order_by(worst_first, "engagement__title", "kpi")[:most])
    return [_miss(one) for one in shown], shown[0].count - len(shown) if shown else 0


def news(actor: Person, since: datetime | None) -> list[News]:
    """What others did in the actor's engagements since a moment, the latest first, for who may read history."""
    if since is None or not actor.may(Right.SEE_HISTORY):
        return []
    theirs = visible_engagements(actor).select_related(None).select_related("partner").order_by()
    chains = {engagement.chain: engagement for engagement in theirs.only("title", "partner__name")}
    latest = Entry.objects.filter(chain__in=chains).order_by("-pk")[:_SCANNED_NEWS]
    others = [(chains[one.chain], told(one)) for one in latest if one.content["person"] != actor.pk]
    fresh = sorted((one for one in others if one[1].at > since), key=lambda one: one[1].at, reverse=True)
    return [News(engagement, event) for engagement, event in fresh[:_NEWS]]


def next_date(documents: Iterable[Held], today: date) -> tuple[date, str] | None:
    """The next day on which one of some documents ends, and which."""
    ends = [one.document for one in documents if one.document.valid_until]
    coming = [(on, one) for one in ends if (on := one.valid_until) and on >= today]
    on, document = min(coming, key=lambda pair: pair[0], default=(None, None))
    return (on, f"{document.title} of {document.organisation}") if on and document else None


def _miss(one: Any) -> Miss:
    """A result that was read with the text of its agreement and its plan."""
    name = outline_of(one.text or "").names.get(one.kpi, one.kpi)
    return Miss(one.engagement, one.kpi, name, one.period, one.status, one.planned_in)


def _to_sign_or_propose(actor: Person, standing: AgreementStanding) -> Iterator[Need]:
    """What an agreement waits for: the actor's signature, and the draft of their side, which may stand beside it."""
    proposed, draft = standing.proposed, standing.draft
    if proposed and standing.is_ours and actor.may(Right.SIGN):
        since = proposed.proposed_at
        yield Need(f"Read and sign {proposed}", *_about(proposed, "engagements:agreement", since), "Read and sign")
    if draft and actor.may(Right.EDIT):
        since = draft.created_at
        yield Need("Finish and propose your draft", *_about(draft, "engagements:form", since), "Open the draft")


def _about(version: AgreementVersion, page: str, since: datetime | None) -> tuple[str, str, datetime | None, None, str]:
    """What a need of a version is about, since when, that it has no date, and where it is done."""
    engagement = version.engagement
    return engagement.title, engagement.partner.name, since, None, reverse(page, args=[engagement.pk])


def _to_file(actor: Person, today: date) -> Iterator[Need]:
    """What the actor's side has yet to deliver: the first records of an agreement in force, and those of a period that
    is over but that the records so far do not reach the end of.
    """
    if not actor.may(Right.EDIT):
        return
    awaited = _awaited(actor)
    delivered = _delivered(awaited)
    for one in awaited.values():
        if one.sources and one.sources.isdisjoint(delivered.get(one.version.engagement_id, ())):
            yield _to_upload(one.version, "Upload the first records", one.version.in_force_at)
    behind = Result.objects.filter(engagement__in=awaited, is_complete=False, ends_at__lt=start_of(today))
    ours = (one for one in behind.defer("content").order_by("engagement_id", "ends_at")
            if one.kpi in awaited[one.engagement_id].kpis)  # fmt: skip
    for engagement, periods in groupby(ours, key=lambda one: one.engagement_id):
        first = next(periods)
        what = f"Upload the rest of the records of {first.period}"
        yield _to_upload(awaited[engagement].version, what, first.ends_at)


def _to_upload(version: AgreementVersion, what: str, since: datetime | None) -> Need:
    return Need(what, *_about(version, "delivery:records", since), "Upload records")


@dataclass(frozen=True)
class _Awaited:
    """What the agreement in force awaits from one side: records of these sources, on which these KPIs rest."""

    version: AgreementVersion
    sources: frozenset[str]
    kpis: frozenset[str]


def _awaited(actor: Person) -> dict[int, _Awaited]:
    """What the agreements in force await from the actor's side, by engagement.

    Of the client only those do that say who delivers, which keeps the many others from being read.
    """
    in_force = AgreementVersion.objects.filter(engagement__in=visible_engagements(actor), stage=Stage.IN_FORCE)
    saying = in_force.filter(text__contains="delivered_by") if actor.is_client else in_force
    return {
        version.engagement_id: _Awaited(version, *_of_side(version.text, actor.side))
        for version in saying.select_related("engagement__partner")
    }


@lru_cache(maxsize=2048)
def _of_side(text: str, side: Side) -> tuple[frozenset[str], frozenset[str]]:
    """The sources that a text awaits from a side, and the KPIs that rest on them; signed texts stay as they are."""
    if faults_of(text):
        return frozenset(), frozenset()
    document = document_of(AgreementVersion(text=text))
    agreement = document.agreement
    sources = {name for name, source in agreement.sources.items() if awaited_side(deliverers(source)) is side}
    kpis = {kpi.id for kpi in agreement.kpis if not sources.isdisjoint(document.sources_of(kpi))}
    return frozenset(sources), frozenset(kpis)


def _delivered(engagements: Collection[int]) -> dict[int, set[str]]:
    """The sources whose records count, by engagement."""
    committed = Batch.objects.filter(engagement__in=engagements, stage="committed").order_by()
    found: dict[int, set[str]] = {}
    for engagement, source in committed.values_list("engagement_id", "source").distinct():
        found.setdefault(engagement, set()).add(source)
    return found


def _to_hand_in_or_accept(actor: Person, paper: Paper) -> Need | None:
    """A document that the actor can do something about now."""
    standing, organisation = paper.standing, paper.organisation
    document = standing.document
    due_on = document.valid_until if document and standing.status is DocumentStatus.EXPIRING else None
    name, since = standing.name, document.handed_in_at if document else None
    if sees_note(actor) and document and standing.status is DocumentStatus.AWAITING and not document.accepted_at:
        url = f"{reverse('partners:show', args=[organisation.pk])}#documents"
        return Need(f"Read and accept the {name}", organisation.name, "", since, due_on, url, "See the documents")
    is_missing = standing.status in (DocumentStatus.EXPIRED, DocumentStatus.EXPIRING) or document is None
    if not actor.is_client and is_missing and may_edit(actor, organisation):
        handing_in = reverse("partners:hand_in", args=[organisation.pk])
        url = f"{handing_in}?{urlencode({'kind': standing.kind.value})}"
        return Need(f"Hand in the {name}", organisation.name, "", None, due_on, url, "Hand it in")
    return None
