"""What a program is told, and what becomes of it when the program is slow, dead, gone or hostile."""

import json
import time
from datetime import timedelta
from threading import Event

import pytest
from channels_receiver import drips, floods, hangs_up

from rapport.apps.accounts.actions import change_role, close_account
from rapport.apps.channels import actions
from rapport.apps.channels.actions import calling, sending
from rapport.apps.channels.models import Channel, Message
from rapport.apps.channels.queries import backlog, ready_channels
from rapport.apps.notices.models import Notice
from rapport.domain.channels import Came
from rapport.domain.notices import Urgency
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def outcomes():
    return list(Message.objects.order_by("pk").values_list("outcome", flat=True))


def test_a_program_reads_what_its_person_is_told(world, add, tell, send, receiver, right_now, settings):
    settings.SITE_URL = "https://rapport.example"
    secret = add().secret
    tell(world.manager, subject=world.engagement.pk)
    assert send() == 1
    ((heads, _, _),) = receiver.came
    assert receiver.messages(secret) == [{
        "type": "notice.number", "timestamp": right_now.isoformat(),
        "data": {
            "kind": "number", "title": f"Number {world.engagement.pk} for {world.manager.name}",
            "sentence": "Look at it.", "engagement": world.engagement.pk,
            "link": f"https://rapport.example/engagements/{world.engagement.pk}/",
        },
    }]  # fmt: skip
    assert heads["User-Agent"] == "Rapport"
    assert send() == 0
    assert outcomes() == ["sent"]


def test_nobody_without_the_secret_can_make_or_change_a_message(world, add, tell, send, receiver):
    other, secret = add(world.viewer).secret, add().secret
    tell(world.manager)
    send()
    assert receiver.is_trusted(secret, 0)
    heads, body, path = receiver.came[0]
    receiver.came[0] = heads, body.replace(b"Look", b"Pay "), path
    assert not receiver.is_trusted(secret, 0)
    assert not receiver.is_trusted(other, 0)


def test_what_came_before_a_channel_was_added_stays_where_it_is(world, add, tell, send, receiver):
    tell(world.manager)
    add()
    tell(world.manager, subject=2)
    send()
    assert len(receiver.came) == 1


def test_only_urgent_notices_leave_where_that_was_chosen(world, add, tell, send, receiver):
    secret = add(is_urgent_only=True).secret
    tell(world.manager, subject=1)
    tell(world.manager, subject=2, urgency=Urgency.AT_ONCE)
    send()
    assert [one["data"]["title"][:8] for one in receiver.messages(secret)] == ["Number 2"]


def test_a_channel_carries_nothing_of_what_others_are_told(world, add, tell, send, receiver):
    secret = add(world.viewer).secret
    tell(world.manager, world.viewer, world.signer)
    send()
    assert [world.viewer.name in one["data"]["title"] for one in receiver.messages(secret)] == [True]


def test_after_one_failure_its_message_comes_again_under_its_name(world, add, tell, send, receiver, right_now):
    channel = add().channel
    receiver.answers = [(500, {}), (500, {}), (204, {})]
    tell(world.manager)
    assert send() == 0
    assert send(right_now + 10 * timedelta(seconds=1)) == 0
    assert len(receiver.came) == 1  # it rests
    send(right_now + 2 * MINUTE)
    channel.refresh_from_db()
    assert (channel.failures, channel.reason, channel.failing_since) == (
        2,
        "refused",
        pytest.approx(right_now, abs=timedelta(seconds=9)),
    )
    assert send(right_now + HOUR) == 1
    channel.refresh_from_db()
    assert (channel.failures, channel.reason, channel.failing_since) == (0, "", None)
    assert len(set(receiver.names())) == 1
    assert len(receiver.came) == 3


