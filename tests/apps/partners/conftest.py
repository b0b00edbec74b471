from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from rapport.apps.partners import actions
from rapport.domain.evidence import DocumentKind


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def handed_in(world, today):
    """Hands in a document of partner `own`, from a year ago on."""

    def hand_in(kind="nda", left=200, is_accepted=False, **changes):
        at = timezone.now()
        asked = {
            "by": world.editor,
            "organisation": world.own,
            "kind": DocumentKind(kind),
            "title": f"Our {kind}",
            "file": SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed"),
            "valid_from": today - timedelta(days=365),
            "valid_until": None if left is None else today + timedelta(days=left),
            "at": at - timedelta(days=400) if left is not None and left < 0 else at,
        }
        document = actions.hand_in(**asked | changes)
        if is_accepted:
            actions.accept_document(by=world.manager, document=document, at=asked["at"])
        return document

    return hand_in
