"""Both sides rate at the same moment."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.issues.test_issues_at_once import _two_companies
from rapport.apps.audit.models import Entry
from rapport.apps.feedback import actions
from rapport.apps.feedback.models import Round
from rapport.domain.ratings import QUESTIONS, Answer

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="makes a database of its own in a file")
ANSWERS = {one.id: Answer(4) for one in QUESTIONS}


def _opened(world, now):
    last = now.date() + timedelta(days=9)
    return actions.open_round(by=world.manager, engagement=world.engagement, period="Q4", closes_on=last, at=now)


def test_two_sides_that_rate_at_once_open_both_once(at_once, now):
    [world] = at_once(lambda: _two_companies(now))
    [one] = at_once(lambda: _opened(world, now))
    at_once(
        lambda: actions.rate(by=world.manager, round=one, answers=ANSWERS, at=now),
        lambda: actions.rate(by=world.signer, round=one, answers=ANSWERS, at=now),
    )
    assert at_once(lambda: Round.objects.get().state) == ["revealed"]
    [verbs] = at_once(lambda: [entry.content["verb"] for entry in Entry.objects.all()])
    assert verbs.count("rating.revealed") == 1
