"""How what happens by itself is getting on, for a program that watches; nothing of any company is in it."""

from datetime import datetime

from rapport.apps.channels.queries import backlog as channel_backlog
from rapport.apps.meetings.queries import invitations_given_up, invitations_waiting, links_waiting
from rapport.apps.notices.queries import outbox
from rapport.apps.timers.queries import backlog


def metrics(now: datetime) -> str:
    """Figures in the text format of Prometheus."""
    invitations = invitations_waiting(now)
    timers, mail, links, channels = backlog(now), outbox(now), links_waiting(now), channel_backlog()
    gauges = {
        "timers_due": ("Timers that are due and have not rung.", timers.due),
        "timers_oldest_due_seconds": ("Since when the first of them is due.", _since(timers.oldest_at, now)),
        "timers_failed": ("Those of them that failed when they were last tried.", timers.failed),
        "outbox_waiting": ("Notices that are due to leave by mail and have not.", mail.waiting),
        "outbox_oldest_waiting_seconds": ("Since when the first of them is due.", _since(mail.oldest_at, now)),
        "outbox_given_up": ("Notices that could not leave however often they were tried.", mail.given_up),
        "report_links_waiting": ("Mail links for reports that have not left.", links.waiting),
        "report_links_oldest_waiting_seconds": ("Since when the first of them waits.", _since(links.oldest_at, now)),
        "meeting_invitations_waiting": ("Letters about meetings that are due and have not left.", invitations.waiting),
        "meeting_invitations_oldest_waiting_seconds": (
            "Since when the first of them is due.",
            _since(invitations.oldest_at, now),
        ),
        "meeting_invitations_given_up": (
            "Letters about meetings that could not leave however often they were tried.",
            invitations_given_up().count(),
        ),
        "channel_messages_waiting": ("Messages that wait to leave through channels.", channels.waiting),
        "channel_messages_oldest_waiting_seconds": ("Since when the first waits.", _since(channels.oldest_at, now)),
        "channel_messages_given_up": ("Messages that could not leave for three days.", channels.given_up),
        "channels_failing": ("Channels whose last message could not leave.", channels.failing),
    }
    return "".join(
        f"# HELP rapport_{name} {said}\n# TYPE rapport_{name} gauge\nrapport_{name} {value}\n"
        for name, (said, value) in gauges.items()
    )


def _since(moment: datetime | None, now: datetime) -> int:
    return int((now - moment).total_seconds()) if moment else 0
