"""Where queries run: the embedded DuckDB here, or Spark (`rapport.engine.spark`).

Queries are written once, as DuckDB SQL that keeps to what every engine shares: integers, joins, sums, CASE and window
functions; no date function, no engine's own percentile. Another engine gets the same query in its own dialect.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import duckdb
import pyarrow as pa

Row = tuple[Any, ...]


class EngineUnavailable(Exception):  # noqa: N818 - read as a sentence: the engine is unavailable
    """An engine that is not installed, does not answer or gave up, in one sentence."""


class Backend(Protocol):
    """An engine that knows tables by name and answers queries with plain rows."""

    def scan(self, name: str, files: Sequence[Path]) -> None:
        """Make Parquet files one table."""

    def load(self, name: str, table: pa.Table) -> None:
        """Make a table that is already in memory known to the engine."""

    def define(self, name: str, query: str) -> None:
        """Name a query, to be run each time it is read."""

    def store(self, name: str, query: str) -> None:
        """Run a query once and keep its rows as a table."""

    def write(self, file: Path, query: str) -> None:
        """Run a query once and write its rows to a Parquet file, or a folder of them."""

    def rows(self, query: str) -> list[Row]:
        """The rows of a query; their order is the query's own."""

    def close(self) -> None:
        """Give back memory, files and connections."""


class DuckDbBackend:
    """The embedded engine: one in-memory DuckDB over Parquet files, with as many threads as there are cores."""

    def __init__(self, memory_limit: str | None = None, threads: int | None = None) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET preserve_insertion_order = false")
        if memory_limit:
            self._connection.execute(f"SET memory_limit = '{memory_limit}'")
        if threads:
            self._connection.execute(f"SET threads = {threads}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scan(self, name: str, files: Sequence[Path]) -> None:
        paths = ", ".join(quote_text(str(file)) for file in files)
        self.define(name, f"SELECT * FROM read_parquet([{paths}])")

    def load(self, name: str, table: pa.Table) -> None:
        self._connection.register(f"{name}_arrow", table)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quote_name(name)} AS FROM {quote_name(name + '_arrow')}"
        )
        self._connection.unregister(f"{name}_arrow")

    def define(self, name: str, query: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quote_name(name)} AS {query}")

    def store(self, name: str, query: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {quote_name(name)} AS {query}")

    def write(self, file: Path, query: str) -> None:
        self._connection.execute(f"COPY ({query}) TO {quote_text(str(file))} (FORMAT parquet, ROW_GROUP_SIZE 122880)")

    def rows(self, query: str) -> list[Row]:
        return self._connection.execute(query).fetchall()

    def close(self) -> None:
        self._connection.close()


def quote_name(name: str) -> str:
    """A table or column name as every query may hold it."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text value as every query may hold it."""
    return "'" + text.replace("'", "''") + "'"
