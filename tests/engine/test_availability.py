"""Availability on a few outages, counted in hours by hand; January 2026 has 744, 176 of them on weekdays 9-17."""

import pytest

from rapport.engine.rows import records_behind

HOUR = 3600
TARGET = {"bands": [{"name": "Poor"}, {"name": "Good", "edge": 99, "target": True}]}


def outages(*spans):
    return [
        {"id": str(number), "service": service, "down": f"2026-{down}:00", "up": up and f"2026-{up}:00", "cause": cause}
        for number, (service, down, up, cause) in enumerate(spans)
    ]


def measured(desk, *, log=False, with_windows=True, **parts):
    """An agreement on the availability of services, from a list of outages or a log of statuses."""
    listed = desk.source(service="text", down="time", up="time", cause="text")
    windows = desk.source(begins="time", ends="time", approved="boolean")
    kpi = desk.kpi(
        "availability",
        **{
            "at": "at" if log else "down",
            "outages": {"source": "outages", "start": "down", "end": "up"},
            "service": "service",
            "maintenance": [{"source": "windows", "start": "begins", "end": "ends", "filter": "approved"}]
            if with_windows
            else [],
            **TARGET,
            **parts,
        },
    )
    sources = {"outages": desk.event_log(service="text") if log else listed, "windows": windows}
    return desk.agreement(
        sources=sources, clocks={}, kpis=[kpi], calendars={"office": {"hours": {"mon-fri": "09:00-17:00"}}}
    )


def window(number, begins, ends, approved="yes"):
    return {"id": number, "begins": f"2026-{begins}:00", "ends": f"2026-{ends}:00", "approved": approved}


SPANS = [
    ("mail", "01-05 10:00", "01-05 12:00", "disk"),
    ("mail", "01-05 11:00", "01-05 14:00", "disk"),  # four hours with the one before
    ("mail", "01-10 00:00", "01-10 02:00", "power"),  # half of it within maintenance
    ("shop", "01-31 22:00", "02-01 03:00", "disk"),  # two hours in January, three in February
]
MAINTENANCE = [window("1", "01-10 01:00", "01-10 11:00"), window("2", "01-20 00:00", "01-21 00:00", "no")]


def test_downtime_is_taken_from_agreed_time_less_maintenance(desk, results):
    found = results(measured(desk, by=["service"]), outages=outages(*SPANS), windows=MAINTENANCE, as_of="2026-02-28")[
        "k"
    ]
    agreed = 744 - 10
    mail, shop, whole = found["2026-01", "mail"], found["2026-01", "shop"], found["2026-01"]
    assert (mail.denominator, mail.downtime) == (agreed * HOUR, 5 * HOUR)
    assert (shop.denominator, shop.downtime) == (agreed * HOUR, 2 * HOUR)
    assert (whole.denominator, whole.downtime) == (2 * agreed * HOUR, 7 * HOUR)
    assert mail.value == pytest.approx(100 * (agreed - 5) / agreed)
    assert mail.budget_left == agreed * HOUR // 100 - 5 * HOUR
    assert shop.group == {"service": "shop"}
    assert (found["2026-02", "shop"].downtime, found["2026-02", "mail"].value) == (3 * HOUR, 100)
    assert (whole.status, mail.status) == ("met", "met")


def test_only_agreed_hours_count(desk, results):
    found = results(measured(desk, calendar="office"), outages=outages(*SPANS), windows=MAINTENANCE, as_of="2026-02-28")
    january = found["k"]["2026-01"]
    assert (january.denominator, january.downtime) == (2 * 176 * HOUR, 4 * HOUR)


def test_an_outage_that_lasts_counts_until_the_moment_measured_to(desk, results):
    spans = outages(("mail", "01-01 00:00", "", "disk"), ("mail", "01-01 12:00", "01-01 06:00", "typing error"))
    found = results(measured(desk, with_windows=False), outages=spans, as_of="2026-01-02T00:00")["k"]["2026-01"]
    assert (found.denominator, found.downtime, found.value, found.complete) == (24 * HOUR, 24 * HOUR, 0, False)
    assert found.budget_left == 24 * 36 - 24 * HOUR


