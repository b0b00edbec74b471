"""Sources and files made on the spot: `read` writes a file and reads it as the records of a source."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rapport.engine.agreement import Source, Term
from rapport.engine.records import Batch, read_source

Read = Callable[..., Batch]
COLUMNS = {"id": "text", "opened": "time", "cost": "number"}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read `content` (or several contents) under `name` with the fields of a Source and the agreement's zone."""

    def read(
        content: bytes | str | list[bytes | str], name: str = "log.csv", zone: str = "UTC", **fields: Any
    ) -> Batch:
        contents = content if isinstance(content, list) else [content]
        files = [tmp_path / (name if number == 0 else f"{number}-{name}") for number in range(len(contents))]
        for file, each in zip(files, contents, strict=True):
            file.write_bytes(each.encode() if isinstance(each, str) else each)
        return read_files(files, zone, **fields)

    return read


@pytest.fixture(name="read_files")
def fixture_read_files() -> Read:
    """Read files that are already there."""
    return read_files


def read_files(files: list[Path], zone: str = "UTC", **fields: Any) -> Batch:
    start, end = fields.pop("term", (date(1900, 1, 1), date(2999, 12, 31)))
    source = Source.model_validate({"format": "csv", "key": "id", "columns": COLUMNS, **fields})
    return read_source("log", source, files, zone=zone, term=Term(**{"from": start, "to": end}))
