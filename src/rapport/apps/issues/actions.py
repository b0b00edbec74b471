"""What the two sides do with issues. Each step refuses with a sentence, and leaves a line of history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Max

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import SYSTEM, Who, record
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.models import LONGEST_TEXT, LONGEST_TITLE, Comment, Edition, Issue, Task
from rapport.apps.issues.policy import demand_work
from rapport.apps.issues.queries import OPEN, names_of_goals, readers, successor_of, workers
from rapport.apps.issues.queries.editions import frozen_rows
from rapport.apps.notices.actions import notify
from rapport.apps.partners.queries import named_document, plain_name
from rapport.apps.timers.actions import set_timer
from rapport.domain import issues
from rapport.domain.issues import Origin, Severity
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side
from rapport.kit import uploads

SILENCE = "issue.silence"
"""The kind of timer that puts a proposed issue on the list when the other side's days to answer are over."""
TOLD = "issue"
"""The kind of notice about an issue."""
_GOALS = {"objective": "objective", "kpi": "KPI"}
_CHANGED = "Somebody took a step with this issue a moment ago; open it again and see how it stands."

Rule = Callable[[issues.Issue], issues.Issue]


class Gap(NamedTuple):
    """What is off: in a line and in full, how serious it is, which goal it touches, who mends it, by which day.

    Without `due_on` the severity decides on the day.
    """

    title: str
    what: str = ""
    severity: Severity = Severity.MINOR
    responsible: Side = Side.PARTNER
    objective: str = ""
    kpi: str = ""
    period: str = ""
    due_on: date | None = None


@transaction.atomic
def raise_issue(*, by: Person, engagement: Engagement, gap: Gap, at: datetime) -> Issue:
    """Propose an issue for the list; the other side answers, and if it is silent the issue is listed all the same."""
    demand_work(by, engagement)
    if not plain_name(gap.title):
        raise Refused("Say in a line what is off; the other side reads it on the list.")
    if gap.due_on and gap.due_on < at.date():
        raise Refused("The day by which it is to be mended is over; choose one to come.")
    goals = names_of_goals(engagement)
    for kind, name in (("objective", gap.objective), ("kpi", gap.kpi)):
        if name and f"{kind}:{name}" not in goals:
            raise Refused(f'The agreement in force has no {_GOALS[kind]} "{name}"; choose one that it has, or none.')
    start = issues.starting(Origin.BY_HAND, responsible=gap.responsible, by=by.side)
    issue = _new(engagement, gap, start, Origin.BY_HAND, "", at, raised_by=by)
    _record(issue, who(by), at, "issue.proposed")
    due_at = at + issues.TIME_TO_ANSWER
    set_timer(kind=SILENCE, subject=issue.pk, key=f"{SILENCE}:{issue.pk}", due_at=due_at)
    _tell(issue, by.side.other, at)
    return issue


def raise_by_rule(*, engagement: Engagement, gap: Gap, origin: Origin, subject: str, at: datetime) -> Issue | None:
    """Put on the list what the agreement calls a failure; None where an issue about the same is open already.

    An issue about the same that was closed is opened again, unless it was for the very period that failed now.
    """
    cause = issues.cause_key(origin, subject)
    before = Issue.objects.filter(engagement=engagement, cause=cause).order_by("-number").first()
    if before and (issues.State(before.state).is_open or before.period == gap.period):
        return None
    if before and before.closed_at and issues.shows_again(at, before.closed_at):
        return reopen_by_rule(issue=before.pk, gap=gap, at=at)
    try:
        with transaction.atomic():
            start = issues.starting(origin, responsible=gap.responsible)
            issue = _new(engagement, gap, start, origin, cause, at)
            _record(issue, SYSTEM, at, "issue.raised")
            _tell(issue, gap.responsible, at)
            return issue
    except IntegrityError:
        if not Issue.objects.filter(engagement=engagement, cause=cause, state__in=OPEN).exists():
            raise
        return None  # another worker saw the same


@transaction.atomic
def reopen_by_rule(*, issue: int, gap: Gap, at: datetime) -> Issue | None:
    """Put an issue back on the list that was resolved or closed and fails again, as the latest failure says it.

    None where it is on the list already, or another one about the same is.
    """
    current = Issue.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=issue)
    if issues.State(current.state) not in {issues.State.RESOLVED, issues.State.CLOSED} or successor_of(current):
        return None
    title = plain_name(gap.title).rstrip(".")[:LONGEST_TITLE] if current.cause else current.title
    _swap(
        current, issues.relapse(current.rule, reason=gap.title), at, title=title,
        period=gap.period, severity=gap.severity.value, due_on=gap.due_on or issues.due_on(gap.severity, at.date()),
    )  # fmt: skip
    _record(current, SYSTEM, at, "issue.reopened", {"reason": gap.title})
    for side in Side:
        _tell(current, side, at)
    return current


