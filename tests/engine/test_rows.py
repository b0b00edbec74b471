"""The records behind a number add up to it, and say what each did and why."""

from collections import Counter
from random import Random

import pytest

from rapport.engine.evaluate import evaluate
from rapport.engine.rows import records_behind

HOUR = 3600
RULES = [{"name": "Client's fault", "when": "team = 'client'"}, {"name": "Test", "when": "again > 2"}]
COLUMNS = {"opened": "time", "closed": "time", "team": "text", "again": "number", "ok": "boolean"}
KINDS = {
    "share_within_limit": {},
    "elapsed_time": {},
    "backlog_age": {"direction": "lower"},
    "reopen_rate": {"reopened": "again > 0", "direction": "lower"},
    "first_time_right": {"reopened": "again > 0"},
    "share": {"condition": "ok", "at": "opened"},
    "mean": {"field": "again", "at": "opened"},
    "sum": {"field": "again", "at": "opened"},
    "count": {"at": "opened"},
    "ratio": {"numerator": "again", "denominator": "again + 1", "at": "opened"},
    "reported": {"value": "again", "at": "opened"},
}
JUDGED = ("share_within_limit", "first_time_right", "share", "reopen_rate")


@pytest.fixture(scope="module")
def asked(desk, workspace):
    """A workspace with a KPI of every kind over three months of tickets, two of them seen through rolling windows."""
    random, start = Random(5), desk.utc("2026-01-01 00:00")
    tickets = []
    for number in range(150):
        opened = start + random.randrange(89 * 86400)
        closed = None if random.random() < 0.15 else opened + random.randrange(8 * HOUR)
        tickets.append(
            {
                "id": f"T{number}",
                "opened": desk.cell(opened),
                "closed": desk.cell(closed),
                "team": random.choice(["client", "north", ""]),
                "again": random.choice(["", "0", "0", "1", "3"]),
                "ok": random.choice(["yes", "no", ""]),
            }
        )
    kpis = [
        desk.kpi(kind, id=kind, exclusions=RULES, filter="team <> 'north' or again is not null", **parts)
        for kind, parts in KINDS.items()
    ]
    rolling = {"kind": "rolling", "months": 2}
    kpis += [
        {**kpi, "id": f"{kpi['id']}-rolling", "period": {**rolling, "by": kpi["period"]["by"]}}
        for kpi in kpis
        if kpi["kind"] in ("share_within_limit", "reported")
    ]
    data = desk.agreement(sources={"tickets": desk.source(**COLUMNS)}, kpis=kpis)
    return workspace(data, tickets=tickets)


@pytest.mark.parametrize("kpi", [*KINDS, "share_within_limit-rolling", "reported-rolling"])
def test_rows_add_up_to_the_result(asked, kpi):
    results = evaluate(asked, [kpi]).to_json()["results"]
    assert len(results) == 3
    for result in results:
        rows = records_behind(asked, kpi, result["period"]).rows
        states = Counter(row["state"] for row in rows)
        assert [len(rows), *(states[name] for name in ("counted", "excluded", "missing", "pending"))] == [
            result[name] for name in ("records", "counted", "excluded", "missing", "pending")
        ]
        counted = [row for row in rows if row["state"] == "counted"]
        assert sum(row["amount"] for row in counted) == (result["numerator"] or 0)
        assert sum(row["weight"] for row in counted) == (result["denominator"] or 0)
        assert len({row["key"] for row in rows}) == len(rows)


@pytest.mark.parametrize("kpi", JUDGED)
def test_failed_rows_are_those_that_count_against_the_result(asked, kpi):
    for result in evaluate(asked, [kpi]).to_json()["results"]:
        failed = records_behind(asked, kpi, result["period"], failed=True).rows
        against = result["numerator"] if kpi == "reopen_rate" else result["counted"] - result["numerator"]
        assert len(failed) == against > 0
        assert {row["state"] for row in failed} == {"counted"}


def test_excluded_rows_say_why(asked):
    rows = records_behind(asked, "share_within_limit", "2026-01").rows
    assert {row["state"] for row in rows if row["excluded_by"]} == {"excluded"}
    assert {row["excluded_by"] for row in rows if row["state"] == "excluded"} == {"Client's fault", "Test"}
    assert all(row["excluded_by"] for row in rows if row["state"] == "excluded")


