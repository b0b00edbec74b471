"""Reading what is to be computed: results that wait for the worker, and those that do not rest on what counts now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import OuterRef, Subquery

from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.kpis.models import Computation, Evaluation
from rapport.domain.retries import has_rested
from rapport.domain.signing import Stage


@dataclass(frozen=True)
class _Bases:
    """What results of an engagement rest on, by `basis_of`: by what counts `now`, as `known` and as last `tried`."""

    now: str
    known: str | None
    tried: str | None
    has_files: bool

    @property
    def is_outdated(self) -> bool:
        return (self.has_files or self.known is not None) and self.now != self.known

    @property
    def is_tried(self) -> bool:
        """Whether it was tried as it is now, or is asked for already."""
        return self.tried in ("", self.now)


def computation(engagement: Engagement) -> Computation | None:
    """What is being computed for an engagement, or why it could not be; None where nothing is."""
    return Computation.objects.filter(engagement=engagement).first()


def waiting_computations(now: datetime) -> list[Computation]:
    """What the worker has to compute, the oldest first; what broke off waits for a while, each time longer."""
    waiting = Computation.objects.filter(refusal="").select_related("engagement").order_by("asked_at", "pk")
    return [one for one in waiting if has_rested(one.taken_up_at, one.attempts, now)]


def basis_of(version: int | None, batches: Iterable[int]) -> str:
    """What stands for a version of an agreement and the files that count, in their order."""
    return sha256(f"{version}: {' '.join(map(str, batches))}".encode()).hexdigest()


def are_outdated(engagements: Iterable[Engagement]) -> set[int]:
    """Those of the engagements whose results do not rest on what counts now.

    What counts is the agreement in force and the committed files: the moment to which open records are measured is the
    latest in the records, so that no result changes because a day has passed. Without an agreement nothing counts.
    """
    return {pk for pk, bases in _bases([one.pk for one in engagements]).items() if bases.is_outdated}


def outdated_engagements() -> list[Engagement]:
    """Engagements whose results are outdated, unless those of now were tried or are asked for already."""
    every = Engagement.objects.order_by("pk")
    bases = _bases([one.pk for one in every])
    return [one for one in every if (found := bases.get(one.pk)) and found.is_outdated and not found.is_tried]


def _bases(engagements: Iterable[int]) -> dict[int, _Bases]:
    """What the results rest on of those engagements that have an agreement in force."""
    in_force = AgreementVersion.objects.filter(engagement=OuterRef("pk"), stage=Stage.IN_FORCE)
    latest = Evaluation.objects.filter(engagement=OuterRef("pk")).order_by("-pk")
    asked = Computation.objects.filter(engagement=OuterRef("pk"))
    found = Engagement.objects.annotate(
        now=Subquery(in_force.values("pk")[:1]),
        known=Subquery(latest.values("basis")[:1]),
        tried=Subquery(asked.values("basis")[:1]),
    ).filter(pk__in=engagements, now__isnull=False)
    files = _committed_by_engagement(engagements)
    return {
        pk: _Bases(basis_of(version, files.get(pk, [])), known, tried, pk in files)
        for pk, version, known, tried in found.values_list("pk", "now", "known", "tried")
    }


def _committed_by_engagement(engagements: Iterable[int]) -> dict[int, list[int]]:
    """The files that count, in the order in which they were committed, by engagement."""
    found: dict[int, list[int]] = {}
    files = Batch.objects.filter(engagement__in=engagements, stage="committed").order_by("committed_at", "pk")
    for engagement, batch in files.values_list("engagement_id", "pk"):
        found.setdefault(engagement, []).append(batch)
    return found
