from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rapport.apps.accounts.models import Organisation
from rapport.apps.partners import actions
from rapport.apps.partners.models import Contact, PartnerDocument, Profile
from rapport.kit.uploads import LARGEST_DOCUMENT

NOTE = "canary: we may leave them"


def page(name, *args):
    return reverse(f"partners:{name}", args=args)


@pytest.fixture
def contact(world, now):
    return actions.add_contact(
        by=world.manager, organisation=world.own, name="Duty officer", position="", email="", phone="", at=now
    )


@pytest.fixture
def noted(world, now):
    actions.change_profile(by=world.manager, organisation=world.own, website="", about="Desk", note=NOTE, at=now)


def document_form(today, **changes):
    asked = {"kind": "nda", "title": "", "valid_from": today, "valid_until": today + timedelta(days=365)}
    return asked | {"file": SimpleUploadedFile("signed.pdf", b"content")} | changes


@pytest.mark.parametrize("role", ["administrator", "manager", "executive", "viewer", "auditor"])
def test_the_client_sees_every_partner(world, signed_in, role):
    text = signed_in(getattr(world, role)).get(page("list")).content.decode()
    assert "Brightdesk" in text
    assert "Canary Sibling Ltd" in text


def test_the_list_filters_and_sorts(world, signed_in, handed_in):
    handed_in("nda", left=None, is_accepted=True)
    handed_in("data_security", left=None, is_accepted=True)
    browser = signed_in(world.viewer)
    assert "Canary" not in browser.get(page("list"), {"gate": "open"}).content.decode()
    assert "Brightdesk" not in browser.get(page("list"), {"gate": "closed"}).content.decode()
    assert "No partner fits" in browser.get(page("list"), {"q": "nothing like it"}).content.decode()
    for order in ("name", "-gate", "waiting", "-end", "password"):
        assert browser.get(page("list"), {"sort": order}).status_code == 200
    text = browser.get(page("list"), {"sort": "-name"}).content.decode()
    assert text.index("Canary Sibling") < text.index("Brightdesk")


@pytest.mark.parametrize("text", ["a" * 60_000, "a\x00b"])
def test_whatever_is_looked_for_there_is_an_answer(world, signed_in, text):
    assert signed_in(world.manager).get(page("list"), {"q": text}).status_code == 200


@pytest.mark.parametrize("role", ["signer", "editor", "partner_viewer"])
def test_a_partners_people_come_to_their_own_page(world, signed_in, role):
    response = signed_in(getattr(world, role)).get(page("list"), follow=True)
    assert response.redirect_chain == [(page("show", world.own.pk), 302)]
    assert "Canary" not in response.content.decode()


def test_a_manager_adds_a_partner_once(world, signed_in):
    browser = signed_in(world.manager)
    response = browser.post(page("add"), {"name": "Newcomer"})
    assert response.url == page("show", Organisation.objects.get(name="Newcomer").pk)
    assert "already" in browser.post(page("add"), {"name": "newcomer"}).content.decode()


@pytest.mark.parametrize("role", ["viewer", "signer"])
def test_others_add_no_partner(world, signed_in, role):
    browser = signed_in(getattr(world, role))
    assert browser.post(page("add"), {"name": "Newcomer"}).status_code == 302
    assert "Your role does not let you add partners" in browser.get(page("add"), follow=True).content.decode()
    assert not Organisation.objects.filter(name="Newcomer").exists()


def test_the_page_says_what_is_missing_to_whom(world, signed_in):
    text = signed_in(world.manager).get(page("show", world.own.pk)).content.decode()
    assert "2 of the needed documents are not in place" in text
    assert "Ask the partner for it." in text
    assert reverse("accounts:invite", args=[world.own.pk]) not in text
    invited_from = signed_in(world.signer).get(page("show", world.own.pk)).content.decode()
    assert reverse("accounts:invite", args=[world.own.pk]) in invited_from
    assert "Ask the partner" not in signed_in(world.editor).get(page("show", world.own.pk)).content.decode()


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize("role", ["signer", "editor", "partner_viewer", "executive", "viewer", "auditor"])
def test_the_note_reaches_nobody_else(world, signed_in, role):
    browser = signed_in(getattr(world, role))
    for address in (page("show", world.own.pk), page("edit", world.own.pk), page("list")):
        text = browser.get(address, follow=True).content.decode()
        assert NOTE not in text
        assert "Our note" not in text


@pytest.mark.usefixtures("noted")
def test_the_note_is_shown_to_the_clients_managers(world, signed_in):
    for role in ("administrator", "manager"):
        assert NOTE in signed_in(getattr(world, role)).get(page("show", world.own.pk)).content.decode()


@pytest.mark.usefixtures("noted")
def test_a_partner_posting_a_note_does_not_write_it(world, signed_in):
    signed_in(world.signer).post(page("edit", world.own.pk), {"about": "Ours", "website": "", "note": "changed"})
    profile = Profile.objects.get()
    assert (profile.about, profile.note) == ("Ours", NOTE)


