"""What people do on the way in. None of it concerns the other side or a colleague's rights, so none leaves a line of
history: what somebody likes to look at, and when, is theirs.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import QueryDict

from rapport.apps.accounts.models import Person
from rapport.apps.partners.queries import plain_name
from rapport.apps.portfolio.models import LastVisit, SavedView
from rapport.apps.portfolio.policy import demand_keeping, demand_own
from rapport.apps.portfolio.queries.overview import asked
from rapport.domain.refusals import Refused

_A_VISIT_ENDS_AFTER = timedelta(minutes=30)
_MOST_VIEWS = 30


def keep_view(*, by: Person, name: str, query: str, is_shared: bool, at: datetime) -> SavedView:
    """Keep a view of the portfolio under a name, for oneself or for everybody of the own organisation.

    Of the query only what a portfolio can be asked for is kept.
    """
    demand_keeping(by)
    name, query = plain_name(name), asked(by, QueryDict(query).dict()).query
    if not name:
        raise Refused("This name has nothing that can be read; write a word or two.")
    if by.saved_views.count() >= _MOST_VIEWS:
        raise Refused(f"You keep {_MOST_VIEWS} views already; remove one that you do not need any more.")
    try:
        with transaction.atomic():
            return SavedView.objects.create(person=by, name=name, query=query, is_shared=is_shared, created_at=at)
    except IntegrityError:
        raise Refused(f"You keep a view called {name} already; choose another name, or remove that one.") from None


def remove_view(*, by: Person, view: SavedView, at: datetime) -> SavedView:  # noqa: ARG001 - as every action
    """Keep a view no longer."""
    demand_own(by, view)
    SavedView.objects.filter(pk=view.pk).delete()
    return view


def note_visit(*, by: Person, at: datetime) -> datetime | None:
    """Note that somebody is here, and tell when they were here before; None the first time.

    Looking again within half an hour is the same visit, so that what is new stays new while it is read.
    """
    visit = LastVisit.objects.filter(person=by).first()
    if visit is None:
        LastVisit.objects.get_or_create(person=by, defaults={"at": at, "before_at": at})
        return None
    before_at = visit.at if at - visit.at > _A_VISIT_ENDS_AFTER else visit.before_at
    LastVisit.objects.filter(pk=visit.pk, at=visit.at).update(at=at, before_at=before_at)
    return before_at
