"""What is late and climbs no further is told again each working day, and settles nothing by itself."""

from datetime import UTC, datetime

import pytest

from apps.escalations.conftest import moment
from rapport.apps.escalations import actions
from rapport.apps.escalations.models import Escalation
from rapport.apps.escalations.queries import adherence_of, thawed
from rapport.apps.escalations.queries.tellers import TELLERS
from rapport.apps.issues.models import Issue
from rapport.apps.notices.models import Notice
from rapport.apps.timers.models import Timer

TOP = ("2026-03-02 17:00", "2026-03-04 17:00")
"""When the two levels below the executives run out of time."""


@pytest.fixture
def told(work):
    """Who is told again of a late move when the worker has worked until a moment, since it was asked last."""
    known = set()

    def until(text):
        work(text)
        notices = Notice.objects.filter(kind=actions.LATE).exclude(pk__in=known)
        names = sorted(notices.values_list("recipient__name", flat=True))
        known.update(Notice.objects.values_list("pk", flat=True))
        return names

    return until


def test_a_reaction_that_is_owed_is_asked_for_on_its_side_each_working_day(world, answered, told):
    assert told("2026-03-03 08:59") == []
    those_who_owe = ["Northwind executive", "Northwind manager"]  # the level above is asked to see to it
    assert told("2026-03-03 09:00") == those_who_owe
    assert told("2026-03-04 07:59") == []
    assert told("2026-03-04 08:00") == those_who_owe
    assert told("2026-03-04 20:00") == []
    found = Escalation.objects.get()
    assert (found.state, found.level, found.turn) == ("answered", 0, 1)
    assert adherence_of(world.engagement, moment("2026-03-04 20:00")).client.unanswered == 1


def test_nobody_is_told_again_once_the_move_is_made(world, answered, told):
    assert told("2026-03-03 09:00")
    actions.accept(by=world.manager, escalation=answered, turn=1, at=moment("2026-03-03 10:00"))
    assert told("2026-03-09 12:00") == []
    assert not Timer.objects.filter(done_at=None).exists()


def test_the_executives_and_both_owners_are_told_until_somebody_answers(world, raised, work, told):
    for at in TOP:
        work(at)
    assert told("2026-03-06 16:59") == []
    owners = ["Brightdesk signer", "Northwind manager"]
    assert told("2026-03-06 17:00") == owners
    assert told("2026-03-08 23:00") == []  # a Sunday
    assert told("2026-03-09 08:00") == owners
    assert told("2026-03-11 12:00") == owners  # a worker that was away tells once
    actions.answer(by=world.signer, escalation=raised, turn=2, text="At last.", at=moment("2026-03-11 12:30"))
    assert told("2026-03-12 12:00") == []


def test_nobody_is_told_while_the_issue_is_said_to_be_mended(answered, told):
    Issue.objects.update(state="resolved", resolved_by="partner")
    assert told("2026-03-03 09:00") == []
    Issue.objects.update(state="listed", resolved_by="")
    assert told("2026-03-04 08:00") == ["Northwind executive", "Northwind manager"]


def test_nothing_is_told_of_what_is_settled_or_not_late(answered, now):
    assert not actions.remind(escalation=answered.pk, at=now.replace(hour=12))
    Issue.objects.update(state="closed", resolved_by="partner")
    assert not actions.remind(escalation=answered.pk, at=moment("2026-03-04 09:00"))
    assert Escalation.objects.get().state == "ended"
    assert not actions.remind(escalation=answered.pk, at=moment("2026-03-05 09:00"))


def test_it_is_told_in_words(world, answered, step):
    ours, theirs = (TELLERS[actions.LATE](one, step().pk) for one in (world.manager, world.editor))
    assert ours.title.startswith("The client's word on the answer is owed since Tue 3 Mar 2026, 09:00 Europe/London")
    assert (ours.verb, theirs.verb, ours.text) == ("Read the answer", "Open", "Mended by Friday.")
    assert TELLERS[actions.LATE](world.sibling_signer, step().pk) is None


def test_an_answer_that_is_owed_is_told_in_words_until_the_level_is_left(world, raised, step, now):
    first = step()
    assert TELLERS[actions.LATE](world.editor, first.pk).verb == "Answer"
    actions.end_escalation(by=world.manager, escalation=raised, turn=0, reason="Agreed.", at=now)
    assert TELLERS[actions.LATE](world.editor, first.pk) is None


@pytest.mark.parametrize(
    ("zone", "at", "next_day"),
    [
        ("Europe/London", "2026-03-27 17:00", "2026-03-30 07:00"),  # over the weekend in which clocks change
        ("Asia/Tokyo", "2026-03-02 08:00", "2026-03-02 23:00"),
        ("America/Los_Angeles", "2026-03-03 01:00", "2026-03-03 16:00"),
    ],
)
def test_the_next_working_day_begins_where_the_plan_is(raised, zone, at, next_day):
    raised.ladder["calendar"] |= {"zone": zone, "holidays": [], "replacements": []}
    assert thawed(raised.ladder).next_day(moment(at)) == moment(next_day)


def test_where_every_hour_counts_the_next_day_is_the_next(raised):
    raised.ladder["calendar"] |= {"name": "always", "zone": "UTC", "weekly": [[[0, 86400]]] * 7}
    found = thawed(raised.ladder).next_day(moment("2026-03-07 12:00"))
    assert found == datetime(2026, 3, 8, tzinfo=UTC)
