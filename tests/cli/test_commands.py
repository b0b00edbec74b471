"""The commands as people and programs meet them: help, exit codes, output, refusals."""

import csv
import io
import json
import subprocess
import sys
from typing import get_args

import pytest

from rapport.cli.show import show_csv
from rapport.engine import agreement as doc

COMMANDS = ["evaluate", "rows", "reconcile", "fit", "watch", "sample", "check", "init", "schema", "example"]
HEAVY = ("duckdb", "numpy", "pyarrow", "pydantic", "scipy", "sqlglot", "yaml")


def test_help_names_every_command(rapport):
    shown = rapport("--help").stdout

    assert [command for command in COMMANDS if f" {command} " not in shown] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_help(rapport, command):
    assert "Usage: rapport " + command in rapport(command, "--help").stdout


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from rapport.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--period", "2026-01"],
        ["--as-of", "2026-01-31"],
        ["--as-of", "2026-01-07T13:00"],
    ],
)
def test_evaluate_json_is_pure(rapport_json, small, words):
    data = rapport_json("evaluate", small, *words)

    assert data.keys() == {"agreement", "as_of", "results", "scores", "records"}
    assert data["agreement"]["client"] == "Client"


def test_evaluate_json_holds_value_counts_and_status(rapport_json, small):
    data = rapport_json("evaluate", small)
    january = data["results"][0]

    assert (january["kpi"], january["period"], january["value"]) == ("in-time", "2026-01", 75)
    assert (january["numerator"], january["denominator"], january["counted"]) == (3, 4, 4)
    assert (january["status"], january["band"], january["target"]) == ("below_target", "Poor", 90)
    assert data["scores"][0] == {"period": "2026-01", "score": 0, "covered_weight": 1}
    assert data["records"]["tickets"]["used"] == 8


def test_evaluate_same_twice_is_same_bytes(rapport, small):
    assert rapport("evaluate", small, "--json").stdout == rapport("evaluate", small, "--json").stdout


def test_evaluate_csv_has_a_row_per_result(rapport, rapport_json, small):
    result = rapport("evaluate", small, "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))

    assert result.stderr == ""
    assert len(rows) == len(rapport_json("evaluate", small)["results"])
    assert (rows[0]["kpi"], rows[0]["value"], rows[0]["status"]) == ("in-time", "75", "below_target")


def test_evaluate_table_is_for_people(rapport, small):
    shown = rapport("evaluate", small).stdout

    assert "Closed within four hours (%)" in shown
    assert "below target" in shown
    assert "Weighted score" in shown


def test_evaluate_takes_other_records(rapport_json, small, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("ticket,opened,closed,due,ok\nX,2026-03-02 08:00,2026-03-02 09:00,,\n", encoding="utf-8")

    assert rapport_json("evaluate", small, other)["records"]["tickets"]["read"] == 1
    assert rapport_json("evaluate", small, f"tickets={other}")["records"]["tickets"]["read"] == 1


def test_evaluate_writes_a_report(rapport, small, tmp_path):
    rapport("evaluate", small, "--html", tmp_path / "report.html")

    assert "Closed within four hours" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--period", "2027-01"], "2026-01, 2026-02"),
        (["--as-of", "yesterday"], "write a date such as"),
        (["--engine", "abacus"], "duckdb or spark"),
        (["--json", "--csv"], "choose one of the two"),
        (["nowhere.csv"], "there is no such file"),
        (["--html", "/nowhere/report.html"], "cannot be written"),
    ],
)
def test_evaluate_refuses_wrong_usage(rapport, small, words, told):
    result = rapport("evaluate", small, *words, code=2)

    assert told in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["evaluate", "check", "watch", "fit", "reconcile"])
def test_agreement_that_is_not_there_is_wrong_usage(rapport, command, tmp_path):
    assert "cannot be read" in rapport(command, tmp_path / "none.yaml", code=2).stderr


FAULTY = """
rapport: 1
id: faulty
title: Faulty
parties: {client: {name: Client}, partner: {name: Partner}}
term: {from: 2026-12-31, to: 2026-01-01}
sources:
  tickets: {format: csv, key: tickt, columns: {ticket: text, opened: time}}
kpis:
  - {id: count, name: Count, kind: count, source: ticket, period: {kind: month, by: opened}, direction: lower,
     bands: [{name: Good, edge: 5, target: true}]}
"""


@pytest.fixture
def faulty(tmp_path):
    path = tmp_path / "faulty.yaml"
    path.write_text(FAULTY, encoding="utf-8")
    return path


