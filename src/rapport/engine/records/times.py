"""Moments as files write them, to UTC seconds: text in strptime's notation, or a Parquet file's own timestamps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.engine.backend import quote_text
from rapport.engine.records.numbers import whole_numbers
from rapport.engine.records.report import RecordsRefused
from rapport.engine.records.zones import Mask, Seconds, to_local, to_utc

_DAY = 86_400
_EARLIEST = -30_610_224_000  # the year 1000; earlier ones are years written with two digits
_LATEST = 253_402_300_800 + _DAY  # the year 9999; later ones are milliseconds taken for seconds
# strptime reads "infinity" as the year 1900, its %z knows no Z and its %f no more than six digits.
_WRITTEN = r"""CASE WHEN regexp_matches(text, '[0-9]')
    THEN regexp_replace(regexp_replace(text, 'Z$', '+00:00'), '(\.[0-9]{6})[0-9]+', '\1') END"""


@dataclass(frozen=True)
class Moments:
    """Seconds of moments, in UTC where `exact` and else on a wall clock whose zone is still to be applied.

    `seconds` means nothing where `known` is false.
    """

    seconds: Seconds
    exact: Mask
    known: Mask


@dataclass(frozen=True)
class Instants:
    """UTC seconds, null where unknown, and which of them the wall clock showed twice or never."""

    seconds: pa.Array
    ambiguous: Mask
    nonexistent: Mask


def parse_moments(texts: pa.Array, formats: Sequence[str], connection: duckdb.DuckDBPyConnection) -> Moments:
    """Moments from text by the first format that fits; those with %z, or a Z at the end, are exact.

    Parts of seconds are dropped.

    Raises:
        RecordsRefused: a format is not in strptime's notation.
    """
    notations = [re.sub("(?<!%)Z$", "%z", notation) for notation in formats]
    local, utc = (_tried([each for each in notations if ("%z" in each) is exact]) for exact in (False, True))
    query = f"""
        WITH written AS (SELECT position, {_WRITTEN} AS text FROM texts)
        SELECT {local} AS local, {utc} AS utc FROM written ORDER BY position"""
    connection.register("texts", pa.table({"text": texts, "position": np.arange(len(texts))}))
    try:
        found = connection.sql(query).to_arrow_table()
    except duckdb.InvalidInputException as error:
        raise RecordsRefused(f"the date formats {', '.join(formats)} cannot be used: {error}") from None
    finally:
        connection.unregister("texts")
    return _moments(pc.coalesce(found["utc"], found["local"]), pc.is_valid(found["utc"]).to_numpy())


def _tried(notations: Sequence[str]) -> str:
    parsed = [f"floor(epoch(try_strptime(text, {quote_text(notation)})))::BIGINT" for notation in notations]
    return f"coalesce({', '.join(['NULL::BIGINT', *parsed])})"


def native_moments(cells: pa.Array) -> Moments:
    """Moments from dates and timestamps, exact if those have a zone, or from epoch seconds."""
    if pa.types.is_integer(cells.type):
        return _moments(whole_numbers(cells), np.full(len(cells), True))
    exact = pa.types.is_timestamp(cells.type) and cells.type.tz is not None
    if pa.types.is_timestamp(cells.type):
        naive = pc.cast(cells, pa.timestamp(cells.type.unit))
        cells = pc.floor_temporal(naive, unit="second")
    return _moments(pc.cast(pc.cast(cells, pa.timestamp("s")), pa.int64()), np.full(len(cells), exact))


def _moments(seconds: pa.Array, exact: Mask) -> Moments:
    plausible = pc.and_(pc.greater_equal(seconds, _EARLIEST), pc.less(seconds, _LATEST))
    known = pc.fill_null(plausible, False).to_numpy(zero_copy_only=False)
    return Moments(np.where(known, pc.fill_null(seconds, 0).to_numpy(), 0), exact, known)


def instants(moments: Moments, zone: str) -> Instants:
    """Moments in UTC, those on a wall clock by the rules of its zone."""
    local = ~moments.exact & moments.known
    if not local.any():
        return Instants(pa.array(moments.seconds, mask=~moments.known), local, local)
    utc, ambiguous, nonexistent = to_utc(np.where(local, moments.seconds, 0), zone)
    seconds = np.where(local, utc, moments.seconds)
    return Instants(pa.array(seconds, mask=~moments.known), ambiguous & local, nonexistent & local)


def to_iso(seconds: pa.Array) -> pa.Array:
    """UTC seconds as text in ISO 8601, such as 2016-02-29T01:16:00Z."""
    text = pc.cast(pc.cast(seconds, pa.timestamp("s")), pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")


def to_iso_dates(seconds: pa.Array, zone: str) -> pa.Array:
    """The local dates of UTC seconds as text in ISO 8601, such as 2016-02-29."""
    days = to_local(pc.fill_null(seconds, 0).to_numpy(), zone) // _DAY
    dates = pa.array(days.astype("datetime64[D]"), mask=seconds.is_null().to_numpy(zero_copy_only=False))
    return pc.cast(dates, pa.string())


def midnights(moments: Moments, zone: str) -> pa.Array:
    """UTC seconds of the local midnights that begin the days of some moments; null where unknown."""
    local = np.where(moments.exact, to_local(moments.seconds, zone), moments.seconds)
    days = Moments(local - local % _DAY, np.full(len(local), False), moments.known)
    return instants(days, zone).seconds
