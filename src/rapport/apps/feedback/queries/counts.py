"""What both sides may know of many engagements at once. Whoever asks has been let into them before."""

from collections.abc import Collection
from fractions import Fraction

from django.db.models import Count, Exists, OuterRef

from rapport.apps.feedback.models import Feedback, Rating
from rapport.domain import ratings
from rapport.domain.feedback import State
from rapport.domain.roles import Side


def latest_ratings(engagements: Collection[int]) -> dict[int, dict[Side, Fraction]]:
    """What each side's latest rating that is open to both came to, by engagement and by who rated.

    A round that is not over is none of them, whoever has rated in it. Where a side was silent in a round, what it said
    before stands; one that never rated has no entry.
    """
    over = Rating.objects.filter(round__state__in=[state.value for state in ratings.State if state.is_over]).order_by()
    same = over.filter(round__engagement=OuterRef("round__engagement"), side=OuterRef("side"))
    latest = ~Exists(same.filter(round__number__gt=OuterRef("round__number")))
    found: dict[int, dict[Side, Fraction]] = {}
    for one in over.filter(latest, round__engagement__in=engagements).select_related("round"):
        found.setdefault(one.round.engagement_id, {})[Side(one.side)] = ratings.mean(one.said)
    return found


def feedback_counts(engagements: Collection[int]) -> dict[int, dict[Side, int]]:
    """How much feedback each side has given the other, by engagement and by who gave it.

    What is withdrawn does not count, and no draft does.
    """
    shared = Feedback.objects.filter(engagement__in=engagements).exclude(state=State.WITHDRAWN).order_by()
    found: dict[int, dict[Side, int]] = {engagement: dict.fromkeys(Side, 0) for engagement in engagements}
    for one in shared.values("engagement", "by").annotate(count=Count("pk")):
        found[one["engagement"]][Side(one["by"])] = one["count"]
    return found
