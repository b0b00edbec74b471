"""Which addresses may be called in whichever form, which chats there are, and how long a channel rests."""

from datetime import UTC, datetime, timedelta

import pytest

from rapport.domain.channels import Came, came_of, is_callable, is_resting, rest_after, service_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSIDE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.2", "169.254.169.254", "172.16.0.1", "192.0.0.8", "192.168.1.1",
    "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::a00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("number", INSIDE)
def test_an_address_inside_is_not_called_in_any_form(number):
    assert not is_callable(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111"])
def test_a_public_address_is_called(number):
    assert is_callable(number)


def test_only_the_own_machine_is_called_for_trials():
    tried = {one for one in INSIDE if is_callable(one, is_loopback_called=True)}
    assert tried == {"127.0.0.2", "::1", "::ffff:127.0.0.1"}


CHATS = {
    "https://hooks.slack.com/services/T00AA/B00BB/x1Y2z3": "Slack",
    "https://prod-12.westus.logic.azure.com:443/workflows/0ab1/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=aB-_1": "Microsoft Teams",
    "https://default1.a2.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/0ab1/triggers"
    "/manual/paths/invoke?api-version=1&sp=x&sv=1.0&sig=aB": "Microsoft Teams",
    "https://discord.com/api/webhooks/123/ab-C_d": "Discord",
    "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=aB-c&token=dE_f%3D": "Google Chat",
    "https://webexapis.com/v1/webhooks/incoming/" + "a" * 80: "Webex",
    "tgram://123456789:abcdefghij_ABCDEFGHIJ-klmno/-1001": "Telegram",
    "zulip://bot@example/" + "a" * 32 + "/ops": "Zulip",
}


@pytest.mark.parametrize(("address", "service"), CHATS.items())
def test_a_chat_is_known_by_its_whole_address(address, service):
    assert service_of(address) == service


@pytest.mark.parametrize("address", CHATS)
@pytest.mark.parametrize(
    "more", ["&template=/etc/passwd", "?verify=no", "?redirect=yes", "/../x", "#x", "\n", "@evil.example/"]
)
def test_no_chat_takes_an_option_or_another_host(address, more):
    assert service_of(address + more) is None


@pytest.mark.parametrize(
    ("status", "came"),
    [(200, "taken"), (204, "taken"), (301, "moved"), (307, "moved"), (400, "refused"), (404, "refused"), (410, "gone"),
     (429, "busy"), (500, "refused"), (503, "busy"), (None, "silent")],
)  # fmt: skip
def test_what_came_of_a_call_is_one_of_a_few_words(status, came):
    assert came_of(status) is Came(came)


def test_a_channel_rests_longer_and_longer_and_as_long_as_it_was_asked_to_but_never_over_an_hour():
    assert [rest_after(failures, None).seconds for failures in (1, 2, 3)] == [20, 40, 80]
    assert rest_after(1, timedelta(minutes=5)) == timedelta(minutes=5)
    assert rest_after(4, timedelta(seconds=1)) == timedelta(seconds=160)
    assert rest_after(1, timedelta(days=9)) == rest_after(99, None) == HOUR


def test_a_clock_that_was_ahead_holds_up_nothing():
    assert is_resting(NOW + HOUR, NOW)
    assert not is_resting(NOW, NOW)
    assert not is_resting(NOW + 2 * HOUR, NOW)
    assert not is_resting(None, NOW)
