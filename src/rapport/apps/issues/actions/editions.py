"""Editions of the issue list: frozen as it stands, approved by the client and sent to both sides, or discarded."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import SYSTEM, record
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.actions.raising import lock_numbers
from rapport.apps.issues.models import Edition
from rapport.apps.issues.policy import demand_work
from rapport.apps.issues.queries import readers
from rapport.apps.issues.queries.editions import frozen_rows
from rapport.apps.notices.actions import notify
from rapport.domain.refusals import Refused


@transaction.atomic
def make_edition(*, by: Person | None, engagement: Engagement, at: datetime) -> Edition:
    """Freeze the issue list as it stands, to be approved and sent; by nobody where the agreement asks for it."""
    if by:
        demand_work(by, engagement)
    lock_numbers(engagement.pk)
    waiting = Edition.objects.filter(engagement=engagement, approved_at=None).first()
    if waiting:
        approved = "the client approves or discards it" if by and not by.is_client else "approve or discard it"
        raise Refused(f"{waiting} waits to be approved; {approved} first, or look at the list itself.")
    last = Edition.everything.filter(engagement=engagement).aggregate(last=Max("number"))["last"] or 0
    content = {"rows": frozen_rows(engagement)}
    edition = Edition.objects.create(engagement=engagement, number=last + 1, content=content, made_at=at, made_by=by)
    name = f"{edition} of the issue list"
    record(engagement.chain, by=who(by) if by else SYSTEM, at=at, verb="edition.made", subject=name)
    event = f"edition:{edition.pk}:made"
    owner = engagement.client_owner
    notify(recipients=[owner] if owner != by else [], kind="edition", subject=edition.pk, event=event, at=at)
    return edition


@transaction.atomic
def approve_edition(*, by: Person, edition: Edition, at: datetime) -> Edition:
    """Send an edition to the people of both sides; the client does, and it is kept as it went out."""
    engagement = edition.engagement
    demand_work(by, engagement)
    if not by.is_client:
        raise Refused("The client approves an edition before it goes out; ask them to look at it.")
    told = readers(engagement)
    mine = Edition.objects.filter(pk=edition.pk, approved_at=None)
    if not mine.update(approved_at=at, approved_by=by, recipients=len(told)):
        raise Refused(f"{edition} went out or was discarded already.")
    edition.refresh_from_db()
    name = f"{edition} of the issue list"
    record(engagement.chain, by=who(by), at=at, verb="edition.sent", subject=name, details={"to": str(len(told))})
    notify(recipients=told, kind="edition", subject=edition.pk, event=f"edition:{edition.pk}:sent", at=at)
    return edition


@transaction.atomic
def discard_edition(*, by: Person, edition: Edition, reason: str, at: datetime) -> Edition:
    """Let an edition that waits go to nobody, with a reason; its number is given to no other.

    The client may, which would approve it, and so may the side that made it. The other one is told if it made it.
    """
    engagement, said = edition.engagement, reason.strip()
    demand_work(by, engagement)
    maker = edition.made_by
    if not by.is_client and (maker is None or maker.side is not by.side):
        raise Refused("Only the client discards an edition that it or the agreement made; ask them to.")
    if not said:
        raise Refused("Nothing was written, but whoever waits for it has to know: write why it goes to nobody.")
    if not Edition.objects.filter(pk=edition.pk, approved_at=None).update(withdrawn_at=at, why_withdrawn=said):
        raise Refused(f"{edition} went out or was discarded already.")
    edition.refresh_from_db()
    name = f"{edition} of the issue list"
    record(engagement.chain, by=who(by), at=at, verb="edition.discarded", subject=name, details={"reason": said})
    told = [one for one in (engagement.client_owner, maker) if one and one != by]
    event = f"edition:{edition.pk}:discarded"
    notify(recipients=told, kind="edition_discarded", subject=edition.pk, event=event, at=at)
    return edition
