"""The pages of channels: for administrators of the client, with every secret shown once and no address ever."""

from datetime import timedelta

import pytest
from django.urls import reverse

from rapport.apps.accounts.actions import change_role
from rapport.apps.accounts.policy import NotAllowed
from rapport.apps.audit.models import Entry
from rapport.apps.channels import actions
from rapport.apps.channels.actions import sending
from rapport.apps.channels.models import Channel
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import told
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role

OTHERS = ("manager", "executive", "viewer", "auditor", "signer", "editor", "partner_viewer")


def page(name, *values):
    return reverse(f"channels:{name}", args=values)


@pytest.fixture
def browser(world, signed_in):
    return signed_in(world.administrator)


def filled(world, receiver, **words):
    return {"name": "Ops", "person": world.manager.pk, "address": f"{receiver.address}?key=s3cret", **words}


def test_an_administrator_adds_a_webhook_and_sees_its_secret_once(world, browser, receiver):
    answer = browser.post(page("add_webhook"), filled(world, receiver), follow=True)
    channel = Channel.objects.get()
    assert channel.secret in answer.content.decode()
    again = browser.get(page("show", channel.pk)).content.decode() + browser.get(page("list")).content.decode()
    assert channel.secret not in again
    assert "s3cret" not in again + answer.content.decode()
    assert "127.0.0.1" in again
    assert world.manager.name in again


def test_a_changed_secret_is_shown_once(world, browser, add):
    made = add()
    answer = browser.post(page("change_secret", made.channel.pk), follow=True).content.decode()
    new = Channel.objects.get().secret
    assert new != made.secret
    assert new in answer
    assert made.secret not in answer
    assert new not in browser.get(page("show", made.channel.pk)).content.decode()


def test_an_address_that_cannot_be_called_is_refused_at_its_field(world, browser, receiver):
    answer = browser.post(page("add_webhook"), filled(world, receiver, address="https://10.0.0.1/"))
    assert "Rapport cannot call this address" in answer.content.decode()
    answer = browser.post(page("add_chat"), filled(world, receiver, address="json://example.org/"))
    assert "no address of a chat" in answer.content.decode()
    assert not Channel.objects.exists()


def test_nobody_elses_notices_can_be_chosen(world, browser, receiver):
    for person in (world.signer, world.sibling_signer):
        assert browser.post(page("add_webhook"), filled(world, receiver, person=person.pk)).status_code == 200
        with pytest.raises(Refused, match="Nothing leaves for"):
            actions.add_webhook(
                by=world.administrator, person=person, name="x", address=receiver.address, is_urgent_only=False,
                at=world.signer.created_at,
            )  # fmt: skip
    assert not Channel.objects.exists()


def test_a_secret_is_shown_on_its_own_channels_page_and_kept_by_no_browser(browser, add):
    other, made = add(name="Other"), add()
    browser.post(page("change_secret", made.channel.pk))
    assert "whsec_" not in browser.get(page("show", other.channel.pk)).content.decode()
    answer = browser.get(page("show", made.channel.pk))
    assert Channel.objects.get(pk=made.channel.pk).secret in answer.content.decode()
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_no_page_waits_for_a_receiver(browser, add, receiver, send, right_now):
    made = add()
    assert browser.get(page("progress", made.channel.pk)).content.strip() == b""
    answer = browser.post(page("test", made.channel.pk), follow=True).content.decode()
    assert receiver.came == []
    assert "what came of it is shown here" in answer
    assert page("progress", made.channel.pk) in answer
    assert "is leaving" in browser.get(page("progress", made.channel.pk)).content.decode()
    send()
    assert browser.get(page("progress", made.channel.pk)).headers["HX-Refresh"] == "true"
    assert "It was taken." in browser.get(page("show", made.channel.pk)).content.decode()
    send(right_now + timedelta(minutes=5))
    assert len(receiver.came) == 1


def test_a_test_that_broke_off_is_sent_again(world, add, receiver, send, right_now, monkeypatch):
    channel = add().channel
    actions.ask_for_test(by=world.administrator, channel=channel, at=right_now)
    with monkeypatch.context() as patched:
        patched.setattr(sending, "_carry", lambda *_: 1 / 0)
        send()
    send(right_now + timedelta(seconds=30))
    assert receiver.came == []
    send(right_now + timedelta(minutes=2))
    assert len(receiver.came) == 1


