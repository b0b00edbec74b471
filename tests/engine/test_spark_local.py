"""Spark itself, with Java: the same results as everywhere, on this machine and on a cluster of two workers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.cluster import cluster
from test_parity import ONE_OF_EACH, ROOT, assert_same_answers, assert_same_results, written

from rapport.engine.backend import Backend
from rapport.engine.spark import SparkBackend

pytestmark = pytest.mark.spark_local


@pytest.fixture(scope="module")
def local() -> Iterator[Backend]:
    with SparkBackend("local[2]") as backend:
        yield backend


def test_queries_mean_the_same(local: Backend, tmp_path: Path) -> None:
    assert_same_answers(local, tmp_path)


def test_every_kind_of_kpi_has_the_same_results(local: Backend, tmp_path: Path) -> None:
    assert_same_results(local, written(tmp_path, ONE_OF_EACH))


def test_the_command_has_the_same_answer_on_a_cluster(tmp_path: Path) -> None:
    words = ["-c", "from rapport.cli.main import app; app()", "evaluate", str(written(tmp_path, ONE_OF_EACH)), "--json"]
    expected = run(*words)

    with cluster() as master:
        done = run(*words, "--engine", "spark", "--master", master)

    assert expected.stdout.startswith("{")
    assert done.stdout == expected.stdout, done.stderr
    assert "WARN " not in done.stderr
    assert "log level" not in done.stderr


@pytest.mark.parametrize("address", ["nonsense", "spark://127.0.0.1"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    done = run("-c", f"from rapport.engine.spark import *\nSparkBackend({address!r})")

    assert "EngineUnavailable" in done.stderr


def test_missing_java_is_told(tmp_path: Path) -> None:
    script = "from rapport.engine.spark import *\nSparkBackend('local[2]')"

    done = run("-c", script, JAVA_HOME=str(tmp_path))

    assert "Spark did not start; it needs Java 17 or newer" in done.stderr


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, since one process has one Spark."""
    paths = os.pathsep.join(map(str, [ROOT / "src", ROOT, Path(__file__).parent]))
    environ = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run([sys.executable, *words], env=environ, capture_output=True, text=True, check=False)