def test_single_records_of_other_kinds_do_not_fail(asked):
    with pytest.raises(LookupError, match="'elapsed_time', a elapsed_time, neither pass nor fail"):
        records_behind(asked, "elapsed_time", "2026-01", failed=True)


@pytest.mark.parametrize(
    ("kpi", "period", "told"),
    [
        ("speed", "2026-01", "no KPI 'speed' in this agreement; it has share_within_limit"),
        ("share", "2026-13", "there is no period '2026-13'; the nearest are 2026-0"),
    ],
)
def test_unknown_kpis_and_periods_are_refused(asked, kpi, period, told):
    with pytest.raises(LookupError, match=told):
        records_behind(asked, kpi, period)


@pytest.fixture(scope="module")
def runs(desk, facts):
    """What three tickets did in office hours: one late with pauses that overlap, one in time, one open and not due."""
    tickets = [
        {"id": "late", "opened": "2026-01-05 10:00:00", "closed": "2026-01-06 16:00:00"},
        {"id": "quick", "opened": "2026-01-05 16:00:00", "closed": "2026-01-06 09:30:00"},
        {"id": "open", "opened": "2026-01-06 15:00:00", "closed": ""},
    ]
    holds = [
        ("late", "2026-01-05 13:00:00", "2026-01-05 15:00:00"),
        ("late", "2026-01-05 11:00:00", "2026-01-05 12:00:00"),
        ("late", "2026-01-05 12:00:00", "2026-01-05 12:30:00"),
        ("late", "2026-01-05 14:00:00", "2026-01-05 14:30:00"),
        ("late", "2026-01-05 22:00:00", "2026-01-05 23:00:00"),
        ("late", "2026-01-06 15:30:00", ""),
        ("quick", "2026-01-07 09:00:00", "2026-01-07 10:00:00"),
    ]
    pauses = [{"source": "holds", "record": "ticket", "start": "begun", "end": "ended"}]
    data = desk.agreement(
        calendars={"office": {"hours": {"mon-fri": "09:00-17:00"}}},
        sources={
            "tickets": desk.source(opened="time", closed="time"),
            "holds": desk.source(ticket="text", begun="time", ended="time"),
        },
        clocks={"handling": desk.clock(calendar="office", pauses=pauses)},
        kpis=[desk.kpi(period="year")],
    )
    named = [
        {"id": number, "ticket": ticket, "begun": begun, "ended": ended}
        for number, (ticket, begun, ended) in enumerate(holds)
    ]
    return facts(data, as_of="2026-01-06T16:30", tickets=tickets, holds=named)


def test_a_late_row_shows_its_run(runs):
    """Seven hours on Monday and seven on Tuesday, less four in pauses; due after four hours and the pauses."""
    late = runs["late"]
    assert (late.verdict, late.elapsed, late.paused) == ("late", 10 * HOUR, 4 * HOUR)
    assert [[moment[5:16] for moment in pause] for pause in late.pauses] == [
        ["01-05T11:00", "01-05T12:30"],
        ["01-05T13:00", "01-05T15:00"],
        ["01-05T22:00", "01-05T23:00"],
        ["01-06T15:30", "01-06T16:00"],
    ]
    assert (late.limit, late.deadline[:16], late.overdue_by) == ("4h", "2026-01-06T10:00", 6 * HOUR)
    assert (late.file, late.row, late.columns) == ("tickets0.csv", 2, {"id": "late"})


def test_rows_in_time_and_open_rows_are_not_overdue(runs):
    assert (runs["quick"].verdict, runs["quick"].elapsed, runs["quick"].overdue_by) == ("within", 5400, None)
    assert runs["quick"].pauses == []
    assert (runs["open"].state, runs["open"].stop, runs["open"].verdict) == ("pending", None, None)
    assert runs["open"].deadline[:16] == "2026-01-07T11:00"


def test_a_key_of_several_columns_is_shown_whole(desk, workspace):
    data = desk.agreement(
        sources={"tickets": {**desk.source(line="number", opened="time"), "key": ["id", "line"]}},
        clocks={},
        kpis=[desk.kpi("count", at="opened")],
    )
    rows = [{"id": "A", "line": line, "opened": "2026-01-05 10:00:00"} for line in (1, 2)]
    found = records_behind(workspace(data, tickets=rows), "k", "2026-01").rows
    assert [(row["key"], row["columns"]) for row in found] == [
        ("A / 1", {"id": "A", "line": 1}),
        ("A / 2", {"id": "A", "line": 2}),
    ]
