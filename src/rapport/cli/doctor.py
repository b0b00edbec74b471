"""`rapport doctor`: whether an installation is well, a line for each thing looked at, and how to mend what is not."""

import fcntl
import shutil
import smtplib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from rapport.cli.serve import set_up
from rapport.cli.session import Exit

if TYPE_CHECKING:
    from rapport.apps.meetings.queries.links import Waiting

_LATE = timedelta(minutes=5)
"""After how long something that is due should have happened: a worker looks every second."""
_LATELY = timedelta(days=7)
"""For how long mail that was given up is told of."""
_SHOWN = 5
"""How many timers that failed are told of one by one."""
_PATIENCE = 5.0
"""Seconds that the mail server has to answer."""
_GB = 1_000_000_000
_LITTLE, _TOO_LITTLE = 2 * _GB, _GB // 5
"""Bytes left on a disk below which it is told, and below which files are refused soon."""


class State(StrEnum):
    """How something is: well, worth a look, or broken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, what was seen, and how to mend it where it is not well."""

    state: State
    what: str
    seen: str
    mend: str = ""


def run(json: bool) -> None:
    """Look at everything and tell it; ends with an exit code of its own where something is broken."""
    set_up()
    from django.utils import timezone

    found = list(examine(timezone.now()))
    if json:
        import json as to_json

        typer.echo(to_json.dumps([asdict(one) for one in found], indent=2))
    else:
        for one in found:
            typer.echo(f"{one.state:4}  {one.what:8}  {one.seen}{f' {one.mend}' if one.mend else ''}")
    if any(one.state is State.FAIL for one in found):
        raise typer.Exit(Exit.AILING)


def examine(now: datetime) -> Iterator[Finding]:
    """Everything that is looked at; without a database most of it cannot be."""
    database = _database()
    yield database
    if database.state is State.OK:
        for look in _NEEDING_TABLES:
            yield from look(now)
    yield _mail_server()
    yield from _disks()


def _database() -> Finding:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        mend = "Start the database, or mend DATABASE_URL or RAPPORT_DATA."
        return Finding(State.FAIL, "database", f"does not answer: {_line(error)}.", mend)
    if missing:
        mend = "Start `rapport serve`, which brings it up to date."
        return Finding(State.FAIL, "database", f"is not up to date, {missing} changes are missing.", mend)
    return Finding(State.OK, "database", f"{connection.display_name}, up to date.")


def _worker(now: datetime) -> Iterator[Finding]:
    oldest, latest = _untouched_since(now), _last_touch()
    if oldest and now - oldest > _LATE and (latest is None or now - latest > _LATE):
        seen = f"nobody has touched what is due since {_words(now - oldest)}."
        mend = "Start `rapport worker`, or see in its log why it does not get on."
        yield Finding(State.FAIL, "worker", seen, mend)
    elif _is_locked():
        yield Finding(State.OK, "worker", "works on this data folder.")
    else:
        mend = "Start `rapport serve` or `rapport worker`, unless one works on another machine."
        yield Finding(State.WARN, "worker", "none has this data folder's worker.lock.", mend)


def _untouched_since(now: datetime) -> datetime | None:
    """Since when something is due that nobody has tried to do."""
    from django.db.models import Min

    from rapport.apps.notices.models import Dispatch
    from rapport.apps.timers.models import Timer

    untouched = (
        Timer.objects.filter(done_at=None, due_at__lte=now, tried_at=None),
        Dispatch.objects.filter(outcome="", due_at__lte=now, taken_at=None),
    )
    moments = (rows.aggregate(oldest=Min("due_at"))["oldest"] for rows in untouched)
    return min((one for one in moments if one), default=None)


def _last_touch() -> datetime | None:
    """When something was last done or tried: much waits where a worker has much to do, or where mail cannot leave."""
    from django.db.models import Max

    from rapport.apps.notices.models import Dispatch
    from rapport.apps.timers.models import Timer

    timers = Timer.objects.aggregate(done=Max("done_at"), tried=Max("tried_at"))
    letters = Dispatch.objects.aggregate(taken=Max("taken_at"))
    return max((one for one in (*timers.values(), *letters.values()) if one), default=None)


