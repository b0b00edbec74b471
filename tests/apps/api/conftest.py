import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.delivery.demo_records import DEMO
from rapport.apps.accounts.actions import issue_token

TEXT = (DEMO / "agreement.yaml").read_text(encoding="utf-8")


class Program:
    """A program that shows one key."""

    def __init__(self, secret):
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.browser = Client(headers=self.headers)

    def __call__(self, method, path, body=None, key=None, **query):
        headers = {"idempotency-key": key} if key else {}
        words = {"query_params": query, "headers": headers}
        if body is not None:
            words |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.browser.generic(method, f"/api{path}", **words)

    def send(self, path, file=None, key=None, **fields):
        headers = {"idempotency-key": key} if key else {}
        fields |= {"file": file} if file else {}
        return self.browser.post(f"/api{path}", fields, headers=headers)

    def all(self, path, **query):
        """Every item of a list, page by page."""
        found, cursor = [], None
        while True:
            page = self("GET", path, **query, **({"cursor": cursor} if cursor else {})).json()
            found += page["items"]
            if (cursor := page["next"]) is None:
                return found


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def text():
    """The built-in example of an agreement."""
    return TEXT


@pytest.fixture
def secret_of(world):
    """Makes a key for somebody."""

    def issue(person, scope="write", days=9, at=None):
        lasts = timedelta(days=days)
        return issue_token(by=person, name="test", scope=scope, lasts=lasts, at=at or timezone.now())[1]

    return issue


@pytest.fixture
def program(secret_of):
    """Makes a program that acts for somebody."""
    return lambda person, **words: Program(secret_of(person, **words))


@pytest.fixture
def records():
    """One record file of the example, as programs send it."""

    def file(source, content=None):
        return SimpleUploadedFile(f"{source}.csv", content or (DEMO / f"{source}.csv").read_bytes())

    return file


@pytest.fixture
def agreed(world, program):
    """An engagement whose agreement both sides have signed, all of it by programs."""
    client, partner = program(world.manager), program(world.signer)
    versions = f"/engagements/{world.engagement.pk}/versions"
    draft = client("POST", versions, {"text": TEXT}).json()
    proposed = client("POST", f"{versions}/{draft['id']}/propose").json()
    signing = {"digest": proposed["digest"]}
    client("POST", f"{versions}/{draft['id']}/sign", signing)
    signed = partner("POST", f"{versions}/{draft['id']}/sign", signing).json()
    return SimpleNamespace(client=client, partner=partner, versions=versions, version=signed)
