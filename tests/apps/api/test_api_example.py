"""What a partner's program does from a key to a computed result, and what the client's programs do with it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from rapport.apps.accounts.models import Organisation
from rapport.domain.roles import Side

pytestmark = pytest.mark.django_db


def test_a_partner_delivers_records_and_reads_the_result(agreed, records, world):
    partner, home = agreed.partner, f"/engagements/{world.engagement.pk}"

    assert partner("GET", "/me").json()["side"] == "partner"
    assert "surveys" in [source["name"] for source in partner("GET", f"{home}/sources").json()["items"]]
    sent = partner.send(f"{home}/batches", records("surveys"), source="surveys", key="surveys of March")
    assert sent.status_code == 201, sent.content
    batch = sent.json()
    assert (batch["stage"], batch["report"]["used"] > 0) == ("previewed", True)
    done = partner("POST", f"{home}/batches/{batch['id']}/commit").json()
    assert (done["batch"]["stage"], done["results"]["outcome"]) == ("committed", "computed")
    kpi = next(one for one in partner("GET", f"{home}/results").json()["items"] if one["id"] == "satisfaction")
    assert kpi["latest"]["value"] is not None
    rows = partner("GET", f"{home}/results/satisfaction/{kpi['latest']['period']}/rows", limit=3).json()
    assert rows["items"][0]["file"] == "surveys.csv"


def test_the_client_withdraws_records_and_computes_anew(agreed, records, world):
    home = f"/engagements/{world.engagement.pk}"
    batch = agreed.partner.send(f"{home}/batches", records("surveys"), source="surveys").json()
    agreed.partner("POST", f"{home}/batches/{batch['id']}/commit")
    gone = agreed.client("POST", f"{home}/batches/{batch['id']}/withdraw", {"reason": "wrong month"}).json()
    assert (gone["batch"]["stage"], gone["batch"]["withdrawn_because"]) == ("withdrawn", "wrong month")
    assert agreed.client("POST", f"{home}/compute").json()["outcome"] == "computed"
    kpis = agreed.client.all(f"{home}/results")
    assert next(one for one in kpis if one["id"] == "satisfaction")["missing"] == ["surveys"]


def test_an_agreement_is_written_remarked_on_and_signed(agreed, world):
    assert agreed.version["stage"] == "in_force"
    assert [given["side"] for given in agreed.version["signatures"]] == ["client", "partner"]
    remarks = f"{agreed.versions}/{agreed.version['id']}/remarks"
    said = agreed.partner("POST", remarks, {"line": 3, "text": "ours", "is_private": True})
    assert said.status_code == 201
    agreed.partner("POST", remarks, {"line": 4, "text": "to both", "is_private": False})
    assert [one["text"] for one in agreed.partner.all(remarks)] == ["ours", "to both"]
    assert [one["text"] for one in agreed.client.all(remarks)] == ["to both"]
    verbs = [one["verb"] for one in agreed.partner.all(f"/engagements/{world.engagement.pk}/history", limit=2)]
    assert verbs[:2] == ["remark.made", "agreement.in_force"]
    assert verbs.count("agreement.signed") == 2
    assert agreed.client("GET", f"/engagements/{world.engagement.pk}/history/verdict").json()["broken_at"] is None


def test_a_draft_is_rewritten_from_the_text_that_was_seen(world, program, text):
    editor, versions = program(world.editor), f"/engagements/{world.engagement.pk}/versions"
    draft = editor("POST", versions, {"text": "nonsense: ["}).json()
    assert draft["faults"]
    assert draft["number"] is None
    stale = editor("PUT", f"{versions}/{draft['id']}", {"text": text, "seen": "0" * 64})
    assert (stale.status_code, stale["Content-Type"]) == (409, "application/problem+json")
    mended = editor("PUT", f"{versions}/{draft['id']}", {"text": text, "seen": draft["fingerprint"]}).json()
    assert mended["faults"] == []
    assert program(world.manager).all(versions) == []
    proposed = editor("POST", f"{versions}/{draft['id']}/propose").json()
    assert proposed["number"] == 1
    assert editor("POST", f"{versions}/{draft['id']}/withdraw").json()["stage"] == "withdrawn"


def test_a_partner_is_added_described_and_given_work(world, program):
    manager = program(world.manager)
    added = manager("POST", "/partners", {"name": "Third Ltd"}).json()
    assert [one["status"] for one in added["standings"]] == ["missing"] * 4
    changed = manager("PATCH", f"/partners/{added['id']}", {"about": "Hardware", "note": "cheap"}).json()
    assert (changed["about"], changed["note"]) == ("Hardware", "cheap")
    contact = manager("POST", f"/partners/{added['id']}/contacts", {"name": "Front desk"}).json()
    assert [one["name"] for one in manager.all(f"/partners/{added['id']}/contacts")] == ["Front desk"]
    assert manager("DELETE", f"/contacts/{contact['id']}").status_code == 204
    work = manager("POST", "/engagements", {"partner": added["id"], "title": "Laptops"}).json()
    assert (work["partner"]["name"], work["tier"], work["in_force"]) == ("Third Ltd", "standard", None)
    work = manager("PATCH", f"/engagements/{work['id']}", {"tier": "strategic", "purpose": "All of them"}).json()
    assert (work["title"], work["tier"], work["purpose"]) == ("Laptops", "strategic", "All of them")
    assert Organisation.objects.filter(side=Side.PARTNER, name="Third Ltd").exists()


def test_a_document_is_handed_in_accepted_and_fetched(world, program, records):
    editor, manager, today = program(world.editor), program(world.manager), timezone.localdate()
    place = f"/partners/{world.own.pk}/documents"
    sent = editor.send(place, records("nda", b"%PDF signed"), kind="nda", valid_from=str(today), title="Our NDA")
    assert sent.status_code == 201, sent.content
    number = sent.json()["id"]
    assert sent.json()["status"] == "awaiting"
    assert editor("POST", f"/documents/{number}/accept").status_code == 403
    assert manager("POST", f"/documents/{number}/accept").json()["status"] == "valid"
    assert b"".join(editor("GET", f"/documents/{number}/file")) == b"%PDF signed"
    assert [one["title"] for one in manager.all(place)] == ["Our NDA"]
    assert editor("GET", f"/documents/{number}").json()["accepted_by"]["id"] is None


def test_people_are_moved_to_another_role_and_let_out(world, program):
    signer = program(world.signer)
    assert {one["role"] for one in signer.all("/people")} == {"signer", "editor", "partner_viewer"}
    assert signer("PATCH", f"/people/{world.editor.pk}", {"role": "partner_viewer"}).json()["role"] == "partner_viewer"
    assert signer("POST", f"/people/{world.editor.pk}/close").json()["is_active"] is False
    assert signer("PATCH", f"/people/{world.editor.pk}", {"role": "manager"}).status_code == 409


def test_a_document_leaves_as_a_file_that_no_browser_shows(world, program):
    editor = program(world.editor)
    sent = editor.send(
        f"/partners/{world.own.pk}/documents", SimpleUploadedFile("nda.pdf", b"signed"), kind="nda",
        title="Our NDA", valid_from="2026-01-01",
    )  # fmt: skip
    answer = program(world.manager)("GET", f"/documents/{sent.json()['id']}/file")
    assert b"".join(answer) == b"signed"
    assert answer["Content-Disposition"] == 'attachment; filename="Our NDA.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
