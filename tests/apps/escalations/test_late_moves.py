"""What is late and climbs no further is told again each working day, and settles nothing by itself."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.escalations.conftest import moment
from rapport.apps.accounts.models import Person
from rapport.apps.escalations import actions
from rapport.apps.escalations.models import Escalation
from rapport.apps.escalations.queries import adherence_of, thawed
from rapport.apps.escalations.queries.tellers import TELLERS
from rapport.apps.issues.models import Issue
from rapport.apps.notices.models import Notice
from rapport.apps.timers.models import Timer

LATE = (actions.ANSWER_LATE, actions.WORD_LATE)
TOP = ("2026-03-02 17:00", "2026-03-04 17:00")
"""When the two levels below the executives run out of time."""


@pytest.fixture
def told(work):
    """Who is told again of a late move when the worker has worked until a moment, since it was asked last."""
    known = set()

    def until(text):
        work(text)
        notices = Notice.objects.filter(kind__in=LATE).exclude(pk__in=known)
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


@pytest.fixture
def as_in(raised):
    """Lets the calendar of what climbs be that of another place."""

    def change(zone, **more):
        raised.ladder["calendar"] |= {"zone": zone, "holidays": [], "replacements": [], **more}
        raised.save()

    return change


@pytest.fixture
def told_on(work, as_in):
    """On which days of March somebody is told again where the plan is, by a worker that works when something is due."""

    def days(zone, person):
        local = ZoneInfo(zone)
        until = datetime(2026, 4, 1, tzinfo=local)
        while timer := Timer.objects.filter(done_at=None, due_at__lt=until).order_by("due_at").first():
            work(timer.due_at.strftime("%Y-%m-%d %H:%M:%S"))
        moments = Notice.objects.filter(kind__in=LATE, recipient=person).values_list("created_at", flat=True)
        return [at.astimezone(local).day for at in moments.order_by("created_at")]

    return days


@pytest.mark.parametrize(
    ("zone", "first"),
    [("Europe/London", 2), ("Australia/Sydney", 3), ("Asia/Tokyo", 3), ("America/Los_Angeles", 2)],
)
def test_a_late_reaction_is_told_each_working_day_wherever_the_plan_is(world, raised, as_in, told_on, now, zone, first):
    """In March, in which clocks change in London and in Los Angeles."""
    as_in(zone)
    actions.answer(by=world.editor, escalation=raised, turn=0, text="Mended.", at=now)
    working = [day for day in range(first, 32) if date(2026, 3, day).weekday() < 5]
    assert told_on(zone, world.manager) == working


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Sydney", "America/Los_Angeles"])
def test_where_every_hour_counts_a_late_reaction_is_told_each_day(world, raised, as_in, told_on, now, zone):
    as_in(zone, name="always", weekly=[[[0, 86400]]] * 7)
    actions.answer(by=world.editor, escalation=raised, turn=0, text="Mended.", at=now)
    found = told_on(zone, world.manager)
    assert found == list(range(found[0], 32))


def test_whoever_acts_on_the_day_is_told(world, answered, told, now):
    wednesday = date(2026, 3, 4)
    assert told("2026-03-03 09:00") == ["Northwind executive", "Northwind manager"]
    owner = "Northwind administrator"
    third = person_of(world.client, "manager", now)
    world.engagement.client_owner = world.administrator
    world.engagement.save()
    Escalation.objects.update(raiser=None)
    for person in (world.manager, world.executive):
        actions.add_absence(
            by=person,
            person=person,
            first_on=wednesday,
            last_on=wednesday,
            deputy=third.pk,
            at=moment("2026-03-03 12:00"),
        )
    assert told("2026-03-04 08:00") == [owner, "Third"]
    assert told("2026-03-05 08:00") == [owner, "Northwind executive", "Northwind manager"]


def test_an_answer_that_the_executives_owe_is_asked_of_whoever_acts_on_the_day(world, in_force, issue, told, work, now):
    third = person_of(world.own, "editor", now)
    in_force({"partner: Managing director": f"partner: {world.editor.name}"})
    raised = actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    for _ in range(2):
        work(Escalation.objects.get().due_at.strftime("%Y-%m-%d %H:%M"))
    due_at = Escalation.objects.get(pk=raised.pk).due_at
    assert told(due_at.strftime("%Y-%m-%d %H:%M")) == ["Brightdesk editor", "Brightdesk signer", "Northwind manager"]
    day = due_at.date() + timedelta(days=1)
    days = {"first_on": day, "last_on": day + timedelta(days=30), "deputy": third.pk}
    actions.add_absence(by=world.editor, person=world.editor, **days, at=due_at)
    assert told("2026-03-09 08:00") == ["Brightdesk signer", "Northwind manager", "Third"]


def test_what_was_late_before_anybody_was_reminded_is_told_from_then_on(answered, told, work):
    Timer.objects.all().delete()
    assert told("2026-03-03 08:59") == []
    assert told("2026-03-03 14:00") == ["Northwind executive", "Northwind manager"]
    assert told("2026-03-03 14:01") == []
    assert told("2026-03-04 08:00") == ["Northwind executive", "Northwind manager"]


def test_so_is_what_waits_at_the_top_and_nothing_that_climbs(raised, told, work):
    for at in TOP:
        work(at)
    Timer.objects.all().delete()
    assert told("2026-03-06 18:00") == ["Brightdesk signer", "Northwind manager"]
    assert told("2026-03-06 18:01") == []
    Timer.objects.all().delete()
    Issue.objects.update(state="resolved", resolved_by="partner")
    Escalation.objects.update(level=1)
    work("2026-03-09 12:00")
    assert not Timer.objects.exists()


def test_it_is_told_in_words(world, answered, step):
    ours, theirs = (TELLERS[actions.WORD_LATE](one, step().pk) for one in (world.manager, world.editor))
    assert ours.title.startswith("The client's word on the answer is owed since Tue 3 Mar 2026, 09:00 Europe/London")
    assert (ours.verb, theirs.verb, ours.text) == ("Read the answer", "Open", "Mended by Friday.")
    assert TELLERS[actions.WORD_LATE](world.sibling_signer, step().pk) is None


def test_an_answer_that_is_owed_is_told_in_words_until_the_level_is_left(world, raised, step, now):
    first = step()
    assert TELLERS[actions.ANSWER_LATE](world.editor, first.pk).verb == "Answer"
    actions.end_escalation(by=world.manager, escalation=raised, turn=0, reason="Agreed.", at=now)
    assert TELLERS[actions.ANSWER_LATE](world.editor, first.pk) is None


def test_once_the_answer_is_there_nothing_is_said_of_it_any_more(world, raised, step, now):
    at = moment("2026-03-02 18:00")
    Escalation.objects.update(level=2)
    actions.answer(by=world.editor, escalation=Escalation.objects.get(), turn=0, text="At last.", at=at)
    for person in (world.editor, world.manager):
        assert TELLERS[actions.ANSWER_LATE](person, step().pk) is None


def test_nothing_is_said_while_the_issue_is_said_to_be_mended(world, raised, step, now):
    for kind, act in ((actions.ANSWER_LATE, lambda: None), (actions.WORD_LATE, lambda: answer(world, raised, now))):
        act()
        Issue.objects.update(state="resolved", resolved_by="partner")
        assert TELLERS[kind](world.manager, step().pk) is None
        Issue.objects.update(state="listed", resolved_by="")
        assert TELLERS[kind](world.manager, step().pk)


def answer(world, escalation, at):
    return actions.answer(by=world.editor, escalation=escalation, turn=0, text="Mended.", at=at)


def person_of(organisation, role, at):
    return Person.objects.create(
        organisation=organisation, role=role, name="Third", email="third@example.org", created_at=at
    )


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
