"""Pages about results, down to the records behind each number."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

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
from rapport.domain.roles import Right
from rapport.kit.charts import Limits, Point, sparkline, trend

_SPARK_PERIODS = 12
_CHART_PERIODS = 36
_ROWS_A_PAGE = 100
_PERIODS_A_PAGE = 36
_PATIENCE = timedelta(seconds=15)
"""After how long of nothing a page says what may be amiss."""


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
        "computation": queries.computation(engagement),
        "lines": [(found, _spark(found)) for found in queries.kpi_results(engagement, version)],
        "is_outdated": bool(version and evaluation and evaluation.version_id != version.pk),
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "kpis/results.html", context)


@require_GET
def kpi(request: HttpRequest, engagement_id: int, kpi: str) -> HttpResponse:
    """One KPI over time, with what is to be expected, its definition and a table of its periods."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    found, version = _found(engagement, kpi), version_in_force(engagement)
    assert version is not None  # or there would be no KPI
    definition, terms = queries.definition_of(document_of(version).agreement, found.kpi)
    context = {
        "engagement": engagement,
        "version": version,
        "computation": queries.computation(engagement),
        "may_edit": actor.may(Right.EDIT),
        "found": found,
        "definition": definition,
        "terms": terms,
        "chart": _chart(found),
        "page": _page(request, [found.shown(result) for result in reversed(found.results)], _PERIODS_A_PAGE),
    }
    return render(request, "kpis/kpi.html", context)


@require_GET
def rows(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponse:
    """The records behind one number, each with its run on a small time line."""
    engagement = get_object_or_404(visible_engagements(actor_of(request)), pk=engagement_id)
    found, result = _found(engagement, kpi), _result(engagement, kpi, period)
    is_failed = _is_failed(request, found)
    try:
        behind = queries.rows_behind(engagement, result, failed=is_failed)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("kpis:kpi", engagement.pk, kpi)
    columns = queries.columns_of([queries.flat(row) for row in behind.rows])
    page = _page(request, behind.rows, _ROWS_A_PAGE)
    context = {
        "engagement": engagement,
        "found": found,
        "period": found.shown(result),
        "columns": queries.cells({}, columns),
        "rows": [(queries.time_line(row), queries.cells(queries.flat(row), columns)) for row in page],
        "has_time_lines": any(queries.time_line(row) for row in page),
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
    flat = [queries.flat(row) for row in behind.rows]
    columns = list(flat[0]) if flat else []
    response = StreamingHttpResponse(csv_lines(columns, flat), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="records-{result.pk}.csv"'
    return response


@require_GET
def progress(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """How far the computing of results is; nothing where there is none, and the page opens anew when it is over."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    now, computation = timezone.now(), queries.computation(engagement)
    if computation is None and "running" in request.GET:
        return HttpResponseClientRefresh()
    context = {
        "engagement": engagement,
        "computation": computation,
        "is_forgotten": bool(computation and not computation.taken_up_at and now - computation.asked_at > _PATIENCE),
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "kpis/_progress.html", context)


@require_POST
def commit(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """Let the records of a file count, and have results follow."""
    now = timezone.now()
    return _changed(
        request, engagement_id, batch_id,
        lambda batch: delivery.commit_batch(by=actor_of(request), batch=batch, at=now),
        "{} is committed",
    )  # fmt: skip


@require_POST
def withdraw(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """Take the records of a file out again, and have results follow."""
    now, reason = timezone.now(), request.POST.get("reason", "")
    return _changed(
        request, engagement_id, batch_id,
        lambda batch: delivery.withdraw_batch(by=actor_of(request), batch=batch, reason=reason, at=now),
        "{} is withdrawn",
    )  # fmt: skip


@require_POST
def compute(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Compute anew, such as after another version of the agreement came into force."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    _follow(request, actor, engagement, "The records are measured anew")
    return redirect("kpis:results", engagement.pk)


def _changed(
    request: HttpRequest, engagement_id: int, batch_id: int, change: Callable[[Batch], object], done: str
) -> HttpResponse:
    """Change what counts, then have results follow; when that fails, the change stays."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    batch = get_object_or_404(batches(actor, engagement), pk=batch_id)
    try:
        change(batch)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _follow(request, actor, engagement, done.format(batch.file_name))
    return redirect("delivery:batch", engagement.pk, batch.pk)


def _follow(request: HttpRequest, actor: Person, engagement: Engagement, done: str) -> None:
    """Have results follow what was `done`, which begins the sentence that is said about it."""
    try:
        evaluation = actions.follow_changes(engagement=engagement, at=timezone.now(), by=actor)
    except Refused as refusal:
        messages.error(request, f"{done}, but the results stay as they were: {refusal}")
    else:
        messages.success(request, f"{done} and the results are {'computed' if evaluation else 'being computed'}.")


def _found(engagement: Engagement, kpi: str) -> KpiResults:
    for found in queries.kpi_results(engagement, version_in_force(engagement), kpi):
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


def _spark(found: KpiResults) -> str:
    recent = found.complete[-_SPARK_PERIODS:]
    values = [result.content["value"] for result in recent]
    target = recent[-1].content["target"] if recent else None
    return sparkline(values, target, title=f"The last {len(recent)} periods") if recent else ""


def _chart(found: KpiResults) -> SafeString:
    shown = found.results[-_CHART_PERIODS:]
    process, signals = found.process
    offset = len(found.results) - len(shown)
    return trend(
        [_point(result) for result in shown],
        title=found.kpi.name,
        unit=found.kpi.unit,
        decimals=found.decimals,
        limits=Limits(float(process.mean), *found.crossable) if process else None,
        signals=frozenset(signal.index - offset for signal in signals if signal.index >= offset),
    )


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