def test_the_latest_outage_is_the_moment_measured_to_unless_one_is_given(desk, results):
    found = results(measured(desk, with_windows=False), outages=outages(*SPANS))["k"]
    assert (list(found), found["2026-02"].denominator) == (["2026-01", "2026-02"], 2 * 3 * HOUR)


def test_agreed_time_lies_within_the_term(desk, results):
    data = measured(desk, with_windows=False) | {"term": {"from": "2026-01-05", "to": "2026-01-10"}}
    spans = outages(("mail", "01-01 00:00", "01-05 06:00", "disk"), ("mail", "01-10 18:00", "01-20 00:00", "disk"))
    january = results(data, outages=spans, as_of="2026-03-31")["k"]["2026-01"]
    assert (january.denominator, january.downtime) == (6 * 24 * HOUR, 12 * HOUR)


def test_outages_of_no_named_service_are_shown_as_such(desk, results):
    spans = outages(*SPANS, ("", "01-15 00:00", "01-15 01:00", "disk"))
    found = results(measured(desk, with_windows=False, by=["service"]), outages=spans, as_of="2026-01-31")["k"]
    assert found["2026-01", "(none)"].downtime == HOUR


def test_services_may_be_numbers(desk, results):
    data = measured(desk, with_windows=False, by=["service"])
    data["sources"]["outages"]["columns"]["service"] = "number"
    found = results(data, outages=outages(("12", "01-15 00:00", "01-15 01:00", "disk")), as_of="2026-01-31")["k"]
    assert found["2026-01", "12"].downtime == HOUR


def test_filters_choose_the_outages_and_the_records(desk, results):
    kept = {
        "outages": {"source": "outages", "start": "down", "end": "up", "filter": "cause = 'power' or cause = 'flood'"}
    }
    data = measured(desk, with_windows=False, filter="service = 'mail' or service = 'web'", **kept)
    january = results(data, outages=outages(*SPANS), as_of="2026-01-31")["k"]["2026-01"]
    assert (january.denominator, january.downtime) == (744 * HOUR, 2 * HOUR)


def test_without_services_all_outages_are_of_one(desk, results):
    spans = outages(("mail", "01-05 10:00", "01-05 12:00", "x"), ("shop", "01-05 11:00", "01-05 13:00", "x"))
    january = results(measured(desk, with_windows=False, service=None), outages=spans, as_of="2026-01-31")["k"][
        "2026-01"
    ]
    assert (january.denominator, january.downtime) == (744 * HOUR, 3 * HOUR)


def status(service, moment, word):
    return {"id": service, "service": service, "at": f"2026-{moment}:00", "status": word}


def test_a_log_of_statuses_is_watched_from_its_first_event_on(desk, results):
    events = [
        status("mail", "01-11 00:00", "up"), status("mail", "01-12 00:00", "down"), status("mail", "01-12 06:00", "up"),
        status("mail", "01-21 00:00", "maintenance"), status("mail", "01-22 00:00", "up"),
    ]  # fmt: skip
    data = measured(
        desk,
        log=True,
        outages={"source": "outages", "statuses": ["down"]},
        maintenance=[{"statuses": ["maintenance"]}],
    )
    found = results(data, outages=events, as_of="2026-01-31")["k"]["2026-01"]
    assert (found.denominator, found.downtime) == (20 * 24 * HOUR, 6 * HOUR)
    assert (found.missing, found.coverage) == (10 * 24 * HOUR, pytest.approx(2 / 3))


def test_the_outages_behind_a_month_add_up_to_its_downtime(desk, workspace):
    run = workspace(measured(desk), outages=outages(*SPANS), windows=MAINTENANCE, as_of="2026-02-28")
    rows = records_behind(run, "k", "2026-01").rows
    assert [(row["service"], row["start"][5:16], row["stop"][5:16], row["downtime"]) for row in rows] == [
        ("mail", "01-05T10:00", "01-05T14:00", 4 * HOUR),
        ("mail", "01-10T00:00", "01-10T02:00", HOUR),
        ("shop", "01-31T22:00", "02-01T03:00", 2 * HOUR),
    ]
