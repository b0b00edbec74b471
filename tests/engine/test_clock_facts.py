"""Elapsed time, pauses, deadlines and verdicts, from files to facts, against a count of seconds one by one.

The reference keeps one flag for each second of a few days: open or not, paused or not. It walks UTC and asks the time
zone for each local time, and knows nothing of calendars compiled to tables.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

DAY = 86400
SPAN = 5 * DAY
CHANGES = {
    "Europe/London": ["2026-03-29 01:00", "2026-10-25 01:00"],
    "America/New_York": ["2026-03-08 07:00", "2026-11-01 06:00"],
    "Australia/Lord_Howe": ["2026-04-04 15:00", "2026-10-03 15:30"],
    "Asia/Kolkata": ["2026-02-28 18:30"],
    "UTC": ["2026-06-30 00:00"],
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@st.composite
def hours(draw):
    """The hours of a day as pairs of minutes; the last pair may end on the day after."""
    edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    if pairs and pairs[-1][0] < 1440 and draw(st.booleans()):
        pairs[-1] = (pairs[-1][0], draw(st.integers(0, pairs[-1][0] - 1)) if pairs[-1][0] else 1440)
    return pairs


@st.composite
def cases(draw):
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = utc(draw(st.sampled_from(CHANGES[zone])))
    near = st.integers(-2, 2).map(lambda days: datetime.fromtimestamp(change, UTC).date() + timedelta(days))
    return {
        "zone": zone,
        "first": change - 2 * DAY,
        "change": change,
        "weekly": draw(st.tuples(*[hours()] * 7)),
        "holidays": draw(st.sets(near, max_size=2)),
        "replacements": draw(st.dictionaries(near, hours(), max_size=2)),
        "limit": draw(st.sampled_from([60, 3600, 4 * 3600, 30 * 3600])),
        "at_limit": draw(st.sampled_from(["within", "late"])),
        "round_elapsed": draw(st.sampled_from([1, 60, 900])),
        "random": Random(draw(st.integers(0, 2**32))),
    }


def utc(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def hours_text(pairs):
    return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs) or "closed"


def open_flags(case):
    """A flag for each second of the case's span; clocks change and shifts begin on whole minutes."""
    zone = ZoneInfo(case["zone"])

    def hours_on(day):
        closed = day in case["holidays"]
        return case["replacements"].get(day, [] if closed else case["weekly"][day.weekday()])

    def is_open(instant):
        local = datetime.fromtimestamp(instant, zone)
        minute = local.hour * 60 + local.minute
        today, yesterday = hours_on(local.date()), hours_on(local.date() - timedelta(1))
        return any(a <= minute < (b if b > a else b + 1440) for a, b in today) or any(
            b <= a and minute < b for a, b in yesterday
        )

    return np.repeat([is_open(minute) for minute in range(case["first"], case["first"] + SPAN, 60)], 60)


def some_moment(case):
    """Any second of the middle of the span, or one on, just before or just after an edge."""
    random = case["random"]
    if random.random() < 0.5:
        return random.randrange(case["first"], case["first"] + SPAN - DAY)
    edge = case["change"] + random.choice([-DAY, -3600, 0, 0, 1800, 3600, DAY]) + 60 * random.choice([0, 0, 540, 1020])
    return edge + random.choice([-1, 0, 1])


def some_interval(case, start, stop):
    """A pause near a run: within, across, before or after it, of no length, backwards, or without an end."""
    random = case["random"]
    low, high = (some_moment(case) if random.random() < 0.6 else random.choice([start, stop]) for _ in range(2))
    if random.random() < 0.85:
        low, high = min(low, high), max(low, high)
    return low, None if random.random() < 0.15 else high


def some_records(case, count):
    """Runs (start, stop or None) with their pauses (start, end or None), which come in any order, some twice."""
    random, records = case["random"], []
    for _ in range(count):
        start = some_moment(case)
        stop = random.choice([some_moment(case), start, start + random.randrange(DAY), start - 1])
        pauses = [some_interval(case, start, stop) for _ in range(random.choice([0, 1, 1, 4]))]
        if pauses and pauses[0][1] is not None:
            pauses += [pauses[0], (pauses[0][1], pauses[0][1] + 600)]  # a duplicate, and one that follows at once
        records.append((start, None if random.random() < 0.2 else stop, random.sample(pauses, len(pauses))))
    return records


