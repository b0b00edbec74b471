"""The definition that verdicts were made with is found again from the verdicts alone."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from rapport.engine.fit import fit

LIMITS = {"P1": 8, "P2": 16}


def worked_minutes(start, end):
    """Minutes on weekdays between nine and five, day by day."""
    total, day = 0, start.replace(hour=0, minute=0)
    while day < end:
        low, high = max(start, day + timedelta(hours=9)), min(end, day + timedelta(hours=17))
        total += max(0, int((high - low).total_seconds()) // 60) if day.weekday() < 5 else 0
        day += timedelta(days=1)
    return total


def judged_tickets(count):
    """Tickets judged by the hours worked until resolved, one in a hundred wrongly; those of P3 are never in time."""
    random = Random(9)
    for number in range(count):
        opened = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=random.randrange(80 * 1440))
        resolved = opened + timedelta(minutes=int(60 * 24 * 5 * random.random() ** 2))
        closed = resolved + timedelta(minutes=random.randrange(4 * 1440))
        priority = random.choice(["P1", "P2", "P3"])
        in_time = worked_minutes(opened, resolved) <= LIMITS.get(priority, -1) * 60
        yield {
            "id": f"T{number}",
            "opened": f"{opened:%Y-%m-%d %H:%M:%S}",
            "resolved": f"{resolved:%Y-%m-%d %H:%M:%S}",
            "closed": f"{closed:%Y-%m-%d %H:%M:%S}",
            "priority": priority,
            "in_time": "yes" if in_time != (random.random() < 0.01 and priority != "P3") else "no",
        }


@pytest.fixture(scope="module")
def data(desk):
    columns = {"opened": "time", "resolved": "time", "closed": "time", "priority": "text", "in_time": "boolean"}
    limit = {"by": "priority", "values": {"P1": "4h", "P2": "8h", "P3": "8h"}}
    return desk.agreement(
        sources={"tickets": desk.source(**columns)},
        clocks={"handling": desk.clock(limit=limit)},
        kpis=[desk.kpi(exclusions=[{"name": "Test", "when": "id = 'T0'"}])],
    )


@pytest.fixture(scope="module")
def found(data, workspace):
    return fit(workspace(data, tickets=list(judged_tickets(1500))), "in_time").to_json()


def test_the_definition_behind_the_verdicts_is_found(found):
    definition = found["best"]["definition"]
    assert (definition["stop"], definition["calendar"], definition["pauses"]) == ("resolved", "mon-fri 09:00-17:00", [])
    assert {group: limit and limit["limit"] for group, limit in definition["limits"].items()} == {
        "P1": "8h", "P2": "16h", "P3": None,
    }  # fmt: skip


def test_agreement_is_measured_on_records_that_were_held_out(found):
    assert 0.97 < found["best"]["agreement_held_out"] <= 1
    assert found["trained_on"] + found["held_out"] == 1499
    assert abs(found["trained_on"] - found["held_out"]) < 150


def test_candidates_come_best_first(found):
    agreements = [candidate["agreement"] for candidate in found["candidates"]]
    assert agreements == sorted(agreements, reverse=True)
    assert found["candidates"][0] == found["best"]
    assert len({str(candidate["definition"]) for candidate in found["candidates"]}) == len(agreements)


def test_the_fit_is_the_same_every_time(found, data, workspace):
    shuffled = Random(2).sample(list(judged_tickets(1500)), 1500)
    assert fit(workspace(data, tickets=shuffled), "in_time").to_json() == found


def test_too_few_verdicts_are_refused(data, workspace):
    with pytest.raises(LookupError, match="only 18 records carry a verdict in 'in_time'; a fit needs at least 20"):
        fit(workspace(data, tickets=list(judged_tickets(19))), "in_time")


def test_columns_that_hold_no_verdicts_are_refused(data, workspace):
    with pytest.raises(LookupError, match="'priority' is no boolean column"):
        fit(workspace(data, tickets=list(judged_tickets(30))), "priority")


def test_pauses_by_status_are_found(desk, workspace):
    """Verdicts of a partner who did not count the time a ticket waited for the client."""
    random, events = Random(4), []
    start = datetime(2026, 1, 5, tzinfo=UTC)
    for number in range(300):
        opened = start + timedelta(minutes=random.randrange(60 * 1440))
        waited, worked = random.randrange(10 * 60), random.randrange(1, 10 * 60)
        moments = [0, worked // 2, worked // 2 + waited, worked + waited]
        for minutes, status in zip(moments, ["New", "Waiting", "Active", "Closed"], strict=True):
            events.append(
                {
                    "id": f"T{number}",
                    "at": f"{opened + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}",
                    "status": status,
                    "opened": f"{opened:%Y-%m-%d %H:%M:%S}",
                    "in_time": "yes" if worked <= 300 else "no",
                }
            )
    data = desk.agreement(
        sources={"tickets": desk.event_log(opened="time", in_time="boolean")},
        clocks={"handling": desk.clock(stop={"statuses": ["Closed"]}, limit="5h", reopen="ignore")},
    )
    best = fit(workspace(data, tickets=events), "in_time").to_json()["best"]
    assert (best["definition"]["stop"], best["definition"]["pauses"]) == ("Closed", ["Waiting"])
    assert best["definition"]["limits"]["all"]["limit"] == "5h"
    assert best["agreement_held_out"] > 0.97
