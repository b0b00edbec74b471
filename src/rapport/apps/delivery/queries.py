"""Reading record files; every list starts from what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import F, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.delivery.models import Batch
from rapport.apps.delivery.policy import is_deliverer
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, visible_engagements
from rapport.domain.retries import has_rested

if TYPE_CHECKING:
    from rapport.engine.agreement import Source

READ_AT_ONCE = 2_000_000
"""Weight of files, in bytes of text, up to which nobody waits long enough to be shown how far it is."""
_PACKED = (".gz", ".parquet", ".xlsx")
_PACKED_WEIGHT = 10


@dataclass(frozen=True)
class SourceHistory:
    """The files delivered for one source, the latest first, and what the agreement in force expects of such a file.

    `batches` come with their numbers of rows `read`, `used` and `rejected` in place of the whole report.
    `source` is None where the agreement in force no longer reads it; `is_ours` tells whether the actor's side may
    deliver it.
    """

    name: str
    source: "Source | None"
    batches: Sequence[Batch]
    is_ours: bool

    @property
    def headings(self) -> list[str]:
        """The headings a file of this source must have."""
        if self.source is None:
            return []
        return [self.source.column(name).header or name for name in self.source.columns]


def batches(actor: Person, engagement: Engagement) -> QuerySet[Batch]:
    """The record files of an engagement an actor may see, the latest first."""
    found = Batch.objects.filter(engagement=engagement, engagement__in=visible_engagements(actor))
    return found.select_related("uploaded_by__organisation", "version").order_by("-uploaded_at", "-pk")


def delivered(actor: Person, engagement: Engagement) -> QuerySet[Batch]:
    """The same with their numbers of rows `read`, `used` and `rejected` in place of the whole report."""
    counted = {name: F(f"report__{name}") for name in ("read", "used", "rejected")}
    return batches(actor, engagement).defer("report").annotate(**counted)  # a report may list thousands of rows


def histories(actor: Person, engagement: Engagement, version: AgreementVersion | None) -> list[SourceHistory]:
    """The files of every source, in the order of the agreement in force; those it no longer reads come last."""
    sources = sources_of(version)
    in_order = sorted(delivered(actor, engagement), key=lambda batch: batch.source)
    by_source = {name: list(files) for name, files in groupby(in_order, key=lambda batch: batch.source)}
    ours = {name for name, source in sources.items() if is_deliverer(actor, source)}
    names = dict.fromkeys([*sources, *by_source])
    return [SourceHistory(name, sources.get(name), by_source.get(name, []), name in ours) for name in names]


def sources_of(version: AgreementVersion | None) -> "dict[str, Source]":
    """The sources of an agreement by name; none while there is no agreement in force."""
    return document_of(version).agreement.sources if version else {}


def committed(engagement: Engagement) -> QuerySet[Batch]:
    """The record files whose records count, in the order in which they were committed."""
    return Batch.objects.filter(engagement=engagement, stage="committed").defer("report").order_by("committed_at", "pk")


def committed_weight(engagement: Engagement) -> int:
    """How much there is to read before the results of an engagement are known; see `weight`."""
    return sum(weight(*named) for named in committed(engagement).values_list("file_name", "size"))


def weight(file_name: str, size: int) -> int:
    """What a file weighs as text, by its size in bytes; packed ones weigh about ten times as much."""
    return size * _PACKED_WEIGHT if file_name.lower().endswith(_PACKED) else size


def committed_files(engagement: Engagement, folder: Path) -> dict[str, list[Path]]:
    """The files whose records count, by source and in the order in which they were committed; see `laid_out`."""
    files: dict[str, list[Path]] = {}
    for batch in committed(engagement):
        files.setdefault(batch.source, []).append(laid_out(batch, folder))
    return files


def laid_out(batch: Batch, folder: Path) -> Path:
    """A file, which is kept under a name of chance, under its own name, which accounts of rows and messages tell.

    It stands in `folder`, which the caller clears away.
    """
    place = folder / str(batch.pk) / batch.file_name
    place.parent.mkdir()
    place.symlink_to(batch.file.path)
    return place


def waiting_files(now: datetime) -> list[Batch]:
    """Of every engagement the file that has waited longest to be read, so that nobody's many keep others waiting.

    One whose reading broke off waits for a while, each time longer.
    """
    waiting = Batch.objects.filter(stage="reading").select_related("version").order_by("-uploaded_at", "-pk")
    first = {one.engagement_id: one for one in waiting if has_rested(one.taken_up_at, one.attempts, now)}
    return sorted(first.values(), key=lambda batch: (batch.uploaded_at, batch.pk))


def refused_files() -> QuerySet[Batch]:
    """Files that could not be used and are still kept."""
    return Batch.objects.filter(stage="refused").exclude(file="")
