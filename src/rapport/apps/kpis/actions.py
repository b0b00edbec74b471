"""The one door into the engine: results from committed records and the agreement in force.

What counts is changed here too, as results follow from it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import SYSTEM, record
from rapport.apps.delivery.actions import commit_batch, withdraw_batch
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.policy import demand_edit
from rapport.apps.delivery.queries import READ_AT_ONCE, committed, committed_weight
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of, version_in_force
from rapport.apps.kpis.models import Computation, Evaluation, MonthStanding, OpenRecord, Result, SettledValue
from rapport.apps.kpis.queries import basis_of, evaluations, exact, opened
from rapport.domain.bands import ServiceLevel, Status, judge
from rapport.domain.refusals import Refused
from rapport.domain.retries import LONGEST_DOING, MOST_ATTEMPTS, is_given_up
from rapport.domain.standing import standing_of

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement, Kpi
    from rapport.engine.evaluate import Evaluation as Answer

_AHEAD = 14 * 86400
"""Seconds after the latest record within which an open record is due to be listed."""


@dataclass(frozen=True)
class _Computed:
    """What the engine found: its answer as text, forecasts by KPI and period, open records as (KPI, key, due)."""

    content: str
    forecasts: dict[tuple[str, str], dict[str, Any] | None]
    open_records: list[tuple[str, str, datetime]]


class Outcome(StrEnum):
    """What became of results after what counts was changed."""

    COMPUTED = "computed"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Followed:
    """A record file after it was changed, and what became of the results: the new ones, or why there are none."""

    batch: Batch
    outcome: Outcome
    evaluation: Evaluation | None = None
    reason: str = ""


def commit_and_follow(*, by: Person, batch: Batch, at: datetime) -> Followed:
    """Let the records of a file count, and have results follow; when that is refused, the records still count."""
    return _followed(by, commit_batch(by=by, batch=batch, at=at), at)


def withdraw_and_follow(*, by: Person, batch: Batch, reason: str, at: datetime) -> Followed:
    """Take the records of a file out again, and have results follow; when that is refused, they still are out."""
    return _followed(by, withdraw_batch(by=by, batch=batch, reason=reason, at=at), at)


def _followed(by: Person, batch: Batch, at: datetime) -> Followed:
    try:
        evaluation = follow_changes(by=by, engagement=batch.engagement, at=at)
    except Refused as refusal:
        return Followed(batch, Outcome.REFUSED, reason=str(refusal))
    return Followed(batch, Outcome.COMPUTED if evaluation else Outcome.WAITING, evaluation)


def follow_changes(*, by: Person, engagement: Engagement, at: datetime) -> Evaluation | None:
    """Have results follow a change: at once where there is little to read, else by the worker; None while they wait."""
    if committed_weight(engagement) <= READ_AT_ONCE:
        return compute_results(engagement=engagement, at=at, by=by)
    ask_for_results(engagement=engagement, at=at, by=by)
    return None


def ask_for_results(*, engagement: Engagement, at: datetime, by: Person | None = None) -> Computation:
    """Leave it to the worker to compute every result of an engagement; asked twice it is computed once."""
    if by is not None:
        demand_edit(by, engagement, "have results computed")
    anew = {"asked_by": by, "asked_at": at, "taken_up_at": None, "attempts": 0, "doing": "", "refusal": "", "basis": ""}
    return Computation.objects.update_or_create(engagement=engagement, defaults=anew)[0]


def run_computation(*, computation: Computation, at: datetime) -> Evaluation | None:
    """Compute what was asked for; None where it was refused, which the computation then says, or is done already."""
    if is_given_up(computation.attempts):
        _refuse(computation, f"Computing broke off {MOST_ATTEMPTS} times, so it is not begun again by itself.")
        return None
    asked = Computation.objects.filter(pk=computation.pk, asked_at=computation.asked_at, refusal="")
    if not asked.update(attempts=computation.attempts + 1, taken_up_at=at):
        return None

    def tell(doing: str) -> None:
        asked.update(doing=doing[:LONGEST_DOING])

    try:
        return compute_results(engagement=computation.engagement, at=at, progress=tell)
    except Refused as refusal:
        _refuse(computation, str(refusal))
        return None


def compute_results(
    *,
    engagement: Engagement,
    at: datetime,
    by: Person | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Compute every KPI whose records are there, and let that stand; where nothing changed, nothing is written.

    Records or an agreement that change meanwhile are taken in: what stands in the end is of the latest of both, so that
    whatever was asked for before is done as well. `progress` is told what is being done.
    """
    if by is not None:
        demand_edit(by, engagement, "have results computed")
    while True:
        version, batches = _basis(engagement)
        computed = _computed(engagement, version, progress)
        with transaction.atomic():
            Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
            if _basis(engagement) == (version, batches):
                Computation.objects.filter(engagement=engagement).delete()
                return _kept(engagement, version, basis_of(version.pk, batches), computed, by, at)


