"""What follows from the whole picture: what shows is kept, and whoever has to look is told once.

What shows follows from what people did, which has its own lines of history; it leaves none itself.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from rapport.apps.engagements.models import Engagement
from rapport.apps.notices.actions import notify
from rapport.apps.practices.models import Symptom
from rapport.domain.symptoms import Symptom as Seen
from rapport.domain.symptoms import Tone

TOLD = "symptom"
"""The kind of notice about a symptom."""


@transaction.atomic
def note_symptoms(*, engagement: Engagement, shown: Sequence[Seen], at: datetime) -> None:
    """Keep what shows in an engagement instead of what showed; both owners are told of what is bad and new."""
    engagement = Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    showed = Symptom.objects.filter(engagement=engagement)
    kept = {one.key: one for one in showed}
    showed.exclude(key__in=[one.key for one in shown]).delete()
    for one in shown:
        said = {"sentence": one.sentence, "tone": one.tone, "page": one.page}
        before = kept.get(one.key)
        if before is None:
            before = Symptom.objects.create(engagement=engagement, key=one.key, since=at, **said)
        elif before.rule != one:
            Symptom.objects.filter(pk=before.pk).update(**said)
        if one.tone is Tone.BAD:
            _tell(engagement, before, at)


def _tell(engagement: Engagement, symptom: Symptom, at: datetime) -> None:
    notify(recipients=engagement.owners, kind=TOLD, subject=symptom.pk, event=f"symptom:{symptom.pk}", at=at)
