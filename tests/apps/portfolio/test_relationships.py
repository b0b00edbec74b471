"""What an executive sees on Today, and what the portfolio says of open issues."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from apps.meetings.test_agenda import LADDER
from rapport.apps.corrections.models import Correction
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.issues.models import Issue
from rapport.apps.portfolio.queries.matters import matters
from rapport.apps.portfolio.queries.overview import asked, portfolio, rows
from rapport.apps.portfolio.queries.relationships import in_trouble
from rapport.apps.portfolio.queries.today import misses

HOUR = timedelta(hours=1)


@pytest.fixture
def issue(world, now):
    def made(engagement, number=1, state="listed", responsible="partner", **words):
        return Issue.objects.create(
            engagement=engagement, number=number, title=f"Trouble {engagement.pk}-{number}", state=state,
            responsible=responsible, due_on=now.date(), raised_at=now,
            severity="minor", origin="by_hand", **words,
        )  # fmt: skip

    return made


@pytest.fixture
def climbed(issue, now):
    """An escalation that the partner is asked about, on a level where somebody of the client stands."""

    def made(engagement, state="waiting", **stands):
        escalation = Escalation.objects.create(
            issue=issue(engagement), number=1, plan="p", raised_by="client", started_at=now, state=state, level=1,
            entered_at=now, due_at=now + HOUR, reason="Worse", ladder=LADDER,
            answer="Soon" if state == "answered" else "", answered_at=now if state == "answered" else None,
        )  # fmt: skip
        return Step.objects.create(
            escalation=escalation, level=1, name="Board", reason="Worse", entered_at=now, due_at=now, **stands
        )

    return made


def test_an_executive_sees_what_reached_them_and_what_is_as_bad_as_can_be(
    world, now, climbed, version_of, result_of, signed_in
):
    boss, browser = world.executive, signed_in(world.executive)
    climbed(world.sibling_engagement, "answered", named_client=boss, expected_client=world.manager)
    version = version_of(world.engagement, world.manager, now)
    for status in ("below_minimum", "below_target"):
        result_of(world.engagement, version, now, kpi=status, status=status)
    missed, _ = misses(boss, now.date(), most=9)
    first, second = in_trouble(boss, missed)
    assert (first.engagement, [one.is_ours for one in first.climbed]) == (world.sibling_engagement, [True])
    assert (second.engagement, [one.kpi for one in second.misses]) == (world.engagement, ["below_minimum"])
    page = browser.get("/").content.decode()
    assert "Relationships in trouble" in page
    assert first.climbed[0].title in page
    assert "Relationships in trouble" not in signed_in(world.manager).get("/").content.decode()


def test_a_missed_kpi_says_which_plan_mends_it(world, now, issue, version_of, result_of):
    version = version_of(world.engagement, world.manager, now)
    for kpi in ("planned", "proof", "left"):
        result_of(world.engagement, version, now, kpi=kpi, status="below_target")
    Correction.objects.create(
        issue=issue(world.engagement, 7, kpi="planned"), state="doing", responsible="partner", proof_kpi="proof",
        began_at=now, moved_at=now,
    )  # fmt: skip
    found = {one.kpi: one for one in misses(world.manager, now.date(), most=9)[0]}
    assert {kpi: one.planned_in for kpi, one in found.items()} == {"planned": 7, "proof": 7, "left": None}
    shown = {kpi: render_to_string("portfolio/_planned.html", {"miss": one}) for kpi, one in found.items()}
    assert reverse("corrections:show", args=[world.engagement.pk, 7]) in shown["proof"]
    assert not shown["left"].strip()
    Correction.objects.update(state="closed")
    assert {one.planned_in for one in misses(world.manager, now.date(), most=9)[0]} == {None}


def test_what_others_stand_for_or_was_left_did_not_reach_an_executive(world, now, climbed):
    climbed(world.engagement, expected_client=world.manager)
    left = climbed(world.sibling_engagement, expected_client=world.executive)
    assert [one.engagement for one in in_trouble(world.executive, [])] == [left.escalation.issue.engagement]
    Step.objects.filter(pk=left.pk).update(left_at=now)
    assert in_trouble(world.executive, []) == []


def test_what_nobody_of_the_client_owns_waits_for_who_manages_and_not_for_executives(world, now, issue):
    issue(world.engagement, responsible="client")
    assert len(list(matters(world.manager, now.date()))) == 1
    assert list(matters(world.executive, now.date())) == []


def test_the_portfolio_counts_open_issues_by_whose_move_it_is(world, now, issue, signed_in):
    issue(world.engagement, 1)
    issue(world.engagement, 2, responsible="client")
    issue(world.engagement, 3, "proposed", proposed_by="partner")
    issue(world.engagement, 4, "resolved", resolved_by="partner")
    issue(world.engagement, 5, "closed", resolved_by="partner", closed_at=now)
    issue(world.sibling_engagement, 1)

    def counted(actor):
        listed = portfolio(actor, asked(actor, {}), now.date())
        return {row.listed.engagement: (row.issues_ours, row.issues_theirs) for row in rows(actor, listed, now.date())}

    assert counted(world.manager) == {world.engagement: (3, 1), world.sibling_engagement: (0, 1)}
    assert counted(world.signer) == {world.engagement: (1, 3)}
    assert "3 issues yours, 1 theirs" in signed_in(world.manager).get("/portfolio/").content.decode()