def marked(first, intervals, as_of):
    """A flag for each second that one of the intervals covers."""
    flags = np.zeros(SPAN, dtype=bool)
    for start, end in intervals:
        flags[max(start - first, 0) : max((as_of if end is None else end) - first, 0)] = True
    return flags


def expected_run(case, flags, record, as_of):
    """What the reference makes of one record: paused, elapsed, deadline, verdict and the merged pauses.

    What happened after `as_of` is not known yet.
    """
    first, (start, stop, pauses) = case["first"], record
    stop = None if stop is not None and stop > as_of else stop
    until = max(as_of if stop is None else stop, start)
    run = marked(first, [(start, until)], as_of)
    held = marked(first, pauses, as_of) & run
    paused = int((flags & held).sum())
    elapsed = int((flags & run & ~held).sum())
    elapsed -= elapsed % case["round_elapsed"]
    open_after = np.flatnonzero(flags[start - first :])
    needed = case["limit"] + paused
    deadline = start + int(open_after[needed - 1]) + 1 if needed <= len(open_after) else None
    is_late = elapsed > case["limit"] or (elapsed == case["limit"] and case["at_limit"] == "late")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(int))) + first
    return {
        "paused": paused,
        "elapsed": elapsed,
        "deadline": deadline,
        "verdict": "late" if is_late else "within" if stop is not None else None,
        "pauses": list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)),
    }


def instant(text):
    return int(datetime.fromisoformat(text).timestamp())


def in_hours(desk, case):
    """An agreement whose clock runs in the case's calendar, less pauses of `holds` and relief of `reliefs`."""
    weekly = dict(zip(DAYS, map(hours_text, case["weekly"]), strict=True))
    calendar = {
        "hours": weekly,
        "time_zone": case["zone"],
        "holidays": {"add": {day.isoformat(): "Closed" for day in case["holidays"]}},
        "replacements": {day.isoformat(): hours_text(pairs) for day, pairs in case["replacements"].items()},
    }
    clock = desk.clock(
        calendar="hours",
        limit=f"{case['limit']}s",
        at_limit=case["at_limit"],
        round_elapsed=f"{case['round_elapsed']}s",
        pauses=[{"source": "holds", "start": "begun", "end": "ended", "record": "ticket"}],
        relief=[{"source": "reliefs", "start": "begun", "end": "ended"}],
    )
    return desk.agreement(
        calendars={"hours": calendar},
        sources={
            "tickets": desk.source(opened="time", closed="time"),
            "holds": desk.source(ticket="text", begun="time", ended="time"),
            "reliefs": desk.source(begun="time", ended="time"),
        },
        clocks={"handling": clock},
        kpis=[desk.kpi(period="year")],
    )


@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate])  # shrinking takes minutes
@given(case=cases())
def test_runs_agree_with_a_count_of_seconds(desk, facts, case):
    records = some_records(case, 30)
    as_of = case["first"] + SPAN - case["random"].choice([DAY, DAY, 2 * DAY])
    opened = records[0][0]
    relief = [some_interval(case, opened, opened + DAY) for _ in range(case["random"].choice([0, 1, 3]))]
    tickets = [
        {"id": f"T{number}", "opened": desk.cell(start), "closed": desk.cell(stop)}
        for number, (start, stop, _) in enumerate(records)
    ]
    holds = [(f"T{number}", begun, ended) for number, (_, _, pauses) in enumerate(records) for begun, ended in pauses]
    case["random"].shuffle(holds)
    found = facts(
        in_hours(desk, case),
        as_of=desk.cell(as_of),
        tickets=tickets,
        holds=[
            {"id": number, "ticket": ticket, "begun": desk.cell(begun), "ended": desk.cell(ended)}
            for number, (ticket, begun, ended) in enumerate(holds)
        ],
        reliefs=[
            {"id": number, "begun": desk.cell(begun), "ended": desk.cell(ended)}
            for number, (begun, ended) in enumerate(relief)
        ],
    )
    flags = open_flags(case) & ~marked(case["first"], relief, as_of)
    begun = {f"T{number}" for number, (start, *_) in enumerate(records) if start <= as_of}
    assert found.keys() == begun
    for number, record in enumerate(records):
        if f"T{number}" not in begun:
            continue
        row, expected = found[f"T{number}"], expected_run(case, flags, record, as_of)
        assert (row.paused, row.elapsed, row.verdict) == tuple(
            expected[name] for name in ("paused", "elapsed", "verdict")
        )
        assert [tuple(map(instant, pause)) for pause in row.pauses] == expected["pauses"]
        if expected["deadline"] is not None:
            assert instant(row.deadline) == expected["deadline"]
        else:
            assert row.deadline is None or instant(row.deadline) > case["first"] + SPAN


