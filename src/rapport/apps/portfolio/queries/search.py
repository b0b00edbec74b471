"""The way to anything by its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from rapport.apps.accounts.models import Person
from rapport.apps.accounts.queries import partners, people
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.engagements.queries import visible_engagements
from rapport.apps.partners.queries import documents
from rapport.apps.portfolio.queries.navigation import navigation
from rapport.apps.portfolio.queries.standings import outline_of
from rapport.apps.portfolio.queries.words import holding, words_of
from rapport.domain.roles import Right
from rapport.domain.signing import Stage

_READ_AGREEMENTS = 40
_MOST_OF_A_KIND = 30


@dataclass(frozen=True)
class Found:
    """One thing that was found: what it is called, what it belongs to, and where it is."""

    label: str
    about: str
    url: str


@dataclass(frozen=True)
class Group:
    """Things of one kind that were found."""

    title: str
    icon: str
    found: Sequence[Found]


def search(actor: Person, text: str, most: int) -> list[Group]:
    """What an actor may see whose name holds every word of a text: at most so many of each kind, kinds without any
    left out.
    """
    words = words_of(text)
    if not words or not actor.may(Right.SEE):
        return []
    kinds = [
        Group("Pages", "next", _pages(actor, words)),
        Group("Partners", "partners", _partners(actor, words)[:most]),
        Group("Engagements", "portfolio", _engagements(actor, words)[:most]),
        Group("KPIs", "chart", _kpis(actor, words)[:most]),
        Group("People", "people", _people(actor, words)[:most]),
        Group("Documents", "file", _documents(actor, words)[:most]),
    ]
    return [kind for kind in kinds if kind.found]


def _pages(actor: Person, words: Sequence[str]) -> list[Found]:
    items = [item for group in navigation(actor, "") for item in group["items"]]
    return [Found(item["label"], "", item["url"]) for item in items if _is_named(item["label"], words)]


def _is_named(name: str, words: Sequence[str]) -> bool:
    return all(word.casefold() in name.casefold() for word in words)


def _partners(actor: Person, words: Sequence[str]) -> list[Found]:
    named = partners(actor).filter(holding(words, "name"))[:_MOST_OF_A_KIND]
    return [Found(one.name, "", reverse("partners:show", args=[one.pk])) for one in named]


def _engagements(actor: Person, words: Sequence[str]) -> list[Found]:
    named = visible_engagements(actor).filter(holding(words, "title", "partner__name"))[:_MOST_OF_A_KIND]
    return [Found(one.title, one.partner.name, reverse("engagements:show", args=[one.pk])) for one in named]


def _kpis(actor: Person, words: Sequence[str]) -> list[Found]:
    """KPIs by what the agreement in force calls them."""
    in_force = AgreementVersion.objects.filter(engagement__in=visible_engagements(actor), stage=Stage.IN_FORCE)
    held = in_force.filter(holding(words, "text")).select_related("engagement").order_by("engagement__title")
    found = [
        (not _is_named(name, words), Found(name, version.engagement.title, _kpi_url(version.engagement_id, kpi)))
        for version in held[:_READ_AGREEMENTS]
        for kpi, name in outline_of(version.text).names.items()
        if _is_named(f"{name} {kpi}", words)
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _kpi_url(engagement: int, kpi: str) -> str:
    return reverse("kpis:kpi", args=[engagement, kpi])


def _people(actor: Person, words: Sequence[str]) -> list[Found]:
    """The people of the actor's own organisation."""
    own = people(actor).filter(organisation_id=actor.organisation_id, is_active=True)
    named = own.filter(holding(words, "name", "email"))[:_MOST_OF_A_KIND]
    return [Found(one.name, one.role_words, reverse("accounts:people")) for one in named]


def _documents(actor: Person, words: Sequence[str]) -> list[Found]:
    named = documents(actor).filter(holding(words, "title", "organisation__name"))[:_MOST_OF_A_KIND]
    return [
        Found(
            one.title,
            one.organisation.name,
            f"{reverse('partners:show', args=[one.organisation_id])}#document-{one.pk}",
        )
        for one in named
    ]
