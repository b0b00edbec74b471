"""Where queries run: the embedded DuckDB, or a Spark cluster.

Queries are written once, as DuckDB SQL that keeps to what every engine shares: integers, joins, sums, CASE and window
functions; no date function, no engine's own percentile. Another engine gets the same query in its own dialect.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Row = tuple[Any, ...]


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

    def rows(self, query: str) -> list[Row]:
        """The rows of a query; their order is the query's own."""

    def close(self) -> None:
        """Give back memory, files and connections."""


class DuckDbBackend:
    """The embedded engine: one in-memory DuckDB over Parquet files, two threads or as many as there are cores."""

    def __init__(self, memory_limit: str | None = None) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET preserve_insertion_order = false")
        if memory_limit:
            self._connection.execute(f"SET memory_limit = '{memory_limit}'")

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

    def rows(self, query: str) -> list[Row]:
        return self._connection.execute(query).fetchall()

    def close(self) -> None:
        self._connection.close()


class SparkBackend:
    """The same tables and queries on Spark: a master such as local[2] or spark://host:7077, or sc://host:15002."""

    def __init__(self, address: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rapport-")
        self._session = _spark_session(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scan(self, name: str, files: Sequence[Path]) -> None:
        self._session.read.parquet(*map(str, files)).createOrReplaceTempView(name)

    def load(self, name: str, table: pa.Table) -> None:
        # Parquet rather than the session's own transfer: exact integers and decimals, and no pandas in between.
        path = Path(self._folder.name) / f"{name}.parquet"
        pq.write_table(table, path)
        self.scan(name, [path])

    def define(self, name: str, query: str) -> None:
        self._session.sql(_spark_sql(query)).createOrReplaceTempView(name)

    def store(self, name: str, query: str) -> None:
        path = Path(self._folder.name) / f"{name}.parquet"
        self._session.sql(_spark_sql(query)).write.mode("overwrite").parquet(str(path))
        self.scan(name, [path])

    def rows(self, query: str) -> list[Row]:
        return [tuple(row) for row in self._session.sql(_spark_sql(query)).collect()]

    def close(self) -> None:
        self._session.stop()
        self._folder.cleanup()


def quote_name(name: str) -> str:
    """A table or column name as every query may hold it."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text value as every query may hold it."""
    return "'" + text.replace("'", "''") + "'"


def _spark_sql(query: str) -> str:
    import sqlglot

    return sqlglot.transpile(query, read="duckdb", write="spark")[0]


def _spark_session(address: str) -> "SparkSession":
    from pyspark.sql import SparkSession

    builder: Any = SparkSession.builder
    if address.startswith("sc://"):
        return builder.remote(address).getOrCreate()  # type: ignore[no-any-return]
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "8",
        "spark.ui.enabled": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.master(address).appName("rapport").getOrCreate()  # type: ignore[no-any-return]
