"""The worker process: begins what waits, is alone, ends with whoever started it; the rhythm it keeps."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from rapport import schedule

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEEPER = "from rapport.cli.worker import keep; keep()"
DEADLINE = 60


def test_job_that_fails_does_not_keep_others_from_their_turn(caplog):
    called = []

    def fail(_):
        raise RuntimeError("no disk")

    schedule.run([fail, called.append], NOW)

    assert called == [NOW]
    assert "fail failed" in caplog.text


@pytest.mark.django_db
def test_every_job_twice_on_an_empty_installation_does_nothing():
    from rapport.apps.audit.models import Entry
    from rapport.apps.kpis.models import Computation

    for _ in range(2):
        schedule.run([*schedule.FOLLOWING, *schedule.WAITED_FOR], NOW)

    assert not Entry.objects.exists()
    assert not Computation.objects.exists()


def test_worker_says_that_there_is_no_database_yet(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from rapport.cli.main import app; app()", "worker"],
        env=_environment(tmp_path), capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    assert "start `rapport serve` first" in done.stderr


def test_kept_worker_is_alone_is_replaced_and_ends_with_who_started_it(tmp_path):
    environment = _environment(tmp_path)
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=environment, check=True)
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, KEEPER], env=environment, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    keeper, lock = int(parent.stdout.readline()), tmp_path / "worker.lock"
    _until(lambda: _is_locked(lock))
    first = _children(keeper)

    os.kill(first[0], signal.SIGKILL)
    _until(lambda: _is_locked(lock) and _children(keeper) not in ([], first))
    parent.kill()

    parent.wait()
    _until(lambda: not _is_locked(lock))


_PARENT = """
import subprocess, sys, time
keeper = subprocess.Popen([sys.executable, "-c", sys.argv[1]], start_new_session=True, stdout=subprocess.DEVNULL)
print(keeper.pid, flush=True)
time.sleep(600)
"""


def _environment(folder):
    return {**os.environ, "RAPPORT_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "rapport.settings"}


def _children(process):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def _is_locked(path):
    if not path.exists():
        return False
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _until(happens):
    end = time.monotonic() + DEADLINE
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.2)
