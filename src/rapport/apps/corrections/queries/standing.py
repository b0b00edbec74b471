"""Where corrective actions stand: as the rules see them, and what the figures since the claim say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from rapport.apps.accounts.models import Person
from rapport.apps.corrections.models import Cause, Correction, InterimTarget
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import document_of, faults_of, names_of_kpis, version_in_force
from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.queries import OPEN, visible_issues
from rapport.apps.issues.queries.plans import Planned
from rapport.apps.kpis.models import Result
from rapport.apps.kpis.queries import KpiResults, Shown, exact, kpi_result
from rapport.domain import corrections
from rapport.domain.bands import Direction, Status
from rapport.domain.calendars import day_ending
from rapport.domain.corrections import Part, Proof, State
from rapport.domain.issues import Move
from rapport.domain.periods import PeriodRule
from rapport.domain.roles import Side
from rapport.domain.standing import MISSED
from rapport.domain.tasks import Plan

WATCHED_FOR = timedelta(days=180)
"""How long after it was closed a corrective action is reopened when its KPI misses again."""
_MEASURED = Case(When(proof_kpi="", then=F("issue__kpi")), default=F("proof_kpi"))
"""The KPI that shows the effect of a corrective action."""
_PLANNED = (State.PLAN_AGREED, State.DOING, State.VERIFYING)
"""The states in which there is a plan that mends the gap."""


@dataclass(frozen=True)
class Judged:
    """A period since the claim and what it says: True it met, False it missed, None neither."""

    result: Result
    is_met: bool | None
    is_interim: bool = False


@dataclass(frozen=True)
class Effect:
    """What shows whether a corrective action worked: the periods since the claim, or where none can, a word.

    `found` is the KPI with its results, None where there is none in the agreement in force.
    """

    found: KpiResults | None
    periods: Sequence[Judged]
    needed: int

    @property
    def is_by_word(self) -> bool:
        """Whether no KPI can show it, so that the other side says whether it worked."""
        return self.found is None

    @property
    def verdict(self) -> Proof:
        """What the periods show."""
        return corrections.proof_of([one.is_met for one in self.periods], self.needed)

    @property
    def shown(self) -> Proof:
        """The same, but that the other side's word shows the effect where no KPI can, and is asked for at once."""
        return Proof.EFFECTIVE if self.is_by_word else self.verdict

    @property
    def missing(self) -> int:
        """How many more periods have to be met."""
        return max(0, self.needed - sum(one.is_met is True for one in self.periods))

    @property
    def rows(self) -> list[tuple[Judged, Shown]]:
        """The periods since the claim, each with its numbers as texts."""
        return [(one, self.found.shown(one.result)) for one in self.periods] if self.found else []

    @property
    def missed(self) -> Result | None:
        """The first period that missed."""
        return next((one.result for one in self.periods if one.is_met is False), None)


@dataclass(frozen=True)
class PlanStanding:
    """How a KPI stands with regard to a plan, in words; `issue` is the number of the one whose plan mends it."""

    kpi: str
    words: str
    issue: int | None

    @property
    def tone(self) -> str:
        """How worrying that is."""
        return "bad" if self.issue is None else "info"


def visible_corrections(actor: Person) -> QuerySet[Correction]:
    """The corrective actions for the issues an actor may see."""
    seen = visible_issues(actor).select_related(None).order_by()
    return all_corrections().filter(issue__in=seen)


def all_corrections() -> QuerySet[Correction]:
    """Every corrective action with what is always needed beside it."""
    people = ("owner__organisation", "closed_by__organisation", "issue__client_owner", "issue__partner_owner")
    return Correction.objects.select_related("issue__engagement__partner", *people)


def correction_of(actor: Person, issue: Issue) -> Correction | None:
    """The corrective action for an issue; None before one is started."""
    return visible_corrections(actor).filter(issue=issue).first()


def rule_of(correction: Correction) -> corrections.Correction:
    """A corrective action as the rules see it now: who took the issue over has it, and a ticked task has begun it."""
    rule = _rule(correction)
    has_begun = rule.state is State.PLAN_AGREED and plan_tasks(correction).exclude(done_at=None).exists()
    return corrections.begin(rule) if has_begun else rule


