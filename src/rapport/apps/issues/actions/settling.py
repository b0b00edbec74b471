"""How an issue that a rule raised gets off the list by itself: what raised it is over."""

from datetime import datetime

from django.db import transaction

from rapport.apps.audit.actions import SYSTEM
from rapport.apps.issues.actions.steps import noted, swap, tell_side
from rapport.apps.issues.models import Issue
from rapport.apps.issues.queries import OPEN
from rapport.domain import issues
from rapport.domain.issues import Origin
from rapport.domain.roles import Side


def lock_issues_about(*, engagement: int, origin: Origin, subject: str) -> None:
    """Let nobody else take a step with the issues about something until a transaction ends, which writes history then.

    Issues are locked before history, wherever both are.
    """
    about = Issue.objects.filter(engagement=engagement, cause=issues.cause_key(origin, subject))
    list(about.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def settle_by_rule(*, engagement: int, origin: Origin, subject: str, reason: str, at: datetime) -> Issue | None:
    """Close the open issue about something that is over, and tell both sides why; None where none is open.

    A corrective action that somebody began for it goes on: it is about the cause, not about this one time.
    """
    cause = issues.cause_key(origin, subject)
    found = Issue.objects.filter(engagement=engagement, cause=cause, state__in=OPEN)
    current = found.select_for_update(of=("self",), no_key=True).select_related("engagement").first()
    if current is None:
        return None
    swap(current, issues.settle(current.rule, reason=reason), at)
    noted(current, SYSTEM, at, "issue.settled", {"reason": reason})
    for side in Side:
        tell_side(current, side, at)
    return current