@transaction.atomic
def settle_result(*, engagement: Engagement, kpi: str, period: str, ends_at: datetime, value: Fraction) -> str:
    """Let the value both sides settled on count for a KPI in a period, now and whenever results are computed again.

    A KPI that is not in the agreement in force has no results. Whoever calls has had both sides agree, and tells
    history; the answer is what changed, in words, empty where nothing did.
    """
    Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    version = version_in_force(engagement)
    if version is None or (measured := _kpis(version).get(kpi)) is None:
        return ""
    place: dict[str, Any] = {"engagement": engagement, "kpi": kpi, "period": period}
    said = {"ends_at": ends_at, "kind": measured.kind, "unit": measured.unit, "value": str(value)}
    settled, _ = SettledValue.objects.update_or_create(**place, defaults=said)
    found = Result.objects.select_related("evaluation__version__engagement").defer("evaluation__content")
    row = found.filter(**place).first()
    before = row and row.status
    if row is None or not _let_settled_count(row.evaluation.version, [row], [settled]):
        return ""
    row.save(update_fields=["settled", "status"])
    MonthStanding.objects.filter(engagement=engagement).delete()
    rows = Result.objects.filter(engagement=engagement, is_complete=True).defer("content", "forecast")
    MonthStanding.objects.bulk_create(_months(engagement, _zone_of(row.evaluation.version), rows))
    return f"{before} to {row.status}" if row.status != before else row.status


def _basis(engagement: Engagement) -> tuple[AgreementVersion, list[int]]:
    """What results rest on: the agreement in force and the committed files."""
    if (version := version_in_force(engagement)) is None:
        raise Refused("No agreement is in force that says what to compute; both sides sign one first.")
    return version, list(committed(engagement).values_list("pk", flat=True))


def _refuse(computation: Computation, reason: str) -> None:
    version = version_in_force(computation.engagement)
    basis = basis_of(version.pk if version else None, committed(computation.engagement).values_list("pk", flat=True))
    asked = Computation.objects.filter(pk=computation.pk, asked_at=computation.asked_at)
    asked.update(refusal=reason, basis=basis, doing="")