@pytest.mark.parametrize("behaves", [hangs_up, "killed"])
def test_killed_before_it_was_marked_a_message_comes_again_under_its_name(
    world, add, tell, send, receiver, right_now, monkeypatch, behaves
):
    add()
    tell(world.manager)
    with monkeypatch.context() as patched:
        if behaves == "killed":
            patched.setattr(sending, "_settle", lambda *_: 1 / 0)
            send()
        else:
            receiver.behaves = behaves
            send()
    receiver.behaves = None
    assert send(right_now + timedelta(seconds=30)) == 0  # whoever took it up may still be at it
    assert send(right_now + 2 * MINUTE) == 1
    assert len(receiver.came) == 2
    assert len(set(receiver.names())) == 1


def test_a_hundred_repetitions_have_one_name_to_be_known_by(world, add, tell, send, receiver, right_now):
    secret = add().secret
    tell(world.manager)
    for hours in range(100):
        Message.objects.update(outcome="")
        send(right_now + hours * HOUR / 100)
        Message.objects.update(taken_at=None)
    assert len(receiver.came) > 90
    assert len(set(receiver.names())) == 1
    assert receiver.is_trusted(secret, 0)


def test_a_message_of_ten_minutes_ago_is_not_trusted_any_more(world, add, tell, send, receiver, right_now):
    secret = add().secret
    tell(world.manager)
    send(right_now - 10 * MINUTE)
    assert not receiver.is_trusted(secret)


def test_a_new_secret_and_the_old_one_are_both_good_for_a_day(world, add, tell, send, receiver, right_now):
    made = add()
    new = actions.change_secret(by=world.administrator, channel=made.channel, at=right_now - timedelta(hours=23))
    tell(world.manager)
    send()
    assert receiver.is_trusted(made.secret)
    assert receiver.is_trusted(new)
    assert not receiver.is_trusted("whsec_" + "A" * 44)
    Channel.objects.update(old_until=right_now)
    tell(world.manager, subject=2)
    send()
    assert not receiver.is_trusted(made.secret)
    assert receiver.is_trusted(new)


def test_two_who_change_a_secret_at_once_do_not_lose_one(world, add, right_now):
    first = add().channel
    second = Channel.objects.get(pk=first.pk)
    actions.change_secret(by=world.administrator, channel=first, at=right_now)
    with pytest.raises(Refused, match="Somebody else"):
        actions.change_secret(by=world.administrator, channel=second, at=right_now)


def test_a_receiver_that_is_gone_turns_its_channel_off_and_its_people_are_told(world, add, tell, send, receiver):
    channel = add().channel
    receiver.answers = [(410, {})]
    tell(world.manager)
    tell(world.manager, subject=2)
    send()
    channel.refresh_from_db()
    assert channel.state == "gone"
    assert len(receiver.came) == 1
    assert set(outcomes()) == {"dropped"}
    told = Notice.objects.filter(kind="channel.gone")
    assert {one.recipient for one in told} == {world.manager, world.administrator}
    send()
    assert len(receiver.came) == 1


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        ("300", 5),
        ("86400", 60),
        ("nonsense", 1),
        ("-5", 1),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 1),
    ],
)
def test_a_receiver_that_wants_rest_has_it_but_an_hour_at_most(
    world, add, tell, send, receiver, right_now, asked, minutes
):
    channel = add().channel
    receiver.answers = [(429, {"Retry-After": asked}), (204, {})]
    tell(world.manager)
    send()
    channel.refresh_from_db()
    assert channel.reason == "busy"
    if minutes > 1:
        assert send(right_now + minutes * MINUTE - 2 * timedelta(seconds=1)) == 0
    assert send(right_now + minutes * MINUTE + 5 * timedelta(seconds=1)) == 1


def test_what_fails_for_three_days_is_given_up_and_seen(world, add, tell, send, receiver, right_now):
    channel = add().channel
    receiver.answers = [(500, {})]
    tell(world.manager)
    for hours in (0, 30, 71):
        send(right_now + hours * HOUR)
    assert outcomes() == [""]
    assert (backlog().waiting, backlog().failing) == (1, 1)
    send(right_now + 73 * HOUR)
    assert outcomes() == ["given up"]
    assert backlog().given_up == 1
    channel.refresh_from_db()
    assert channel.state == "on"


