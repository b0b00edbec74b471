"""Agreements and records for the engine's tests, written as files and read back the way every command reads them."""

import csv
import json
from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from rapport.engine.backend import DuckDbBackend
from rapport.engine.document import load
from rapport.engine.evaluate import evaluate
from rapport.engine.moments import instant_of
from rapport.engine.rows import records_behind
from rapport.engine.workspace import Workspace

CLOCKED = ("share_within_limit", "elapsed_time", "backlog_age", "reopen_rate", "first_time_right")


def utc(text):
    """UTC seconds of a moment such as "2026-01-05 09:00"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def cell(instant):
    """UTC seconds as the record files write them; an empty cell for None."""
    return "" if instant is None else f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M:%S}"


def agreement(**parts):
    """The plain data of an agreement on tickets; `parts` replace or add top-level fields."""
    return {
        "rapport": 1,
        "id": "desk",
        "title": "Service desk",
        "parties": {"client": {"name": "Client"}, "partner": {"name": "Partner"}},
        "term": {"from": "2026-01-01", "to": "2026-12-31"},
        "sources": {"tickets": source(opened="time", closed="time")},
        "clocks": {"handling": clock()},
        "kpis": [kpi()],
        **parts,
    }


def source(fields=None, **columns):
    """A source with the key `id`; `fields` are its own further fields."""
    return {"format": "csv", "key": "id", "columns": {"id": "text", **columns}, **(fields or {})}


def event_log(**columns):
    """A source with a row per event: the moment `at` and the `status` from then on."""
    events = {"events": {"time": "at", "status": "status"}}
    return source(events, at="time", status="text", **columns)


def clock(**parts):
    return {
        "source": "tickets", "start": {"column": "opened"}, "stop": {"column": "closed"}, "limit": "4h", **parts
    }  # fmt: skip


def kpi(kind="share_within_limit", at="start", period="month", **parts):
    """A KPI named `k`, on the clock `handling` or the source `tickets`, with 90 as its target."""
    base = {"clock": "handling"} if kind in CLOCKED else {"source": "tickets"} if kind != "availability" else {}
    return {
        "id": "k",
        "name": "A KPI",
        "kind": kind,
        "period": {"kind": period, "by": at},
        "direction": "higher",
        "bands": [{"name": "Poor"}, {"name": "Good", "edge": 90, "target": True}],
        **base,
        **parts,
    }


@pytest.fixture(scope="session")
def desk():
    """Builders of plain agreement data, and conversions of moments."""
    return SimpleNamespace(
        agreement=agreement, source=source, event_log=event_log, clock=clock, kpi=kpi, utc=utc, cell=cell
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Makes a workspace from an agreement's plain data, as YAML, and the rows of its sources, as CSV.

    A source's rows may come as several lists, for several files; `as_of` is an ISO text in the agreement's zone.
    """
    with ExitStack() as stack:

        def make(data, as_of=None, **rows):
            folder = tmp_path_factory.mktemp("case")
            sources = {
                name: {"files": write_rows(folder, name, rows.get(name, []), part["columns"]), **part}
                for name, part in data["sources"].items()
            }
            path = folder / "agreement.yaml"
            path.write_text(json.dumps({**data, "sources": sources}, ensure_ascii=False), encoding="utf-8")
            document = load(path)
            moment = as_of and instant_of(as_of, document.agreement.time_zone)
            return Workspace(document, stack.enter_context(DuckDbBackend()), given_as_of=moment)

        yield make


def write_rows(folder, name, rows, columns):
    """Writes rows, or several lists of rows, as CSV files; their names."""
    parts = rows if rows and isinstance(rows[0], list) else [rows]
    names = [f"{name}{number}.csv" for number in range(len(parts))]
    for file, part in zip(names, parts, strict=True):
        with (folder / file).open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(columns))
            writer.writeheader()
            writer.writerows(part)
    return names


@pytest.fixture(scope="module")
def results(workspace):
    """The results of an agreement over rows by KPI and period, or by KPI, period and group for those of groups."""

    def run(data, **rows):
        found = {}
        for row in evaluate(workspace(data, **rows)).to_json()["results"]:
            key = (row["period"], *row["group"].values()) if row["group"] else row["period"]
            found.setdefault(row["kpi"], {})[key] = SimpleNamespace(**row)
        return found

    return run


@pytest.fixture(scope="module")
def facts(workspace):
    """What each record did on its KPI's clock, by key; the KPI's one period is that of the year 2026."""

    def run(data, kpi="k", period="2026", **rows):
        behind = records_behind(workspace(data, **rows), kpi, period)
        return {row["key"]: SimpleNamespace(**row) for row in behind.rows}

    return run