def test_check_lists_all_faults_with_their_lines(rapport, faulty):
    lines = rapport("check", faulty, code=3).stdout.splitlines()

    assert [line.split(" (")[1].split(")")[0] for line in lines] == [
        "term.to", "sources.tickets.key", "kpis.0.source", "kpis.0.bands", "kpis.0.bands",
    ]  # fmt: skip
    assert all(line.startswith(f"{faulty}:line ") and "expected" in line for line in lines)


def test_check_json_says_what_to_mend(rapport_json, faulty):
    data = rapport_json("check", faulty, code=3)
    fault = data["faults"][1]

    assert data["valid"] is False
    assert (fault["line"], fault["path"], fault["seen"]) == (8, "sources.tickets.key", "'tickt'")
    assert "ticket" in fault["mend"]


def test_check_says_what_is_uncovered(rapport_json, demo):
    data = rapport_json("check", demo)

    assert data["valid"] is True
    assert len(data["digest"]) == 64
    assert data["uncovered"] == [
        "No KPI measures the objective 'A ticket costs less every year'.",
        "No KPI measures the need 'The service is worth its price'.",
    ]


@pytest.mark.parametrize("words", [["evaluate"], ["watch"], ["fit", "--verdict", "ok"], ["reconcile", "--due", "due"]])
def test_faulty_agreement_ends_with_3(rapport, faulty, words):
    command, *options = words
    result = rapport(command, faulty, *options, code=3)

    assert "5 to mend; nothing was computed." in result.stderr
    assert result.stdout == ""


def test_refused_records_end_with_4(rapport, small, tmp_path):
    (tmp_path / "tickets.csv").write_text("ticket,opened\nA,soon\n", encoding="utf-8")
    result = rapport("evaluate", small, "--json", code=4)

    assert "tickets.csv" in result.stderr
    assert result.stdout == ""


def test_absent_records_end_with_4(rapport, small, tmp_path):
    (tmp_path / "tickets.csv").unlink()

    assert "tickets.csv cannot be opened" in rapport("evaluate", small, code=4).stderr


def test_rows_json_leads_from_the_number_to_its_records(rapport_json, small):
    data = rapport_json("rows", small, "--kpi", "in-time", "--period", "2026-01", "--failed")
    row = data["rows"][0]

    assert (data["kpi"], data["period"], data["count"]) == ("in-time", "2026-01", 1)
    assert (row["key"], row["file"], row["row"], row["verdict"]) == ("C", "tickets.csv", 4, "late")
    assert (row["elapsed"], row["limit"], row["overdue_by"]) == (6 * 3600, "4h", 2 * 3600)


def test_rows_csv_lists_all_and_disarms_formulas(rapport, small):
    result = rapport("rows", small, "--kpi", "in-time", "--period", "2026-02", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))

    assert [row["key"] for row in rows] == ["E", "F", "'=G", "H"]
    assert rows[0]["columns.ticket"] == "E"


def test_csv_cells_begin_no_row_and_no_formula_of_their_own(capsys):
    show_csv([{"a": "x\r=1+1", "b": "=1+1"}, {"a": "two\r\nlines", "b": -1}], ["a", "b"])

    rows = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert rows == [["a", "b"], ["x\n=1+1", "'=1+1"], ["two\nlines", "-1"]]


def test_rows_table_shows_the_first_fifty(rapport, rapport_json, demo):
    words = ("rows", demo, "--kpi", "resolved-in-time", "--period", "2026-01")
    count = rapport_json(*words)["count"]
    shown = rapport(*words).stdout

    assert count > 50
    assert shown.count("T-1") == 50
    assert f"{count} records" in shown
    assert f"{count - 50} of them not shown here; --json or --csv lists all" in shown


@pytest.mark.parametrize(
    ("kpi", "period", "told"),
    [
        ("in-tim", "2026-01", "it has in-time, hours"),
        ("in-time", "2026-1", "the nearest are"),
        ("hours", "2026-01", "leave out --failed"),
    ],
)
def test_rows_refuses_what_is_not_there(rapport, small, kpi, period, told):
    assert told in rapport("rows", small, "--kpi", kpi, "--period", period, "--failed", code=2).stderr


def test_reconcile_json_sorts_verdicts(rapport_json, small):
    data = rapport_json("reconcile", small, "--verdict", "ok")

    assert (data["kpi"], data["compared"], data["agreed"]) == ("in-time", 7, 5)
    assert [(row["key"], row["ours"], row["theirs"]) for row in data["rows"]] == [
        ("C", "late", "within"),
        ("F", "within", "late"),
    ]


