"""Rows of a file as they stand in it, before their cells are read."""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import Source
from rapport.engine.records.report import RecordsRefused, Reject, listed


@dataclass(frozen=True)
class Rows:
    """The rows of one file: `cells` has a column per heading, text or the file's own type; `numbers` counts from 1.

    `rejected` rows had no cells to read; `rejects` lists the first of them. `formats` are the notations in which the
    file format itself, rather than whoever filled it, writes moments.
    """

    cells: pa.Table
    numbers: pa.Array
    rejected: int = 0
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


def is_text(kind: pa.DataType) -> bool:
    """Whether cells of this type are text, stored as such or in a dictionary."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def drop_blank(rows: Rows) -> Rows:
    """Rows without those that are blank in every column, which spreadsheets leave behind; they are no records."""
    blank = np.arange(len(rows.numbers))
    for column in rows.cells.columns:
        cells = column if len(blank) == len(column) else column.take(pa.array(blank))
        blank = blank[pc.equal(pc.utf8_trim_whitespace(cells), "").to_numpy()]
        if not len(blank):
            return rows
    keep = np.full(len(rows.numbers), True)
    keep[blank] = False
    return replace(rows, cells=rows.cells.filter(pa.array(keep)), numbers=rows.numbers.filter(pa.array(keep)))
