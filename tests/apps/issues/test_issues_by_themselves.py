"""Issues that are raised, listed and opened again by rule."""

from datetime import timedelta

import pytest

from apps.issues.conftest import KPI
from rapport import schedule
from rapport.apps.assurance.models import Line, Statement
from rapport.apps.issues import actions, jobs
from rapport.apps.issues.models import Issue
from rapport.apps.kpis.models import Result
from rapport.apps.notices.models import Notice
from rapport.apps.timers.models import Timer


def test_a_missed_kpi_is_raised_once_with_an_owner_on_each_side(world, owned, missed, only, now):
    missed("met", "below_target")
    for _ in range(3):
        jobs.raise_what_failed(now)
    issue = only()
    assert (issue.origin, issue.state, issue.severity, issue.responsible) == (
        "missed_kpi",
        "listed",
        "minor",
        "partner",
    )
    assert (issue.client_owner, issue.partner_owner, issue.kpi) == (world.manager, world.signer, KPI)
    assert issue.due_on == now.date() + timedelta(days=30)
    assert [notice.recipient for notice in Notice.objects.all()] == [world.signer]


@pytest.mark.parametrize(
    ("statuses", "severity"),
    [
        (("met", "below_target"), "minor"), (("below_target", "below_target"), "major"),
        (("met", "below_minimum"), "major"), (("no_data", "below_target"), "minor"),
    ],
)  # fmt: skip
def test_how_serious_a_miss_is(owned, missed, only, now, statuses, severity):
    missed(*statuses)
    jobs.raise_what_failed(now)
    assert only().severity == severity


@pytest.mark.parametrize("status", ["met", "no_data", "low_volume"])
def test_what_did_not_miss_is_not_raised(owned, missed, now, status):
    missed("below_target", status)
    jobs.raise_what_failed(now)
    assert not Issue.objects.exists()


def test_old_misses_are_let_rest(owned, missed, now):
    missed("below_target")
    jobs.raise_what_failed(now + timedelta(days=120))
    assert not Issue.objects.exists()


def test_a_duty_that_was_not_kept_is_the_clients_to_mend(owned, missed, only, now):
    missed("below_target", kpi="our-answers")
    jobs.raise_what_failed(now)
    issue = only()
    assert (issue.origin, issue.responsible, issue.cause) == ("unkept_duty", "client", "unkept_duty:answers")


def test_the_agreement_says_what_is_raised(owned, in_force, missed, now):
    version = in_force()
    version.text += "\nissues:\n  raised_for: [dispute]\n"
    version.save()
    missed("below_minimum")
    jobs.raise_what_failed(now)
    assert not Issue.objects.exists()


def test_a_figure_in_dispute_is_raised_for_the_side_whose_figure_it_is(world, owned, in_force, only, now):
    in_force()
    line = Line.objects.create(
        engagement=owned, kpi=KPI, period="2026-02", state="disputed", ends_at=now, closes_at=now
    )
    Statement.objects.create(line=line, kind="dispute", side="client", reason="Too high", by=world.manager, at=now)
    for _ in range(2):
        jobs.raise_what_failed(now)
    assert (only().origin, only().responsible, only().period) == ("dispute", "partner", "2026-02")


def test_a_running_period_that_will_probably_miss_is_raised_where_the_agreement_wants_it(
    owned, in_force, missed, only, now
):

    version = in_force()
    missed("met", "met")
    Result.objects.filter(is_latest=True).update(
        is_latest=False, is_complete=False, ends_at=now + timedelta(days=9), forecast={"breach_probability": 0.8}
    )
    jobs.raise_what_failed(now)
    assert not Issue.objects.exists()
    version.text += "\nissues:\n  raised_for: [early_warning]\n"
    version.save()
    jobs.raise_what_failed(now)
    assert (only().origin, only().severity) == ("early_warning", "observation")


def test_the_same_failure_opens_its_closed_issue_again_and_much_later_a_new_one(world, owned, missed, only, now):
    missed("below_target")
    jobs.raise_what_failed(now)
    actions.resolve_issue(
        by=world.signer, issue=only(), what="A second shift", has_open_correction=False, has_correction=True, at=now
    )
    actions.confirm_issue(by=world.manager, issue=only(), at=now)
    jobs.raise_what_failed(now)
    assert only().state == "closed"  # the period it was for is over and settled

    Issue.objects.update(period="2026-01")
    jobs.raise_what_failed(now)
    assert (only().state, only().number) == ("listed", 1)

    Issue.objects.update(period="2025-01", state="closed", resolved_by="partner", closed_at=now - timedelta(days=200))
    jobs.raise_what_failed(now)
    assert [one.number for one in Issue.objects.order_by("pk")] == [1, 2]


def test_silence_lists_what_was_proposed_after_five_days_and_never_what_was_declined(world, raised, owned, now):
    declined = actions.raise_issue(by=world.signer, engagement=owned, gap=actions.Gap("Late answers"), at=now)
    actions.decline_issue(by=world.manager, issue=declined, reason="They were in time", at=now)
    schedule.run(schedule.SHARED, now + timedelta(days=5, seconds=-1))
    assert Issue.objects.get(pk=raised.pk).state == "proposed"
    for _ in range(2):
        schedule.run(schedule.SHARED, now + timedelta(days=5))
    assert [one.state for one in Issue.objects.order_by("pk")] == ["listed", "declined"]
    assert not Timer.objects.filter(done_at=None).exists()


def test_a_forecast_without_a_chance_keeps_nothing_from_being_raised(owned, in_force, missed, now):
    in_force()
    missed("met", "below_target")
    latest = Result.objects.get(is_latest=True)
    Result.objects.create(
        evaluation=latest.evaluation, engagement=owned, kpi="backlog", period="2026-03", status="no_data",
        starts_at=now, ends_at=now + timedelta(days=9), is_complete=False, is_latest=False, content={},
        forecast={"breach_probability": None},
    )  # fmt: skip
    jobs.raise_what_failed(now)
    assert Issue.objects.count() == 1


def test_a_reopened_issue_is_called_as_it_failed_at_last(world, owned, missed, only, now):
    missed("below_target")
    jobs.raise_what_failed(now)
    _closed(world, only(), now)
    missed("below_target", "below_minimum")
    Issue.objects.update(period="2026-01")
    jobs.raise_what_failed(now)
    assert (only().state, "below its minimum" in only().title) == ("listed", True)


def test_who_raises_again_what_another_worker_reopened_does_nothing(world, owned, missed, only, now):
    missed("below_target")
    jobs.raise_what_failed(now)
    _closed(world, only(), now)
    gap = actions.Gap("Missed again")
    assert actions.reopen_by_rule(issue=only().pk, gap=gap, at=now) == only()
    turn = only().turn
    assert actions.reopen_by_rule(issue=only().pk, gap=gap, at=now) is None
    assert only().turn == turn


def _closed(world, issue, now):
    actions.resolve_issue(
        by=world.signer, issue=issue, what="A second shift", has_open_correction=False, has_correction=True, at=now
    )
    actions.confirm_issue(by=world.manager, issue=issue, at=now)
