"""How what happens by itself is getting on, for a program that watches; nothing of any company is in it."""

from datetime import datetime

from rapport.apps.notices.queries import outbox
from rapport.apps.timers.queries import backlog


def metrics(now: datetime) -> str:
    """Figures in the text format of Prometheus."""
    timers, mail = backlog(now), outbox(now)
    gauges = {
        "timers_due": ("Timers that are due and have not rung.", timers.due),
        "timers_oldest_due_seconds": ("Since when the first of them is due.", _since(timers.oldest_at, now)),
        "timers_failed": ("Those of them that failed when they were last tried.", timers.failed),
        "outbox_waiting": ("Notices that are due to leave by mail and have not.", mail.waiting),
        "outbox_oldest_waiting_seconds": ("Since when the first of them is due.", _since(mail.oldest_at, now)),
        "outbox_given_up": ("Notices that could not leave however often they were tried.", mail.given_up),
    }
    return "".join(
        f"# HELP rapport_{name} {said}\n# TYPE rapport_{name} gauge\nrapport_{name} {value}\n"
        for name, (said, value) in gauges.items()
    )


def _since(moment: datetime | None, now: datetime) -> int:
    return int((now - moment).total_seconds()) if moment else 0
