"""What a report asks for: a few questions, and the figures that go with them."""

from typing import Any

from rapport.apps.engagements.models import Engagement
from rapport.apps.engagements.queries import faults_of, version_in_force
from rapport.apps.kpis.queries import kpi_results
from rapport.domain.roles import Side

LONGEST_ANSWER = 4000
QUESTIONS = ("went_well", "went_badly", "needed", "outlook")
"""What a report answers, in this order."""


def words_of(question: str, owed_by: Side) -> str:
    """A question as it is asked of the side that owes the report."""
    return {
        "went_well": "What went well",
        "went_badly": "What did not go well",
        "needed": f"What is needed from the {owed_by.other}",
        "outlook": "Outlook on the time to come",
    }[question]


def figures_of(engagement: Engagement) -> list[dict[str, Any]]:
    """The latest result of every KPI, as both sides see it now."""
    version = version_in_force(engagement)
    if version is None or faults_of(version.text):
        return []
    found = []
    for one in kpi_results(engagement, version, latest=2):
        if shown := one.latest_shown:
            found.append(
                {
                    "kpi": one.kpi.id, "name": one.kpi.name, "unit": one.kpi.unit or "", "period": shown.result.period,
                    "value": shown.value, "target": shown.target, "status": shown.result.status,
                }
            )  # fmt: skip
    return found
