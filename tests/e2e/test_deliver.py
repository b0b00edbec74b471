"""The command that delivers records to an installation which is served, and what it says where that fails."""

import json
from datetime import timedelta

import pytest
from installation import DEMO, NOW, agreed, spoilt, two_companies
from typer.testing import CliRunner

from rapport.apps.accounts.actions import issue_token
from rapport.apps.delivery.models import Batch
from rapport.apps.kpis.models import Result
from rapport.cli.main import app
from rapport.cli.session import Exit

pytestmark = pytest.mark.django_db(transaction=True)
SURVEYS = DEMO / "surveys.csv"


@pytest.fixture
def deliver(live_server, _history_may_go, clock):
    """Delivers a file for somebody, as from their own machine."""
    clock(NOW)
    found = two_companies()
    engagement = agreed(found)

    def run(*words, person=found.signer, address=live_server.url, source="surveys", file=SURVEYS):
        environment = {"RAPPORT_URL": address, "RAPPORT_KEY": person and key_of(person)}
        return CliRunner().invoke(app, ["deliver", str(engagement.pk), source, str(file), *words], env=environment)

    return run


def key_of(person):
    return issue_token(by=person, name="test", scope="write", lasts=timedelta(days=1), at=NOW)[1]


def test_a_file_is_delivered_and_then_committed(deliver):
    looked_at = deliver()
    assert looked_at.exit_code == Exit.DONE, looked_at.output
    assert "Nothing counts yet" in looked_at.output
    assert Batch.objects.get().stage == "previewed"
    committed = json.loads(deliver("--commit", "--json").stdout)
    assert (committed["batch"]["stage"], committed["results"]["outcome"]) == ("committed", "computed")
    assert Result.objects.filter(kpi="satisfaction").exists()
    again = deliver("--commit")
    assert again.exit_code == Exit.REFUSED
    assert "already" in again.output


def test_rejected_rows_are_told(deliver, tmp_path):
    file = tmp_path / "tickets.csv"
    file.write_text(spoilt()[0])
    found = deliver(source="tickets", file=file)
    assert found.exit_code == Exit.DONE, found.output
    assert "2025-13-0" in found.output


def test_what_goes_wrong_is_told(deliver, tmp_path):
    file = tmp_path / "surveys.csv"
    file.write_text("day,score\n2025-03-28,3.4\n")
    broken = deliver(file=file)
    assert (broken.exit_code, "answers" in broken.output) == (Exit.REFUSED, True)
    assert deliver(person="").exit_code == Exit.USAGE
    assert deliver(file=tmp_path / "none.csv").exit_code == Exit.USAGE
    assert "https://" in deliver(address="http://rapport.example.org").output
    silent = deliver(address="http://127.0.0.1:9")
    assert (silent.exit_code, "does not answer" in silent.output) == (Exit.REFUSED, True)
    assert not Batch.objects.exists()
