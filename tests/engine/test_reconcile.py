"""Differences that were put into the partner's answers are found again, each under its cause."""

from collections import Counter

import pytest

from rapport.engine.reconcile import reconcile_due, reconcile_verdicts

# opened, closed, resolved, theirs: in office hours, against a limit of four of them
PLANTED = {
    "agreed within": ("05 09:00:00", "05 11:00:00", "05 11:00:00", "yes"),
    "agreed late": ("05 09:00:00", "05 16:00:00", "05 16:00:00", "no"),
    "boundary": ("05 09:00:00", "05 13:00:00", "05 13:00:00", "no"),
    "rounding to minutes": ("05 09:00:00", "05 13:00:30", "05 13:00:30", "yes"),
    "rounding to hours": ("05 09:00:00", "05 13:20:00", "05 13:20:00", "yes"),
    "pauses": ("05 09:00:00", "05 14:00:00", "05 14:00:00", "no"),
    "calendar": ("05 16:00:00", "06 10:00:00", "06 10:00:00", "no"),
    "stop event": ("05 09:00:00", "05 15:00:00", "05 11:00:00", "yes"),
    "population": ("06 15:00:00", "", "", "yes"),
    "unexplained": ("05 09:00:00", "05 11:00:00", "05 11:00:00", "no"),
    "silent": ("05 09:00:00", "05 11:00:00", "05 11:00:00", ""),
    "excluded": ("05 09:00:00", "05 11:00:00", "05 11:00:00", "no"),
}
HOLD = {"id": "1", "ticket": "pauses", "begun": "2026-01-05 10:00:00", "ended": "2026-01-05 12:00:00"}


def moment(text):
    return text and f"2026-01-{text}"


@pytest.fixture(scope="module")
def asked(desk, workspace):
    def ask(rows, **columns):
        pauses = [{"source": "holds", "record": "ticket", "start": "begun", "end": "ended"}]
        data = desk.agreement(
            calendars={"office": {"hours": {"mon-fri": "09:00-17:00"}}},
            sources={
                "tickets": desk.source(opened="time", closed="time", **columns),
                "holds": desk.source(ticket="text", begun="time", ended="time"),
            },
            clocks={"handling": desk.clock(calendar="office", pauses=pauses)},
            kpis=[
                desk.kpi("count", id="all", at="opened"),
                desk.kpi(exclusions=[{"name": "Agreed", "when": "id = 'excluded'"}]),
            ],
        )
        return workspace(data, as_of="2026-01-06T16:00", tickets=rows, holds=[HOLD])

    return ask


@pytest.fixture(scope="module")
def planted(asked):
    rows = [
        {"id": key, "opened": moment(opened), "closed": moment(closed), "resolved": moment(resolved), "theirs": theirs}
        for key, (opened, closed, resolved, theirs) in PLANTED.items()
    ]
    return asked(rows, resolved="time", theirs="boolean")


def test_each_planted_difference_is_found_under_its_cause(planted):
    found = reconcile_verdicts(planted, "theirs")
    assert found.kpi == "k"
    assert {item.key: (str(item.cause), item.words) for item in found.differences} == {
        "boundary": ("boundary", "exactly at the limit is late"),
        "rounding to minutes": ("rounding", "elapsed time in whole minutes"),
        "rounding to hours": ("rounding", "elapsed time in whole hours"),
        "pauses": ("pauses", "no pauses"),
        "calendar": ("calendar", "calendar 24x7"),
        "stop event": ("stop event", "stopped by resolved"),
        "population": ("population", "judged by the partner, open or without a limit here"),
        "unexplained": ("unexplained", "no single change explains it"),
        "silent": ("population", "judged here, not by the partner"),
    }


def test_differences_show_both_sides(planted):
    by_key = {item.key: item for item in reconcile_verdicts(planted, "theirs", "k").differences}
    calendar, population = by_key["calendar"], by_key["population"]
    assert (calendar.ours, calendar.theirs, calendar.elapsed, calendar.limit) == ("within", "late", 7200, 14400)
    assert (population.ours, population.theirs) == ("none", "within")
    assert calendar.row == list(PLANTED).index("calendar") + 2


def test_the_table_accounts_for_every_record(planted):
    data = reconcile_verdicts(planted, "theirs").to_json()
    table = {(line["ours"], line["theirs"]): line["records"] for line in data["table"]}
    assert table == {
        ("within", "within"): 1,
        ("late", "late"): 1,
        ("within", "late"): 4,
        ("late", "within"): 3,
        ("none", "within"): 1,
        ("within", "none"): 1,
    }
    assert sum(table.values()) == len(PLANTED) - 1
    assert (data["compared"], data["agreed"], data["agreement_rate"]) == (9, 2, pytest.approx(2 / 9))
    assert sum(line["records"] for line in data["causes"]) == len(data["rows"]) == 9


DUE = {  # theirs: two hours of pauses move ours from 13:00 to 15:00 for the one ticket that has them
    "same": ("05 09:00:00", "05 13:00:00"),
    "seconds": ("05 09:00:00", "05 13:01:00"),
    "minutes": ("05 09:00:00", "05 13:01:01"),
    "pauses": ("05 09:00:00", "05 13:00:00"),
    "calendar": ("05 16:00:00", "05 20:00:00"),
    "days": ("05 09:00:00", "02 13:00:00"),
    "month": ("05 09:00:00", "31 13:00:00"),
    "unknown there": ("05 09:00:00", ""),
    "unknown here": ("", "05 13:00:00"),
}


def test_due_times_agree_within_the_tolerance(asked):
    rows = [
        {"id": key, "opened": moment(opened), "closed": "", "promised": moment(theirs)}
        for key, (opened, theirs) in DUE.items()
    ]
    found = reconcile_due(asked(rows, promised="time"), "promised", 60)
    assert (found.compared, found.agreed) == (7, 2)
    assert {item.key: (str(item.cause), item.words) for item in found.differences} == {
        "minutes": ("unexplained", "theirs later by up to an hour"),
        "pauses": ("pauses", "no pauses"),
        "calendar": ("calendar", "calendar 24x7"),
        "days": ("unexplained", "theirs earlier by up to a week"),
        "month": ("unexplained", "theirs later by more than a week"),
    }
    table = {line["difference"]: line["records"] for line in found.table}
    assert table == Counter(
        {
            "same": 2,
            "theirs later by up to an hour": 1,
            "theirs earlier by up to a day": 2,
            "theirs earlier by up to a week": 1,
            "theirs later by more than a week": 1,
            "no due time here": 1,
            "no due time there": 1,
        }
    )


@pytest.mark.parametrize(
    ("column", "kpi"), [("nothing", None), ("closed", None), ("theirs", "all"), ("theirs", "none")]
)
def test_columns_that_hold_no_verdicts_are_refused(planted, column, kpi):
    with pytest.raises(LookupError):
        reconcile_verdicts(planted, column, kpi)
