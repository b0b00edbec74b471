"""The same KPI on a Spark cluster of two workers on this machine: `python -m bench.spark FOLDER TICKETS ...`.

Prints a line of JSON for each number of tickets: seconds of the first run and the least of two more. The full PySpark
and Java are needed, as for `make test-spark`.
"""

import json
import sys
from pathlib import Path

from bench.cluster import cluster
from bench.desk import Desk, merged
from bench.engine import say, timed, write_all
from rapport.engine.spark import SparkBackend

RUNS = 3


def main(folder: str, *counts: str) -> None:
    with cluster() as master, SparkBackend(master) as backend:
        desk = Desk(backend)
        for count in map(int, counts):
            desk.read(write_all(Path(folder) / f"{count}", count))
            walls = [timed(lambda: merged([desk.totals(f"({desk.facts()})")]))["wall"] for _ in range(RUNS)]
            say(f"{count:,} tickets: {walls}")
            print(json.dumps({"tickets": count, "first": walls[0], "wall": min(walls[1:])}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
