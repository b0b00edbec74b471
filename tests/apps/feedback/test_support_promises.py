"""Support that one side promises the other: by a day, with proof, and moved only with the other's word."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.api.conftest import program, secret_of
from rapport.apps.feedback import actions, queries
from rapport.apps.feedback.jobs import ACTS
from rapport.apps.feedback.models import Promise
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import told
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.apps.timers.jobs import ring_due_timers
from rapport.domain.refusals import Refused
from rapport.domain.support import Kind, Standing

__all__ = ["program", "secret_of"]

DUE = date(2026, 3, 10)


@pytest.fixture
def promised(world, now):
    world.engagement.partner_owner = world.signer
    world.engagement.save()
    offer = actions.Offer(Kind.TRAINING, "Two days of training", "Second line", "A list of who was there", DUE)
    made = actions.make_promise(by=world.manager, engagement=world.engagement, offer=offer, at=now)
    Notice.objects.all().delete()
    return made


def test_a_promise_is_given_with_a_file_that_both_sides_get(world, promised, now, signed_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = f"/engagements/{world.engagement.pk}/feedback/support/1/"
    given = {"note": "Held on Monday", "file": ContentFile(b"Ann, Ben", "list.txt")}
    assert signed_in(world.manager).post(f"{page}keep/", given).status_code == 302
    shown = signed_in(world.partner_viewer).get(page).content
    assert b"Held on Monday" in shown
    assert b"".join(signed_in(world.signer).get(f"{page}file/")) == b"Ann, Ben"
    assert signed_in(world.sibling_signer).get(f"{page}file/").status_code == 404
    actions.send_back(by=world.signer, promise=promised, reason="Half of us were ill.", at=now)
    promised.refresh_from_db()
    assert queries.standing_of(promised, DUE + timedelta(days=1)) is Standing.LATE


def test_another_day_needs_the_receivers_word_and_moves_the_timer(world, promised, now):
    later = DUE + timedelta(days=10)
    asking = actions.ask_to_move(by=world.manager, promise=promised, to=later, reason="The trainer is ill.", at=now)
    assert (asking.due_on, asking.proposed_on) == (DUE, later)
    assert list(queries.owed_promises(world.signer)) == [asking]
    assert not queries.owed_promises(world.manager).exists()
    with pytest.raises(Refused, match="the partner answers"):
        actions.answer_move(by=world.manager, promise=promised, is_granted=True, seen=later, at=now)
    moved = actions.answer_move(by=world.editor, promise=promised, is_granted=True, seen=later, at=now)
    assert (moved.due_on, moved.first_due_on) == (later, DUE)
    Notice.objects.all().delete()
    ring_due_timers(now + timedelta(days=9), ACTS)
    assert not Notice.objects.exists()
    ring_due_timers(now + timedelta(days=18), ACTS)
    assert {one.recipient for one in Notice.objects.all()} == {world.manager, world.signer}


def test_both_owners_hear_of_a_promise_on_its_day_and_when_it_is_late_once_each(world, promised, now):
    for days in (8, 8.1, 9, 12):
        ring_due_timers(now + timedelta(days=days), ACTS)
    events = sorted((one.event.rsplit(":", 1)[1], one.recipient.side) for one in Notice.objects.all())
    assert events == [("due", "client"), ("due", "partner"), ("late", "client"), ("late", "partner")]


def test_a_promise_that_was_kept_needs_no_word(world, promised, now):
    actions.keep_promise(by=world.manager, promise=promised, note="Held on Monday", at=now)
    Notice.objects.all().delete()
    ring_due_timers(now + timedelta(days=30), ACTS)
    assert not Notice.objects.exists()
    with pytest.raises(Refused, match="It was given on 2026-03-02 already"):
        actions.keep_promise(by=world.manager, promise=promised, note="Again", at=now)


def test_no_promise_is_for_a_day_beyond_all_calendars(world, promised, now, signed_in, program, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: now)
    home = f"/engagements/{world.engagement.pk}"
    offer = {"kind": "help", "what": "Help", "recipient": "Desk", "shows": "List", "due_on": "9999-12-31"}
    browser, ours = signed_in(world.manager), program(world.manager)
    assert b"more than 730 days away" in browser.post(f"{home}/feedback/support/promise/", offer).content
    asked = browser.post(f"{home}/feedback/support/1/move/", {"to": "9999-12-31", "reason": "Ill"})
    assert b"more than 730 days away" in asked.content
    assert ours("POST", f"{home}/support", offer).status_code == 409
    assert Promise.objects.get().proposed_on is None


def test_a_proof_that_was_sent_back_proves_nothing_the_second_time(
    world, promised, now, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    proof = ContentFile(b"x", "of-another-company.txt")
    actions.keep_promise(by=world.manager, promise=promised, note="Held", file=proof, at=now)
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1
    actions.send_back(by=world.signer, promise=promised, reason="That list is of another company.", at=now)
    with django_capture_on_commit_callbacks(execute=True):
        kept = actions.keep_promise(by=world.manager, promise=promised, note="Held on Monday", at=now)
    assert (kept.note, kept.file.name, kept.file_name) == ("Held on Monday", "", "")
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]


@pytest.mark.parametrize(("is_granted", "title"), [(True, "was granted"), (False, "was declined")])
def test_titles_of_notices_say_what_became_of_another_day(
    world, promised, now, monkeypatch, program, is_granted, title
):
    monkeypatch.setattr(timezone, "now", lambda: now)

    def title_for(person):
        return told(Notice.objects.filter(recipient=person).latest("pk"), TELLERS).title

    later = DUE + timedelta(days=5)
    actions.ask_to_move(by=world.manager, promise=promised, to=later, reason="The trainer is ill.", at=now)
    assert title_for(world.signer) == "Service desk: another day is asked for “Two days of training”"
    shown = program(world.signer)("GET", f"/engagements/{world.engagement.pk}/support/1").json()
    assert shown["proposed_because"] == "The trainer is ill."
    actions.answer_move(by=world.signer, promise=promised, is_granted=is_granted, seen=later, at=now)
    assert title_for(world.manager) == f"Service desk: another day for “Two days of training” {title}"
    late = now + timedelta(days=15)
    monkeypatch.setattr(timezone, "now", lambda: late)
    ring_due_timers(late, ACTS)
    assert title_for(world.manager) == "Service desk: “Two days of training” is late"
    actions.keep_promise(by=world.manager, promise=promised, note="Held", at=late)
    assert title_for(world.signer) == "Service desk: “Two days of training” was given late"


def test_an_answer_about_no_day_is_told_and_changes_nothing(world, promised, now, signed_in):
    later = DUE + timedelta(days=5)
    actions.ask_to_move(by=world.manager, promise=promised, to=later, reason="The trainer is ill.", at=now)
    page = f"/engagements/{world.engagement.pk}/feedback/support/1/"
    answer = signed_in(world.signer).post(f"{page}answer-move/", {"is_granted": "True", "seen": "x"}, follow=True)
    assert b"Nothing was answered" in answer.content
    promised.refresh_from_db()
    assert (promised.due_on, promised.proposed_on) == (DUE, later)
