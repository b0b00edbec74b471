"""A store: records and facts kept on disk in Parquet parts, so that nothing is read or measured twice.

Parts are written once and never changed. A row of a later part replaces the rows of earlier parts with its key; which
keys those are is found once, when the later part is written. Adding a day costs what the day costs.
"""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rapport.engine.backend import Backend, quote_name, quote_text

SLICE_ROWS = 2_000_000
"""Larger inputs are worked in slices of about this many rows, which keeps memory flat."""

KeyRange = tuple[str | None, str | None]
"""The keys from the first up to below the second, as SQL literals; None where there is no bound."""


@dataclass
class KeyedParts:
    """A table kept in parts, in a folder of its own.

    Attributes:
        name: the table's name in the engine, where it appears with `define`.
    """

    backend: Backend
    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._index = self.folder / "parts.json"
        self.entries: list[dict[str, Any]] = json.loads(self._index.read_text()) if self._index.exists() else []

    @property
    def ids(self) -> list[str]:
        """What each part was made from, in order."""
        return [entry["id"] for entry in self.entries]

    def clear(self) -> None:
        """Start over, since the parts rest on something that is no longer so."""
        shutil.rmtree(self.folder)
        self.__post_init__()

    def append(self, part_id: str, queries: Iterable[str], keys: str | None, **about: Any) -> None:
        """Write the rows of the queries, taken one at a time, as the next part.

        `keys` is a query for the keys it replaces in earlier parts, whether or not it has rows for them. The part
        counts only once the index names it, so that an interrupted write leaves nothing behind that is read.
        """
        number = len(self.entries)
        files: list[str] = []
        for query in queries:
            files.append(f"{number:06}-{len(files):04}.parquet")
            self.backend.write(self.folder / files[-1], f"SELECT *, {number} AS _part FROM ({query}) AS rows")
        replaced = self._replaced(number, keys) if self.entries and keys else None
        entry = {"id": part_id, "files": files, "replaced": replaced, **about}
        unfinished = self._index.with_suffix(".new")
        unfinished.write_text(json.dumps([*self.entries, entry], default=str))
        unfinished.replace(self._index)
        self.entries.append(entry)

    def define(self) -> None:
        """Make the table known to the engine: of every key the rows of its latest part."""
        self._scan_all()
        replaced = [self.folder / entry["replaced"] for entry in self.entries if entry["replaced"]]
        rows, gone = quote_name(f"{self.name}_parts"), quote_name(f"{self.name}_replaced")
        if not replaced:
            self.backend.define(self.name, f"SELECT * FROM {rows}")
            return
        self.backend.scan(f"{self.name}_replaced", replaced)
        self.backend.define(
            self.name,
            f"""SELECT p.* FROM {rows} AS p
                LEFT JOIN (SELECT _key, MAX(_part) AS _part FROM {gone} GROUP BY _key) AS r
                ON r._key = p._key AND r._part > p._part WHERE r._key IS NULL""",
        )

    def rows_of(self, part_ids: Sequence[str]) -> str:
        """A query for the rows of some parts, replaced or not; `define` comes first."""
        numbers = [str(number) for number, part_id in enumerate(self.ids) if part_id in part_ids]
        return f"SELECT * FROM {quote_name(self.name + '_parts')} WHERE _part IN ({', '.join(numbers) or '-1'})"

    def ranges(self) -> list[KeyRange]:
        """Ranges of keys with about `SLICE_ROWS` rows each, from what the files say about their keys."""
        groups = sorted(group for file in self._files() for part in _files_in(file) for group in _row_groups(part))
        edges, rows = [], 0
        for last, count in groups[:-1]:
            rows += count
            if rows >= SLICE_ROWS:
                edges.append(quote_text(last) if isinstance(last, str) else str(last))
                rows = 0
        return list(zip([None, *edges], [*edges, None], strict=True))

    def _replaced(self, number: int, keys: str) -> str | None:
        self._scan_all()
        name = f"replaced-{number:06}.parquet"
        query = f"""SELECT DISTINCT p._key, {number} AS _part FROM {quote_name(self.name + "_parts")} AS p
                    JOIN ({keys}) AS k ON k._key = p._key"""
        self.backend.write(self.folder / name, query)
        self.backend.scan(f"{self.name}_replaced", [self.folder / name])
        count = self.backend.rows(f"SELECT COUNT(*) FROM {quote_name(self.name + '_replaced')}")[0][0]
        return name if count else None

    def _scan_all(self) -> None:
        self.backend.scan(f"{self.name}_parts", self._files())

    def _files(self) -> list[Path]:
        return [self.folder / file for entry in self.entries for file in entry["files"]]


def in_range(table: str, keys: KeyRange) -> str:
    """A table, or only its rows within a range of keys, as it may stand after FROM."""
    low, high = keys
    bounds = ([f"_key >= {low}"] if low else []) + ([f"_key < {high}"] if high else [])
    return f"(SELECT * FROM {table} WHERE {' AND '.join(bounds)})" if bounds else table


def _files_in(path: Path) -> list[Path]:
    """The files of one written query; some engines write a folder of them."""
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def _row_groups(file: Path) -> list[tuple[Any, int]]:
    """The greatest key and the number of rows of each row group."""
    metadata = pq.read_metadata(file)
    place = metadata.schema.names.index("_key")
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return [(group.column(place).statistics.max, group.num_rows) for group in groups if group.num_rows]
