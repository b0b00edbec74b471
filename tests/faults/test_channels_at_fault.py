"""What leaves through channels while workers are killed and receivers are away, hang or refuse: nothing is lost, and
what comes twice has the name by which it is known again.
"""

import time
from collections import Counter

import pytest
from moments import DAY, HOUR, NOW

MOST = 80
"""More moments than a worker has between two of its steps while it sends a message."""
MANY = range(12)


def sends(workshop, at, **words):
    """A worker sends what waits."""
    return workshop("work", at=at, is_calling=True, **words)


def killed_everywhere(workshop, without=None, first=1, last=MOST, apart=1, **words):
    """Every hour something happens and a worker is killed over it at the next later moment, until one lives to the end;
    what happened. Where `words` are given, there is a new channel every hour.
    """
    told = []
    for number in range(first, last + 1, apart):
        at = NOW + number * HOUR
        after = [("subscribe", words | {"at": at})] if words else []
        after += [("happen", {"numbers": [number], "at": at, "people": 1})]
        told.append(f"Note {number}")
        if not is_killed(workshop, at, number, after, without):
            break
    return told


def is_killed(workshop, at, moment, after, without=None):
    """Whether a worker was killed at a moment of it after something happened; another one did the rest."""
    words = {"is_calling": True, "without": without}
    found = workshop.is_killed("work", at=at, dies_at=moment, after=after, **words)
    workshop("work", at=at + HOUR // 2, **words)
    return found


def came_again(names):
    """The numbers of what came more than once."""
    return sorted(int(about.split()[-1]) for about, found in names.items() if len(found) > 1)


def test_killed_anywhere_a_worker_loses_nothing_and_what_comes_twice_has_its_name(workshop, hook):
    (secret,) = workshop("subscribe", at=NOW, addresses=[hook.address])
    told = killed_everywhere(workshop)
    assert 20 < len(told) < MOST
    names = hook.names()
    assert sorted(names) == sorted(told)
    assert {len(set(found)) for found in names.values()} == {1}
    assert len({found[0] for found in names.values()}) == len(told)
    assert workshop("look_at_channels")["messages"] == ["sent"] * len(told)
    again = came_again(names)
    assert again == list(range(again[0], again[-1] + 1))  # those killed between its being sent and its being settled
    assert {len(names[f"Note {one}"]) for one in again} == {2}
    assert all(one.is_signed(secret) for one in hook.taken())
    assert len({one.sent_at for one in hook.taken()}) == len(told) + len(again)  # signed anew for the moment it leaves


def test_the_harness_sees_messages_get_lost_that_are_settled_first(workshop, hook):
    workshop("subscribe", at=NOW, addresses=[hook.address])
    told = killed_everywhere(workshop, "message settled last", first=14, last=17)
    assert len(hook.names()) < len(told)


def test_the_harness_sees_messages_come_twice_that_are_named_anew(workshop, hook):
    workshop("subscribe", at=NOW, addresses=[hook.address])
    killed_everywhere(workshop, "message name", first=22, last=24)
    assert 2 in {len(set(found)) for found in hook.names().values()}


def test_the_harness_sees_a_signature_that_was_made_once(workshop, hook):
    (secret,) = workshop("subscribe", at=NOW, addresses=[hook.address])
    workshop("happen", numbers=[1], at=NOW, people=1)
    hook.answer = 500
    sends(workshop, NOW, without="signature anew")
    hook.answer = 200
    sends(workshop, NOW + HOUR, without="signature anew")
    assert [one.is_signed(secret) for one in [*hook.refused, *hook.taken()]] == [True, False]


def test_killed_anywhere_a_worker_loses_nothing_of_what_a_chat_is_told(workshop, hook):
    workshop("subscribe", at=NOW, chats=1)
    told = killed_everywhere(workshop, first=14)
    names = hook.names()
    assert sorted(names) == sorted(told)
    again = came_again(names)
    assert 0 < len(again) < 6
    assert again == list(range(again[0], again[-1] + 1))


def test_killed_anywhere_over_a_test_a_worker_sends_it_again_under_its_name(workshop, hook):
    workshop("subscribe", at=NOW, addresses=[hook.address])
    came = []
    for turn in range(5, MOST):
        hook.kept.clear()
        at = NOW + turn * HOUR
        is_last = not is_killed(workshop, at, turn, [("ask_for_test", {"at": at})])
        came.append([one.name for one in hook.taken()])
        if is_last:
            break
    assert {len(set(one)) for one in came} == {1}
    assert {len(one) for one in came} == {1, 2}
    assert len({one[0] for one in came}) == len(came)
    assert workshop("look_at_channels")["tests"] == ["taken"]


def test_the_harness_sees_a_test_come_twice_that_is_named_anew(workshop, hook):
    workshop("subscribe", at=NOW, addresses=[hook.address])
    assert is_killed(workshop, NOW, 10, [("ask_for_test", {"at": NOW})], without="test name")
    assert len(hook.names()["test message"]) == len(set(hook.names()["test message"])) == 2


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_at_once_send_each_message_once(workshop, hook, workers):
    assert sent_at_once(workshop, hook, workers) == {f"Note {number}": 1 for number in MANY}


def test_the_harness_sees_what_two_workers_send_where_nobody_looks_whether_it_is_taken_up(workshop, hook):
    assert max(sent_at_once(workshop, hook, 2, without="message swap").values()) > 1


def sent_at_once(workshop, hook, workers, without=None):
    """How often each message came where workers begin at the same moment and the receiver is slow."""
    hook.pause = 0.05
    workshop("subscribe", at=NOW, addresses=[hook.address])
    workshop("happen", numbers=list(MANY), at=NOW, people=1)
    words = {"at": NOW, "begin": time.time() + 0.5, "without": without, "is_calling": True}
    told = workshop.at_once(*[("work_off", words)] * workers)
    assert [code for code, _ in told] == [0] * workers
    sends(workshop, NOW + HOUR, without=without)
    assert workshop("look_at_channels")["messages"] == ["sent"] * len(MANY)
    return {about: len(found) for about, found in hook.names().items()}


TROUBLES = {
    "away": {},
    "refuses": {"answer": 500},
    "asks for patience": {"answer": 429, "heads": {"Retry-After": "86400"}},
    "dies over what it took": {"dies_unsaid": 10**6},
}
"""What may be amiss with a receiver."""


def in_trouble(workshop, hook, trouble, days, without=None):
    """A receiver is in trouble for some days, at each noon of which something happens, and then well again."""
    workshop("subscribe", at=NOW, addresses=[hook.address])
    well = {name: getattr(hook, name) for name in ("answer", "heads", "dies_unsaid")}
    vars(hook).update(TROUBLES[trouble])
    if trouble == "away":
        hook.close()
    end = NOW + days * DAY
    workshop("live", begin=NOW, end=end, step=HOUR, without=without, is_calling=True)
    vars(hook).update(well)
    if trouble == "away":
        hook.open()
    workshop("live", begin=end, end=end + 3 * HOUR, step=HOUR, is_calling=True)
    return workshop("look_at_channels")["messages"]


@pytest.mark.parametrize("trouble", list(TROUBLES))
def test_after_three_days_of_trouble_everything_arrives_and_nothing_under_two_names(workshop, hook, trouble):
    assert in_trouble(workshop, hook, trouble, 3) == ["sent"] * 3
    names = hook.names()
    assert len(names) == 3
    assert {len(set(found)) for found in names.values()} == {1}
    calls = len(hook.refused) + len(hook.taken())
    assert calls == 3 if trouble == "away" else 30 < calls <= 3 * 24 + 3  # one an hour at most, whatever waits


def test_of_five_days_what_is_older_than_three_is_given_up_and_the_rest_arrives_once(workshop, hook):
    """Also what was never tried by then, since something newer was."""
    assert in_trouble(workshop, hook, "away", 5) == ["given up"] * 2 + ["sent"] * 3
    assert [len(found) for found in hook.names().values()] == [1] * 3


def test_the_harness_sees_what_is_given_up_too_early(workshop, hook):
    in_trouble(workshop, hook, "away", 1, without="three days")
    assert hook.names() == {}


def hangs(workshop, hook, most, without=None, others=()):
    """A worker by the real clock, of which a receiver that hangs keeps hold."""
    at = int(time.time())
    workshop("subscribe", at=at, addresses=[hook.address, *others])
    workshop("happen", numbers=[1], at=at, people=1)
    hook.is_mute = True
    workshop("stay", most=most, without=without)
    assert len(hook.kept) == 1


def test_a_receiver_that_hangs_holds_up_neither_timers_nor_mail(workshop, post, hook):
    hangs(workshop, hook, most=9)
    assert workshop("look")["effects"] == {"1": 1}
    assert len(post.taken()) == 1


def test_the_harness_sees_timers_and_mail_wait_where_all_is_done_in_one_thread(workshop, post, hook):
    hangs(workshop, hook, most=1, without="thread")
    assert workshop("look")["effects"] == {}
    assert post.taken() == []


def test_a_receiver_that_hangs_holds_up_another_until_its_time_is_over(workshop, hook, other_hook):
    workshop("subscribe", at=NOW, addresses=[hook.address, other_hook.address])
    workshop("happen", numbers=[1], at=NOW, people=1)
    hook.is_mute = True
    began = time.monotonic()
    sends(workshop, NOW, patience=0.3)
    assert time.monotonic() - began < 2
    assert other_hook.names().keys() == {"Note 1"}
    hook.is_mute = False
    sends(workshop, NOW + HOUR)
    ((again, name),) = hook.names().values()
    assert again == name
    assert [len(found) for found in other_hook.names().values()] == [1]


def test_the_harness_sees_another_receiver_wait_where_calls_do_not_end(workshop, hook, other_hook):
    hangs(workshop, hook, most=1, without="end of call", others=[other_hook.address])
    assert other_hook.taken() == []


def test_who_is_gone_is_called_once_and_never_again(workshop, hook):
    workshop("subscribe", at=NOW, addresses=[hook.address])
    workshop("happen", numbers=[1, 2, 3], at=NOW, people=1)
    hook.answer = 410
    sends(workshop, NOW)
    assert len(hook.refused) == 1
    hook.answer = 200
    workshop("happen", numbers=[4], at=NOW + HOUR, people=1)
    for hours in (1, 2, 100):
        sends(workshop, NOW + hours * HOUR)
    assert hook.taken() == []
    found = workshop("look_at_channels")
    assert found["messages"] == ["dropped"] * 3
    assert (found["states"], found["told_of_end"]) == (["gone"], 2)


def ended(workshop, hook, **words):
    """How many channels were ended by workers killed in between, and how many notices told of an end."""
    hook.answer = 410
    told = killed_everywhere(workshop, apart=8, addresses=[hook.address], **words)
    found = workshop("look_at_channels")
    assert found["states"] == ["gone"] * len(told)
    return len(told), found["told_of_end"]


def test_killed_anywhere_over_who_is_gone_a_worker_ends_it_and_tells_its_people_once(workshop, hook):
    channels, told = ended(workshop, hook, first=22)
    assert told == 2 * channels
    assert max(Counter(one.about for one in hook.refused).values()) == 2


def test_the_harness_sees_nobody_told_of_an_end_that_is_not_done_at_once(workshop, hook):
    channels, told = ended(workshop, hook, first=32, last=48, without="end at once")
    assert told < 2 * channels
