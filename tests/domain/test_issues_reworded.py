"""Who may change what an issue says, and what a rule closes by itself."""

import pytest

from rapport.domain import issues
from rapport.domain.issues import Issue, Origin, Severity, State
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

MINE = Issue(State.LISTED, None, Side.PARTNER)
RESOLVED = Issue(State.RESOLVED, None, Side.PARTNER, Side.CLIENT, "paid")


@pytest.mark.parametrize("before", [MINE, RESOLVED])
def test_what_a_rule_raised_is_settled_by_itself_for_a_reason(before):
    after = issues.settle(before, reason="The report came in.")
    assert (after.state, after.reason) == (State.CLOSED, "The report came in.")
    assert after.resolved_by == (before.resolved_by or Side.PARTNER)
    assert issues.waits_for(after) is None


@pytest.mark.parametrize(
    ("issue", "reason", "said"),
    [
        (issues.starting(Origin.BY_HAND, responsible=Side.PARTNER, by=Side.CLIENT), "x", "a rule raised"),
        (Issue(State.CLOSED, None, Side.PARTNER, Side.PARTNER), "x", "a rule raised"),
        (MINE, " ", "what is over"),
    ],
)
def test_nothing_else_is_settled_by_itself(issue, reason, said):
    with pytest.raises(Refused, match=said):
        issues.settle(issue, reason=reason)


@pytest.mark.parametrize(
    ("by", "before", "after", "reason"),
    [
        (Side.PARTNER, Severity.MINOR, Severity.MINOR, ""), (Side.PARTNER, Severity.MINOR, Severity.MAJOR, "Again"),
        (Side.CLIENT, Severity.MAJOR, Severity.OBSERVATION, "It was ours"),
    ],
)  # fmt: skip
def test_more_serious_by_either_side_and_less_by_the_other(by, before, after, reason):
    issues.demand_words(MINE, by=by, before=before, after=after, reason=reason)
    issues.demand_words(RESOLVED, by=by, before=before, after=before, reason="")


@pytest.mark.parametrize(
    ("issue", "by", "after", "reason", "said"),
    [
        (MINE, Side.PARTNER, Severity.OBSERVATION, "x", "only the client can call it less serious"),
        (MINE, Side.CLIENT, Severity.MAJOR, " ", "why it is major and not minor"),
        (Issue(State.CLOSED, None, Side.PARTNER, Side.PARTNER), Side.CLIENT, Severity.MINOR, "x", "is closed"),
        (RESOLVED, Side.PARTNER, Severity.MAJOR, "x", "waits to be confirmed"),
    ],
)
def test_words_that_are_not_for_one_to_change(issue, by, after, reason, said):
    with pytest.raises(Refused, match=said):
        issues.demand_words(issue, by=by, before=Severity.MINOR, after=after, reason=reason)
