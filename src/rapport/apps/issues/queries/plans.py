"""What plans hold that are made about issues; the app that makes them stands above this one and answers for itself."""

from collections.abc import Callable, Collection

from rapport.apps.issues.models import Issue, Task

PlanOf = Callable[[int], Collection[int] | None]
"""The numbers of the tasks in the plan for an issue, as far as it is worked out; None where none is being made."""
_answered_by: list[PlanOf] = []


def answer_for_plans(plan_of: PlanOf) -> None:
    """Let an app above say what is in the plans that it keeps; it does so once, when everything starts."""
    _answered_by.append(plan_of)


def is_planned(task: Task) -> bool:
    """Whether a task belongs to a plan that both sides agreed to, or that lies before one of them."""
    return task.issue_id is not None and any(task.pk in (plan_of(task.issue_id) or ()) for plan_of in _answered_by)


def is_being_corrected(issue: Issue) -> bool:
    """Whether a plan for an issue is being made or done."""
    return any(plan_of(issue.pk) is not None for plan_of in _answered_by)
