"""A result: one KPI in one period, frozen with its counts and with what it was judged by."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rapport.domain.bands import ServiceLevel, Status, band_of, is_met
from rapport.domain.periods import Period
from rapport.engine import agreement as doc
from rapport.engine.moments import iso
from rapport.engine.terms import bands_of

Group = tuple[str, ...]
"""The values of a KPI's `by` columns; empty for the whole."""


@dataclass(frozen=True)
class Counts:
    """How many records of a period were measured, and what became of the others.

    `amount` and `weight` are the exact sums behind the value; for availability all are open seconds.
    """

    records: int = 0
    excluded: int = 0
    missing: int = 0
    pending: int = 0
    counted: int = 0
    amount: Fraction | None = None
    weight: Fraction | None = None


@dataclass(frozen=True)
class Result:
    """One KPI in one period, for the whole or for one group, frozen with what it was judged by."""

    kpi: doc.Kpi
    period: Period
    group: Group
    counts: Counts
    value: Fraction | None
    level: ServiceLevel
    status: Status
    is_complete: bool
    definition_digest: str
    data_digest: str
    previous: Fraction | None = None
    detail: dict[str, int] = field(default_factory=dict)

    @property
    def coverage(self) -> Fraction | None:
        """The share of the records that could be measured, of those that should have been."""
        whole = self.counts.counted + self.counts.missing
        return Fraction(self.counts.counted, whole) if whole else None

    @property
    def band(self) -> str | None:
        """The name of the band the value falls in."""
        return None if self.value is None else band_of(self.value, bands_of(self.kpi), self.kpi.direction).name

    @property
    def score(self) -> Fraction | None:
        """What the value adds to the weighted score; None when it was not judged."""
        if self.status is Status.LOW_VOLUME:
            return None
        if self.value is None:
            return bands_of(self.kpi)[0].score if self.status is not Status.NO_DATA else None
        return band_of(self.value, bands_of(self.kpi), self.kpi.direction).score


@dataclass(frozen=True)
class Measured:
    """What was measured for one period and group, before it is judged.

    `detail` holds further whole numbers of the KPI's kind, such as the seconds of downtime.
    """

    counts: Counts
    value: Fraction | None = None
    detail: dict[str, int] = field(default_factory=dict)


def result_json(result: Result, zone: str) -> dict[str, Any]:
    """One result as plain data; percentages and other values in the KPI's unit."""
    counts, kpi = result.counts, result.kpi
    return {
        "kpi": kpi.id,
        "period": result.period.label,
        "from": iso(result.period.start, zone),
        "to": iso(result.period.end, zone),
        "complete": result.is_complete,
        "group": dict(zip(kpi.by, result.group, strict=True)) if result.group else None,
        "value": number(result.value),
        "unit": kpi.unit,
        "numerator": number(counts.amount),
        "denominator": number(counts.weight),
        "records": counts.records,
        "counted": counts.counted,
        "excluded": counts.excluded,
        "missing": counts.missing,
        "pending": counts.pending,
        "coverage": number(result.coverage),
        "target": number(result.level.target),
        "minimum": number(result.level.minimum),
        "status": result.status.value,
        "band": result.band,
        "score": number(result.score),
        "weight": number(kpi.weight),
        "trend": _trend(result),
        "definition_digest": result.definition_digest,
        "data_digest": result.data_digest,
        **result.detail,
    }


def number(value: Fraction | None) -> int | float | None:
    """An exact number as JSON has it: whole numbers whole, others as the nearest double."""
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)


def _trend(result: Result) -> dict[str, Any] | None:
    """The change against the period before, and whether it is for the better."""
    if result.value is None or result.previous is None:
        return None
    change = result.value - result.previous
    better = is_met(result.value, result.previous, result.kpi.direction)
    return {"change": number(change), "direction": "steady" if not change else "better" if better else "worse"}
