"""The `rapport` command. Heavy parts are imported when a command runs, so that help appears at once."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="rapport",
    help="Agreements and real service records in, verified results out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AgreementFile = Annotated[Path, typer.Argument(help="The agreement, a YAML file.", metavar="AGREEMENT")]
RecordFiles = Annotated[
    list[str] | None,
    typer.Argument(
        help="Record files in place of those the agreement names: FILE, or SOURCE=FILE.", metavar="[RECORDS]..."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Plain data as JSON on standard output.")]
Csv = Annotated[bool, typer.Option("--csv", help="Plain data as CSV on standard output.")]
AsOf = Annotated[
    str | None,
    typer.Option(help="Measure open records to this date or time; to the latest moment in the records unless given."),
]
Store = Annotated[
    Path | None,
    typer.Option(help="Keep what was read and measured in this folder; nothing is read or measured twice."),
]
Engine = Annotated[str, typer.Option(help="duckdb, or spark.", metavar="ENGINE")]
Master = Annotated[
    str,
    typer.Option(help="Spark's address: local[2], spark://HOST:7077, or sc://HOST:15002.", metavar="ADDRESS"),
]
KpiId = Annotated[str, typer.Option(help="The KPI's id.", metavar="KPI")]
OptionalKpiId = Annotated[str | None, typer.Option(help="The KPI's id, where several fit.", metavar="KPI")]


@app.command()
def evaluate(
    agreement: AgreementFile,
    records: RecordFiles = None,
    json: Json = False,
    csv: Csv = False,
    html: Annotated[Path | None, typer.Option(help="Write a report with charts to this file.")] = None,
    period: Annotated[str | None, typer.Option(help="Only this period, such as 2026-03 or 2026-Q1.")] = None,
    as_of: AsOf = None,
    store: Store = None,
    engine: Engine = "duckdb",
    master: Master = "local[2]",
) -> None:
    """Compute every KPI for every period, with the counts behind each value."""
    from rapport.cli import evaluate as command
    from rapport.cli.session import open_workspace

    with open_workspace(agreement, records or [], as_of, engine, master, store) as workspace:
        command.run(workspace, period, html, _output(json, csv))


@app.command()
def rows(
    agreement: AgreementFile,
    kpi: KpiId,
    period: Annotated[str, typer.Option(help="The period, such as 2026-03.", metavar="PERIOD")],
    records: RecordFiles = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only records that count against the KPI.")] = False,
    json: Json = False,
    csv: Csv = False,
    as_of: AsOf = None,
    engine: Engine = "duckdb",
    master: Master = "local[2]",
) -> None:
    """Show the records behind a number: start, stop, pauses, elapsed, limit, deadline, why excluded."""
    from rapport.cli import rows as command
    from rapport.cli.session import open_workspace

    with open_workspace(agreement, records or [], as_of, engine, master) as workspace:
        command.run(workspace, kpi, period, failed, _output(json, csv))


@app.command()
def reconcile(
    agreement: AgreementFile,
    records: RecordFiles = None,
    verdict: Annotated[
        str | None, typer.Option(help="The column with the partner's own verdicts.", metavar="COLUMN")
    ] = None,
    due: Annotated[str | None, typer.Option(help="The column with the partner's due times.", metavar="COLUMN")] = None,
    tolerance: Annotated[str, typer.Option(help="How far due times may lie apart and count as the same.")] = "2m",
    kpi: OptionalKpiId = None,
    json: Json = False,
    as_of: AsOf = None,
    engine: Engine = "duckdb",
    master: Master = "local[2]",
) -> None:
    """Compare our verdicts, or due times, with the partner's and sort the differences into causes."""
    from rapport.cli import reconcile as command
    from rapport.cli.session import open_workspace

    with open_workspace(agreement, records or [], as_of, engine, master) as workspace:
        command.run(workspace, verdict, due, tolerance, kpi, json)


@app.command()
def fit(
    agreement: AgreementFile,
    records: RecordFiles = None,
    verdict: Annotated[str, typer.Option(help="The column with the partner's own verdicts.", metavar="COLUMN")] = "",
    kpi: OptionalKpiId = None,
    json: Json = False,
    as_of: AsOf = None,
    engine: Engine = "duckdb",
    master: Master = "local[2]",
) -> None:
    """Find the definition the partner's verdicts were really made with."""
    from rapport.cli import fit as command
    from rapport.cli.session import open_workspace

    with open_workspace(agreement, records or [], as_of, engine, master) as workspace:
        command.run(workspace, verdict, kpi, json)


@app.command()
def watch(
    agreement: AgreementFile,
    records: RecordFiles = None,
    ahead: Annotated[str, typer.Option(help="List open records that are due within this time.")] = "24h",
    json: Json = False,
    as_of: AsOf = None,
    engine: Engine = "duckdb",
    master: Master = "local[2]",
) -> None:
    """Warn early: chart signals, the chance of missing the running period, records about to breach."""
    from rapport.cli import watch as command
    from rapport.cli.session import open_workspace

    with open_workspace(agreement, records or [], as_of, engine, master) as workspace:
        command.run(workspace, ahead, json)


