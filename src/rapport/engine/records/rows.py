"""Rows of a file as they stand in it, before their cells are read."""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import Source
from rapport.engine.records.report import RecordsRefused, Reject, listed


@dataclass(frozen=True)
class Rows:
    """The rows of one file: `cells` has a column per heading, text or the file's own type; `numbers` counts from 1.

    `rejects` are rows that had no cells to read. `formats` are the notations in which the file format itself, rather
    than whoever filled it, writes moments.
    """

    cells: pa.Table
    numbers: pa.Array
    rejects: tuple[Reject, ...] = ()
    formats: tuple[str, ...] = ()


def headings_of(source: Source) -> dict[str, str]:
    """The heading in the file of every declared column."""
    return {name: source.column(name).header or name for name in source.columns}


def check_headings(file: str, headings: Sequence[str], source: Source) -> None:
    """Refuse a file in which a declared heading is missing or a heading stands twice."""
    twice = [heading for heading, count in Counter(headings).items() if count > 1 and heading]
    if twice:
        raise RecordsRefused(f"{file} has more than one column headed {listed(twice)}; give each its own heading")
    missing = [heading for heading in headings_of(source).values() if heading not in headings]
    if missing:
        raise RecordsRefused(
            f"{file} has no column headed {listed([_with_nearest(heading, headings) for heading in missing])}. "
            f"It has: {listed(list(headings))}. State the heading with `header`, or correct the file."
        )


def _with_nearest(heading: str, headings: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(heading, list(headings), n=1, cutoff=0.5)
    return f"{heading!r} (nearest: {nearest[0]!r})" if nearest else repr(heading)


def drop_blank(rows: Rows) -> Rows:
    """Rows without those that are blank in every column, which spreadsheets leave behind; they are no records."""
    blank = pa.array(range(0)) if not rows.cells.num_columns else None
    for column in rows.cells.columns:
        candidates = column if blank is None else column.take(blank)
        empty = pc.indices_nonzero(pc.equal(pc.utf8_trim_whitespace(pc.fill_null(candidates, "")), ""))
        blank = empty if blank is None else blank.take(empty)
        if not len(blank):
            return rows
    keep = pc.invert(pc.is_in(pa.array(range(len(rows.numbers)), pa.int64()), pc.cast(blank, pa.int64())))
    return Rows(rows.cells.filter(keep), rows.numbers.filter(keep), rows.rejects, rows.formats)
