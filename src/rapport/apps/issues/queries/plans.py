"""What corrective actions hold of the tasks of issues; the app that keeps them stands above this one and is asked."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from rapport.apps.accounts.models import Person
from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.policy import may_work
from rapport.domain import tasks as rules
from rapport.domain.roles import Side
from rapport.domain.tasks import Plan


class Planned(NamedTuple):
    """The plan of the corrective action for an issue: how far it is, None while it is worked out, and its tasks."""

    stands: Plan | None
    tasks: Collection[int]


class Correcting(NamedTuple):
    """What the app with corrective actions does for this one: it says their plans by issue, and follows their tasks."""

    plans_of: Callable[[Collection[int]], Mapping[int, Planned]]
    follow: Callable[[Issue], None]


_corrected_by: list[Correcting] = []


def correct_with(correcting: Correcting) -> None:
    """Let an app above keep the corrective actions for issues; it says so once, when everything starts."""
    _corrected_by.append(correcting)


def follow(issue: Issue | None) -> None:
    """Let the corrective action for an issue follow what was done or changed of its tasks; the issue is locked."""
    for one in _corrected_by:
        if issue:
            one.follow(issue)


def plans_of(issues: Collection[int]) -> Mapping[int, Planned]:
    """The plans for some issues; one without a corrective action has none."""
    return {issue: plan for one in _corrected_by if issues for issue, plan in one.plans_of(issues).items()}


def is_corrected(issue: Issue) -> bool:
    """Whether there is a corrective action for an issue, or was one."""
    return issue.pk in plans_of([issue.pk])


def rule_of(task: Task) -> rules.Task:
    """A task as the rules see it."""
    return next(iter(_rules_of([task])))


def with_changes(actor: Person, tasks: Iterable[Task]) -> list[Task]:
    """Some tasks, each with whether the actor may change something of it, or take it back."""
    found = list(tasks)
    for task, rule in zip(found, _rules_of(found) if may_work(actor) else (), strict=False):
        task.may_change = bool(rules.changeable(rule, by=actor.side))
    return found


def _rules_of(tasks: Collection[Task]) -> list[rules.Task]:
    plans = plans_of({one.issue_id for one in tasks if one.issue_id and one.done_at is None})
    return [_rule(one, plans.get(one.issue_id) if one.issue_id else None) for one in tasks]


def _rule(task: Task, planned: Planned | None) -> rules.Task:
    return rules.Task(
        what=task.what,
        side=Side(task.side),
        owner=task.owner_id,
        due_on=task.due_on,
        given_by=task.made_by.side,
        is_done=task.done_at is not None,
        plan=planned.stands if planned and task.pk in planned.tasks else None,
    )
