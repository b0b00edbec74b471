"""A standalone Spark cluster on this machine: a master and two workers of one core each, reachable from here only.

    python -m bench.cluster              prints the cluster's address and keeps it up until interrupted
    python -m bench.cluster --connect    with a Spark Connect server in front of it, whose address comes next

All of it comes with pip's pyspark; Java 17 or newer must be installed.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

LOOPBACK = "127.0.0.1"
STARTING = 120  # seconds until a part that does not come up is given up
STOPPING = 20  # seconds until a part that does not stop is ended


@contextmanager
def cluster(workers: int = 2, memory: str = "2g") -> Iterator[str]:
    """Start a master and its workers and stop them again; the master's address.

    Raises:
        RuntimeError: a part does not come up, with what it said last.
    """
    port, page = _free_port(), _free_port()
    master = f"spark://{LOOPBACK}:{port}"
    with ExitStack() as stack:
        serving = ["--host", LOOPBACK, "--port", str(port), "--webui-port", str(page)]
        ready = stack.enter_context(_running("spark-class", ["org.apache.spark.deploy.master.Master", *serving]))
        ready(lambda: _answers(port))
        working = ["--host", LOOPBACK, "--cores", "1", "--memory", memory, "--webui-port", "0", master]
        for _ in range(workers):
            stack.enter_context(_running("spark-class", ["org.apache.spark.deploy.worker.Worker", *working]))
        ready(lambda: _registered(page) == workers)
        yield master


@contextmanager
def connect_server(master: str) -> Iterator[str]:
    """Start a Spark Connect server in front of a master and stop it again; its address.

    It holds all cores of the cluster while it is up.

    Raises:
        RuntimeError: it does not come up, with what it said last.
    """
    port = _free_port()
    settings = {
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": port,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.host": LOOPBACK,
        "spark.ui.enabled": "false",
    }
    given = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    server = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", master, *given]
    with _running("spark-submit", [*server, "spark-internal"]) as ready:
        ready(lambda: _answers(port))
        yield f"sc://{LOOPBACK}:{port}"


@contextmanager
def _running(program: str, words: Sequence[str]) -> Iterator[Callable[[Callable[[], bool]], None]]:
    """A program of Spark's in a folder of its own; yields what waits until it is ready, and stops it at the end."""
    with tempfile.TemporaryDirectory(prefix="rapport-cluster-") as folder, ExitStack() as stack:
        log = stack.enter_context((Path(folder) / "log").open("w+"))
        process = subprocess.Popen(
            [_spark_home() / "bin" / program, *words], cwd=folder, env=_environment(folder), stdout=log, stderr=log
        )
        stack.callback(_stop, process)

        def ready(is_ready: Callable[[], bool]) -> None:
            end = time.monotonic() + STARTING
            while not is_ready():
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"Spark did not come up:\n{Path(log.name).read_text()[-2000:]}")
                time.sleep(0.2)

        yield ready


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment(folder: str) -> dict[str, str]:
    """Spark's defaults listen to the whole network; this one name binds all of it, web pages included."""
    return {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(_spark_home()),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
        "SPARK_WORKER_DIR": folder,
    }


def _spark_home() -> Path:
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise RuntimeError("A cluster needs the full PySpark; see `make test-spark`.")
    return Path(found.origin).parent


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
        return True
    return False


def _registered(page: int) -> int:
    """How many workers the master's page counts."""
    with suppress(OSError), urllib.request.urlopen(f"http://{LOOPBACK}:{page}/json/", timeout=5) as answer:
        count: int = json.load(answer)["aliveworkers"]
        return count
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description="A Spark cluster on this machine.")
    parser.add_argument("--workers", type=int, default=2, help="how many, of one core each")
    parser.add_argument("--memory", default="2g", help="of each worker")
    parser.add_argument("--connect", action="store_true", help="start a Spark Connect server too")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        master = stack.enter_context(cluster(given.workers, given.memory))
        print(master, flush=True)
        if given.connect:
            print(stack.enter_context(connect_server(master)), flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