@transaction.atomic
def approve_issue(*, by: Person, issue: Issue, at: datetime) -> Issue:
    """Take a proposed issue as one that is to be mended."""
    return _step(by, issue, "issue.approved", at, lambda rule: issues.approve(rule, by=by.side))


@transaction.atomic
def decline_issue(*, by: Person, issue: Issue, reason: str, at: datetime) -> Issue:
    """Keep a proposed issue off the list, with a reason."""
    return _step(by, issue, "issue.declined", at, lambda rule: issues.decline(rule, by=by.side, reason=reason))


@transaction.atomic
def resolve_issue(*, by: Person, issue: Issue, what: str, has_open_correction: bool, at: datetime) -> Issue:
    """Say that an issue is mended, and by what."""
    return _step(
        by, issue, "issue.resolved", at,
        lambda rule: issues.resolve(rule, by=by.side, what=what, has_open_correction=has_open_correction),
    )  # fmt: skip


@transaction.atomic
def confirm_issue(*, by: Person, issue: Issue, at: datetime) -> Issue:
    """Close an issue that the other side has mended."""
    return _step(by, issue, "issue.closed", at, lambda rule: issues.confirm(rule, by=by.side))


@transaction.atomic
def return_issue(*, by: Person, issue: Issue, reason: str, at: datetime) -> Issue:
    """Put an issue back on the list that is not mended yet."""
    return _step(by, issue, "issue.returned", at, lambda rule: issues.send_back(rule, by=by.side, reason=reason))


@transaction.atomic
def reopen_issue(*, by: Person, issue: Issue, reason: str, at: datetime) -> Issue:
    """Put a closed issue back on the list because its cause shows again, with a new day."""
    Engagement.objects.select_for_update().get(pk=issue.engagement_id)  # no other about the same is raised meanwhile
    if (newer := successor_of(issue)) and issue.state == issues.State.CLOSED:
        raise Refused(f"{newer} is about the same and open; go on with that one.")
    day = issues.due_on(Severity(issue.severity), at.date())
    return _step(by, issue, "issue.reopened", at, lambda rule: issues.reopen(rule, reason=reason), due_on=day)


@transaction.atomic
def take_over_issue(*, by: Person, issue: Issue, at: datetime) -> Issue:
    """Make one's own side responsible for an issue that the other side was to mend."""
    return _step(by, issue, "issue.taken_over", at, lambda rule: issues.hand_over(rule, by=by.side, to=by.side))


@transaction.atomic
def list_by_silence(*, issue: int, at: datetime) -> None:
    """Put a proposed issue on the list whose answer is overdue; one that was answered stays as it is."""
    current = Issue.objects.select_for_update().select_related("engagement").get(pk=issue)
    if issues.State(current.state) is issues.State.PROPOSED:
        _swap(current, issues.list_by_silence(current.rule), at)
        _record(current, SYSTEM, at, "issue.listed_by_silence")
        for side in Side:
            _tell(current, side, at)


@transaction.atomic
def own_issue(*, by: Person, issue: Issue, owner: int | None, at: datetime) -> Issue:
    """Say who owns an open issue on one's own side."""
    current = _locked(by, issue)
    if not issues.State(current.state).is_open:
        raise Refused(f"{current} is {current.get_state_display()}, and nobody has to see to it any more.")
    person = workers(current.engagement, by.side).filter(pk=owner).first() if owner else None
    if owner and person is None:
        raise Refused("The owner has to be somebody of your side who works on this engagement; choose one of the list.")
    setattr(current, f"{by.side}_owner", person)
    current.save(update_fields=[f"{by.side}_owner"])
    _record(current, who(by), at, "issue.assigned", {"owner": person.name if person else "nobody"})
    if person and person != by:
        event = f"issue:{current.pk}:owner:{person.pk}:{at.isoformat()}"
        notify(recipients=[person], kind=TOLD, subject=current.pk, event=event, at=at)
    return current


