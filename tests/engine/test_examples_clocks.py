"""The examples whose records are events: incidents with pauses, permits with due days, websites that go down."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import ceil
from statistics import median
from xml.etree.ElementTree import iterparse
from zoneinfo import ZoneInfo

import pytest
from test_examples import EVENT_LOGS, records, results, values


@cache
def events_by_case(name):
    """The events of a log as dictionaries by case, with the attributes of the case under `case:`."""
    cases = {}
    with gzip.open(records(name) / EVENT_LOGS[name]) as log:
        for _, element in iterparse(log):
            if element.tag.endswith("trace"):
                case = {f"case:{key}": value for key, value in told(element)}
                events = [case | dict(told(part)) for part in element if part.tag.endswith("event")]
                cases[case["case:concept:name"]] = events
                element.clear()
    return cases


def told(element):
    return [(part.attrib["key"], part.attrib["value"]) for part in element if "value" in part.attrib]


def whole(name, kpi):
    """The values of the whole, by period."""
    return {period: value for (period, group), value in values(name, kpi).items() if group is None}


def nearly(numbers):
    return {key: pytest.approx(number) for key, number in numbers.items()}


# Incidents

RESOLVED = {"Resolved", "In Call", "Closed", "Cancelled"}
WAITING = {"Wait", "Wait - User", "Wait - Customer", "Wait - Vendor"}
LIMITS = {"Major": 48, "High": 96, "Medium": 240, "Low": 360}
STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEKS = {f"2012-W{number}": datetime(2012, 4, 30, tzinfo=STOCKHOLM) + timedelta(weeks=number - 17)
         for number in (18, 19, 20)}  # fmt: skip
"""The moments at which the weeks of the term end."""
LATER = (datetime(2013, 1, 1, tzinfo=STOCKHOLM), None)
"""The last status of an incident lasts."""


@cache
def incidents():
    return [incident(events) for events in events_by_case("volvo-incidents").values()]


def incident(events):
    steps = [(datetime.fromisoformat(event["time:timestamp"]), event["lifecycle:transition"]) for event in events]
    working = [place for place, (_, status) in enumerate(steps) if status not in RESOLVED]
    last = working[-1] if working else -1
    stop = steps[last + 1][0] if last + 1 < len(steps) else None
    return {
        "start": steps[0][0],
        "stop": stop,
        "week": f"{stop:%G-W%V}" if stop else None,
        "impact": events[-1]["impact"],
        "line": events[0]["organization involved"],
        "spans": [(begin, end, status) for (begin, status), (end, _) in pairwise([*steps, LATER])],
        "reopened": any(a[1] in RESOLVED and b[1] not in RESOLVED for a, b in pairwise(steps)),
    }


def hours(found, until, paused):
    """Hours from the start of an incident to a moment, less those in the given statuses."""
    lost = (min(end, until) - begin for begin, end, status in found["spans"] if status in paused and begin < until)
    return (until - found["start"] - sum(lost, timedelta())).total_seconds() / 3600


def elapsed_by_week(paused):
    by_week = defaultdict(list)
    for found in incidents():
        if found["stop"]:
            by_week[found["week"]].append(hours(found, found["stop"], paused))
    return by_week


def nearest_rank(numbers, share):
    return sorted(numbers)[ceil(share * len(numbers)) - 1]


def test_volvo_incidents_resolved_within_their_limit():
    count, in_time = Counter(), Counter()
    for found in incidents():
        if found["stop"]:
            is_in_time = hours(found, found["stop"], WAITING | RESOLVED) <= LIMITS[found["impact"]]
            for key in ((found["week"], None), (found["week"], found["impact"])):
                count[key] += 1
                in_time[key] += is_in_time
    assert values("volvo-incidents", "resolved-in-time") == nearly(
        {key: 100 * in_time[key] / count[key] for key in count}
    )


def test_volvo_median_and_percentile_of_the_time_to_resolve():
    by_week = elapsed_by_week(WAITING | RESOLVED)
    assert whole("volvo-incidents", "median-resolution") == nearly({week: median(by_week[week]) for week in WEEKS})
    expected = {week: nearest_rank(by_week[week], 0.9) for week in WEEKS}
    assert whole("volvo-incidents", "slowest-tenth") == nearly(expected)
    expected = {week: nearest_rank(found, 0.9) for week, found in elapsed_by_week(RESOLVED).items()}
    assert whole("volvo-incidents", "users-waited") == nearly(expected)


def test_volvo_backlog_at_the_end_of_each_week():
    ages = {
        week: [
            hours(found, end, WAITING | RESOLVED)
            for found in incidents()
            if found["start"] < end and (found["stop"] is None or found["stop"] >= end)
        ]
        for week, end in WEEKS.items()
    }
    assert {week: row["counted"] for (week, _), row in results("volvo-incidents", "backlog-age").items()} == {
        week: len(found) for week, found in ages.items()
    }
    assert whole("volvo-incidents", "backlog-age") == nearly({week: median(found) for week, found in ages.items()})


def test_volvo_incidents_that_came_back():
    count, back = Counter(), Counter()
    for found in incidents():
        if found["stop"]:
            for key in ((found["week"], None), (found["week"], found["line"])):
                count[key] += 1
                back[key] += found["reopened"]
    expected = {week: 100 * back[week, None] / count[week, None] for week in WEEKS}
    assert whole("volvo-incidents", "reopened") == nearly(expected)
    right = {key: 100 - 100 * back[key] / count[key] for key in count}
    assert values("volvo-incidents", "first-time-right") == nearly(right)
    assert (sum(count[week, None] for week in WEEKS), sum(back[week, None] for week in WEEKS)) == (7_546, 514)


# Permits

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@cache
def steps():
    """The steps of all cases within the term, without repetitions."""
    events = [event for events in events_by_case("permits").values() for event in events]
    key = ("case:concept:name", "concept:name", "time:timestamp", "dateFinished")
    return list(
        {tuple(event[name] for name in key): event for event in events if is_in_term(event["time:timestamp"])}.values()
    )


def is_in_term(moment):
    return "2010-10-01" <= moment[:10] <= "2015-03-31"


def quarter(event):
    return f"{event['dateFinished'][:4]}-Q{(int(event['dateFinished'][5:7]) + 2) // 3}"


def days(event, name):
    """The days from an event's planned or due day to the day it was finished; moments in the log are local."""
    return (date.fromisoformat(event["dateFinished"][:10]) - date.fromisoformat(event[name][:10])).days