def test_what_cannot_be_taken_does_not_hold_up_what_comes_after_it(world, add, tell, send, receiver, right_now):
    add()
    receiver.answers = [(400, {}), (204, {})]
    tell(world.manager)
    send()
    tell(world.manager, subject=2)
    send(right_now + MINUTE / 2)
    first = json.loads(receiver.came[1][1])["data"]["title"]
    assert first.startswith("Number 2")


def test_a_dead_receiver_holds_up_no_other_and_is_called_once_a_pass(world, add, tell, send, receiver):
    add(name="Dead", address=receiver.address.replace("hook", "dead"))
    add()
    tell(world.manager)
    tell(world.manager, subject=2)
    receiver.behaves = lambda call: (
        hangs_up(call) if call.path == "/dead" else (call.send_response(204), call.end_headers())
    )
    send()
    assert sorted(path for _, _, path in receiver.came) == ["/dead", "/hook", "/hook"]


@pytest.mark.parametrize("broken", ["post", "_enlist"])
def test_a_turn_that_breaks_off_holds_up_no_other_channel(world, add, tell, send, receiver, monkeypatch, broken):
    first = add(name="First", address=receiver.address.replace("hook", "first")).channel
    add()
    tell(world.manager)
    real = getattr(sending, broken)

    def breaks(which, *more):
        if which == (first.address if broken == "post" else first):
            raise LookupError("removed a moment ago")
        return real(which, *more)

    monkeypatch.setattr(sending, broken, breaks)
    assert send() == 1
    assert [path for _, _, path in receiver.came] == ["/hook"]


def test_a_turn_is_over_in_time_however_much_waits(world, add, tell, send, receiver, monkeypatch):
    monkeypatch.setattr(sending, "_LONGEST_TURN", timedelta())
    add()
    add(world.viewer)
    for subject in (1, 2):
        tell(world.manager, world.viewer, subject=subject)
    assert send() == 2
    assert len({json.loads(body)["data"]["title"] for _, body, _ in receiver.came}) == 2


def test_who_never_rested_has_the_first_turn(world, add, right_now):
    rested, fresh = add(name="Rested").channel, add(name="Fresh").channel
    Channel.objects.filter(pk=rested.pk).update(rests_until=right_now - HOUR)
    assert ready_channels(right_now) == [fresh, rested]


def test_who_is_reached_after_the_time_is_over_is_told_nothing(receiver, monkeypatch):
    """A name may be looked up for so long that the call is over before there is a line to be cut."""
    over, ends = Event(), calling._Call._end

    def end(call):
        ends(call)
        over.set()

    monkeypatch.setattr(calling, "_WHOLE", 0.01)
    monkeypatch.setattr(calling._Call, "_end", end)
    monkeypatch.setattr(calling, "_may_call", lambda _: over.wait(5))
    assert calling.post(receiver.address, b"{}", {}) == (None, None)
    assert receiver.came == []


def test_a_receiver_that_drips_is_cut_off(add, receiver, try_out, monkeypatch):
    monkeypatch.setattr(calling, "_WHOLE", 0.4)
    channel = add().channel
    receiver.behaves = drips(receiver)
    began = time.monotonic()
    assert try_out(channel) == Came.SILENT
    assert time.monotonic() - began < 2


def test_an_answer_without_end_is_not_read(add, receiver, try_out):
    channel = add().channel
    receiver.behaves = floods
    began = time.monotonic()
    assert try_out(channel) == Came.TAKEN
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest/meta-data/", "/elsewhere", "file:///etc/passwd"])
def test_nowhere_else_is_gone_to(add, receiver, try_out, to):
    channel = add().channel
    receiver.answers = [(307, {"Location": to})]
    assert try_out(channel) == Came.MOVED
    assert len(receiver.came) == 1


