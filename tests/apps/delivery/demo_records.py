"""An engagement whose agreement is the built-in example, and its record files."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rapport.apps.delivery.actions import preview_records
from rapport.apps.engagements.models import AgreementVersion

DEMO = Path(str(files("rapport.cli"))) / "demo"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT


@pytest.fixture
def version(world, now):
    return AgreementVersion.objects.create(
        engagement=world.engagement, number=1, text=(DEMO / "agreement.yaml").read_text(encoding="utf-8"),
        stage="in_force", written_by="client", author=world.manager, created_at=now,
    )  # fmt: skip


@pytest.fixture
def have_deliver(version):
    """Agree which side delivers a source."""

    def agree(side, source="surveys"):
        version.text = re.sub(rf"(\n  {source}:.*\n)", rf"\g<1>    delivered_by: {side}\n", version.text)
        version.save()

    return agree


@pytest.fixture
def demo_file():
    """One record file of the example, as a browser sends it."""
    return lambda source, content=None: SimpleUploadedFile(
        f"{source}.csv", content if content is not None else (DEMO / f"{source}.csv").read_bytes()
    )


@pytest.fixture
def preview(world, version, demo_file, now):
    """A file that was looked at and does not count yet."""

    def preview(source="surveys", content=None, by=None):
        return preview_records(
            by=by or world.editor, engagement=world.engagement, source=source, file=demo_file(source, content), at=now
        )

    return preview


@pytest.fixture
def address(world):
    """The address of a page of the engagement."""
    return lambda name, *more: reverse(name, args=[world.engagement.pk, *more])
