"""Changing what an issue says: its title, its words, how serious it is, and the goal it touches."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from rapport.apps.accounts.actions import who
from rapport.apps.accounts.models import Person
from rapport.apps.issues.actions.raising import demand_goals
from rapport.apps.issues.actions.steps import CHANGED, locked, noted, swap, tell_side
from rapport.apps.issues.models import LONGEST_TEXT, LONGEST_TITLE, Issue
from rapport.apps.issues.queries import GOALS
from rapport.apps.issues.queries.plans import is_corrected
from rapport.apps.partners.queries import plain_name
from rapport.domain import issues
from rapport.domain.issues import Severity
from rapport.domain.refusals import Refused

_CALLED = {"what": "more about it", **GOALS}


class Words(NamedTuple):
    """What an issue says."""

    title: str
    what: str
    severity: Severity
    objective: str
    kpi: str


@transaction.atomic
def change_issue(*, by: Person, issue: Issue, words: Words, reason: str, seen: int, at: datetime) -> Issue:
    """Change what an open issue says; history keeps what it said before, and the other side is told.

    `seen` is the turn that was read, so that nobody writes over what they have not read. The `reason` says why it is
    more or less serious. Its day stays as it is.
    """
    current = locked(by, issue, seen)
    before, why = Severity(current.severity), reason.strip()
    issues.demand_words(current.rule, by=by.side, before=before, after=words.severity, reason=why)
    wanted = _wanted(current, words)
    changes = {name: value for name, value in wanted.items() if value != getattr(current, name)}
    if not changes:
        return current
    details = {_CALLED.get(name, name): value or "nothing" for name, value in changes.items()}
    details |= {f"{_CALLED.get(name, name)} before": getattr(current, name) or "nothing" for name in changes}
    if "severity" in changes:
        changes["why_severity"] = why
    if not swap(current, current.rule, at, **changes):
        raise Refused(CHANGED)
    noted(current, who(by), at, "issue.changed", details | ({"reason": why} if why else {}))
    tell_side(current, by.side.other, at, but=by)
    return current


def _demand_free_goal(current: Issue) -> None:
    """Refuse another goal where a rule or a corrective action goes by the one there is."""
    if current.cause:
        raise Refused("The agreement itself raised this issue, and so its goal stays; raise another one about that.")
    if is_corrected(current):
        raise Refused(
            "The corrective action for this issue was begun for the goal that it has, and so the goal stays; raise "
            "another issue about another one."
        )


def _wanted(current: Issue, words: Words) -> dict[str, str]:
    """What the issue is to say, with a title and a goal that fit; a goal that the agreement had once may stay."""
    if not (title := plain_name(words.title)):
        raise Refused("Say in a line what is off; the other side reads it on the list.")
    if max(len(title) - LONGEST_TITLE, len(words.what) - LONGEST_TEXT) > 0:
        raise Refused(f"A title has at most {LONGEST_TITLE} characters and the rest {LONGEST_TEXT:,}; say it shorter.")
    if goals := {kind: name for kind in GOALS if (name := getattr(words, kind)) != getattr(current, kind)}:
        demand_goals(current.engagement, goals)
        _demand_free_goal(current)
    return {**words._asdict(), "title": title, "what": words.what.strip(), "severity": words.severity.value}
