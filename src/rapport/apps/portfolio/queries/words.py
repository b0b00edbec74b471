"""Words that people look for things by."""

from collections.abc import Sequence

from django.db.models import Q

from rapport.apps.partners.queries import plain_name

_LONGEST_TEXT = 100
_MOST_WORDS = 6


def asked_text(text: str) -> str:
    """What somebody typed, without what cannot be seen, and no longer than a name."""
    return plain_name(text)[:_LONGEST_TEXT]


def words_of(text: str) -> list[str]:
    """The words of what somebody typed; more than a few would only ask the database more."""
    return asked_text(text).split()[:_MOST_WORDS]


def holding(words: Sequence[str], *fields: str) -> Q:
    """That every word stands in one of the fields."""
    held = Q()
    for word in words:
        one = Q()
        for name in fields:
            one |= Q(**{f"{name}__icontains": word})
        held &= one
    return held