def _is_locked() -> bool:
    from django.conf import settings

    try:
        with (settings.DATA / "worker.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _timers(now: datetime) -> Iterator[Finding]:
    from rapport.apps.timers.queries import backlog, failed_timers

    due = backlog(now)
    since = f", the first since {_words(now - due.oldest_at)}" if due.oldest_at else ""
    is_late = bool(due.oldest_at and now - due.oldest_at > _LATE)
    yield Finding(State.WARN if is_late else State.OK, "timers", f"{due.due} due{since}.")
    for one in failed_timers()[:_SHOWN]:
        seen = f"{one.key} failed at attempt {one.attempts}: {_line(one.error)}."
        yield Finding(State.WARN, "timers", seen, "It is tried again by itself; mend the reason.")
    if due.failed > _SHOWN:
        yield Finding(State.WARN, "timers", f"{due.failed - _SHOWN} more have failed.")


def _mail(now: datetime) -> Iterator[Finding]:
    from rapport.apps.meetings.queries import invitations_given_up, invitations_waiting, links_waiting
    from rapport.apps.notices.queries import given_up, last_failure, outbox

    waiting = outbox(now)
    since = f", the first since {_words(now - waiting.oldest_at)}" if waiting.oldest_at else ""
    reason = last_failure(now)
    why = f" The last failure: {_line(reason)}." if reason else ""
    is_late = bool(waiting.oldest_at and now - waiting.oldest_at > _LATE)
    yield Finding(State.WARN if is_late or why else State.OK, "outbox", f"{waiting.waiting} due{since}.{why}")
    for what, letters in (("mail links for reports", links_waiting), ("letters about meetings", invitations_waiting)):
        yield from _late(what, letters(now), now)
    if lately := given_up().filter(settled_at__gte=now - _LATELY).count():
        mend = f"Whom they were for sees them under What changed. The last reason: {_line(given_up()[0].error)}."
        yield Finding(State.WARN, "outbox", f"{lately} given up within {_LATELY.days} days.", mend)
    if lately := invitations_given_up().filter(settled_at__gte=now - _LATELY).count():
        seen = f"{lately} letters about meetings given up within {_LATELY.days} days."
        reason = _line(invitations_given_up()[0].error)
        mend = f"Whom they were for sees the meetings in their engagements. The last reason: {reason}."
        yield Finding(State.WARN, "outbox", seen, mend)


def _late(what: str, found: "Waiting", now: datetime) -> Iterator[Finding]:
    if found.oldest_at and now - found.oldest_at > _LATE:
        seen = f"{found.waiting} {what} wait, the first since {_words(now - found.oldest_at)}."
        mend = f"They are tried again by themselves. The last failure: {_line(found.error)}." if found.error else ""
        yield Finding(State.WARN, "outbox", seen, mend)


def _channels(now: datetime) -> Iterator[Finding]:
    from rapport.apps.channels.queries import backlog

    found = backlog()
    since = f", the first since {_words(now - found.oldest_at)}" if found.oldest_at else ""
    state, mend = State.OK, ""
    if found.failing or (found.oldest_at and now - found.oldest_at > _LATE):
        state, mend = State.WARN, "See under Channels which, and why."
    seen = f"{found.waiting} messages wait{since}; {found.failing} channels fail, {found.given_up} messages given up."
    yield Finding(state, "channels", seen, mend)


_NEEDING_TABLES: Sequence[Callable[[datetime], Iterable[Finding]]] = (_worker, _timers, _mail, _channels)


def _mail_server() -> Finding:
    from django.conf import settings

    address = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=_PATIENCE) as server:
            server.noop()
    except OSError as error:
        mend = "Start it, or name another by RAPPORT_MAIL_HOST and RAPPORT_MAIL_PORT; until then mail waits."
        return Finding(State.WARN, "mail", f"{address} does not answer: {_line(error)}.", mend)
    return Finding(State.OK, "mail", f"{address} answers.")


def _disks() -> Iterator[Finding]:
    from django.conf import settings

    there = next(folder for folder in (settings.DATA, *settings.DATA.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    state = State.FAIL if free < _TOO_LITTLE else State.WARN if free < _LITTLE else State.OK
    mend = "" if state is State.OK else "Make room, or move the folder and name it by RAPPORT_DATA."
    yield Finding(state, "disk", f"{free / _GB:.1f} GB left for {settings.DATA}.", mend)


def _line(said: object) -> str:
    return " ".join(str(said).split()).rstrip(".")


def _words(lasting: timedelta) -> str:
    minutes = int(lasting.total_seconds()) // 60
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if count := minutes // size:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute"
