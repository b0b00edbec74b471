"""Whoever does real work is killed between any two steps of it: once it is begun anew, all is as if nobody had been.

That is so for every row of the product, the history with its digests, and what people are told.
"""

from collections import Counter

import pytest

WORK = {
    "raising by rule": ({"issue.raised": 2}, 2),
    "listing by silence": ({"issue.listed_by_silence": 1, "escalation.climbed": 1}, 4),
    "starting what is overdue": ({"escalation.started": 2}, 4),
    "climbing": ({"escalation.climbed": 1}, 2),
    "beginning anew": ({"correction.began_anew": 1, "issue.reopened": 1}, 4),
    "following plans": ({"meeting.missed": 4, "report.late": 1, "issue.raised": 1}, 11),
    "making editions": ({"edition.made": 1}, 1),
    "reminding of days": ({}, 1),
    "reading a file": ({}, 0),
    "computing": ({"results.computed": 1}, 0),
    "approving on a page": ({"issue.approved": 1}, 1),
}
"""What is on record after it, and how many notices there are of it."""
RESTING = ("reading a file", "computing")
"""What breaks off is not begun anew at once, so that it may be done a minute later than if nobody had been killed."""


def moments_of(found, most):
    """The first moment and the last, and of those around the ends of transactions, and of all others, some."""
    return sorted({1, found["points"], *_some(found["edges"], most), *_some(range(2, found["points"]), most)})


def _some(values, most):
    return values[:: -(-len(values) // most) | 1]  # odd, since what is before an end and what is after it take turns


def came_of_deaths(real_work, work, moments, is_apart=False):
    """What came of work over which somebody was killed, by the moment of death; two are tried at once."""
    asked = [{"work": work, "dies_at": moment, "is_apart": is_apart} for moment in moments]
    told = []
    for first in range(0, len(asked), 2):
        told += real_work.at_once(*[("killed", one) for one in asked[first : first + 2]])
    assert {code for code, _ in told} == {0}
    return dict(zip(moments, [found for _, found in told], strict=True))


@pytest.mark.parametrize("work", WORK)
def test_whenever_somebody_is_killed_over_work_all_of_it_is_done_once(real_work, work):
    undisturbed = real_work("undisturbed", work=work)
    assert (Counter(undisturbed["verbs"]), undisturbed["told"]) == WORK[work]
    assert undisturbed["outcome"]["broken"] == []
    right, moments = [undisturbed["outcome"]], moments_of(undisturbed, most=2 if work in RESTING else 5)
    if work in RESTING:
        right.append(real_work("undisturbed", work=work, is_late=True)["outcome"])
    for moment, outcome in came_of_deaths(real_work, work, moments).items():
        assert outcome in right, f"killed at {moment} of {undisturbed['points']}"


@pytest.mark.parametrize("work", [one for one in WORK if one not in RESTING])
def test_the_harness_sees_half_of_work_stay_where_its_steps_are_no_transaction(real_work, work):
    undisturbed = real_work("undisturbed", work=work)
    moments = [undisturbed["points"] * part // 4 for part in (2, 3)]
    found = came_of_deaths(real_work, work, moments, is_apart=True)
    assert any(outcome != undisturbed["outcome"] for outcome in found.values())
