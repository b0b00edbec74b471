"""What every command shares: opening an agreement with its records, telling progress, and refusing clearly."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

import typer

from rapport.engine.backend import Backend, DuckDbBackend, EngineUnavailable
from rapport.engine.document import Document, DocumentError, load
from rapport.engine.moments import instant_of
from rapport.engine.records import RecordsRefused
from rapport.engine.workspace import Workspace


class Exit(IntEnum):
    """Exit codes, the same for every command; 2 is wrong usage, as everywhere."""

    DONE = 0
    USAGE = 2
    AGREEMENT_FAULTY = 3
    RECORDS_REFUSED = 4
    ENGINE_UNAVAILABLE = 5
    HISTORY_BROKEN = 6
    REFUSED = 7
    AILING = 8


def fail(message: str, code: Exit) -> NoReturn:
    """End the command with a sentence on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def open_document(path: Path) -> Document:
    """The agreement in a file, or the end of the command with its faults."""
    try:
        return load(path)
    except OSError as error:
        fail(f"{path}: cannot be read: {error.strerror}.", Exit.USAGE)
    except DocumentError as error:
        lines = [f"{path}: {fault}" for fault in error.faults]
        fail("\n".join([*lines, f"{len(lines)} to mend; nothing was computed."]), Exit.AGREEMENT_FAULTY)


@contextmanager
def open_workspace(
    path: Path,
    records: Sequence[str],
    as_of: str | None,
    engine: str = "duckdb",
    master: str = "",
    store: Path | None = None,
) -> Iterator[Workspace]:
    """An agreement with its records in an engine; what goes wrong inside ends the command with a sentence."""
    document = open_document(path)
    files = _files_by_source(document, records)
    moment = _moment(as_of, document.agreement.time_zone)
    backend = _backend(engine, master)
    try:
        with progress() as tell:
            yield Workspace(document, backend, files, moment, tell, store)
    except RecordsRefused as error:
        fail(f"{error}", Exit.RECORDS_REFUSED)
    except EngineUnavailable as error:
        fail(str(error), Exit.ENGINE_UNAVAILABLE)
    except LookupError as error:
        fail(str(error.args[0]), Exit.USAGE)
    finally:
        backend.close()


def _files_by_source(document: Document, records: Sequence[str]) -> dict[str, list[Path]]:
    """Record files given as PATH, or as SOURCE=PATH where the agreement has several sources."""
    sources = list(document.agreement.sources)
    files: dict[str, list[Path]] = {}
    for text in records:
        name, separator, path = text.partition("=")
        if not separator or name not in sources:
            name, path = sources[0], text
            if len(sources) > 1:
                fail(f"{text}: write SOURCE=FILE, with one of {', '.join(sources)}.", Exit.USAGE)
        if not Path(path).is_file():
            fail(f"{path}: there is no such file.", Exit.USAGE)
        files.setdefault(name, []).append(Path(path))
    return files


def _moment(text: str | None, zone: str) -> int | None:
    try:
        return None if text is None else instant_of(text, zone)
    except ValueError:
        fail(f"--as-of {text}: write a date such as 2026-03-31 or a time such as 2026-03-31T17:00.", Exit.USAGE)


def _backend(engine: str, master: str) -> Backend:
    if engine == "duckdb":
        return DuckDbBackend()
    if engine != "spark":
        fail(f"--engine {engine}: choose duckdb or spark.", Exit.USAGE)
    from rapport.engine.spark import SparkBackend

    try:
        return SparkBackend(master)
    except EngineUnavailable as error:
        fail(str(error), Exit.ENGINE_UNAVAILABLE)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line on the terminal that says what is being done; nothing where standard error is not one."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("beginning") as status:
        yield lambda text: status.update(text)
