"""What an address asks for, as far as its reader may see it."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import actor_of
from rapport.apps.engagements import queries
from rapport.apps.engagements.models import AgreementVersion, Engagement


def asked_engagement(request: HttpRequest, engagement_id: int) -> tuple[Person, Engagement]:
    """The reader and an engagement; missing where they may not see it."""
    actor = actor_of(request)
    return actor, get_object_or_404(queries.visible_engagements(actor), pk=engagement_id)


def asked_version(request: HttpRequest, engagement_id: int, version_id: int) -> tuple[Person, AgreementVersion]:
    """The reader and a version of an agreement; missing where they may not see it."""
    actor, engagement = asked_engagement(request, engagement_id)
    version = get_object_or_404(queries.versions(actor, engagement), pk=version_id)
    version.engagement = engagement  # which knows its owners
    return actor, version
