"""Reading escalations; every list starts from what the actor may see."""

from rapport.apps.escalations.queries.conduct import adherence_in, adherence_of
from rapport.apps.escalations.queries.lists import (
    earlier_of,
    escalations_of,
    late_escalations,
    latest_of,
    overdue_issues,
    rule_of,
    settled_escalations,
    steps_asked_of,
    unreminded_escalations,
)
from rapport.apps.escalations.queries.people import (
    absences,
    directory,
    people_who_may_be_away,
    possible_deputies,
)
from rapport.apps.escalations.queries.plans import frozen, plan_for, thawed
from rapport.apps.escalations.queries.shown import Shown, shown

__all__ = [
    "Shown",
    "absences",
    "adherence_in",
    "adherence_of",
    "directory",
    "earlier_of",
    "escalations_of",
    "frozen",
    "late_escalations",
    "latest_of",
    "overdue_issues",
    "people_who_may_be_away",
    "plan_for",
    "possible_deputies",
    "rule_of",
    "settled_escalations",
    "shown",
    "steps_asked_of",
    "thawed",
    "unreminded_escalations",
]
