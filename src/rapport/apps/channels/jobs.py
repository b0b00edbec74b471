"""Letting what people are told leave through channels; done twice it has one effect."""

from datetime import datetime

from rapport.apps.channels import actions
from rapport.apps.notices.queries import Tellers


def send_waiting_messages(now: datetime, tellers: Tellers) -> int:
    """Send what waits; how many messages left or had nothing to say."""
    return actions.send_due_messages(tellers=tellers, at=now)
