"""What the agreements in force call a failure and is not on the issue list yet, and what of it is over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import OuterRef, Subquery

from rapport.apps.assurance.models import Line, Statement
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.engagements.queries import document_of, faults_of, texts_in_force
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries.lists import OPEN
from rapport.apps.kpis.models import Result
from rapport.domain.bands import Status
from rapport.domain.issues import Origin, Severity, State, cause_key, severity_of_miss, will_probably_miss
from rapport.domain.roles import Side
from rapport.domain.settlement import State as LineState
from rapport.domain.standing import MISSED

if TYPE_CHECKING:
    from rapport.engine.agreement import Agreement

_BOTH_AGREE = "Settled: both sides agree on the figure."
_FORGOTTEN_AFTER = timedelta(days=100)
"""How long after a period its miss is still raised; nobody mends what is older."""


@dataclass(frozen=True)
class Failure:
    """Something to be raised by rule: where, what made it so, about what, and what is said of it."""

    engagement: int
    origin: Origin
    subject: str
    title: str
    period: str
    kpi: str
    responsible: Side = Side.PARTNER
    severity: Severity = Severity.MINOR
    objective: str = ""
    result: Result | None = None

    @property
    def cause(self) -> str:
        """What it is about in one word."""
        return cause_key(self.origin, self.subject)


def failures(now: datetime) -> list[Failure]:
    """What failed in any engagement and has no issue yet, neither an open one nor one for the same period."""
    found = [*_misses(now), *_disputes(), *_warnings(now)]
    known = _known({one.engagement for one in found})
    return [_graded(one) for one in found if not known.get((one.engagement, one.cause), set()) & {"", one.period}]


class Settled(NamedTuple):
    """What raised an issue and is over: where, about what, and why it is over."""

    engagement: int
    subject: str
    reason: str


def settled_disputes() -> list[Settled]:
    """The disputes about figures that are over and whose issue is still open; one query.

    An issue that somebody opened again is theirs to close.
    """
    over = [state for state in LineState if state.is_closed]
    lines = Line.objects.filter(engagement=OuterRef("engagement"), kpi=OuterRef("kpi"), period=OuterRef("period"))
    ended = lines.filter(state__in=over)
    issues = Issue.objects.filter(origin=Origin.DISPUTE, state__in=OPEN, reopened_at=None).order_by("pk")
    found = issues.annotate(ended=Subquery(ended.values("state")[:1]), why=Subquery(ended.values("reason")[:1]))
    rows = found.exclude(ended=None).values_list("engagement", "kpi", "period", "ended", "why")
    return [
        Settled(engagement, f"{kpi}:{period}", why if ended == LineState.LAPSED else _BOTH_AGREE)
        for engagement, kpi, period, ended, why in rows
    ]


def _known(engagements: Iterable[int]) -> dict[tuple[int, str], set[str]]:
    """The periods for which there was an issue, by engagement and cause; an open one stands for every period."""
    rows = Issue.objects.filter(engagement__in=engagements).exclude(cause="").order_by()
    known: dict[tuple[int, str], set[str]] = {}
    for engagement, cause, period, state in rows.values_list("engagement_id", "cause", "period", "state"):
        known.setdefault((engagement, cause), set()).update({period, "" if State(state).is_open else period})
    return known


def _misses(now: datetime) -> Iterator[Failure]:
    """KPIs that missed in their latest period; one that measures a duty says that the client has not kept it."""
    missed = Result.objects.filter(is_latest=True, status__in=MISSED, ends_at__gt=now - _FORGOTTEN_AFTER)
    rows = list(missed.defer("content", "forecast").order_by("engagement_id", "kpi"))
    texts = texts_in_force({one.engagement_id for one in rows})
    for one in rows:
        if one.engagement_id not in texts or (said := _said(texts[one.engagement_id]).get(one.kpi)) is None:
            continue
        if said.origin not in said.raised_for:
            continue
        below = one.status == Status.BELOW_MINIMUM
        title = f"{said.name}: {'below its minimum' if below else 'target missed'} in {one.period}"
        yield Failure(
            one.engagement_id, said.origin, said.subject, title, one.period, one.kpi, said.responsible,
            objective=said.objective, result=one,
        )  # fmt: skip


def _graded(found: Failure) -> Failure:
    """A failure with its severity: that of a miss follows from how bad it is, and from the period before."""
    if found.result is None:
        return found
    below, again = found.result.status == Status.BELOW_MINIMUM, _missed_before(found.result)
    return replace(found, severity=severity_of_miss(is_below_minimum=below, is_repeat=again))


def _missed_before(result: Result) -> bool:
    """Whether a KPI missed in the period before as well."""
    earlier = Result.objects.filter(engagement=result.engagement_id, kpi=result.kpi, ends_at__lt=result.ends_at)
    before = earlier.order_by("-ends_at").values_list("status", flat=True).first()
    return before in MISSED


def _disputes() -> Iterator[Failure]:
    """Figures that one side contests; whose figure it is explains it."""
    lines = list(Line.objects.filter(state=LineState.DISPUTED).order_by("pk"))
    texts = texts_in_force({one.engagement_id for one in lines})
    sides = dict(Statement.objects.filter(line__in=lines, kind="dispute").order_by("pk").values_list("line_id", "side"))
    for line in lines:
        said = _said(texts[line.engagement_id]).get(line.kpi) if line.engagement_id in texts else None
        if said and Origin.DISPUTE in said.raised_for and line.pk in sides:
            title = f"{said.name}: figures in dispute for {line.period}"
            subject, responsible = f"{line.kpi}:{line.period}", Side(sides[line.pk]).other
            yield Failure(line.engagement_id, Origin.DISPUTE, subject, title, line.period, line.kpi, responsible)


def _warnings(now: datetime) -> Iterator[Failure]:
    """KPIs that will probably miss in the period under way, where the agreement wants to be warned."""
    running = Result.objects.filter(is_complete=False, ends_at__gt=now).exclude(forecast=None)
    seen = [(one, one.forecast or {}) for one in running.defer("content")]
    rows = [one for one, forecast in seen if will_probably_miss(forecast.get("breach_probability"))]
    texts = texts_in_force({one.engagement_id for one in rows})
    for one in rows:
        said = _said(texts[one.engagement_id]).get(one.kpi) if one.engagement_id in texts else None
        if said and Origin.EARLY_WARNING in said.raised_for:
            title = f"{said.name}: will probably miss its target in {one.period}"
            yield Failure(
                one.engagement_id, Origin.EARLY_WARNING, one.kpi, title, one.period, one.kpi, said.responsible,
                Severity.OBSERVATION, said.objective,
            )  # fmt: skip


@dataclass(frozen=True)
class _Said:
    """What an agreement says of one KPI as far as issues go."""

    origin: Origin
    subject: str
    name: str
    responsible: Side
    objective: str
    raised_for: frozenset[str]


@lru_cache(maxsize=1024)
def _said(text: str) -> dict[str, _Said]:
    """What a text says of its KPIs; one that this release cannot read any more says nothing."""
    if faults_of(text):
        return {}
    agreement = document_of(AgreementVersion(text=text)).agreement
    return {kpi: _of(agreement, kpi) for kpi in (one.id for one in agreement.kpis)}


def _of(agreement: "Agreement", kpi: str) -> _Said:
    raised_for = frozenset(agreement.issues.raised_for)
    found = agreement.kpi(kpi)
    duty = next((one for one in agreement.duties if one.kpi == kpi), None)
    if duty:
        return _Said(Origin.UNKEPT_DUTY, duty.id, duty.name, Side.CLIENT, found.objective or "", raised_for)
    return _Said(Origin.MISSED_KPI, kpi, found.name, Side.PARTNER, found.objective or "", raised_for)
