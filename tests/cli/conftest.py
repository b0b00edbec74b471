import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rapport.cli.main import app

DEMO = Path(__file__).parents[2] / "src" / "rapport" / "cli" / "demo" / "agreement.yaml"


@pytest.fixture
def rapport() -> Callable[..., Any]:
    """Run the command; `code` is the exit code it is expected to end with."""

    def run(*words: object, code: int = 0) -> Any:
        result = CliRunner().invoke(app, [str(word) for word in words], prog_name="rapport")
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        return result

    return run


@pytest.fixture
def rapport_json(rapport: Callable[..., Any]) -> Callable[..., Any]:
    """Run the command with --json: the data on standard output, which holds nothing else."""

    def run(*words: object, code: int = 0) -> Any:
        result = rapport(*words, "--json", code=code)
        assert result.stderr == ""
        return json.loads(result.stdout)

    return run


@pytest.fixture(scope="session")
def demo() -> Path:
    """The built-in agreement, beside its records."""
    return DEMO


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small agreement beside its records: eight tickets with a limit of four hours."""
    (tmp_path / "agreement.yaml").write_text(AGREEMENT, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    return tmp_path / "agreement.yaml"


AGREEMENT = """
rapport: 1
id: small
title: Small agreement
parties: {client: {name: Client}, partner: {name: Partner}}
term: {from: 2026-01-01, to: 2026-12-31}
sources:
  tickets:
    files: [tickets.csv]
    format: csv
    key: ticket
    opened: opened
    columns: {ticket: text, opened: time, closed: time, due: time, ok: boolean}
clocks:
  resolution: {source: tickets, start: {column: opened}, stop: {column: closed}, limit: 4h}
kpis:
  - id: in-time
    name: Closed within four hours
    kind: share_within_limit
    clock: resolution
    period: {kind: month, by: start}
    direction: higher
    unit: "%"
    bands: [{name: Poor, score: 0}, {name: Good, edge: 90, score: 100, target: true}]
    minimum: 60
  - id: hours
    name: Hours to close
    kind: elapsed_time
    clock: resolution
    period: {kind: month, by: start}
    direction: lower
    bands: [{name: Slow}, {name: Good, edge: 4, target: true}]
"""
TICKETS = """ticket,opened,closed,due,ok
A,2026-01-05 08:00,2026-01-05 10:00,2026-01-05 12:00,yes
B,2026-01-06 08:00,2026-01-06 12:00,2026-01-06 12:00,yes
C,2026-01-07 08:00,2026-01-07 14:00,2026-01-07 12:30,yes
D,2026-01-08 08:00,2026-01-08 09:00,2026-01-08 12:00,yes
E,2026-02-02 08:00,2026-02-02 11:00,2026-02-02 12:00,yes
F,2026-02-03 08:00,2026-02-03 11:00,2026-02-03 12:00,no
=G,2026-02-04 08:00,2026-02-04 11:00,2026-02-04 12:00,yes
H,2026-02-04 10:00,,2026-02-04 14:00,
"""
