"""`rapport evaluate`: the results of every KPI."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rapport.cli.session import Exit, fail
from rapport.cli.show import console, percent, say, short, show_csv, show_json, show_table
from rapport.engine.agreement import Kpi
from rapport.engine.check import uncovered
from rapport.engine.evaluate import Evaluation, evaluate
from rapport.engine.records import ImportReport
from rapport.engine.workspace import Workspace

COLUMNS = (
    "kpi", "period", "from", "to", "complete", "group", "value", "unit", "numerator", "denominator", "records",
    "counted", "excluded", "missing", "pending", "coverage", "target", "minimum", "status", "band", "score", "weight",
    "definition_digest", "data_digest",
)  # fmt: skip


def run(workspace: Workspace, period: str | None, html: Path | None, output: str) -> None:
    """Compute the results and show them as a table, as JSON or as CSV; with `html` write the report too."""
    evaluation = evaluate(workspace, period=period)
    data = evaluation.to_json()
    if html is not None:
        _write_report(evaluation, html)
    if output == "json":
        show_json(data)
    elif output == "csv":
        show_csv(({**row, "group": _group(row)} for row in data["results"]), COLUMNS)
    else:
        show_results(evaluation, data)


def show_results(evaluation: Evaluation, data: dict[str, Any]) -> None:
    """The results as tables for people: a KPI at a time, then the scores, then what became of the records."""
    agreement = data["agreement"]
    say(f"{agreement['title']}: {agreement['client']} and {agreement['partner']}, measured to {short(data['as_of'])}")
    for kpi in evaluation.workspace.agreement.kpis:
        rows = [row for row in data["results"] if row["kpi"] == kpi.id]
        if rows:
            console().print()
            show_kpi(kpi, rows)
    if data["scores"]:
        console().print()
        lines = ((row["period"], row["score"], percent(row["covered_weight"])) for row in data["scores"])
        show_table("Weighted score", ("period", "score", "weight covered"), lines)
    console().print()
    show_records(evaluation.workspace.reports())
    for sentence in uncovered(evaluation.workspace.agreement):
        say(sentence)


def show_kpi(kpi: Kpi, rows: Iterable[dict[str, Any]]) -> None:
    """The results of one KPI as a table for people, a period at a time."""
    lines = [_line(row) for row in rows]
    headings = [heading for heading in _HEADINGS if heading != "group" or any(line["group"] for line in lines)]
    title = f"{kpi.name} ({kpi.unit})" if kpi.unit else kpi.name
    show_table(title, headings, ([line[heading] for heading in headings] for line in lines))


def show_records(reports: dict[str, ImportReport]) -> None:
    """What became of every row that was read."""
    lines = [
        (name, report.read, report.used, report.rejected, report.duplicate, report.out_of_term, report.records)
        for name, report in reports.items()
    ]
    show_table("Rows", ("source", "read", "used", "rejected", "duplicate", "out of term", "records"), lines)
    for report in reports.values():
        for name, count in report.flagged.items():
            if count:
                say(f"{report.source}: used although flagged as {name!r}: {count}")
        for reject in report.rejects[:5]:
            say(f"{report.source}: {reject}")


def _write_report(evaluation: Evaluation, path: Path) -> None:
    from rapport.engine.report import write_report

    evaluation.workspace.progress("drawing the report")
    try:
        write_report(evaluation, path)
    except OSError as error:
        fail(f"{path}: the report cannot be written: {error.strerror}.", Exit.USAGE)


_HEADINGS = (
    "period", "group", "value", "target", "status", "band", "change", "counted", "excluded", "missing", "open",
    "coverage",
)  # fmt: skip


def _line(row: dict[str, Any]) -> dict[str, Any]:
    trend = row["trend"]
    return {
        **row,
        "period": row["period"] if row["complete"] else f"{row['period']} (running)",
        "group": _group(row),
        "status": row["status"].replace("_", " "),
        "change": f"{trend['change']:+.2f} {trend['direction']}" if trend else None,
        "open": row["pending"],
        "coverage": percent(row["coverage"]),
    }


def _group(row: dict[str, Any]) -> str:
    return ", ".join(map(str, row["group"].values())) if row["group"] else ""
