"""Lengths of time to whole seconds: written with units, or as bare numbers of a stated unit."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from rapport.domain.durations import parse_duration
from rapport.engine.records.numbers import native_numbers, parse_numbers, whole_numbers

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_LONGEST = 10**11  # seconds, three thousand years: beyond is no length of anybody's work


def parse_lengths(texts: pa.Array, unit: str, decimal: str) -> pa.Array:
    """Seconds from text such as "20 MIN", "1h 30m" or a bare number of `unit`; null where it is neither."""
    numbers = parse_numbers(texts, decimal)
    written = zip(texts.to_pylist(), numbers.to_pylist(), strict=True)
    return pa.array([_seconds(text, number, UNITS[unit]) for text, number in written], pa.int64())


def _seconds(text: str | None, number: Decimal | None, unit: int) -> int | None:
    if text is None or not text.isascii():
        return None
    try:
        seconds = parse_duration(text) if number is None else round(number * unit)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= _LONGEST else None


def native_lengths(cells: pa.Array, unit: str) -> pa.Array:
    """Seconds from a file's own durations, or from numbers of `unit`; null where negative."""
    if pa.types.is_duration(cells.type):
        return _plausible(pc.cast(pc.cast(cells, pa.duration("s"), safe=False), pa.int64()), _LONGEST)
    if pa.types.is_integer(cells.type):
        numbers = _plausible(whole_numbers(cells), _LONGEST // UNITS[unit])
        return pc.multiply(numbers, UNITS[unit])
    numbers = pc.cast(native_numbers(cells), pa.float64())
    seconds = pc.round(pc.multiply(numbers, UNITS[unit]), round_mode="half_to_even")
    return pc.cast(_plausible(seconds, _LONGEST), pa.int64())


def _plausible(values: pa.Array, longest: int) -> pa.Array:
    holds = pc.and_(pc.greater_equal(values, 0), pc.less_equal(values, longest))
    return pc.if_else(holds, values, pa.scalar(None, values.type))
