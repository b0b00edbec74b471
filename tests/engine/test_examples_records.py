"""The examples whose records are tables: deliveries, indicators, attendances, buses and residents' requests."""

import csv
import gzip
import io
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from test_examples import records, report, results, values, workspace

from rapport.engine.reconcile import reconcile_due, reconcile_verdicts


def rows_of(name, file, encoding="utf-8-sig"):
    packed = (records(name) / file).read_bytes()
    text = (gzip.decompress(packed) if file.endswith(".gz") else packed).decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def month(moment):
    return f"{moment:%Y-%m}"


def quarter(moment):
    return f"{moment.year}-Q{(moment.month + 2) // 3}"


def share(hits, whole):
    return {key: pytest.approx(100 * hits[key] / whole[key]) for key in whole}


def summed(pairs):
    """Sums by key; each pair counts for its own group and for the whole of its period."""
    sums = defaultdict(Fraction)
    for (period, group), amount in pairs:
        sums[period, None] += amount
        if group is not None:
            sums[period, group] += amount
    return sums


# Residents' requests


def boston_moment(text):
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p") if text else None  # noqa: DTZ007


@cache
def boston():
    return [
        row | {name: boston_moment(row[f"{name}_DT"]) for name in ("OPEN", "TARGET", "CLOSED")}
        for row in rows_of("boston-311", "requests.csv.gz")
    ]


def test_boston_share_of_closed_requests_on_time():
    closed = [row for row in boston() if row["CASE_STATUS"] == "Closed" and row["TARGET"]]
    keys = [(month(row["OPEN"]), row["SUBJECT"]) for row in closed]
    on_time = summed((key, row["CLOSED"] <= row["TARGET"]) for key, row in zip(keys, closed, strict=True))
    assert values("boston-311", "closed-on-time") == share(on_time, summed((key, 1) for key in keys))


def test_boston_counts_overdue_open_requests_as_late():
    found = results("boston-311", "on-time")
    now = max(max(row["OPEN"], row["CLOSED"] or row["OPEN"]) for row in boston())
    told = [row for row in boston() if row["TARGET"] and (row["CLOSED"] or row["TARGET"] < now)]
    assert sum(row["counted"] for row in found.values()) == len(told)
    assert sum(row["numerator"] for row in found.values()) == sum(
        bool(row["CLOSED"]) and row["CLOSED"] <= row["TARGET"] for row in told
    )


def test_boston_median_time_to_close():
    zone, hours = ZoneInfo("America/New_York"), defaultdict(list)
    for row in boston():
        if row["CLOSED"]:
            opened, closed = (row[name].replace(tzinfo=zone).timestamp() for name in ("OPEN", "CLOSED"))
            hours[month(row["OPEN"]), None].append(max(closed - opened, 0) / 3600)
    expected = {key: pytest.approx(median(found)) for key, found in hours.items()}
    assert values("boston-311", "time-to-close") == expected


def test_boston_reconciles_with_every_verdict_of_the_city():
    found = reconcile_verdicts(workspace("boston-311"), "OnTime_Status", "closed-on-time")
    assert (found.compared, found.agreed) == (37_257, 37_257)
    # The city left 63 closed requests without a verdict, all of them late.
    assert [(item.ours, item.theirs, str(item.cause)) for item in found.differences] == [
        ("late", "none", "population")
    ] * 63


HOLIDAYS = {"2015-01-01", "2015-01-19", "2015-02-16", "2015-04-20", "2015-05-25", "2015-09-07", "2015-10-12"}


def is_working(day):
    return day.weekday() < 5 and f"{day:%Y-%m-%d}" not in HOLIDAYS


def next_opening(moment):
    """The moment itself while city hall is open, else 08:30 of that day or of the next working day."""
    opening = moment.replace(hour=8, minute=30, second=0)
    if is_working(moment) and moment < moment.replace(hour=17, minute=0, second=0):
        return max(moment, opening)
    opening += timedelta(days=1)
    while not is_working(opening):
        opening += timedelta(days=1)
    return opening


def due(opened, limit):
    days = int(limit.split()[0])
    if "calendar" in limit:
        return opened + timedelta(days=days)
    found = next_opening(opened)
    while days:
        found += timedelta(days=1)
        days -= is_working(found)
    return found


def test_boston_reconciles_with_the_due_times_of_the_city():
    limits = workspace("boston-311").document.agreement.clocks["by-type"].limit.values
    texts = {name: f"{rule.business_days} business" if rule.business_days else f"{rule.calendar_days} calendar"
             for name, rule in limits.items()}  # fmt: skip
    judged = [row for row in boston() if row["TARGET"] and row["TYPE"] in texts]
    close = sum(abs(due(row["OPEN"], texts[row["TYPE"]]) - row["TARGET"]) <= timedelta(minutes=2) for row in judged)

    found = reconcile_due(workspace("boston-311"), "TARGET_DT", 120, "on-time-by-rule")

    assert len(texts) == 64
    assert (found.compared, found.agreed) == (len(judged), close) == (31_575, 31_036)
    assert found.agreement_rate > Fraction("0.98")


