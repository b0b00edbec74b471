"""Pages about records through the browser."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.apps.delivery.models import Batch


def test_upload_leads_to_the_preview(world, version, signed_in, address, demo_file):
    browser = signed_in(world.editor)

    answer = browser.post(address("delivery:upload"), {"source": "tickets", "file": demo_file("tickets")}, follow=True)

    batch = Batch.objects.get()
    assert answer.redirect_chain[-1][0] == address("delivery:batch", batch.pk)
    page = answer.content.decode()
    assert "T-10001" in page
    assert "Commit" in page


@pytest.mark.parametrize(
    ("closed", "told"), [("2025-01-02 16:00", []), ("2025-01-02 08:00", ["closed before opened: 1 row"])]
)
def test_preview_tells_only_doubts_that_rows_raise(world, version, preview, signed_in, address, closed, told):
    flags = "when: closed < opened}, {name: often reopened, when: times_reopened > 9}]"
    version.text = version.text.replace("when: closed < opened}]", flags)
    version.save()
    heads = "ticket,opened,resolved,closed,priority,category,times_reopened,met_sla"
    row = f"T-1,2025-01-02 12:00,2025-01-02 13:00,{closed},P3,access,0,yes"
    batch = preview("tickets", f"{heads}\n{row}\n".encode())
    page = signed_in(world.editor).get(address("delivery:batch", batch.pk)).content.decode()

    assert set(batch.report["flagged"]) == {"closed before opened", "often reopened"}
    assert ("Used although in doubt" in page) is bool(told)
    assert re.findall(r"<li>((?:closed|often).*?)</li>", page) == told


def test_refused_upload_says_why_and_leaves_nothing_behind(world, version, signed_in, address):
    file = SimpleUploadedFile("surveys.csv", b"day,scores,answers\n2025-03-28,3.4,118\n")

    answer = signed_in(world.editor).post(address("delivery:upload"), {"source": "surveys", "file": file})

    assert "nearest: &#x27;scores&#x27;" in answer.content.decode()
    assert not Batch.objects.exists()


def test_upload_takes_sources_of_the_agreement_only(world, version, signed_in, address, demo_file):
    answer = signed_in(world.editor).post(
        address("delivery:upload"), {"source": "no-source", "file": demo_file("surveys")}
    )

    assert "not one of the available choices" in answer.content.decode()


def test_records_page_says_what_to_do_first(world, signed_in, address):
    page = signed_in(world.editor).get(address("delivery:records")).content.decode()

    assert "No agreement is in force yet" in page


@pytest.mark.parametrize("role", ["manager", "signer", "viewer", "auditor", "partner_viewer"])
def test_both_sides_see_the_history(world, preview, signed_in, address, role):
    preview()

    page = signed_in(getattr(world, role)).get(address("delivery:records")).content.decode()

    assert "surveys.csv" in page
    assert ("Upload and look at it" in page) is (role in ("manager", "signer"))


def test_rejected_rows_come_as_csv_without_formulas(world, version, preview, signed_in, address):
    version.text = version.text.replace("key: day\n", "key: day\n    reject_limit: 100%\n")
    version.save()
    batch = preview("surveys", b"day,score,answers\n=cmd(),3.4,118\n2025-06-27,3.8,131\n")

    browser = signed_in(world.manager)
    answer = browser.get(address("delivery:batch", batch.pk), {"format": "csv"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.getvalue().decode().splitlines()
    assert lines[0] == "File,Row,Column,Seen,Expected"
    assert lines[1].startswith("surveys.csv,2,day,'=cmd(),")
    assert "=cmd()" in browser.get(address("delivery:batch", batch.pk)).content.decode()


@pytest.mark.parametrize("person", ["sibling_signer", "sibling_editor", "sibling_partner_viewer"])
def test_sibling_gets_the_404_of_a_missing_id(world, preview, signed_in, person):
    batch = preview()
    browser = signed_in(getattr(world, person))
    here, nowhere, theirs = world.engagement.pk, 999_999, world.sibling_engagement.pk

    def answers(engagement, number):
        base = f"/engagements/{engagement}/records/"
        gets = [browser.get(base + path) for path in ("", f"{number}/", f"{number}/?format=csv")]
        return [(answer.status_code, answer.content) for answer in (*gets, browser.post(base + "upload/"))]

    missing = browser.get(f"/engagements/{nowhere}/records/").content
    assert answers(here, batch.pk) == answers(nowhere, nowhere) == [(404, missing)] * 4
    assert [code for code, _ in answers(theirs, batch.pk)[1:3]] == [404, 404]
