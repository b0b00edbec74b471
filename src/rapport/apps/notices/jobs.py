"""Letting what people are told leave; done twice it has one effect."""

from datetime import datetime

from rapport.apps.notices import actions
from rapport.apps.notices.queries import Tellers

_AT_ONCE = 500


def send_waiting_mail(now: datetime, tellers: Tellers) -> int | None:
    """Send what is due; how many notices left, None where the mail server is away."""
    return actions.send_due_mail(tellers=tellers, most=_AT_ONCE, at=now)
