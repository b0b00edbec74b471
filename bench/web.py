"""What the web application takes, alone and with 50 people at once: `python -m bench.web [--folder FOLDER]`.

Writes `bench/web.json` and its part of `docs/benchmarks.md`. The people look at each page for some seconds before they
open the next; the server has as many processes as the machine has cores, and the people's programs share those cores.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from socket import socket
from statistics import median, quantiles
from typing import Any

from bench import report
from bench.large import tickets
from bench.report import machine

PEOPLE = 50
SECONDS = 40
READING, HURRIED = (2.0, 8.0), (1.0, 3.0)
"""Seconds for which people look at a page before they open the next, as they do, and when all of them hurry."""
TRIES = 15
ROWS = 100_000
IMPORTED_INTO = 60
"""The place of an engagement that none of the people reads."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in, and the pages they open."""

    cookie: str
    pages: dict[str, str]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    options.add_argument("--folder", type=Path, help="where the installation is kept for the next run")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="rapport-web-") as scratch:
        measure((given.folder or Path(scratch)).resolve())


def measure(folder: Path) -> None:
    os.environ.update(RAPPORT_DATA=str(folder), DJANGO_SETTINGS_MODULE="rapport.settings")
    visitors = _prepare(folder)
    found: dict[str, Any] = {"machine": machine(), "people": PEOPLE, "queries": _queries(visitors[0])}
    with _served() as port:
        found["alone"] = _alone(visitors[0], port)
        found["together"] = _together(visitors, port, READING)
        found["hurried"] = _together(visitors, port, HURRIED)
        found["with_import"], found["import"] = _with_import(visitors, port)
    report.WEB.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    report.write(json.loads(report.RESULTS.read_text(encoding="utf-8")))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _prepare(folder: Path) -> list[Visitor]:
    import django
    from django.core.management import call_command

    is_new = not (folder / "rapport.sqlite3").exists()
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if is_new:
        from bench.large import fill

        fill(say)
    return _visitors()


def _visitors() -> list[Visitor]:
    """Half of them the client's managers, half partners' people, each at home in an engagement of their own."""
    from rapport.apps.engagements.models import Engagement

    engagements = list(Engagement.objects.order_by("pk").select_related("client_owner", "partner_owner")[:PEOPLE])
    people = [one.partner_owner if number % 2 else one.client_owner for number, one in enumerate(engagements)]
    return [Visitor(_signed_in(person), _pages(one.pk)) for one, person in zip(engagements, people, strict=True)]


def _signed_in(person: Any) -> str:
    from django.test import Client

    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    return f"sessionid={browser.cookies['sessionid'].value}"


def _pages(engagement: int) -> dict[str, str]:
    home = f"/engagements/{engagement}/"
    return {
        "today": "/",
        "portfolio": "/portfolio/",
        "partners": "/partners/",
        "engagement": home,
        "agreement": f"{home}agreement/",
        "results": f"{home}results/",
        "kpi": f"{home}results/mail-p1/",
        "records": f"{home}records/",
        "settle": f"{home}settle/",
        "practices": f"{home}practices/",
        "history": f"{home}history/",
        "issues": f"{home}issues/",
        "meetings": f"{home}meetings/",
        "feedback": f"{home}feedback/",
    }


def _queries(visitor: Visitor) -> dict[str, int]:
    """How many queries each page makes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(SERVER_NAME="localhost", headers={"cookie": visitor.cookie})
    counts = {}
    for page, address in visitor.pages.items():
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        counts[page] = len(captured)
    return counts


@contextmanager
def _served() -> Iterator[int]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("rapport"))
    command = [program, "serve", "--port", str(port), "--workers", str(os.cpu_count())]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: _get(port, "/health/", "")[0] == 200)
        yield port
    finally:
        server.terminate()
        server.wait()


def _until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    for _ in range(int(seconds * 10)):
        try:
            if is_so():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"nothing after {seconds} s")


def _get(port: int, address: str, cookie: str) -> tuple[int, float, int]:
    """Status, milliseconds and bytes of a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    start = time.perf_counter()
    connection.request("GET", address, headers={"Cookie": cookie})
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return answer.status, 1000 * (time.perf_counter() - start), size