def test_a_manager_writes_profile_and_note(world, signed_in):
    asked = {"website": "brightdesk.example", "about": "<b>Desk</b>", "note": "keep an eye on them"}
    signed_in(world.manager).post(page("edit", world.own.pk), asked)
    profile = Profile.objects.get()
    assert (profile.website, profile.note) == ("https://brightdesk.example", "keep an eye on them")
    assert "<b>Desk" not in signed_in(world.editor).get(page("show", world.own.pk)).content.decode()


def test_a_contact_is_added_and_removed(world, signed_in):
    browser = signed_in(world.editor)
    asked = {"name": "Night shift", "position": "lead", "email": "night@brightdesk.example", "phone": "+44 1"}
    browser.post(page("add_contact", world.own.pk), asked)
    assert "Night shift" in signed_in(world.viewer).get(page("show", world.own.pk)).content.decode()
    browser.post(page("remove_contact", Contact.objects.get().pk))
    assert not Contact.objects.exists()


def test_a_document_is_handed_in_accepted_and_downloaded(world, signed_in, today):
    response = signed_in(world.editor).post(page("hand_in", world.own.pk), document_form(today, title="NDA 2026"))
    assert response.url == page("show", world.own.pk)
    document = PartnerDocument.objects.get()
    text = signed_in(world.manager).get(page("show", world.own.pk)).content.decode()
    assert page("accept_document", document.pk) in text
    signed_in(world.manager).post(page("accept_document", document.pk))
    document.refresh_from_db()
    assert document.accepted_by == world.manager
    response = signed_in(world.partner_viewer).get(page("download_document", document.pk))
    assert b"".join(response.streaming_content) == b"content"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="NDA 2026.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_page_disguised_as_a_document_is_not_shown_as_one(world, signed_in, handed_in):
    file = SimpleUploadedFile("page.html", b"<script>alert(1)</script>", "text/html")
    response = signed_in(world.manager).get(page("download_document", handed_in(file=file).pk))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_partner_is_offered_no_accepting(world, signed_in, handed_in):
    document = handed_in()
    browser = signed_in(world.signer)
    assert page("accept_document", document.pk) not in browser.get(page("show", world.own.pk)).content.decode()
    response = browser.post(page("accept_document", document.pk), follow=True)
    assert "Your role does not let you accept documents; ask the client." in response.content.decode()


def test_the_form_comes_with_the_kind_that_was_asked_for(world, signed_in):
    text = signed_in(world.editor).get(page("hand_in", world.own.pk), {"kind": "insurance"}).content.decode()
    assert '<option value="insurance" selected>' in text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"file": SimpleUploadedFile("a.pdf", bytes(LARGEST_DOCUMENT + 1))}, "20.1 MB, and at most 20 MB"),
        ({"file": ""}, "This field is required"),
        ({"kind": "passport"}, "not one of the available choices"),
        ({"valid_until": "2020-01-01"}, "before it begins"),
    ],
)
def test_a_wrong_document_is_refused_at_the_form(world, signed_in, today, changes, reason):
    response = signed_in(world.editor).post(page("hand_in", world.own.pk), document_form(today, **changes))
    assert reason in response.content.decode()
    assert not PartnerDocument.objects.exists()


def test_a_viewer_is_sent_back_from_the_forms(world, signed_in):
    for name in ("edit", "add_contact", "hand_in"):
        response = signed_in(world.partner_viewer).get(page(name, world.own.pk), follow=True)
        assert "Your role does not let you" in response.content.decode()


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize("role", ["sibling_signer", "sibling_editor", "sibling_partner_viewer"])
def test_a_sibling_gets_the_answer_of_something_missing(world, signed_in, handed_in, contact, role):
    browser, document = signed_in(getattr(world, role)), handed_in()
    for name, pk, method in (
        ("show", world.own.pk, "get"), ("edit", world.own.pk, "get"), ("edit", world.own.pk, "post"),
        ("add_contact", world.own.pk, "get"), ("add_contact", world.own.pk, "post"),
        ("hand_in", world.own.pk, "get"), ("hand_in", world.own.pk, "post"),
        ("remove_contact", contact.pk, "post"), ("accept_document", document.pk, "post"),
        ("download_document", document.pk, "get"),
    ):  # fmt: skip
        foreign = getattr(browser, method)(page(name, pk))
        missing = getattr(browser, method)(page(name, 987654))
        assert (foreign.status_code, foreign.content) == (404, missing.content), name
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_the_client_is_not_one_of_its_partners(world, signed_in):
    for person in (world.manager, world.signer):
        assert signed_in(person).get(page("show", world.client.pk)).status_code == 404


def test_changes_need_a_post(world, signed_in, handed_in, contact):
    browser = signed_in(world.manager)
    assert browser.get(page("accept_document", handed_in().pk)).status_code == 405
    assert browser.get(page("remove_contact", contact.pk)).status_code == 405


def test_strangers_sign_in_first(world, client):
    response = client.get(page("show", world.own.pk))
    assert response.status_code == 302
    assert "/sign-in/" in response.url
