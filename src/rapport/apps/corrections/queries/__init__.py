"""Reading corrective actions; every list starts from what the actor may see."""

from rapport.apps.corrections.queries.seen import STATE_WORDS, Node, Seen, seen_correction
from rapport.apps.corrections.queries.standing import (
    Effect,
    PlanStanding,
    causes_of,
    correction_of,
    effect_of,
    gap_of,
    gaps_of,
    has_open_correction,
    missed_again,
    plan_standings,
    plan_tasks,
    rule_of,
    targets_of,
    visible_corrections,
    with_plan,
)
from rapport.apps.corrections.queries.tellers import TELLERS

__all__ = [
    "STATE_WORDS",
    "TELLERS",
    "Effect",
    "Node",
    "PlanStanding",
    "Seen",
    "causes_of",
    "correction_of",
    "effect_of",
    "gap_of",
    "gaps_of",
    "has_open_correction",
    "missed_again",
    "plan_standings",
    "plan_tasks",
    "rule_of",
    "seen_correction",
    "targets_of",
    "visible_corrections",
    "with_plan",
]
