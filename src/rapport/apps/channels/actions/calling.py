"""Calling an address that somebody typed in: never inside the installation's own network, and not for long."""

import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from rapport.domain.channels import PORTS, is_callable
from rapport.domain.refusals import Refused

_CONNECTING, _WHOLE = 3.0, 10.0
"""Seconds that a receiver has to be reached, and to have answered, however slowly it speaks."""
_is_hushed: ContextVar[bool] = ContextVar("is_hushed", default=False)
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def demand_address(address: str) -> str:
    """The host of an address of a webhook; refused unless it may be called by its looks.

    Where a name leads is looked at when it is called, and never while somebody waits for a page.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    is_own = settings.MAY_CALL_LOOPBACK and host in _LOOPBACK_NAMES
    is_plain = address.isascii() and address.isprintable() and not set(address) & set(" \\@#") and host[-1:] != "."
    is_secured = parts.scheme == "https" and port in PORTS
    if not (host and is_plain and (is_secured or (is_own and parts.scheme == "http")) and _is_outside(host)):
        raise Refused(
            "Rapport cannot call this address; write one that begins with https:// and is found on the public "
            "internet, on port 443 or 8443 and without a name or password in it."
        )
    return host


def _is_outside(host: str) -> bool:
    """Whether a number, however it is written, may be called, or a name can be one of the public internet."""
    if host in _LOOPBACK_NAMES:
        return settings.MAY_CALL_LOOPBACK
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except UnicodeError:
        return False
    except OSError:
        return "." in host and ":" not in host
    return all(_may_call(str(one[4][0])) for one in found)


def _may_call(number: str) -> bool:
    return is_callable(number.strip("[]"), is_loopback_called=settings.MAY_CALL_LOOPBACK)


def post(address: str, content: bytes, headers: Mapping[str, str]) -> tuple[int | None, timedelta | None]:
    """Send something; the status of the answer, None where none came, and for how long its receiver wants rest.

    Nothing of the answer but its head is read, and nowhere else is gone to.
    """
    with hushed(), _Call() as call:
        try:
            answer = call.session.post(address, data=content, headers=dict(headers), stream=True)
            answer.close()
        except Exception:  # a receiver has many ways to fail, and all are the same: no answer
            return None, None
        if call.is_over:
            return None, None  # what was cut off in the middle looks like an answer with a short head
        return answer.status_code, _asked_rest(answer.headers.get("Retry-After", ""))


class _Call:
    """One call: where it may go is looked at when it connects, and it ends in time."""

    def __init__(self) -> None:
        self.held: list[socket.socket] = []
        self.is_over = False
        self.watch = Timer(_WHOLE, self._end)
        self.watch.daemon = True

    def __enter__(self) -> "_Call":
        config = Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=settings.MAY_CALL_LOOPBACK,
            never_redirect=True,
            default_timeout=(_CONNECTING, _WHOLE),
            user_agent_override="Rapport",
        )
        self.session = HTTPSession(config)
        self.session.trust_env = False  # no proxy goes round the look at where a call goes, no .netrc adds a password
        for scheme in ("http", "https"):
            self.session.mount(f"{scheme}://", _Adapter(self, scheme))
        self.watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.cancel()
        self.session.close()
        for one in self.held:
            one.close()

    def hold(self, line: socket.socket) -> None:
        """Keep a second handle of a line, by which it is cut when the time is over; it may be over already."""
        self.held.append(line.dup())
        if self.is_over:
            line.shutdown(socket.SHUT_RDWR)
            raise OSError("the time is over")

    def _end(self) -> None:
        self.is_over = True
        for one in self.held:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Adapter(IPFilterAdapter):  # type: ignore[misc]
    """Connects by the number that a name was looked up as, after one more look at it, for one call."""

    def __init__(self, call: _Call, scheme: str) -> None:
        super().__init__(is_https_proto=scheme == "https", allow_loopback=settings.MAY_CALL_LOOPBACK)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, call),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, call),
        }


def _pool(pool: type[Any], connection: type[Any], call: _Call) -> type[Any]:
    def connect(line: Any) -> socket.socket:
        if not _may_call(line._dns_host):
            raise OSError("not a public address")
        made: socket.socket = connection._new_conn(line)
        call.hold(made)
        return made

    guarded = type("Guarded", (connection,), {"_new_conn": connect})
    return type("Pool", (pool,), {"ConnectionCls": guarded})


def _asked_rest(said: str) -> timedelta | None:
    """How long a receiver wants rest, in seconds or until a moment; None where it says nothing that can be read."""
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), 10**6))
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    return max(until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC), timedelta())


class _Hush(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - as every filter has it
        return not _is_hushed.get()


for _name in ("apprise", "urllib3.connectionpool", "urllib3.connection", "requests_hardened.ip_filter"):
    logging.getLogger(_name).addFilter(_Hush())


@contextmanager
def hushed() -> Iterator[None]:
    """Nothing within is logged by the libraries that call: an address holds a secret, an answer anything at all."""
    token = _is_hushed.set(True)
    try:
        yield
    finally:
        _is_hushed.reset(token)
