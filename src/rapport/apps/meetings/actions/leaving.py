"""Letting letters leave one by one: each taken up by one worker, all of them waiting where the mail server is away."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

from django.core.mail import get_connection

from rapport.apps.meetings.models import Invitation, ReportLink
from rapport.apps.timers.actions import share_out
from rapport.kit.mail import is_server_away

_log = logging.getLogger(__name__)
_Row = TypeVar("_Row", ReportLink, Invitation)


def let_leave(
    waiting: Sequence[_Row],
    *,
    take: Callable[[_Row, datetime], bool],
    send: Callable[[_Row, Any, datetime], int],
    put_off: Callable[[_Row, str, datetime], object],
    at: datetime,
) -> int:
    """Send letters, each if this worker can take it up; how many left.

    What could not leave is put off with the reason; once the mail server is away everything else waits untouched.
    """
    if not waiting:
        return 0
    began, connection, is_away = monotonic(), get_connection(), False

    def leave(row: _Row) -> int | None:
        nonlocal is_away
        now = at + timedelta(seconds=monotonic() - began)
        if is_away or not take(row, now):
            return None
        try:
            return send(row, connection, now)
        except Exception as error:  # a mail server has many ways to fail, and each is tried again
            is_away = is_server_away(error)
            put_off(row, f"{type(error).__name__}: {error}"[:500], now)
            _log.warning("%s %s could not leave", type(row).__name__, row.pk, exc_info=not is_away)
            return None if is_away else 0

    try:
        return share_out(waiting, leave)
    finally:
        connection.close()