@transaction.atomic
def set_day(*, by: Person, issue: Issue, due_on: date, seen: int, at: datetime) -> Issue:
    """Set another day by which an issue is mended; `seen` is the turn that was read, so that no other day is lost."""
    current = _locked(by, issue)
    if seen != current.turn:
        raise Refused(_CHANGED)
    if due_on == current.due_on:
        return current
    issues.demand_day(current.rule, by=by.side, before=current.due_on, day=due_on, today=at.date())
    before = current.due_on
    _swap(current, current.rule, at, due_on=due_on)
    _record(current, who(by), at, "issue.day_set", {"due": due_on.isoformat(), "instead of": before.isoformat()})
    _tell(current, by.side.other, at, but=by)
    return current


@transaction.atomic
def comment_on(
    *, by: Person, issue: Issue, text: str, is_private: bool, file: "File[Any] | None" = None, at: datetime
) -> Comment:
    """Say something about an issue, to both sides or to one's own alone; what is private leaves no line of history."""
    demand_work(by, issue.engagement)
    said = text.strip()
    if not said and not file:
        raise Refused("Nothing was written and no file was added; do one of them.")
    if len(said) > LONGEST_TEXT:
        raise Refused(f"The comment has {len(said):,} characters; say it in at most {LONGEST_TEXT:,}.")
    comment = Comment(issue=issue, text=said, author=by, side=by.side, is_private=is_private, at=at)
    with _kept(comment, file):
        comment.save()
        if not is_private:
            _record(issue, who(by), at, "issue.commented")
            tell(issue, by.side.other, at, kind="comment", subject=comment.pk, event=f"comment:{comment.pk}", but=by)
    return comment


@transaction.atomic
def give_task(
    *,
    by: Person,
    engagement: Engagement,
    issue: Issue | None,
    what: str,
    owner: Person | None,
    due_on: date,
    at: datetime,
) -> Task:
    """Write down what somebody of either side has to do by a day."""
    demand_work(by, engagement)
    if not (said := plain_name(what)):
        raise Refused("Say in a line what is to be done.")
    if owner is None or not workers(engagement, owner.side).filter(pk=owner.pk).exists():
        raise Refused("The task has to be somebody's who works on this engagement; choose one of the list.")
    words = {"what": said[:500], "side": owner.side, "owner": owner, "due_on": due_on}
    task = Task.objects.create(engagement=engagement, issue=issue, made_by=by, made_at=at, **words)
    details = {"owner": owner.name, "due": due_on.isoformat()}
    record(engagement.chain, by=who(by), at=at, verb="task.given", subject=task.what, details=details)
    if owner != by:
        notify(recipients=[owner], kind="task", subject=task.pk, event=f"task:{task.pk}", at=at)
    return task


@transaction.atomic
def finish_task(*, by: Person, task: Task, at: datetime) -> Task:
    """Say that a task is done; anybody of its side may."""
    demand_work(by, task.engagement)
    if by.side != task.side:
        raise Refused(f"The task is the {task.side}'s; ask {task.owner.name} whether it is done.")
    if not Task.objects.filter(pk=task.pk, done_at=None).update(done_at=at, done_by=by):
        raise Refused("The task is done already.")
    task.refresh_from_db()
    record(task.engagement.chain, by=who(by), at=at, verb="task.done", subject=task.what)
    return task


@transaction.atomic
def make_edition(*, by: Person | None, engagement: Engagement, at: datetime) -> Edition:
    """Freeze the issue list as it stands, to be approved and sent; by nobody where the agreement asks for it."""
    if by:
        demand_work(by, engagement)
    Engagement.objects.select_for_update().get(pk=engagement.pk)
    waiting = Edition.objects.filter(engagement=engagement, approved_at=None).first()
    if waiting:
        approved = "the client approves it" if by and not by.is_client else "approve it"
        raise Refused(f"{waiting} waits to be approved; {approved} first, or look at the list itself.")
    last = Edition.objects.filter(engagement=engagement).aggregate(last=Max("number"))["last"] or 0
    content = {"rows": frozen_rows(engagement)}
    edition = Edition.objects.create(engagement=engagement, number=last + 1, content=content, made_at=at, made_by=by)
    name = f"{edition} of the issue list"
    record(engagement.chain, by=who(by) if by else SYSTEM, at=at, verb="edition.made", subject=name)
    event = f"edition:{edition.pk}:made"
    owner = engagement.client_owner
    notify(recipients=[owner] if owner != by else [], kind="edition", subject=edition.pk, event=event, at=at)
    return edition


