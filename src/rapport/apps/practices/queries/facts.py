"""The facts that practices are judged by, of many engagements at once.

Nothing that is one side's secret (tier, private notes and remarks, drafts, sealed ratings, when somebody signed in) is
a fact here, so that both sides see the same states. Whoever asks has been let into the engagements before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter, itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.queries import Progress, progress
from rapport.apps.audit.models import Entry
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import unsigned_sides
from rapport.apps.escalations.models import Escalation
from rapport.apps.escalations.queries.conduct import adherence_in
from rapport.apps.feedback.queries import feedback_counts
from rapport.apps.issues.queries.counts import issues_on
from rapport.apps.kpis.models import Result
from rapport.apps.partners.models import Contact, PartnerDocument, Profile
from rapport.apps.partners.policy import REQUIREMENTS
from rapport.apps.practices.queries import work
from rapport.apps.practices.queries.grouping import grouped
from rapport.apps.practices.queries.terms import terms_of, zone_of
from rapport.domain.calendars import last_today
from rapport.domain.coverage import (
    LATELY_DAYS,
    Disputes,
    Facts,
    Figures,
    Issues,
    KpiFacts,
    Meetings,
    Paper,
    Proposal,
    Reports,
    Support,
)
from rapport.domain.evidence import Document, DocumentKind, current_document, status_on
from rapport.domain.roles import Side
from rapport.domain.settlement import State as LineState
from rapport.domain.signing import Stage
from rapport.domain.standing import MISSED


@dataclass(frozen=True)
class _Records:
    """What is looked up for many engagements at once, by engagement or by partner."""

    versions: Mapping[int, list[AgreementVersion]]
    batches: Mapping[int, list[dict[str, Any]]]
    results: Mapping[int, list[dict[str, Any]]]
    figures: Mapping[int, Progress]
    issues: Mapping[int, Issues]
    corrected: Mapping[int, Mapping[str, Any]]
    meetings: Mapping[int, Meetings]
    reports: Mapping[int, Reports]
    escalations: Mapping[int, list[Escalation]]
    documents: Mapping[int, list[dict[str, Any]]]
    contacts: Mapping[int, int]
    websites: frozenset[int]
    people: Mapping[Side, Mapping[int, datetime | None]]
    owners: frozenset[int]
    feedback: Mapping[int, Mapping[Side, int]]
    rated: Mapping[int, Mapping[Side, date]]
    support: Mapping[int, Support]
    history: Mapping[str, int]


def facts_of(engagements: Sequence[Engagement], day: date) -> dict[int, Facts]:
    """What the practices of engagements are judged by, by the engagement's number; as many queries for one as for all.

    The partners of the engagements are not looked up one by one: only their numbers are used.
    """
    found = _records(engagements, day)
    return {engagement.pk: _facts(engagement, found, day) for engagement in engagements}


def _records(engagements: Sequence[Engagement], day: date) -> _Records:
    numbers = [engagement.pk for engagement in engagements]
    partners = {engagement.partner_id for engagement in engagements}
    reachable = Contact.objects.filter(organisation__in=partners).exclude(email="", phone="")
    chains = Entry.objects.filter(chain__in=[engagement.chain for engagement in engagements])
    return _Records(
        versions=_versions(numbers),
        batches=grouped(_batches(numbers), itemgetter("engagement_id")),
        results=grouped(_results(numbers, day), itemgetter("engagement_id")),
        figures=progress(engagements, _midnight(day)),
        issues=issues_on(numbers, last_today(_midnight(day))),  # whatever the hour, and wherever people are
        corrected=work.corrected(numbers),
        meetings=work.meetings(numbers, day),
        reports=work.reports(numbers, day),
        escalations=work.escalations(numbers),
        documents=grouped(_documents(partners), itemgetter("organisation_id")),
        contacts=dict(reachable.order_by().values_list("organisation_id").annotate(Count("pk"))),
        websites=frozenset(
            Profile.objects.filter(organisation__in=partners)
            .exclude(website="")
            .values_list("organisation_id", flat=True)
        ),
        people=_people(partners),
        owners=_owners(engagements),
        feedback=feedback_counts(numbers),
        rated=work.rated_on(numbers),
        support=work.support(numbers, day),
        history=dict(chains.order_by().values_list("chain").annotate(Count("pk"))),
    )


def _versions(numbers: Sequence[int]) -> dict[int, list[AgreementVersion]]:
    """What is on the table and what is in force, the latest first; drafts are their own side's affair."""
    shown = AgreementVersion.objects.filter(engagement__in=numbers, stage__in=(Stage.PROPOSED, Stage.IN_FORCE))
    rows = shown.prefetch_related("signatures").order_by("engagement_id", "-number")
    return grouped(rows, attrgetter("engagement_id"))


