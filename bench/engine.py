"""What the embedded engine takes: each measurement runs once, in a process of its own, and prints a line of JSON.

`python -m bench.engine NAME FOLDER TICKETS`. Seconds are of the wall clock and of the processors, without start-up;
`peak_mb` is the most memory the process ever held; `digest` is that of the result, the same for `SAME`.
"""

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from typing import Any

from bench.desk import AS_OF, Desk, merge_holds, merged
from bench.tickets import DAY, DAYS, FIRST, Pair, pairs_of, some_records, write_pair
from rapport.engine.backend import DuckDbBackend, Row, quote_name
from rapport.engine.facts import pauses_query
from rapport.engine.measuring import Measuring
from rapport.engine.store import KeyedParts

HISTORY = 2_000_000
"""How many tickets are in the store, at most, to which a day is added."""

CORES = 2

TIMES = 5

SAME = ("raw", "disjoint", "query")
"""The steps that come to the same result by different ways."""

Found = dict[str, Any]


def floor(desk: Desk, folder: Path, count: int) -> Found:
    """Reading and adding up, which nothing that reads these files can be faster than."""
    desk.read(pairs_of(folder, count))
    return _mean(desk.scan)


def raw(_: Desk, folder: Path, count: int) -> Found:
    """From tickets and raw holds to the KPI, a pair of files at a time on each core."""
    desks = _desks()
    return timed(lambda: _in_slices(desks, pairs_of(folder, count)))


def disjoint(desk: Desk, folder: Path, count: int) -> Found:
    """The same over holds that are already disjoint and within the run of their ticket."""
    pairs = [merge_holds(desk, folder, number, pair) for number, pair in enumerate(pairs_of(folder, count))]
    desks = _desks()
    return timed(lambda: _in_slices(desks, pairs, are_merged=True))


def plain(_: Desk, folder: Path, count: int) -> Found:
    """From tickets alone to the KPI, as if none had been on hold: all that packages for one record can do."""
    desks = _desks()
    for desk in desks:
        desk.tables = replace(desk.tables, pauses=None)
    return timed(lambda: _in_slices(desks, pairs_of(folder, count)))


def store(desk: Desk, folder: Path, count: int) -> Found:
    """From tickets and raw holds to facts on disk."""
    target = _emptied(folder / "facts")

    def write() -> None:
        for number, pair in enumerate(pairs_of(folder, count)):
            desk.read([pair])
            desk.backend.write(target / f"{number:04}.parquet", desk.facts())

    return timed(write)


def query(desk: Desk, folder: Path, count: int) -> Found:
    """From facts on disk to the KPI."""
    desk.backend.scan("facts", sorted((folder / "facts").glob("*.parquet"))[: len(pairs_of(folder, count))])
    return _mean(lambda: merged([desk.totals(quote_name("facts"))]))


def day(desk: Desk, folder: Path, count: int) -> Found:
    """One more day of tickets and holds measured into the stored facts of eighteen months."""
    count = min(count, HISTORY)
    root = _emptied(folder / "store")
    parts = {name: KeyedParts(desk.backend, root / name, name) for name in ("tickets", "holds")}
    measuring = Measuring(
        desk.backend, desk.agreement, "facts", desk.clock, desk.tables, AS_OF, deadlines=lambda _: None
    )
    last, more = FIRST + DAYS * DAY, count // DAYS
    _keep(desk, parts, 0, some_records(0, 0, count, (FIRST, DAYS * DAY), text_keys=True))
    desk.backend.define("timed_facts", desk.runs())
    desk.backend.define("pauses", pauses_query(desk.clock, quote_name("timed_facts"), AS_OF, desk.agreement) or "")
    filled = timed(lambda: measuring.keep(root, "facts", parts))
    added = timed(lambda: _keep(desk, parts, 1, some_records(1, count, more, (last, DAY), text_keys=True)))
    found = timed(lambda: measuring.keep(root, "facts", parts))
    return found | {"tickets": count, "day": more, "filled": filled["cpu"], "records": added["cpu"]}


def flat(_: Desk, folder: Path, count: int) -> Found:
    """The same as `raw`, with the next files made in other processes before they are read, and removed after."""
    sums, wall, cpu, desks = [], 0.0, 0.0, _desks()
    pairs = pairs_of(folder / "flat", count)
    for first in range(0, len(pairs), CORES):
        some = pairs[first : first + CORES]
        makers = [
            get_context("spawn").Process(target=write_pair, args=(pair, first + number, count))
            for number, pair in enumerate(some)
        ]
        for maker in makers:
            maker.start()
        for maker in makers:
            maker.join()
        found = timed(lambda some=some: _in_slices(desks, some))
        sums.append(found["result"])
        wall, cpu = wall + found["wall"], cpu + found["cpu"]
        for pair in some:
            pair.tickets.unlink()
            pair.holds.unlink()
        say(f"flat: {first + len(some)} of {len(pairs)}, {peak_mb()} MB")
    return {"wall": wall, "cpu": cpu, "result": merged(sums)}


MEASUREMENTS: dict[str, Callable[[Desk, Path, int], Found]] = {
    step.__name__: step for step in (floor, raw, disjoint, plain, store, query, day, flat)
}


def timed(work: Callable[[], Any]) -> Found:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "result": result}


def _mean(work: Callable[[], Any]) -> Found:
    """Short work done several times in a row, which together take as long as the long steps.

    On a machine whose speed comes and goes, it would otherwise have the better chance of a quick moment.
    """
    runs = [timed(work) for _ in range(TIMES)]
    return runs[-1] | {measure: mean(run[measure] for run in runs) for measure in ("wall", "cpu")}


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def write_all(folder: Path, count: int) -> list[Pair]:
    """Every pair of files that is not there yet, two at a time."""
    pairs = pairs_of(folder, count)
    with get_context("spawn").Pool(2) as pool:
        pool.starmap(write_pair, [(pair, number, count) for number, pair in enumerate(pairs)], chunksize=1)
    return pairs


def _desks() -> list[Desk]:
    """An engine with one thread for each core: side by side they need not wait for each other between two steps."""
    return [Desk(DuckDbBackend(threads=1)) for _ in range(CORES)]


def _in_slices(desks: list[Desk], pairs: list[Pair], *, are_merged: bool = False) -> list[tuple]:
    """The totals of all pairs of files, which the desks share out among themselves."""

    def measure(number: int) -> list[list[Row]]:
        desk, sums = desks[number], []
        for pair in pairs[number :: len(desks)]:
            desk.read([pair])
            sums.append(desk.totals(f"({desk.facts(are_merged=are_merged)})"))
        return sums

    with ThreadPoolExecutor(len(desks)) as pool:
        return merged([sums for found in pool.map(measure, range(len(desks))) for sums in found])


def _keep(desk: Desk, parts: dict[str, KeyedParts], number: int, tables: tuple) -> None:
    for (name, part), table in zip(parts.items(), tables, strict=True):
        desk.backend.load(f"new_{name}", table)
        rows = quote_name(f"new_{name}")
        part.append(f"{number}", [f"SELECT * FROM {rows} ORDER BY _key"], f"SELECT _key FROM {rows}")
        part.define()


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def main(name: str, folder: str, count: str) -> None:
    with DuckDbBackend() as backend:
        found = MEASUREMENTS[name](Desk(backend), Path(folder), int(count))
    found["digest"] = sha256(repr(found.pop("result")).encode()).hexdigest()
    print(json.dumps(found | {"peak_mb": peak_mb()}, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
