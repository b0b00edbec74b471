"""`rapport reconcile`: our verdicts or due times against the partner's."""

from rapport.cli.session import Exit, fail
from rapport.cli.show import percent, say, show_json, show_table
from rapport.domain.durations import parse_duration
from rapport.engine.reconcile import Reconciliation, reconcile_due, reconcile_verdicts
from rapport.engine.workspace import Workspace

_SHOWN = 20


def run(
    workspace: Workspace, verdict: str | None, due: str | None, tolerance: str, kpi: str | None, json: bool
) -> None:
    """Compare with the partner's verdict column, or with its due column."""
    result = _reconciled(workspace, verdict, due, tolerance, kpi)
    if json:
        show_json(result.to_json())
    else:
        _show(result)


def _reconciled(
    workspace: Workspace, verdict: str | None, due: str | None, tolerance: str, kpi: str | None
) -> Reconciliation:
    if verdict is not None and due is None:
        return reconcile_verdicts(workspace, verdict, kpi)
    if due is None or verdict is not None:
        fail("name one column to compare with: --verdict COLUMN or --due COLUMN.", Exit.USAGE)
    try:
        seconds = parse_duration(tolerance)
    except ValueError as error:
        fail(f"--tolerance: {error}.", Exit.USAGE)
    return reconcile_due(workspace, due, seconds, kpi)


def _show(result: Reconciliation) -> None:
    rate = None if result.agreement_rate is None else float(result.agreement_rate)
    say(f"{result.kpi} against {result.column}: {result.agreed} of {result.compared} records agree ({percent(rate)})")
    if result.table:
        show_table("Both sides", list(result.table[0]), (list(row.values()) for row in result.table))
    if result.causes:
        show_table("Causes", ("cause", "in words", "records"), (list(row.values()) for row in result.causes))
        lines = ((item.key, item.row, item.ours, item.theirs, item.cause.value) for item in result.differences[:_SHOWN])
        show_table("Rows", ("key", "row", "ours", "theirs", "cause"), lines)
    if len(result.differences) > _SHOWN:
        say(f"and {len(result.differences) - _SHOWN} more; --json lists all")
