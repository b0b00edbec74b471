"""`rapport example`: a built-in agreement with its records, computed, and what to look at next."""

import shutil
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from rapport.cli.evaluate import show_kpi, show_records
from rapport.cli.session import Exit, fail, open_workspace
from rapport.cli.show import console, say, short, show_table
from rapport.engine.evaluate import evaluate
from rapport.engine.workspace import Workspace

FOLDER = Path("rapport-example")
_NEXT = (
    ("Every KPI in every period", "evaluate {agreement}"),
    ("The records behind the worst figure", "rows {agreement} --kpi {kpi} --period {worst} --failed"),
    ("Where the partner's own verdicts differ, and why", "reconcile {agreement} --verdict met_sla"),
    ("The definition its verdicts were really made with", "fit {agreement} --verdict met_sla"),
    ("What is about to go wrong", "watch {agreement}"),
    ("Records to check by hand", "sample {agreement} --kpi {kpi} --period {worst}"),
    ("A report with charts, for both companies", "evaluate {agreement} --html {folder}/report.html"),
    ("Whether the agreement holds together; change it and see", "check {agreement}"),
    ("A start of your own", "init service-desk -o my-agreement.yaml"),
)


def run() -> None:
    """Write the example's folder beside the user, compute it, and name the commands to try."""
    _lay_out(FOLDER)
    agreement = FOLDER / "agreement.yaml"
    with open_workspace(agreement, [], None) as workspace:
        kpi, worst = _show(workspace)
    console().print()
    say(f"The agreement and its records lie in {FOLDER}/. Look at next:")
    for purpose, words in _NEXT:
        say(f"\n  {purpose}:")
        say(f"    {_command()} {words.format(agreement=agreement, folder=FOLDER, kpi=kpi, worst=worst)}")


def _lay_out(folder: Path) -> None:
    """Write the files that are not there yet; files that are there are kept, also where they were changed."""
    try:
        folder.mkdir(exist_ok=True)
        for source in files("rapport.cli").joinpath("demo").iterdir():
            target = folder / source.name
            if not target.exists():
                target.write_bytes(source.read_bytes())
    except OSError as error:
        fail(f"{folder}: cannot be written here: {error.strerror}. Change to a folder of yours.", Exit.USAGE)


def _show(workspace: Workspace) -> tuple[str, str]:
    """Show where every KPI stands, and the first one's course; that KPI's id and its worst complete period."""
    data = evaluate(workspace).to_json()
    agreement = data["agreement"]
    whole = [row for row in data["results"] if row["group"] is None]
    say(f"{agreement['title']}: {agreement['client']} and {agreement['partner']}, measured to {short(data['as_of'])}")
    console().print()
    show_table("Latest complete period", _HEADINGS, _standings(workspace, whole))
    console().print()
    kpi = workspace.agreement.kpis[0]
    course = [row for row in whole if row["kpi"] == kpi.id]
    show_kpi(kpi, course)
    console().print()
    show_records(workspace.reports())
    return kpi.id, _worst(course)


_HEADINGS = ("KPI", "period", "value", "unit", "target", "status", "records", "not counted")


def _standings(workspace: Workspace, rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for kpi in workspace.agreement.kpis:
        complete = [row for row in rows if row["kpi"] == kpi.id and row["complete"]]
        for row in complete[-1:]:
            status = row["status"].replace("_", " ")
            left_out = row["excluded"] + row["missing"]
            yield kpi.name, row["period"], row["value"], kpi.unit, row["target"], status, row["counted"], left_out


def _worst(course: list[dict[str, Any]]) -> str:
    """The complete period that lies furthest below its target, in a KPI where higher is better."""
    judged = [row for row in course if row["complete"] and row["value"] is not None]
    worst = min(judged or course, key=lambda row: (row["value"] or 0) - row["target"])
    return str(worst["period"])


def _command() -> str:
    """How this command can be called again from here."""
    called = sys.argv[0]
    return called if shutil.which("rapport") is None and Path(called).name == "rapport" else "rapport"
