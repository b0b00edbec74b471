"""Reading issues; every list starts from what the actor may see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, When

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import document_of, faults_of, version_in_force, visible_engagements
from rapport.apps.issues.models import Comment, Issue, Task
from rapport.apps.issues.policy import may_work
from rapport.domain.issues import GRAVITY, Move, Severity, State, possible
from rapport.domain.roles import Right, Role, Side, may, roles_of

OPEN = tuple(state.value for state in State if state.is_open)
"""The states of issues about which somebody still has to do something."""
GOALS = {"objective": "objective", "kpi": "KPI"}
"""What an issue can touch of an agreement, and what that is called."""
SHOWN = ("open", "late", "closed", "all")
"""Which issues a list can show."""
_GRAVITY = Case(*(When(severity=one, then=place) for place, one in enumerate(GRAVITY)), output_field=IntegerField())
_ORDERS: Mapping[str, F | Case] = {"due": F("due_on"), "severity": _GRAVITY}
_PEOPLE = ("client_owner", "partner_owner", "raised_by__organisation")


def visible_issues(actor: Person) -> QuerySet[Issue]:
    """The issues of the engagements an actor may see; a declined one is kept as well."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Issue.objects.filter(engagement__in=seen).select_related("engagement__partner", *_PEOPLE)


def issues_of(actor: Person, engagement: Engagement | int) -> QuerySet[Issue]:
    """The issues of one engagement, what is due first coming first, each with whether another one followed it."""
    about_the_same = Issue.objects.filter(engagement=OuterRef("engagement"), cause=OuterRef("cause"), state__in=OPEN)
    has_successor = ~Q(cause="") & ~Q(state__in=OPEN) & Exists(about_the_same)
    found = visible_issues(actor).filter(engagement=engagement)
    return found.annotate(has_successor=has_successor).order_by("due_on", "pk")


def is_move_of(side: Side | F) -> Q:
    """Issues of those on the list that wait for a side, or with `F("responsible")` for whoever has to mend them."""
    return Q(move=side) | Q(move=Move.RESPONSIBLE, responsible=side)


def waits_for(side: Side) -> Q:
    """That it is the move of a side, as `rapport.domain.issues.waits_for` has it."""
    answers = Q(state=State.PROPOSED, proposed_by=side.other) | Q(state=State.RESOLVED, resolved_by=side.other)
    return answers | Q(state=State.LISTED) & is_move_of(side)


def is_late(today: date) -> Q:
    """That it is on the list past its day and waits for somebody; what figures to come still have to show is nobody's.

    `today` is where the day ends last, so that nothing is called late before it is late everywhere.
    """
    return Q(state=State.LISTED, due_on__lt=today) & ~Q(move=Move.NOBODY)


def visible_comments(actor: Person) -> QuerySet[Comment]:
    """What was said about the issues an actor may see: to both sides, or privately among the actor's own side."""
    seen = visible_issues(actor).select_related(None).order_by()
    said = Comment.objects.filter(issue__in=seen).select_related("author__organisation", "issue__engagement")
    return said.filter(Q(is_private=False) | Q(side=actor.side))


def comments(actor: Person, issue: Issue) -> QuerySet[Comment]:
    """What was said about one issue, as far as an actor may read it."""
    return visible_comments(actor).filter(issue=issue)


