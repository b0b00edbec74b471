"""The example agreements on the real records they are about, which lie beside the checkout and are no part of it.

The figures are compared with calculations of the tests' own, here and in the modules named after this one.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from event_logs import first_cases
from rapport.engine.backend import DuckDbBackend
from rapport.engine.check import uncovered
from rapport.engine.document import load
from rapport.engine.evaluate import evaluate
from rapport.engine.fit import fit
from rapport.engine.moments import instant_of
from rapport.engine.reconcile import reconcile_verdicts
from rapport.engine.workspace import Workspace

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml"))
AS_OF = {
    "mta-kpis": "2013-12-31",
    "nhs-ae": "2017-09-30",
    "permits": "2015-03-03T18:00",
    "uptime-checks": "2024-01-27T01:06",
}
"""The moment to measure to, where the latest moment in the records is not the one that is meant."""


EVENT_LOGS = {"permits": "municipality_1.xes.gz", "volvo-incidents": "incidents.xes.gz"}
"""Logs that take seconds to read."""


def records(name):
    """The folder with the records of an example; skips where there is none."""
    if not (DATA / name).is_dir():
        pytest.skip(f"the real records are not beside the checkout, in {DATA}")
    return DATA / name


def opened(name, folder=None):
    """An example with its records, ready to be asked; given a folder, with the first cases of its log put there."""
    records(name)
    document = load(EXAMPLES / f"{name}.yaml")
    as_of = AS_OF.get(name)
    given = instant_of(as_of, document.agreement.time_zone) if as_of else None
    files = {}
    if folder:
        log = first_cases(records(name) / EVENT_LOGS[name], folder)
        files = {source: [log] for source in document.agreement.sources}
    return Workspace(document, DuckDbBackend(), files, given)


@cache
def workspace(name):
    return opened(name)


@cache
def evaluated(name):
    """All results of an example as plain data, computed once for all tests of a process."""
    return evaluate(workspace(name)).to_json()


def results(name, kpi):
    """A KPI's results by period and group; the group of the whole is None."""
    rows = [row for row in evaluated(name)["results"] if row["kpi"] == kpi]
    return {(row["period"], ", ".join(row["group"].values()) if row["group"] else None): row for row in rows}


def values(name, kpi):
    """A KPI's values by period and group, without periods in which nothing was measured."""
    return {key: row["value"] for key, row in results(name, kpi).items() if row["value"] is not None}


def report(name, source):
    return evaluated(name)["records"][source]


def test_examples_are_those_that_are_documented():
    page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"examples/{name}.yaml" not in page] == []


@pytest.mark.parametrize("name", NAMES)
def test_example_has_no_fault_and_measures_every_objective(name):
    assert uncovered(load(EXAMPLES / f"{name}.yaml").agreement) == []


@pytest.mark.parametrize("name", NAMES)
def test_example_accounts_for_every_row_and_record(name):
    for account in evaluated(name)["records"].values():
        told = (account[part] for part in ("used", "rejected", "duplicate", "out_of_term"))
        assert account["read"] == sum(told)
        assert account["read"] > 0
        assert len(account["rejects"]) == account["rejected"]
    for row in evaluated(name)["results"]:
        assert row["records"] == sum(row[part] for part in ("counted", "excluded", "missing", "pending"))


@pytest.mark.parametrize("name", NAMES)
def test_example_has_groups_that_add_up_to_the_whole(name):
    for kpi in workspace(name).agreement.kpis:
        if not kpi.by or kpi.kind in ("availability", "reported"):
            continue
        found = results(name, kpi.id)
        for (period, group), whole in found.items():
            if group is None:
                parts = [row for (other, name_), row in found.items() if other == period and name_ is not None]
                assert sum(row["counted"] for row in parts) == whole["counted"]
                assert sum(row["numerator"] or 0 for row in parts) == pytest.approx(whole["numerator"] or 0)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in EVENT_LOGS])
def test_example_gives_the_same_bytes_twice(name):
    again = opened(name)
    assert json.dumps(evaluate(again).to_json()) == json.dumps(evaluated(name))
    again.backend.close()


@pytest.mark.parametrize("name", EVENT_LOGS)
def test_example_gives_the_same_bytes_twice_from_the_first_cases_of_its_log(name, tmp_path):
    first, second = (evaluate(opened(name, tmp_path)).to_json() for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert any(row["counted"] for row in first["results"])


def test_uci_incidents_fit_finds_the_operators_definition_by_itself(tmp_path):
    text = (EXAMPLES / "uci-incidents.yaml").read_text(encoding="utf-8")
    for told in ("14:00-23:00", "62h", "134h"):
        assert told in text
    text = text.replace("14:00-23:00", "09:00-17:00").replace("62h", "1h").replace("134h", "1h")
    agreement = tmp_path / "untold.yaml"
    agreement.write_text(text, encoding="utf-8")
    files = {"incidents": [records("uci-incidents") / "incident_event_log.csv.gz"]}
    untold = Workspace(load(agreement), opened("uci-incidents").backend, files)

    found = fit(untold, "made_sla", "closed-in-time")

    best = found.candidates[0]
    assert best.agreement_held_out >= 0.99
    # A day that ends at midnight explains as many verdicts, with longer limits.
    assert best.definition()["calendar"] in ("mon-fri 14:00-23:00", "mon-fri 14:00-24:00")
    assert found.trained + found.held_out == 8_581 + 384


def test_uci_incidents_reconcile_with_the_operators_verdicts():
    found = reconcile_verdicts(workspace("uci-incidents"), "made_sla", "closed-in-time")
    assert found.compared == 8_581 + 384
    assert found.agreement_rate >= 0.999
    assert len(found.differences) == found.compared - found.agreed
    assert all(difference.cause and difference.words for difference in found.differences)
