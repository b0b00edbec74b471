"""Queries on Spark: every engine's SQL written in Spark's dialect, and Spark's settings made to agree with it."""

import itertools
import logging
import os
import socket
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from rapport.engine.backend import EngineUnavailable, Row

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CONNECT = "sc://"
_CONNECT_PORT = 15002
_HERE = ("local", "spark://127.", "spark://localhost:")
_PATIENCE = 5.0  # seconds until an address that does not answer is given up

# Whatever the defaults of a server are, the same text must mean the same.
_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.variable.substitute": "false",
    # And of few rows there should be few parts, also of those kept for a moment to be counted.
    "spark.sql.optimizer.canChangeCachedPlanOutputPartitioning": "true",
}
_SHARE = "Spark's machines must share the folders of records with this one; let TMPDIR name such a folder."
_QUIET_LOG = """\
rootLogger.level = error
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""


class SparkBackend:
    """The tables and queries of every engine, on Spark.

    The address is a master such as local[2] or spark://HOST:7077, or a Spark Connect server such as sc://HOST:15002.
    Records reach Spark as Parquet files in a private temporary folder. A cluster or a server on other machines, or of
    another user, must find that folder under the same path and be able to read it, and a store's folder likewise: let
    TMPDIR name a folder they share.

    Raises:
        EngineUnavailable: here or in any method, when Spark is not installed, does not answer, or gives up.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._folder = tempfile.TemporaryDirectory(prefix="rapport-")
        self._numbers = itertools.count(1)
        self._views: dict[str, str] = {}
        try:
            with self._trouble():
                self._session = _session(address, Path(self._folder.name))
            self._expect_shared_folder()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scan(self, name: str, files: Sequence[Path]) -> None:
        with self._trouble():
            self._name(name, self._session.read.parquet(*map(str, files)))

    def load(self, name: str, table: pa.Table) -> None:
        # Parquet rather than the session's own transfer: any size, also no rows, and no pandas in between.
        path = self._new_path()
        pq.write_table(table, path)
        self.scan(name, [path])

    def define(self, name: str, query: str) -> None:
        text = self._spark_sql(query)
        with self._trouble():
            self._name(name, self._session.sql(text))

    def store(self, name: str, query: str) -> None:
        path = self._new_path()
        self.write(path, query)
        self.scan(name, [path])

    def write(self, file: Path, query: str) -> None:
        text = self._spark_sql(query)
        with self._trouble():
            frame = self._session.sql(text).persist()  # for the count; machines that share no folder lose rows unseen
            frame.write.mode("overwrite").parquet(str(file))
            rows, found = frame.count(), sum(pq.read_metadata(part).num_rows for part in file.glob("*.parquet"))
            frame.unpersist()
        if rows != found:
            raise EngineUnavailable(f"Of {rows} rows that Spark wrote to {file}, {found} are here. {_SHARE}")

    def rows(self, query: str) -> list[Row]:
        text = self._spark_sql(query)
        with self._trouble():
            table = self._session.sql(text).toArrow()
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def close(self) -> None:
        with suppress(Exception):  # of a session that never came or is lost there is nothing to give back
            self._session.stop()
        self._folder.cleanup()

    def _expect_shared_folder(self) -> None:
        """Put a row where records will be put; some servers find nothing in a folder that is not theirs, and go on."""
        self.load("shared", pa.table({"row": [1]}))
        if self.rows('SELECT COUNT(*) FROM "shared"') != [(1,)]:
            raise EngineUnavailable(f"Spark at {self._address} does not see {self._folder.name}. {_SHARE}")

    def _new_path(self) -> Path:
        return Path(self._folder.name) / f"{next(self._numbers)}.parquet"

    def _spark_sql(self, query: str) -> str:
        return spark_sql(query, self._views)

    def _name(self, name: str, frame: "DataFrame") -> None:
        # Callers' names hold whatever an agreement does; Spark's own views are named plainly, and each is new.
        view = f"rapport_{next(self._numbers)}"
        frame.createOrReplaceTempView(view)
        self._views[name] = view

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """What Spark raises, as one sentence."""
        try:
            yield
        except EngineUnavailable:
            raise
        except ImportError as error:
            raise EngineUnavailable(f"Spark is not installed here ({error}); install rapport-app[spark].") from error
        except Exception as error:
            raise EngineUnavailable(_explained(error, self._address, self._folder.name)) from error


