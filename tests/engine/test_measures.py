"""What each kind of KPI makes of a handful of records, and how the value is judged; all numbers computed by hand."""

import json
from random import Random

import pytest

from rapport.engine.evaluate import evaluate

TICKETS = [  # hours from opening to closing on 5 January, priority, team, minutes, talk, ok
    (1, "P1", "north", "10", "0:30", "yes"),
    (2, "P1", "north", "20", "0:30", "yes"),
    (3, "P2", "south", "30", "1:00", "no"),
    (4, "P2", "", "", "", ""),
    (10, "", "south", "40", "2:00", "no"),
]


def ticket(desk, number, row):
    hours, priority, team, minutes, talk, is_ok = row
    opened = desk.utc("2026-01-05 09:00")
    return {
        "id": f"T{number}",
        "opened": desk.cell(opened),
        "closed": desk.cell(opened + hours * 3600),
        "priority": priority,
        "team": team,
        "minutes": minutes,
        "talk": talk and f"{talk[0]}h {talk[2:]}m",
        "hold hours": talk and "30m",
        "ok": is_ok,
    }


COLUMNS = {
    "opened": "time", "closed": "time", "priority": "text", "team": "text", "minutes": "number", "talk": "duration",
    "hold hours": "duration", "ok": "boolean",
}  # fmt: skip
OPENED = {"at": "opened"}
AT_60 = {"kind": "elapsed_time", "statistic": "percentile"}


def at_60(method):
    return AT_60 | {"percentile": {"p": 60, "method": method}}


KINDS = [  # what the KPI says; value, numerator, denominator, counted, missing
    ({"kind": "share_within_limit"}, (80, 4, 5, 5, 0)),
    ({"kind": "elapsed_time"}, (4, 20 * 3600, 5, 5, 0)),
    ({"kind": "elapsed_time", "statistic": "median"}, (3, 20 * 3600, 5, 5, 0)),
    ({"kind": "elapsed_time", "statistic": "maximum"}, (10, 20 * 3600, 5, 5, 0)),
    (at_60("nearest_rank"), (3, 20 * 3600, 5, 5, 0)),
    (at_60("linear"), (3.4, 20 * 3600, 5, 5, 0)),
    (at_60("hazen"), (3.5, 20 * 3600, 5, 5, 0)),
    (at_60("weibull"), (3.6, 20 * 3600, 5, 5, 0)),
    (at_60("median_unbiased"), (3 + 8 / 15, 20 * 3600, 5, 5, 0)),
    ({"kind": "share", "condition": "priority = 'P1'", **OPENED}, (50, 2, 4, 4, 1)),
    ({"kind": "share", "condition": "ok", **OPENED}, (50, 2, 4, 4, 1)),
    ({"kind": "mean", "field": "minutes", **OPENED}, (25, 100, 4, 4, 1)),
    ({"kind": "mean", "field": "talk", **OPENED}, (1, 4 * 3600, 4, 4, 1)),
    ({"kind": "mean", "field": "talk + \"hold hours\"", **OPENED}, (1.5, 6 * 3600, 4, 4, 1)),
    ({"kind": "mean", "field": "\"hold hours\"", **OPENED}, (0.5, 2 * 3600, 4, 4, 1)),
    ({"kind": "mean", "field": "closed - opened", **OPENED}, (4, 20 * 3600, 5, 5, 0)),
    ({"kind": "sum", "field": "minutes", **OPENED}, (100, 100, 4, 4, 1)),
    ({"kind": "sum", "field": "minutes * 2 - 5", **OPENED}, (180, 180, 4, 4, 1)),
    ({"kind": "count", **OPENED}, (5, 5, 5, 5, 0)),
    ({"kind": "count", "filter": "team <> 'north'", **OPENED}, (2, 2, 2, 2, 0)),
    ({"kind": "ratio", "numerator": "minutes", "denominator": "minutes * 2 - 5", **OPENED}, (500 / 9, 100, 180, 4, 1)),
    ({"kind": "ratio", "numerator": "talk", "denominator": "minutes", "scale": 1, **OPENED}, (0.04, 14400, 100, 4, 1)),
]  # fmt: skip


