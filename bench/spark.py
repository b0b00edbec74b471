"""The same KPI on a Spark cluster of two workers on this machine: `python -m bench.spark FOLDER`.

Prints a line of JSON for each number of tickets: seconds of the first run and the least of the others, on Spark and on
the embedded engine in the same process, which must come to the same result. The full PySpark and Java are needed, as
for `make test-spark`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bench.cluster import cluster
from bench.desk import Desk, merged
from bench.engine import say, timed, write_all
from bench.tickets import Pair
from rapport.engine.backend import Backend, DuckDbBackend
from rapport.engine.spark import SparkBackend

COUNTS = (1_000_000, 5_000_000, 20_000_000)
RUNS = 3


def main(folder: str) -> None:
    with cluster() as master, SparkBackend(master) as spark, DuckDbBackend() as duckdb:
        for count in COUNTS:
            pairs = write_all(Path(folder) / f"{count}", count)
            on_spark, here = _walls(spark, pairs), _walls(duckdb, pairs)
            say(f"{count:,} tickets: Spark {on_spark['walls']}, embedded {here['walls']}")
            if on_spark["result"] != here["result"]:
                raise SystemExit(f"Spark and the embedded engine differ over {count:,} tickets")
            first, *others = on_spark["walls"]
            line = {"tickets": count, "first": first, "wall": min(others), "embedded": min(here["walls"])}
            print(json.dumps(line), flush=True)


def _walls(backend: Backend, pairs: list[Pair]) -> dict[str, Any]:
    desk = Desk(backend)
    desk.read(pairs)
    runs = [timed(lambda: merged([desk.totals(f"({desk.facts()})")])) for _ in range(RUNS)]
    return {"walls": [run["wall"] for run in runs], "result": runs[0]["result"]}


if __name__ == "__main__":
    main(*sys.argv[1:])