STATUSES = ("New", "Active", "Waiting", "Resolved", "Closed")


def replay(opened, events, reopen, as_of):
    """A case's clock by walking through its events: seconds run, when it stopped, how often it was reopened."""
    known = [*(event for event in events if event[0] <= as_of), (as_of, None)]
    ran, stopped, has_left, reopens = known[0][0] - opened, None, False, 0
    is_over = False
    for (moment, status), (following, _) in pairwise(known):
        if status in ("Resolved", "Closed"):
            stopped = moment if stopped is None else stopped
            has_left, is_over = True, reopen == "ignore"
        else:
            reopens += has_left
            ran = 0 if has_left and reopen == "restart" else ran
            stopped = stopped if is_over else None
            ran += following - moment if status != "Waiting" and not is_over else 0
            has_left = False
    return ran, stopped, reopens


@pytest.mark.parametrize("moment", ["2026-05-30 00:00:00", "2026-05-01 00:00:09"])
@pytest.mark.parametrize("reopen", ["continue", "restart", "ignore"])
def test_status_clocks_agree_with_a_replay_of_the_events(desk, facts, results, reopen, moment):
    """All events have happened by the later of the two moments, and about half of them by the earlier."""
    random, as_of, start = Random(7), desk.utc(moment), desk.utc("2026-05-01 00:00")
    logs = []
    for _ in range(400):
        moments = sorted(
            start + random.randrange(4) * 5 + random.choice([0, 0, 60, DAY]) for _ in range(random.choice([1, 2, 4, 7]))
        )
        events = list(dict.fromkeys((moment, random.choice(STATUSES)) for moment in moments))
        logs.append((moments[0] - random.choice([0, 30]), events))
    rows = [
        {"id": f"T{number}", "at": desk.cell(moment), "status": status, "opened": desk.cell(opened)}
        for number, (opened, events) in enumerate(logs)
        for moment, status in events
    ]
    clock = desk.clock(
        stop={"statuses": ["Resolved", "Closed"]}, reopen=reopen, pauses=[{"statuses": ["Waiting"]}], limit="1m"
    )
    data = desk.agreement(
        sources={"tickets": desk.event_log(opened="time")},
        clocks={"handling": clock},
        kpis=[
            desk.kpi(period="year", at="opened"),
            desk.kpi("reopen_rate", id="reopened", period="year", at="opened"),
            desk.kpi("first_time_right", id="right", period="year", at="opened"),
        ],
    )
    found = facts(data, as_of=moment, tickets=rows)
    expected = {
        f"T{number}": replay(opened, events, reopen, as_of)
        for number, (opened, events) in enumerate(logs)
        if opened <= as_of
    }
    assert {key: (row.elapsed, row.stop and instant(row.stop)) for key, row in found.items()} == {
        key: (ran, stopped) for key, (ran, stopped, _) in expected.items()
    }
    stopped = [reopens for _, stop, reopens in expected.values() if stop is not None]
    again = sum(reopens > 0 for reopens in stopped)
    found = results(data, as_of=moment, tickets=rows)
    rate, right = found["reopened"]["2026"], found["right"]["2026"]
    assert (rate.numerator, rate.denominator, rate.pending) == (again, len(stopped), len(expected) - len(stopped))
    assert rate.value == pytest.approx(100 * again / len(stopped))
    assert right.value == pytest.approx(100 - rate.value)


