"""Every engine gives the same results, to the last digit and byte.

`results` computes all there is to compute from an agreement with every kind of KPI, over records as awkward as records
are. Here Sail stands for Spark: it speaks Spark Connect and needs no Java.
"""

import csv
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from rapport.engine.backend import Backend, DuckDbBackend, EngineUnavailable, quote_name, quote_text
from rapport.engine.document import load
from rapport.engine.evaluate import evaluate
from rapport.engine.fit import fit
from rapport.engine.reconcile import reconcile_due, reconcile_verdicts
from rapport.engine.rows import records_behind
from rapport.engine.spark import SparkBackend, spark_sql
from rapport.engine.watch import watch
from rapport.engine.workspace import Workspace

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
ODD = 'the "team\'s" `own` \\ name'
TEXTS = ["O'Brien", 'say "no"', "back\\slash_100%", "back\\\\_", "two\nlines", "${HOME} :x ?", "Ärger 🙂", "  ", "NULL"]
DAY = 86_400


def kpi(kind: str, number: int = 1, *, by: str = "start", period: str = "month", **parts: Any) -> dict[str, Any]:
    bands = [{"name": "Poor", "score": 0}, {"name": "Good", "edge": 50, "score": 100, "target": True}]
    rule = {"kind": period, "by": by, **parts.pop("periods", {})}
    named = {"id": f"{kind}-{number}", "name": kind, "kind": kind, "direction": "higher", "bands": bands}
    return {**named, "period": rule, **parts}


def elapsed_times() -> list[dict[str, Any]]:
    methods = ["nearest_rank", "linear", "hazen", "weibull", "median_unbiased"]
    statistics: list[dict[str, Any]] = [
        *({"statistic": name} for name in ("mean", "median", "maximum")),
        *({"statistic": "percentile", "percentile": {"p": 90, "method": method}} for method in methods),
    ]
    return [
        kpi("elapsed_time", number, by="stop", clock="handling", by_=None, **statistic)
        for number, statistic in enumerate(statistics)
    ]