@pytest.fixture(scope="module")
def kinds(desk, results):
    """The results of every KPI of `KINDS`, from one run."""
    kpis = [desk.kpi(**{"id": f"k{number}", **parts}) for number, (parts, _) in enumerate(KINDS)]
    rows = [ticket(desk, number, row) for number, row in enumerate(TICKETS)]
    return results(desk.agreement(sources={"tickets": desk.source(**COLUMNS)}, kpis=kpis), tickets=rows)


@pytest.mark.parametrize("number", range(len(KINDS)), ids=[str(parts) for parts, _ in KINDS])
def test_each_kind_of_kpi_measures_what_it_says(kinds, number):
    found, (value, *counts) = kinds[f"k{number}"]["2026-01"], KINDS[number][1]
    assert [found.numerator, found.denominator, found.counted, found.missing] == counts
    assert found.value == pytest.approx(value, rel=1e-12)


def test_coverage_is_the_measured_share(kinds):
    assert kinds["k9"]["2026-01"].coverage == 0.8
    assert kinds["k0"]["2026-01"].coverage == 1


def evaluated(desk, results, *kpis, rows=None, columns=None, **given):
    """Results of KPIs over tickets, by id and period."""
    data = desk.agreement(sources={"tickets": desk.source(**(columns or COLUMNS))}, kpis=list(kpis))
    if columns:
        data["clocks"] = {}
    own = [ticket(desk, number, row) for number, row in enumerate(TICKETS)]
    return results(data, tickets=own if rows is None else rows, **given)


def test_groups_split_the_whole_and_name_the_records_without_one(desk, results):
    found = evaluated(desk, results, desk.kpi(by=["team"]), desk.kpi(id="n", by=["minutes", "ok"]))
    by_team = {key[1]: (row.numerator, row.counted) for key, row in found["k"].items() if isinstance(key, tuple)}
    assert by_team == {"north": (2, 2), "south": (1, 2), "(none)": (1, 1)}
    assert found["k"]["2026-01"].counted == 5
    assert found["k"]["2026-01", "north"].group == {"team": "north"}
    assert ("2026-01", "10", "true") in found["n"]


def test_excluded_records_count_for_nothing_else(desk, results):
    rules = [{"name": "Client's fault", "when": "priority = 'P1'"}, {"name": "Test", "when": "ok or minutes > 39"}]
    found = evaluated(
        desk,
        results,
        desk.kpi(exclusions=rules),
        desk.kpi("mean", id="m", at="opened", field="minutes", exclusions=rules),
        desk.kpi("elapsed_time", id="p", statistic="maximum", exclusions=rules),
    )
    shares, minutes, slowest = (found[name]["2026-01"] for name in ("k", "m", "p"))
    assert (shares.records, shares.excluded, shares.counted, shares.value) == (5, 3, 2, 100)
    assert (minutes.excluded, minutes.missing, minutes.counted, minutes.value) == (3, 1, 1, 30)
    assert slowest.value == 4


def test_too_few_records_are_shown_but_not_judged(desk, results):
    found = evaluated(desk, results, desk.kpi(low_volume=5), desk.kpi(id="few", low_volume=6, bands=scored(90)))
    assert found["k"]["2026-01"].status == "below_target"
    few = found["few"]["2026-01"]
    assert (few.status, few.value, few.score) == ("low_volume", 80, None)


def scored(*edges, names=("Poor", "Fair", "Good")):
    """Bands from worst to best, scored 0, 50, 100, the best of them the target."""
    bands = [{"name": names[0], "score": 0}]
    bands += [
        {"name": names[number + 1], "edge": edge, "score": 50 * (number + 1)} for number, edge in enumerate(edges)
    ]
    bands[-1] |= {"target": True, "score": 100}
    return bands


REPORTED = {"at": "time", "value": "number"}


def reported(*values):
    """A row for each month of 2026 from January on, with the value reported on its third day."""
    return [
        {"id": f"V{month}", "at": f"2026-{month:02}-03 08:00:00", "value": value}
        for month, value in enumerate(values, start=1)
        if value is not None
    ]


def judged(desk, results, rows, **parts):
    """Results of a reported KPI, by period."""
    kpi = desk.kpi("reported", at="at", value="value", **parts)
    return evaluated(desk, results, kpi, rows=rows, columns=REPORTED, as_of="2026-05-31")["k"]