def one_run(desk, facts, clock, *rows, as_of="2026-03-31T00:00", **agreement):
    """The facts of records T0, T1, ... (opened, closed, further columns) on a clock."""
    columns = {"opened": "time", "closed": "time", "due": "time", "priority": "text"}
    data = desk.agreement(
        **{
            "sources": {"tickets": desk.source(**columns)},
            "clocks": {"handling": desk.clock(**clock)},
            "kpis": [desk.kpi(period="year")],
            **agreement,
        }
    )
    tickets = [
        {"id": f"T{number}", "opened": opened, "closed": closed, **more}
        for number, (opened, closed, more) in enumerate(rows)
    ]
    found = facts(data, as_of=as_of, tickets=tickets)
    return [found[f"T{number}"] for number in range(len(rows))]


OFFICE = {"office": {"hours": {"mon-fri": "09:00-17:00"}, "holidays": {"add": {"2026-01-06": "Closed"}}}}


def test_limits_by_priority_fall_back_to_the_default_or_are_missing(desk, facts):
    rows = [("2026-01-05 09:00:00", "2026-01-05 11:00:00", {"priority": p}) for p in ("P1", "P2", "P9", "")]
    values = {"P1": "1h", "P2": "2h"}
    strict = one_run(desk, facts, {"limit": {"by": "priority", "values": values}}, *rows)
    assert [(row.verdict, row.limit, row.state) for row in strict] == [
        ("late", "1h", "counted"),
        ("within", "2h", "counted"),
        (None, None, "missing"),
        (None, None, "missing"),
    ]
    lenient = one_run(desk, facts, {"limit": {"by": "priority", "values": values, "default": "8h"}}, *rows)
    assert [row.limit for row in lenient] == ["1h", "2h", "8h", "8h"]


def test_limits_in_days_keep_the_time_of_day(desk, facts):
    rows = [
        ("2026-01-05 10:30:00", "2026-01-08 10:30:00", {}),  # Monday; Tuesday is a holiday
        ("2026-01-05 10:30:00", "2026-01-08 10:30:01", {}),
        ("2026-01-09 18:00:00", "2026-01-13 09:00:01", {}),  # Friday evening starts on Monday at nine
    ]
    business = one_run(desk, facts, {"calendar": "office", "limit": "2 business days"}, *rows, calendars=OFFICE)
    assert [(row.deadline[:16], row.verdict) for row in business] == [
        ("2026-01-08T10:30", "within"),
        ("2026-01-08T10:30", "late"),
        ("2026-01-14T09:00", "within"),
    ]
    calendar = one_run(desk, facts, {"calendar": "office", "limit": "2 calendar days"}, *rows, calendars=OFFICE)
    assert [(row.deadline[:16], row.verdict) for row in calendar] == [
        ("2026-01-07T10:30", "late"),
        ("2026-01-07T10:30", "late"),
        ("2026-01-11T18:00", "late"),
    ]
    assert business[1].overdue_by == 1


def test_hours_beside_days_are_judged_by_elapsed_time(desk, facts):
    """Work that ends when the office closes has used up no more after hours, whatever other limits the clock has."""
    rows = [
        ("2026-01-05 09:00:00", closed, {"priority": "P1"}) for closed in ("2026-01-05 17:00:00", "2026-01-05 20:00:00")
    ]
    limit = {"by": "priority", "values": {"P1": "8h", "P2": "2 business days"}}
    runs = one_run(desk, facts, {"calendar": "office", "limit": limit}, *rows, calendars=OFFICE)
    assert [(row.elapsed, row.verdict, row.overdue_by) for row in runs] == [(28800, "within", None)] * 2


def test_a_due_column_is_judged_with_its_grace(desk, facts):
    rows = [
        ("2026-01-05 09:00:00", closed, {"due": due})
        for closed, due in [
            ("2026-01-05 12:15:00", "2026-01-05 12:00:00"),
            ("2026-01-05 12:15:01", "2026-01-05 12:00:00"),
            ("2026-01-05 12:15:01", ""),
            ("", "2026-03-30 23:45:00"),
            ("", "2026-03-30 23:44:59"),
        ]
    ]
    runs = one_run(desk, facts, {"limit": None, "due": "due", "grace": "15m"}, *rows)
    assert [(row.verdict, row.state, row.overdue_by) for row in runs] == [
        ("within", "counted", None),
        ("late", "counted", 1),
        (None, "missing", None),
        (None, "pending", None),
        ("late", "counted", 1),
    ]


