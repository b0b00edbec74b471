"""Pages about results, down to the records behind each number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.policy import Refused
from rapport.apps.accounts.queries import actor_of
from rapport.apps.delivery import actions as delivery
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.queries import batches, csv_lines
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import document_of, version_in_force, visible_engagements
from rapport.apps.kpis import actions, queries
from rapport.apps.kpis.models import Result
from rapport.apps.kpis.queries import KpiResults
from rapport.domain.charts import XmrLimits
from rapport.domain.durations import format_duration
from rapport.domain.roles import Right
from rapport.kit.charts import Limits, Point, sparkline, trend

_SPARK_PERIODS = 12
_CHART_PERIODS = 36
_ROWS_A_PAGE = 100
_PERIODS_A_PAGE = 36
_MOMENTS = ("start", "stop", "deadline")
_DURATIONS = ("paused", "elapsed", "overdue_by", "downtime")
_NESTED = ("columns", "pauses")
_OWN = "columns."
_RULES = {
    "outside_limits": "outside the limits",
    "two_of_three": "two of three far from the mean",
    "eight_on_one_side": "eight on one side of the mean",
}
_HEADINGS = {
    "key": "Record", "service": "Service", "state": "Counted", "excluded_by": "Excluded by", "verdict": "Verdict",
    "overdue_by": "Overdue by", "start": "Start", "stop": "Stop", "paused": "Paused", "elapsed": "Elapsed",
    "downtime": "Downtime", "limit": "Limit", "deadline": "Due", "amount": "Amount", "weight": "Weight",
    "file": "File", "row": "Row",
}  # fmt: skip
_NUMBERS = (*_DURATIONS, "amount", "weight", "row")


@dataclass(frozen=True)
class Line:
    """One KPI as the list shows it; numbers as texts, None where there is none."""

    found: KpiResults
    value: str | None
    target: str
    coverage: str | None
    change: str
    spark: str


@dataclass(frozen=True)
class Period:
    """One period of a KPI as its table shows it."""

    result: Result
    value: str | None
    numerator: str | None
    denominator: str | None
    missing: str | None
    target: str
    coverage: str | None


@require_GET
def results(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Every KPI of the agreement in force: where it stands, against what, and where it comes from."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    version, evaluation = version_in_force(engagement), queries.evaluations(engagement).first()
    context = {
        "engagement": engagement,
        "version": version,
        "evaluation": evaluation,
        "lines": [_line(found) for found in queries.kpi_results(engagement, version)],
        "is_outdated": bool(version and evaluation and evaluation.version_id != version.pk),
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "kpis/results.html", context)


@require_GET
def kpi(request: HttpRequest, engagement_id: int, kpi: str) -> HttpResponse:
    """One KPI over time, with its definition and a table of its periods."""
    engagement = get_object_or_404(visible_engagements(actor_of(request)), pk=engagement_id)
    found, version = _found(engagement, kpi), version_in_force(engagement)
    assert version is not None  # or there would be no KPI
    definition, terms = queries.definition_of(document_of(version).agreement, found.kpi)
    limits, _ = found.process
    natural = _natural(found, limits) if limits else None
    context = {
        "engagement": engagement,
        "version": version,
        "found": found,
        "latest": _period(found, found.latest) if found.latest else None,
        "definition": definition,
        "terms": terms,
        "chart": _chart(found),
        "limits": natural and _limit_words(found, natural),
        "mean": limits and _figure(found, limits.mean),
        "signals": _signals(found),
        "page": _page(request, [_period(found, result) for result in reversed(found.results)], _PERIODS_A_PAGE),
    }
    return render(request, "kpis/kpi.html", context)


@require_GET
def rows(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """The records behind one number."""
    engagement = get_object_or_404(visible_engagements(actor_of(request)), pk=engagement_id)
    found, result = _found(engagement, kpi), _result(engagement, kpi, period)
    is_failed = _is_failed(request, found)
    try:
        behind = queries.rows_behind(engagement, result, failed=is_failed)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("kpis:kpi", engagement.pk, kpi)
    flat = [_flat(row) for row in behind.rows]
    columns = [(name, _heading(name), name in _NUMBERS) for name in _columns(flat)]
    page = _page(request, flat, _ROWS_A_PAGE)
    context = {
        "engagement": engagement,
        "found": found,
        "period": _period(found, result),
        "columns": columns,
        "rows": [[(head, _shown(name, row[name]), is_number) for name, head, is_number in columns] for row in page],
        "page": page,
        "can_fail": found.kpi.kind in queries.JUDGED_KINDS,
        "is_failed": is_failed,
    }
    return render(request, "kpis/rows.html", context)


@require_GET
def rows_csv(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponseBase:
    """All records behind one number as CSV; the record's own columns follow, each as `columns.NAME`."""
    engagement = get_object_or_404(visible_engagements(actor_of(request)), pk=engagement_id)
    found, result = _found(engagement, kpi), _result(engagement, kpi, period)
    try:
        behind = queries.rows_behind(engagement, result, failed=_is_failed(request, found))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("kpis:kpi", engagement.pk, kpi)
    flat = [_flat(row) for row in behind.rows]
    columns = list(flat[0]) if flat else []
    response = StreamingHttpResponse(csv_lines(columns, flat), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="records-{result.pk}.csv"'
    return response


@require_POST
def commit(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """Let the records of a file count, and compute anew."""
    now = timezone.now()
    return _changed(
        request, engagement_id, batch_id,
        lambda batch: delivery.commit_batch(by=actor_of(request), batch=batch, at=now),
        "{} is committed and the results are computed.",
    )  # fmt: skip


@require_POST
def withdraw(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """Take the records of a file out again, and compute anew."""
    now, reason = timezone.now(), request.POST.get("reason", "")
    return _changed(
        request, engagement_id, batch_id,
        lambda batch: delivery.withdraw_batch(by=actor_of(request), batch=batch, reason=reason, at=now),
        "{} is withdrawn and the results are computed without it.",
    )  # fmt: skip


@require_POST
def compute(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Compute anew, such as after another version of the agreement came into force."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    _compute(request, actor, engagement, "The results are computed anew.")
    return redirect("kpis:results", engagement.pk)


def _changed(
    request: HttpRequest, engagement_id: int, batch_id: int, change: Callable[[Batch], object], done: str
) -> HttpResponse:
    """Change what counts, then compute; when that fails, the change stays."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    batch = get_object_or_404(batches(actor, engagement), pk=batch_id)
    try:
        change(batch)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _compute(request, actor, engagement, done.format(batch.file_name))
    return redirect("delivery:batch", engagement.pk, batch.pk)


def _compute(request: HttpRequest, actor: Person, engagement: Engagement, done: str) -> None:
    try:
        actions.compute_results(engagement=engagement, at=timezone.now(), by=actor)
    except Refused as refusal:
        messages.error(request, f"The results stay as they were: {refusal}")
    else:
        messages.success(request, done)


def _found(engagement: Engagement, kpi: str) -> KpiResults:
    for found in queries.kpi_results(engagement, version_in_force(engagement)):
        if found.kpi.id == kpi:
            return found
    raise Http404


def _result(engagement: Engagement, kpi: str, period: str) -> Result:
    standing = queries.results(engagement).select_related("evaluation__version")
    return get_object_or_404(standing, kpi=kpi, period=period)


def _is_failed(request: HttpRequest, found: KpiResults) -> bool:
    """Whether only the records that count against a value are asked for, and there can be such."""
    return found.kpi.kind in queries.JUDGED_KINDS and request.GET.get("failed") == "1"


def _page(request: HttpRequest, items: Sequence[Any], size: int) -> Any:
    return Paginator(items, size).get_page(request.GET.get("page"))


def _line(found: KpiResults) -> Line:
    latest = found.latest
    content = latest.content if latest else {}
    recent = found.complete[-_SPARK_PERIODS:]
    values = [result.content["value"] for result in recent]
    return Line(
        found=found,
        value=_number(found, content.get("value")),
        target=_level(content.get("target")),
        coverage=_percent(content.get("coverage")),
        change=_change(found, content.get("trend")),
        spark=sparkline(values, content.get("target"), title=f"The last {len(recent)} periods") if recent else "",
    )


def _period(found: KpiResults, result: Result) -> Period:
    content = result.content
    return Period(
        result=result,
        value=_number(found, content["value"]),
        numerator=_count(found, content["numerator"]),
        denominator=_count(found, content["denominator"]),
        missing=_count(found, content["missing"]),
        target=_level(content["target"]),
        coverage=_percent(content["coverage"]),
    )


def _chart(found: KpiResults) -> SafeString:
    shown = found.results[-_CHART_PERIODS:]
    limits, signals = found.process
    offset = len(found.results) - len(shown)
    return trend(
        [_point(result) for result in shown],
        title=found.kpi.name,
        unit=found.kpi.unit,
        decimals=found.decimals,
        limits=_natural(found, limits) if limits else None,
        signals=frozenset(signal.index - offset for signal in signals if signal.index >= offset),
    )


def _natural(found: KpiResults, process: XmrLimits) -> Limits:
    """The limits without those that no value can cross."""
    mean, lower, upper = float(process.mean), float(process.lower), float(process.upper)
    has_negative = any((result.content["value"] or 0) < 0 for result in found.results)
    is_share = found.kpi.unit == "%"
    return Limits(mean, lower if lower >= 0 or has_negative else None, upper if upper <= 100 or not is_share else None)


def _limit_words(found: KpiResults, natural: Limits) -> str:
    lower, upper = (_number(found, limit) for limit in (natural.lower, natural.upper))
    if lower and upper:
        return f"{lower} to {upper}"
    return f"from {lower}" if lower else f"up to {upper}" if upper else "any"


def _point(result: Result) -> Point:
    content = result.content
    return Point(
        label=result.period,
        value=content["value"],
        target=content["target"],
        status=result.status,
        minimum=content["minimum"],
        is_running=not result.is_complete,
    )


def _signals(found: KpiResults) -> list[tuple[str, str]]:
    """Every signal as a period and what was seen there, the latest first."""
    complete, (_, signals) = found.complete, found.process
    return [(complete[signal.index].period, _RULES[signal.rule.value]) for signal in reversed(signals)]


def _number(found: KpiResults, value: float | None) -> str | None:
    return None if value is None else _figure(found, queries.exact(value))


def _figure(found: KpiResults, value: Any, *, signed: bool = False) -> str:
    from rapport.engine.report.texts import figure

    return figure(value, found.decimals, signed=signed)


def _change(found: KpiResults, change: dict[str, Any] | None) -> str:
    if change is None:
        return ""
    return f"{_figure(found, queries.exact(change['change']), signed=True)} {change['direction']}"


def _level(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def _count(found: KpiResults, value: float | None) -> str | None:
    """A count or sum behind a value; behind an availability it is open time."""
    if value is None:
        return None
    return format_duration(int(value)) if found.kpi.kind == "availability" else f"{value:,.10g}"


def _percent(share: float | None) -> str | None:
    """A share 0..1 as a percentage, rounded towards the worse so that 100 % means all."""
    return None if share is None else f"{int(share * 1000) / 10:g} %"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A record behind a number as one flat row; its own columns follow, each as `columns.NAME`."""
    own = {f"{_OWN}{name}": value for name, value in row.get("columns", {}).items()}
    return {name: value for name, value in row.items() if name not in _NESTED} | own


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The columns that hold something, in the order people read them; the record's own columns follow."""
    own = [name for name in rows[0] if name.startswith(_OWN)] if rows else []
    own = [name for name in own if any(row[name] != row["key"] for row in rows)]
    return [name for name in (*_HEADINGS, *own) if any(row.get(name) is not None for row in rows)]


def _heading(name: str) -> str:
    return _HEADINGS.get(name) or name.removeprefix(_OWN)


def _shown(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name in _DURATIONS:
        return format_duration(int(value))
    return value[:16].replace("T", " ") if name in _MOMENTS else str(value)