def test_the_latest_reported_value_counts(desk, results):
    rows = [
        {"id": "V1", "at": "2026-01-31 08:00:00", "value": 7},
        {"id": "V2", "at": "2026-01-03 08:00:00", "value": 5},
        {"id": "V3", "at": "2026-01-31 09:00:00", "value": ""},
        {"id": "V4", "at": "2026-01-31 23:00:00", "value": 9},
    ]
    found = judged(desk, results, rows, exclusions=[{"name": "Withdrawn", "when": "value = 9"}])["2026-01"]
    assert (found.value, found.counted, found.missing, found.excluded) == (7, 1, 1, 1)


def test_of_values_reported_for_one_moment_the_last_row_counts(desk, results):
    rows = [{"id": f"V{value}", "at": "2026-01-31 08:00:00", "value": value} for value in (3, 9, 5)]
    assert judged(desk, results, rows)["2026-01"].value == 5
    assert judged(desk, results, [rows[:1], rows[1:2]])["2026-01"].value == 9
    assert judged(desk, results, [rows[1:2], rows[:1]])["2026-01"].value == 9


def test_a_value_on_the_edge_belongs_to_the_better_band(desk, results):
    found = judged(desk, results, reported(79.9, 80, 89.999999999, 90, None), bands=scored(80, 90), minimum=80)
    assert [(row.band, row.score, row.status) for row in found.values()] == [
        ("Poor", 0, "below_minimum"),
        ("Fair", 50, "below_target"),
        ("Fair", 50, "below_target"),
        ("Good", 100, "met"),
        (None, None, "no_data"),
    ]


def test_lower_is_better_where_the_agreement_says_so(desk, results):
    found = judged(desk, results, reported(5, 5.1, 10, 10.1), direction="lower", bands=scored(10, 5), minimum=10)
    assert [(row.band, row.status) for row in found.values()][:4] == [
        ("Good", "met"),
        ("Fair", "below_target"),
        ("Fair", "below_target"),
        ("Poor", "below_minimum"),
    ]
    assert [row.trend and row.trend["direction"] for row in found.values()] == [None, "worse", "worse", "worse", None]


def test_bands_may_start_from_the_best(desk, results):
    found = judged(desk, results, reported(85), bands=scored(80, 90)[::-1])
    assert found["2026-01"].band == "Fair"


@pytest.mark.parametrize(
    ("mode", "value", "status"), [("half_up", 90, "met"), ("half_even", 90, "met"), ("down", 89.9, "below_target")]
)
def test_values_are_rounded_before_they_are_judged(desk, results, mode, value, status):
    found = judged(desk, results, reported(89.95, 89.96), rounding={"decimals": 1, "mode": mode})
    january, february = found["2026-01"], found["2026-02"]
    assert (january.value, january.status) == (value, status)
    assert february.trend == {"change": 0, "direction": "steady"}


def test_unrounded_values_just_below_the_target_miss_it(desk, results):
    assert judged(desk, results, reported(89.999999999))["2026-01"].status == "below_target"


def test_a_period_without_data_is_what_the_agreement_says(desk, results):
    found = judged(desk, results, reported(95, None, 95), no_data="missed", bands=scored(90))
    assert [(row.status, row.score, row.value) for row in found.values()][:3] == [
        ("met", 100, 95),
        ("below_minimum", 0, None),
        ("met", 100, 95),
    ]
    assert [row.trend for row in found.values()][1:3] == [None, None]


def test_a_ramp_eases_the_target_until_it_expires(desk, results):
    ramp = [{"until": "2026-01-31", "target": 80}, {"until": "2026-03-15", "target": 85}]
    found = judged(desk, results, reported(84, 84, 86, 90), ramp=ramp)
    assert [(row.target, row.status) for row in found.values()][:4] == [
        (80, "met"),
        (85, "below_target"),
        (90, "below_target"),
        (90, "met"),
    ]


