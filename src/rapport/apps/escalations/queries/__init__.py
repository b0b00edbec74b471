"""Reading escalations; every list starts from what the actor may see."""

from rapport.apps.escalations.queries.conduct import adherence_in, adherence_of
from rapport.apps.escalations.queries.lists import (
    earlier_of,
    escalations_of,
    latest_of,
    overdue_issues,
    rule_of,
    settled_escalations,
)
from rapport.apps.escalations.queries.people import absences_of, directory, possible_deputies
from rapport.apps.escalations.queries.plans import frozen, plan_for, thawed
from rapport.apps.escalations.queries.shown import Shown, shown

__all__ = [
    "Shown",
    "absences_of",
    "adherence_in",
    "adherence_of",
    "directory",
    "earlier_of",
    "escalations_of",
    "frozen",
    "latest_of",
    "overdue_issues",
    "plan_for",
    "possible_deputies",
    "rule_of",
    "settled_escalations",
    "shown",
    "thawed",
]
