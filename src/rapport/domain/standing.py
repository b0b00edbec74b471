"""How several KPIs stand together: an engagement is as good as its worst KPI, and says how many there are of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapport.domain.bands import Status

WORST_FIRST = (Status.BELOW_MINIMUM, Status.BELOW_TARGET, Status.MET, Status.LOW_VOLUME, Status.NO_DATA)
"""Statuses as a reader should see them; what was not judged says less than what was met."""
MISSED = (Status.BELOW_MINIMUM, Status.BELOW_TARGET)


@dataclass(frozen=True)
class Standing:
    """Several KPIs at once: the worst status among them, how many met their target, and how many missed it."""

    status: Status
    met: int
    missed: int


def standing_of(statuses: Iterable[str]) -> Standing:
    """How KPIs with these statuses stand together; without any there is no data."""
    known = [Status(status) for status in statuses]
    worst = min(known, key=WORST_FIRST.index, default=Status.NO_DATA)
    return Standing(worst, known.count(Status.MET), sum(status in MISSED for status in known))