def test_the_score_is_weighted_over_what_was_measured(desk, workspace):
    kpis = [
        desk.kpi("reported", id="a", at="at", value="value", weight=3, bands=scored(90)),
        desk.kpi("reported", id="b", at="at", value="value", weight=1, bands=scored(50), filter="at < 1769904000"),
        desk.kpi("reported", id="c", at="at", value="value", weight=5),
        desk.kpi("reported", id="d", at="at", value="value", weight=0, bands=scored(90)),
    ]
    data = desk.agreement(sources={"tickets": desk.source(**REPORTED)}, clocks={}, kpis=kpis)
    scores = evaluate(workspace(data, tickets=reported(80, 95, None), as_of="2026-03-31")).to_json()["scores"]
    assert scores == [
        {"period": "2026-01", "score": 25, "covered_weight": 1},
        {"period": "2026-02", "score": 100, "covered_weight": 0.75},
        {"period": "2026-03", "score": None, "covered_weight": 0},
    ]


def runs(desk, *hours):
    """Tickets opened at midnight of 1 January that took some hours; None is still open."""
    start = desk.utc("2026-01-01 00:00")
    return [
        {"id": f"T{number}", "opened": desk.cell(start), "closed": desk.cell(taken and start + taken * 3600)}
        for number, taken in enumerate(hours)
    ]


def test_backlog_is_what_is_open_when_a_period_ends(desk, results):
    """31 days are 744 hours; a ticket closed at the very end of a month was open until then."""
    kpis = [
        desk.kpi("backlog_age", id=statistic, statistic=statistic, direction="lower")
        for statistic in ("mean", "median", "maximum")
    ]
    rows = [*runs(desk, 744, 743, 800, None, None), {"id": "T9", "opened": "2026-01-31 12:00:00", "closed": ""}]
    data = desk.agreement(kpis=kpis)
    found = results(data, tickets=rows, as_of="2026-02-02T00:00")
    values = {name: [row.value for row in found[name].values()] for name in found}
    assert values["maximum"] == [744, 768]
    assert values["median"] == [744, 768]
    assert values["mean"] == [(4 * 744 + 12) / 5, pytest.approx((3 * 768 + 36) / 4)]
    assert [row.counted for row in found["mean"].values()] == [5, 4]


def test_backlog_ages_in_open_hours_less_pauses(desk, results):
    """January 2026 has 22 weekdays of 8 hours; the pause takes the whole of 5 and half of 6 January."""
    holds = [{"id": "1", "ticket": "T0", "begun": "2026-01-05 00:00:00", "ended": "2026-01-06 13:00:00"}]
    pauses = [{"source": "holds", "record": "ticket", "start": "begun", "end": "ended"}]
    data = desk.agreement(
        calendars={"office": {"hours": {"mon-fri": "09:00-17:00"}}},
        sources={
            "tickets": desk.source(opened="time", closed="time"),
            "holds": desk.source(ticket="text", begun="time", ended="time"),
        },
        clocks={"handling": desk.clock(calendar="office", pauses=pauses)},
        kpis=[desk.kpi("backlog_age")],
    )
    found = results(data, tickets=runs(desk, None), holds=holds, as_of="2026-02-28T23:59")["k"]
    assert [row.value for row in found.values()] == [22 * 8 - 12, 42 * 8 - 12]


def test_first_time_right_may_go_by_a_column(desk, results):
    rows = [
        dict(row, again=again)
        for row, again in zip(runs(desk, 1, 2, 3, None, 5), ["0", "2", "", "1", "0"], strict=True)
    ]
    kpis = [
        desk.kpi("reopen_rate", id="again", reopened="again > 0"),
        desk.kpi("first_time_right", id="right", reopened="again > 0"),
    ]
    data = desk.agreement(sources={"tickets": desk.source(opened="time", closed="time", again="number")}, kpis=kpis)
    found = results(data, tickets=rows)
    again, right = found["again"]["2026-01"], found["right"]["2026-01"]
    assert (again.value, again.counted, again.pending) == (25, 4, 1)
    assert right.value == 75


def test_a_ratio_over_nothing_has_no_value(desk, results):
    kpi = desk.kpi("ratio", at="opened", numerator="minutes", denominator="minutes - minutes")
    found = evaluated(desk, results, kpi)["k"]["2026-01"]
    assert (found.value, found.status, found.denominator) == (None, "no_data", 0)