def visible_tasks(actor: Person) -> QuerySet[Task]:
    """The tasks of the engagements an actor may see."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Task.objects.filter(engagement__in=seen).select_related(
        "engagement__partner", "issue", "owner", "done_by", "made_by__organisation"
    )


def withdrawn_tasks(actor: Person) -> QuerySet[Task]:
    """The tasks of the engagements an actor may see that were taken back."""
    seen = visible_engagements(actor).select_related(None).order_by()
    found = Task.everything.filter(engagement__in=seen).exclude(withdrawn_at=None)
    return found.select_related("engagement", "issue")


def workers(engagement: Engagement, side: Side) -> QuerySet[Person]:
    """The people of one side who can own an issue or a task of an engagement, by name."""
    able = [role for role in roles_of(side) if may(Role(role), Right.EDIT) or may(Role(role), Right.SIGN)]
    people = Person.objects.filter(is_active=True, role__in=able, organisation__side=side)
    return people.filter(Q(organisation=engagement.partner_id) | Q(organisation__side="client")).order_by("name", "pk")


def readers(engagement: Engagement) -> list[Person]:
    """To whom an edition goes: everybody of both sides who may see the engagement, whatever else they may do."""
    people = Person.objects.filter(is_active=True).select_related("organisation")
    found = people.filter(Q(organisation=engagement.partner_id) | Q(organisation__side=Side.CLIENT))
    return [one for one in found if one.may(Right.SEE)]


def successor_of(issue: Issue) -> Issue | None:
    """The open issue about the same as one that is over, so that there is nothing to open again."""
    others = Issue.objects.filter(engagement=issue.engagement_id, cause=issue.cause, state__in=OPEN)
    return others.exclude(pk=issue.pk).first() if issue.cause else None


def worker(engagement: Engagement, person: int) -> Person | None:
    """Somebody of either side who can own an issue or a task of an engagement; nobody else is found by a number."""
    return (workers(engagement, Side.CLIENT) | workers(engagement, Side.PARTNER)).filter(pk=person).first()


def names_of_goals(engagement: Engagement) -> dict[str, str]:
    """The names of what an issue can touch of the agreement in force, by kind and id: its objectives, then its KPIs."""
    version = version_in_force(engagement)
    if version is None or faults_of(version.text):
        return {}
    agreement = document_of(version).agreement
    objectives = {f"objective:{one.id}": one.name for one in agreement.objectives}
    return objectives | {f"kpi:{one.id}": one.name for one in agreement.kpis}


def goals_of(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The same as choices."""
    return [(goal, f"{GOALS[goal.partition(':')[0]]}: {name}") for goal, name in names.items()]


@dataclass(frozen=True)
class Asked:
    """What a list of issues is asked for."""

    text: str = ""
    show: str = "open"
    side: str = ""
    severity: str = ""
    is_mine: bool = False
    sort: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether it is not simply everything that is open, in whatever order."""
        return replace(self, sort="") != Asked()


def asked(said: Mapping[str, str]) -> Asked:
    """What an address asks for; what it cannot ask for is left out."""
    found = Asked()
    show, side, severity, sort = (said.get(name, "") for name in ("show", "side", "severity", "sort"))
    return Asked(
        text=" ".join(said.get("q", "").replace("\0", "").split())[:100],
        show=show if show in SHOWN else found.show,
        side=side if side in list(Side) else "",
        severity=severity if severity in list(Severity) else "",
        is_mine=said.get("owner") == "me",
        sort=sort if sort.removeprefix("-") in _ORDERS else found.sort,
    )


def listed(actor: Person, engagement: Engagement, wanted: Asked, today: date) -> QuerySet[Issue]:
    """The issues of an engagement as far as they are asked for."""
    found = issues_of(actor, engagement)
    if wanted.show != "all":
        found = found.exclude(state__in=OPEN) if wanted.show == "closed" else found.filter(state__in=OPEN)
    if wanted.show == "late":
        found = found.filter(is_late(today))
    if wanted.is_mine:
        found = found.filter(Q(client_owner=actor) | Q(partner_owner=actor))
    if wanted.sort:
        key = _ORDERS[wanted.sort.removeprefix("-")]
        found = found.order_by(key.desc() if wanted.sort.startswith("-") else key.asc(), "due_on", "pk")
    if wanted.side:
        found = found.filter(responsible=wanted.side)
    if wanted.severity:
        found = found.filter(severity=wanted.severity)
    return found.filter(Q(title__icontains=wanted.text) | Q(what__icontains=wanted.text)) if wanted.text else found


def steps_for(actor: Person, issue: Issue) -> list[str]:
    """The steps an actor can take with an issue as it stands, the most likely first."""
    if not may_work(actor):
        return []
    return [step for step in possible(issue.rule, actor.side) if step != "reopen" or not issue.is_followed]
