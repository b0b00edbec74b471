"""A KPI that fails is told apart by whether a plan mends it."""

import re
from html import unescape

import pytest
from django.urls import reverse

from rapport.apps.corrections import queries
from rapport.apps.corrections.models import Correction
from rapport.domain.corrections import State

KPI, OTHER = "resolved-in-time", "reopened"


@pytest.fixture
def standing(world):
    def found(*kpis):
        return {one.kpi: one.words for one in queries.plan_standings(world.engagement, kpis)}

    return found


def places(page):
    """For which KPIs a page keeps a place."""
    return re.findall(r'data-plan="([^"]*)"', page.content.decode())


def asked(page):
    """Where it asks how they stand."""
    return unescape(re.search(r'hx-get="([^"]*/plans/[^"]*)"', page.content.decode())[1])


def test_a_plan_counts_from_its_agreement_until_its_proof(world, raised, brought, computed, standing):
    for kpi, status in ((KPI, "below_target"), (OTHER, "below_minimum"), ("backlog", "met")):
        computed("2026-02", status, kpi=kpi, is_latest=True)
    correction = brought(raised(), State.CAUSE_AGREED)
    assert standing(KPI, OTHER, "backlog") == {KPI: "failing", OTHER: "failing"}
    for state in ("plan_agreed", "doing", "verifying"):
        Correction.objects.update(state=state)
        assert standing(KPI, OTHER) == {KPI: "failing in a plan", OTHER: "failing"}
    Correction.objects.update(proof_kpi=OTHER)
    assert standing(KPI, OTHER) == {KPI: "failing in a plan", OTHER: "failing in a plan"}
    computed("2026-02", "met", is_latest=True)
    assert standing(KPI) == {KPI: "in a plan"}
    Correction.objects.update(state="closed")
    assert standing(KPI) == {}
    assert queries.plan_standings(world.sibling_engagement, [correction.kpi, OTHER]) == []


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_whoever_sees_a_kpi_sees_whether_it_is_in_a_plan(world, raised, brought, computed, browser, address, role):
    computed("2026-02", "below_target", is_latest=True)
    brought(raised(), State.DOING)
    home = [world.engagement.pk]
    pages = [
        reverse("kpis:results", args=home), reverse("kpis:kpi", args=[*home, KPI]), reverse("issues:list", args=home),
    ]  # fmt: skip
    for page in pages:
        shown = browser(role).get(page)
        answer = browser(role).get(asked(shown)).content.decode()
        assert f"[data-plan='{KPI}']" in answer
        assert "failing in a plan" in answer
        assert KPI in places(shown)
        assert all(f"kpi={kpi}" in asked(shown) for kpi in places(shown))
    issue = browser(role).get(reverse("issues:issue", args=[*home, 1]))
    assert places(issue) == [KPI]
    assert "missed KPI" in issue.content.decode()
    for place in ("summary", "show"):
        assert "failing in a plan" in browser(role).get(address(place)).content.decode()


def test_nothing_is_asked_of_an_issue_that_is_over(world, raised, browser):
    raised(state="closed", resolved_by="partner")
    shown = browser("manager").get(reverse("issues:list", args=[world.engagement.pk]), {"show": "all"})
    assert places(shown) == []
