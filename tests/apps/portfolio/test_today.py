"""Today: what waits for whom, what to watch, and what happened since."""

from datetime import timedelta
from importlib.resources import files

import pytest
import yaml
from django.utils import timezone

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Organisation
from rapport.apps.audit.actions import record
from rapport.apps.delivery.models import Batch
from rapport.apps.engagements.models import Engagement, Signature
from rapport.apps.partners.models import PartnerDocument
from rapport.apps.partners.queries import documents_on
from rapport.apps.portfolio.actions import note_visit
from rapport.apps.portfolio.models import LastVisit
from rapport.apps.portfolio.queries.today import misses, needs, news, papers

SOURCES = ("tickets", "holds", "duties", "surveys")


@pytest.fixture(scope="module")
def demo():
    """The text of the built-in example."""
    return (files("rapport.cli") / "demo" / "agreement.yaml").read_text(encoding="utf-8")


def waiting(person, day):
    return needs(person, day, papers(person, documents_on(person, day), day))


@pytest.fixture
def verbs(now):
    """What a person has to do, without the documents of the gate, which nobody has handed in."""
    return lambda person: [need.verb for need in waiting(person, now.date()) if need.verb != "Hand it in"]


def document(world, now, kind, **changes):
    values = {"valid_from": now.date(), "accepted_by": world.manager, "accepted_at": now} | changes
    return PartnerDocument.objects.create(
        organisation=world.own, kind=kind, title=kind, handed_in_by=world.signer, handed_in_at=now, **values
    )


def happened(engagement, person, at, subject="version 1"):
    record(engagement.chain, by=who(person), at=at, verb="agreement.proposed", subject=subject)


def test_a_proposed_version_waits_for_those_who_may_sign_it(world, now, verbs, version_of):
    version = version_of(world.engagement, world.manager, now)
    assert verbs(world.signer) == verbs(world.manager) == verbs(world.executive) == ["Read and sign"]
    assert verbs(world.editor) == verbs(world.auditor) == verbs(world.sibling_signer) == []
    Signature.objects.create(version=version, side="client", person=world.manager, digest="d" * 64, at=now)
    assert verbs(world.manager) == []
    assert verbs(world.signer) == ["Read and sign"]


def test_a_draft_waits_for_its_own_side_only(world, now, verbs, version_of):
    version_of(world.engagement, world.editor, now, stage="draft")
    assert verbs(world.editor) == ["Open the draft"]
    assert verbs(world.manager) == []


def agreed(agreement, **deliverers):
    """The text of an agreement in which these sides deliver these sources."""
    data = yaml.safe_load(agreement)
    for source, side in deliverers.items():
        data["sources"][source]["delivered_by"] = side
    return yaml.safe_dump(data, sort_keys=False)


def committed(version, person, now, source="tickets"):
    return Batch.objects.create(
        engagement=version.engagement, version=version, source=source, file_name=f"{source}.csv", sha256="a" * 64,
        size=1, report={}, stage="committed", uploaded_by=person, uploaded_at=now, committed_at=now,
    )  # fmt: skip


def test_the_first_records_wait_for_the_partner(world, now, verbs, version_of, demo):
    version_of(world.engagement, world.manager, now, stage="in_force", text=demo)
    assert verbs(world.signer) == verbs(world.editor) == ["Upload records"]
    assert verbs(world.partner_viewer) == verbs(world.manager) == verbs(world.sibling_signer) == []


@pytest.mark.parametrize("side", ["partner", "either"])
def test_the_client_is_told_of_no_records_that_the_partner_may_deliver(world, now, verbs, version_of, demo, side):
    text = agreed(demo, **dict.fromkeys(SOURCES, side))
    version_of(world.engagement, world.manager, now, stage="in_force", text=text)
    assert (verbs(world.editor), verbs(world.manager)) == (["Upload records"], [])


def test_first_records_that_the_client_alone_delivers_wait_for_it(world, now, verbs, version_of, demo):
    text = agreed(demo, **dict.fromkeys(SOURCES, "client"))
    version_of(world.engagement, world.manager, now, stage="in_force", text=text)
    assert (verbs(world.editor), verbs(world.manager)) == ([], ["Upload records"])
    assert verbs(world.viewer) == verbs(world.auditor) == verbs(world.executive) == []


