"""Forecasts against scipy's beta-binomial, and the records about to breach against a calculation by hand."""

from itertools import pairwise

import pytest
from scipy.stats import betabinom

from rapport.engine.watch import watch

HOUR = 3600


def tickets(desk, month, *runs):
    """Tickets opened on the second of a month of 2026, one each hour; a run is the hours it took, None is open."""
    start = desk.utc(f"2026-{month:02}-02 00:00")
    return [
        {
            "id": f"{month}-{number}",
            "opened": desk.cell(start + number * HOUR),
            "closed": desk.cell(hours and start + (number + hours) * HOUR),
            "team": "",
        }
        for number, hours in enumerate(runs)
    ]


def four_months(desk):
    """Ten, twenty and thirty tickets in complete months; then six in time, two late and one open of long ago."""
    return [
        *tickets(desk, 1, *[1] * 10), *tickets(desk, 2, *[1] * 18, 9, 9), *tickets(desk, 3, *[1] * 30),
        *tickets(desk, 4, *[1] * 6, 9, 9),
    ]  # fmt: skip


def watched(desk, workspace, rows, as_of, ahead=0, **parts):
    data = desk.agreement(
        sources={"tickets": desk.source(opened="time", closed="time", team="text")},
        calendars={"office": {"hours": {"mon-fri": "09:00-17:00"}}},
        clocks={"handling": desk.clock(), "office": desk.clock(calendar="office")},
        **parts,
    )
    return watch(workspace(data, as_of=as_of, tickets=rows), ahead)


def test_forecasts_are_beta_binomial(desk, workspace):
    kpis = [
        desk.kpi(),
        desk.kpi("share", id="late", at="opened", condition="closed - opened > '4h'", direction="lower",
                 bands=[{"name": "Poor"}, {"name": "Good", "edge": 10, "target": True}]),
        desk.kpi("elapsed_time", id="time"),
    ]  # fmt: skip
    found = {item["kpi"]: item for item in watched(desk, workspace, four_months(desk), "2026-04-15", kpis=kpis)["kpis"]}
    forecast = found["k"]["forecast"]
    assert {name: forecast[name] for name in forecast if name != "breach_probability"} == {
        "done": 8, "failed": 2, "expected_volume": 20, "allowed_misses": 2, "misses_left": 0,
    }  # fmt: skip
    assert forecast["breach_probability"] == pytest.approx(betabinom.sf(0, 12, 2.5, 6.5))
    assert found["late"]["forecast"] == forecast
    assert found["time"]["forecast"] is None
    assert (found["k"]["period"], found["k"]["value"]) == ("2026-04", 75)


def test_a_breach_that_no_record_can_avert_is_certain(desk, workspace):
    rows = [*tickets(desk, 1, *[1] * 10), *tickets(desk, 2, 9, 9)]
    forecast = watched(desk, workspace, rows, "2026-02-10", kpis=[desk.kpi()])["kpis"][0]["forecast"]
    assert (forecast["misses_left"], forecast["breach_probability"]) == (-1, 1)


def test_complete_periods_and_first_periods_have_no_forecast(desk, workspace):
    complete = watched(desk, workspace, four_months(desk), "2026-04-30", kpis=[desk.kpi()])["kpis"][0]
    assert (complete["period"], complete["forecast"]) == (None, None)
    first = watched(desk, workspace, tickets(desk, 1, 1, 9), "2026-01-15", kpis=[desk.kpi()])["kpis"][0]
    assert (first["period"], first["forecast"]) == ("2026-01", None)


def test_a_running_period_without_a_record_has_no_chance_yet(desk, workspace):
    rows = tickets(desk, 1, *[1] * 10)
    forecast = watched(desk, workspace, rows, "2026-02-01", kpis=[desk.kpi()])["kpis"][0]["forecast"]
    assert (forecast["done"], forecast["expected_volume"], forecast["breach_probability"]) == (0, 10, None)


def test_open_records_about_to_breach_come_soonest_first(desk, workspace):
    """At noon on Monday 5 January; on the clock of office hours, half past four on Friday is due half past twelve."""
    opened = {
        "overdue": "05 07:59:59",
        "now": "05 08:00:00",
        "soon": "05 09:30:00",
        "later": "05 11:00:01",
        "weekend": "02 16:30:00",
        "not counted": "05 09:00:00",
    }
    rows = [
        {"id": key, "opened": f"2026-01-{text}", "closed": "", "team": "test" if key == "not counted" else "a"}
        for key, text in opened.items()
    ]
    rows.append({"id": "done", "opened": "2026-01-05 09:00:00", "closed": "2026-01-05 10:00:00", "team": "a"})
    rule = [{"name": "Test", "when": "team = 'test'"}]
    kpis = [desk.kpi(exclusions=rule), desk.kpi(id="office", clock="office", filter="id = 'weekend'")]
    found = watched(desk, workspace, rows, "2026-01-05T12:00", 3 * HOUR, kpis=kpis)
    assert found["as_of"] == "2026-01-05T12:00:00+00:00"
    assert [(row["kpi"], row["key"], row["due"][8:16], row["left"]) for row in found["about_to_breach"]] == [
        ("k", "now", "05T12:00", 0),
        ("office", "weekend", "05T12:30", 1800),
        ("k", "soon", "05T13:30", 5400),
    ]
    wide = watched(desk, workspace, rows, "2026-01-05T12:00", 3 * HOUR + 1, kpis=kpis)["about_to_breach"]
    assert [row["key"] for row in wide] == ["now", "weekend", "soon", "later"]


def test_a_week_far_from_the_others_is_a_signal(desk, workspace):
    values = [95, 96, 94, 95, 97, 95, 94, 96, 95, 96, 50, 95, 94, 96]
    rows = [
        {"id": f"V{week}", "at": desk.cell(desk.utc("2026-01-05 08:00") + week * 7 * 24 * HOUR), "value": value}
        for week, value in enumerate(values)
    ]
    kpi = desk.kpi("reported", at="at", value="value", period="week")
    data = desk.agreement(
        sources={"tickets": desk.source(at="time", value="number")},
        clocks={},
        kpis=[kpi],
        term={"from": "2026-01-05", "to": "2026-12-31"},
    )
    found = watch(workspace(data, as_of="2026-04-12", tickets=rows), 0)["kpis"][0]
    ranges = [abs(a - b) for a, b in pairwise(values)]
    mean, spread = sum(values) / 14, 2.66 * sum(ranges) / 13
    assert found["limits"] == pytest.approx({"mean": mean, "upper": mean + spread, "lower": mean - spread})
    assert [signal["period"] for signal in found["signals"] if signal["rule"] == "outside_limits"] == ["2026-W12"]
