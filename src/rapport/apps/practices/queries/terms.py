"""What agreements say as far as practices and symptoms rest on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone

from rapport.apps.delivery.policy import deliverers
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.engagements.queries import document_of, faults_of
from rapport.domain.coverage import KpiTerms, Terms
from rapport.domain.periods import longest_days


def terms_of(version: AgreementVersion | None) -> Terms | None:
    """What a version says as far as practices are judged by it; None where it cannot be read any more."""
    outline = outline_of(version.text) if version else None
    if version is None or outline is None:
        return None
    since = timezone.localdate(version.in_force_at or version.created_at)
    return replace(outline.terms, number=version.number, since=since)


def zone_of(version: AgreementVersion | None) -> ZoneInfo:
    """The time zone in which a version counts days."""
    outline = outline_of(version.text) if version else None
    return outline.zone if outline else ZoneInfo("UTC")


@dataclass(frozen=True)
class Outline:
    """What one text says; its number and the day it came into force are not in the text.

    `names` are those of the KPIs, `series` are the regular meetings and reports, both by their ids.
    """

    terms: Terms
    zone: ZoneInfo
    names: Mapping[str, str]
    series: frozenset[str]


@lru_cache(maxsize=2048)
def outline_of(text: str) -> Outline | None:
    """What a text says as far as practices are judged by it; signed ones stay as they are."""
    from rapport.engine.check import unmeasured
    from rapport.engine.plans import without_plan

    if faults_of(text):
        return None
    document = document_of(AgreementVersion(text=text))
    agreement = document.agreement
    kinds = [item.kind.value for item in agreement.communication]
    steps = [step.until for kpi in agreement.kpis for step in kpi.ramp]
    terms = Terms(
        number=0,
        since=agreement.term.first,
        first_day=agreement.term.first,
        last_day=agreement.term.last,
        needs=len(agreement.needs),
        outcome_levels=len(agreement.outcome.levels) if agreement.outcome else 0,
        objectives=len(agreement.objectives),
        unmeasured=len(unmeasured(agreement)),
        escalation_plans=len(agreement.escalation),
        objectives_without_plan=len(without_plan(agreement)),
        meetings=kinds.count("meeting"),
        reports=kinds.count("report"),
        duties=len(agreement.duties),
        measured_duties=sum(duty.kpi is not None for duty in agreement.duties),
        ramps_until=max(steps, default=None),
        report_days=agreement.settling.report,
        is_raising=bool(agreement.issues.raised_for),
        kpis={
            kpi.id: KpiTerms(longest_days(kpi.period.kind), tuple(document.sources_of(kpi))) for kpi in agreement.kpis
        },
        deliverers={name: deliverers(source) for name, source in agreement.sources.items()},
    )
    return Outline(
        terms,
        ZoneInfo(agreement.time_zone),
        names={kpi.id: kpi.name for kpi in agreement.kpis},
        series=frozenset(item.id for item in agreement.communication),
    )
