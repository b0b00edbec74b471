"""History that cannot be rewritten unseen: each entry carries the digest of the one before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

START = "0" * 64
"""What the first entry of a chain follows."""


@dataclass(frozen=True)
class Link:
    """One entry: its number in the chain from 1 on, what it says as plain data, and the digest over all so far."""

    number: int
    content: Mapping[str, Any]
    digest: str


def digest_after(previous: str, number: int, content: Mapping[str, Any]) -> str:
    """SHA-256 over an entry and the digest it follows; the same for the same content whatever the order of its keys."""
    canonical = json.dumps([previous, number, content], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def first_break(links: Iterable[Link]) -> int | None:
    """The number at which a chain stops being what was written: changed, missing or out of order; None if it holds."""
    previous = START
    for expected, link in enumerate(links, start=1):
        if link.number != expected or link.digest != digest_after(previous, link.number, link.content):
            return expected
        previous = link.digest
    return None