def test_reconcile_json_compares_due_times(rapport_json, small):
    data = rapport_json("reconcile", small, "--due", "due", "--tolerance", "10m")

    assert (data["compared"], data["agreed"]) == (8, 7)
    assert data["rows"][0]["key"] == "C"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--verdict COLUMN or --due COLUMN"),
        (["--verdict", "ok", "--due", "due"], "--verdict COLUMN or --due COLUMN"),
        (["--verdict", "closed"], "is no boolean column"),
        (["--due", "due", "--tolerance", "some"], "is not a length of time"),
    ],
)
def test_reconcile_refuses_wrong_usage(rapport, small, words, told):
    assert told in rapport("reconcile", small, *words, code=2).stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--verdict COLUMN"),
        (["--verdict", "opened"], "is no boolean column"),
        (["--verdict", "ok"], "only 7 records carry a verdict"),
    ],
)
def test_fit_refuses_what_it_cannot_use(rapport, small, words, told):
    assert told in rapport("fit", small, *words, code=2).stderr


def test_watch_json_lists_what_is_due(rapport_json, small):
    data = rapport_json("watch", small, "--as-of", "2026-02-04T12:00")

    assert data.keys() == {"as_of", "kpis", "about_to_breach"}
    assert data["about_to_breach"] == [{"kpi": "in-time", "key": "H", "due": "2026-02-04T14:00:00+00:00", "left": 7200}]


def test_watch_refuses_a_time_it_cannot_read(rapport, small):
    assert "is not a length of time" in rapport("watch", small, "--ahead", "soon", code=2).stderr


@pytest.mark.parametrize(
    ("words", "size"), [([], 59), (["--population", "100"], 45), (["--population", "100", "--tolerable", "5"], 45)]
)
def test_sample_says_how_many_to_check(rapport_json, words, size):
    assert rapport_json("sample", *words)["size"] == size


@pytest.mark.parametrize(("found", "is_supported"), [(0, True), (1, False)])
def test_sample_concludes(rapport_json, found, is_supported):
    data = rapport_json("sample", "--found", found)

    assert (data["checked"], data["found"], data["supported"]) == (59, found, is_supported)
    assert (data["upper_limit"] <= 0.05) is is_supported


def test_sample_concludes_for_a_population(rapport, rapport_json):
    assert rapport_json("sample", "--population", 100, "--found", 0)["supported"] is True
    assert "the figure is supported" in rapport("sample", "--population", 100, "--found", 0).stdout


def test_sample_draws_the_same_records_again(rapport_json, demo):
    words = ("sample", demo, "--kpi", "resolved-in-time", "--period", "2025-11", "--tolerable", "10")
    drawn, again, other = rapport_json(*words), rapport_json(*words), rapport_json(*words, "--seed", "2")

    assert drawn == again
    assert len(drawn["keys"]) == drawn["size"] < drawn["population"] == 45
    assert drawn["keys"] != other["keys"]
    assert drawn["frame_digest"] == other["frame_digest"]


@pytest.mark.parametrize(
    "words",
    [["--tolerable", "0"], ["--risk", "100"], ["--expected", "6"], ["--population", "0"], ["--found", "60"]],
)
def test_sample_refuses_numbers_that_prove_nothing(rapport, words):
    result = rapport("sample", *words, code=2)

    assert result.stdout == ""
    assert result.stderr != ""


def test_sample_refuses_a_figure_without_records(rapport, demo):
    words = ("sample", demo, "--kpi", "satisfaction", "--period", "2025-Q4")

    assert "nothing to draw from" in rapport(*words, code=2).stderr


def test_sample_asks_which_figure(rapport, demo):
    assert "--kpi KPI --period PERIOD" in rapport("sample", demo, code=2).stderr


def test_schema_is_a_json_schema_of_every_kind(rapport):
    schema = json.loads(rapport("schema").stdout)
    kinds = {get_args(kpi.model_fields["kind"].annotation)[0] for kpi in get_args(get_args(doc.Kpi)[0])}
    told = {part["properties"]["kind"]["const"] for part in schema["$defs"].values() if _has_kind(part)}

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["type"] == "object"
    assert {"rapport", "parties", "term", "sources", "kpis"} <= set(schema["required"])
    assert kinds == told
    assert len(kinds) == 12


def test_schema_refers_only_to_what_it_defines(rapport):
    text = rapport("schema").stdout
    schema = json.loads(text)

    assert set(_references(schema)) <= {f"#/$defs/{name}" for name in schema["$defs"]}


def _has_kind(part):
    return "const" in part.get("properties", {}).get("kind", {})


def _references(part):
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else [])
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
