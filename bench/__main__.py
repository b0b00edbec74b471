"""Measure, and write `bench/results.json` and `docs/benchmarks.md`."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench import report
from bench.engine import SAME, say, write_all

ROUNDS = 5
STEPS = ("floor", "raw", "disjoint", "plain", "store", "query", "day")


def main() -> None:
    options = _options()
    if options.report:
        report.PAGE.write_text(report.page(json.loads(report.RESULTS.read_text())), encoding="utf-8")
        return
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as scratch:
        _measure(options.folder or Path(scratch), options)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    tickets = 1_000_000 if options.quick else options.tickets
    say(f"writing {tickets:,} tickets")
    pairs = write_all(folder, tickets)
    results: dict[str, Any] = {
        "date": options.date,
        "tickets": tickets,
        "holds": sum(pq.read_metadata(pair.holds).num_rows for pair in pairs),
        "rounds": ROUNDS,
        "load": os.getloadavg()[0],
        "machine": report.machine(),
        "runs": {step: [] for step in STEPS},
    }
    _in_process("disjoint", folder, tickets)  # it makes the merged holds, once
    for number in range(ROUNDS):
        for step in STEPS:
            results["runs"][step].append(_in_process(step, folder, tickets))
            say(f"round {number + 1}: {step} {results['runs'][step][-1]}")
    if len({run["digest"] for step in SAME for run in results["runs"][step]}) > 1:
        raise SystemExit(f"{', '.join(SAME)} do not come to the same result")
    results["rowwise"] = _line_of(["bench.rowwise", str(folder)])
    report.write(results)
    if options.spark:
        results["spark"] = _lines_of(["bench.spark", str(folder)], options.spark)
        report.write(results)
    if options.flat:
        results["flat"] = _in_process("flat", folder, options.flat) | {"tickets": options.flat}
        report.write(results)


def _in_process(step: str, folder: Path, tickets: int) -> dict[str, Any]:
    return _line_of(["bench.engine", step, str(folder), str(tickets)])


def _line_of(words: list[str]) -> Any:
    return _lines_of(words)[0]


def _lines_of(words: list[str], python: str = sys.executable) -> list[Any]:
    found = subprocess.run([python, "-m", *words], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in found.stdout.splitlines()]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--tickets", type=int, default=20_000_000, help="how many (default: 20 million)")
    parser.add_argument("--quick", action="store_true", help="one million, to try it out")
    parser.add_argument("--flat", type=int, metavar="TICKETS", help="also this many in slices that are removed again")
    parser.add_argument("--spark", metavar="PYTHON", help="also on a Spark cluster, by a Python that has PySpark")
    parser.add_argument("--folder", type=Path, help="where the files of records are kept for the next run")
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}", help="the day on the page (default: today)")
    parser.add_argument("--report", action="store_true", help="only write the page again, from the last results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
