"""Every engine gives the same results, to the last digit and byte.

`results` computes all there is to compute from an agreement with every kind of KPI, over records as awkward as records
are. Here Sail stands for Spark: it speaks Spark Connect and needs no Java.
"""

import csv
import json
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from typer.testing import CliRunner

from rapport.cli.main import app
from rapport.domain.percentiles import PercentileMethod
from rapport.engine.agreement import ShareWithinLimit
from rapport.engine.backend import Backend, DuckDbBackend, EngineUnavailable, Row, quote_name, quote_text
from rapport.engine.document import load
from rapport.engine.evaluate import evaluate
from rapport.engine.fit import fit
from rapport.engine.reconcile import reconcile_due, reconcile_verdicts
from rapport.engine.rows import records_behind
from rapport.engine.spark import SparkBackend
from rapport.engine.watch import about_to_breach
from rapport.engine.workspace import Workspace

ROOT = Path(__file__).parents[2]
SLOW = {"permits", "volvo-incidents"}
"""Examples whose records take long to read, whatever the engine."""
EXAMPLES = sorted({path.stem for path in (ROOT / "examples").glob("*.yaml")} - SLOW)
ODD = 'the "team\'s" `own` \\ name'
TEXTS = ["O'Brien", 'say "no"', "back\\slash_100%", "back\\\\_", "two\nlines", "${HOME} :x ?", "Ärger 🙂", "  ", "NULL"]
CONDITION = r"""
    "end" like '%back\\_%' or "the ""team's"" `own` \ name" in ('O''Brien', 'two
lines') or amount between 0.5 and 99.999999999 and not ok"""
DAY = 86_400


def kpi(kind: str, number: int, moment: str = "start", period: str = "month", **parts: Any) -> dict[str, Any]:
    """A KPI; its id is its kind and a number, and `moment` is what puts a record into a period."""
    bands = [{"name": "Poor", "score": 0}, {"name": "Good", "edge": 50, "score": 100, "target": True}]
    rule = {"kind": period, "by": moment, **parts.pop("rule", {})}
    return {
        "id": f"{kind}-{number}", "name": kind, "kind": kind, "period": rule, "direction": "higher", "bands": bands,
        **parts,
    }  # fmt: skip


STATISTICS: list[dict[str, Any]] = [
    *({"statistic": name} for name in ("mean", "median", "maximum")),
    *({"statistic": "percentile", "percentile": {"p": 90, "method": method.value}} for method in PercentileMethod),
]
PLANNED = {"source": "outages", "start": "down", "end": "up", "filter": "planned"}
UNPLANNED = {**PLANNED, "filter": "not planned"}

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
        kpi("share_within_limit", 2, "due", "week", clock="promise", by=["priority", ODD, "end"]),
        kpi("share_within_limit", 3, period="rolling", rule={"months": 3}, clock="case-continue", by=["team"]),
        kpi("share_within_limit", 4, period="contract_month", rule={"start_day": 15}, clock="case-restart"),
        kpi("share_within_limit", 5, "due", clock="handling"),
        *(kpi("elapsed_time", number, "stop", clock="handling", **how) for number, how in enumerate(STATISTICS)),
        kpi("elapsed_time", 9, "stop", "quarter", clock="case-ignore", statistic="median", by=["team"]),
        kpi("backlog_age", 1, clock="handling", statistic="median", by=["priority"]),
        kpi("backlog_age", 2, clock="case-continue", statistic="maximum", filter="team is not null"),
        kpi("share", 1, "opened", source="tickets", by=["amount"], condition=CONDITION),
        kpi("share", 2, "opened", source="tickets", condition=r""""end" like 'back\slash_100%' or taken > '2h'"""),
        kpi("mean", 1, "opened", source="tickets", field='amount * 1.5 - "Größe (€)"'),
        kpi("mean", 2, "opened", source="tickets", field="taken", by=["ok"]),
        kpi("mean", 3, "opened", source="tickets", field="closed - opened"),
        kpi("sum", 1, "opened", "rolling", source="tickets", field='amount * "Größe (€)"', by=[ODD]),
        kpi("count", 1, "closed", "year", source="tickets", filter="priority <> '2'"),
        kpi("ratio", 1, "opened", source="tickets", numerator="amount", denominator='"Größe (€)" + 1', scale=1000),
        kpi("reopen_rate", 1, clock="case-continue"),
        kpi("reopen_rate", 2, clock="handling", reopened="ok"),
        kpi("first_time_right", 1, "stop", clock="case-restart", by=["team"]),
        kpi("reported", 1, "day", source="reports", value="value", by=["site"]),
        kpi("availability", 1, "down", calendar="office", service="service", by=["service"], outages=UNPLANNED,
            maintenance=[PLANNED]),
        kpi("availability", 2, "at", outages={"source": "log", "statuses": ["Waiting"]}),
    ],
}  # fmt: skip

ONE_OF_EACH = list({kpi["kind"]: kpi for kpi in AGREEMENT["kpis"]}.values())


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
        service, planned = chance.choice(["mail", "web's"]), chance.choice(["yes", "no"])
        yield {"id": number, "service": service, "down": moment(down), "up": up, "planned": planned}


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


