"""`rapport rows`: the records behind a number."""

from collections.abc import Sequence
from typing import Any

from rapport.cli.show import say, short, show_csv, show_json, show_table
from rapport.domain.durations import format_duration
from rapport.engine.rows import Behind, records_behind
from rapport.engine.workspace import Workspace

_DURATIONS = ("paused", "elapsed", "overdue_by", "downtime")
_MOMENTS = ("start", "stop", "deadline")
_NESTED = ("columns", "pauses")
_SHOWN = 50


def run(workspace: Workspace, kpi: str, period: str, failed: bool, output: str) -> None:
    """Show every record that a result rests on, as a table, as JSON or as CSV."""
    behind = records_behind(workspace, kpi, period, failed=failed)
    if output == "json":
        show_json(behind.to_json())
    elif output == "csv":
        _show_csv(behind.rows)
    else:
        _show(behind)


def _show(behind: Behind) -> None:
    """The first records as a table, without the columns that are empty in all of them."""
    rows = behind.rows[:_SHOWN]
    hidden = (*_NESTED, "file")
    columns = [name for name in _names(rows) if name not in hidden and any(row[name] is not None for row in rows)]
    show_table(f"{behind.kpi.name}, {behind.period}", columns, (_line(row, columns) for row in rows))
    say(f"{len(behind.rows)} records")
    if len(behind.rows) > _SHOWN:
        say(f"{len(behind.rows) - _SHOWN} of them not shown here; --json or --csv lists all")


def _line(row: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    return [_for_people(name, row[name]) for name in columns]


def _for_people(name: str, value: Any) -> Any:
    if name in _DURATIONS and value is not None:
        return format_duration(value)
    return short(value) if name in _MOMENTS else value


def _show_csv(rows: Sequence[dict[str, Any]]) -> None:
    """All records; the record's own columns follow, each as `columns.NAME`."""
    flat = [row | {f"columns.{name}": value for name, value in row.get("columns", {}).items()} for row in rows]
    show_csv(flat, [name for name in _names(flat) if name not in _NESTED])


def _names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(rows[0]) if rows else []
