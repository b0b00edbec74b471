"""Who answers while somebody is away: the deputy, or the deputy's deputy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_HOPS = 5
"""How many deputies of deputies are followed."""


@dataclass(frozen=True)
class Absence:
    """Days on which somebody is away, first and last included, and who answers meanwhile, if anybody."""

    person: str
    first_on: date
    last_on: date
    deputy: str | None

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise ValueError(f"an absence ends on its first day {self.first_on} or later, not on {self.last_on}")


def who_answers(named: str, absences: Iterable[Absence], on: date) -> str:
    """Who answers on a day: the named person or, when away, the deputy, or the deputy's deputy, up to five of them.

    If that leads to nobody who is there, or in a circle, it is the named person: an absence never stops the clock. Of
    two absences of one person on one day the first with a deputy counts.
    """
    away: dict[str, str | None] = {}
    for absence in absences:
        if absence.first_on <= on <= absence.last_on:
            away[absence.person] = away.get(absence.person) or absence.deputy
    person: str | None = named
    for _ in range(_HOPS):
        if not person or person not in away:
            break
        person = away[person]
    return named if not person or person in away else person
