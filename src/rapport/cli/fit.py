"""`rapport fit`: the definition that explains the partner's verdicts."""

from rapport.cli.session import Exit, fail
from rapport.cli.show import say, show_json, show_table
from rapport.engine.fit import Candidate
from rapport.engine.fit import fit as fit_definition
from rapport.engine.workspace import Workspace

_SHOWN = 10


def run(workspace: Workspace, verdict: str, kpi: str | None, json: bool) -> None:
    """Rank the plausible definitions by how well they explain a verdict column."""
    if not verdict:
        fail("name the column with the partner's verdicts: --verdict COLUMN.", Exit.USAGE)
    result = fit_definition(workspace, verdict, kpi)
    if json:
        show_json(result.to_json())
        return
    say(f"{result.kpi} against {result.column}: tried on {result.trained} records, {result.held_out} held out")
    headings = ("stop", "calendar", "pauses", "limits", "agreement %", "held out %")
    show_table("Definitions, best first", headings, map(_line, result.candidates[:_SHOWN]))


def _line(candidate: Candidate) -> tuple[str | float, ...]:
    definition = candidate.definition()
    limits = "; ".join(f"{group}: {edge['limit'] if edge else 'never'}" for group, edge in definition["limits"].items())
    shares = (float(100 * share) for share in (candidate.agreement, candidate.agreement_held_out))
    return (definition["stop"], definition["calendar"], ", ".join(definition["pauses"]) or "none", limits, *shares)
