"""What has to be told of the days of issues and tasks, in all engagements."""

from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from rapport.apps.issues.models import Issue, Task
from rapport.apps.issues.queries.lists import OPEN
from rapport.domain.issues import REMIND_DAYS
from rapport.domain.roles import Side

_FORGOTTEN_AFTER = timedelta(days=7)
"""How long after a day somebody is still reminded that it passed, where nothing ran in the meantime."""


def issues_to_remind_of(today: date) -> QuerySet[Issue]:
    """The open issues whose day comes soon or has just passed, and of which nobody was reminded yet."""
    people = ("engagement__client_owner", "engagement__partner_owner", "client_owner", "partner_owner")
    found = Issue.objects.filter(_due(today), state__in=OPEN)
    return found.select_related(*people, *(f"{one}__organisation" for one in people)).order_by("pk")


def tasks_to_remind_of(today: date) -> QuerySet[Task]:
    """The open tasks whose day comes soon or has just passed, and of which nobody was reminded yet."""
    found = Task.objects.filter(_due(today), done_at=None)
    owners = [f"{place}__{side}_owner" for place in ("issue", "engagement") for side in Side]
    return found.select_related(*(f"{one}__organisation" for one in ("owner", *owners))).order_by("pk")


def _due(today: date) -> Q:
    soon, passed = today + timedelta(days=REMIND_DAYS), today - _FORGOTTEN_AFTER
    return _untold("reminded_before", today, soon) | _untold("reminded_after", passed, today - timedelta(days=1))


def _untold(name: str, first: date, last: date) -> Q:
    return Q(due_on__range=(first, last)) & (Q(**{name: None}) | ~Q(**{name: F("due_on")}))