@pytest.mark.parametrize(("at_limit", "verdict"), [("within", "within"), ("late", "late")])
def test_exactly_at_the_limit_is_what_the_agreement_says(desk, facts, at_limit, verdict):
    rows = [
        ("2026-01-05 09:00:00", closed, {})
        for closed in ("2026-01-05 12:59:59", "2026-01-05 13:00:00", "2026-01-05 13:00:01")
    ]
    found = one_run(desk, facts, {"at_limit": at_limit}, *rows)
    assert [row.verdict for row in found] == ["within", verdict, "late"]


def test_rounded_elapsed_time_forgives_the_seconds_it_drops(desk, facts):
    rows = [("2026-01-05 09:00:00", closed, {}) for closed in ("2026-01-05 13:00:59", "2026-01-05 13:01:00")]
    found = one_run(desk, facts, {"round_elapsed": "1m"}, *rows)
    assert [(row.elapsed, row.verdict) for row in found] == [(14400, "within"), (14460, "late")]


def test_open_records_wait_until_their_limit_has_passed(desk, facts):
    rows = [(opened, "", {}) for opened in ("2026-03-30 20:00:00", "2026-03-30 19:59:59")]
    found = one_run(desk, facts, {}, *rows)
    assert [(row.verdict, row.state, row.elapsed) for row in found] == [
        (None, "pending", 14400),
        ("late", "counted", 14401),
    ]


def test_a_mistyped_year_leaves_a_record_open_or_missing(desk, facts):
    rows = [
        ("2026-01-05 09:00:00", "2926-01-05 10:00:00", {}),
        ("2026-01-05 09:00:00", "2026-01-06 10:00:00", {}),
        ("1926-01-05 09:00:00", "2026-01-05 10:00:00", {}),
    ]
    for limit, state in (("4h", "counted"), ("1 business day", "counted"), ("900000h", "pending")):
        mistyped, other = one_run(desk, facts, {"limit": limit}, rows[0], rows[1])
        assert (mistyped.stop, mistyped.state, other.state) == (None, state, "counted")
    data = desk.agreement(
        kpis=[desk.kpi(period="year", at="closed")], clocks={"handling": desk.clock(limit="2 business days")}
    )
    ancient = facts(data, tickets=[{"id": "T0", "opened": rows[2][0], "closed": rows[2][1]}])
    assert ancient["T0"].state == "missing"


def holds(desk, facts, clock, holds_rows, holds_columns=None, tickets_columns=None, tickets=None):
    """The run of a ticket open from nine to noon, less pauses from the source `holds`."""
    columns = holds_columns or {"ticket": "text", "begun": "time", "ended": "time", "kind": "text"}
    data = desk.agreement(
        sources={
            "tickets": desk.source(**(tickets_columns or {"opened": "time", "closed": "time"})),
            "holds": desk.source(**columns),
        },
        clocks={"handling": desk.clock(**clock)},
        kpis=[desk.kpi(period="year")],
    )
    own = tickets or [
        {"id": f"T{n}", "opened": "2026-01-05 09:00:00", "closed": "2026-01-05 12:00:00"} for n in range(2)
    ]
    named = [{"id": number, **row} for number, row in enumerate(holds_rows)]
    return facts(data, tickets=own, holds=named)


def hold(ticket, begun, ended, kind="customer"):
    return {"ticket": ticket, "begun": f"2026-01-05 {begun}:00", "ended": f"2026-01-05 {ended}:00", "kind": kind}


BY_TICKET = {"source": "holds", "start": "begun", "end": "ended", "record": "ticket"}


def test_an_interval_without_a_record_is_for_all_records(desk, facts):
    rows = [hold("T0", "09:30", "10:00"), hold("", "09:45", "10:15")]
    for field in ("pauses", "relief"):
        found = holds(desk, facts, {field: [BY_TICKET]}, rows)
        assert (found["T0"].elapsed, found["T1"].elapsed) == (3 * 3600 - 45 * 60, 3 * 3600 - 30 * 60)
    everybody = {key: value for key, value in BY_TICKET.items() if key != "record"}
    found = holds(desk, facts, {"pauses": [everybody]}, rows)
    assert {row.elapsed for row in found.values()} == {3 * 3600 - 45 * 60}


