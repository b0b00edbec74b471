"""Pages about results, down to the records behind each number."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.queries import batches
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import (
    data_of,
    document_of,
    draft_of,
    item_paths,
    version_in_force,
    visible_engagements,
)
from rapport.apps.kpis import actions, queries
from rapport.apps.kpis.actions import Followed, Outcome
from rapport.apps.kpis.models import Computation, Result
from rapport.apps.kpis.queries import KpiResults, Outlook
from rapport.domain.refusals import Refused
from rapport.domain.retries import is_forgotten
from rapport.domain.roles import Right
from rapport.kit.charts import Limits, Point, sparkline, trend
from rapport.kit.exports import Column, as_file

_SPARK_PERIODS = 12
"""Periods that are over in a small chart; the one that runs comes besides."""
_CHART_PERIODS = 36
_ROWS_A_PAGE = 100
_PERIODS_A_PAGE = 36
_LIKELY, _POSSIBLE = 0.5, 0.1
"""Chances of missing a target above which it looks bad, and above which it deserves a look."""
_DONE = {
    Outcome.COMPUTED: "{} and the results are computed.",
    Outcome.WAITING: "{} and the results are being computed.",
    Outcome.REFUSED: "{}, but the results stay as they were: {}",
}


def _content(heading: str, name: str) -> Column[Result]:
    """A column with a number of the engine's own row, exact."""
    return Column(heading, lambda result: result.content.get(name))


_SPAN_COLUMNS: list[Column[Result]] = [
    Column("Period", lambda result: result.period),
    Column("Begins", lambda result: result.content.get("from")),
    Column("Ends", lambda result: result.content.get("to")),
]
_JUDGED_COLUMNS: list[Column[Result]] = [
    Column("Status", lambda result: result.status),
    Column("Value", lambda result: result.value),
    Column("Settled", lambda result: bool(result.settled)),
    *(_content(heading, name) for heading, name in (("Computed", "value"), ("Target", "target"))),
    *(_content(name.capitalize(), name) for name in ("numerator", "denominator")),
    *(_content(name.capitalize(), name) for name in ("excluded", "missing", "coverage")),
]
_PERIOD_COLUMNS = [*_SPAN_COLUMNS, Column[Result]("Over", lambda result: result.is_complete), *_JUDGED_COLUMNS]


def _of_latest(column: Column[Result]) -> Column[KpiResults]:
    return Column(column.heading, lambda found: found.latest and column.value(found.latest))


_KPI_COLUMNS: list[Column[KpiResults]] = [
    Column("KPI", lambda found: found.kpi.id),
    Column("Name", lambda found: found.kpi.name),
    Column("Unit", lambda found: found.kpi.unit),
    *map(_of_latest, (*_SPAN_COLUMNS, *_JUDGED_COLUMNS)),
    Column("Waiting for", lambda found: ", ".join(found.missing)),
]


@require_GET
def results(request: HttpRequest, engagement_id: int) -> HttpResponseBase:
    """Every KPI of the agreement in force: where it stands, against what, and where it comes from."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    version = version_in_force(engagement)
    kpis = queries.kpi_results(engagement, version, latest=_SPARK_PERIODS + 1)
    if file := as_file(request, f"Results {engagement.title}", _KPI_COLUMNS, kpis):
        return file
    context = {
        **_standing(actor, engagement, version),
        "evaluation": queries.evaluations(engagement).first(),
        "lines": [(found, _spark(found)) for found in kpis],
    }
    return render(request, "kpis/results.html", context)


@require_GET
def kpi(request: HttpRequest, engagement_id: int, kpi: str) -> HttpResponseBase:
    """One KPI over time, with what is to be expected, its definition and a table of its periods."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    version = version_in_force(engagement)
    found = _found(engagement, version, kpi)
    assert version is not None  # or there would be no KPI
    if file := as_file(request, f"{found.kpi.name} {engagement.title}", _PERIOD_COLUMNS, found.results):
        return file
    definition, terms = queries.definition_of(document_of(version).agreement, found.kpi)
    context = {
        **_standing(actor, engagement, version),
        "found": found,
        "outlook_tone": found.outlook and _tone(found.outlook),
        "definition": definition,
        "terms": terms,
        "chart": _chart(found),
        "page": _page(request, [found.shown(result) for result in reversed(found.results)], _PERIODS_A_PAGE),
    }
    return render(request, "kpis/kpi.html", context)


