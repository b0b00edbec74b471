"""The example agreements on real records: what the pages take in and compute is what the command prints."""

from pathlib import Path

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from typer.testing import CliRunner

from event_logs import first_cases
from rapport.apps.delivery.jobs import read_waiting_files
from rapport.apps.delivery.models import Batch
from rapport.apps.kpis.actions import compute_results
from rapport.cli.main import app

EXAMPLES = Path(__file__).parents[3] / "examples"


def records_of(path):
    """The record files of an example by source."""
    sources = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    return {name: EXAMPLES / file for name, source in sources.items() for file in source["files"]}


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.yaml")))
def test_pages_come_to_what_the_command_prints(world, version, signed_in, address, now, name, tmp_path):
    agreement = EXAMPLES / f"{name}.yaml"
    records = records_of(agreement)
    if not all(file.exists() for file in records.values()):
        pytest.skip("its records are not here")
    records = {
        source: first_cases(file, tmp_path) if file.name.endswith(".xes.gz") else file
        for source, file in records.items()
    }
    version.text = agreement.read_text(encoding="utf-8")
    version.save()
    browser = signed_in(world.editor)
    for source, file in records.items():
        browser.post(
            address("delivery:upload"),
            {"source": source, "file": SimpleUploadedFile(file.name, file.read_bytes())},
        )
        read_waiting_files(timezone.now())
        batch = Batch.objects.get(source=source, stage="previewed")
        browser.post(address("kpis:commit", batch.pk))

    evaluation = compute_results(engagement=world.engagement, at=now)

    printed = CliRunner().invoke(
        app, ["evaluate", str(agreement), *(f"{source}={file}" for source, file in records.items()), "--json"]
    )
    assert printed.exit_code == 0, printed.output
    assert evaluation.content == printed.stdout
