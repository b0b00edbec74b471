"""Issues that close because what raised them is over, and days of which people are reminded."""

from datetime import timedelta

import pytest

from apps.issues.conftest import KPI
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.audit.queries import entries
from rapport.apps.issues import actions, jobs
from rapport.apps.issues.actions import Gap
from rapport.apps.issues.models import Issue
from rapport.apps.notices.models import Notice
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.issues import Origin


@pytest.fixture
def disputed(world, owned, in_force, only, now):
    """A line whose figure the client contests, and which is on the issue list."""
    in_force()
    line = Line.objects.create(
        engagement=owned, kpi=KPI, period="2026-02", state="disputed", ends_at=now, closes_at=now
    )
    Statement.objects.create(line=line, kind="dispute", side="client", reason="Too high", by=world.manager, at=now)
    jobs.raise_what_failed(now)
    Notice.objects.all().delete()
    return line


@pytest.mark.parametrize(
    ("state", "why", "said"),
    [
        ("settled", "We looked again", "both sides agree on the figure"),
        ("lapsed", "The window ended; the value computed from the records stands.", "the value computed"),
    ],
)
def test_a_dispute_that_is_over_closes_its_issue_once(world, disputed, only, now, state, why, said):
    jobs.settle_what_is_over(now)
    assert only().state == "listed"
    Line.objects.update(state=state, reason=why)
    for _ in range(2):
        jobs.settle_what_is_over(now)
        jobs.raise_what_failed(now)
    assert (only().state, only().closed_at, only().turn) == ("closed", now, 1)
    assert said in only().reason
    assert {one.recipient for one in Notice.objects.all()} == {world.manager, world.signer}
    assert entries(only().engagement.chain)[0].content["verb"] == "issue.settled"


def test_what_somebody_opens_again_is_not_settled_once_more(world, disputed, only, now):
    Line.objects.update(state="settled", reason="We looked again")
    jobs.settle_what_is_over(now)
    actions.reopen_issue(by=world.manager, issue=only(), reason="The cause is still there", at=now)
    jobs.settle_what_is_over(now + timedelta(minutes=1))
    assert only().state == "listed"


def test_an_agreed_figure_of_another_engagement_or_period_settles_nothing(world, disputed, only, now):
    for engagement, period in ((world.sibling_engagement, "2026-02"), (world.engagement, "2026-01")):
        Line.objects.create(
            engagement=engagement, kpi=KPI, period=period, state="agreed", ends_at=now, closes_at=now
        )  # fmt: skip
    jobs.settle_what_is_over(now)
    assert only().state == "listed"


def test_a_report_that_came_in_closes_its_issue(world, owned, only, now):
    gap = Gap("The monthly report is late", period="2026-02-28")
    actions.raise_by_rule(engagement=owned, gap=gap, origin=Origin.LATE_REPORT, subject="monthly", at=now)
    came_in = {"origin": Origin.LATE_REPORT, "reason": "The report came in on 2 March 2026.", "at": now}
    for engagement, subject in ((world.sibling_engagement.pk, "monthly"), (owned.pk, "weekly")):
        assert actions.settle_by_rule(engagement=engagement, subject=subject, **came_in) is None
    assert actions.settle_by_rule(engagement=owned.pk, subject="monthly", **came_in) == only()
    assert (only().state, only().resolved_by) == ("closed", "partner")


@pytest.mark.parametrize("days", [1, 9])
def test_owners_are_reminded_once_before_and_once_after_the_day(world, raised, now, days):
    """Also by a worker that runs for the first time on the last day."""
    due_on = raised.due_on
    actions.give_task(
        by=world.manager,
        engagement=raised.engagement,
        issue=raised,
        what="x",
        owner=world.editor,
        due_on=due_on,
        at=now,
    )
    Notice.objects.all().delete()
    for back in (9, *range(3, -9, -1)) if days == 9 else (0, -1):
        for hour in (0, 5):
            jobs.remind_of_days(now + timedelta(days=(due_on - now.date()).days - back, hours=hour))
    told = Notice.objects.order_by("pk").values_list("recipient", "kind")
    assert list(told) == [
        (world.signer.pk, "issue_soon"), (world.editor.pk, "task_soon"),
        (world.signer.pk, "issue_late"), (world.editor.pk, "task_late"),
    ]  # fmt: skip
    assert TELLERS["issue_late"](world.signer, raised.pk).title.startswith("Late: Issue 1")
    assert TELLERS["issue_soon"](world.sibling_signer, raised.pk) is None


def test_where_the_owner_of_a_task_has_left_somebody_else_is_reminded(world, raised, now):
    actions.give_task(
        by=world.manager, engagement=raised.engagement, issue=raised, what="x", owner=world.editor,
        due_on=raised.due_on, at=now,
    )  # fmt: skip
    world.editor.is_active = False
    world.editor.save()
    Issue.objects.update(state="closed")
    Notice.objects.all().delete()
    jobs.remind_of_days(now + timedelta(days=(raised.due_on - now.date()).days))
    assert [(one.recipient, one.kind) for one in Notice.objects.all()] == [(world.signer, "task_soon")]


def test_a_day_that_was_moved_is_reminded_of_anew(world, raised, now, day):
    Issue.objects.update(due_on=day(2))
    jobs.remind_of_days(now)
    raised.refresh_from_db()
    actions.set_day(by=world.manager, issue=raised, due_on=day(60), seen=0, at=now)
    Notice.objects.all().delete()
    jobs.remind_of_days(now + timedelta(days=1))
    assert not Notice.objects.exists()
    jobs.remind_of_days(now + timedelta(days=58))
    assert Notice.objects.get().kind == "issue_soon"


def test_nobody_is_reminded_of_what_is_over(world, raised, now):
    actions.decline_issue(by=world.signer, issue=raised, reason="No", at=now)
    Notice.objects.all().delete()
    jobs.remind_of_days(now + timedelta(days=29))
    assert not Notice.objects.exists()


def test_what_nobody_is_to_be_reminded_of_costs_two_queries(raised, now, django_assert_num_queries):
    with django_assert_num_queries(2):
        jobs.remind_of_days(now)