ODD = (
    "start", "stop", "until", "elapsed", "paused", "deadline", "verdict", "period", "amount", "weight", "moment",
    "bin", "before", "after", "switch", "record", "closes", "is_counted", "reopens", "limit_no", "place", "g0",
)  # fmt: skip


def test_columns_may_have_any_name(desk, results):
    """Names that the engine uses itself, and names with spaces, quotes and other scripts."""
    strange = ('hold "hours"', "número", "order", "select", "semi;colon", "it's")
    columns = {"opened": "time", "closed": "time", **dict.fromkeys([*ODD, *strange], "number")}
    rows = [
        {**row, **dict.fromkeys(columns, 3), "opened": row["opened"], "closed": row["closed"], "id": row["id"]}
        for row in runs(desk, 1, 5)
    ]
    everything = " and ".join(f'"{name.replace(chr(34), chr(34) * 2)}" = 3' for name in [*ODD, *strange])
    kinds = [
        ("share_within_limit", {}), ("elapsed_time", {"statistic": "median"}), ("reopen_rate", {}),
        ("backlog_age", {"statistic": "maximum"}), ("share", {"condition": everything, "at": "opened"}),
        ("sum", {"field": '"amount" + "weight"', "at": "opened"}), ("reported", {"value": "period", "at": "opened"}),
    ]  # fmt: skip
    kpis = [
        {
            **desk.kpi(
                kind, id=kind, filter=everything, exclusions=[{"name": "None", "when": f"not ({everything})"}], **parts
            )
        }
        for kind, parts in kinds
    ]
    grouped = [{**kpi, "id": f"{kpi['id']}-by", "by": [*ODD[:3], strange[0]]} for kpi in kpis]
    data = desk.agreement(sources={"tickets": desk.source(**columns)}, kpis=kpis + grouped)
    found = results(data, tickets=rows)
    values = {name: found[name]["2026-01"].value for name, _ in kinds}
    assert values == {
        "share_within_limit": 50,
        "elapsed_time": 3,
        "reopen_rate": 0,
        "backlog_age": 5,
        "share": 100,
        "sum": 12,
        "reported": 3,
    }
    assert found["share_within_limit-by"]["2026-01", "3", "3", "3", "3"].value == 50


def a_quarter(desk, count=120):
    random, start = Random(3), desk.utc("2026-01-01 00:00")
    rows = []
    for number in range(count):
        opened = start + random.randrange(90 * 86400)
        closed = None if random.random() < 0.1 else opened + random.randrange(40 * 3600)
        rows.append(
            {
                "id": f"T{number}",
                "opened": desk.cell(opened),
                "closed": desk.cell(closed),
                "priority": random.choice(["P1", "P2", ""]),
                "team": random.choice(["north", "south", ""]),
                "minutes": random.choice(["", "1.25", "40"]),
                "ok": random.choice(["yes", "no"]),
            }
        )
    return rows


def many_kinds(desk):
    kpis = [desk.kpi(**{**parts, "id": f"k{number}"}) for number, (parts, _) in enumerate(KINDS)]
    kpis = [{**kpi, "by": ["team"]} for kpi in kpis]
    return desk.agreement(sources={"tickets": desk.source(**COLUMNS)}, kpis=[*kpis, desk.kpi("backlog_age", id="b")])


def as_text(workspace, data, **given):
    return json.dumps(evaluate(workspace(data, **given)).to_json())


def test_the_same_inputs_give_the_same_bytes(desk, workspace):
    rows, data = a_quarter(desk), many_kinds(desk)
    first = as_text(workspace, data, tickets=rows)
    assert as_text(workspace, data, tickets=rows) == first
    latest = max(row[column] for row in rows for column in ("opened", "closed"))
    assert as_text(workspace, data, tickets=rows, as_of=latest) == first
    assert as_text(workspace, data, tickets=rows, as_of="2026-12-31") != first


def test_the_order_of_rows_and_files_changes_nothing(desk, results):
    rows, data = a_quarter(desk), many_kinds(desk)
    shuffled = Random(1).sample(rows, len(rows))
    runs = [results(data, tickets=files) for files in (rows, shuffled, [shuffled[:50], shuffled[50:]])]
    for row in (row for run in runs for periods in run.values() for row in periods.values()):
        del row.data_digest
    assert runs[1] == runs[0]
    assert runs[2] == runs[0]
