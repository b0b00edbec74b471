"""Rows about many engagements, put to the engagement or the company they are about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

Row = TypeVar("Row")


def grouped(rows: Iterable[Row], by: Callable[[Row], int]) -> dict[int, list[Row]]:
    """The rows of each, in the order they came in."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(by(row), []).append(row)
    return found


def row_of_each(rows: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """The one row of each engagement, without its number."""
    found = [dict(row) for row in rows]
    return {row.pop("engagement_id"): row for row in found}
