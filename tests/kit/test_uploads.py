"""Files that people send: what is refused before it is read, and what they are called when they leave."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from rapport.kit.uploads import LARGEST_DOCUMENT, LARGEST_FILE, ending, given_name, safe_name, unfit


@pytest.mark.django_db
@pytest.mark.usefixtures("_client")
def test_a_request_larger_than_any_file_is_refused_and_nothing_of_it_read():
    """Nobody is signed in; what the request says of its length is enough."""
    read = []

    class Body:
        def read(self, size=-1):
            read.append(size)
            return b""

        def readline(self, size=-1):
            return self.read(size)

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


def test_what_is_one_byte_too_large_is_told_to_be_larger_than_the_limit():
    file = ContentFile(b"", name="a.pdf")
    file.size = LARGEST_DOCUMENT
    assert unfit(file, LARGEST_DOCUMENT) == ""
    file.size += 1
    assert "has 20.1 MB, and at most 20 MB can be kept" in unfit(file, LARGEST_DOCUMENT)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("C:\\secret\\plan.docx", "plan.docx"), ("/etc/passwd", "passwd"), ("a.pdf", "a.pdf"), ("", "")],
)
def test_of_a_given_name_no_folder_is_left(given, expected):
    file = ContentFile(b"")
    file.name = given
    assert given_name(file) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.PDF", ".pdf"), ("a", ""), (".pdf", ""), ("a.p d<f", ""), ("a.tar.gz", ".gz"), ("a." + "x" * 11, "")],
)
def test_an_ending_is_a_plain_one_or_none(name, expected):
    assert ending(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("../ISO 27001 / 2022", "ISO 27001 - 2022"), ('<a>:"b"?', "a-b"), (" .-", "nda"), ("", "nda")],
)
def test_a_safe_name_holds_nothing_that_a_system_reads_as_more_than_a_name(text, expected):
    assert safe_name(text, "nda") == expected