def test_access_that_ends_between_notice_and_message_ends_the_message(world, add, tell, send, receiver, right_now):
    add(world.manager)
    tell(world.manager)
    close_account(by=world.administrator, person=world.manager, at=right_now)
    send()
    assert receiver.came == []
    assert outcomes() == ["dropped"]


def test_where_there_is_nothing_to_say_any_more_nothing_leaves(world, add, tell, send, receiver):
    add()
    tell(world.manager)
    send(number=lambda *_: None)
    assert receiver.came == []
    assert outcomes() == ["dropped"]


def test_a_person_who_is_told_of_another_partner_hears_it_and_one_who_is_not_never_does(
    world, add, tell, send, receiver, right_now
):
    """The words are found as its person, whoever added the channel and whatever the notice was made for."""
    secret = add(world.viewer).secret
    change_role(by=world.administrator, person=world.manager, role=Role.VIEWER, at=right_now)
    tell(world.viewer, kind="canary")
    tell(world.viewer, subject=2)

    def canary(person, _subject):
        assert person == world.viewer
        return

    send(canary=canary)
    assert [one["data"]["kind"] for one in receiver.messages(secret)] == ["number"]


def test_words_that_cannot_be_found_hold_up_nothing_and_are_tried_again(world, add, tell, send, receiver, right_now):
    add()
    tell(world.manager, subject=1)
    tell(world.manager, subject=2, kind="odd")
    tell(world.manager, subject=3)

    def fail(*_):
        raise LookupError("no words")

    send(odd=fail)
    assert len(receiver.came) == 2
    assert sorted(outcomes()) == ["", "sent", "sent"]
    send(right_now + HOUR, odd=lambda *_: None)
    assert sorted(outcomes()) == ["dropped", "sent", "sent"]


def test_while_it_is_paused_nothing_leaves_and_nothing_is_made_up_for(world, add, tell, send, receiver, right_now):
    channel = add().channel
    tell(world.manager, subject=1)
    actions.pause_channel(by=world.administrator, channel=channel, at=right_now)
    tell(world.manager, subject=2)
    send()
    actions.resume_channel(by=world.administrator, channel=channel, at=right_now)
    tell(world.manager, subject=3)
    send()
    assert [json.loads(body)["data"]["title"][:8] for _, body, _ in receiver.came] == ["Number 3"]


def test_what_a_worker_put_there_while_it_was_paused_does_not_leave_either(world, add, tell, send, receiver, right_now):
    channel = add().channel
    read_before = Channel.objects.get(pk=channel.pk)
    actions.pause_channel(by=world.administrator, channel=channel, at=right_now)
    tell(world.manager)
    sending._enlist(read_before, right_now)
    actions.resume_channel(by=world.administrator, channel=channel, at=right_now)
    assert send() == 0
    assert receiver.came == []
    assert outcomes() == ["dropped"]


def test_two_workers_at_once_send_a_message_once(world, add, tell, send, receiver, right_now, monkeypatch):
    add()
    tell(world.manager)
    found = sending.due_messages

    def read_while_another_sends(*words):
        due = found(*words)
        monkeypatch.setattr(sending, "due_messages", found)
        send()
        return due

    monkeypatch.setattr(sending, "due_messages", read_while_another_sends)
    send()
    assert len(receiver.came) == 1


def test_a_notice_that_comes_to_light_late_is_not_missed(world, add, tell, send, receiver, right_now):
    """Its number is lower than that of one that left already, since whoever told of it took longer."""
    channel = add().channel
    tell(world.manager, subject=1)
    late = Notice.objects.get(kind="number")
    kept = dict(Notice.objects.filter(pk=late.pk).values().get())
    late.delete()
    tell(world.manager, subject=2)
    send()
    Notice.objects.create(**kept)
    send()
    assert len(receiver.came) == 2
    send(right_now + 2 * HOUR)
    channel.refresh_from_db()
    assert channel.looked_up_to == Notice.objects.filter(recipient=world.manager).order_by("pk").last().pk
