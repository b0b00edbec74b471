"""What steps with issues refuse, set and tell."""

from datetime import timedelta

import pytest

from rapport.apps.issues import actions, jobs, queries
from rapport.apps.issues.actions import Gap
from rapport.apps.issues.models import Issue
from rapport.apps.notices.models import Notice
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.apps.timers.models import Timer
from rapport.domain.refusals import Refused


@pytest.fixture
def told():
    """Who is told by what follows, and of what kind."""
    Notice.objects.all().delete()
    return lambda: [(notice.recipient, notice.kind) for notice in Notice.objects.order_by("pk")]


def resolve(world, issue, at):
    what = "A second shift"
    return actions.resolve_issue(by=world.signer, issue=issue, what=what, has_open_correction=False, at=at)


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (Gap("x", kpi="a/b"), 'has no KPI "a/b"'),
        (Gap("x", objective="none"), 'has no objective "none"'),
    ],
)
def test_an_issue_touches_what_the_agreement_has(world, owned, in_force, now, gap, said):
    in_force()
    with pytest.raises(Refused, match=said):
        actions.raise_issue(by=world.manager, engagement=owned, gap=gap, at=now)


def test_an_issue_is_not_due_before_it_is_raised(world, owned, now):
    gap = Gap("x", due_on=now.date() - timedelta(days=1))
    with pytest.raises(Refused, match="is over"):
        actions.raise_issue(by=world.manager, engagement=owned, gap=gap, at=now)


def test_the_side_that_did_not_take_a_step_is_told_of_it(world, raised, told, now):
    actions.approve_issue(by=world.signer, issue=raised, at=now)
    resolve(world, raised, now)
    actions.confirm_issue(by=world.manager, issue=raised, at=now)
    assert told() == [(world.manager, "issue"), (world.manager, "issue"), (world.signer, "issue")]


def test_who_proposed_an_issue_is_told_that_it_was_declined(world, raised, told, now):
    actions.decline_issue(by=world.signer, issue=raised, reason="No", at=now)
    assert told() == [(world.manager, "issue")]


def test_who_had_an_issue_is_told_that_it_was_taken_over(world, raised, told, now):
    actions.approve_issue(by=world.signer, issue=raised, at=now)
    actions.take_over_issue(by=world.manager, issue=raised, at=now)
    assert told()[-1] == (world.signer, "issue")


def test_every_kind_of_timer_and_notice_is_known_by_somebody(world, raised, told, now):
    from rapport import schedule

    by, engagement = world.manager, raised.engagement
    actions.approve_issue(by=world.signer, issue=raised, at=now)
    actions.comment_on(by=by, issue=raised, text="Well?", is_private=False, at=now)
    actions.give_task(
        by=by, engagement=engagement, issue=raised, what="x", owner=world.signer, due_on=now.date(), at=now
    )
    edition = actions.make_edition(by=None, engagement=engagement, at=now)
    actions.approve_edition(by=by, edition=edition, at=now)
    assert {kind for _, kind in told()} <= set(queries.TELLERS) <= set(TELLERS)
    assert {timer.kind for timer in Timer.objects.all()} == set(jobs.ACTS) <= set(schedule.ACTS)


@pytest.mark.parametrize("is_gone", [False, True])
def test_where_nobody_owns_an_issue_the_owner_of_the_engagement_is_told(world, raised, told, now, is_gone):
    world.editor.is_active = not is_gone
    world.editor.save()
    Issue.objects.update(partner_owner=world.editor if is_gone else None)
    raised.refresh_from_db()
    actions.comment_on(by=world.manager, issue=raised, text="Well?", is_private=False, at=now)
    assert told() == [(world.signer, "comment")]


def test_a_comment_is_told_as_what_somebody_said(world, raised, told, now):
    said = actions.comment_on(by=world.manager, issue=raised, text="Well?", is_private=False, at=now)
    words = TELLERS["comment"](world.signer, said.pk)
    assert "said something about issue 1" in words.title
    private = actions.comment_on(by=world.manager, issue=raised, text="Among us", is_private=True, at=now)
    assert TELLERS["comment"](world.signer, private.pk) is None
    assert TELLERS["comment"](world.sibling_signer, said.pk) is None
    assert len(told()) == 1


def test_reopening_by_hand_gives_a_new_day(world, raised, now):
    actions.approve_issue(by=world.signer, issue=raised, at=now)
    resolve(world, raised, now)
    actions.confirm_issue(by=world.manager, issue=raised, at=now)
    later = now + timedelta(days=120)
    again = actions.reopen_issue(by=world.manager, issue=raised, reason="Again", at=later)
    assert again.due_on == later.date() + timedelta(days=30)


def test_an_issue_that_another_followed_is_not_reopened(world, owned, now):
    words = {"title": "Late", "origin": "missed_kpi", "severity": "minor", "responsible": "partner",
             "cause": "missed_kpi:x", "due_on": now.date(), "raised_at": now, "engagement": owned}  # fmt: skip
    over = Issue.objects.create(number=1, state="closed", resolved_by="partner", closed_at=now, **words)
    assert queries.steps_for(world.manager, queries.issues_of(world.manager, owned).get()) == ["reopen"]
    Issue.objects.create(number=2, state="listed", **words)
    assert queries.steps_for(world.manager, queries.issues_of(world.manager, owned).get(number=1)) == []
    with pytest.raises(Refused, match="Issue 2 is about the same"):
        actions.reopen_issue(by=world.manager, issue=over, reason="Again", at=now)


def test_the_partner_is_told_that_the_client_approves_an_edition(world, raised, now):
    actions.make_edition(by=world.manager, engagement=raised.engagement, at=now)
    with pytest.raises(Refused, match="the client approves or discards it first"):
        actions.make_edition(by=world.signer, engagement=raised.engagement, at=now)
