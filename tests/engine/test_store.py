"""A store gives the same results as reading everything anew, whatever arrives in which order."""

import json
import random
from pathlib import Path

import pytest

from rapport.engine import store
from rapport.engine.backend import DuckDbBackend
from rapport.engine.document import load
from rapport.engine.evaluate import evaluate
from rapport.engine.workspace import Workspace

AGREEMENT = """
rapport: 1
id: desk
title: Desk
parties: {client: {name: Client}, partner: {name: Partner}}
term: {from: 2026-01-01, to: 2026-12-31}
time_zone: Europe/London
calendars: {office: {hours: {mon-fri: "09:00-17:00"}}}
sources:
  tickets:
    format: csv
    key: id
    opened: opened
    columns: {id: text, priority: text, opened: time, closed: time}
  holds:
    format: csv
    key: [ticket, from]
    columns: {ticket: text, from: time, to: time}
clocks:
  resolution:
    source: tickets
    start: {column: opened}
    stop: {column: closed}
    calendar: office
    limit: {by: priority, values: {P1: 4h, P2: 2 business days}}
    pauses: [{source: holds, record: ticket, start: from, end: to}]
kpis:
  - id: in-time
    name: Closed in time
    kind: share_within_limit
    clock: resolution
    period: {kind: week, by: start}
    direction: higher
    bands: [{name: Poor}, {name: Good, edge: 90, target: true}]
  - id: median
    name: Median
    kind: elapsed_time
    clock: resolution
    statistic: median
    by: [priority]
    period: {kind: month, by: stop}
    direction: lower
    bands: [{name: Slow}, {name: Good, edge: 8, target: true}]
  - id: backlog
    name: Oldest
    kind: backlog_age
    clock: resolution
    statistic: maximum
    period: {kind: month, by: start}
    direction: lower
    bands: [{name: Old}, {name: Good, edge: 80, target: true}]
"""


class Desk:
    """A desk that exports a file a day: new tickets, later versions of open ones, and holds that come in late."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "desk.yaml"
        self.path.write_text(AGREEMENT, encoding="utf-8")
        self.random = random.Random(7)
        self.open: dict[str, str] = {}
        self.known: list[str] = []
        self.files: dict[str, list[Path]] = {"tickets": [], "holds": []}

    def export(self, day: int) -> None:
        rows = [self._closed(ticket, day) for ticket in sorted(self.open) if self.random.random() < 0.4]
        for number in range(12):
            ticket = f"T{day:03}{number:02}"
            self.known.append(ticket)
            self.open[ticket] = f"{self.random.choice(['P1', 'P2'])},2026-03-{day:02} {9 + number % 8:02}:15:00"
            rows.append(f"{ticket},{self.open[ticket]},")
        holds = [
            f"{self.random.choice(self.known)},2026-03-{day:02} {hour:02}:00:00,2026-03-{day:02} {hour + 2:02}:30:00"
            for hour in self.random.sample(range(8, 16), 4)
        ]
        self._write("tickets", day, "id,priority,opened,closed", rows)
        self._write("holds", day, "ticket,from,to", holds)

    def _closed(self, ticket: str, day: int) -> str:
        return f"{ticket},{self.open.pop(ticket)},2026-03-{day:02} {self.random.randint(9, 18):02}:40:00"

    def _write(self, source: str, day: int, header: str, rows: list[str]) -> None:
        path = self.folder / f"{source}-{day:02}.csv"
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        self.files[source].append(path)

    def results(self, kept: Path | None) -> str:
        with DuckDbBackend() as backend:
            workspace = Workspace(load(self.path), backend, self.files, store=kept)
            return json.dumps(evaluate(workspace).to_json())


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_store_filled_day_by_day_gives_the_same_bytes(desk, tmp_path):
    for day in range(2, 12):
        desk.export(day)
        assert desk.results(tmp_path / "store") == desk.results(None)


def test_store_reads_a_file_only_once(desk, tmp_path, monkeypatch):
    desk.export(2)
    desk.export(3)
    before = desk.results(tmp_path / "store")
    monkeypatch.setattr("rapport.engine.intake.read_source", None)
    assert desk.results(tmp_path / "store") == before


def test_store_starts_over_when_a_file_is_taken_away(desk, tmp_path):
    for day in (2, 3, 4):
        desk.export(day)
    desk.results(tmp_path / "store")
    del desk.files["tickets"][0]
    assert desk.results(tmp_path / "store") == desk.results(None)


def test_store_measures_again_when_the_definition_changes(desk, tmp_path):
    desk.export(2)
    desk.export(3)
    desk.results(tmp_path / "store")
    desk.path.write_text(AGREEMENT.replace("P1: 4h", "P1: 1h"), encoding="utf-8")
    assert desk.results(tmp_path / "store") == desk.results(None)


def test_slices_change_nothing(desk, tmp_path, monkeypatch):
    for day in range(2, 8):
        desk.export(day)
    whole = desk.results(tmp_path / "whole")
    monkeypatch.setattr(store, "SLICE_ROWS", 10)
    assert desk.results(tmp_path / "sliced") == whole


def test_interrupted_part_is_not_read(desk, tmp_path):
    desk.export(2)
    kept = tmp_path / "store"
    before = desk.results(kept)
    for index in kept.rglob("parts.json"):
        (index.parent / "000001-0000.parquet").write_bytes(b"half written")
    assert desk.results(kept) == before


@pytest.mark.parametrize("behind", ["open_pauses", "open", "stopped"])
def test_parts_that_were_not_all_written_are_made_anew(desk, tmp_path, behind):
    desk.export(2)
    desk.results(tmp_path / "store")
    desk.export(3)
    desk.results(tmp_path / "store")
    (index,) = (tmp_path / "store").glob(f"facts_*/{behind}/parts.json")
    index.write_text(json.dumps(json.loads(index.read_text())[:-1]))
    assert desk.results(tmp_path / "store") == desk.results(None)
