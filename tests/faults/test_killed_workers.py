"""A worker is killed between any two steps of its: afterwards each timer has had one effect, each letter came once."""

import pytest
from moments import HOUR, NOW

MOST = 80
"""More moments than a worker has between two of its steps."""
LATE = 60
"""A moment at which a worker asks for no more letters about meetings, and sends one soon."""


def killed_everywhere(workshop, without=None, first=1, last=MOST):
    """Every hour something happens and a worker is killed over it at the next later moment, until one lives to the end;
    how often something happened.
    """
    numbers = list(range(first, last + 1))
    workshop("happen", numbers=numbers, at=NOW, people=1, apart=HOUR)
    for turn, number in enumerate(numbers):
        at = NOW + turn * HOUR
        is_killed = workshop.is_killed("work", at=at, dies_at=number, without=without)
        workshop("work", at=at + HOUR // 2, without=without)
        if not is_killed:
            break
    return turn + 1


def test_each_timer_has_one_effect_and_each_letter_comes_once(workshop, post):
    rounds = killed_everywhere(workshop)
    assert 40 < rounds < MOST
    found = workshop("look")
    assert found["effects"] == {str(number): 1 for number in range(1, rounds + 1)}
    assert found["open"] == [""] * (MOST - rounds)
    assert found["outbox"] == [""] * (MOST - rounds) + ["sent"] * rounds
    assert sorted(post.names().values()) == [1] * rounds
    assert len(post.taken()) > rounds  # or no worker was killed after the server had taken its letter


@pytest.mark.usefixtures("post")
def test_the_harness_sees_effects_get_lost_where_they_are_apart_from_being_done(workshop):
    rounds = killed_everywhere(workshop, "transaction", last=12)
    effects = workshop("look")["effects"]
    assert any(str(number) not in effects for number in range(1, rounds + 1))


def test_the_harness_sees_letters_come_twice_that_are_named_anew(workshop, post):
    killed_everywhere(workshop, "name", first=40)
    assert max(post.names().values()) > 1


def invited_everywhere(workshop, without=None, first=1, last=2 * MOST):
    """Every hour a meeting is moved and a worker is killed over the letter at the next later moment, until one lives to
    the end; how often it was moved.
    """
    workshop("gather", at=NOW)
    for number in range(first, last + 1):
        at = NOW + (number - first) * HOUR
        after = [("move_meeting", {"number": number})]
        words = {"is_inviting": True, "without": without}
        is_killed = workshop.is_killed("work", at=at, dies_at=number, after=after, **words)
        workshop("work", at=at + HOUR // 2, **words)
        if not is_killed:
            break
    return number - first + 1


def event_in(letter):
    """What the calendar's part of a letter says, by name."""
    (part,) = (one for one in letter.walk() if one.get_content_type() == "text/calendar")
    return dict(line.split(":", 1) for line in part.get_content().splitlines() if ":" in line)


def test_each_change_of_a_meeting_is_told_once_with_a_sequence_that_rises(workshop, post):
    rounds = invited_everywhere(workshop)
    assert 40 < rounds < 2 * MOST
    assert workshop("look_at_invitations") == [[rounds - 1, "sent"]]
    assert sorted(post.names().values()) == [1] * rounds
    assert len(post.taken()) > rounds  # or no worker was killed after the server had taken its letter
    told = {one["Message-ID"]: event_in(one) for one in post.kept}
    assert [int(one["SEQUENCE"]) for one in told.values()] == list(range(rounds))
    begun = [one["DTSTART"] for one in told.values()]
    assert begun == sorted(set(begun))


def test_the_harness_sees_invitations_come_twice_that_are_named_anew(workshop, post):
    invited_everywhere(workshop, "invitation name", first=LATE)
    assert max(post.names().values()) > 1


def test_the_harness_sees_invitations_get_lost_that_are_settled_first(workshop, post):
    rounds = invited_everywhere(workshop, "invitation settled last", first=LATE)
    assert len(post.names()) < rounds