@pytest.mark.parametrize(("kpi", "column"), [("steps-by-due-day", "dueDate"), ("steps-as-planned", "planned")])
def test_permit_steps_finished_by_their_day(kpi, column):
    count = Counter(quarter(event) for event in steps() if column in event)
    on_time = Counter(quarter(event) for event in steps() if column in event and days(event, column) <= 0)
    assert whole("permits", kpi) == nearly({period: 100 * on_time[period] / count[period] for period in count})


def test_permit_steps_with_a_due_day_by_kind():
    found = results("permits", "steps-by-due-day")
    kinds = Counter((quarter(event), event["activityNameEN"]) for event in steps() if "dueDate" in event)
    assert {key: row["counted"] for key, row in found.items() if key[1]} == kinds


def test_permit_steps_mean_days_late():
    late = defaultdict(list)
    for event in steps():
        if "dueDate" in event and days(event, "dueDate") > 0:
            finished, due = (
                datetime.fromisoformat(event[name][:10]).replace(tzinfo=AMSTERDAM).timestamp()
                for name in ("dateFinished", "dueDate")
            )
            late[quarter(event)].append((finished - due) / 86_400)
    assert whole("permits", "days-late") == nearly({period: sum(found) / len(found) for period, found in late.items()})


@cache
def cases():
    firsts = [events[0] for events in events_by_case("permits").values()]
    return [event for event in firsts if is_in_term(event["case:startDate"])]


def test_permit_cases_ended_by_their_planned_day():
    planned = [case for case in cases() if "case:endDatePlanned" in case]
    count = Counter(case["case:endDatePlanned"][:4] for case in planned)
    on_time = Counter(
        case["case:endDatePlanned"][:4]
        for case in planned
        if "case:endDate" in case and case["case:endDate"][:10] <= case["case:endDatePlanned"][:10]
    )
    assert whole("permits", "cases-by-planned-day") == nearly(
        {year: 100 * on_time[year] / count[year] for year in count}
    )
    assert (sum(count.values()), sum(on_time.values())) == (137, 109)


