from dataclasses import replace
from datetime import date

import pytest

from rapport.domain.editions import Changes, Row, changes
from rapport.domain.issues import State

TODAY = date(2026, 3, 2)
ROW = Row(1, "Late answers", "minor", State.LISTED, "partner", date(2026, 4, 1))
CLOSED = replace(ROW, state=State.CLOSED)
NOTHING = Changes([], {}, [], [])


def test_a_first_edition_says_all_that_is_open_is_new():
    rows = [ROW, replace(ROW, number=2, state=State.PROPOSED)]
    assert changes([], rows, TODAY) == Changes([1, 2], {}, [], [])


def test_what_did_not_change_is_not_told():
    assert changes([ROW], [ROW], TODAY) == NOTHING


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"state": State.RESOLVED}, "listed to resolved"),
        ({"responsible": "client"}, "taken over by the client"),
        ({"severity": "major"}, "minor to major"),
        ({"due_on": date(2026, 5, 1)}, "due 01 May 2026 instead of 01 Apr 2026"),
        ({"severity": "major", "due_on": date(2026, 3, 9)}, "minor to major, due 09 Mar 2026 instead of 01 Apr 2026"),
    ],
)
def test_what_moved_is_told_in_words(now, words):
    assert changes([ROW], [replace(ROW, **now)], TODAY).moved == {1: words}


def test_a_closed_issue_is_told_once():
    assert changes([ROW], [CLOSED], TODAY) == replace(NOTHING, closed=[1])
    assert changes([CLOSED], [CLOSED], TODAY) == NOTHING
    assert changes([], [CLOSED], TODAY).closed == [1]


def test_an_issue_that_is_open_again_has_moved():
    assert changes([CLOSED], [ROW], TODAY).moved == {1: "open again"}


@pytest.mark.parametrize(("due_on", "late"), [(TODAY, []), (date(2026, 3, 1), [1])])
def test_late_is_what_is_open_past_its_day(due_on, late):
    assert changes([], [replace(ROW, due_on=due_on)], TODAY).late == late
    assert changes([], [replace(CLOSED, due_on=due_on)], TODAY).late == []