def spark_sql(query: str, views: dict[str, str]) -> str:
    """A query of the engines' common SQL in Spark's dialect, with `views` in place of the tables it names.

    Raises:
        sqlglot.errors.UnsupportedError: the query holds what Spark cannot say.
    """
    tree = sqlglot.parse_one(query, dialect="duckdb")
    for table in tree.find_all(exp.Table):
        if table.this.quoted and table.name in views:  # what is not quoted is a step of the query itself
            table.set("this", exp.to_identifier(views[table.name], quoted=True))
    for like in tree.find_all(exp.Like):
        # In Spark's patterns, unlike in DuckDB's, a backslash escapes what follows it.
        pattern = like.expression
        like.set("expression", exp.Literal.string(pattern.name.replace("\\", "\\\\")))
    return tree.sql("spark", identify=True, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _session(address: str, folder: Path) -> "SparkSession":
    _be_quiet()
    if address.startswith(_CONNECT):
        return _connected(address)
    return _submitted(address, folder)


def _connected(address: str) -> "SparkSession":
    """A session on a Spark Connect server; neither Java nor the full PySpark is needed here."""
    _reach(address)
    with _a_main_file():
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession

        session: Any = SparkSession.builder.remote(address).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=5)])  # PySpark's own patience is ten minutes
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    return session  # type: ignore[no-any-return]


def _submitted(master: str, folder: Path) -> "SparkSession":
    """A session whose driver runs here, in Java, with its executors at the master's."""
    from pyspark.sql import SparkSession
    from pyspark.util import is_remote_only

    if is_remote_only():
        raise EngineUnavailable(
            f"{master} needs the full PySpark, and only its thin client is installed; install rapport-app[spark], "
            f"or give the address of a Spark Connect server: {_CONNECT}HOST:{_CONNECT_PORT}."
        )
    if master.startswith("spark://"):
        _reach(master)
    log = folder / "log4j2.properties"
    log.write_text(_QUIET_LOG, encoding="utf-8")
    settings = _SETTINGS | {
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={log.as_uri()}",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if master.startswith(_HERE):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    if master.startswith("local"):
        settings["spark.sql.shuffle.partitions"] = "8"
    builder: Any = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.master(master).appName("rapport").getOrCreate()  # type: ignore[no-any-return]


@contextmanager
def _a_main_file() -> Iterator[None]:
    """PySpark takes a program without a file, such as `python -c` or a pytest worker, for its doctests, and ends it."""
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = "<string>"
    try:
        yield
    finally:
        del main.__file__


def _be_quiet() -> None:
    """Standard error is for sentences: PySpark's advice on pandas and its log of what is raised anyway are not."""
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"pyspark\.")
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger", "pyspark.sql.connect.logging"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _reach(address: str) -> None:
    """Look whether anybody listens, since Spark itself tries for minutes."""
    parts = [urlsplit(f"//{host}") for host in address.partition("://")[2].partition("/")[0].split(",")]
    try:
        hosts = [(part.hostname or "", part.port or _CONNECT_PORT) for part in parts]
    except ValueError:
        raise EngineUnavailable(f"{address} is no address; write {_CONNECT}HOST:PORT or spark://HOST:PORT.") from None
    reasons = []
    for host in hosts:
        try:
            socket.create_connection(host, _PATIENCE).close()
        except OSError as error:
            reasons.append(error.strerror or str(error))
        else:
            return
    raise EngineUnavailable(f"No Spark answers at {address}: {'; '.join(reasons)}.")


def _explained(error: Exception, address: str, folder: str) -> str:
    words = str(error)
    if "JAVA_GATEWAY_EXITED" in words:
        return "Spark did not start; it needs Java 17 or newer (java on the path, or JAVA_HOME)."
    first = next((line.strip() for line in words.splitlines() if line.strip()), type(error).__name__)
    if folder in words:
        return f"Spark at {address} cannot use {folder}, a folder of this machine: {first} {_SHARE}"
    return f"Spark at {address} gave up: {first}"