def _batches(numbers: Sequence[int]) -> list[dict[str, Any]]:
    """When the newest file of each source was committed."""
    committed = Batch.objects.filter(engagement__in=numbers, stage="committed").order_by()
    return [dict(row) for row in committed.values("engagement_id", "source").annotate(newest=Max("committed_at"))]


def _results(numbers: Sequence[int], day: date) -> list[dict[str, Any]]:
    """Of each KPI the result of its latest complete period if there is one, with counts over all its results."""
    of_kpi: dict[str, Any] = {"partition_by": [F("engagement_id"), F("kpi")]}
    is_measured = Q(is_complete=True) & ~Q(status="no_data")
    ranked = Result.objects.filter(engagement__in=numbers).annotate(
        place=Window(RowNumber(), order_by=[F("is_complete").desc(), F("ends_at").desc()], **of_kpi),
        measured=Window(Count("pk", filter=is_measured), **of_kpi),
        running=Window(Count("pk", filter=Q(is_complete=False, ends_at__gt=_midnight(day))), **of_kpi),
    )
    fields = ("engagement_id", "kpi", "ends_at", "is_complete", "status", "measured", "running")
    latest = ranked.filter(place=1).order_by().values(*fields, version_id=F("evaluation__version_id"))
    return [dict(row) for row in latest]


def _documents(partners: set[int]) -> list[dict[str, Any]]:
    handed_in = PartnerDocument.objects.filter(organisation__in=partners).order_by()
    fields = ("organisation_id", "kind", "valid_from", "valid_until", "accepted_at")
    return [dict(row) for row in handed_in.values(*fields)]


def _people(partners: set[int]) -> dict[Side, dict[int, datetime | None]]:
    """By side and organisation when somebody last signed in; organisations without an open account are absent."""
    theirs = Q(organisation__in=partners) | Q(organisation__side=Side.CLIENT)
    open_accounts = Person.objects.filter(theirs, is_active=True).order_by()
    rows = open_accounts.values_list("organisation__side", "organisation_id").annotate(Max("last_login"))
    found: dict[Side, dict[int, datetime | None]] = {side: {} for side in Side}
    for side, organisation, last in rows:
        found[Side(side)][organisation] = last
    return found


def _owners(engagements: Sequence[Engagement]) -> frozenset[int]:
    """Who of the owners of engagements can still be told of anything."""
    named = {one for engagement in engagements for one in _named(engagement).values() if one}
    return frozenset(Person.objects.filter(pk__in=named, is_active=True).values_list("pk", flat=True))


def _owned(engagement: Engagement, owners: frozenset[int]) -> frozenset[Side]:
    """The sides that have an owner who can be told of what happens."""
    return frozenset(side for side, owner in _named(engagement).items() if owner in owners)


def _named(engagement: Engagement) -> dict[Side, int | None]:
    return {Side.CLIENT: engagement.client_owner_id, Side.PARTNER: engagement.partner_owner_id}


