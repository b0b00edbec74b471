"""The one door into the engine: results from committed records and the agreement in force."""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.audit.actions import SYSTEM, record
from rapport.apps.delivery.policy import demand_edit
from rapport.apps.delivery.queries import committed
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import version_in_force
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.kpis.queries import opened


def compute_results(*, engagement: Engagement, at: datetime, by: Person | None = None) -> Evaluation:
    """Compute every KPI whose records are there, and let that stand; where nothing changed, nothing is written.

    Records or an agreement that change meanwhile are taken in: what stands in the end is of the latest of both.
    """
    if by is not None:
        demand_edit(by, engagement, "have results computed")
    while True:
        version, batches = _basis(engagement)
        content = _computed(engagement, version)
        with transaction.atomic():
            Engagement.objects.select_for_update().get(pk=engagement.pk)
            if _basis(engagement) == (version, batches):
                return _kept(engagement, version, content, by, at)


def _basis(engagement: Engagement) -> tuple[AgreementVersion, list[int]]:
    """What results rest on: the agreement in force and the committed files."""
    if (version := version_in_force(engagement)) is None:
        raise Refused("No agreement is in force that says what to compute; both sides sign one first.")
    return version, list(committed(engagement).values_list("pk", flat=True))


def _computed(engagement: Engagement, version: AgreementVersion) -> str:
    """The engine's answer as `rapport evaluate --json` prints it, byte for byte."""
    from rapport.engine.evaluate import evaluate

    with opened(engagement, version) as workspace:
        data = evaluate(workspace).to_json()
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _kept(
    engagement: Engagement, version: AgreementVersion, content: str, by: Person | None, at: datetime
) -> Evaluation:
    latest = engagement.evaluations.first()
    if latest is not None and (latest.content, latest.version_id) == (content, version.pk):
        return latest
    digest = sha256(content.encode()).hexdigest()
    evaluation = Evaluation.objects.create(
        engagement=engagement, version=version, content=content, digest=digest, computed_at=at
    )
    Result.objects.filter(engagement=engagement).delete()
    Result.objects.bulk_create(_rows(evaluation))
    details = {"digest": digest, "version": version.number}
    by_whom = who(by) if by is not None else SYSTEM
    record(engagement.chain, by=by_whom, at=at, verb="results.computed", subject=engagement.title, details=details)
    return evaluation


def _rows(evaluation: Evaluation) -> Iterator[Result]:
    """A row for each KPI and period; groups stay in the whole answer."""
    results: list[dict[str, Any]] = json.loads(evaluation.content)["results"]
    for row in results:
        if row["group"] is None:
            yield Result(
                evaluation=evaluation,
                engagement=evaluation.engagement,
                kpi=row["kpi"],
                period=row["period"],
                starts_at=datetime.fromisoformat(row["from"]),
                ends_at=datetime.fromisoformat(row["to"]),
                is_complete=row["complete"],
                status=row["status"],
                content=row,
            )
