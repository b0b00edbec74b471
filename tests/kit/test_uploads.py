from datetime import UTC, datetime

import pytest
from django.test import Client

from rapport.kit.uploads import LARGEST_FILE


@pytest.mark.django_db
@pytest.mark.usefixtures("_client")
def test_a_request_larger_than_any_file_is_refused_and_nothing_of_it_read():
    """Nobody is signed in; what the request says of its length is enough."""
    read = []

    class Body:
        def read(self, size=-1):
            read.append(size)
            return b""

        readline = read

    answer = Client(enforce_csrf_checks=True, raise_request_exception=False).generic(
        "POST", "/sign-in/login/", b"", content_type="multipart/form-data; boundary=b",
        **{"CONTENT_LENGTH": str(LARGEST_FILE * 3), "wsgi.input": Body(), "HTTP_COOKIE": "csrftoken=" + "a" * 32},
    )  # fmt: skip

    assert 400 <= answer.status_code < 500
    assert read == []


@pytest.fixture
def _client():
    from rapport.apps.accounts.models import Organisation

    return Organisation.objects.create(name="Northwind", side="client", created_at=datetime(2026, 3, 2, tzinfo=UTC))