AGREEMENT: dict[str, Any] = {
    "rapport": 1,
    "id": "everything",
    "title": "Everything there is",
    "parties": {"client": {"name": "Client"}, "partner": {"name": "Partner"}},
    "term": {"from": "2026-01-01", "to": "2026-06-30"},
    "time_zone": "Europe/London",
    "calendars": {
        "office": {
            "hours": {"mon-fri": "08:00-12:00, 13:00-17:30", "sat": "10:00-14:00"},
            "holidays": {"country": "GB", "subdivision": "ENG"},
        },
    },
    "sources": {
        "tickets": {
            "format": "csv",
            "key": "id",
            "opened": "opened",
            "columns": {
                "id": "text",
                "opened": "time",
                "closed": "time",
                "due": "time",
                "priority": "text",
                ODD: "text",
                "amount": "number",
                "Größe (€)": "number",
                "taken": "duration",
                "ok": "boolean",
                "end": "text",
            },
        },
        "holds": {
            "format": "csv",
            "key": "id",
            "columns": {"id": "text", "ticket": "text", "from": "time", "until": "time", "why": "text"},
        },
        "client delays": {"format": "csv", "key": "from", "columns": {"from": "time", "until": "time"}},
        "log": {
            "format": "csv",
            "key": "case",
            "events": {"time": "at", "status": "state"},
            "columns": {"case": "text", "state": "text", "at": "time", "team": "text"},
        },
        "outages": {
            "format": "csv",
            "key": "id",
            "columns": {"id": "text", "service": "text", "down": "time", "up": "time", "planned": "boolean"},
        },
        "reports": {
            "format": "csv",
            "key": "id",
            "columns": {"id": "number", "day": "date", "value": "number", "site": "number"},
        },
    },
    "clocks": {
        "handling": {
            "source": "tickets",
            "start": {"column": "opened"},
            "stop": {"column": "closed"},
            "calendar": "office",
            "limit": {"by": "priority", "values": {"O'1": "4h", "2": "2 business days"}, "default": "3 calendar days"},
            "pauses": [
                {"source": "holds", "record": "ticket", "start": "from", "end": "until", "filter": r"why <> 'a\b'"}
            ],
            "relief": [{"source": "client delays", "start": "from", "end": "until"}],
            "at_limit": "late",
            "round_elapsed": "1m",
        },
        "promise": {
            "source": "tickets",
            "start": {"column": "opened"},
            "stop": {"column": "closed"},
            "due": "due",
            "grace": "15m",
        },
        **{
            f"case-{reopen}": {
                "source": "log",
                "start": {"statuses": ["New", "Work"]},
                "stop": {"statuses": ["Solved", "Closed"]},
                "calendar": "office",
                "limit": "6h",
                "pauses": [{"statuses": ["Waiting"]}],
                "reopen": reopen,
            }
            for reopen in ("continue", "restart", "ignore")
        },
    },
    "kpis": [
        kpi("share_within_limit", 1, clock="handling", exclusions=[{"name": "it's ours", "when": "ok = false"}]),
        kpi("share_within_limit", 2, clock="promise", by="due", period="week") | {"by": ["priority", ODD, "end"]},
        kpi("share_within_limit", 3, clock="case-continue", period="rolling", periods={"months": 3}) | {"by": ["team"]},
        kpi("share_within_limit", 4, clock="case-restart", period="contract_month", periods={"start_day": 15}),
        kpi("share_within_limit", 5, clock="handling", by="due"),
        *(
            kpi("elapsed_time", number, by="stop", clock="handling", **statistic)
            for number, statistic in enumerate(
                [
                    *({"statistic": name} for name in ("mean", "median", "maximum")),
                    *(
                        {"statistic": "percentile", "percentile": {"p": 90, "method": method}}
                        for method in ("nearest_rank", "linear", "hazen", "weibull", "median_unbiased")
                    ),
                ]
            )
        ),
        kpi("elapsed_time", 9, clock="case-ignore", statistic="median", period="quarter") | {"by": ["team"]},
        kpi("backlog_age", 1, clock="handling", statistic="median") | {"by": ["priority"]},
        kpi("backlog_age", 2, clock="case-continue", statistic="maximum", filter="team is not null"),
        kpi("share", 1, source="tickets", by="opened", condition=r"""
            "end" like '%back\\_%' or "the ""team's"" `own` \ name" in ('O''Brien', 'two
lines') or amount between 0.5 and 99.999999999 and not ok""") | {"by": ["amount"]},
        kpi("share", 2, source="tickets", by="opened", condition=r""""end" like 'back\slash_100%' or taken > '2h'"""),
        kpi("mean", 1, source="tickets", by="opened", field='amount * 1.5 - "Größe (€)"'),
        kpi("mean", 2, source="tickets", by="opened", field="taken") | {"by": ["ok"]},
        kpi("mean", 3, source="tickets", by="opened", field="closed - opened"),
        kpi("sum", 1, source="tickets", by="opened", field='amount * "Größe (€)"', period="rolling") | {"by": [ODD]},
        kpi("count", 1, source="tickets", by="closed", filter="priority <> '2'", period="year"),
        kpi("ratio", 1, source="tickets", by="opened", numerator="amount", denominator='"Größe (€)" + 1', scale=1000),
        kpi("reopen_rate", 1, clock="case-continue"),
        kpi("reopen_rate", 2, clock="handling", reopened="ok"),
        kpi("first_time_right", 1, clock="case-restart", by="stop") | {"by": ["team"]},
        kpi("reported", 1, source="reports", by="day", value="value") | {"by": ["site"]},
        kpi("availability", 1, by="down", calendar="office", service="service", outages={
            "source": "outages", "start": "down", "end": "up", "filter": "not planned",
        }, maintenance=[{"source": "outages", "start": "down", "end": "up", "filter": "planned"}]) | {"by": ["service"]},
        kpi("availability", 2, by="at", outages={"source": "log", "statuses": ["Waiting"]}),
    ],
}  # fmt: skip


def tickets(chance: random.Random, start: datetime) -> Iterator[dict[str, Any]]:
    for number in range(400):
        opened = start + timedelta(seconds=chance.randrange(200 * DAY))
        closed = opened + timedelta(seconds=int(chance.expovariate(1 / DAY)))
        yield {
            "id": f"T{number}",
            "opened": moment(opened),
            "closed": "" if chance.random() < 0.2 else moment(closed),
            "due": "" if chance.random() < 0.1 else moment(opened + timedelta(hours=chance.choice([4, 20, 48]))),
            "priority": chance.choice(["O'1", "2", "3", ""]),
            ODD: chance.choice(TEXTS),
            "amount": chance.choice(["", "0", "-3", "0.5", "100", "99.999999999", f"{chance.random() * 1e6:.9f}"]),
            "Größe (€)": chance.choice(["", "1", "0.000000001", f"{chance.random():.9f}"]),
            "taken": chance.choice(["", "90", "1h 30m", "3h"]),
            "ok": chance.choice(["yes", "no", ""]),
            "end": chance.choice(TEXTS),
        }