def _alone(visitor: Visitor, port: int) -> dict[str, Any]:
    found = {}
    for page, address in visitor.pages.items():
        tries = [_get(port, address, visitor.cookie) for _ in range(TRIES)]
        took = [ms for _, ms, _ in tries]
        found[page] = {"first": round(took[0]), "ms": round(median(took)), "kb": round(tries[0][2] / 1000, 1)}
        say(f"{page}: {tries[0][0]} {found[page]}")
    return found


def _together(visitors: Sequence[Visitor], port: int, reading: tuple[float, float]) -> dict[str, Any]:
    end = time.monotonic() + SECONDS

    def browse(number: int) -> list[tuple[str, int, float]]:
        visitor, chance, seen = visitors[number], random.Random(number), []
        time.sleep(chance.uniform(0, reading[1]))
        while time.monotonic() < end:
            page = chance.choice(list(visitor.pages))
            status, ms, _ = _get(port, visitor.pages[page], visitor.cookie)
            seen.append((page, status, ms))
            time.sleep(chance.uniform(*reading))
        return seen

    with ThreadPoolExecutor(len(visitors)) as pool:
        seen = [one for found in pool.map(browse, range(len(visitors))) for one in found]
    by_page = defaultdict(list)
    for page, _, ms in seen:
        by_page[page].append(ms)
    found = {
        "requests": len(seen),
        "errors": sum(status >= 400 for _, status, _ in seen),
        "p95_ms": round(_p95([ms for _, _, ms in seen])),
        "p95_ms_of": {page: round(_p95(times)) for page, times in by_page.items()},
    }
    say(f"{PEOPLE} people, the next page after {reading} s: {found}")
    return found


def _with_import(visitors: Sequence[Visitor], port: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What pages take while a file of 100,000 rows comes in, and what the file takes."""
    with ThreadPoolExecutor(1) as pool:
        brought = pool.submit(_bring_in, port)
        seen = _together(visitors, port, READING)
        return seen, brought.result()


def _bring_in(port: int) -> dict[str, Any]:
    """Deliver and commit a file by the API, and wait until it was previewed and its results are computed."""
    from rapport.apps.delivery.models import Batch
    from rapport.apps.engagements.models import Engagement
    from rapport.apps.kpis.models import Computation
    from rapport.cli.deliver import Installation

    engagement = Engagement.objects.order_by("pk").select_related("partner_owner")[IMPORTED_INTO]
    program = Installation(f"http://127.0.0.1:{port}", _key_of(engagement.partner_owner))
    home, file = f"/engagements/{engagement.pk}/batches", tickets(int(time.time()), ROWS)
    start = time.perf_counter()
    parts = {"file": ("tickets.csv", file)}
    batch = program.ask("POST", home, data={"source": "tickets"}, files=parts)["id"]
    _until(lambda: Batch.objects.get(pk=batch).stage == "previewed", seconds=120)
    previewed = time.perf_counter()
    program.ask("POST", f"{home}/{batch}/commit")
    committed = time.perf_counter()
    _until(lambda: not Computation.objects.filter(engagement=engagement).exists(), seconds=120)
    return {
        "rows": ROWS,
        "preview_s": round(previewed - start, 1),
        "commit_s": round(committed - previewed, 1),
        "results_s": round(time.perf_counter() - previewed, 1),
    }


def _key_of(person: Any) -> str:
    from django.utils import timezone

    from rapport.apps.accounts.actions import issue_token

    return issue_token(by=person, name="bench", scope="write", lasts=timedelta(hours=1), at=timezone.now())[1]


def _p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main()
