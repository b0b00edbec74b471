"""The numbers of a run as `bench/results.json` and `docs/benchmarks.md`."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results.json"
WEB = ROOT / "bench" / "web.json"
TIMERS = ROOT / "bench" / "timers.json"
PAGE = ROOT / "docs" / "benchmarks.md"

# Measured once, on 20 million tickets on the same kind of machine: seconds as multiples of the scan beside them.
PROTOTYPES = [
    ("the join alone, without a calendar (DuckDB)", "3.5", ""),
    ("DuckDB SQL", "7-8", "4"),
    ("polars, streaming", "15", "4"),
    ("pandas and numpy, all in memory", "13", "9"),
    ("Sail", "20", "4"),
    ("Spark, local, two cores", "22", "14"),
]
STEPS = {
    "raw": ("tickets and raw holds to the KPI", "7"),
    "disjoint": ("the same, holds already disjoint and cut to their run", "4"),
    "store": ("tickets and raw holds to facts on disk", ""),
    "query": ("facts on disk to the KPI", "0.5"),
    "plain": ("tickets without holds to the KPI", ""),
}
"""What each step does, and the multiple of the floor that is aimed at."""


_REMARKS = (
    "",
    "Taken apart on two million tickets, six tenths of the first step are the holds: half of that is cutting them to",
    "the run of their ticket and merging those that overlap, the rest is their hours and joining the sums back.",
)


def machine() -> dict[str, Any]:
    model = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "cores": os.cpu_count(),
        "processor": model[0] if model else platform.processor(),
        "memory_gb": memory[0] if memory else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "pyarrow": version("pyarrow"),
    }


def write(results: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")


def page(results: dict[str, Any]) -> str:
    sections = [section(results) for section in (_head, _engine, _others, _day, _flat, _rowwise, _spark)]
    apart = [
        part(json.loads(kept.read_text("utf-8"))) for part, kept in ((_web, WEB), (_timers, TIMERS)) if kept.exists()
    ]
    return "\n\n".join(part for part in (*sections, *apart) if part) + "\n"


def _head(results: dict[str, Any]) -> str:
    about = results["machine"]
    return f"""# Benchmarks

Measured on {results["date"]} with `make bench` on {results["tickets"]:,} tickets and {results["holds"]:,} holds: twelve
partners, four priorities, eighteen months, London office hours with public holidays. The machine has {about["cores"]}
cores ({about["processor"]}) and {about["memory_gb"]} GB; Python {about["python"]}, DuckDB {about["duckdb"]}.
The load at the start was {results["load"]:.1f}: {_calm(results)}.

Each step ran {results["rounds"]} times in turn with the others, each time in a new process; the medians count.
`bench/results.json` has every run."""


def _calm(results: dict[str, Any]) -> str:
    if results["load"] > 1:
        return "other work shared the cores, so trust\nthe ratios of processor time more than those of the wall clock"
    return "nothing else ran"


def _engine(results: dict[str, Any]) -> str:
    floor = _usual(results["runs"]["floor"])
    rows = [f"| {label} | {_times(results, step)} | {aim} |" for step, (label, aim) in STEPS.items()]
    return "\n".join([
        "## From records to a KPI",
        "",
        "The floor is DuckDB reading and adding up the columns that the KPI needs, with no join at all, on both cores: "
        f"{floor['wall']:.2f} s, {floor['cpu']:.2f} processor seconds, the mean of "
        "five times in a row. The first two steps and the last work on a file of a million tickets per "
        "core at a time. As multiples of the floor:",
        "",
        "| step | wall clock | processor time | processor seconds | peak memory | aim |",
        "|---|---|---|---|---|---|",
        *rows,
        *_REMARKS,
    ])  # fmt: skip


def _times(results: dict[str, Any], step: str) -> str:
    floor, usual = _usual(results["runs"]["floor"]), _usual(results["runs"][step])
    ratios = (usual[measure] / floor[measure] for measure in ("wall", "cpu"))
    return " | ".join([*(f"{ratio:.1f}" for ratio in ratios), f"{usual['cpu']:.1f}", f"{usual['peak_mb']} MB"])


def _others(results: dict[str, Any]) -> str:
    floor = _usual(results["runs"]["floor"])["wall"]
    ours = [f"{_usual(results['runs'][step])['wall'] / floor:.1f}" for step in ("raw", "disjoint")]
    rows = [f"| {name} | {raw} | {merged} |" for name, raw, merged in [("**Rapport**", *ours), *PROTOTYPES]]
    return "\n".join([
        "Earlier prototypes on another machine with two cores, not part of this run, as multiples of their own floor "
        "by the wall clock. Their partners and priorities were numbers where these are texts: read them as orders of "
        "size.",
        "",
        "| way | raw holds | merged holds |",
        "|---|---|---|",
        *rows,
    ])  # fmt: skip


def _day(results: dict[str, Any]) -> str:
    if "day" not in results["runs"]:
        return ""
    run = sorted(results["runs"]["day"], key=lambda run: run["cpu"])[len(results["runs"]["day"]) // 2]
    share, of = 100 * run["cpu"] / run["filled"], 100 * run["day"] / run["tickets"]
    return f"""## One more day

