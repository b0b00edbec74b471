"""Looking at the whole picture of every engagement; done twice it has one effect."""

import logging
from datetime import datetime

from rapport.apps.engagements.models import Engagement
from rapport.apps.practices.actions import note_symptoms
from rapport.apps.practices.queries import kept_symptoms, pictures
from rapport.domain.symptoms import symptoms_of

_log = logging.getLogger(__name__)


def look_at_the_whole_picture(now: datetime) -> None:
    """Keep what shows in each engagement now; where nothing has changed, nothing is written."""
    kept = kept_symptoms()
    shown = {number: symptoms_of(picture) for number, picture in pictures(now).items()}
    changed = [number for number in kept.keys() | shown.keys() if kept.get(number, set()) != set(shown.get(number, ()))]
    for engagement in Engagement.objects.filter(pk__in=changed).order_by("pk"):
        try:
            note_symptoms(engagement=engagement, shown=shown.get(engagement.pk, ()), at=now)
        except Exception:
            _log.exception("Keeping what shows in engagement %s failed", engagement.pk)
