"""The worker: rings timers, sends what leaves, reads large files and computes results, beside the web server or alone.

It may be killed at any moment. What is to be done stands in rows, and a row that is not done is begun anew.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from threading import Thread
from typing import TextIO

import typer

from rapport.cli.serve import set_up
from rapport.cli.session import Exit, fail

_PASS = 1.0
"""Seconds between two looks for work."""
_PASSES_TO_FOLLOWING = 60
_NICENESS = 10
_LOOK, _LAST_WISH = 0.25, 10.0
"""Seconds between two looks at a kept worker, and how many it has to end once it was asked to."""
_WORKER = "from rapport.cli.worker import run; run(has_parent=True)"


def run(has_parent: bool = False) -> None:
    """Work until interrupted, or with `has_parent` until the process that started this one is gone."""
    set_up()
    _demand_tables()
    from django.conf import settings

    parent = os.getppid()

    def is_wanted() -> bool:
        return not has_parent or os.getppid() == parent

    os.nice(_NICENESS)  # pages answer first
    lock = settings.DATA / "worker.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with lock.open("w") as file:
            _work(is_wanted, file)
    except KeyboardInterrupt:
        typer.echo("The worker has stopped; what it had begun is begun anew by the next one.", err=True)


def keep() -> None:
    """Have a worker run and replace it when it dies, until told to end or the process that started this one is gone."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    parent = os.getppid()
    while os.getppid() == parent:
        worker = subprocess.Popen([sys.executable, "-c", _WORKER])
        try:
            while worker.poll() is None and os.getppid() == parent:
                time.sleep(_LOOK)
        finally:
            _end(worker)
        time.sleep(_PASS)


def _work(is_wanted: Callable[[], bool], lock: TextIO) -> None:
    """Ring timers and send mail beside any other worker; read files and compute only as the one that has the lock."""
    from django.db import close_old_connections
    from django.utils import timezone

    from rapport import schedule

    Thread(target=_work_beside, args=(is_wanted,), daemon=True).start()
    passes = 0
    while is_wanted():
        close_old_connections()
        done = schedule.run(schedule.SHARED, timezone.now())
        if _is_first(lock):
            if passes % _PASSES_TO_FOLLOWING == 0:
                schedule.run(schedule.FOLLOWING, timezone.now())
            schedule.run(schedule.WAITED_FOR, timezone.now())
            passes += 1
        if not done:
            time.sleep(_PASS)


def _work_beside(is_wanted: Callable[[], bool]) -> None:
    """Send what leaves through channels, whose receivers may be slow, while everything else goes on."""
    from django.db import close_old_connections
    from django.utils import timezone

    from rapport import schedule

    while is_wanted():
        close_old_connections()
        if not schedule.run(schedule.BESIDE, timezone.now()):
            time.sleep(_PASS)


def _is_first(lock: TextIO) -> bool:
    """Whether this is the first worker of a data folder; when that one ends, and its lock with it, the next one is."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _demand_tables() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        fail("The database is not up to date; start `rapport serve` first, which sees to it.", Exit.USAGE)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(_LAST_WISH)
    except subprocess.TimeoutExpired:
        worker.kill()