def test_each_side_is_told_until_it_has_delivered_its_own(world, now, verbs, version_of, demo):
    version = version_of(
        world.engagement, world.manager, now, stage="in_force", text=agreed(demo, surveys="client", holds="either")
    )
    assert verbs(world.editor) == verbs(world.manager) == ["Upload records"]
    committed(version, world.editor, now)
    assert (verbs(world.editor), verbs(world.manager)) == ([], ["Upload records"])
    committed(version, world.manager, now, "surveys")
    assert verbs(world.editor) == verbs(world.manager) == []


def test_an_agreement_that_cannot_be_read_any_more_waits_for_nobody(world, now, verbs, version_of):
    version_of(world.engagement, world.manager, now, stage="in_force", text="delivered_by: [")
    assert verbs(world.editor) == verbs(world.manager) == []


@pytest.mark.parametrize(("kpi", "teller"), [("backlog", "editor"), ("satisfaction", "manager")])
def test_the_rest_of_a_period_waits_for_who_delivers_what_its_kpi_rests_on(
    world, now, version_of, result_of, demo, kpi, teller
):
    version = version_of(world.engagement, world.manager, now, stage="in_force", text=agreed(demo, surveys="client"))
    for source in SOURCES:
        committed(version, world.manager, now, source)
    start = now - timedelta(days=40)
    result_of(world.engagement, version, start, kpi=kpi, is_complete=False, ends_at=now - timedelta(days=10))
    result_of(world.engagement, version, start, kpi="reopened", is_complete=False, ends_at=now + timedelta(days=10))
    told = {
        role: [need.what for need in waiting(getattr(world, role), now.date()) if need.verb == "Upload records"]
        for role in ("editor", "manager")
    }
    assert told == {"editor": [], "manager": []} | {teller: ["Upload the rest of the records of 2026-01"]}


def test_nobody_is_told_of_the_rest_while_no_agreement_says_how_records_are_read(world, now, verbs, version_of,
                                                                                  result_of, demo):  # fmt: skip
    version = version_of(world.engagement, world.manager, now, stage="superseded", text=demo)
    over = {"is_complete": False, "ends_at": now - timedelta(days=10)}
    result_of(world.engagement, version, now - timedelta(days=40), kpi="backlog", **over)
    assert verbs(world.editor) == verbs(world.manager) == []


def test_documents_wait_for_who_can_do_something_about_them(world, now):
    document(world, now, "nda", accepted_by=None, accepted_at=None)
    ends = now.date() + timedelta(days=5)
    document(world, now, "data_security", valid_until=ends)
    assert [need.what for need in waiting(world.manager, now.date())] == [
        "Read and accept the non-disclosure agreement"
    ]
    (need,) = waiting(world.editor, now.date())
    assert (need.what, need.due_on) == ("Hand in the data security assessment", ends)
    assert waiting(world.partner_viewer, now.date()) == waiting(world.viewer, now.date()) == []


def test_what_has_a_date_comes_first(world, now, version_of):
    version_of(world.engagement, world.manager, now - timedelta(days=90))
    document(world, now, "data_security", valid_until=now.date() + timedelta(days=5))
    document(world, now, "nda")
    assert [need.verb for need in waiting(world.signer, now.date())] == ["Hand it in", "Read and sign"]


def test_the_latest_complete_period_counts(world, now, version_of, result_of):
    version = version_of(world.engagement, world.manager, now, stage="in_force")
    result_of(world.engagement, version, now.replace(month=1), status="below_target")
    result_of(world.engagement, version, now.replace(month=4), status="met")
    result_of(world.engagement, version, now, kpi="worst", status="below_minimum")
    result_of(world.engagement, version, now, kpi="bad", status="below_target")
    result_of(world.engagement, version, now, kpi="running", status="below_target", is_complete=False)
    found, more = misses(world.signer, now.date(), most=1)
    assert ([result.kpi for result in found], more) == (["worst"], 1)
    assert [result.kpi for result in misses(world.manager, now.date(), most=9)[0]] == ["worst", "bad"]
    assert [result.kpi for result in misses(world.executive, now.date(), most=9)[0]] == ["worst"]
    assert misses(world.sibling_signer, now.date(), most=9) == ([], 0)


