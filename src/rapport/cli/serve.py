"""The web application from the command line: `rapport serve`, `seed`, `user` and `verify`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

import typer

from rapport.cli.session import Exit, fail

_KEEPER = "from rapport.cli.worker import keep; keep()"


def run(host: str, port: int, workers: int, has_worker: bool) -> None:
    """Bring the database up to date and serve the application until interrupted, with a worker unless told not to."""
    set_up()
    from django.core.management import call_command
    from django.db import connection
    from granian import Granian
    from granian.constants import Interfaces

    call_command("migrate", interactive=False, verbosity=0)
    if connection.vendor == "sqlite":
        typer.echo(
            "Data is kept in SQLite, which is for trying and small use; set DATABASE_URL for PostgreSQL.", err=True
        )
    typer.echo(f"Rapport serves at http://{host}:{port}/ until you press Ctrl-C.", err=True)
    connection.close()
    server = Granian(
        "rapport.wsgi:application",
        host,
        port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
        log_access=False,
    )
    with _worker_beside() if has_worker else nullcontext():
        server.serve()


def verify(json: bool) -> None:
    """Calculate every chain of history anew and say whether it is as it was written."""
    set_up()
    from rapport.apps.audit.queries import verdicts

    found = list(verdicts())
    if json:
        import json as to_json

        typer.echo(to_json.dumps([vars(verdict) for verdict in found], indent=2))
    else:
        for verdict in found:
            state = f"BROKEN at entry {verdict.broken_at}" if verdict.broken_at else "holds"
            typer.echo(f"{verdict.chain}: {verdict.entries} entries, head {verdict.head[:16]}, {state}")
    if any(verdict.broken_at for verdict in found):
        raise typer.Exit(Exit.HISTORY_BROKEN)


def add_administrator(organisation: str, name: str, email: str) -> None:
    """Make the client organisation with its first administrator, and print a password for the first sign-in."""
    set_up()
    import secrets

    from django.core.management import call_command

    from rapport.apps.accounts.actions import found_client
    from rapport.domain.refusals import Refused

    call_command("migrate", interactive=False, verbosity=0)
    password = secrets.token_urlsafe(15)
    try:
        found_client(organisation=organisation, name=name, email=email, password=password, at=datetime.now(UTC))
    except Refused as refusal:
        fail(str(refusal), Exit.USAGE)
    typer.echo(f"{email} signs in with the password {password}")


def give_password(email: str) -> None:
    """Print a new password for somebody who lost theirs."""
    set_up()
    import secrets

    from rapport.apps.accounts.actions import give_password as give
    from rapport.domain.refusals import Refused

    password = secrets.token_urlsafe(15)
    try:
        person = give(email=email, password=password, at=datetime.now(UTC))
    except Refused as refusal:
        fail(str(refusal), Exit.USAGE)
    typer.echo(f"{person.email} signs in with the password {password}")


def seed() -> None:
    """Fill an empty installation with the demo portfolio and print who can sign in."""
    set_up()
    from django.core.management import call_command

    from rapport.cli.seed import fill
    from rapport.domain.refusals import Refused

    call_command("migrate", interactive=False, verbosity=0)
    try:
        entrances = fill(lambda text: typer.echo(f"Making {text} ...", err=True), datetime.now(UTC))
    except Refused as refusal:
        fail(str(refusal), Exit.USAGE)
    typer.echo("A portfolio for trying; these passwords are shown this once:")
    for entrance in entrances:
        person = entrance.person
        typer.echo(f"  {person.name}, {person.role} at {person.organisation}: {person.email}  {entrance.password}")


def set_up() -> None:
    """Make the web application's tables and settings known; a setting that is wrong ends the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        fail(str(error), Exit.USAGE)


@contextmanager
def _worker_beside() -> Iterator[None]:
    """A worker for as long as the block lasts; who keeps it is a process of its own, since the server forks."""
    keeper = subprocess.Popen([sys.executable, "-c", _KEEPER], start_new_session=True)
    try:
        yield
    finally:
        keeper.terminate()
        keeper.wait()