# Deliveries


def day(text, notation="%d-%b-%y"):
    return datetime.strptime(text, notation)  # noqa: DTZ007


@cache
def deliveries():
    return [
        row | {"at": day(row["Delivered to Client Date"]), "plan": day(row["Scheduled Delivery Date"])}
        for row in rows_of("scms-deliveries", "deliveries.csv.gz")
    ]


@pytest.mark.parametrize(
    ("kpi", "period", "column"),
    [("on-time", quarter, "Fulfill Via"), ("on-time-by-vendor", lambda at: str(at.year), "Vendor")],
)
def test_scms_share_on_time(kpi, period, column):
    found = values("scms-deliveries", kpi)
    keys = [(period(row["at"]), row[column]) for row in deliveries()]
    on_time = summed((key, row["at"] <= row["plan"]) for key, row in zip(keys, deliveries(), strict=True))
    assert found == share(on_time, summed((key, 1) for key in keys))


def test_scms_uses_every_row_and_flags_unreadable_costs():
    account = report("scms-deliveries", "deliveries")
    sentences = [row for row in deliveries() if not re.fullmatch(r"[\d.,]+", row["Freight Cost (USD)"])]
    assert (account["read"], account["used"]) == (5_261, 5_261)
    assert account["flagged"]["unreadable freight"] == len(sentences) == 1_955
    freight = results("scms-deliveries", "freight-share").values()
    assert sum(row["missing"] for row in freight) == len(sentences)
    assert sum(row["counted"] for row in freight) == len(deliveries()) - len(sentences)


def test_scms_mean_days_late():
    found = values("scms-deliveries", "days-late")
    late = [((quarter(row["at"]), row["Fulfill Via"]), row["at"] - row["plan"]) for row in deliveries()]
    late = [(key, delay.days) for key, delay in late if delay.days > 0]
    count = summed((key, 1) for key, _ in late)
    assert found == {key: pytest.approx(float(days / count[key])) for key, days in summed(late).items()}


def test_scms_freight_cost_in_percent_of_value():
    found = values("scms-deliveries", "freight-share")
    told = [row for row in deliveries() if re.fullmatch(r"[\d.]+", row["Freight Cost (USD)"])]
    keys = [(quarter(row["at"]), None) for row in told]
    freight, value = (
        summed((key, Fraction(row[column])) for key, row in zip(keys, told, strict=True))
        for column in ("Freight Cost (USD)", "Line Item Value")
    )
    assert found == {key: pytest.approx(float(100 * freight[key] / value[key])) for key in freight}


# Indicators


@cache
def indicators():
    return rows_of("mta-kpis", "performance.csv.gz", "iso-8859-1")


REPORTED = {"bus-trips": "374903", "distance-between-failures": "67816", "elevators": "304471",
            "customer-injuries": "67923", "bus-collisions": "304491", "lost-time": "100360"}  # fmt: skip


@pytest.mark.parametrize("kpi", REPORTED)
def test_mta_values_targets_and_verdicts_are_those_reported(kpi):
    found = results("mta-kpis", kpi)
    december = {row["PERIOD_YEAR"]: row for row in indicators() if row["INDICATOR_SEQ"] == REPORTED[kpi]}
    assert len(found) == len(december) == 6
    for year, row in december.items():
        told, target, actual = found[year, None], float(row["YTD_TARGET"]), float(row["YTD_ACTUAL"])
        if not target:
            assert (told["status"], told["counted"]) == ("no_data", 0)
            assert told["excluded"] == sum(
                other["PERIOD_YEAR"] == year and other["INDICATOR_SEQ"] == REPORTED[kpi] for other in indicators()
            )
            continue
        is_met = actual >= target if row["DESIRED_CHANGE"] == "U" else actual <= target
        assert (told["value"], told["target"], told["status"] == "met") == (actual, target, is_met)


def test_mta_months_as_groups():
    found = values("mta-kpis", "bus-trips-by-month")
    rows = [row for row in indicators() if row["INDICATOR_SEQ"] == "374903"]
    months = {(row["PERIOD_YEAR"], row["PERIOD_MONTH"]): float(row["MONTHLY_ACTUAL"]) for row in rows}
    assert {key: value for key, value in found.items() if key[1]} == months


def test_mta_share_of_targets_reached():
    found = results("mta-kpis", "targets-reached")
    count, reached = Counter(), Counter()
    for row in indicators():
        target, actual = float(row["MONTHLY_TARGET"]), float(row["MONTHLY_ACTUAL"])
        if target and row["DESIRED_CHANGE"] != "N":
            count[row["PERIOD_YEAR"]] += 1
            reached[row["PERIOD_YEAR"]] += actual >= target if row["DESIRED_CHANGE"] == "U" else actual <= target
    whole = {year: row for (year, group), row in found.items() if group is None}
    assert {year: (row["counted"], row["numerator"]) for year, row in whole.items()} == {
        year: (count[year], reached[year]) for year in count
    }
    assert sum(row["counted"] + row["excluded"] for row in whole.values()) == len(indicators()) == 5_185


