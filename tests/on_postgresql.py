"""Run the tests of the web application on a private PostgreSQL: `python tests/on_postgresql.py [words for pytest]`.

The server is started in a folder that goes away and listens on no network. Where PostgreSQL's programs are missing this
says so and is left out, but never where CI is set.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = ["tests/apps", "tests/faults", "tests/cli/test_seed.py"]
_PLACES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"), Path("/usr/bin")]
_UNPRIVILEGED = "postgres"
"""Who runs the server when root does not want to: PostgreSQL refuses root."""


def programs() -> Path | None:
    """The folder of PostgreSQL's own programs, if there is one."""
    return next((folder for folder in _PLACES if (folder / "initdb").exists()), None)


@contextmanager
def server(folder: Path, bin_: Path) -> Iterator[str]:
    """A server in an empty folder, reached through a socket there; its address as `DATABASE_URL` has it."""
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, _UNPRIVILEGED)
    _run(bin_, "initdb", "-D", str(data), "-U", "rapport", "--auth=trust", "-E", "UTF8", "--locale=C")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    _run(bin_, "pg_ctl", "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
    try:
        _run(bin_, "createdb", "-h", str(folder), "-U", "rapport", "rapport")
        yield f"postgresql://rapport@/rapport?host={folder}"
    finally:
        _run(bin_, "pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def _run(bin_: Path, program: str, *words: str) -> None:
    as_whom = ["runuser", "-u", _UNPRIVILEGED, "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_whom, str(bin_ / program), *words], check=True, stdout=subprocess.DEVNULL)


def main(words: list[str]) -> int:
    bin_ = programs()
    if bin_ is None:
        print("*** SKIPPED: PostgreSQL's programs are not here; install postgresql to run these tests on it. ***")
        return 1 if os.environ.get("CI") else 0
    with tempfile.TemporaryDirectory(prefix="rapport-postgresql-") as name, server(Path(name), bin_) as address:
        command = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "loadfile", *(words or TESTS)]
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
