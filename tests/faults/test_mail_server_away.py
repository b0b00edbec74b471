"""The mail server is away, hangs, or dies over a letter: nothing is lost or comes twice, and nothing else waits."""

import time

import pytest
from moments import HOUR, NOW

ONCE = {(f"{name}@northwind.example", f"Note {number}") for name in ("manager", "viewer") for number in (1, 2, 3)}


def told(workshop):
    """Three times two people are told at once of one thing, while mail cannot leave."""
    for number in (1, 2, 3):
        at = NOW + number * 600
        workshop("happen", numbers=[number], at=at, people=2)
        workshop("work", at=at, patience=0.2)


def test_what_waits_leaves_once_when_the_server_is_back(workshop, post):
    post.close()
    told(workshop)
    found = workshop("look")
    assert found["effects"] == {"1": 1, "2": 1, "3": 1}
    assert found["outbox"] == [""] * 6
    assert workshop("visit") == 200
    post.open()
    for hours in (1, 2, 3):
        workshop("work", at=NOW + hours * HOUR)
    assert workshop("look")["outbox"] == ["sent"] * 6
    letters = post.taken()
    assert len(letters) == len({name for _, _, name in letters})
    assert {to for to, _, _ in letters} == {to for to, _ in ONCE}


def test_the_harness_sees_mail_get_lost_that_is_tried_once(workshop, post):
    post.close()
    workshop("happen", numbers=[1], at=NOW)
    workshop("work", at=NOW, without="retries")
    post.open()
    workshop("work", at=NOW + HOUR)
    assert len(post.taken()) < 3


def test_a_server_that_hangs_holds_up_a_pass_for_one_letter_only(workshop, post):
    post.is_mute = True
    workshop("happen", numbers=list(range(10)), at=NOW)
    began = time.monotonic()
    workshop("work", at=NOW, patience=0.5)
    assert time.monotonic() - began < 3
    found = workshop("look")
    assert len(found["effects"]) == 10
    assert found["outbox"] == [""] * 30
    assert found["attempts"] == 10  # those of one letter
    assert workshop("visit") == 200
    post.is_mute = False
    workshop("work", at=NOW + HOUR)
    assert sorted(to for to, _, _ in post.taken()) == [
        f"{name}@northwind.example" for name in ("auditor", "manager", "viewer")
    ]


@pytest.mark.parametrize("deaths", [1, 3])
def test_a_letter_that_the_server_died_over_is_known_again_by_its_name(workshop, post, deaths):
    post.dies_unsaid = deaths
    workshop("happen", numbers=[1], at=NOW)
    for hours in range(5):
        workshop("work", at=NOW + hours * HOUR)
    assert workshop("look")["outbox"] == ["sent"] * 3
    assert len(post.taken()) == 3 + deaths
    assert set(post.names().values()) == {1}


def test_an_invitation_leaves_once_when_the_server_is_back_and_says_how_the_meeting_stands_then(workshop, post):
    post.close()
    workshop("gather", at=NOW)
    for number in (1, 2):
        after = [("move_meeting", {"number": number})]
        workshop("work", at=NOW + number * HOUR, is_inviting=True, patience=0.2, after=after)
    assert workshop("look_at_invitations") == [[0, ""]]
    post.open()
    for hours in (3, 4):
        workshop("work", at=NOW + hours * HOUR, is_inviting=True)
    assert workshop("look_at_invitations") == [[0, "sent"]]
    ((to, subject, _),) = post.taken()
    assert (to, "09:02" in subject) == ("manager@northwind.example", True)