def holds(chance: random.Random, start: datetime) -> Iterator[dict[str, Any]]:
    for number in range(300):
        begun = start + timedelta(seconds=chance.randrange(200 * DAY))
        ended = begun + timedelta(seconds=chance.randrange(20 * DAY))
        why = chance.choice(["a\\b", "ab", "'"])
        ends = "" if number % 9 == 0 else moment(ended)
        ticket = f"T{chance.randrange(400)}" if number % 40 else ""
        yield {"id": number, "ticket": ticket, "from": moment(begun), "until": ends, "why": why}


def log(chance: random.Random, start: datetime) -> Iterator[dict[str, Any]]:
    for number in range(150):
        at = start + timedelta(seconds=chance.randrange(170 * DAY))
        team = chance.choice(["A", "a", "", "B "])
        for state in ["New", *chance.choices(["Work", "Waiting", "Solved", "Closed", "Work"], k=chance.randrange(7))]:
            yield {"case": f"C{number}", "state": state, "at": moment(at), "team": team}
            at += timedelta(seconds=chance.choice([0, 1, 600, 20_000, 300_000]))


def outages(chance: random.Random, start: datetime) -> Iterator[dict[str, Any]]:
    for number in range(80):
        down = start + timedelta(seconds=chance.randrange(190 * DAY))
        up = moment(down + timedelta(seconds=chance.randrange(3 * DAY))) if number else ""
        service = chance.choice(["mail", "web's"])
        yield {"id": number, "service": service, "down": moment(down), "up": up, "planned": chance.choice(["yes", "no"])}


def records() -> dict[str, list[dict[str, Any]]]:
    chance, start = random.Random(20260101), datetime(2026, 1, 1, tzinfo=UTC)
    delays = [{"from": f"2026-0{month}-10 09:00:00", "until": f"2026-0{month}-12 11:00:01"} for month in range(1, 7)]
    reports = [
        {"id": number, "day": f"2026-0{1 + number % 6}-{1 + number % 28:02}", "value": value, "site": number % 3 / 2}
        for number, value in enumerate(["1.5", "-0.000000001", "", "7", "123456789.123456789", "0"] * 9)
    ]
    return {
        "tickets": list(tickets(chance, start)),
        "holds": list(holds(chance, start)),
        "client delays": delays,
        "log": list(log(chance, start)),
        "outages": list(outages(chance, start)),
        "reports": reports,
    }


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def written(folder: Path) -> Path:
    """The agreement with every kind of KPI and its records, as files."""
    sources = {name: {**source, "files": [f"{name}.csv"]} for name, source in AGREEMENT["sources"].items()}
    for name, rows in records().items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    path = folder / "agreement.yaml"
    path.write_text(yaml.safe_dump({**AGREEMENT, "sources": sources}, allow_unicode=True), encoding="utf-8")
    return path


def everything(path: Path, backend: Backend) -> dict[str, str]:
    """All answers about the agreement with every kind of KPI, each as JSON."""
    workspace = Workspace(load(path), backend)
    ids = [kpi.id for kpi in workspace.agreement.kpis]
    evaluation = evaluate(workspace)
    last = {result.kpi.id: result.period.label for result in evaluation.results if result.counts.counted}
    return {
        "evaluate": json.dumps(evaluation.to_json()),
        **{f"rows of {name}": json.dumps(records_behind(workspace, name, last[name]).to_json()) for name in ids},
        "reconcile": json.dumps(reconcile_verdicts(workspace, "ok", "share_within_limit-1").to_json()),
        "reconcile due": json.dumps(reconcile_due(workspace, "due", 60, "share_within_limit-1").to_json()),
        "fit": json.dumps(fit(workspace, "ok", "share_within_limit-1").to_json()),
        "watch": json.dumps(watch(workspace, 7 * DAY)),
    }


def evaluated(path: Path, backend: Backend) -> str:
    return json.dumps(evaluate(Workspace(load(path), backend)).to_json())