def written(folder: Path, kpis: Sequence[dict[str, Any]] = AGREEMENT["kpis"]) -> Path:
    """The agreement and its records as files."""
    sources = {name: {**source, "files": [f"{name}.csv"]} for name, source in AGREEMENT["sources"].items()}
    for name, rows in records().items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    path = folder / "agreement.yaml"
    path.write_text(
        yaml.safe_dump({**AGREEMENT, "sources": sources, "kpis": [*kpis]}, allow_unicode=True),
        encoding="utf-8",
    )
    return path


def everything(path: Path, backend: Backend) -> dict[str, str]:
    """All answers about the agreement with every kind of KPI, each as JSON."""
    workspace = Workspace(load(path), backend)
    evaluation = evaluate(workspace)
    last = {result.kpi.id: result.period.label for result in evaluation.results if result.counts.counted}
    shown = {kpi.kind: kpi.id for kpi in workspace.agreement.kpis}
    judged = next(kpi.id for kpi in workspace.agreement.kpis if isinstance(kpi, ShareWithinLimit))
    return {
        "evaluate": json.dumps(evaluation.to_json()),
        **{f"rows of {kpi}": json.dumps(records_behind(workspace, kpi, last[kpi]).to_json()) for kpi in shown.values()},
        "reconcile": json.dumps(reconcile_verdicts(workspace, "ok", judged).to_json()),
        "reconcile due": json.dumps(reconcile_due(workspace, "due", 60, judged).to_json()),
        "fit": json.dumps(fit(workspace, "ok", judged).to_json()),
        "about to breach": json.dumps(about_to_breach(workspace, 7 * DAY)),
    }


def evaluated(path: Path, backend: Backend) -> str:
    return json.dumps(evaluate(Workspace(load(path), backend)).to_json())


def values() -> pa.Table:
    """A small table of what engines like to disagree on."""
    numbers = map(Decimal, ["0", "-0.5", "1E+18", "0.000000001", "7", "7", "-3", "2", "1"])
    return pa.table(
        {
            "Id": pa.array(range(len(TEXTS)), pa.int64()),
            ODD: pa.array([*TEXTS[:-1], None]),
            "number": pa.array(numbers, pa.decimal128(28, 9)),
            "whole": pa.array([1, 1, 2, 2, 2, None, -7, 2**40, 0], pa.int64()),
            "flag": pa.array([True, False, None, True, False, None, True, False, None]),
        }
    )


TABLE, TEXT = quote_name('a table\'s "name"'), quote_name(ODD)
PATTERNS = [*TEXTS, "%\\_%", "_ %", "tw%", "%", "Ärger _"]
QUERIES = [
    f"SELECT * FROM {TABLE} AS t WHERE t.{TEXT} IN ({', '.join(map(quote_text, TEXTS))}) ORDER BY id",
    *(f"SELECT {TEXT} LIKE {quote_text(pattern)} FROM {TABLE} ORDER BY id" for pattern in PATTERNS),
    f"SELECT whole >> 15, whole & 32767, whole % 3, -whole FROM {TABLE} ORDER BY id",
    f"SELECT GREATEST(whole, NULL), LEAST(whole, id), GREATEST(LEAST(whole, 5) - 3, 0) FROM {TABLE} ORDER BY id",
    f"SELECT CAST(number AS VARCHAR), RTRIM(RTRIM(CAST(number AS VARCHAR), '0'), '.') FROM {TABLE} ORDER BY id",
    f"SELECT number + 1.5, number - whole, number * 0.5, 3 - number, number > 1, -number FROM {TABLE} ORDER BY id",
    f"SELECT number * number FROM {TABLE} WHERE number < 100 ORDER BY id",
    f"SELECT SUM(number), SUM(whole), SUM(CASE WHEN flag THEN 1 ELSE 0 END), MIN(whole), COUNT(*) FROM {TABLE}",
    f"SELECT SUM(number), SUM(whole), MAX(whole), COUNT(*) FROM {TABLE} WHERE id < 0",
    f"SELECT flag, COUNT(*), SUM(number) FROM {TABLE} GROUP BY flag ORDER BY flag",
    f"SELECT id FROM {TABLE} ORDER BY whole, number DESC, id",
    f"SELECT id FROM {TABLE} ORDER BY whole DESC, flag, id",
    f"SELECT id FROM {TABLE} ORDER BY {TEXT}",
    f"SELECT id, LEAD(flag) OVER (PARTITION BY number ORDER BY whole, id) FROM {TABLE} ORDER BY id",
    f"SELECT id, ROW_NUMBER() OVER (PARTITION BY flag ORDER BY whole DESC, id DESC) FROM {TABLE} ORDER BY id",
    f"""SELECT id, MAX(whole) OVER (PARTITION BY flag ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        FROM {TABLE} ORDER BY id""",
    f"WITH kept AS (SELECT ID + 1 AS Next FROM {TABLE}) SELECT next FROM kept ORDER BY next",
    f"SELECT CASE number WHEN 7 THEN 'it''s' ELSE NULL END, flag AND whole > 1, NOT flag FROM {TABLE} ORDER BY id",
    f"SELECT 'a' || '@' || CAST(whole AS VARCHAR), COALESCE(flag, FALSE) FROM {TABLE} ORDER BY id",
    f"SELECT CAST(flag AS VARCHAR), flag OR id = 0 FROM {TABLE} ORDER BY id",
]


