"""Reading record files; every list starts from what the actor may see."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import F, QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import AgreementVersion, Engagement
from rapport.apps.engagements.queries import document_of, visible_engagements

if TYPE_CHECKING:
    from rapport.engine.agreement import Source

_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones count as well
_FIRST_PRINTABLE = " "


@dataclass(frozen=True)
class SourceHistory:
    """The files delivered for one source, the latest first, and what the agreement in force expects of such a file.

    `batches` come with their numbers of rows `read`, `used` and `rejected` in place of the whole report.
    `source` is None where the agreement in force no longer reads it.
    """

    name: str
    source: "Source | None"
    batches: Sequence[Batch]

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


def histories(actor: Person, engagement: Engagement, version: AgreementVersion | None) -> list[SourceHistory]:
    """The files of every source, in the order of the agreement in force; those it no longer reads come last."""
    sources = sources_of(version)
    counted = {name: F(f"report__{name}") for name in ("read", "used", "rejected")}
    found = batches(actor, engagement).defer("report").annotate(**counted)  # a report may list thousands of rows
    in_order = sorted(found, key=lambda batch: batch.source)
    delivered = {name: list(files) for name, files in groupby(in_order, key=lambda batch: batch.source)}
    names = dict.fromkeys([*sources, *delivered])
    return [SourceHistory(name, sources.get(name), delivered.get(name, [])) for name in names]


def sources_of(version: AgreementVersion | None) -> "dict[str, Source]":
    """The sources of an agreement by name; none while there is no agreement in force."""
    return document_of(version).agreement.sources if version else {}


def committed(engagement: Engagement) -> QuerySet[Batch]:
    """The record files whose records count, in the order in which they were committed."""
    return Batch.objects.filter(engagement=engagement, stage="committed").defer("report").order_by("committed_at", "pk")


def committed_files(engagement: Engagement, folder: Path) -> dict[str, list[Path]]:
    """The files whose records count, by source and in the order in which they were committed.

    They are kept under names of chance; in `folder`, which the caller clears away, they stand under their own names,
    which accounts of rows and messages tell.
    """
    files: dict[str, list[Path]] = {}
    for batch in committed(engagement):
        place = folder / str(batch.pk) / batch.file_name
        place.parent.mkdir()
        place.symlink_to(batch.file.path)
        files.setdefault(batch.source, []).append(place)
    return files


class _Echo:
    """A file that hands back what is written to it, so that rows leave as they are made."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Rows as lines of CSV with the named columns; texts that a spreadsheet would run as formulas are made harmless."""
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(map(_harmless, columns))
    for row in rows:
        yield writer.writerow(_harmless(row.get(column)) for column in columns)


def _harmless(value: Any) -> Any:
    is_formula = isinstance(value, str) and (value.startswith(_FORMULA_STARTS) or value[:1] < _FIRST_PRINTABLE)
    return f"'{value}" if value and is_formula else value