def test_permit_cases_median_time_to_end():
    """As it stood on the last day of the log: some cases have an end that lies weeks ahead."""
    durations = defaultdict(list)
    for case in cases():
        if case.get("case:endDate", "9999") < "2015-03-04":
            start, end = (
                datetime.fromisoformat(case[name][:10]).replace(tzinfo=AMSTERDAM).timestamp()
                for name in ("case:startDate", "case:endDate")
            )
            durations[quarter({"dateFinished": case["case:startDate"]})].append((end - start) / 3600)
    expected = {period: median(found) for period, found in durations.items()}
    assert whole("permits", "time-to-end") == nearly(expected)


# Websites

AS_OF = datetime.fromisoformat("2024-01-27T01:06:00+00:00")
SHORTEST = timedelta(minutes=15)
"""The monitoring tool's own account leaves out outages shorter than this."""
LATE_START = {("router", "2023-10-19"), ("Vw", "2023-10-19")}
"""Where that account begins an outage five minutes later than the log does."""


@cache
def outages():
    """Begin and end of each outage by site, from the rows in which a site's state changed."""
    found, since = defaultdict(list), {}
    with (records("uptime-checks") / "checks_from_commits.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            moment = datetime.fromisoformat(row["committed_at"])
            if row["state"] == "down":
                since.setdefault(row["site"], moment)
            elif row["site"] in since:
                found[row["site"]].append((since.pop(row["site"]), moment))
    for site, begin in since.items():
        found[site].append((begin, AS_OF))
    return found


def seconds_by_day(intervals):
    found = Counter()
    for begin, end in intervals:
        while begin < end:
            midnight = begin.replace(hour=0, minute=0, second=0) + timedelta(days=1)
            found[f"{begin:%Y-%m-%d}"] += int((min(midnight, end) - begin).total_seconds())
            begin = midnight
    return found


def account():
    """Minutes down by site and day as the monitoring tool counted them."""
    entries = json.loads((records("uptime-checks") / "summary.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry["dailyMinutesDown"] for entry in entries}


def test_uptime_downtime_of_each_site_and_day_to_the_second():
    found = results("uptime-checks", "daily-availability")
    ours = {(site, day): row["downtime"] for (day, site), row in found.items() if site and row.get("downtime")}
    expected = {(site, day): down for site in account() for day, down in seconds_by_day(outages()[site]).items()}
    assert ours == expected


def test_uptime_availability_by_month():
    found = results("uptime-checks", "availability")
    for site in account():
        by_month = Counter()
        for day, down in seconds_by_day(outages()[site]).items():
            by_month[day[:7]] += down
        told = {month: row for (month, name), row in found.items() if name == site and row["counted"]}
        assert {month: row["downtime"] for month, row in told.items()} == {month: by_month[month] for month in told}
        for row in told.values():
            assert row["value"] == pytest.approx(100 * (1 - row["downtime"] / row["counted"]))


@pytest.mark.parametrize("site", ["home_hh", "router", "Vw", "ShortLink", "ruvpn", "euvpn"])
def test_uptime_reproduces_the_published_account(site):
    """To the minute a day, once outages of less than fifteen minutes are left out as that account does."""
    found = results("uptime-checks", "daily-availability")
    short = seconds_by_day(span for span in outages()[site] if span[1] - span[0] < SHORTEST)
    published = account()[site]
    days = {day for day, name in found if name == site} | set(published)
    for day in days:
        ours = (found[day, site].get("downtime", 0) - short[day]) / 60
        late = 5 if (site, day) in LATE_START else 0
        assert ours - late == pytest.approx(published.get(day, 0), abs=1), day


def test_uptime_leaves_out_the_site_that_was_given_up():
    assert set(outages()) - set(account()) == {"pl proxy"}
    assert {site for _, site in results("uptime-checks", "availability") if site} == set(account())