def _rule(correction: Correction) -> corrections.Correction:
    """The same as it is kept, which takes no query."""
    state, issue = State(correction.state), correction.issue
    side = Side(issue.responsible if state in corrections.FOLLOWING else correction.responsible)
    is_theirs = side == correction.responsible
    owner = correction.owner if correction.owner and correction.owner.side is side else None
    return corrections.Correction(
        state=state,
        responsible=side,
        proposed=Part(correction.proposed) if correction.proposed and is_theirs else None,
        returned=correction.returned,
        round=correction.round,
        owner=str(owner.pk) if owner else "",
    )


def move_of(correction: Correction) -> Move:
    """Whose move a corrective action makes it, as its issue keeps it."""
    return _move_of(correction, _open_tasks([correction]))


def with_another_move() -> list[Correction]:
    """The corrective actions under way that make it another move than their issues keep, as figures or agreements do.

    The few that wait for their proof are each asked what the agreement in force and the figures say.
    """
    under_way = list(all_corrections().exclude(state=State.CLOSED).order_by("pk"))
    tasks = _open_tasks(under_way)
    return [one for one in under_way if one.issue.move != _move_of(one, tasks)]


def plans_of(issues: Collection[int]) -> dict[int, Planned]:
    """The plans of the corrective actions for some issues, by the number of the issue."""
    found = Correction.objects.filter(issue__in=issues).select_related("issue", "owner__organisation")
    return {one.issue_id: Planned(_stands(one), one.plan or ()) for one in found}


def causes_of(correction: Correction) -> QuerySet[Cause]:
    """The causes named in the round under way."""
    return Cause.objects.filter(correction=correction, round=correction.round)


def targets_of(correction: Correction) -> QuerySet[InterimTarget]:
    """The interim targets of the round under way."""
    return InterimTarget.objects.filter(correction=correction, round=correction.round)


def plan_tasks(correction: Correction) -> QuerySet[Task]:
    """The tasks of the plan as it was proposed; before, those of the issue that it would consist of.

    Those are open, or were given or done in the round under way. A task given later is the issue's alone.
    """
    if correction.plan is not None:
        return _tasks().filter(pk__in=correction.plan)
    since = correction.began_at
    is_of_round = Q(done_at=None) | Q(made_at__gte=since) | Q(done_at__gte=since)
    return _tasks().filter(is_of_round, issue=correction.issue_id)


def gaps_of(correction: Correction, part: Part) -> list[str]:
    """What is missing before a part can be proposed, as sentences."""
    if part is Part.CAUSE:
        return corrections.cause_gaps([cause.rule for cause in causes_of(correction)])
    tasks = [
        corrections.Task(one.what, Side(one.side), str(one.owner_id), one.due_on) for one in plan_tasks(correction)
    ]
    return corrections.plan_gaps(tasks, responsible=rule_of(correction).responsible)


def day_of_plan(correction: Correction) -> date | None:
    """The last day on which something of the plan is to be done."""
    return max((task.due_on for task in plan_tasks(correction)), default=None)


def day_of_proof(correction: Correction) -> date:
    """The earliest day on which it can be shown whether what is claimed done has helped.

    That is when the figures of the needed periods are settled, or a week for the other side's word where no KPI of the
    agreement in force shows it.
    """
    assert correction.claimed_at is not None  # or there is nothing to show
    version, kpi = version_in_force(correction.issue.engagement), correction.kpi
    agreement = document_of(version).agreement if version and kpi and not faults_of(version.text) else None
    found = next((one for one in agreement.kpis if one.id == kpi), None) if agreement else None
    if agreement is None or found is None:
        return correction.claimed_at.date() + corrections.TIME_FOR_A_WORD
    said = found.period
    return corrections.proved_on(
        int(correction.claimed_at.timestamp()),
        PeriodRule(said.kind, agreement.time_zone, said.start_day, said.months),
        needed=correction.proof_periods,
        settling_days=agreement.settling.window.days,
    )


def gap_of(issue: Issue) -> KpiResults | None:
    """The KPI an issue is about with its results; None where it is about none of the agreement in force."""
    return _kpi(issue.engagement, issue.kpi)


def effect_of(correction: Correction) -> Effect:
    """What the periods since the claim say about a corrective action.

    One that misses what was agreed but reaches the interim target of its time speaks neither for nor against it.
    """
    found, since = _kpi(correction.issue.engagement, correction.kpi), correction.claimed_at
    results = [one for one in found.complete if since and one.starts_at >= since] if found else []
    targets = list(targets_of(correction)) if results else []
    is_higher = found is not None and found.kpi.direction == Direction.HIGHER
    return Effect(found, [_judged(one, targets, is_higher=is_higher) for one in results], correction.proof_periods)


