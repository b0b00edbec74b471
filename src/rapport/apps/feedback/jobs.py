"""What happens to ratings and promises by itself; done twice it has one effect."""

from collections.abc import Mapping
from datetime import datetime

from rapport.apps.feedback import actions
from rapport.apps.timers.actions import Act


def _close(round: int, at: datetime) -> None:
    actions.close_round(round=round, at=at)


def _remind(round: int, at: datetime) -> None:
    actions.remind_of_round(round=round, at=at)


def _tell(promise: int, at: datetime) -> None:
    actions.tell_of_promise(promise=promise, at=at)


ACTS: Mapping[str, Act] = {actions.CLOSE: _close, actions.REMIND: _remind, actions.DUE: _tell}
"""What happens when a timer of this app rings."""