# Attendances


@cache
def attendances():
    rows = rows_of("nhs-ae", "ae_attendances.csv")
    return [row | {"at": day(row["period"], "%Y-%m-%d"), "all": int(float(row["attendances"])),
                   "late": int(float(row["breaches"]))} for row in rows]  # fmt: skip


def within_four_hours(period, group):
    keys = [(period(row["at"]), group(row)) for row in attendances()]
    within = summed((key, row["all"] - row["late"]) for key, row in zip(keys, attendances(), strict=True))
    return share(within, summed((key, row["all"]) for key, row in zip(keys, attendances(), strict=True)))


def test_nhs_national_share_is_patients_over_patients():
    found = {period: value for (period, group), value in values("nhs-ae", "four-hour-standard").items() if not group}
    national = within_four_hours(month, lambda _: None)
    assert found == {period: value for (period, _), value in national.items()}
    # As published for England, all types of department.
    assert [round(found[period], 1) for period in ("2016-04", "2017-01", "2017-03")] == [90.0, 85.1, 90.0]


def test_nhs_share_by_provider():
    found = values("nhs-ae", "four-hour-standard-by-provider")
    assert found == within_four_hours(quarter, lambda row: row["org_code"])
    assert len({group for _, group in found if group}) == 259


def test_nhs_roll_up_is_not_the_mean_of_the_providers_shares():
    shares = [100 * (row["all"] - row["late"]) / row["all"] for row in attendances() if row["period"] == "2017-01-01"]
    assert values("nhs-ae", "four-hour-standard")["2017-01", None] < sum(shares) / len(shares) - 5


# Buses

MINUTES = re.compile(r"(\d+)\s*\.?(?:m[a-z]*)?", re.IGNORECASE)
HOURS = re.compile(r"(\d+)\s*h[a-z]*\s*(?:(\d+)\s*m[a-z]*)?", re.IGNORECASE)


def minutes_late(text):
    """None where nothing was written; ValueError where it is no length of time."""
    if not text:
        return None
    if match := MINUTES.fullmatch(text):
        return int(match[1])
    if match := HOURS.fullmatch(text):
        return 60 * int(match[1]) + int(match[2] or 0)
    raise ValueError(text)


@cache
def buses():
    """The rows that can be used, by key, and the numbers of those that cannot; the headings are row 1."""
    used, unusable = {}, set()
    for number, row in enumerate(rows_of("bus-delays", "breakdowns_and_delays.csv.gz"), start=2):
        try:
            row["minutes"] = minutes_late(row["How_Long_Delayed"].strip())
        except ValueError:
            unusable.add(number)
            continue
        used[row["Route_Number"], row["Occurred_On"], row["Bus_Company_Name"]] = row
    return list(used.values()), unusable


def test_bus_rows_that_cannot_be_used_are_all_listed():
    account, (used, unusable) = report("bus-delays", "delays"), buses()
    assert {reject["row"] for reject in account["rejects"]} == unusable
    assert {reject["column"] for reject in account["rejects"]} == {"delay"}
    assert (account["read"], account["used"], account["rejected"]) == (4_656, len(used), len(unusable))
    assert account["duplicate"] == 4_656 - len(used) - len(unusable)
    assert {"25-35 MIN", "?????", "TBD", "7:41 AM"} <= {reject["seen"] for reject in account["rejects"]}


def test_bus_mean_delay_by_company():
    found = results("bus-delays", "mean-delay")
    counted = [row for row in buses()[0] if row["minutes"] is not None and row["minutes"] <= 240]
    names = workspace("bus-delays").agreement.sources["delays"].column("company").values
    keys = [(f"2016-{row['Occurred_On'][:2]}", names[row["Bus_Company_Name"]]) for row in counted]
    minutes = summed((key, row["minutes"]) for key, row in zip(keys, counted, strict=True))
    count = summed((key, 1) for key in keys)
    told = {key: (row["value"], row["counted"]) for key, row in found.items() if row["counted"]}
    assert told == {key: (pytest.approx(float(minutes[key] / count[key] / 60)), count[key]) for key in minutes}
    assert sum(row["excluded"] for (_, company), row in found.items() if company is None) == 4


def test_bus_companies_are_all_recognised():
    names = workspace("bus-delays").agreement.sources["delays"].column("company").values
    assert set(names) == {row["Bus_Company_Name"] for row in rows_of("bus-delays", "breakdowns_and_delays.csv.gz")}
    assert (len(names), len(set(names.values()))) == (34, 27)