A store of {run["tickets"]:,} tickets from eighteen months took {run["filled"]:.2f} processor seconds to measure.
A day of {run["day"]:,} more then takes {run["records"]:.2f} to add to the records and {run["cpu"]:.2f} to
measure: {share:.0f} % of the whole for {of:.1f} % of its records. Half of that are the three in a hundred tickets that
are still open, which are measured anew each time; they are kept apart, so that nobody looks for them in the rest."""


def _flat(results: dict[str, Any]) -> str:
    if "flat" not in results:
        return ""
    run = results["flat"]
    text = f"""## Flat memory

{run["tickets"]:,} tickets with their holds, made and read in slices: {run["wall"]:.0f} s of measuring ({run["cpu"]:.0f}
processor seconds), {run["peak_mb"]} MB at most. More slices take more time and no more memory."""
    return text + _earlier(results, "flat")


def _rowwise(results: dict[str, Any]) -> str:
    if not results.get("rowwise"):
        return ""
    ours = results["tickets"] / _usual(results["runs"]["plain"])["wall"]
    stored = results["tickets"] / _usual(results["runs"]["query"])["wall"]
    found = [(name, run["rows_per_second"], run["exact"]) for name, run in results["rowwise"].items()]
    rows = [f"| {name} | {rate:,.0f} | {exact:.1%} | {ours / rate:,.0f} |" for name, rate, exact in found]
    sample = next(iter(results["rowwise"].values()))["sample"]
    return "\n".join([
        "## One row after another",
        "",
        f"{sample:,} tickets without their holds, which none of these knows, as local times without a zone, which "
        "suits them best; exact means equal to the second. By the wall clock: Rapport uses both cores, and these one.",
        "",
        "| method | rows a second | exact | times slower than Rapport |",
        "|---|---|---|---|",
        f"| Rapport, tickets without holds to the KPI | {ours:,.0f} | 100.0% | 1 |",
        f"| Rapport, facts on disk to the KPI | {stored:,.0f} | 100.0% | |",
        *rows,
    ])  # fmt: skip


def _spark(results: dict[str, Any]) -> str:
    if "spark" not in results:
        return ""
    rows = [
        f"| {run['tickets']:,} | {run['first']:.0f} | {run['wall']:.0f} | {run['embedded']:.1f} |"
        for run in results["spark"]
    ]
    return "\n".join([
        "## On a Spark cluster",
        "",
        "Tickets and raw holds to the KPI in seconds, all files at once, on a standalone cluster of two workers with a "
        "core each, on this same machine; the results are the same. The first run of a size compiles its queries."
        + _earlier(results, "spark"),
        "",
        "| tickets | Spark, first run | Spark, later runs | embedded engine |",
        "|---|---|---|---|",
        *rows,
    ])  # fmt: skip


def _web(found: dict[str, Any]) -> str:
    together, hurried, loaded, brought = (found[part] for part in ("together", "hurried", "with_import", "import"))
    pages = [
        f"| {name} | {alone['first']} | {alone['ms']} | {together['p95_ms_of'][name]} | {found['queries'][name]} "
        f"| {alone['kb']} |"
        for name, alone in found["alone"].items()
    ]
    return "\n".join(
        [
            "## The web application",
            "",
            "`python -m bench.web` fills an installation with 200 partners, 400 engagements, 8,000 KPIs and a million",
            f"results, and has {found['people']} people read its pages at once. SQLite; two processes answer, and the",
            "people's programs share the same two cores.",
            "",
            "| people open the next page after | pages | errors | 95 of 100 within |",
            "|---|---|---|---|",
            *(
                f"| {how} | {seen['requests']} | {seen['errors']} | {seen['p95_ms']} ms |"
                for how, seen in (
                    ("two to eight seconds", together),
                    ("one to three seconds", hurried),
                    (f"two to eight, while a file of {brought['rows']:,} rows comes in", loaded),
                )
            ),
            "",
            f"The file was previewed after {brought['preview_s']} s, and its results stood {brought['results_s']} s",
            "after it was committed. Page by page, people opening the next after two to eight seconds:",
            "",
            "| page | first after a start, ms | alone, ms | p95 of many, ms | queries | kB |",
            "|---|---|---|---|---|---|",
            *pages,
        ]
    )


def _timers(found: list[dict[str, Any]]) -> str:
    rows = [f"| {run['engine']} | {run['workers']} | {run['count']:,} | {run['seconds']} |" for run in found]
    return "\n".join([
        "## Catching up",
        "",
        "`python -m bench.timers` lets as many timers ring and as many notices leave by mail as are due at once, ten "
        "to a letter, and looks that none does twice. The mail server takes no time.",
        "",
        "| database | workers | timers, and notices | seconds |",
        "|---|---|---|---|",
        *rows,
    ])  # fmt: skip


def _earlier(results: dict[str, Any], section: str) -> str:
    """That a section was kept from a run before the latest changes, which were not measured this way."""
    return " Measured in an earlier run." if section in results.get("earlier", ()) else ""


def _usual(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians: on a machine whose speed comes and goes, the least would be that of a lucky moment."""
    return {
        "wall": median(run["wall"] for run in runs),
        "cpu": median(run["cpu"] for run in runs),
        "peak_mb": max(run["peak_mb"] for run in runs),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