def test_papers_are_those_needed_to_share(world, now):
    for kind in ("nda", "data_security"):
        document(world, now, kind)
    assert papers(world.signer, documents_on(world.signer, now.date()), now.date()) == []
    assert {
        paper.organisation for paper in papers(world.manager, documents_on(world.manager, now.date()), now.date())
    } == {world.sibling}


def test_news_are_what_others_did_since_the_last_visit(world, now):
    hour = timedelta(hours=1)
    assert note_visit(by=world.signer, at=now) is None
    happened(world.engagement, world.manager, now - hour, "long ago")
    happened(world.engagement, world.manager, now + hour, "fresh")
    happened(world.engagement, world.signer, now + hour, "my own")
    happened(world.sibling_engagement, world.manager, now + hour, "canary")
    since = note_visit(by=world.signer, at=now + 2 * hour)
    assert since == now
    assert [one.event.what for one in news(world.signer, since)] == ["Agreement proposed: fresh"]
    assert note_visit(by=world.signer, at=now + 2 * hour + timedelta(minutes=5)) == since
    assert note_visit(by=world.signer, at=now + 4 * hour) == now + 2 * hour + timedelta(minutes=5)
    assert LastVisit.objects.count() == 1


def test_news_are_for_those_who_may_read_history(world, now):
    happened(world.engagement, world.manager, now)
    before = now - timedelta(days=1)
    assert news(world.partner_viewer, before) == news(world.viewer, before) == []
    assert len(news(world.auditor, before)) == 1
    assert news(world.auditor, None) == []


@pytest.mark.parametrize("role", ["administrator", "manager", "executive", "viewer", "auditor", "signer", "editor"])
def test_today_opens_for_everybody(world, signed_in, role):
    answer = signed_in(getattr(world, role)).get("/")
    assert answer.status_code == 200
    assert (b"Since you were here" in answer.content) is (role != "viewer")


def test_when_nothing_waits_the_next_date_is_told(world, now, signed_in):
    for kind in ("nda", "data_security"):
        document(world, now, kind, valid_until=now.date().replace(year=2099))
    assert b"The next date is" in signed_in(world.signer).get("/").content


def test_today_and_the_portfolio_show_a_partner_nothing_of_another(world, signed_in, version_of, result_of):
    now = timezone.now()
    version = version_of(world.sibling_engagement, world.manager, now)
    result_of(world.sibling_engagement, version, now, kpi="canary-kpi", status="below_minimum")
    browser = signed_in(world.signer)
    for path in ("/", "/portfolio/", "/portfolio/?format=csv", "/portfolio/?format=json"):
        answer = browser.get(path)
        assert b"anary" not in (b"".join(answer) if answer.streaming else answer.content)
    assert b"canary-kpi" in signed_in(world.manager).get("/").content


def test_news_leave_what_people_wrote_as_it_is(world, now, signed_in, version_of, result_of, agreement):
    version = version_of(world.engagement, world.manager, now, stage="in_force", text=agreement)
    result_of(world.engagement, version, now, kpi="resolved-in-time", status="below_minimum")
    happened(world.engagement, world.signer, now, "resolved-in-time, and soon")
    LastVisit.objects.create(person=world.manager, at=now - timedelta(1), before_at=now - timedelta(1))
    assert b"Agreement proposed: resolved-in-time, and soon" in signed_in(world.manager).get("/").content


@pytest.mark.parametrize("many", [1, 30])
def test_records_awaited_of_the_client_take_as_many_queries_for_much_as_for_little(
    world, now, version_of, result_of, demo, django_assert_num_queries, many
):
    text = agreed(demo, **dict.fromkeys(SOURCES, "client"))
    for number in range(many):
        engagement = Engagement.objects.create(
            partner=world.own, title=f"Work {number}", client_owner=world.manager, created_at=now
        )
        version = version_of(engagement, world.manager, now, stage="in_force", text=text)
        result_of(engagement, version, now, kpi="backlog", is_complete=False, ends_at=now - timedelta(days=10))
    with django_assert_num_queries(13):
        found = needs(world.manager, now.date(), [])
    assert len(found) == 2 * many


@pytest.mark.parametrize("many", [1, 30])
@pytest.mark.parametrize(("path", "queries"), [("/", 30), ("/portfolio/", 21)])
def test_the_number_of_queries_does_not_grow(
    world, signed_in, django_assert_num_queries, many, path, queries, version_of, result_of
):
    now = timezone.now()
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
