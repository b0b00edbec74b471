"""What waits for an actor in all their engagements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.models import Line
from rapport.apps.assurance.queries.books import Books, as_rule, running_books
from rapport.apps.assurance.queries.seen import seen
from rapport.apps.engagements.models import Engagement
from rapport.domain.calendars import day_ending
from rapport.domain.roles import Side
from rapport.domain.settlement import Phase, waits_for

_VERBS = {Phase.REPORT: "State", Phase.VERIFY: "Verify", Phase.SETTLE: "Settle", Phase.OVER: "See"}


@dataclass(frozen=True)
class OpenPeriod:
    """Lines of one engagement and period that wait for the reader's side, in a phase that ends at `due_at`."""

    engagement: Engagement
    period: str
    phase: Phase
    due_at: datetime
    kpis: Sequence[str]

    @property
    def last_day(self) -> date:
        """The last day of the phase."""
        return day_ending(self.due_at)

    @property
    def what(self) -> str:
        """What to do, such as "State 6 figures of 2026-09"."""
        many = f"{len(self.kpis)} figures" if len(self.kpis) > 1 else "1 figure"
        return f"{_VERBS[self.phase]} {many} of {self.period}"


def open_periods(actor: Person, at: datetime) -> list[OpenPeriod]:
    """What waits for the actor's side in all their engagements, by engagement and period, the soonest due first."""
    found = [period for kept in running_books(actor, at) for period in _open_periods(actor, kept)]
    return sorted(found, key=lambda period: (period.due_at, period.engagement.pk))


def whose_move(line: Line, computed: Fraction | None, phase: Phase) -> frozenset[Side]:
    """The sides whose move it is with a line in a phase; nobody's where both let their time pass and nothing depends on
    it, as the computed value stands anyway.
    """
    if phase is Phase.SETTLE and not line.turn and computed is not None:
        return frozenset()
    return waits_for(as_rule(line), phase)


def _open_periods(actor: Person, kept: Books) -> list[OpenPeriod]:
    found: dict[tuple[str, Phase, datetime], list[str]] = {}
    for line in kept.lines:
        view = seen(actor, kept, line)
        if view.due_at and actor.side in whose_move(line, kept.computed(line), view.phase):
            found.setdefault((view.period, view.phase, view.due_at), []).append(view.name)
    return [OpenPeriod(kept.engagement, *key, kpis) for key, kpis in found.items()]
