from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.apps.audit.actions import INSTALLATION
from rapport.apps.audit.queries import entries
from rapport.apps.partners import actions
from rapport.apps.partners.models import Contact, PartnerDocument, Profile
from rapport.domain.refusals import Refused
from rapport.kit.uploads import LARGEST_DOCUMENT, saved_name

CONTACT = {"name": "Duty officer", "position": "", "email": "duty@brightdesk.example", "phone": ""}


def change(world, now, by, organisation=None, **changes):
    asked = {"website": "https://brightdesk.example", "about": "A service desk", **changes}
    return actions.change_profile(by=by, organisation=organisation or world.own, at=now, **asked)


def verbs():
    return [entry.content["verb"] for entry in entries(INSTALLATION)]


@pytest.mark.parametrize("role", ["administrator", "manager", "signer", "editor"])
def test_those_who_keep_a_profile_change_it(world, now, role):
    change(world, now, getattr(world, role))
    assert Profile.objects.get(organisation=world.own).about == "A service desk"
    assert verbs() == ["partner.profile_changed"]


@pytest.mark.parametrize("role", ["executive", "viewer", "auditor", "partner_viewer", "sibling_signer"])
def test_others_do_not_change_a_profile(world, now, role):
    with pytest.raises(Refused):
        change(world, now, getattr(world, role))
    assert not Profile.objects.exists()


def test_the_same_profile_again_leaves_no_history(world, now):
    change(world, now, world.editor)
    change(world, now, world.editor)
    assert len(verbs()) == 1


def test_a_partner_changing_its_profile_leaves_the_note_alone(world, now):
    change(world, now, world.manager, note="slow to answer")
    change(world, now, world.editor, about="A better service desk")
    assert Profile.objects.get(organisation=world.own).note == "slow to answer"


def test_a_partner_does_not_write_the_note(world, now):
    with pytest.raises(Refused, match="ask the client"):
        change(world, now, world.signer, note="we are great")


def test_the_note_stays_out_of_history(world, now):
    change(world, now, world.manager, note="slow to answer")
    assert "note" not in str(entries(INSTALLATION).get().content["details"])
    assert "slow" not in str(entries(INSTALLATION).get().content)


@pytest.mark.parametrize("website", ["javascript:alert(1)", "ftp://example.org", "no address"])
def test_a_website_is_a_web_address(world, now, website):
    with pytest.raises(Refused, match=r"https://example\.org"):
        change(world, now, world.editor, website=website)


def test_the_client_has_no_partner_page(world, now):
    with pytest.raises(Refused):
        change(world, now, world.manager, organisation=world.client)


def test_a_contact_comes_and_goes_without_a_name_in_history(world, now):
    contact = actions.add_contact(by=world.editor, organisation=world.own, at=now, **CONTACT)
    actions.remove_contact(by=world.editor, contact=contact, at=now)
    assert not Contact.objects.exists()
    assert verbs() == ["partner.contact_removed", "partner.contact_added"]
    assert "Duty officer" not in str([entry.content for entry in entries(INSTALLATION)])


def test_a_contact_is_removed_once(world, now):
    contact = actions.add_contact(by=world.editor, organisation=world.own, at=now, **CONTACT)
    again = Contact.objects.get()
    actions.remove_contact(by=world.editor, contact=contact, at=now)
    with pytest.raises(Refused, match="removed a moment ago"):
        actions.remove_contact(by=world.manager, contact=again, at=now)


def test_a_contact_of_another_partner_is_out_of_reach(world, now):
    contact = actions.add_contact(by=world.editor, organisation=world.own, at=now, **CONTACT)
    with pytest.raises(Refused):
        actions.remove_contact(by=world.sibling_signer, contact=contact, at=now)
    with pytest.raises(Refused):
        actions.add_contact(by=world.sibling_signer, organisation=world.own, at=now, **CONTACT)


@pytest.mark.parametrize("wrong", [{"name": " \u202e "}, {"name": "a" * 201}, {"email": "nobody"}, {"phone": "1" * 51}])
def test_a_contact_that_makes_no_sense_is_refused(world, now, wrong):
    with pytest.raises(Refused):
        actions.add_contact(by=world.editor, organisation=world.own, at=now, **CONTACT | wrong)