def test_a_pause_without_a_beginning_pauses_nothing(desk, facts):
    begun = {"ticket": "T0", "begun": "", "ended": "2026-01-05 10:00:00", "kind": "customer"}
    found = holds(desk, facts, {"pauses": [BY_TICKET]}, [begun, hold("T0", "10:30", "11:00")])
    assert (found["T0"].paused, found["T0"].elapsed) == (1800, 3 * 3600 - 1800)


@pytest.mark.parametrize(
    ("limit", "due"), [("1 calendar day", "06T09:30"), ("1 business day", "06T09:30"), ("4h", "05T13:30")]
)
def test_pauses_move_every_due_time(desk, facts, limit, due):
    found = holds(desk, facts, {"pauses": [BY_TICKET], "limit": limit}, [hold("T0", "09:30", "10:00")])
    assert found["T0"].deadline[8:16] == due


def test_only_the_intervals_of_the_filter_pause(desk, facts):
    rows = [hold("T0", "09:30", "10:00"), hold("T0", "10:30", "11:00", "internal")]
    found = holds(desk, facts, {"pauses": [{**BY_TICKET, "filter": "kind = 'customer' or kind = 'carrier'"}]}, rows)
    assert found["T0"].paused == 1800


def test_records_with_numbers_for_keys_find_their_pauses(desk, facts):
    found = holds(
        desk,
        facts,
        {"pauses": [BY_TICKET]},
        [hold("7", "09:30", "10:00"), hold("", "11:00", "11:10")],
        {"ticket": "number", "begun": "time", "ended": "time", "kind": "text"},
        {"id": "number", "opened": "time", "closed": "time"},
        [{"id": 7, "opened": "2026-01-05 09:00:00", "closed": "2026-01-05 12:00:00"}],
    )
    assert found["7"].paused == 2400


def status_log(*events):
    return [
        {"id": key, "at": f"2026-01-05 {moment}:00", "status": status, "team": "second line"}
        for key, moment, status in events
    ]


def logged(desk, **clock):
    return desk.agreement(
        sources={"tickets": desk.event_log(team="text")},
        clocks={"handling": desk.clock(start={"statuses": ["Active"]}, stop={"statuses": ["Closed"]}, **clock)},
        kpis=[desk.kpi(period="year")],
    )


EVENTS = [
    ("A", "09:00", "New"), ("A", "09:10", "Active"), ("A", "10:00", "Closed"),
    ("A", "11:00", "Active"), ("A", "11:30", "Waiting"), ("A", "11:40", "Active"), ("A", "12:00", "Closed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "start", "stop", "elapsed"),
    [
        ({}, "09:10", "12:00", (50 + 60) * 60),
        ({"reopen": "restart"}, "11:00", "12:00", 60 * 60),
        ({"reopen": "ignore"}, "09:10", "10:00", 50 * 60),
        ({"pauses": [{"statuses": ["Waiting"]}]}, "09:10", "12:00", (50 + 50) * 60),
        ({"relief": [{"statuses": ["Waiting"]}]}, "09:10", "12:00", (50 + 50) * 60),
        ({"pauses": [{"statuses": ["Waiting"], "filter": "team = 'first line'"}]}, "09:10", "12:00", (50 + 60) * 60),
    ],
)
def test_a_clock_starts_and_stops_by_status(desk, facts, clock, start, stop, elapsed):
    run = facts(logged(desk, **clock), tickets=status_log(*EVENTS))["A"]
    assert (run.start[11:16], run.stop[11:16], run.elapsed) == (start, stop, elapsed)


def test_holidays_of_a_region_are_closed_unless_dropped(desk, facts):
    def office(**holidays):
        return {"office": {"hours": {"mon-fri": "09:00-17:00"}, "time_zone": "Europe/London", "holidays": holidays}}

    rows = [("2026-04-02 16:00:00", "2026-04-08 08:00:00", {})]  # over Easter: 16:00 UTC is closing time
    for calendar, days in [
        (office(), 3),
        (office(country="GB", subdivision="ENG"), 1),
        (office(country="GB", subdivision="ENG", drop=["2026-04-06"]), 2),
        (office(country="GB", subdivision="SCT"), 2),
    ]:
        (run,) = one_run(desk, facts, {"calendar": "office"}, *rows, calendars=calendar, as_of="2026-04-30")
        assert run.elapsed == days * 8 * 3600
