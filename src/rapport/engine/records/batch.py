"""Files of a source to canonical records, with an account of every row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from rapport.engine.agreement import Source, Term
from rapport.engine.filters import parse_condition
from rapport.engine.records.accepted import Accepted, accept
from rapport.engine.records.canonical import CanonicalRows, canonical_rows
from rapport.engine.records.files import read_rows
from rapport.engine.records.guard import describe
from rapport.engine.records.pace import Pace
from rapport.engine.records.report import (
    LISTED_FLAGS,
    LISTED_REJECTS,
    FileDigest,
    FlaggedRow,
    ImportReport,
    RecordsRefused,
)
from rapport.engine.records.zones import Mask
from rapport.engine.terms import column_types


@dataclass(frozen=True)
class Batch:
    """What a source's files hold.

    `records` has a row per record: `_key`, `_row` and `_file` (where it stands, or its last event does) and every
    declared column; instants and lengths in seconds. `spans`, of event logs with a status only, has a row per stretch
    of time a record spent in a status: `_key`, `status`, `start` and `end`, null while it lasts.
    """

    records: pa.Table
    spans: pa.Table | None
    report: ImportReport


def read_source(
    name: str,
    source: Source,
    files: Sequence[Path],
    *,
    zone: str,
    term: Term,
    progress: Callable[[str], None] = lambda _: None,
) -> Batch:
    """Read, check, type, sort out and, for event logs, fold the rows of a source's files, taken in order.

    `zone` is the agreement's time zone; `progress` is told what is being done and how far it is.

    Raises:
        RecordsRefused: a file cannot be used, or more rows are rejected than the source allows.
    """
    if not files:
        raise RecordsRefused(f"{name} has no files; name at least one")
    digests = tuple(describe(file) for file in files)
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        parts, pace = [], Pace(progress)
        for file in files:
            pace.begin(f"Reading {file.name}")
            parts.append(canonical_rows(file.name, read_rows(file, source, pace), source, zone, connection, pace))
        progress(f"Sorting out {name}")
        rows = pa.concat_tables(part.rows for part in parts)
        connection.register("rows", rows.append_column("_id", pa.array(np.arange(len(rows)))))
        accepted = accept(connection, rows, source, term, zone)
        flags = {**_doubts(parts), **_flags(connection, source, len(rows))}
    report = _report(name, digests, parts, rows, accepted, flags)
    if report.rejected > source.reject_limit * report.read:
        raise RecordsRefused(_too_many_rejects(report, source), report)
    return Batch(accepted.records, accepted.spans, report)


def _doubts(parts: Sequence[CanonicalRows]) -> dict[str, Mask]:
    """The built-in flags of all files as masks over all rows."""
    names = dict.fromkeys(name for part in parts for name, mask in part.doubts.items() if mask.any())
    clear = [np.full(len(part.rows), False) for part in parts]
    return {
        name: np.concatenate([part.doubts.get(name, none) for part, none in zip(parts, clear, strict=True)])
        for name in names
    }


def _flags(connection: duckdb.DuckDBPyConnection, source: Source, count: int) -> dict[str, Mask]:
    """The source's own flags as masks over the rows."""
    masks = {}
    for flag in source.flags:
        condition = parse_condition(flag.when, column_types(source)).sql("duckdb")
        raised = connection.sql(f"SELECT _id FROM rows WHERE {condition}").to_arrow_table()["_id"].to_numpy()
        masks[flag.name] = np.full(count, False)
        masks[flag.name][raised] = True
    return masks


def _report(
    name: str,
    files: tuple[FileDigest, ...],
    parts: Sequence[CanonicalRows],
    rows: pa.Table,
    accepted: Accepted,
    flags: Mapping[str, Mask],
) -> ImportReport:
    used = ~(accepted.duplicate | accepted.outside)
    raised = {flag: np.flatnonzero(mask & used) for flag, mask in flags.items()}
    rejected = sum(part.rejected for part in parts)
    return ImportReport(
        source=name,
        files=files,
        read=len(rows) + rejected,
        used=int(used.sum()),
        rejected=rejected,
        duplicate=int(accepted.duplicate.sum()),
        out_of_term=int(accepted.outside.sum()),
        records=len(accepted.records),
        flagged={flag: len(places) for flag, places in raised.items()},
        flag_rows=tuple(
            FlaggedRow(place["_file"], place["_row"], flag)
            for flag, places in raised.items()
            for place in rows.select(["_file", "_row"]).take(places[:LISTED_FLAGS]).to_pylist()
        ),
        rejects=tuple(reject for part in parts for reject in part.rejects)[:LISTED_REJECTS],
    )


def _too_many_rejects(report: ImportReport, source: Source) -> str:
    first = "; ".join(str(reject) for reject in report.rejects[:5])
    return (
        f"{report.source}: {report.rejected:,} of {report.read:,} rows cannot be used, more than the reject limit of "
        f"{float(source.reject_limit) * 100:g}% allows. The first: {first}. Correct the files, or raise reject_limit."
    )
