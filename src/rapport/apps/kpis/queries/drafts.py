"""Reading what a KPI of a draft would have been over the records that count; nothing of it is kept."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from rapport.apps.delivery.queries import READ_AT_ONCE, committed, weight
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, faults_of, version_in_force
from rapport.apps.kpis.queries.kpis import evaluations
from rapport.apps.kpis.queries.records import opened_as
from rapport.apps.kpis.queries.work import are_outdated
from rapport.domain.periods import PeriodKind, told_by
from rapport.domain.refusals import Refused

if TYPE_CHECKING:
    from rapport.engine.agreement import Kpi
    from rapport.engine.document import Document
    from rapport.engine.results import Result

_MB = 1_000_000


@dataclass(frozen=True)
class Judged:
    """A KPI in one period and what it would have been judged; numbers as texts, the value None where there is none.

    `made_of` says in words what the value comes from, `left_out` how many records are not in it.
    """

    period: str
    period_word: str
    value: str | None
    unit: str
    target: str
    status: str
    band: str | None
    made_of: str
    left_out: str


@dataclass(frozen=True)
class Example:
    """A KPI of a draft on the records there are; `in_force` is what the version in force says of the same period."""

    drafted: Judged
    in_force: Judged | None
    version: AgreementVersion | None


def example_of(draft: AgreementVersion, place: int) -> Example:
    """What the KPI at a place of a draft, the first is 0, would have been in the latest quarter with data that is over.

    Where its own periods are longer, where its value grows with time, or while no quarter is over, it is the latest
    period of its own. The records may lie in the term of the version in force, as before a renewal.

    Raises:
        Refused: the draft has faults, records are missing, too many or read otherwise, or no period with data is over.
    """
    if faults := faults_of(draft.text):
        count = f"{len(faults)} fault{'s' * (len(faults) != 1)}"
        raise Refused(f"The draft has {count}, so nothing can be computed by it; mend the draft first.")
    document, engagement = document_of(draft), draft.engagement
    kpi = document.agreement.kpis[place]
    _demand_records(engagement, document.sources_of(kpi))
    version, as_of = version_in_force(engagement), _as_of(engagement)
    try:
        found = _latest(engagement, _spanning(document, version), kpi, as_of, _is_told)
    except Refused as refusal:
        raise Refused(f"The records that count cannot be read as the draft says: {refusal}") from None
    if found is None:
        raise Refused("No period with data is over yet in the records that count, so there is nothing to judge.")
    before = _before(engagement, document, version, found, as_of) if version else None
    return Example(_judged(found), _judged(before) if before else None, version)


def _is_told(result: "Result") -> bool:
    return result.is_complete and result.value is not None


def _demand_records(engagement: Engagement, sources: Iterable[str]) -> None:
    """Refuse while a source has no records, or where there is too much to read while somebody waits."""
    files = committed(engagement).filter(source__in=sources).values_list("source", "file_name", "size")
    if missing := sorted(set(sources) - {source for source, *_ in files}):
        raise Refused(f"No records of {' and '.join(missing)} count yet; commit some to see the KPI on them.")
    if (whole := _weight(engagement, sources)) > READ_AT_ONCE:
        raise Refused(
            f"The records this rests on are too many to compute while you wait: {whole / _MB:.1f} MB as text, "
            f"and at most {READ_AT_ONCE / _MB:.0f} MB are read at once. Results come when the agreement is in force."
        )


def _weight(engagement: Engagement, sources: Iterable[str]) -> int:
    files = committed(engagement).filter(source__in=sources)
    return sum(weight(*named) for named in files.values_list("file_name", "size"))


def _as_of(engagement: Engagement) -> int | None:
    """The moment to which the results that stand were measured, so that an unchanged KPI is what they say.

    None where there are none, or they are not of the records that count now.
    """
    latest = evaluations(engagement).first()
    if latest is None or are_outdated([engagement]):
        return None
    return int(datetime.fromisoformat(json.loads(latest.content)["as_of"]).timestamp())


def _before(
    engagement: Engagement, draft: "Document", version: AgreementVersion, found: "Result", as_of: int | None
) -> "Result | None":
    """What the version in force says of the same KPI in the same period, where it has both and can tell at once."""
    document = document_of(version)
    kpi = next((kpi for kpi in document.agreement.kpis if kpi.id == found.kpi.id), None)
    if kpi is None or _weight(engagement, document.sources_of(kpi)) > READ_AT_ONCE:
        return None
    if document.kpi_digest(kpi) == draft.kpi_digest(found.kpi):
        return found
    try:
        return _latest(engagement, document, kpi, as_of, lambda result: result.period == found.period)
    except Refused:
        return None


def _latest(
    engagement: Engagement,
    document: "Document",
    kpi: "Kpi",
    as_of: int | None,
    is_meant: Callable[["Result"], bool],
) -> "Result | None":
    """The latest result that is meant, by quarters where these say the same, else by the KPI's own periods."""
    for asked in _asked(kpi):
        if meant := [result for result in _results(engagement, document, asked, as_of) if is_meant(result)]:
            return meant[-1]
    return None


def _asked(kpi: "Kpi") -> "list[Kpi]":
    """The KPI without its groups, by each of the periods that it is told by."""
    periods = [kpi.period.model_copy(update={"kind": kind}) for kind in told_by(kpi.kind, kpi.period.kind)]
    return [kpi.model_copy(update={"by": (), "period": period}) for period in periods]


def _results(engagement: Engagement, document: "Document", kpi: "Kpi", as_of: int | None) -> "list[Result]":
    """One KPI's results; nothing else of the document is read or measured."""
    from rapport.engine.evaluate import kpi_results

    needed = {name: document.agreement.sources[name] for name in document.sources_of(kpi)}
    alone = document.agreement.model_copy(update={"sources": needed, "kpis": (kpi,)})
    with opened_as(engagement, replace(document, agreement=alone), as_of=as_of) as workspace:
        return kpi_results(workspace, kpi) if workspace.agreement.kpis else []


def _spanning(document: "Document", version: AgreementVersion | None) -> "Document":
    """A draft with a term that holds that of the version in force as well, in which the records there are lie."""
    if version is None:
        return document
    own, other = document.agreement.term, document_of(version).agreement.term
    both = own.model_copy(update={"first": min(own.first, other.first), "last": max(own.last, other.last)})
    return replace(document, agreement=document.agreement.model_copy(update={"term": both}))


def _judged(result: "Result") -> Judged:
    from rapport.engine.report.texts import decimals_of, figure
    from rapport.engine.report.words import level_words, made_of, period_word

    kpi, value = result.kpi, result.value
    return Judged(
        period=result.period.label,
        period_word="" if kpi.period.kind is PeriodKind.ROLLING else period_word(kpi.period),
        value=None if value is None else figure(value, decimals_of(kpi, [value])),
        unit=kpi.unit,
        target=level_words(kpi, result.level.target),
        status=result.status.value,
        band=result.band,
        made_of="" if value is None else made_of(result),
        left_out="" if kpi.kind == "availability" else _left_out(result),
    )


def _left_out(result: "Result") -> str:
    counts = result.counts
    parts = {"excluded": counts.excluded, "that cannot be measured": counts.missing, "not finished": counts.pending}
    return ", ".join(f"{number:,} {what}" for what, number in parts.items() if number)
