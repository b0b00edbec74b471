"""What notices about symptoms say."""

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.notices.queries import Tellers, Told
from rapport.apps.practices.queries.symptoms import visible_symptoms


def _tell_symptom(reader: Person, symptom: int) -> Told | None:
    """What shows in the whole picture; nothing once it no longer does."""
    if (found := visible_symptoms(reader).filter(pk=symptom).first()) is None:
        return None
    url = reverse("engagements:show", args=[found.engagement_id])
    return Told(f"{found.engagement.title}: {found.sentence}", url, "Look at the engagement")


TELLERS: Tellers = {"symptom": _tell_symptom}
"""Who knows the words, by the kind of notice."""
