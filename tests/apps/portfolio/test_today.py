"""The way in: what waits for whom, what to watch, and the list of engagements."""

import pytest

from rapport.apps.accounts.models import Organisation
from rapport.apps.engagements.models import AgreementVersion, Engagement, Signature
from rapport.apps.kpis.models import Evaluation, Result
from rapport.apps.partners.models import PartnerDocument
from rapport.apps.portfolio.queries import misses, needs, papers, portfolio


def version_of(engagement, author, now, stage="proposed", number=1):
    return AgreementVersion.objects.create(
        engagement=engagement, number=number, text="", digest="d" * 64, stage=stage, written_by=author.side.value,
        author=author, created_at=now, proposed_at=now,
    )  # fmt: skip


def result_of(engagement, version, now, kpi="k", status="met", period="2026-02", is_complete=True):
    evaluation = Evaluation.objects.create(
        engagement=engagement, version=version, content="{}", digest="e" * 64, computed_at=now
    )
    return Result.objects.create(
        evaluation=evaluation, engagement=engagement, kpi=kpi, period=period, starts_at=now, ends_at=now,
        is_complete=is_complete, status=status, content={},
    )  # fmt: skip


def verbs(person):
    return [need.verb for need in needs(person)]


def test_a_proposed_version_waits_for_those_who_may_sign_it(world, now):
    version = version_of(world.engagement, world.manager, now)
    assert verbs(world.signer) == verbs(world.manager) == verbs(world.executive) == ["Read and sign"]
    assert verbs(world.editor) == verbs(world.auditor) == verbs(world.sibling_signer) == []
    Signature.objects.create(version=version, side="client", person=world.manager, digest="d" * 64, at=now)
    assert verbs(world.manager) == []
    assert verbs(world.signer) == ["Read and sign"]


def test_a_draft_waits_for_its_own_side_only(world, now):
    version_of(world.engagement, world.editor, now, stage="draft")
    assert verbs(world.editor) == ["Open the draft"]
    assert verbs(world.manager) == []


def test_the_latest_complete_period_counts(world, now):
    version = version_of(world.engagement, world.manager, now, stage="in_force")
    result_of(world.engagement, version, now, status="below_target", period="2026-01")
    result_of(world.engagement, version, now.replace(month=4), status="met")
    result_of(world.engagement, version, now, kpi="other", status="below_minimum")
    result_of(world.engagement, version, now, kpi="running", status="below_target", is_complete=False)
    assert [result.kpi for result in misses(world.signer)] == ["other"]
    (row,) = portfolio(world.signer)
    assert (row.met, row.missed, row.stage, row.move) == (1, 1, "in force", "nobody's")


def test_papers_are_those_needed_to_share(world, now):
    for kind in ("nda", "data_security"):
        PartnerDocument.objects.create(
            organisation=world.own, kind=kind, title=kind, valid_from=now.date(), handed_in_by=world.signer,
            handed_in_at=now, accepted_by=world.manager, accepted_at=now,
        )  # fmt: skip
    assert papers(world.signer, now.date()) == []
    assert {paper.organisation for paper in papers(world.manager, now.date())} == {world.sibling}


def test_today_and_the_portfolio_show_a_partner_nothing_of_another(world, signed_in, now):
    version = version_of(world.sibling_engagement, world.manager, now)
    result_of(world.sibling_engagement, version, now, kpi="canary-kpi", status="below_minimum")
    browser = signed_in(world.signer)
    for path in ("/", "/portfolio/"):
        assert b"anary" not in browser.get(path).content
    assert b"canary-kpi" in signed_in(world.manager).get("/").content


@pytest.mark.parametrize("many", [1, 30])
@pytest.mark.parametrize(("path", "queries"), [("/", 15), ("/portfolio/", 13)])
def test_the_number_of_queries_does_not_grow(world, signed_in, now, django_assert_num_queries, many, path, queries):
    for number in range(many):
        partner = Organisation.objects.create(name=f"Partner {number}", side="partner", created_at=now)
        engagement = Engagement.objects.create(
            partner=partner, title=f"Work {number}", client_owner=world.manager, created_at=now
        )
        version = version_of(engagement, world.manager, now)
        result_of(engagement, version, now, status="below_target")
    browser = signed_in(world.manager)
    browser.get(path)
    with django_assert_num_queries(queries):
        browser.get(path)


def test_what_is_not_there_says_so_in_the_products_own_page(world, signed_in):
    answer = signed_in(world.signer).get("/engagements/999999/")
    assert answer.status_code == 404
    assert b"Nothing here" in answer.content