def test_a_document_is_kept_under_a_name_of_its_own(handed_in, uploads):
    document = handed_in(file=SimpleUploadedFile("../../signed.PDF", b"text"), title="")
    kept = [path for path in uploads.rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert "signed" not in kept[0].name
    assert kept[0].suffix == ".pdf"
    assert document.title == "signed"


def test_history_keeps_the_digest_of_what_was_handed_in(handed_in):
    handed_in(file=SimpleUploadedFile("a.pdf", b"abc"))
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert entries(INSTALLATION).get().content["details"]["sha256"] == digest


@pytest.mark.parametrize(
    ("given", "title", "ending"),
    [
        ("C:\\secret\\cover.docx", "cover", ".docx"),
        ("/etc/passwd", "passwd", ""),
        ("invoice\u202efdp.exe", "invoicefdp", ".exe"),
        ("two\nlines\x00.pdf", "two lines", ".pdf"),
        ("odd.p d<f", "odd", ""),
        (".pdf", "pdf", ""),
        ("\u200f", "non-disclosure agreement", ""),
    ],
)
def test_a_file_name_is_cleaned(handed_in, given, title, ending):
    file = SimpleUploadedFile("a", b"text")
    file._name = given
    document = handed_in(file=file, title="")
    assert (document.title, saved_name(document.file, document.title)) == (title, title + ending)


def test_a_title_with_strokes_makes_a_file_name_without(handed_in):
    assert saved_name(handed_in().file, "../ISO 27001 / 2022.pdf") == "ISO 27001 - 2022.pdf"


@pytest.mark.parametrize(
    ("term", "reason"),
    [((0, -1), "before it begins"), ((-20, -1), "would not count")],
)
def test_a_document_holds_from_its_first_to_its_last_day(handed_in, today, now, term, reason):
    begin, end = (today + timedelta(days=days) for days in term)
    with pytest.raises(Refused, match=reason):
        handed_in(valid_from=begin, valid_until=end)


def test_a_document_has_between_one_byte_and_twenty_megabytes(handed_in, uploads):
    handed_in(file=SimpleUploadedFile("a.pdf", bytes(LARGEST_DOCUMENT)))
    for content, reason in ((b"", "empty"), (bytes(LARGEST_DOCUMENT + 1), "at most 20 MB")):
        with pytest.raises(Refused, match=reason):
            handed_in(file=SimpleUploadedFile("a.pdf", content))
    assert len([path for path in uploads.rglob("*") if path.is_file()]) == 1


def test_no_file_stays_of_a_document_that_could_not_be_kept(handed_in, uploads, monkeypatch):
    def full(*_args, **_words):
        raise OSError("the disk is full")

    monkeypatch.setattr(actions, "record", full)
    with pytest.raises(OSError, match="full"):
        handed_in()
    assert not PartnerDocument.objects.exists()
    assert not [path for path in uploads.rglob("*") if path.is_file()]


@pytest.mark.parametrize("role", ["executive", "viewer", "partner_viewer", "sibling_editor"])
def test_others_hand_nothing_in(world, handed_in, role):
    with pytest.raises(Refused):
        handed_in(by=getattr(world, role))
    assert not PartnerDocument.objects.exists()


@pytest.mark.parametrize("role", ["executive", "viewer", "auditor", "signer", "editor", "sibling_signer"])
def test_only_the_clients_managers_accept(world, now, handed_in, role):
    document = handed_in()
    with pytest.raises(Refused):
        actions.accept_document(by=getattr(world, role), document=document, at=now)
    document.refresh_from_db()
    assert document.accepted_at is None


def test_a_document_is_accepted_once(world, now, handed_in):
    document = handed_in()
    stale = PartnerDocument.objects.get()
    actions.accept_document(by=world.administrator, document=document, at=now)
    with pytest.raises(Refused, match="accepted already"):
        actions.accept_document(by=world.manager, document=stale, at=now)
    assert PartnerDocument.objects.get().accepted_by == world.administrator
    assert verbs().count("partner.document_accepted") == 1


def test_a_document_that_has_ended_is_not_accepted(world, handed_in):
    document = handed_in(left=10)
    with pytest.raises(Refused, match="renewed"):
        actions.accept_document(by=world.manager, document=document, at=document.handed_in_at + timedelta(days=11))