def is_by_word(correction: Correction) -> bool:
    """Whether no KPI of the agreement in force shows its effect, so that the other side says whether it worked."""
    return not correction.kpi or correction.kpi not in names_of_kpis(correction.issue.engagement)


def missed_again(now: datetime) -> QuerySet[Correction]:
    """The corrective actions done or closed a while ago whose KPI has missed in a period since the claim."""
    missed = Result.objects.filter(
        engagement=OuterRef("issue__engagement"),
        kpi=OuterRef("measured"),
        is_complete=True,
        starts_at__gte=OuterRef("claimed_at"),
        status__in=MISSED,
    )
    watched = Q(state=State.VERIFYING) | Q(state=State.CLOSED, closed_at__gte=now - WATCHED_FOR)
    return all_corrections().annotate(measured=_MEASURED).filter(watched, Exists(missed))


def with_plan(missed: QuerySet[Result]) -> QuerySet[Result]:
    """Some results, each with `planned_in`: the number of the issue whose plan mends its KPI; None where none does."""
    about = Q(issue__kpi=OuterRef("kpi")) | Q(proof_kpi=OuterRef("kpi"))
    plans = _planned(OuterRef("engagement")).filter(about).order_by("-pk")
    return missed.annotate(planned_in=Subquery(plans.values("issue__number")[:1]))


def plan_standings(engagement: Engagement, kpis: Collection[str]) -> list[PlanStanding]:
    """Which of some KPIs fail, whether a plan mends them, and which do not fail any more while their plan goes on."""
    latest = Result.objects.filter(engagement=engagement, is_latest=True).order_by("kpi")
    failing = {kpi: status in MISSED for kpi, status in latest.values_list("kpi", "status")}
    planned = _planned(engagement).order_by("pk")
    numbers: dict[str, int] = {}
    for number, *about in planned.values_list("issue__number", "issue__kpi", "proof_kpi"):
        numbers |= dict.fromkeys(about, number)
    return [
        PlanStanding(kpi, corrections.plan_standing(is_failing=fails, has_plan=kpi in numbers), numbers.get(kpi))
        for kpi, fails in failing.items()
        if kpi in kpis and (fails or kpi in numbers)
    ]


def _tasks() -> QuerySet[Task]:
    return Task.objects.select_related("owner", "done_by", "made_by__organisation")


def _open_tasks(found: Collection[Correction]) -> dict[int, Side]:
    """The sides that have to do the open tasks of some plans, by the number of the task."""
    numbers = {task for one in found for task in one.plan or ()}
    rows = Task.objects.filter(pk__in=numbers, done_at=None).order_by() if numbers else Task.objects.none()
    return {number: Side(side) for number, side in rows.values_list("pk", "side")}


def _move_of(correction: Correction, tasks: Mapping[int, Side]) -> Move:
    rule = _rule(correction)
    open_for = {tasks[task] for task in correction.plan or () if task in tasks}
    proof = effect_of(correction).shown if rule.state is State.VERIFYING else Proof.PENDING
    return corrections.move_of(rule, open_for=open_for, proof=proof)


def _stands(correction: Correction) -> Plan | None:
    """How far a plan is; None before it is proposed, and where whoever took the issue over makes another one."""
    rule = _rule(correction)
    if rule.proposed is Part.PLAN:
        return Plan.PROPOSED
    return Plan.AGREED if rule.state in _PLANNED else None


def _planned(engagement: Engagement | OuterRef) -> QuerySet[Correction]:
    """The corrective actions of an engagement that have an agreed plan, for issues that are still open."""
    return Correction.objects.filter(issue__engagement=engagement, issue__state__in=OPEN, state__in=_PLANNED)


def _kpi(engagement: Engagement, kpi: str) -> KpiResults | None:
    return kpi_result(engagement, version_in_force(engagement), kpi) if kpi else None


def _judged(result: Result, targets: Sequence[InterimTarget], *, is_higher: bool) -> Judged:
    if result.status == Status.MET:
        return Judged(result, is_met=True)
    if result.status not in MISSED:
        return Judged(result, is_met=None)
    wanted = next((one.value for one in targets if one.until_on >= day_ending(result.ends_at)), None)
    value = exact(result.value)
    if wanted is not None and value is not None and _reaches(value, wanted, is_higher=is_higher):
        return Judged(result, is_met=None, is_interim=True)
    return Judged(result, is_met=False)


def _reaches(value: Fraction, wanted: Fraction, *, is_higher: bool) -> bool:
    return value >= wanted if is_higher else value <= wanted
