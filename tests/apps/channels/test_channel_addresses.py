"""Which addresses a webhook may have when it is added and when it is called, and which chats there are."""

import logging
import socket

import pytest
from django.urls import reverse

from rapport.apps.channels import actions
from rapport.apps.channels.actions.calling import demand_address, post
from rapport.apps.channels.models import Channel
from rapport.domain.channels import Came
from rapport.domain.refusals import Refused

NAMES = {
    "hooks.example.org": ["93.184.216.34"],
    "inside.example.org": ["10.0.0.7"],
    "both.example.org": ["93.184.216.34", "127.0.0.1"],
    "six.example.org": ["2606:4700::1111", "64:ff9b::7f00:1"],
}


@pytest.fixture
def names(monkeypatch):
    """What names lead to; numbers and the own machine as ever."""
    known, led = dict(NAMES), socket.getaddrinfo

    def look_up(host, port, *words, flags=0, **more):
        if flags & socket.AI_NUMERICHOST:
            return led(host, port, *words, flags=flags, **more)
        if host in known:
            return [(socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port or 0))
                    for one in known[host]]  # fmt: skip
        if isinstance(host, str) and host.endswith(".example.org"):
            raise socket.gaierror(host)
        return led(host, port, *words, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "address", ["https://hooks.example.org/a?b=c", "https://hooks.example.org:8443/", "https://8.8.8.8/"]
)
def test_a_public_address_may_be_called(address):
    assert demand_address(address) in ("hooks.example.org", "8.8.8.8")


INSIDE = [
    "https://127.0.0.1/", "https://localhost/", "https://LOCALHOST/", "https://0.0.0.0/", "https://[::1]/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/",
    "https://169.254.169.254/latest/", "https://100.64.0.1/", "https://[fc00::1]/", "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/", "https://[2002:7f00:1::]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/",
    "https://[::127.0.0.1]/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
    "https://0/", "https://intranet/", f"https://{'a' * 70}.example.org/",
]  # fmt: skip
LEADS_INSIDE = ["https://inside.example.org/", "https://both.example.org/", "https://six.example.org/"]
ODD = [
    "http://hooks.example.org/", "https://user:pass@hooks.example.org/", "https://hooks.example.org@127.0.0.1/",
    "https://hooks.example.org:22/", "https://hooks.example.org:5432/", "https://hooks.example.org:80/",
    "https://hooks.example.org:99999/", "https://hooks.example.org:x/", "https://hooks.example.org./",
    "https://hooks.example.org\\@127.0.0.1/", "https://hooks.example.org/#x", "https://hooks.example.org/ x",
    "https://hooks.example.org/\r\nX: y", "https://hooks.éxample.org/", "https://\uff11\uff12\uff17.0.0.1/",
    "https:///x", "https://", "file:///etc/passwd", "gopher://hooks.example.org/", "ftp://hooks.example.org/",
    "hooks.example.org", "", "https://[::1",
]  # fmt: skip


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("address", INSIDE + ODD)
def test_any_other_address_is_refused_with_one_sentence(address):
    with pytest.raises(Refused, match=r"^Rapport cannot call this address; write one that begins with https://"):
        demand_address(address)


def test_nobody_waits_until_a_name_was_looked_up_to_add_it(monkeypatch):
    def look_up(host, *_, flags=0, **__):
        assert flags & socket.AI_NUMERICHOST
        raise socket.gaierror(host)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert demand_address("https://unknown.example.org/") == "unknown.example.org"


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("address", INSIDE + LEADS_INSIDE)
def test_an_address_that_leads_inside_is_not_called_either(address, monkeypatch):
    """Also where it got past the first look, since a name may lead elsewhere a moment later."""
    called = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: called.append(to))
    monkeypatch.setattr("rapport.apps.channels.actions.calling._WHOLE", 0.5)
    post(address, b"{}", {})
    assert [to for to in called if to[0] not in ("93.184.216.34", "2606:4700::1111")] == []


def test_a_name_that_leads_inside_a_moment_later_is_called_by_nobody(names, world, right_now, monkeypatch, try_out):
    channel, _ = actions.add_webhook(
        by=world.administrator, person=world.manager, name="Ops", address="https://hooks.example.org/",
        is_urgent_only=False, at=right_now,
    )  # fmt: skip
    called = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: called.append(to))
    names["hooks.example.org"] = ["169.254.169.254"]
    assert try_out(channel) == Came.SILENT
    assert called == []


def test_only_with_the_setting_the_own_machine_is_called(receiver, settings):
    assert demand_address(receiver.address) == "127.0.0.1"
    settings.MAY_CALL_LOOPBACK = False
    with pytest.raises(Refused):
        demand_address(receiver.address)
    assert post(receiver.address, b"{}", {}) == (None, None)
    assert receiver.came == []


def test_no_proxy_of_the_environment_is_asked(receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert post(receiver.address, b"{}", {})[0] == 204


def test_whether_a_port_is_closed_a_name_unknown_or_an_address_inside_looks_the_same(
    names, world, add, receiver, signed_in, monkeypatch, try_out
):
    browser, channel = signed_in(world.administrator), add().channel
    told = set()
    monkeypatch.setattr("rapport.apps.channels.actions.calling._WHOLE", 0.5)
    receiver.close()
    for address in (receiver.address, "https://unknown.example.org/", "https://10.0.0.1/"):
        Channel.objects.update(address=address)
        channel.refresh_from_db()
        try_out(channel)
        told.add(browser.get(reverse("channels:show", args=[channel.pk])).context["test_words"])
    assert told == {"There was no answer that could be used."}


BAD_CHATS = [
    "json://example.org/", "jsons://example.org/", "xml://example.org/", "form://example.org/", "file:///etc/passwd",
    "exec:///bin/sh", "syslog://", "rsyslog://example.org", "windows://", "dbus://", "gnome://", "macosx://",
    "mailto://user:pass@example.org", "mqtt://example.org/x", "apprise://example.org/x", "smpp://u:p@example.org/1/2",
    "mmost://example.org/token", "matrix://example.org", "ntfy://example.org/topic", "gotify://example.org/token",
    "slack://T00AA/B00BB/x1Y2z3?template=/etc/passwd", "workflows://example.org/a/b", "http://hooks.slack.com/services/A/B/C",
    "https://hooks.slack.com.evil.example/services/A/B/C", "https://evil.example/?https://hooks.slack.com/services/A/B/C",
    "https://hooks.slack.com/services/A/B/C?verify=no", "https://discord.com/api/webhooks/1/a?template=http://127.0.0.1/",
    "zulip://bot@example.evil.example/" + "a" * 32 + "/ops", "https://example.org/", "", "x",
]  # fmt: skip


@pytest.mark.parametrize("address", BAD_CHATS)
def test_no_other_chat_is_spoken_to(world, right_now, address):
    with pytest.raises(Refused, match="no address of a chat"):
        actions.add_chat(
            by=world.administrator, person=world.manager, name="x", address=address, is_urgent_only=False, at=right_now
        )


def test_nothing_of_an_address_is_ever_logged(world, add, receiver, try_out, caplog):
    channel = add(address=f"{receiver.address}/s3cret").channel
    receiver.behaves = lambda call: call.wfile.write(b"HTTP/1.1 200 OK\r\nbroken head\r\n\r\n")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("urllib3").setLevel(logging.DEBUG)
        try_out(channel)
    assert len(receiver.came) == 1
    assert "s3cret" not in caplog.text
