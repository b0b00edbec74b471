"""Reading history. Whoever asks has been let into the chain before."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from rapport.apps.audit.models import Entry, Head
from rapport.domain.chain import START, Link, first_break


@dataclass(frozen=True)
class Verdict:
    """What a chain is worth: how many entries it has, its head, and the number at which it breaks, if it does."""

    chain: str
    entries: int
    head: str
    broken_at: int | None


def entries(chain: str) -> QuerySet[Entry]:
    """A chain's entries, the latest first."""
    return Entry.objects.filter(chain=chain).order_by("-number")


def verdicts() -> Iterator[Verdict]:
    """Every chain of the installation, calculated anew."""
    for chain in Head.objects.order_by("chain").values_list("chain", flat=True):
        yield verdict(chain)


def verdict(chain: str) -> Verdict:
    """One chain, calculated anew; an end that was cut off breaks it too."""
    head = Head.objects.filter(chain=chain).first() or Head(chain=chain)
    links = [Link(entry.number, entry.content, entry.digest) for entry in entries(chain).reverse()]
    broken = first_break(links)
    if broken is None and (links[-1].digest if links else START) != head.digest:
        broken = len(links) + 1
    return Verdict(chain, len(links), head.digest, broken)
