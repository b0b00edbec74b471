"""Early warning: signals, the chance that the running period misses its target, and records about to breach."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from rapport.domain.bands import Direction
from rapport.domain.charts import XmrLimits, has_enough_points, signals, xmr_limits
from rapport.engine import agreement as doc
from rapport.engine.evaluate import kpi_results
from rapport.engine.forecast import allowed_misses, breach_probability
from rapport.engine.moments import iso
from rapport.engine.reconcile import population_condition
from rapport.engine.results import Result, number
from rapport.engine.terms import source_of
from rapport.engine.workspace import Workspace, due_time

_SHARES = (doc.ShareWithinLimit, doc.Share, doc.FirstTimeRight, doc.ReopenRate)
_VOLUME_PERIODS = 6
"""How many of the latest complete periods tell the volume to expect."""


@dataclass(frozen=True)
class Outlook:
    """What a KPI's past says about its running period."""

    kpi: doc.Kpi
    running: Result | None
    limits: XmrLimits | None
    signals: tuple[dict[str, Any], ...]
    forecast: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """The outlook as plain data."""
        return {
            "kpi": self.kpi.id,
            "period": self.running.period.label if self.running else None,
            "value": number(self.running.value) if self.running else None,
            "limits": None if self.limits is None else {
                "mean": number(self.limits.mean),
                "upper": number(self.limits.upper),
                "lower": number(self.limits.lower),
            },
            "signals": list(self.signals),
            "forecast": self.forecast,
        }  # fmt: skip


def watch(workspace: Workspace, ahead: int) -> dict[str, Any]:
    """The outlook of every KPI, and the open records due within `ahead` calendar seconds or overdue.

    The result is the documented interface of `rapport watch --json`.
    """
    outlooks = [
        outlook(kpi, [r for r in kpi_results(workspace, kpi) if not r.group]) for kpi in workspace.agreement.kpis
    ]
    return {
        "as_of": iso(workspace.as_of, workspace.agreement.time_zone),
        "kpis": [item.to_json() for item in outlooks],
        "about_to_breach": about_to_breach(workspace, ahead),
    }


def outlook(kpi: doc.Kpi, results: Sequence[Result]) -> Outlook:
    """Signals of the complete periods, and the forecast of the running one; `results` are of the whole, in order."""
    complete = [result for result in results if result.is_complete]
    running = next((result for result in results if not result.is_complete), None)
    values = [result.value for result in complete]
    limits = xmr_limits(values) if has_enough_points(values) and _has_ranges(values) else None
    found = signals(values, limits) if limits else []
    named = tuple({"period": complete[signal.index].period.label, "rule": signal.rule.value} for signal in found)
    return Outlook(kpi, running, limits, named, _forecast(kpi, complete, running))


def about_to_breach(workspace: Workspace, ahead: int) -> list[dict[str, Any]]:
    """Open records of every KPI within a limit that are due within `ahead` seconds of `as_of`, soonest first."""
    found = [row for kpi in workspace.agreement.kpis if isinstance(kpi, doc.ShareWithinLimit)
             for row in _open_records(workspace, kpi, workspace.as_of + ahead)]  # fmt: skip
    zone = workspace.agreement.time_zone
    return [
        {"kpi": kpi, "key": key, "due": iso(due, zone), "left": due - workspace.as_of}
        for due, kpi, key in sorted(found)
    ]


def _open_records(workspace: Workspace, kpi: doc.ShareWithinLimit, before: int) -> list[tuple[int, str, str]]:
    """Open records that are not overdue yet: due time, KPI, key."""
    clocked = workspace.clock(kpi.clock)
    _, source = source_of(workspace.agreement, kpi)
    rows = workspace.backend.rows(
        f"""SELECT _key, _start, _limit_no, _paused, _deadline FROM {clocked.facts}
            WHERE _is_pending AND {population_condition(kpi, source)}"""
    )
    dues = [
        (deadline if deadline is not None else due_time(clocked.open_time, start, clocked.limits[limit], paused), key)
        for key, start, limit, paused, deadline in rows
    ]
    return [(due, kpi.id, key) for due, key in dues if due is not None and due <= before]


def _forecast(kpi: doc.Kpi, complete: Sequence[Result], running: Result | None) -> dict[str, Any] | None:
    """The chance of a miss, where a KPI is a share of records; the volume assumed is that of the latest periods.

    Where lower is better, such as a share reopened, it is the hits that may not be too many.
    """
    volumes = [result.counts.counted for result in complete[-_VOLUME_PERIODS:] if result.counts.counted]
    if running is None or not volumes or not isinstance(kpi, _SHARES):
        return None
    done = running.counts.counted
    hits, share = int(running.counts.amount or 0), running.level.target / 100
    failed, target = (done - hits, share) if kpi.direction is Direction.HIGHER else (hits, 1 - share)
    volume = max(done, round(Fraction(sum(volumes), len(volumes))))
    allowed = allowed_misses(target, volume)
    return {
        "done": done,
        "failed": failed,
        "expected_volume": volume,
        "allowed_misses": allowed,
        "misses_left": allowed - failed,
        "breach_probability": breach_probability(target, volume, done, failed) if done else None,
    }


def _has_ranges(values: Sequence[Fraction | None]) -> bool:
    return any(a is not None and b is not None for a, b in pairwise(values))
