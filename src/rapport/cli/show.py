"""How data appears: tables for people, JSON and CSV for programs, all on standard output."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_NUMERIC = (int, float)


def show_json(data: Any) -> None:
    """Plain data as JSON: the same data gives the same bytes."""
    json.dump(data, sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write("\n")


def show_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> None:
    """Rows as CSV with the named columns; texts that a spreadsheet would run as formulas are made harmless."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(row.get(column)) for column in columns])


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table for people; numbers stand to the right."""
    rows = list(rows)
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        is_number = any(isinstance(row[index], _NUMERIC) for row in rows)
        table.add_column(column, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*map(_cell, row))
    console().print(table)


def say(text: str) -> None:
    """A line for people on standard output, in one piece so that commands can be copied and faults searched."""
    console().print(text, markup=False, highlight=False, soft_wrap=True)


def console() -> Console:
    """Standard output as wide as the terminal, or wide enough for tables where it is a file."""
    return Console() if sys.stdout.isatty() else Console(width=160)


def short(moment: str | None) -> str | None:
    """An ISO moment as a table shows it: to the minute, without the offset."""
    return None if moment is None else moment[:16].replace("T", " ")


def percent(share: float | None) -> str:
    """A share 0..1 as a percentage, rounded towards the worse so that 100 % means all."""
    return "" if share is None else f"{int(share * 1000) / 10:g} %"


def _cell(value: Any) -> Text:
    """Text as it is: square brackets in a record's key are no instructions to the terminal."""
    if value is None:
        return Text("-")
    return Text(f"{value:,.2f}" if isinstance(value, float) else str(value))


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare return is not quoted and would begin a row
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\n"} else text
