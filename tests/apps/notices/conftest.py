from datetime import timedelta
from types import SimpleNamespace

import pytest

from rapport.apps.notices.actions import choose_habits, notify
from rapport.apps.notices.jobs import send_waiting_mail
from rapport.apps.notices.models import Dispatch
from rapport.apps.notices.queries import Told
from rapport.domain.notices import Habits, Urgency


def say_number(person, subject):
    """Words for any number, but nobody's of number 0, and none that can be found of number 13."""
    if subject == 13:
        raise LookupError("no words")
    return Told(title=f"Number {subject}", url=f"/numbers/{subject}/") if subject else None


@pytest.fixture
def tell(now):
    """Tells people of a number."""

    def told(*people, subject=1, event=None, urgency=Urgency.AT_ONCE, at=now):
        notify(recipients=people, kind="number", subject=subject, event=event or f"number {subject}",
               urgency=urgency, at=at)  # fmt: skip

    return told


@pytest.fixture
def send(mailoutbox):
    """Sends what is due; the letters that left."""

    def sent(at, **tellers):
        before = len(mailoutbox)
        send_waiting_mail(at, {"number": say_number, **tellers})
        return mailoutbox[before:]

    return sent


@pytest.fixture
def awake():
    """Has somebody want no quiet hours."""

    def wake(*people):
        for person in people:
            choose_habits(by=person, habits=Habits(quiet_from=Habits().quiet_until))

    return wake


@pytest.fixture
def outbox():
    """What has become of everything that was to leave, the first first."""
    return lambda: list(Dispatch.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.fixture
def moments(now):
    """The day of the tests is a Monday, 09:00; digests leave at 07:30."""
    morning = now.replace(hour=7, minute=30)
    return SimpleNamespace(now=now, evening=now.replace(hour=21), next_digest=morning + timedelta(1))
