"""The built-in example tells its story, and every command it names works."""

import os
import shlex

import make_demo
import pytest

from rapport.cli import example


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def demo_files():
    return make_demo.demo_files()


def test_demo_is_what_its_script_makes(demo, demo_files):
    assert {path.name: path.read_text(encoding="utf-8") for path in demo.parent.glob("*.csv")} == demo_files


def test_demo_is_small(demo_files):
    assert sum(map(len, demo_files.values())) < 120_000


def test_example_names_commands_that_work(rapport, here):
    shown = rapport("example").stdout
    commands = [line.strip() for line in shown.splitlines() if line.startswith("    ")]

    assert len(commands) == len(example._NEXT)
    for command in commands:
        name, *words = shlex.split(command)
        assert name == "rapport"
        rapport(*words)
    assert (here / "rapport-example" / "report.html").stat().st_size > 10_000


@pytest.mark.usefixtures("here")
def test_example_names_the_weak_month(rapport):
    assert "--period 2025-11 --failed" in rapport("example").stdout


def test_example_works_twice_and_keeps_changes(rapport, here):
    first = rapport("example").stdout
    agreement = here / "rapport-example" / "agreement.yaml"
    changed = agreement.read_text(encoding="utf-8").replace("title: Service desk", "title: Changed")
    agreement.write_text(changed, encoding="utf-8")
    second = rapport("example").stdout

    assert second == first.replace("Service desk:", "Changed:")
    assert agreement.read_text(encoding="utf-8") == changed


def test_example_puts_back_a_file_that_is_gone(rapport, here):
    rapport("example")
    (here / "rapport-example" / "holds.csv").unlink()

    rapport("example")
    assert (here / "rapport-example" / "holds.csv").exists()


def test_example_says_where_it_cannot_write(rapport, here):
    (here / "rapport-example").write_text("in the way", encoding="utf-8")

    assert "cannot be written" in rapport("example", code=2).stderr


@pytest.mark.parametrize(("called", "on_path", "shown"), [
    (".venv/bin/rapport", None, ".venv/bin/rapport"),
    (".venv/bin/rapport", "/usr/bin/rapport", "rapport"),
    ("-c", None, "rapport"),
])  # fmt: skip
def test_example_calls_itself_as_it_was_called(called, on_path, shown, monkeypatch):
    monkeypatch.setattr("sys.argv", [called, "example"])
    monkeypatch.setattr("shutil.which", lambda _: on_path)

    assert example._command() == shown


@pytest.fixture(scope="module")
def results(demo):
    from rapport.cli.session import open_workspace
    from rapport.engine.evaluate import evaluate

    with open_workspace(demo, [], None) as workspace:
        yield evaluate(workspace).to_json()


def result(results, kpi, period):
    return next(row for row in results["results"] if (row["kpi"], row["period"]) == (kpi, period))


@pytest.mark.parametrize(("period", "target", "status"), [
    ("2025-01", 70, "met"),
    ("2025-06", 80, "met"),
    ("2025-07", 90, "met"),
    ("2025-11", 90, "below_minimum"),
    ("2026-02", 90, "met"),
])  # fmt: skip
def test_demo_partner_grows_into_the_work(results, period, target, status):
    row = result(results, "resolved-in-time", period)

    assert (row["target"], row["status"]) == (target, status)


def test_demo_has_a_running_month_with_open_tickets(results):
    row = result(results, "resolved-in-time", "2026-03")

    assert not row["complete"]
    assert row["pending"] > 0


def test_demo_leaves_out_storm_damage(results):
    assert result(results, "resolved-in-time", "2026-01")["excluded"] == 9


def test_demo_has_too_few_urgent_tickets_to_judge(results):
    assert {row["status"] for row in results["results"] if row["kpi"] == "urgent"} == {"low_volume"}


def test_demo_lacks_a_survey(results):
    row = result(results, "satisfaction", "2025-Q4")

    assert (row["value"], row["status"], row["coverage"]) == (None, "no_data", None)


def test_demo_has_dirty_rows_within_its_limit(results):
    report = results["records"]["tickets"]

    assert (report["rejected"], report["duplicate"], report["out_of_term"]) == (3, 2, 1)
    assert report["flagged"] == {"closed before opened": 1}


def test_demo_gains_from_the_clients_failed_duty(rapport_json, demo, tmp_path):
    """Without its relief periods the partner would be late with more tickets."""
    folder = tmp_path / "demo"
    folder.mkdir()
    for path in demo.parent.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "duties.csv").write_text("duty,failed_from,failed_to,what" + os.linesep, encoding="utf-8")
    strict = rapport_json("evaluate", folder / "agreement.yaml", "--period", "2025-09")
    eased = rapport_json("evaluate", demo, "--period", "2025-09")

    assert (
        result(strict, "resolved-in-time", "2025-09")["value"] < result(eased, "resolved-in-time", "2025-09")["value"]
    )


def test_demo_reconciliation_finds_the_planted_causes(rapport_json, demo):
    data = rapport_json("reconcile", demo, "--verdict", "met_sla")
    causes = {(item["cause"], item["words"]): item["records"] for item in data["causes"]}

    assert causes["stop event", "stopped by resolved"] > 10
    assert causes["calendar", "calendar 24x7"] > 5
    assert causes["pauses", "no relief"] > 1
    assert not any(cause == "unexplained" for cause, _ in causes)


def test_demo_fit_finds_the_partners_stop_and_calendar(rapport_json, demo):
    best = rapport_json("fit", demo, "--verdict", "met_sla")["best"]

    assert (best["definition"]["stop"], best["definition"]["calendar"]) == ("resolved", "desk")
    assert best["agreement_held_out"] > 0.9


def test_demo_has_tickets_about_to_breach(rapport_json, demo):
    data = rapport_json("watch", demo, "--ahead", "24h")
    due = [item["key"] for item in data["about_to_breach"] if item["kpi"] == "resolved-in-time"]

    assert len(due) >= 4
    assert {kpi["kpi"]: kpi["signals"] for kpi in data["kpis"]}["hours-to-close"] != []
