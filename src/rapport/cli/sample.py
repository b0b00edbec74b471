"""`rapport sample`: how many records to check by hand, which ones, and what the check proves."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rapport.cli.session import Exit, fail, open_workspace
from rapport.cli.show import percent, say, show_json
from rapport.engine.rows import records_behind
from rapport.engine.sampling import conclude, frame_digest, sample_size, select


@dataclass(frozen=True)
class Plan:
    """What a sample has to prove; rates and risk in percent."""

    tolerable: float
    expected: float
    risk: float
    population: int | None
    seed: int
    found: int | None
    checked: int | None

    @property
    def size(self) -> int:
        """How many records to check."""
        return sample_size(_share(self.tolerable), _share(self.expected), self.risk / 100, self.population)


def run(
    plan: Plan,
    agreement: Path | None,
    records: list[str],
    kpi: str | None,
    period: str | None,
    as_of: str | None,
    json: bool,
) -> None:
    """Plan or draw a sample, or conclude from one."""
    keys = _frame(agreement, records, kpi, period, as_of) if agreement else None
    if keys is not None:
        plan = Plan(plan.tolerable, plan.expected, plan.risk, len(keys), plan.seed, plan.found, plan.checked)
    try:
        data = _planned(plan, keys) | ({} if plan.found is None else _concluded(plan, plan.found))
    except ValueError as error:
        fail(str(error), Exit.USAGE)
    if json:
        show_json(data)
    else:
        _show(data)


def _frame(agreement: Path, records: list[str], kpi: str | None, period: str | None, as_of: str | None) -> list[str]:
    """The keys of the counted records behind one result: what the sample is drawn from."""
    if kpi is None or period is None:
        fail("name the figure to verify: --kpi KPI --period PERIOD.", Exit.USAGE)
    with open_workspace(agreement, records, as_of) as workspace:
        rows = records_behind(workspace, kpi, period).rows
    keys = [row["key"] for row in rows if row.get("state") == "counted"]
    if not keys:
        fail(f"{kpi} counts no single records in {period}; there is nothing to draw from.", Exit.USAGE)
    return keys


def _planned(plan: Plan, keys: list[str] | None) -> dict[str, Any]:
    size = plan.size
    data: dict[str, Any] = {
        "size": size,
        "population": plan.population,
        "tolerable_rate": plan.tolerable / 100,
        "expected_rate": plan.expected / 100,
        "risk": plan.risk / 100,
    }
    if keys is not None:
        data |= {
            "seed": plan.seed,
            "frame_digest": frame_digest(keys),
            "keys": select(keys, min(size, len(keys)), plan.seed),
        }
    return data


def _concluded(plan: Plan, found: int) -> dict[str, Any]:
    checked = plan.checked or min(plan.size, plan.population or plan.size)
    conclusion = conclude(found, checked, _share(plan.tolerable), plan.risk / 100, plan.population)
    return {
        "checked": checked,
        "found": found,
        "sample_rate": conclusion.sample_rate,
        "upper_limit": conclusion.upper_limit,
        "supported": conclusion.is_supported,
    }


def _show(data: dict[str, Any]) -> None:
    of = f" of {data['population']}" if data["population"] else ""
    say(f"Check {data['size']}{of} records: tolerable {percent(data['tolerable_rate'])}, risk {percent(data['risk'])}.")
    if "keys" in data:
        say(f"Seed {data['seed']}, frame {data['frame_digest'][:12]}. Check these, in this order:")
        for key in data["keys"]:
            say(f"  {key}")
    if "supported" in data:
        answer = "supported" if data["supported"] else "not supported"
        limit = f"{data['upper_limit'] * 100:.2f} %"
        say(f"Deviations found: {data['found']} of {data['checked']}. At most {limit} deviate; the figure is {answer}.")


def _share(rate: float) -> Fraction:
    return Fraction(str(rate)) / 100
