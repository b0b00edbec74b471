"""What a KPI of a draft would have been on the records there are: right, quick, kept nowhere, and its side's alone."""

from datetime import timedelta

import pytest

from rapport.apps.delivery.actions import commit_batch
from rapport.apps.engagements.actions import write_draft
from rapport.apps.kpis import queries
from rapport.apps.kpis.actions import compute_results
from rapport.apps.kpis.models import Evaluation, Result

SOURCES = ("tickets", "holds", "duties", "surveys")


@pytest.fixture
def deliver(world, preview, now):
    """Lets records of sources count."""

    def deliver(*sources):
        for source in sources:
            commit_batch(by=world.editor, batch=preview(source), at=now)

    return deliver


@pytest.fixture
def drafted(world, version, now):
    """The client's draft: the version in force with one text in another's place."""

    def drafted(old="", new="", by=None):
        assert old in version.text
        return write_draft(
            by=by or world.manager, engagement=world.engagement, text=version.text.replace(old, new, 1), at=now
        )

    return drafted


@pytest.fixture
def part(world, signed_in, address):
    """The part of the form as somebody sees it."""

    def part(place=1, by=None):
        return signed_in(by or world.manager).get(address("kpis:example", place))

    return part


def words(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def places(version):
    return {kpi.id: place for place, kpi in enumerate(queries.kpis.document_of(version).agreement.kpis)}


def test_draft_that_measures_alike_says_what_the_version_in_force_does(deliver, drafted, version, part):
    deliver(*SOURCES)
    draft = drafted("title: Service desk", "title: Service desk\n# the KPIs are as they were")
    draft.text = draft.text.replace("    weight: ", "    description: in other words\n    weight: ")
    compared = [queries.example_of(draft, place) for place in places(version).values()]
    assert [one.drafted for one in compared] == [one.in_force for one in compared]
    assert "Version 1, which is in force, says the same." in words(part())


def test_kpi_by_quarters_is_what_its_result_says(world, deliver, drafted, version, now):
    deliver(*SOURCES)
    compute_results(engagement=world.engagement, at=now)
    draft = drafted()
    for kpi in ("urgent", "satisfaction"):
        found = queries.example_of(draft, places(version)[kpi])
        result = Result.objects.get(kpi=kpi, period=found.drafted.period)
        assert found.drafted == found.in_force
        assert found.drafted.status == result.status
        assert float(found.drafted.value) == result.content["value"]


def test_changed_definition_changes_the_value_and_leaves_the_other(deliver, drafted, version):
    deliver(*SOURCES)
    found = queries.example_of(drafted("P1: 4h, P2: 8h, P3: 24h, P4: 40h", "P1: 1h, P2: 1h, P3: 1h, P4: 1h"), 0)
    assert float(found.drafted.value) < float(found.in_force.value)
    assert found.version == version


def test_changed_target_changes_the_verdict_alone(deliver, drafted, part):
    deliver(*SOURCES)
    found = queries.example_of(drafted("edge: 6, score: 100", "edge: 3, score: 100"), 1)
    assert found.drafted.value == found.in_force.value
    assert (found.drafted.target, found.in_force.target) == ("at most 3 %", "at most 6 %")
    assert (found.drafted.status, found.in_force.status) == ("below_target", "met")
    read = words(part(2))
    assert "the latest quarter with data that is over" in read
    assert "4 of 126 finished ones opened again" in read
    assert "Version 1, which is in force, says" in read


def test_months_are_told_by_the_quarter_but_totals_by_their_own_period(deliver, drafted):
    deliver(*SOURCES)
    period = "    period: {kind: month, by: "
    rate = f"    kind: reopen_rate\n    clock: resolution\n    reopened: times_reopened > 0\n{period}stop}}"
    draft = drafted(rate, f"    kind: count\n    source: tickets\n{period}opened}}")
    assert queries.example_of(draft, 0).drafted.period_word == "quarter"
    assert queries.example_of(draft, 1).drafted.period_word == "month"


def test_renewal_is_told_on_the_records_of_the_term_before(deliver, drafted):
    deliver(*SOURCES)
    found = queries.example_of(
        drafted("term: {from: 2025-01-01, to: 2026-12-31}", "term: {from: 2027-01-01, to: 2028-12-31}"), 0
    )
    assert found.drafted.value == found.in_force.value


def test_nothing_is_kept(deliver, drafted, part):
    deliver(*SOURCES)
    drafted()
    assert words(part())
    assert not Evaluation.objects.exists()


def test_missing_records_are_named(deliver, drafted, part):
    deliver("tickets", "surveys")
    drafted()
    assert "No records of duties and holds count yet" in words(part())


def test_records_that_are_read_otherwise_are_named(deliver, drafted, part):
    deliver(*SOURCES)
    drafted("      category: text", "      category: {type: text, header: Kind of trouble}")
    assert "cannot be read as the draft says" in words(part())


def test_faults_are_to_be_mended_first(deliver, drafted, part):
    deliver(*SOURCES)
    drafted("clock: resolution", "clock: another")
    assert "mend the draft first" in words(part())


def test_too_many_records_are_said_to_be(deliver, drafted, part, monkeypatch):
    deliver(*SOURCES)
    drafted()
    monkeypatch.setattr(queries.drafts, "READ_AT_ONCE", 10)
    monkeypatch.setattr(queries.drafts, "opened_as", None)
    assert "too many to compute while you wait" in words(part())


def test_no_period_that_is_over_is_said_to_be(world, preview, drafted, part, now):
    batch = preview("surveys", b"day,score,answers\n2025-01-02,3.4,118\n")
    commit_batch(by=world.editor, batch=batch, at=now + timedelta(days=1))
    drafted()
    assert "No period with data is over yet" in words(part(6))


def test_form_asks_for_the_part_and_does_not_wait_for_it(world, drafted, signed_in, address, monkeypatch):
    drafted()
    monkeypatch.setattr(queries, "example_of", None)
    page = words(signed_in(world.manager).get(address("engagements:form_item", "kpis", 1)))
    assert f'hx-get="{address("kpis:example", 1)}" hx-trigger="load"' in page


@pytest.mark.parametrize("role", ["signer", "editor", "partner_viewer", "sibling_signer", "viewer"])
def test_draft_of_the_other_side_is_as_missing_as_none(world, deliver, drafted, part, role):
    deliver(*SOURCES)
    missing = part(by=getattr(world, role))
    drafted()
    foreign = part(by=getattr(world, role))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_place_that_is_none_is_missing(drafted, part):
    drafted()
    assert [part(place).status_code for place in (0, 8, 999_999)] == [404, 404, 404]
