"""Making and revoking the address at which somebody's calendar reads their meetings and reports."""

import secrets
from datetime import datetime

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import digest_of_secret
from rapport.apps.audit.actions import INSTALLATION, record
from rapport.apps.meetings.models import Feed
from rapport.domain.refusals import Refused
from rapport.domain.roles import Right


@transaction.atomic
def make_feed(*, by: Person, at: datetime) -> str:
    """Make the one address for the actor's calendar; its secret, which is not kept. One made before ends."""
    if not by.may(Right.SEE):
        raise Refused("Your role shows no engagements, so there is nothing for a calendar; ask who manages people.")
    secret = secrets.token_urlsafe(32)
    words = {"digest": digest_of_secret(secret), "created_at": at}
    Feed.objects.update_or_create(person=by, defaults=words)
    record(INSTALLATION, by=who(by), at=at, verb="calendar.opened", subject=by.name)
    return secret


@transaction.atomic
def revoke_feed(*, by: Person, at: datetime) -> None:
    """End the address of the actor's calendar; it answers nothing from now on."""
    if not Feed.objects.filter(person=by).delete()[0]:
        raise Refused("There is no address to revoke; make one when your calendar needs it.")
    record(INSTALLATION, by=who(by), at=at, verb="calendar.revoked", subject=by.name)
