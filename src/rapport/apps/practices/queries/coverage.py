"""Which practices an engagement has in place, as one reader sees them. Whoever asks has been let into it before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.practices.policy import may_take
from rapport.apps.practices.queries.facts import facts_of
from rapport.apps.practices.queries.pages import address
from rapport.domain.coverage import Finding, Page, State, Step, Tally, counted
from rapport.domain.judging import judge, tally
from rapport.domain.practices import PRACTICES, Practice
from rapport.domain.roles import Side

_URGENCY = (State.LATE, State.MISSING, State.WEAK)


@dataclass(frozen=True)
class Coverage:
    """One practice as one reader sees it: how it stands, the reader's own next step, and who has one.

    `url` is empty where the step is not the reader's to take. `waits_for` names the sides whose move it is.
    """

    practice: Practice
    finding: Finding
    step: Step | None
    url: str
    waits_for: str

    @property
    def evidence(self) -> str:
        """The evidence as a sentence, its day as 2026-03-02."""
        found = self.finding
        return f"{found.before} {found.on.isoformat()}{found.after}" if found.on else found.before

    @property
    def verb(self) -> str:
        """The next step, the reader's own where there is one; empty where nothing is to do."""
        steps = [self.step] if self.step else self.finding.steps
        return steps[0].verb if steps else ""


def coverage(actor: Person, engagement: Engagement, day: date) -> list[Coverage]:
    """Every practice there is as it stands for an engagement on a day, in the order of the phases."""
    facts = facts_of([engagement], day)[engagement.pk]
    return [_covered(actor, engagement, practice, judge(practice, facts)) for practice in PRACTICES]


def tally_of(rows: Sequence[Coverage]) -> Tally:
    """How many of the rows are in which state."""
    return counted(row.finding.state for row in rows)


def most_urgent(rows: Sequence[Coverage]) -> list[Coverage]:
    """The practices whose next step is the reader's to take: what is late first, then what is missing or weak."""
    open_rows = [row for row in rows if row.url and row.finding.state in _URGENCY]
    return sorted(open_rows, key=lambda row: _URGENCY.index(row.finding.state))


def summary(engagements: Sequence[Engagement], day: date) -> dict[int, Tally]:
    """How many practices of each engagement are in which state, by the engagement's number; few queries for many."""
    return {number: tally(facts) for number, facts in facts_of(engagements, day).items()}


def _covered(actor: Person, engagement: Engagement, practice: Practice, finding: Finding) -> Coverage:
    step = next((step for step in finding.steps if step.side is actor.side), None)
    url = address(engagement, step.page) if step and may_take(actor, step.page) else ""
    return Coverage(practice, finding, step, url, _waits_for(actor, engagement, finding))


def _waits_for(actor: Person, engagement: Engagement, finding: Finding) -> str:
    sides = {step.side for step in finding.steps}
    if len(sides) == len(Side):
        return "Both sides" if finding.steps[0].page is Page.SIGN else "Either side"
    if actor.side in sides:
        return "Your side"
    if not sides:
        return ""
    return "The client" if actor.side is Side.PARTNER else str(engagement.partner)
