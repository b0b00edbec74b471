"""What the steps with feedback, ratings and support share: rules that refuse, numbers, and who is told."""

from datetime import datetime

from django.db.models import Max

from rapport.apps.engagements.models import Engagement
from rapport.apps.feedback.models import LONGEST_LINE, LONGEST_TEXT, Feedback, Promise, Round
from rapport.apps.notices.actions import notify
from rapport.apps.partners.queries import plain_name
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


def line(text: str, longest: int = LONGEST_LINE) -> str:
    """A name or a title as it is kept; one that is too long is refused and not cut."""
    return _short(plain_name(text), longest)


def prose(text: str) -> str:
    """A text of several lines as it is kept."""
    return _short(text.strip().replace("\r\n", "\n"), LONGEST_TEXT)


def _short(said: str, longest: int) -> str:
    if len(said) > longest:
        raise Refused(f"A text has {len(said):,} characters; say it in at most {longest:,}.")
    return said


def next_number(rows: type[Feedback] | type[Round] | type[Promise], engagement: Engagement) -> int:
    """The number after the last one of an engagement; nobody else takes one meanwhile."""
    Engagement.objects.select_for_update(no_key=True).get(pk=engagement.pk)
    last = rows.objects.filter(engagement=engagement).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def tell_owner(
    engagement: Engagement, side: Side, at: datetime, *, kind: str, subject: int, event: str,
    urgency: Urgency = Urgency.DIGEST,
) -> None:  # fmt: skip
    """Tell a side's owner of the engagement."""
    owner = engagement.owner_of(side)
    notify(recipients=[owner] if owner else [], kind=kind, subject=subject, event=event, urgency=urgency, at=at)
