"""Made-up tickets and their holds as canonical records, the same for the same seed, in pairs of Parquet files.

Most tickets open by day and run for a day of the clock or so; two in five were put on hold, most of them once, and
holds overlap, touch, repeat and reach beyond their ticket as they do in real exports.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY = 86400
FIRST = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
DAYS = 546
PAIR = 1_000_000
_PARTNERS = np.array([f"partner-{number:02}" for number in range(1, 13)])
_PARTNER_SHARES = [0.25, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.01]
_PRIORITIES = np.array(["P1", "P2", "P3", "P4"])
_PRIORITY_SHARES = [0.05, 0.15, 0.5, 0.3]
_HOLD_SHARES = [0.69, 0.19, 0.07, 0.03, 0.01, 0.006, 0.003, 0.001]


@dataclass(frozen=True)
class Pair:
    """A file of tickets, ordered by their keys, and the file of these tickets' holds."""

    tickets: Path
    holds: Path


def pairs_of(folder: Path, count: int) -> list[Pair]:
    """The pairs of files that hold `count` tickets; later pairs hold later tickets."""
    return [
        Pair(folder / f"tickets-{number:04}.parquet", folder / f"holds-{number:04}.parquet")
        for number in range(-(-count // PAIR))
    ]


def write_pair(pair: Pair, number: int, count: int) -> None:
    """Write the files of one pair, `number` in order, of `count` tickets in all; once written they stay."""
    if pair.holds.exists():
        return
    pair.tickets.parent.mkdir(parents=True, exist_ok=True)
    first, tickets = number * PAIR, min(PAIR, count - number * PAIR)
    opens = (FIRST + first * DAYS * DAY // count, DAYS * DAY * tickets // count)
    tables = some_records(number, first, tickets, opens)
    for table, path in zip(tables, (pair.tickets, pair.holds), strict=True):
        pq.write_table(table, path.with_suffix(".new"), row_group_size=122_880)
        path.with_suffix(".new").replace(path)


def some_records(
    seed: int, first: int, count: int, opens: tuple[int, int], *, text_keys: bool = False
) -> tuple[pa.Table, pa.Table]:
    """Tickets numbered from `first` that open in order from the instant `opens[0]` on, for `opens[1]` seconds."""
    random = np.random.default_rng([7, seed])
    opened, lasts = _runs(random, count, *opens)
    closed = pa.array(opened + lasts, mask=random.random(count) < 0.03)
    keys = _keys(np.arange(first, first + count), text_keys=text_keys)
    tickets = {
        "_key": keys,
        "_row": pa.array(np.arange(2, count + 2)),
        "_file": _repeated("tickets.csv", count),
        "id": keys,
        "partner": _some(random, _PARTNERS, _PARTNER_SHARES, count),
        "priority": _some(random, _PRIORITIES, _PRIORITY_SHARES, count),
        "opened": pa.array(opened),
        "closed": closed,
    }
    owner, start, end = _holds(random, opened, lasts)
    holds = {
        "_key": _keys(np.arange(len(owner)) + 8 * first, text_keys=text_keys),
        "_row": pa.array(np.arange(2, len(owner) + 2)),
        "_file": _repeated("holds.csv", len(owner)),
        "ticket": keys.take(pa.array(owner)),
        "from": pa.array(start),
        "to": pa.array(end),
    }
    return pa.table(tickets), pa.table(holds)


def _runs(random: np.random.Generator, count: int, first: int, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """When each ticket opens, four in five from seven to seven, and for how many seconds it runs."""
    opened = first + np.arange(count) * seconds // count
    by_day = opened // DAY * DAY + 7 * 3600 + random.integers(0, 12 * 3600, count)
    opened = np.where(random.random(count) < 0.8, by_day, opened)
    lasts = np.minimum(random.lognormal(np.log(20 * 3600), 1.4, count), 100 * DAY).astype(np.int64)
    return opened, np.where(random.random(count) < 0.005, random.integers(0, 3, count), lasts)


def _holds(random: np.random.Generator, opened: np.ndarray, lasts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Holds by the place of their ticket: most in working hours, some touching the one before, some recorded twice."""
    count = len(opened)
    how_many = np.where(random.random(count) < 0.4, random.choice(np.arange(1, 9), count, p=_HOLD_SHARES), 0)
    owner = np.repeat(np.arange(count), how_many)
    number, runs = len(owner), lasts[owner] + 60
    start = opened[owner] + ((random.random(number) * 1.06 - 0.03) * runs).astype(np.int64)
    time_of_day = start % DAY
    at_night = (time_of_day < 8 * 3600) | (time_of_day > 18 * 3600)
    by_day = start - time_of_day + 8 * 3600 + random.integers(0, 10 * 3600, number)
    start = np.where((random.random(number) < 0.8) & at_night, by_day, start)
    end = start + np.minimum(random.exponential(0.25, number) * runs, 30 * DAY).astype(np.int64)
    follows, chance = np.append(False, owner[1:] == owner[:-1]), random.random(number)
    touching, twice = np.flatnonzero(follows & (chance < 0.06)), np.flatnonzero(follows & (chance > 0.94))
    start[touching], end[touching] = end[touching - 1], end[touching - 1] + end[touching] - start[touching]
    start[twice], end[twice] = start[twice - 1], end[twice - 1]
    return owner, start, end


def _keys(numbers: np.ndarray, *, text_keys: bool) -> pa.Array:
    if not text_keys:
        return pa.array(numbers)
    return pa.array(np.char.add("T", np.char.zfill(numbers.astype(str), 10)))


def _some(random: np.random.Generator, values: np.ndarray, shares: list[float], count: int) -> pa.Array:
    places = random.choice(len(values), count, p=shares).astype(np.int32)
    return pa.DictionaryArray.from_arrays(places, values.tolist()).cast(pa.string())


def _repeated(text: str, count: int) -> pa.Array:
    return pa.repeat(text, count)