@require_GET
def rows(request: HttpRequest, engagement_id: int, kpi: str, period: str) -> HttpResponseBase:
    """The records behind one number, each with its run on a small time line; as a file with all their own columns."""
    engagement = get_object_or_404(visible_engagements(actor_of(request)), pk=engagement_id)
    found, result = _found(engagement, version_in_force(engagement), kpi), _result(engagement, kpi, period)
    is_failed = _is_failed(request, found)
    try:
        behind = queries.rows_behind(engagement, result, failed=is_failed)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("kpis:kpi", engagement.pk, kpi)
    flat = [queries.flat(row) for row in behind.rows]
    if file := as_file(request, f"Records {found.kpi.name} {period}", _record_columns(flat), flat):
        return file
    columns, page = queries.columns_of(flat), _page(request, behind.rows, _ROWS_A_PAGE)
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
def example(request: HttpRequest, engagement_id: int, place: int) -> HttpResponse:
    """What one KPI of the reader's own draft would have been on the records there are, as a part of its form."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    draft = get_object_or_404(draft_of(actor, engagement))
    if not actor.may(Right.EDIT) or not 1 <= place <= len(item_paths(data_of(draft.text) or {}, "kpis")):
        raise Http404
    try:
        found, refusal = queries.example_of(draft, place - 1), ""
    except Refused as refused:
        found, refusal = None, str(refused)
    return render(request, "kpis/_example.html", {"example": found, "refusal": refusal, "engagement": engagement})


@require_GET
def progress(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """How far the computing of results is; nothing where there is none, and the page opens anew when it is over."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    computation = queries.computation(engagement)
    if computation is None and "running" in request.GET:
        return HttpResponseClientRefresh()
    context = {
        "engagement": engagement,
        "computation": computation,
        "is_forgotten": _is_forgotten(computation),
        "may_edit": actor.may(Right.EDIT),
    }
    return render(request, "kpis/_progress.html", context)


@require_POST
def commit(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """Let the records of a file count, and have results follow."""
    batch = _asked_batch(request, engagement_id, batch_id)
    try:
        followed = actions.commit_and_follow(by=actor_of(request), batch=batch, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _tell(request, f"{batch.file_name} is committed", followed)
    return redirect("delivery:batch", engagement_id, batch.pk)


@require_POST
def withdraw(request: HttpRequest, engagement_id: int, batch_id: int) -> HttpResponse:
    """Take the records of a file out again, and have results follow."""
    batch, reason = _asked_batch(request, engagement_id, batch_id), request.POST.get("reason", "")
    try:
        followed = actions.withdraw_and_follow(by=actor_of(request), batch=batch, reason=reason, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _tell(request, f"{batch.file_name} is withdrawn", followed)
    return redirect("delivery:batch", engagement_id, batch.pk)


@require_POST
def compute(request: HttpRequest, engagement_id: int) -> HttpResponse:
    """Compute anew, such as after another version of the agreement came into force."""
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    try:
        evaluation = actions.follow_changes(by=actor, engagement=engagement, at=timezone.now())
    except Refused as refusal:
        messages.error(request, f"The results stay as they were: {refusal}")
    else:
        done = "computed anew" if evaluation else "being computed anew"
        messages.success(request, f"The results are {done}.")
    return redirect("kpis:results", engagement.pk)


def _asked_batch(request: HttpRequest, engagement_id: int, batch_id: int) -> Batch:
    actor = actor_of(request)
    engagement = get_object_or_404(visible_engagements(actor), pk=engagement_id)
    return get_object_or_404(batches(actor, engagement), pk=batch_id)


def _tell(request: HttpRequest, done: str, followed: Followed) -> None:
    """Say what was `done`, which begins the sentence, and what became of the results."""
    say = messages.error if followed.outcome is Outcome.REFUSED else messages.success
    say(request, _DONE[followed.outcome].format(done, followed.reason))


def _standing(actor: Person, engagement: Engagement, version: AgreementVersion | None) -> dict[str, Any]:
    """What pages need to say whether the results they show are those of now."""
    computation = queries.computation(engagement)
    return {
        "engagement": engagement,
        "version": version,
        "computation": computation,
        "is_forgotten": _is_forgotten(computation),
        "is_outdated": engagement.pk in queries.are_outdated([engagement]),
        "may_edit": actor.may(Right.EDIT),
    }


def _is_forgotten(computation: Computation | None) -> bool:
    return bool(computation and is_forgotten(computation.asked_at, computation.taken_up_at, timezone.now()))


def _found(engagement: Engagement, version: AgreementVersion | None, kpi: str) -> KpiResults:
    if found := queries.kpi_result(engagement, version, kpi):
        return found
    raise Http404


def _tone(outlook: Outlook) -> str:
    """How worrying it is how the running period goes, as a tone of the pages."""
    chance = outlook.chance or 0
    if outlook.is_missed or chance > _LIKELY:
        return "bad"
    return "warn" if chance > _POSSIBLE else "good"


def _record_columns(flat: Sequence[dict[str, Any]]) -> list[Column[dict[str, Any]]]:
    """Every column of flat rows, called as `rapport rows` calls it."""
    return [Column(name, itemgetter(name), name) for name in (flat[0] if flat else ())]


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
    values = [result.value for result in recent]
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
        value=result.value,
        target=content["target"],
        status=result.status,
        minimum=content["minimum"],
        is_running=not result.is_complete,
    )
