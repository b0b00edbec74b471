"""History is locked last, so that nobody who takes a step and no worker wait for each other; where rows are locked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from rapport.apps.audit.actions import SYSTEM, record
from rapport.apps.issues.actions import comment_on
from rapport.apps.issues.models import Issue
from rapport.apps.meetings import actions
from rapport.apps.meetings.jobs import follow_plans
from rapport.apps.meetings.models import Meeting, Report
from rapport.apps.meetings.queries import plans

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks all of a database at once"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def beside(world, now):
    """Does something beside a step with a row, which has the row and writes history a little later."""

    def step(row, is_at_it, others):
        with transaction.atomic():
            type(row).objects.select_for_update().get(pk=row.pk)
            is_at_it.set()
            others.wait(1)
            record(world.engagement.chain, by=SYSTEM, at=now, verb="step.taken", subject=str(row))
        connection.close()

    def run(row, act):
        is_at_it, is_done = Event(), Event()

        def beside_it():
            is_at_it.wait(10)
            try:
                act()
            finally:
                is_done.set()
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            for one in [pool.submit(step, row, is_at_it, is_done), pool.submit(beside_it)]:
                one.result()

    return run


@pytest.fixture
def late(world, report, on):
    """A report that is late, and the issue about it."""
    at = on(4)
    return Report.objects.get(pk=report.pk), Issue.objects.get(origin="late_report"), at


def test_a_late_report_is_handed_in_beside_a_step_with_its_issue(world, late, beside):
    report, issue, at = late
    hand_in = {"by": world.signer, "report": report, "answers": {"outlook": "x"}, "at": at}
    beside(issue, lambda: actions.hand_in_report(**hand_in))
    issue.refresh_from_db()
    assert (Report.objects.get(pk=report.pk).state, issue.state) == ("received", "closed")


def test_a_late_report_is_handed_in_beside_a_comment_on_its_issue(world, late, now):
    """Which says nothing to the row of the issue before the very end."""
    report, issue, at = late
    has_history, is_done = Event(), Event()

    def comment():
        with transaction.atomic():
            comment_on(by=world.manager, issue=issue, text="Still nothing", is_private=False, at=at)
            has_history.set()
            is_done.wait(1)
        connection.close()

    def hand_in():
        has_history.wait(10)
        actions.hand_in_report(by=world.signer, report=report, answers={"outlook": "x"}, at=at)
        is_done.set()
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(comment), pool.submit(hand_in)]:
            one.result()
    issue.refresh_from_db()
    assert issue.state == "closed"


def test_two_late_reports_that_come_in_at_once_close_their_issue(world, late, now):
    first, issue, at = late
    other = {"series": first.series, "name": first.name, "owed_by": first.owed_by, "state": "late"}
    second = Report.objects.create(engagement=world.engagement, due_on=first.due_on - timedelta(days=28), **other)

    def hand_in(report):
        actions.hand_in_report(by=world.signer, report=report, answers={"outlook": "x"}, at=at)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(hand_in, (first, second)))
    issue.refresh_from_db()
    assert issue.state == "closed"


def test_a_late_report_is_put_on_the_list_beside_a_step_with_its_issue(world, late, beside, on):
    _, issue, _ = late
    Report.objects.update(state="due", turn=0)
    issue.state, issue.resolved_by, issue.reason = "closed", "partner", "It came in."
    issue.period, issue.closed_at = "2026-02-05", on(4, is_worked=False)
    issue.save()
    beside(issue, lambda: follow_plans(on(4, is_worked=False)))
    issue.refresh_from_db()
    assert issue.state == "listed"


def test_meetings_are_taken_out_of_a_plan_and_planned_again_beside_a_step(world, agreed, on, beside):
    at = on(0)
    second, third = Meeting.objects.filter(series="weekly-call")[1:3]
    second.state, second.reason = "cancelled", "The agreement does not plan it any more."
    second.save()
    third.invitations.create(person=world.manager, letter="request", said="x", due_at=at)
    Meeting.objects.filter(pk=third.pk).update(first_planned_on=third.first_planned_on + timedelta(days=1))
    beside(third, lambda: actions.enter_plans(plans=plans(), at=at))
    states = dict(Meeting.objects.filter(pk__in=(second.pk, third.pk)).values_list("pk", "state"))
    assert states == {second.pk: "planned", third.pk: "cancelled"}
