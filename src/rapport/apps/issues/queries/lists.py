"""Reading issues; every list starts from what the actor may see."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import document_of, version_in_force, visible_engagements
from rapport.apps.issues.models import Comment, Issue, Task
from rapport.apps.issues.policy import may_work
from rapport.domain.issues import Severity, State
from rapport.domain.roles import Right, Role, Side, may, roles_of

OPEN = tuple(state.value for state in State if state.is_open)
"""The states of issues about which somebody still has to do something."""
_PEOPLE = ("client_owner", "partner_owner", "raised_by__organisation")


def visible_issues(actor: Person) -> QuerySet[Issue]:
    """The issues of the engagements an actor may see; a declined one is kept as well."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Issue.objects.filter(engagement__in=seen).select_related("engagement__partner", *_PEOPLE)


def issues_of(actor: Person, engagement: Engagement) -> QuerySet[Issue]:
    """The issues of one engagement, what is due first coming first."""
    return visible_issues(actor).filter(engagement=engagement).order_by("due_on", "pk")


def comments(actor: Person, issue: Issue) -> QuerySet[Comment]:
    """What was said about an issue: to both sides, or privately among the actor's own side."""
    if not visible_issues(actor).filter(pk=issue.pk).exists():
        return Comment.objects.none()
    said = Comment.objects.filter(issue=issue).select_related("author__organisation")
    return said.filter(Q(is_private=False) | Q(side=actor.side))


def visible_tasks(actor: Person) -> QuerySet[Task]:
    """The tasks of the engagements an actor may see."""
    seen = visible_engagements(actor).select_related(None).order_by()
    return Task.objects.filter(engagement__in=seen).select_related("engagement__partner", "issue", "owner", "done_by")


def workers(engagement: Engagement, side: Side) -> QuerySet[Person]:
    """The people of one side who can own an issue or a task of an engagement, by name."""
    able = [role for role in roles_of(side) if may(Role(role), Right.EDIT) or may(Role(role), Right.SIGN)]
    people = Person.objects.filter(is_active=True, role__in=able, organisation__side=side)
    return people.filter(Q(organisation=engagement.partner_id) | Q(organisation__side="client")).order_by("name", "pk")


def readers(engagement: Engagement) -> list[Person]:
    """To whom an edition goes: the partner's people, and of the client's the owner, the managers and the executives."""
    people = Person.objects.filter(is_active=True).select_related("organisation")
    client = Q(organisation__side="client", role__in=(Role.MANAGER, Role.EXECUTIVE)) | Q(pk=engagement.client_owner_id)
    return [one for one in people.filter(Q(organisation=engagement.partner_id) | client) if one.may(Right.SEE)]


def worker(engagement: Engagement, person: int) -> Person | None:
    """Somebody of either side who can own an issue or a task of an engagement; nobody else is found by a number."""
    return (workers(engagement, Side.CLIENT) | workers(engagement, Side.PARTNER)).filter(pk=person).first()


def goals_of(engagement: Engagement) -> list[tuple[str, str]]:
    """What an issue can touch of the agreement in force, as choices: its objectives and KPIs by kind and id."""
    if (version := version_in_force(engagement)) is None:
        return []
    agreement = document_of(version).agreement
    goals = [(f"objective:{one.id}", f"objective: {one.name}") for one in agreement.objectives]
    return goals + [(f"kpi:{one.id}", f"KPI: {one.name}") for one in agreement.kpis]


@dataclass(frozen=True)
class Asked:
    """What a list of issues is asked for."""

    text: str = ""
    show: str = "open"
    side: str = ""
    severity: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether it is not simply everything that is open."""
        return self != Asked()


def asked(said: Mapping[str, str]) -> Asked:
    """What an address asks for; what it cannot ask for is left out."""
    found = Asked()
    show, side, severity = (said.get(name, "") for name in ("show", "side", "severity"))
    return Asked(
        text=" ".join(said.get("q", "").replace("\0", "").split())[:100],
        show=show if show in ("open", "closed", "all") else found.show,
        side=side if side in list(Side) else "",
        severity=severity if severity in list(Severity) else "",
    )


def listed(actor: Person, engagement: Engagement, wanted: Asked) -> QuerySet[Issue]:
    """The issues of an engagement as far as they are asked for."""
    found = issues_of(actor, engagement)
    if wanted.show != "all":
        found = found.filter(state__in=OPEN) if wanted.show == "open" else found.exclude(state__in=OPEN)
    if wanted.side:
        found = found.filter(responsible=wanted.side)
    if wanted.severity:
        found = found.filter(severity=wanted.severity)
    return found.filter(Q(title__icontains=wanted.text) | Q(what__icontains=wanted.text)) if wanted.text else found


def steps_for(actor: Person, issue: Issue) -> list[str]:
    """The steps an actor can take with an issue as it stands, the most likely first."""
    if not may_work(actor):
        return []
    is_ours, is_mine = issue.waits_for is actor.side, issue.responsible == actor.side
    match State(issue.state):
        case State.PROPOSED:
            return ["approve", "decline"] if is_ours else ["decline"]
        case State.LISTED:
            return ["resolve"] if is_mine else ["take_over"]
        case State.RESOLVED:
            return ["confirm", "return"] if is_ours else []
        case State.CLOSED:
            return ["reopen"]
        case _:
            return []
