"""Channels: which addresses may be called, what came of a call, and when the next one is made."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from rapport.domain.retries import pause_after


class Kind(StrEnum):
    """A program's own address, or a chat of a service that Rapport knows."""

    WEBHOOK = "webhook"
    CHAT = "chat"


class State(StrEnum):
    """Whether something is sent; *gone* is said by the receiver, which wants nothing any more."""

    ON = "on"
    PAUSED = "paused"
    GONE = "gone"


class Came(StrEnum):
    """What came of a call, and all that is ever told of it.

    Whether a port is closed, a name unknown or an answer late is the same: no answer.
    """

    TAKEN = "taken"
    GONE = "gone"
    BUSY = "busy"
    MOVED = "moved"
    REFUSED = "refused"
    SILENT = "silent"


SERVICES: Mapping[str, str] = {
    "Slack": r"https://hooks\.slack\.com/services/[A-Za-z0-9]+/[A-Za-z0-9]+/[A-Za-z0-9]+",
    "Microsoft Teams": (
        r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:logic\.azure\.com|api\.powerplatform\.com)(?::443)?"
        r"(?:/powerautomate/automations/direct(?:/cu/[0-9]+)?)?/workflows/[A-Za-z0-9_-]+/triggers/manual/paths/invoke"
        r"\?(?:(?:api-version|sp|sv|sig)=[A-Za-z0-9%._~-]+&?)+"
    ),
    "Discord": r"https://discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]+",
    "Google Chat": (
        r"https://chat\.googleapis\.com/v1/spaces/[A-Za-z0-9_-]+/messages\?key=[A-Za-z0-9_-]+&token=[A-Za-z0-9_%=-]+"
    ),
    "Webex": r"https://(?:webexapis|api\.ciscospark)\.com/v1/webhooks/incoming/[A-Za-z0-9]{80,160}",
    "Telegram": r"tgram://[0-9]+:[A-Za-z0-9_-]{20,}/-?[0-9]+",
    "Zulip": r"zulip://[A-Za-z0-9_-]{1,32}@[A-Za-z0-9-]{1,32}/[A-Za-z0-9]{32}/[A-Za-z0-9_-]+",
}
"""The chats Rapport speaks to, and the whole of an address there.

Each fixes the host, and leaves no room for an option: a longer address can name files to read, a host to call, or turn
the check of certificates off.
"""
PORTS = (None, 443, 8443)
"""The ports of a webhook."""
TOLD_FOR = timedelta(days=3)
"""How long something that could not be sent is tried again."""
SECRET_OVERLAP = timedelta(days=1)
"""How long a secret that was changed is still signed with."""
_LONGEST_REST = timedelta(hours=1)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_NOT_PUBLIC_V4 = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4")))
_OK, _MOVED, _BAD = 200, 300, 400
_ANSWERS = {410: Came.GONE, 429: Came.BUSY, 503: Came.BUSY}


def service_of(address: str) -> str | None:
    """Which chat an address is of; None for any other."""
    return next((name for name, pattern in SERVICES.items() if re.fullmatch(pattern, address)), None)


def is_callable(host: str, *, is_loopback_called: bool = False) -> bool:
    """Whether a network address is one of the public internet, in whichever form; `host` is the number itself.

    The forms of IPv6 that stand for an address of IPv4, such as NAT64, 6to4 and Teredo, are called by nobody but to get
    round such a rule. For trials an installation may call its own machine.
    """
    found = ip_address(host.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.is_loopback:
        return is_loopback_called
    if isinstance(found, IPv4Address):
        return found.is_global and not any(found in net for net in _NOT_PUBLIC_V4)
    return found in _PUBLIC_V6 and not any(found in net for net in _NOT_PUBLIC_V6)


def came_of(status: int | None) -> Came:
    """What came of a call, by the status of its answer; None where there was none."""
    if status is None:
        return Came.SILENT
    if _OK <= status < _MOVED:
        return Came.TAKEN
    return _ANSWERS.get(status, Came.MOVED if _MOVED <= status < _BAD else Came.REFUSED)


def rest_after(failures: int, asked: timedelta | None) -> timedelta:
    """How long a channel rests after so many failures in a row: ever longer, or longer if the receiver asked for it.

    Never longer than an hour, whatever is asked.
    """
    return min(max(pause_after(failures), asked or timedelta()), _LONGEST_REST)


def is_resting(until: datetime | None, now: datetime) -> bool:
    """Whether a channel rests. A moment too far ahead is of a clock that was set back since, and holds up nothing."""
    return until is not None and now < until <= now + _LONGEST_REST
