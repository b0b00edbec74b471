"""How long it takes to catch up: `python -m bench.timers [--count N] [--postgresql URL]`.

Writes `bench/timers.json` and its part of `docs/benchmarks.md`. Timers and notices that are all due are worked off by
one worker on SQLite, and by two at once on PostgreSQL: a private one where its programs are, or the empty database that
is named. Nothing may happen twice.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from tests.on_postgresql import programs, server

from bench import report

COUNT = 10_000
TOLD_OF = 10
"""How many notices everybody gets, and so how many there are to a letter."""
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_WORK = "from bench.timers import work; work()"


class Counting(BaseEmailBackend):
    """Takes every letter, and writes down its name and whom it is for."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        with Path(os.environ["LETTERS"]).open("a", encoding="utf-8") as file:
            file.writelines(f"{one.extra_headers['Message-ID']} {one.to[0]}\n" for one in email_messages)
        return len(email_messages)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.timers", description=__doc__)
    options.add_argument("--count", type=int, default=COUNT, help="how many timers, and how many notices")
    options.add_argument("--postgresql", metavar="URL", help="an empty database; a private server unless given")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="rapport-timers-") as scratch:
        found = [measure(Path(scratch), "", 1, given.count)]
        with _postgresql(given.postgresql) as address:
            if address:
                found.append(measure(Path(scratch), address, 2, given.count))
    report.TIMERS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    report.write(json.loads(report.RESULTS.read_text(encoding="utf-8")))


@contextmanager
def _postgresql(address: str | None) -> Iterator[str | None]:
    bin_ = programs()
    if address or bin_ is None:
        if not address:
            say("PostgreSQL's programs are not here; name a database with --postgresql")
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="rapport-postgresql-") as folder, server(Path(folder), bin_) as private:
        yield private


def measure(folder: Path, address: str, workers: int, count: int) -> dict[str, Any]:
    """Fill a database and have workers work it off: how long they took, once it is sure that nothing happened twice."""
    letters = folder / f"letters-{workers}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "rapport.settings",
        "RAPPORT_DATA": str(folder),
        "DATABASE_URL": address,
        "LETTERS": str(letters),
    }
    _run(environment, f"from bench.timers import fill; fill({count})")
    begun = [
        subprocess.Popen([sys.executable, "-c", _WORK], env=environment, stdout=subprocess.PIPE) for _ in range(workers)
    ]
    told = [json.loads(one.communicate()[0]) for one in begun]
    seconds = max(ended for _, ended in told) - min(began for began, _ in told)
    _run(environment, f"from bench.timers import demand_once; demand_once({count})")
    lines = letters.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines)) == count // TOLD_OF, f"{len(lines)} letters for {count // TOLD_OF} people"
    engine = "PostgreSQL" if address else "SQLite"
    say(f"{engine}, {workers} at work: {count:,} timers and {count:,} notices in {seconds:.1f} s, none twice")
    return {"engine": engine, "workers": workers, "count": count, "seconds": round(seconds, 1)}


def fill(count: int) -> None:
    """Timers and notices that are all due."""
    _set_up()
    from django.core.management import call_command

    from rapport.apps.accounts.models import Organisation, Person
    from rapport.apps.notices.models import Dispatch, Notice
    from rapport.apps.timers.models import Timer

    call_command("migrate", interactive=False, verbosity=0)
    company = Organisation.objects.create(name="Northwind", side="client", created_at=NOW)
    people = [
        Person(organisation=company, role="viewer", name=f"{one}", email=f"{one}@northwind.example", created_at=NOW)
        for one in range(count // TOLD_OF)
    ]
    Person.objects.bulk_create(people)
    Timer.objects.bulk_create(Timer(key=f"{one}", kind="note", subject=one, due_at=NOW) for one in range(count))
    told = [
        Notice(recipient=person, kind="note", subject=one, event=f"{one}", created_at=NOW)
        for one in range(TOLD_OF)
        for person in people
    ]
    Notice.objects.bulk_create(told)
    Dispatch.objects.bulk_create(Dispatch(notice=one, due_at=NOW) for one in told)


def work() -> None:
    """Ring and send as a worker does until nothing is left; writes when it began and when it ended."""
    _set_up()
    from django.conf import settings
    from django.template.loader import render_to_string

    from rapport.apps.notices.jobs import send_waiting_mail
    from rapport.apps.notices.queries import Told
    from rapport.apps.timers.jobs import ring_due_timers
    from rapport.apps.timers.models import Timer

    def note(subject: int, at: datetime) -> None:
        Timer.objects.create(key=f"{os.getpid()} {subject}", kind="effect", subject=subject, due_at=at, done_at=at)

    settings.EMAIL_BACKEND = "bench.timers.Counting"
    render_to_string("notices/mail.txt")  # a worker has been at work for long, and knows every address
    began = time.time()
    tellers = {"note": lambda *_: Told("Noted", "/")}
    while ring_due_timers(NOW, {"note": note}) + (send_waiting_mail(NOW, tellers) or 0):
        pass
    print(json.dumps([began, time.time()]))


def demand_once(count: int) -> None:
    """Each timer has had one effect and each notice has left, or this fails."""
    _set_up()
    from rapport.apps.notices.models import Dispatch
    from rapport.apps.timers.models import Timer

    effects = list(Timer.objects.filter(kind="effect").values_list("subject", flat=True))
    assert sorted(effects) == list(range(count)), f"{len(effects)} effects of {count} timers"
    left = Dispatch.objects.filter(outcome="sent").count()
    assert left == count // TOLD_OF * TOLD_OF, f"{left} notices of {count} have left"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(environment: dict[str, str], words: str) -> None:
    subprocess.run([sys.executable, "-c", words], env=environment, check=True)


def _set_up() -> None:
    import django

    django.setup()


if __name__ == "__main__":
    main()