@transaction.atomic
def approve_edition(*, by: Person, edition: Edition, at: datetime) -> Edition:
    """Send an edition to the people of both sides; the client does, and it is kept as it went out."""
    engagement = edition.engagement
    demand_work(by, engagement)
    if not by.is_client:
        raise Refused("The client approves an edition before it goes out; ask them to look at it.")
    told = readers(engagement)
    mine = Edition.objects.filter(pk=edition.pk, approved_at=None)
    if not mine.update(approved_at=at, approved_by=by, recipients=len(told)):
        raise Refused(f"{edition} went out already.")
    edition.refresh_from_db()
    name = f"{edition} of the issue list"
    record(engagement.chain, by=who(by), at=at, verb="edition.sent", subject=name, details={"to": str(len(told))})
    notify(recipients=told, kind="edition", subject=edition.pk, event=f"edition:{edition.pk}:sent", at=at)
    return edition


def _new(
    engagement: Engagement, gap: Gap, start: issues.Issue, origin: Origin, cause: str, at: datetime,
    raised_by: Person | None = None,
) -> Issue:  # fmt: skip
    Engagement.objects.select_for_update().get(pk=engagement.pk)  # numbers come one after the other
    last = Issue.objects.filter(engagement=engagement).aggregate(last=Max("number"))["last"] or 0
    return Issue.objects.create(
        engagement=engagement,
        number=last + 1,
        title=plain_name(gap.title)[:LONGEST_TITLE],
        what=gap.what.strip()[:LONGEST_TEXT],
        origin=origin.value,
        cause=cause,
        severity=gap.severity.value,
        objective=gap.objective,
        kpi=gap.kpi,
        period=gap.period,
        proposed_by=start.proposed_by or "",
        raised_by=raised_by,
        responsible=start.responsible.value,
        client_owner=engagement.client_owner,
        partner_owner=engagement.partner_owner,
        due_on=gap.due_on or issues.due_on(gap.severity, at.date()),
        state=start.state.value,
        raised_at=at,
    )


def _step(by: Person, issue: Issue, verb: str, at: datetime, change: Rule, **fields: Any) -> Issue:
    """Take one step: may the actor, does the rule, save, history, and whoever else sees to the issue is told."""
    current = _locked(by, issue)
    after = change(current.rule)
    if not _swap(current, after, at, **fields):
        raise Refused(_CHANGED)
    _record(current, who(by), at, verb, {"reason": after.reason} if after.reason else None)
    for side in Side:
        _tell(current, side, at, but=by)
    return current


def _locked(by: Person, issue: Issue) -> Issue:
    """The issue as it is now, for whoever works on it; nobody else takes a step meanwhile."""
    demand_work(by, issue.engagement)
    return Issue.objects.select_for_update(of=("self",)).select_related("engagement").get(pk=issue.pk)


def _swap(issue: Issue, after: issues.Issue, at: datetime, **fields: Any) -> bool:
    """Keep an issue as it is after a step, if it still is as it was read."""
    changes: dict[str, Any] = {
        "state": after.state.value,
        "responsible": after.responsible.value,
        "resolved_by": after.resolved_by or "",
        "reason": after.reason,
        "closed_at": at if after.state is issues.State.CLOSED else None,
        "turn": issue.turn + 1,
    }
    updated = Issue.objects.filter(pk=issue.pk, turn=issue.turn).update(**changes | fields)
    issue.refresh_from_db()
    return bool(updated)


def _record(issue: Issue, by: Who, at: datetime, verb: str, details: dict[str, str] | None = None) -> None:
    subject = f"{issue}: {issue.title}"
    record(issue.engagement.chain, by=by, at=at, verb=verb, subject=subject, details=details)


def tell(
    issue: Issue,
    side: Side,
    at: datetime,
    *,
    kind: str,
    subject: int,
    event: str,
    first: Person | None = None,
    but: Person | None = None,
) -> None:
    """Tell whoever sees to an issue on a side, but for who did it; what is major is told at once.

    That is `first`, where somebody sees to that part of it alone, else the owner of the issue, else of the engagement.
    """
    people = (first, issue.owner_of(side), issue.engagement.owner_of(side))
    person = next((one for one in people if one and one.is_active and one.side is side), None)
    urgency = Urgency.AT_ONCE if issue.severity == Severity.MAJOR else Urgency.DIGEST
    told = [person] if person and person != but else []
    notify(recipients=told, kind=kind, subject=subject, event=event, urgency=urgency, at=at)


def _tell(issue: Issue, side: Side, at: datetime, but: Person | None = None) -> None:
    event = f"issue:{issue.pk}:turn:{issue.turn}"
    tell(issue, side, at, kind=TOLD, subject=issue.pk, event=event, but=but)


@contextmanager
def _kept(comment: Comment, file: "File[Any] | None") -> Iterator[None]:
    if file:
        comment.file_name = named_document(file)
    with uploads.kept(comment.file, file):
        yield
