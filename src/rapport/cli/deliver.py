"""Delivering a record file to an installation, as programs do: by its API, with a key of a person."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

from rapport.cli.session import Exit, fail, progress
from rapport.cli.show import say, show_json, show_table

_LOOK = 1.0
"""Seconds between two looks at how far the reading of a large file is."""
_PATIENCE = 60.0
_HERE = ("127.0.0.1", "::1", "localhost")
_ACCOUNT = ("read", "used", "rejected", "duplicate", "out_of_term")
_LISTED_REJECTS = 20


class Delivery(NamedTuple):
    """A file of records, the source it belongs to, and the number of the engagement it is delivered to."""

    engagement: int
    source: str
    file: Path


class Installation:
    """An installation of Rapport, asked with somebody's key."""

    def __init__(self, address: str, key: str) -> None:
        self._api = f"{address.rstrip('/')}/api"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """What it answers; a refusal ends the command with its reason, and where in the request it lies."""
        try:
            answer = self._session.request(method, self._api + path, timeout=_PATIENCE, allow_redirects=False, **more)
            content = answer.json()
        except requests.exceptions.JSONDecodeError:
            fail(f"{self._api} is no installation of Rapport; check RAPPORT_URL.", Exit.USAGE)
        except requests.RequestException as error:
            fail(
                f"{self._api} does not answer ({type(error).__name__}); nothing more was done, try again.", Exit.REFUSED
            )
        if not answer.ok:
            where = [f"  {'.'.join(map(str, one['location']))}: {one['message']}" for one in content.get("errors", [])]
            fail("\n".join([content.get("detail", answer.reason), *where]), Exit.REFUSED)
        return content


def run(delivery: Delivery, is_committed: bool, as_json: bool) -> None:
    """Deliver a file and tell what became of its rows; with `is_committed` let them count unless it was refused."""
    installation = _installation()
    home = f"/engagements/{delivery.engagement}/batches"
    with progress() as tell:
        tell(f"sending {delivery.file.name}")
        batch = _read(installation, home, _sent(installation, home, delivery), tell)
        results = None
        if is_committed and batch["stage"] == "previewed":
            tell("committing")
            changed = installation.ask("POST", f"{home}/{batch['id']}/commit")
            batch, results = changed["batch"], changed["results"]
        rejects = installation.ask("GET", f"{home}/{batch['id']}/rejected", params={"limit": _LISTED_REJECTS})["items"]
    if as_json:
        show_json({"batch": batch, "rejects": rejects, "results": results})
    else:
        _show(batch, rejects, results)


def _installation() -> Installation:
    address, key = os.environ.get("RAPPORT_URL", ""), os.environ.get("RAPPORT_KEY", "")
    if not address or not key:
        fail("Set RAPPORT_URL to the installation's address and RAPPORT_KEY to a key of yours.", Exit.USAGE)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        fail(f"RAPPORT_URL is {address}: begin it with https://, or the key could be read on its way.", Exit.USAGE)
    return Installation(address, key)


def _sent(installation: Installation, home: str, delivery: Delivery) -> Any:
    """The batch that a file became."""
    try:
        file = delivery.file.open("rb")
    except OSError as error:
        fail(f"{delivery.file}: cannot be read: {error.strerror}.", Exit.USAGE)
    with file:
        parts = {"file": (delivery.file.name, file)}
        return installation.ask("POST", home, data={"source": delivery.source}, files=parts)


def _read(installation: Installation, home: str, batch: Any, tell: Callable[[str], None]) -> Any:
    """A batch once it has been read, or the end of the command with why it cannot be."""
    while batch["stage"] == "reading":
        tell(batch["doing"] or "waiting to be read")
        time.sleep(_LOOK)
        batch = installation.ask("GET", f"{home}/{batch['id']}")
    if batch["stage"] == "refused":
        fail(batch["refusal"], Exit.RECORDS_REFUSED)
    return batch


def _show(batch: Any, rejects: list[Any], results: Any) -> None:
    account = [(name.replace("_", " "), batch["report"].get(name, 0)) for name in _ACCOUNT]
    show_table(f"{batch['file_name']} for {batch['source']}, file {batch['id']}", ("rows", ""), account)
    if rejects:
        columns = ("row", "column", "seen", "expected")
        show_table("Rejected rows, the first of them", columns, [[one[name] for name in columns] for one in rejects])
    if batch["stage"] == "previewed":
        say("Nothing counts yet: look at it on the page, or give --commit.")
    elif results:
        say(f"Committed; the results are {results['outcome']}{': ' + results['reason'] if results['reason'] else '.'}")
