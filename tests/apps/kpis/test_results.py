"""Results follow from committed records, are what the command prints, and go when their records go."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from apps.delivery.demo_records import DEMO
from rapport.apps.audit.models import Entry
from rapport.apps.delivery.actions import commit_batch, withdraw_batch
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.kpis import queries
from rapport.apps.kpis.actions import compute_results
from rapport.apps.kpis.models import Evaluation, Result
from rapport.cli.main import app
from rapport.domain.refusals import Refused

SOURCES = ("tickets", "holds", "duties", "surveys")


@pytest.fixture
def commit(world, preview, now):
    """Commits a record file of the example."""
    return lambda source, content=None: commit_batch(by=world.editor, batch=preview(source, content), at=now)


@pytest.fixture(scope="module")
def printed():
    """What the command prints for the example."""
    files = [f"{source}={DEMO / source}.csv" for source in SOURCES]
    result = CliRunner().invoke(app, ["evaluate", str(DEMO / "agreement.yaml"), *files, "--json"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_results_are_byte_for_byte_what_the_command_prints(world, commit, printed, now):
    for source in reversed(SOURCES):
        commit(source)

    evaluation = compute_results(engagement=world.engagement, at=now, by=world.editor)

    assert evaluation.content == printed
    whole = [row for row in json.loads(printed)["results"] if row["group"] is None]
    assert sorted((row.kpi, row.period, row.status) for row in Result.objects.all()) == sorted(
        (row["kpi"], row["period"], row["status"]) for row in whole
    )


def test_nothing_changed_writes_nothing(world, commit, now):
    commit("surveys")
    first = compute_results(engagement=world.engagement, at=now, by=world.editor)

    again = compute_results(engagement=world.engagement, at=now + timedelta(days=1))

    assert (again.pk, again.computed_at) == (first.pk, now)
    assert Evaluation.objects.count() == 1
    verbs = [entry.content["verb"] for entry in Entry.objects.filter(chain=world.engagement.chain)]
    assert verbs == ["records.committed", "results.computed"]


def test_kpi_waits_until_all_its_sources_have_records(world, version, commit, now):
    commit("surveys")
    commit("tickets")
    compute_results(engagement=world.engagement, at=now)

    found = {item.kpi.id: item for item in queries.kpi_results(world.engagement, version)}

    assert set(Result.objects.values_list("kpi", flat=True)) == {"satisfaction"}
    assert found["satisfaction"].missing == []
    assert found["resolved-in-time"].missing == ["duties", "holds"]


def test_withdrawal_takes_the_numbers_away(world, commit, now):
    batch = commit("surveys")
    compute_results(engagement=world.engagement, at=now)
    assert Result.objects.exists()

    withdraw_batch(by=world.manager, batch=batch, reason="not agreed", at=now)
    evaluation = compute_results(engagement=world.engagement, at=now)

    assert not Result.objects.exists()
    assert json.loads(evaluation.content)["results"] == []


def test_later_file_replaces_the_records_it_repeats(world, commit, now):
    commit("surveys", b"day,score,answers\n2025-03-28,3.4,118\n")
    commit("surveys", b"day,score,answers\n2025-03-28,4.4,118\n")

    compute_results(engagement=world.engagement, at=now)

    assert Result.objects.get(kpi="satisfaction", period="2025-Q1").content["value"] == 4.4


def test_no_file_that_an_agreement_names_by_itself_is_opened(world, version, commit, now, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes((DEMO / "surveys.csv").read_bytes())
    AgreementVersion.objects.filter(pk=version.pk).update(
        text=version.text.replace("files: [surveys.csv]", f"files: [{secret}]")
    )

    evaluation = compute_results(engagement=world.engagement, at=now)

    assert json.loads(evaluation.content)["records"] == {}


def test_records_that_arrive_while_results_are_computed_are_taken_in(world, commit, now, monkeypatch):
    from rapport.apps.kpis import actions

    commit("surveys")
    compute = actions._computed

    def compute_slowly(*given):
        content = compute(*given)
        if not late:
            late.append(commit("surveys", b"day,score,answers\n2025-03-28,4.4,118\n"))
        return content

    late = []
    monkeypatch.setattr(actions, "_computed", compute_slowly)
    compute_results(engagement=world.engagement, at=now)

    assert Result.objects.get(kpi="satisfaction", period="2025-Q1").content["value"] == 4.4


def test_results_need_an_agreement_in_force(world, now):
    with pytest.raises(Refused, match="No agreement is in force"):
        compute_results(engagement=world.engagement, at=now)


def test_viewer_and_sibling_have_nothing_computed(world, version, now):
    with pytest.raises(Refused, match="role does not let you"):
        compute_results(engagement=world.engagement, at=now, by=world.viewer)
    with pytest.raises(Refused, match="no such engagement"):
        compute_results(engagement=world.engagement, at=now, by=world.sibling_signer)
