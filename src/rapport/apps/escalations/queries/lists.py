"""Reading escalations; every list starts from what the actor may see."""

from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.escalations.policy import UNSETTLED
from rapport.apps.escalations.queries.plans import thawed, with_plan
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import is_move_of, visible_issues
from rapport.apps.timers.models import Timer
from rapport.domain import escalations
from rapport.domain.escalations import State
from rapport.domain.issues import State as IssueState
from rapport.domain.roles import Side

_AROUND = ("issue__engagement__partner", "issue__engagement__client_owner", "issue__engagement__partner_owner")
_PEOPLE = ("named_client", "named_partner", "expected_client", "expected_partner")


def visible_escalations(actor: Person) -> QuerySet[Escalation]:
    """The escalations of the issues an actor may see, the latest first, each with its steps."""
    seen = visible_issues(actor).select_related(None).order_by()
    found = Escalation.objects.filter(issue__in=seen).select_related(*_AROUND, "raiser")
    return found.prefetch_related(Prefetch("steps", _steps()))


def visible_steps(actor: Person) -> QuerySet[Step]:
    """The steps of the escalations an actor may see."""
    seen = visible_issues(actor).select_related(None).order_by()
    return Step.objects.filter(escalation__issue__in=seen).select_related("escalation__issue__engagement")


def escalations_of(actor: Person, engagement: Engagement) -> QuerySet[Escalation]:
    """The escalations of one engagement, the latest first."""
    return visible_escalations(actor).filter(issue__engagement=engagement)


def latest_of(actor: Person, issue: Issue) -> Escalation | None:
    """The escalation of an issue that is under way, or that was the last."""
    return visible_escalations(actor).filter(issue=issue).order_by("-number").first()


def earlier_of(actor: Person, issue: Issue, latest: Escalation) -> QuerySet[Escalation]:
    """The escalations of an issue before its latest."""
    return visible_escalations(actor).filter(issue=issue, number__lt=latest.number)


def open_step(escalation: Escalation) -> Step:
    """The level that is asked now, or that was the last to be asked."""
    return list(escalation.steps.all())[-1]


def rule_of(escalation: Escalation) -> escalations.Escalation:
    """The escalation as the rules see it."""
    answered_at = escalation.answered_at
    return escalations.Escalation(
        ladder=thawed(escalation.ladder).ladder,
        raised_by=Side(escalation.raised_by),
        level=escalation.level,
        entered_at=int(escalation.entered_at.timestamp()),
        due_at=int(escalation.due_at.timestamp()),
        state=State(escalation.state),
        reason=escalation.reason,
        answer=escalation.answer,
        ended_because=escalation.ended_because,
        answered_at=None if answered_at is None else int(answered_at.timestamp()),
        amount=escalation.amount,
    )


def overdue_issues(today: date) -> list[Issue]:
    """Issues on the list whose day is over, that have not climbed since, and have a plan to climb by.

    Those whose corrective action waits for the side that would raise it, or for figures to come, are nobody's to mend.
    """
    climbed = Escalation.objects.filter(issue=OuterRef("pk")).filter(
        ~Q(state=State.ENDED) | Q(missed_on=OuterRef("due_on")) | Q(ended_at__date__gt=OuterRef("due_on"))
    )
    late = Issue.objects.filter(state=IssueState.LISTED, due_on__lt=today).filter(is_move_of(F("responsible")))
    late = late.exclude(Exists(climbed))
    return with_plan(late.order_by("pk"))


def settled_escalations() -> QuerySet[Escalation]:
    """Escalations that are under way although their issue is settled."""
    under_way = Escalation.objects.exclude(state=State.ENDED).exclude(issue__state__in=UNSETTLED)
    return under_way.select_related("issue").order_by("pk")


def late_escalations(now: datetime) -> list[Escalation]:
    """Escalations that wait for an answer whose time is over, below the executives, of issues that climb."""
    late = Escalation.objects.filter(state=State.WAITING, due_at__lte=now, issue__state=IssueState.LISTED)
    return [one for one in late.order_by("pk") if one.level < thawed(one.ladder).ladder.top]


def unreminded_escalations(now: datetime, kind: str) -> list[Escalation]:
    """Escalations with a late move that nothing climbs past, of which no timer of a kind reminds anybody.

    They were under way before anybody was reminded.
    """
    known = Timer.objects.filter(kind=kind, subject=OuterRef("pk"), done_at=None)
    is_word_late = Q(state=State.ANSWERED, steps__left_at=None, steps__reaction_due_at__lte=now)
    late = Escalation.objects.filter(is_word_late | Q(state=State.WAITING, due_at__lte=now)).exclude(Exists(known))
    found = late.order_by("pk").distinct()
    return [one for one in found if one.state == State.ANSWERED or one.level == thawed(one.ladder).ladder.top]


def steps_asked_of(person: Person, since: date, now: datetime) -> list[Step]:
    """Levels that wait for somebody, to answer or to say what they think of an answer: what is late, and what is due
    on a day or later where the plan is.
    """
    place = "expected_client" if person.is_client else "expected_partner"
    waiting = Step.objects.filter(left_at=None, **{place: person}).exclude(escalation__state=State.ENDED)
    found = waiting.select_related("escalation__issue__engagement").order_by("pk")
    return [
        step
        for step in found
        if escalations.waits_for(rule_of(step.escalation)) is person.side and _is_due(step, since, now)
    ]


def _is_due(step: Step, since: date, now: datetime) -> bool:
    due_at = step.reaction_due_at or step.due_at
    return due_at <= now or thawed(step.escalation.ladder).local(due_at).date() >= since


def _steps() -> QuerySet[Step]:
    return Step.objects.select_related("answered_by__organisation", "left_by", *_PEOPLE)
