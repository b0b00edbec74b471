"""Which period a record counts in, against the local calendar that Python's datetime shows for its moment."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from rapport.engine.evaluate import evaluate

ZONE = "Europe/London"
CLOCK_CHANGES = ["2026-03-29 01:00", "2026-10-25 01:00"]
KINDS = {
    "day": {"kind": "day"},
    "week": {"kind": "week"},
    "month": {"kind": "month"},
    "quarter": {"kind": "quarter"},
    "year": {"kind": "year"},
    "contract_month": {"kind": "contract_month", "start_day": 15},
    "rolling": {"kind": "rolling", "months": 3},
}


def contract_month(day):
    """The first day of the contract month of a day, where contract months begin on the 15th."""
    before = day.replace(day=1) - timedelta(1)
    return (day if day.day >= 15 else before).replace(day=15).isoformat()


LABELS = {
    "day": lambda day: day.isoformat(),
    "week": lambda day: "{}-W{:02}".format(*day.isocalendar()[:2]),
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    "year": lambda day: str(day.year),
    "contract_month": contract_month,
}


@pytest.fixture(scope="module")
def moments(desk):
    """Moments of the year 2026 in London: any, and those just before, at and after each midnight that may matter."""
    random = Random(11)
    start, end = (datetime(year, 1, 1, tzinfo=ZoneInfo(ZONE)).timestamp() for year in (2026, 2027))
    found = [random.randrange(int(start), int(end)) for _ in range(200)]
    days = [datetime(2026, month, day, tzinfo=ZoneInfo(ZONE)) for month in range(1, 13) for day in (1, 2, 15)]
    edges = [int(day.timestamp()) for day in days] + [desk.utc(change) for change in CLOCK_CHANGES]
    found += [edge + step for edge in edges for step in (-1, 0, 1)]
    return [moment for moment in found if start <= moment < end]


def counted(desk, workspace, moments, at="opened", **parts):
    """How many of the tickets opened at some moments each period of each kind counts."""
    tickets = [
        {"id": f"T{number}", "opened": desk.cell(moment), "closed": desk.cell(moment + 7200)}
        for number, moment in enumerate(moments)
    ]
    kpis = [
        {**desk.kpi("count" if at == "opened" else "share_within_limit", id=kind), "period": {**period, "by": at}}
        for kind, period in KINDS.items()
    ]
    data = desk.agreement(time_zone=ZONE, kpis=kpis, **parts)
    data["sources"]["tickets"]["time_zone"] = "UTC"
    run = workspace(data, as_of="2026-12-31", tickets=tickets)
    found = {}
    for row in evaluate(run).to_json()["results"]:
        found.setdefault(row["kpi"], Counter())[row["period"]] = row["numerator"] or 0
    return found


def expected(moments):
    days = [datetime.fromtimestamp(moment, ZoneInfo(ZONE)).date() for moment in moments]
    return {kind: Counter(map(label, days)) for kind, label in LABELS.items()}


def windows(months):
    """Rolling sums of three months, by the label of the window that ends with each month."""
    names = [f"2026-{month:02}" for month in range(1, 13)]
    return Counter(
        {
            f"{name} (3 months)": sum(months[part] for part in names[max(0, n - 2) : n + 1])
            for n, name in enumerate(names)
        }
    )


@pytest.mark.parametrize("at", ["opened", "start"])
def test_records_count_in_the_period_of_their_local_day(desk, workspace, moments, at):
    found = counted(desk, workspace, moments, at)
    for kind, counts in expected(moments).items():
        assert found[kind] == counts, kind
        assert found[kind].total() == len(moments)
    assert found["rolling"] == windows(expected(moments)["month"])


def test_a_record_may_count_when_it_stops_or_is_due(desk, workspace, moments):
    """Every ticket takes two hours and is due after four; those that end after the year are in none of its periods."""
    for at, hours in (("stop", 2), ("due", 4)):
        later = [moment + hours * 3600 for moment in moments]
        found = counted(desk, workspace, moments, at)
        reference = expected(later)
        for kind in ("day", "month", "quarter"):
            assert found[kind] == Counter({label: n for label, n in reference[kind].items() if "2027" not in label}), (
                kind,
                at,
            )


def test_due_times_of_days_and_of_columns_place_records_too(desk, results):
    columns = {"opened": "time", "closed": "time", "due": "time"}
    tickets = [
        {"id": "T1", "opened": "2026-01-30 12:00:00", "closed": "2026-02-01 11:00:00", "due": "2026-03-01 00:00:00"},
        {"id": "T2", "opened": "2026-01-31 12:00:00", "closed": "", "due": "2026-02-28 23:59:59"},
    ]
    clocks = {
        "days": desk.clock(limit="1 calendar day"),
        "column": desk.clock(limit=None, due="due"),
        "graceful": desk.clock(limit=None, due="due", grace="1s"),
    }
    kpis = [desk.kpi(id=name, clock=name, at="due") for name in clocks]
    data = desk.agreement(sources={"tickets": desk.source(**columns)}, clocks=clocks, kpis=kpis)
    found = results(data, tickets=tickets, as_of="2026-03-31")
    assert {name: [row.records for row in periods.values()] for name, periods in found.items()} == {
        "days": [1, 1, 0],
        "column": [0, 1, 1],
        "graceful": [0, 0, 2],
    }


def test_results_say_where_periods_begin_and_end_and_whether_they_are_over(desk, results):
    kpi = desk.kpi("count", at="opened", no_data="missed")
    data = desk.agreement(time_zone=ZONE, kpis=[kpi], term={"from": "2026-02-10", "to": "2026-12-31"})
    rows = [{"id": "T", "opened": "2026-03-02 09:00:00", "closed": ""}]
    found = results(data, tickets=rows, as_of="2026-04-01T12:00")["k"]
    assert [(name, vars(row)["from"], row.to, row.complete, row.value) for name, row in found.items()] == [
        ("2026-02", "2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00", True, None),
        ("2026-03", "2026-03-01T00:00:00+00:00", "2026-04-01T00:00:00+01:00", True, 1),
        ("2026-04", "2026-04-01T00:00:00+01:00", "2026-05-01T00:00:00+01:00", False, None),
    ]


def test_a_period_that_would_begin_at_the_given_moment_is_not_shown(desk, results):
    rows = [{"id": "T", "opened": "2026-03-02 09:00:00", "closed": ""}]
    data = desk.agreement(kpis=[desk.kpi("count", at="opened")])
    assert list(results(data, tickets=rows, as_of="2026-03-31")["k"]) == ["2026-01", "2026-02", "2026-03"]
    assert results(data, tickets=rows, as_of="2025-12-31") == {}


def test_a_moment_at_the_edge_is_in_the_running_period_when_it_is_the_latest(desk, results):
    rows = [{"id": "T", "opened": "2026-03-01 00:00:00", "closed": ""}]
    found = results(desk.agreement(kpis=[desk.kpi("count", at="opened")]), tickets=rows)["k"]
    assert [(row.period, row.value, row.complete) for row in found.values()][2:] == [("2026-03", 1, False)]


def test_records_without_the_moment_are_in_no_period(desk, results):
    rows = [{"id": "T", "opened": "2026-01-02 09:00:00", "closed": ""}, {"id": "U", "opened": "", "closed": ""}]
    found = results(desk.agreement(kpis=[desk.kpi("count", at="opened")]), tickets=rows)["k"]
    assert found["2026-01"].records == 1


def test_the_term_is_told_in_the_zone_of_the_agreement(desk, results):
    """Opened on the last and first seconds of the term's local days; the year begins five hours later in New York."""
    rows = [
        {"id": str(number), "opened": opened, "closed": ""}
        for number, opened in enumerate(
            ["2026-01-01 04:59:59", "2026-01-01 05:00:00", "2027-01-01 04:59:59", "2027-01-01 05:00:00"]
        )
    ]
    data = desk.agreement(time_zone="America/New_York", kpis=[desk.kpi("count", at="opened", period="year")])
    data["sources"]["tickets"] |= {"time_zone": "UTC", "opened": "opened"}
    found = results(data, tickets=rows, as_of="2027-06-30")["k"]
    assert {name: row.value for name, row in found.items()} == {"2026": 2}
