"""Intake: the records of each source as tables of the engine, read from files once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from rapport.engine import agreement as doc
from rapport.engine.backend import Backend, quote_name
from rapport.engine.document import Document, digest_of
from rapport.engine.records import Batch, ImportReport, read_source
from rapport.engine.records.guard import describe
from rapport.engine.records.report import report_from_json, together
from rapport.engine.store import KeyedParts


@dataclass(frozen=True)
class Loaded:
    """A source in the engine.

    Attributes:
        records: the table of its records.
        spans: the table of its status intervals, where it is an event log.
        parts: the parts of its records on disk, where there is a store.
    """

    records: str
    spans: str | None
    report: ImportReport
    parts: KeyedParts | None = None


@dataclass
class Intake:
    """Reads the sources of an agreement when they are first asked for; with a `store` each file only ever once."""

    document: Document
    backend: Backend
    files: Mapping[str, Sequence[Path]]
    store: Path | None
    progress: Callable[[str], None]
    _loaded: dict[str, Loaded] = field(default_factory=dict)

    def source(self, name: str) -> Loaded:
        """A source's tables, read on first use.

        Raises:
            RecordsRefused: a file cannot be used.
        """
        if name not in self._loaded:
            self.progress(f"reading {name}")
            self._loaded[name] = self._read(name) if self.store is None else self._read_new(name, self.store)
        return self._loaded[name]

    def reports(self) -> dict[str, ImportReport]:
        """What was read, used and refused, for every source read so far, in the agreement's order."""
        return {name: self._loaded[name].report for name in self.document.agreement.sources if name in self._loaded}

    def _paths(self, name: str) -> list[Path]:
        named = self.document.agreement.sources[name].files
        return list(self.files.get(name) or [self.document.folder / file for file in named])

    def _read(self, name: str) -> Loaded:
        batch = self._batch(name, self._paths(name))
        self.backend.load(name, batch.records)
        if batch.spans is not None:
            self.backend.load(f"{name}_spans", _placed(batch.spans))
        return Loaded(quote_name(name), _spans_table(name, batch.spans is not None), batch.report)

    def _batch(self, name: str, files: Sequence[Path]) -> Batch:
        agreement = self.document.agreement
        source, zone, term = agreement.sources[name], agreement.time_zone, agreement.term
        return read_source(name, source, files, zone=zone, term=term, progress=self.progress)

    def _read_new(self, name: str, store: Path) -> Loaded:
        """Read the files that the store does not hold yet; start over where it holds others than are asked for."""
        source = self.document.agreement.sources[name]
        folder = store / f"{name}-{self.document.source_digest(name)[:16]}"
        records = KeyedParts(self.backend, folder / "records", name)
        spans = KeyedParts(self.backend, folder / "spans", f"{name}_spans")
        wanted = self._parts_wanted(name, source)
        if records.ids != list(wanted)[: len(records.ids)]:
            records.clear()
            spans.clear()
        for part_id in list(wanted)[len(records.ids) :]:
            self._keep(name, part_id, wanted[part_id], records, spans)
        records.define()
        if spans.entries:
            spans.define()
        report = together([report_from_json(entry["report"]) for entry in records.entries])
        count = self.backend.rows(f"SELECT COUNT(*) FROM {quote_name(name)}")[0][0]
        report = _without_replaced(report, count)
        return Loaded(quote_name(name), _spans_table(name, bool(spans.entries)), report, records)

    def _parts_wanted(self, name: str, source: doc.Source) -> dict[str, list[Path]]:
        """The files of each part by its id. Events of one case may lie in several files, so a log is one part."""
        paths = self._paths(name)
        digests = [describe(path).sha256 for path in paths]
        if source.events:
            return {digest_of(digests): paths}
        return {digest: [path] for digest, path in zip(digests, paths, strict=True)}

    def _keep(self, name: str, part_id: str, files: list[Path], records: KeyedParts, spans: KeyedParts) -> None:
        batch = self._batch(name, files)
        self.backend.load(f"{name}_new", batch.records)
        new = quote_name(f"{name}_new")
        if batch.spans is not None:
            self.backend.load(f"{name}_new_spans", _placed(batch.spans))
            spans.append(part_id, [f"SELECT * FROM {quote_name(f'{name}_new_spans')}"], None)
        rows = f"SELECT * FROM {new} ORDER BY _key"
        records.append(part_id, [rows], f"SELECT _key FROM {new}", report=batch.report.to_json())


def _spans_table(name: str, has_spans: bool) -> str | None:
    return quote_name(f"{name}_spans") if has_spans else None


def _placed(spans: pa.Table) -> pa.Table:
    """Status intervals with their order, since events may have equal times."""
    return spans.append_column("_place", pa.array(range(len(spans)), pa.int64()))


def _without_replaced(report: ImportReport, records: int) -> ImportReport:
    """The account with records of earlier files that later files replace among the duplicates."""
    replaced = report.records - records
    return replace(report, used=report.used - replaced, duplicate=report.duplicate + replaced, records=records)