@app.command()
def sample(
    agreement: Annotated[
        Path | None, typer.Argument(help="Draw from the records of a KPI of this agreement.", metavar="[AGREEMENT]")
    ] = None,
    records: RecordFiles = None,
    kpi: OptionalKpiId = None,
    period: Annotated[str | None, typer.Option(help="The period to draw from.")] = None,
    tolerable: Annotated[float, typer.Option(help="Tolerable deviation rate in percent.")] = 5.0,
    expected: Annotated[float, typer.Option(help="Expected deviation rate in percent.")] = 0.0,
    risk: Annotated[float, typer.Option(help="Risk of relying on a wrong figure, in percent.")] = 5.0,
    population: Annotated[
        int | None, typer.Option(min=1, help="Number of records, where no agreement is given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw; the same seed draws the same records.")] = 1,
    found: Annotated[int | None, typer.Option(min=0, help="Deviations found: conclude.")] = None,
    checked: Annotated[int | None, typer.Option(min=1, help="Records checked; the computed size unless given.")] = None,
    json: Json = False,
    as_of: AsOf = None,
) -> None:
    """Say how many records to check by hand and which ones; with --found, what the check proves."""
    from rapport.cli import sample as command

    plan = command.Plan(tolerable, expected, risk, population, seed, found, checked)
    command.run(plan, agreement, records or [], kpi, period, as_of, json)


@app.command()
def check(agreement: AgreementFile, json: Json = False) -> None:
    """Report every fault of an agreement with its line, what was seen, what was expected and how to mend it."""
    from rapport.cli import check as command

    command.run(agreement, json)


@app.command()
def init(
    kind: Annotated[
        str, typer.Argument(help="service-desk, deliveries, availability or reported.", metavar="KIND")
    ] = "service-desk",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """Write a commented start of an agreement of a chosen kind."""
    from rapport.cli import init as command

    command.run(kind, output)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the agreement document."""
    import json

    from rapport.engine.agreement import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def example() -> None:
    """Compute a built-in example and say what to look at next."""
    from rapport.cli import example as command

    command.run()


@app.command()
def deliver(
    engagement: Annotated[int, typer.Argument(help="The engagement's number, as in its address.", metavar="NUMBER")],
    source: Annotated[str, typer.Argument(help="The source of the agreement it belongs to.", metavar="SOURCE")],
    file: Annotated[Path, typer.Argument(help="The file of records.", metavar="FILE")],
    commit: Annotated[bool, typer.Option("--commit", help="Let the records count once they were read.")] = False,
    json: Json = False,
) -> None:
    """Deliver records to an installation (RAPPORT_URL) with a key of yours (RAPPORT_KEY)."""
    from rapport.cli import deliver as command

    command.run(command.Delivery(engagement, source, file), commit, json)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 2,
    worker: Annotated[bool, typer.Option(help="Start a worker beside them, for large files and what is due.")] = True,
) -> None:
    """Serve the web application for both companies."""
    from rapport.cli import serve as command

    command.run(host, port, workers, worker)


@app.command()
def worker() -> None:
    """Work alone, without serving: read large files, compute results, do what is due."""
    from rapport.cli import worker as command

    command.run()


@app.command()
def seed() -> None:
    """Fill an empty installation with a portfolio for trying: a client and six partners with their records."""
    from rapport.cli import serve as command

    command.seed()


@app.command()
def verify(json: Json = False) -> None:
    """Calculate every chain of history anew; exit code 6 where one was tampered with."""
    from rapport.cli import serve as command

    command.verify(json)


@app.command()
def doctor(json: Json = False) -> None:
    """Say whether this installation is well, and how to mend what is not; exit code 8 where something is broken."""
    from rapport.cli import doctor as command

    command.run(json)


@app.command()
def user(
    organisation: Annotated[str, typer.Option(help="The client organisation.")],
    name: Annotated[str, typer.Option(help="The administrator's name.")],
    email: Annotated[str, typer.Option(help="The administrator's e-mail address.")],
) -> None:
    """Set up the client organisation with its first administrator; everybody else comes by invitation."""
    from rapport.cli import serve as command

    command.add_administrator(organisation, name, email)


@app.command()
def password(email: Annotated[str, typer.Argument(help="Their e-mail address.", metavar="ADDRESS")]) -> None:
    """Give somebody who lost theirs a new password, and print it; they are signed out everywhere else."""
    from rapport.cli import serve as command

    command.give_password(email)


def _output(json: bool, csv: bool) -> str:
    if json and csv:
        raise typer.BadParameter("choose one of the two", param_hint="--json, --csv")
    return "json" if json else "csv" if csv else "table"