def answers(backend: Backend, folder: Path) -> list[list[Row]]:
    """The rows of `QUERIES`, and of tables kept, defined, written and read again, and named anew."""
    backend.load('a table\'s "name"', values())
    backend.store("kept", f"SELECT id, whole FROM {TABLE} WHERE flag")
    backend.define("view-1", 'SELECT id + 1 AS id FROM "kept"')
    backend.write(folder / "written.parquet", f"SELECT * FROM {TABLE}")
    backend.scan("again", [folder / "written.parquet"])
    tables = [sorted(backend.rows(f"SELECT id FROM {name}")) for name in ('"kept"', '"view-1"', '"again"')]
    backend.load("kept", values().slice(0, 2))
    return [*tables, *map(backend.rows, [*QUERIES, 'SELECT * FROM "kept" ORDER BY id'])]


def types(rows: list[Row]) -> list[tuple[type, ...]]:
    return [tuple(type(value) for value in row) for row in rows]


def assert_same_answers(backend: Backend, folder: Path) -> None:
    with closing(DuckDbBackend()) as duckdb:
        for name in ("one", "two"):
            (folder / name).mkdir()
        expected, found = answers(duckdb, folder / "one"), answers(backend, folder / "two")
    for query, ours, theirs in zip(["", "", "", *QUERIES, ""], expected, found, strict=True):
        assert theirs == ours, query
        assert types(theirs) == types(ours), query


def assert_same_results(backend: Backend, path: Path) -> None:
    with closing(DuckDbBackend()) as duckdb:
        expected, found = everything(path, duckdb), everything(path, backend)
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.fixture(scope="session")
def sail() -> Iterator[str]:
    server = pytest.importorskip("pysail.spark").SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    yield f"sc://{host}:{port}"
    server.stop()


@pytest.fixture
def backend(sail: str) -> Iterator[Backend]:
    with SparkBackend(sail) as backend:
        yield backend


def test_queries_mean_the_same(backend: Backend, tmp_path: Path) -> None:
    assert_same_answers(backend, tmp_path)


def test_every_kind_of_kpi_has_the_same_results(backend: Backend, tmp_path: Path) -> None:
    assert_same_results(backend, written(tmp_path))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_have_the_same_results(name: str, backend: Backend) -> None:
    path = ROOT / "examples" / f"{name}.yaml"
    if not all(
        (path.parent / file).exists() for source in load(path).agreement.sources.values() for file in source.files
    ):
        pytest.skip("its records are not here")
    with closing(DuckDbBackend()) as duckdb:
        assert evaluated(path, backend) == evaluated(path, duckdb)


@pytest.mark.parametrize("address", ["sc://127.0.0.1:1", "sc://127.0.0.1:1/;user_id=me", "spark://127.0.0.1:1"])
def test_an_address_where_nobody_answers_is_told_at_once(address: str) -> None:
    if address.startswith("spark:") and is_thin():
        pytest.skip("only the thin client is installed")
    with pytest.raises(EngineUnavailable, match=f"No Spark answers at {address}: Connection refused"):
        SparkBackend(address)


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(EngineUnavailable, match="sc://here:there is no address; write sc://HOST:PORT"):
        SparkBackend("sc://here:there")


def test_the_thin_client_cannot_drive_a_master() -> None:
    if not is_thin():
        pytest.skip("the full PySpark is installed")
    with pytest.raises(EngineUnavailable, match=r"local\[2\] needs the full PySpark"):
        SparkBackend("local[2]")


def test_missing_spark_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(EngineUnavailable, match=r"Spark is not installed here .*; install rapport-app\[spark\]"):
        SparkBackend("local[2]")


def test_a_server_that_does_not_see_the_records_is_told(sail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyarrow.parquet.write_table", lambda *_: None)
    with pytest.raises(EngineUnavailable, match=r"does not see .* let TMPDIR name such a folder"):
        SparkBackend(sail)


def test_rows_written_where_they_are_not_seen_are_missed(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: [])
    with pytest.raises(EngineUnavailable, match=r"Of 1 rows that Spark wrote to .*, 0 are here"):
        backend.write(tmp_path / "lost", "SELECT 1 AS x")


def test_a_query_that_fails_is_one_sentence(backend: Backend) -> None:
    with pytest.raises(EngineUnavailable, match=r"^Spark at sc://[^\n]* gave up: [^\n]*$"):
        backend.rows('SELECT x FROM "nowhere"')


def test_the_command_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    words = ["evaluate", str(written(tmp_path)), "--engine", "spark", "--master", "sc://127.0.0.1:1"]

    done = CliRunner().invoke(app, words)

    assert done.exit_code == 5
    assert done.stderr == "No Spark answers at sc://127.0.0.1:1: Connection refused.\n"


def is_thin() -> bool:
    return bool(pytest.importorskip("pyspark.util").is_remote_only())