def test_a_channel_is_tested_paused_resumed_and_removed(world, browser, add, receiver, send):
    made = add()
    browser.post(page("test", made.channel.pk))
    send()
    assert "It was taken" in browser.get(page("show", made.channel.pk)).content.decode()
    assert receiver.messages(made.secret)[0]["type"] == "notice.channel.test"
    receiver.answers = [(500, {})]
    browser.post(page("test", made.channel.pk))
    send()
    answer = browser.get(page("show", made.channel.pk)).content.decode()
    assert "answered and did not take it" in answer
    assert "failing" in answer
    browser.post(page("pause", made.channel.pk))
    assert "is not on" in browser.post(page("pause", made.channel.pk), follow=True).content.decode()
    browser.post(page("resume", made.channel.pk))
    assert Channel.objects.get().state == "on"
    browser.post(page("remove", made.channel.pk))
    assert not Channel.objects.exists()
    verbs = [one.content["verb"] for one in Entry.objects.order_by("number")]
    assert verbs == [f"channel.{verb}" for verb in ("added", "tested", "tested", "paused", "resumed", "removed")]


def test_neither_address_nor_secret_stands_in_history_or_in_a_file(world, browser, add, receiver, send):
    made = add(address=f"{receiver.address}?key=s3cret")
    browser.post(page("change_secret", made.channel.pk))
    browser.post(page("test", made.channel.pk))
    send()
    kept = " ".join(str(one.content) for one in Entry.objects.all())
    kept += b"".join(browser.get(page("list"), {"format": "json"})).decode()
    assert "s3cret" not in kept
    assert "whsec_" not in kept


@pytest.mark.parametrize("role", OTHERS)
def test_for_nobody_else_are_there_channels(world, signed_in, add, receiver, right_now, role):
    channel, reader = add().channel, getattr(world, role)
    browser = signed_in(reader)
    pages = [
        page("list"),
        page("add_webhook"),
        page("add_chat"),
        *(page(one, channel.pk) for one in ("show", "progress")),
    ]
    acts = [page(name, channel.pk) for name in ("test", "pause", "resume", "change_secret", "remove")]
    missing = browser.get(page("show", 999_999)).content
    for address in pages:
        answer = browser.get(address)
        assert (answer.status_code, answer.content) == (404, missing)
    for address in [page("add_webhook"), page("add_chat"), *acts]:
        assert browser.post(address, filled(world, receiver)).status_code == 404
    assert receiver.came == []
    assert "Channels" not in browser.get("/people/").content.decode()
    words = {"by": reader, "channel": channel, "at": right_now}
    for act in (
        actions.pause_channel, actions.resume_channel, actions.change_secret, actions.remove_channel,
        actions.ask_for_test,
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match="administrators"):
            act(**words)


def test_whoever_gives_administering_up_keeps_no_channels(world, browser, add, right_now, signed_in):
    channel = add().channel
    world.viewer.role = Role.ADMINISTRATOR
    world.viewer.save()
    change_role(by=world.viewer, person=world.administrator, role=Role.VIEWER, at=right_now)
    assert browser.get(page("show", channel.pk)).status_code == 404


def test_its_person_is_told_that_there_is_a_channel(world, add, signed_in):
    add(name="#ops")
    notice = Notice.objects.get(kind="channel.added")
    assert notice.recipient == world.manager
    said = told(notice, TELLERS)
    assert said.title == "What you are told goes to 127.0.0.1 as well"
    assert signed_in(world.manager).get(said.url).status_code == 200
    assert told(Notice(recipient=world.signer, kind="channel.added", subject=notice.subject), TELLERS) is None


def test_programs_of_administrators_list_channels_and_nobody_elses(world, add, receiver, program):
    add(address=f"{receiver.address}?key=s3cret")
    answer = program(world.administrator)("GET", "/channels")
    ((one,), text) = answer.json()["items"], answer.content.decode()
    assert (one["name"], one["service"], one["state"]) == ("Ops", "127.0.0.1", "on")
    assert "s3cret" not in text
    assert "whsec_" not in text
    assert {program(getattr(world, role))("GET", "/channels").status_code for role in OTHERS} == {403}