def _computed(engagement: Engagement, version: AgreementVersion, progress: Callable[[str], None]) -> _Computed:
    """The engine's answer as `rapport evaluate --json` prints it, byte for byte, and what it sees coming."""
    from rapport.engine.evaluate import evaluate
    from rapport.engine.records.canonical import KEY_SEPARATOR
    from rapport.engine.watch import about_to_breach

    with opened(engagement, version, _counted(progress, document_of(version).agreement)) as workspace:
        answer = evaluate(workspace)
        content = json.dumps(answer.to_json(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        coming = about_to_breach(workspace, _AHEAD)
    due = [(row["kpi"], row["key"].replace(KEY_SEPARATOR, " / "), datetime.fromisoformat(row["due"])) for row in coming]
    return _Computed(content, _forecasts(answer), due)


def _counted(progress: Callable[[str], None], agreement: "Agreement") -> Callable[[str], None]:
    """Tell what the engine is doing, with the names of the KPIs and how many there are."""
    kpis = agreement.kpis
    told = {
        f"computing {kpi.id}": f"computing {kpi.name}, KPI {place} of {len(kpis)}"
        for place, kpi in enumerate(kpis, start=1)
    }
    return lambda doing: progress(told.get(doing, doing))


def _forecasts(answer: "Answer") -> dict[tuple[str, str], dict[str, Any] | None]:
    """What each KPI's past says about the period that is running."""
    from rapport.engine.watch import outlook

    whole = [result for result in answer.results if not result.group]
    seen = [
        outlook(kpi, [result for result in whole if result.kpi.id == kpi.id]) for kpi in answer.workspace.agreement.kpis
    ]
    return {(one.kpi.id, one.running.period.label): one.forecast for one in seen if one.running}


def _kept(
    engagement: Engagement,
    version: AgreementVersion,
    basis: str,
    computed: _Computed,
    by: Person | None,
    at: datetime,
) -> Evaluation:
    latest = evaluations(engagement).first()
    if latest is not None and (latest.content, latest.version_id) == (computed.content, version.pk):
        engagement.evaluations.filter(pk=latest.pk).update(basis=basis)
        return latest
    digest = sha256(computed.content.encode()).hexdigest()
    evaluation = Evaluation.objects.create(
        engagement=engagement, version=version, content=computed.content, digest=digest, basis=basis, computed_at=at
    )
    _replace_rows(evaluation, computed)
    details = {"digest": digest, "version": version.number}
    by_whom = who(by) if by is not None else SYSTEM
    record(engagement.chain, by=by_whom, at=at, verb="results.computed", subject=engagement.title, details=details)
    return evaluation


def _replace_rows(evaluation: Evaluation, computed: _Computed) -> None:
    """Let the results of an evaluation, their months and open records stand in place of the former ones."""
    engagement = evaluation.engagement
    rows = _rows(evaluation, computed.forecasts)
    _let_settled_count(evaluation.version, rows, SettledValue.objects.filter(engagement=engagement))
    for latest in {row.kpi: row for row in rows if row.is_complete}.values():
        latest.is_latest = True
    for table in (Result, MonthStanding, OpenRecord):
        table.objects.filter(engagement=engagement).delete()
    Result.objects.bulk_create(rows)
    MonthStanding.objects.bulk_create(_months(engagement, _zone_of(evaluation.version), rows))
    OpenRecord.objects.bulk_create(
        OpenRecord(engagement=engagement, kpi=kpi, key=key, due_at=due) for kpi, key, due in computed.open_records
    )


def _let_settled_count(version: AgreementVersion, rows: Sequence[Result], settled: Iterable[SettledValue]) -> int:
    """Let what both sides settled on count in rows of periods that are over, where the KPI is still measured as it was
    when they settled; in how many it does.
    """
    found = {(one.kpi, one.period, one.ends_at, one.kind, one.unit): one for one in settled}
    kpis, count = _kpis(version) if found else {}, 0
    for row in rows:
        kpi = kpis.get(row.kpi) if row.is_complete else None
        if kpi and (one := found.get((row.kpi, row.period, row.ends_at, kpi.kind, kpi.unit))):
            _judge_as_settled(row, Fraction(one.value), kpi)
            count += 1
    return count


def _judge_as_settled(row: Result, value: Fraction, kpi: "Kpi") -> None:
    """Let a row count as a settled value, rounded and judged as a computed one; too few records stay too few."""
    from rapport.engine.terms import rounded

    counts, target = rounded(kpi, value), exact(row.content["target"])
    assert target is not None  # every result has one
    row.settled = str(counts)
    if row.status != Status.LOW_VOLUME:
        row.status = judge(counts, 0, ServiceLevel(target, kpi.direction, exact(row.content["minimum"])))


def _kpis(version: AgreementVersion) -> "dict[str, Kpi]":
    """The KPIs of a version by their id; none of one that this release cannot read any more."""
    return {} if faults_of(version.text) else {kpi.id: kpi for kpi in document_of(version).agreement.kpis}


def _zone_of(version: AgreementVersion) -> ZoneInfo:
    return ZoneInfo(document_of(version).agreement.time_zone)


def _months(engagement: Engagement, zone: ZoneInfo, rows: Iterable[Result]) -> Iterator[MonthStanding]:
    """Month by month how the KPIs stand whose last day was in it, on the calendar of their zone."""
    statuses: dict[date, list[str]] = {}
    for row in rows:
        if row.is_complete:
            month = (row.ends_at - timedelta(seconds=1)).astimezone(zone).date().replace(day=1)
            statuses.setdefault(month, []).append(row.status)
    for month, found in statuses.items():
        standing = standing_of(found)
        yield MonthStanding(
            engagement=engagement, month_on=month, status=standing.status, met=standing.met, missed=standing.missed
        )


def _rows(evaluation: Evaluation, forecasts: dict[tuple[str, str], dict[str, Any] | None]) -> list[Result]:
    """A row for each KPI and period, in order; groups stay in the whole answer."""
    return [
        Result(
            evaluation=evaluation,
            engagement=evaluation.engagement,
            kpi=row["kpi"],
            period=row["period"],
            starts_at=datetime.fromisoformat(row["from"]),
            ends_at=datetime.fromisoformat(row["to"]),
            is_complete=row["complete"],
            status=row["status"],
            content=row,
            forecast=forecasts.get((row["kpi"], row["period"])),
        )
        for row in json.loads(evaluation.content)["results"]
        if row["group"] is None
    ]
