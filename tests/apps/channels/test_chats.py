"""What a chat is told, through Apprise as it is, with the services' own hosts put on this machine."""

import json
import logging

import pytest
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.google_chat import NotifyGoogleChat
from apprise.plugins.slack import NotifySlack

from rapport.apps.channels import actions
from rapport.apps.channels.actions.chatting import demand_chat
from rapport.apps.notices.queries import Told
from rapport.domain.channels import Came

SLACK = "https://hooks.slack.com/services/T00AA/B00BB/s3cretToken"
DISCORD = "https://discord.com/api/webhooks/123/s3cretToken"
GOOGLE = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=aB-c&token=s3cretToken"
TEAMS = (
    "https://prod-12.westus.logic.azure.com:443/workflows/0ab1/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s3cretToken"
)
WEBEX = "https://webexapis.com/v1/webhooks/incoming/" + "a" * 80
TELEGRAM = "tgram://123456789:abcdefghij_ABCDEFGHIJ-klmno/-1001"
ZULIP = "zulip://bot@example/" + "a" * 32 + "/ops"


@pytest.fixture
def chat(world, receiver, right_now, monkeypatch):
    """A chat of the manager's, whose service is on this machine."""
    here = receiver.address
    monkeypatch.setattr(NotifySlack, "webhook_url", here)
    monkeypatch.setattr(NotifyDiscord, "notify_url", here)
    monkeypatch.setattr(NotifyGoogleChat, "notify_url", here)

    def added(address):
        return actions.add_chat(
            by=world.administrator, person=world.manager, name="#ops", address=address, is_urgent_only=False,
            at=right_now,
        )  # fmt: skip

    return added


@pytest.mark.parametrize("address", [SLACK, DISCORD, GOOGLE, TEAMS, WEBEX, TELEGRAM, ZULIP])
def test_apprise_reads_every_address_that_is_taken(address):
    assert demand_chat(address)


@pytest.mark.parametrize("address", [SLACK, DISCORD, GOOGLE])
def test_a_chat_reads_what_its_person_is_told(world, chat, tell, send, receiver, settings, address):
    settings.SITE_URL = "https://rapport.example"
    chat(address)
    receiver.answers = [(200, {})]
    tell(world.manager)
    assert send() == 1
    ((_, body, _),) = receiver.came
    said = body.decode()
    assert f"Number 1 for {world.manager.name}" in said
    assert "https://rapport.example/engagements/1/" in said
    assert "Look at it." in said
    json.loads(said)


@pytest.mark.parametrize("address", [SLACK, DISCORD, GOOGLE])
def test_nobody_calls_a_whole_chat_by_what_they_write(world, chat, tell, send, receiver, address):
    chat(address)
    tell(world.manager)
    nasty = "<!channel> @everyone <users/all> <@U1> <https://evil.example|Sign in>"
    send(number=lambda *_: Told(title=nasty, text=nasty, url="/"))
    said = json.dumps(json.loads(receiver.came[0][1]), ensure_ascii=False)
    for call in ("<!", "@everyone", "<users", "<@", "<https"):
        assert call not in said


@pytest.mark.parametrize("address", [SLACK, DISCORD, GOOGLE])
def test_nobody_hides_a_link_behind_words(world, chat, tell, send, receiver, address):
    chat(address)
    tell(world.manager)
    nasty = "[Sign in](https://evil.example)"
    send(number=lambda *_: Told(title=nasty, text=nasty, url="/"))
    assert "](" not in json.dumps(json.loads(receiver.came[0][1]), ensure_ascii=False)


@pytest.mark.parametrize("address", [SLACK, DISCORD, GOOGLE])
def test_a_long_message_keeps_its_link(world, chat, tell, send, receiver, address):
    chat(address)
    tell(world.manager)
    send(number=lambda *_: Told(title="long " * 500, text="long " * 500, url="/engagements/1/", verb="Read it"))
    assert "Read it: http" in receiver.came[0][1].decode()
    assert "/engagements/1/" in receiver.came[0][1].decode()


def test_a_chat_that_fails_is_seen_and_tried_again(world, chat, tell, send, receiver, right_now):
    channel = chat(SLACK)
    receiver.answers = [(500, {})]
    tell(world.manager)
    send()
    channel.refresh_from_db()
    assert (channel.reason, channel.failures) == ("silent", 1)


def test_a_chats_redirect_is_not_followed(world, chat, receiver, try_out):
    channel = chat(SLACK)
    receiver.answers = [(307, {"Location": "/elsewhere"})]
    assert try_out(channel) == Came.SILENT
    assert len(receiver.came) == 1


@pytest.mark.parametrize("status", [200, 404, 500])
def test_nothing_of_a_chats_address_is_ever_logged(world, chat, receiver, try_out, caplog, status):
    with caplog.at_level(logging.DEBUG):
        for name in ("apprise", "urllib3"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        channel = chat(SLACK)
        receiver.answers = [(status, {})]
        try_out(channel)
    assert len(receiver.came) == 1
    assert "s3cret" not in caplog.text
    assert "T00AA" not in caplog.text
