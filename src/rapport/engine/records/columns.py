"""Cells of one column to values of its declared type, and which of them are unreadable or in doubt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.agreement import Column, ColumnType
from rapport.engine.records import times
from rapport.engine.records.lengths import native_lengths, parse_lengths
from rapport.engine.records.numbers import native_numbers, number_text, parse_numbers
from rapport.engine.records.zones import Mask

AMBIGUOUS, NONEXISTENT = "ambiguous local time", "nonexistent local time"
_SAMPLE = 100_000
_NUMERIC = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
_TEMPORAL = (pa.types.is_integer, pa.types.is_timestamp, pa.types.is_date)
_NATIVE: dict[ColumnType, tuple[Callable[[pa.DataType], bool], ...]] = {
    ColumnType.TEXT: (),
    ColumnType.NUMBER: _NUMERIC,
    ColumnType.TIME: _TEMPORAL,
    ColumnType.DATE: _TEMPORAL,
    ColumnType.DURATION: (*_NUMERIC, pa.types.is_duration),
    ColumnType.BOOLEAN: (pa.types.is_boolean,),
}


@dataclass(frozen=True)
class Reading:
    """A column's values, null where there is none, with masks of its unreadable and, by flag, its doubtful cells."""

    values: pa.Array
    unreadable: Mask
    doubts: Mapping[str, Mask] = field(default_factory=dict)

    def repeated(self, indices: pa.Array) -> "Reading":
        """The reading of cells that repeat these, null where an index is."""

        def spread(mask: Mask) -> Mask:
            return np.asarray(pc.fill_null(pa.array(mask).take(indices), False))

        doubts = {flag: spread(mask) for flag, mask in self.doubts.items()}
        return Reading(self.values.take(indices), spread(self.unreadable), doubts)


@dataclass(frozen=True)
class ColumnReader:
    """Reads the cells of one column, given what its source and its file say about all of theirs.

    `formats` are strptime notations, tried in order; `zone` is that of times written without one; `connection` is the
    engine that parses them.
    """

    column: Column
    nulls: tuple[str, ...]
    decimal: str
    formats: tuple[str, ...]
    zone: str
    connection: duckdb.DuckDBPyConnection

    def read(self, cells: pa.Array) -> Reading:
        """Values of the column's type: text, decimals, seconds of instants and lengths, or booleans."""
        if self._is_native(cells.type):
            return self._native(cells)
        if _mostly_distinct(cells):
            return self._parse(self._cleaned(cells))
        encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        spellings = self._parse(self._cleaned(encoded.dictionary))  # each distinct spelling is read once
        return spellings.repeated(encoded.indices)

    def key_text(self, values: pa.Array) -> pa.Array:
        """Values as the text of a key, the same however a file writes them."""
        match self.column.type:
            case ColumnType.NUMBER:
                return number_text(values)
            case ColumnType.TIME:
                return times.to_iso(values)
            case ColumnType.DATE:
                return times.to_iso_dates(values, self.zone)
            case _:
                return pc.cast(values, pa.string())

    def expected(self) -> str:
        """What a readable cell of this column holds, in words."""
        formats = " or ".join(self.formats)
        words = " or ".join(repr(word) for word in (*self.column.true, *self.column.false))
        return {
            ColumnType.TEXT: "text",
            ColumnType.NUMBER: f"a number such as 1234{self.decimal}5",
            ColumnType.TIME: f"a time written as {formats}",
            ColumnType.DATE: f"a date written as {formats}",
            ColumnType.DURATION: f"a length of time such as '20 min' or '1h 30m', or a number of {self.column.unit}",
            ColumnType.BOOLEAN: words,
        }[self.column.type]

    def _cleaned(self, texts: pa.Array) -> pa.Array:
        trimmed = pc.utf8_trim_whitespace(pc.cast(texts, pa.string()))
        empty = pc.is_in(trimmed, pa.array(["", *self.nulls], pa.string()))
        present = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
        spellings = pa.array(list(self.column.values), pa.string())
        meanings = pa.array(list(self.column.values.values()), pa.string())
        return pc.coalesce(meanings.take(pc.index_in(present, spellings)), present)

    def _parse(self, texts: pa.Array) -> Reading:
        match self.column.type:
            case ColumnType.NUMBER:
                values = parse_numbers(texts, self.decimal)
            case ColumnType.DURATION:
                values = parse_lengths(texts, self.column.unit, self.decimal)
            case ColumnType.BOOLEAN:
                values = self._booleans(texts)
            case ColumnType.TIME | ColumnType.DATE:
                return self._instants(texts, times.parse_moments(texts, self.formats, self.connection))
            case _:
                values = texts
        return _reading(texts, values)

    def _booleans(self, texts: pa.Array) -> pa.Array:
        lowered = pc.utf8_lower(texts)
        true, false = (
            pc.is_in(lowered, pa.array([word.lower() for word in words], pa.string()))
            for words in (self.column.true, self.column.false)
        )
        return pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_()))

    def _is_native(self, kind: pa.DataType) -> bool:
        """Whether cells of this type are values already; others are read as the text they would be written as."""
        return any(matches(kind) for matches in _NATIVE[self.column.type])

    def _native(self, cells: pa.Array) -> Reading:
        match self.column.type:
            case ColumnType.NUMBER:
                return _reading(cells, native_numbers(cells))
            case ColumnType.DURATION:
                return _reading(cells, native_lengths(cells, self.column.unit))
            case ColumnType.BOOLEAN:
                return _reading(cells, cells)
            case _:
                return self._instants(cells, times.native_moments(cells))

    def _instants(self, cells: pa.Array, moments: times.Moments) -> Reading:
        if self.column.type is ColumnType.DATE:
            return _reading(cells, times.midnights(moments, self.zone))
        found = times.instants(moments, self.zone)
        return _reading(cells, found.seconds, {AMBIGUOUS: found.ambiguous, NONEXISTENT: found.nonexistent})


def _reading(cells: pa.Array, values: pa.Array, doubts: Mapping[str, Mask] | None = None) -> Reading:
    unreadable = pc.and_(pc.is_valid(cells), pc.is_null(values)).to_numpy(zero_copy_only=False)
    return Reading(values, unreadable, doubts or {})


def _mostly_distinct(cells: pa.Array) -> bool:
    """Whether telling distinct cells apart costs more than reading each, going by the first of many."""
    return len(cells) > _SAMPLE and len(cells.slice(0, _SAMPLE).unique()) > _SAMPLE // 2
