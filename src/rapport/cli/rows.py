"""`rapport rows`: the records behind a number."""

from collections.abc import Sequence
from typing import Any

from rapport.cli.show import say, show_json, show_table
from rapport.domain.durations import format_duration
from rapport.engine.rows import records_behind
from rapport.engine.workspace import Workspace

_DURATIONS = ("paused", "elapsed", "overdue_by", "downtime")
_HIDDEN = ("file", "columns", "pauses")


def run(workspace: Workspace, kpi: str, period: str, failed: bool, json: bool) -> None:
    """Show every record that a result rests on."""
    behind = records_behind(workspace, kpi, period, failed=failed)
    if json:
        show_json(behind.to_json())
        return
    columns = [name for name in (behind.rows[0] if behind.rows else {}) if name not in _HIDDEN]
    show_table(f"{behind.kpi.name}, {period}", columns, (_line(row, columns) for row in behind.rows))
    say(f"{len(behind.rows)} records")


def _line(row: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    return [
        format_duration(row[name]) if name in _DURATIONS and row[name] is not None else row[name] for name in columns
    ]