def _facts(engagement: Engagement, found: _Records, day: date) -> Facts:
    number, partner = engagement.pk, engagement.partner_id
    versions = found.versions.get(number, [])
    in_force = next((version for version in versions if version.stage == Stage.IN_FORCE), None)
    results = found.results.get(number, [])
    to_share, to_comply = _papers(found.documents.get(partner, []), day)
    peopled, seen = _sides(found.people, partner, day)
    return Facts(
        day=day,
        terms=terms_of(in_force),
        proposal=_proposal(versions, in_force),
        has_website=partner in found.websites,
        contacts=found.contacts.get(partner, 0),
        to_share=to_share,
        to_comply=to_comply,
        peopled=peopled,
        seen=seen,
        records={row["source"]: timezone.localdate(row["newest"]) for row in found.batches.get(number, [])},
        results={row["kpi"]: _kpi_facts(row, zone_of(in_force)) for row in results},
        figures=_figures(found.figures.get(number), zone_of(in_force)),
        issues=_issues(found.issues.get(number, Issues()), found.corrected.get(number)),
        meetings=found.meetings.get(number, Meetings()),
        reports=found.reports.get(number, Reports()),
        escalations=adherence_in(found.escalations.get(number, ()), _midnight(day)),
        owned=_owned(engagement, found.owners),
        feedback=found.feedback.get(number, {}),
        rated=found.rated.get(number, {}),
        support=found.support.get(number, Support()),
        are_results_outdated=any(in_force is None or row["version_id"] != in_force.pk for row in results),
        history=found.history.get(engagement.chain, 0),
    )


def _issues(issues: Issues, found: Mapping[str, Any] | None) -> Issues:
    """The issue list with how its missed KPIs are corrected."""
    if found is None:
        return issues
    return replace(issues, misses=found["misses"], uncorrected={side: found[side.value] for side in Side})


def _papers(rows: list[dict[str, Any]], day: date) -> tuple[tuple[Paper, ...], tuple[Paper, ...]]:
    """How a partner stands with each document it is asked for: those needed to share, then the others."""
    held = [
        Document(DocumentKind(row["kind"]), row["valid_from"], row["valid_until"], row["accepted_at"] is not None)
        for row in rows
    ]
    papers: dict[bool, list[Paper]] = {True: [], False: []}
    for requirement in REQUIREMENTS:
        current = current_document(requirement.kind, held, day)
        until = current.valid_until if current else None
        papers[requirement.is_needed_to_share].append(Paper(requirement.kind, status_on(current, day), until))
    return tuple(papers[True]), tuple(papers[False])


def _sides(
    people: Mapping[Side, Mapping[int, datetime | None]], partner: int, day: date
) -> tuple[frozenset[Side], frozenset[Side]]:
    """The sides that have people, and those somebody of which signed in lately."""
    since = _midnight(day - timedelta(days=LATELY_DAYS))
    of_partner = {partner: people[Side.PARTNER][partner]} if partner in people[Side.PARTNER] else {}
    here = {Side.CLIENT: people[Side.CLIENT], Side.PARTNER: of_partner}
    seen = {side for side, last in here.items() if any(at and at >= since for at in last.values())}
    return frozenset(side for side, last in here.items() if last), frozenset(seen)


def _proposal(versions: Sequence[AgreementVersion], in_force: AgreementVersion | None) -> Proposal | None:
    """The latest version on the table that would follow what is in force."""
    newest = next((version for version in versions if version.stage == Stage.PROPOSED), None)
    if newest is None or newest.proposed_at is None or (in_force and newest.number < in_force.number):
        return None
    return Proposal(newest.number, timezone.localdate(newest.proposed_at), tuple(unsigned_sides(newest)))


def _kpi_facts(row: dict[str, Any], zone: ZoneInfo) -> KpiFacts:
    last = _last_day(row["ends_at"], zone) if row["is_complete"] else None
    is_measured = last is not None and row["status"] != "no_data"
    is_missed = last is not None and row["status"] in MISSED
    return KpiFacts(last, is_measured, is_missed, row["measured"], row["running"] > 0)


def _figures(found: Progress | None, zone: ZoneInfo) -> Figures:
    if found is None:
        return Figures()
    disputes = Disputes(*_ends(found.disputed))
    return Figures(*_ends(found.lines), found.late, _last_day(found.newest, zone), disputes)


def _ends(lines: Mapping[LineState, int]) -> tuple[int, int, int]:
    """How many lines were settled by both sides, lapsed, and are open."""
    settled = lines.get(LineState.AGREED, 0) + lines.get(LineState.SETTLED, 0)
    lapsed = lines.get(LineState.LAPSED, 0)
    return settled, lapsed, sum(lines.values()) - settled - lapsed


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    """The last day of a period, which ends with the first moment that no longer belongs to it."""
    return (ends_at - timedelta(seconds=1)).astimezone(zone).date()
