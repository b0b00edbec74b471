"""What handing in a document must not leave behind, which it once did."""

import pytest
from django.core.files.base import ContentFile

from rapport.apps.partners import actions
from rapport.apps.partners.models import PartnerDocument
from rapport.domain.evidence import DocumentKind


def test_no_file_stays_of_a_document_that_could_not_be_kept(world, now, settings, tmp_path, monkeypatch):
    def full(*_args, **_words):
        raise OSError("the disk is full")

    settings.MEDIA_ROOT = tmp_path / "uploads"
    monkeypatch.setattr(actions, "record", full)
    with pytest.raises(OSError, match="full"):
        actions.hand_in(
            by=world.editor, organisation=world.own, kind=DocumentKind.NDA, title="", at=now,
            file=ContentFile(b"signed", name="nda.pdf"), valid_from=now.date(), valid_until=None,
        )  # fmt: skip
    assert not PartnerDocument.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
