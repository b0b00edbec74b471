"""Every rule between the parts of an agreement has a case that breaks it, and is told where it is broken."""

import copy

import pytest
from pydantic import ValidationError

from rapport.engine.agreement import Agreement, Need, Objective
from rapport.engine.check import check_agreement, gaps, uncovered, unmeasured
from rapport.engine.plans import without_plan

DONE = {"name": "x", "when": "number = 1"}


@pytest.fixture
def data(desk):
    """An agreement that breaks no rule and has a part of every sort."""
    log = desk.event_log(opened="time", number="number", closed="time", flag="boolean")
    log["events"] |= {"order": "number", "first": ["opened"]}
    log |= {"opened": "opened", "version": "number", "flags": [DONE]}
    spans = {"source": "holds", "start": "begun", "end": "ended", "record": "ticket", "filter": "kind = 'a'"}
    by_status = {"start": {"statuses": ["New"]}, "stop": {"statuses": ["Done"]}, "limit": None, "due": "closed"}
    return desk.agreement(
        time_zone="Europe/London",
        calendars={
            "office": {
                "hours": {"mon-fri": "09:00-17:00"},
                "time_zone": "UTC",
                "holidays": {"country": "GB", "subdivision": "ENG"},
            }
        },
        needs=[{"id": "speed", "name": "Speed", "level": 1}, {"id": "care", "name": "Care", "level": 2}],
        objectives=[{"id": "fast", "name": "Fast", "need": "speed"}, {"id": "fair", "name": "Fair"}],
        sources={
            "tickets": log,
            "holds": desk.source(ticket="text", begun="time", ended="time", kind="text", value="number"),
        },
        clocks={
            "handling": desk.clock(
                calendar="office",
                limit={"by": "status", "values": {"A": "4h"}},
                pauses=[spans, {"statuses": ["Waiting"]}],
                relief=[spans],
            ),
            "other": desk.clock(**by_status),
        },
        kpis=[
            desk.kpi(objective="fast", need="speed", minimum=80, by=["status"], filter="number > 1", exclusions=[DONE]),
            desk.kpi("elapsed_time", id="time", statistic="percentile", percentile={"p": 95}),
            desk.kpi(
                "availability", id="up", at="begun", outages=spans, service="kind", by=["kind"], maintenance=[spans]
            ),
            desk.kpi("reported", id="told", source="holds", at="begun", value="value"),
            desk.kpi("share", id="share", at="opened", condition="flag"),
            desk.kpi("ratio", id="ratio", at="opened", numerator="number", denominator="number + 1"),
            desk.kpi("reopen_rate", id="again", clock="other", at="due", reopened="flag"),
            desk.kpi("backlog_age", id="backlog", ramp=[{"until": "2026-03-31", "target": 1}]),
        ],
    )


def problems_of(data):
    return check_agreement(Agreement.model_validate(data))


def with_part(data, path, value):
    """The data with one part, named by a dotted path, put in or taken out (None)."""
    changed = copy.deepcopy(data)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    part = changed
    for step in steps:
        part = part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return changed


def test_a_sound_agreement_breaks_no_rule(data):
    assert problems_of(data) == []


UNKNOWN = [
    "objectives.0.need", "sources.tickets.key", "sources.tickets.version", "sources.tickets.opened",
    "sources.tickets.events.time", "sources.tickets.events.status", "sources.tickets.events.order",
    "clocks.handling.calendar", "clocks.handling.source", "clocks.handling.start.column",
    "clocks.handling.stop.column", "clocks.handling.limit.by", "clocks.other.due",
    "clocks.handling.pauses.0.source", "clocks.handling.pauses.0.start", "clocks.handling.pauses.0.end",
    "clocks.handling.pauses.0.record", "clocks.handling.relief.0.source", "kpis.0.objective", "kpis.0.need",
    "kpis.0.clock", "kpis.0.period.by", "kpis.2.outages.source", "kpis.2.outages.start", "kpis.2.service",
    "kpis.2.maintenance.0.end", "kpis.3.source", "kpis.3.value", "kpis.3.period.by",
]  # fmt: skip


@pytest.mark.parametrize("path", UNKNOWN)
def test_names_refer_to_parts_that_exist(data, path):
    """A misspelt name is told where it stands, with what there is."""
    found = [problem for problem in problems_of(with_part(data, path, "nothing-like-it")) if problem.seen != "kind"]
    told = {".".join(map(str, problem.location)): problem for problem in found}
    assert told[path].seen == "'nothing-like-it'"
    assert told[path].mend.startswith(("There are: ", "Did you mean "))


@pytest.mark.parametrize(
    ("path", "value", "location", "told"),
    [
        ("term.to", "2025-12-31", "term.to", "a day from 2026-01-01 on"),
        ("kpis.1.id", "k", "kpis.1.id", "an id used once"),
        ("needs.1.id", "speed", "needs.1.id", "an id used once"),
        ("objectives.1.id", "fast", "objectives.1.id", "an id used once"),
        ("time_zone", "Mars/Base", "time_zone", "an IANA time zone"),
        ("time_zone", "../etc/passwd", "time_zone", "an IANA time zone"),
        ("calendars.office.time_zone", "London", "calendars.office.time_zone", "an IANA time zone"),
        ("sources.tickets.time_zone", "BST+1", "sources.tickets.time_zone", "an IANA time zone"),
        (
            "sources.tickets.columns.opened", {"type": "time", "time_zone": "Mars"},
            "sources.tickets.columns.opened.time_zone", "an IANA time zone",
        ),
        ("calendars.24x7", {"hours": "24x7"}, "calendars.24x7", "24x7 always exists"),
        ("calendars.office.holidays.country", "XX", "calendars.office.holidays.country", "a country code"),
        ("calendars.office.holidays.country", None, "calendars.office.holidays.subdivision", "a country beside it"),
        ("calendars.office.holidays.subdivision", "MA", "calendars.office.holidays.subdivision", "a region of it"),
        ("sources.tickets.columns._row", "text", "sources.tickets.columns._row", "without an underscore in front"),
        ("sources.tickets.columns.STATUS", "text", "sources.tickets.columns.STATUS", "by more than case"),
        ("sources.tickets.key", ["id", "idd"], "sources.tickets.key", "Did you mean 'id'?"),
        ("sources.tickets.opened", "number", "sources.tickets.opened", "a time or date column"),
        ("sources.tickets.events.time", "status", "sources.tickets.events.time", "a time or date column"),
        ("sources.tickets.events.status", "number", "sources.tickets.events.status", "a text column"),
        ("sources.tickets.events.first", ["opend"], "sources.tickets.events.first", "Did you mean 'opened'?"),
        ("sources.tickets.flags.0.when", "closed < ", "sources.tickets.flags.0.when", "cannot be read"),
        ("clocks.handling.start", {}, "clocks.handling.start", "either `column:` or `statuses:`"),
        ("clocks.handling.stop.statuses", ["Done"], "clocks.handling.stop", "either `column:` or `statuses:`"),
        ("clocks.handling.start.column", "status", "clocks.handling.start.column", "a time or date column"),
        ("clocks.handling.source", "holds", "clocks.handling.pauses.1.statuses", "a source with `events: status:`"),
        ("clocks.other.source", "holds", "clocks.other.start.statuses", "a source with `events: status:`"),
        ("clocks.other.due", "number", "clocks.other.due", "a time or date column"),
        ("clocks.other.limit", "4h", "clocks.other.due", "one of the two"),
        ("clocks.handling.limit.by", "number", "clocks.handling.limit.by", "a text column"),
        ("clocks.handling.pauses.0.end", None, "clocks.handling.pauses.0", "`start:` and `end:`, or `statuses:`"),
        ("clocks.handling.pauses.0.start", "kind", "clocks.handling.pauses.0.start", "a time or date column"),
        ("clocks.handling.pauses.0.record", "begun", "clocks.handling.pauses.0.record", "a text or number column"),
        ("clocks.handling.pauses.0.filter", "kin = 'a'", "clocks.handling.pauses.0.filter", "did you mean 'kind'?"),
        ("clocks.handling.limit", None, "kpis.0.clock", "a limit to be within"),
        ("clocks.other.due", None, "kpis.6.clock", "a limit to be within"),
        ("kpis.0.period.by", "number", "kpis.0.period.by", "a time or date column"),
        ("kpis.0.by", ["statu"], "kpis.0.by", "Did you mean 'status'?"),
        ("kpis.0.filter", "number = 'x'", "kpis.0.filter", "compares a number with a text"),
        ("kpis.0.filter", "number", "kpis.0.filter", "is not a condition"),
        ("kpis.0.exclusions.0.when", "nummer = 1", "kpis.0.exclusions.0.when", "did you mean 'number'?"),
        ("kpis.0.bands", [{"name": "Good", "edge": 90, "target": True}], "kpis.0.bands", "cover every value once"),
        ("kpis.0.bands.1.target", False, "kpis.0.bands", "one marked target"),
        ("kpis.0.bands.0.edge", 80, "kpis.0.bands", "cover every value once"),
        ("kpis.0.minimum", 95, "kpis.0.minimum", "a level no better than the target"),
        ("kpis.0.weight", -1, "kpis.0.weight", "0 or more"),
        ("kpis.0.tolerance", -0.5, "kpis.0.tolerance", "0 or more"),
        ("settling", {"report": "366d", "verify": "0d", "settle": "1d"}, "settling", "at most 366 days in all"),
        ("kpis.7.ramp", [{"until": "2026-03-31", "target": 1}] * 2, "kpis.7.ramp", "in the order of their days"),
        ("kpis.1.percentile", None, "kpis.1.statistic", "exactly where it is used"),
        ("kpis.1.statistic", "mean", "kpis.1.statistic", "exactly where it is used"),
        ("kpis.1.percentile.p", 0, "kpis.1.percentile.p", "above 0 and at most 100"),
        ("kpis.1.percentile.p", 100.5, "kpis.1.percentile.p", "above 0 and at most 100"),
        ("kpis.2.outages.source", None, "kpis.2.outages", "the source the intervals come from"),
        ("kpis.2.calendar", "ofice", "kpis.2.calendar", "Did you mean 'office'?"),
        ("kpis.2.by", ["value"], "kpis.2.by", "the column named as `service:`"),
        ("kpis.2.exclusions", [DONE], "kpis.2.exclusions", "none for availability"),
        ("kpis.3.value", "kind", "kpis.3.value", "a number column"),
        ("kpis.4.condition", "number + 1", "kpis.4.condition", "is not a condition"),
        ("kpis.5.numerator", "status", "kpis.5.numerator", "is not a number"),
        ("kpis.5.denominator", "opened", "kpis.5.denominator", "is not a number"),
        ("kpis.6.reopened", "flags", "kpis.6.reopened", "did you mean 'flag'?"),
        ("kpis.7.period.kind", "rolling", "kpis.7.period.kind", "a period with one end"),
    ],
)  # fmt: skip
def test_each_rule_is_told_where_it_is_broken(data, path, value, location, told):
    found = {
        ".".join(map(str, problem.location)): f"{problem.expected}. {problem.mend}"
        for problem in problems_of(with_part(data, path, value))
    }
    assert told in found[location]


def test_rules_of_unknown_parts_do_not_hide_each_other(data):
    broken = with_part(with_part(data, "kpis.0.clock", "handlin"), "kpis.0.need", "sped")
    assert [problem.location for problem in problems_of(broken)] == [("kpis", 0, "need"), ("kpis", 0, "clock")]


def test_needs_and_objectives_without_a_kpi_are_named(data):
    assert uncovered(Agreement.model_validate(data)) == [
        "No KPI measures the objective 'Fair'.",
        "No KPI measures the need 'Care'.",
    ]


def test_what_no_kpi_measures_is_told_apart_by_what_it_is(data):
    assert [(type(item), item.id) for item in unmeasured(Agreement.model_validate(data))] == [
        (Objective, "fair"), (Need, "care"),
    ]  # fmt: skip


PLAN = {
    "id": "late",
    "name": "Work is late",
    "objectives": ["fast"],
    "kpis": ["k"],
    "calendar": "office",
    "levels": [
        {"name": "One", "client": "Owner", "partner": "Lead", "within": "4h", "approves": 100},
        {"name": "Two", "client": "Manager", "partner": "Director", "within": "8h", "approves": 500},
    ],
    "executive": {"client": "Chief", "partner": "Chief"},
}
MEETING = {
    "id": "review", "name": "Review", "kind": "meeting", "client": ["Owner"], "partner": ["Lead"],
    "rhythm": "monthly", "day": "first tue", "channel": "Call",
}  # fmt: skip
DUTY = {"id": "answers", "name": "Answers", "what": "We answer.", "kpi": "k", "relieves": ["handling"]}


def places_of(data):
    return {".".join(map(str, problem.location)) for problem in problems_of(data)}


@pytest.fixture
def planned(data):
    plans = {"outcome": {"levels": [1, 2]}, "communication": [MEETING], "escalation": [PLAN], "duties": [DUTY]}
    return copy.deepcopy({**data, **plans})


def test_plans_that_break_no_rule_have_no_problem(planned):
    assert problems_of(planned) == []
    assert gaps(Agreement.model_validate(planned)) == []


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("outcome", "levels"), [1, 9], "outcome.levels.1"),
        (("outcome", "levels"), [1, 1], "outcome.levels.1"),
        (("communication", 0, "day"), "tue", "communication.0.day"),
        (("communication", 0, "day"), 29, "communication.0.day"),
        (("communication", 0, "rhythm"), "weekly", "communication.0.day"),
        (("communication", 0, "partner"), [], "communication.0.partner"),
        (("escalation", 0, "calendar"), "ofice", "escalation.0.calendar"),
        (("escalation", 0, "objectives"), ["slow"], "escalation.0.objectives.0"),
        (("escalation", 0, "kpis"), ["q"], "escalation.0.kpis.0"),
        (("escalation", 0, "levels"), [], "escalation.0.levels"),
        (("escalation", 0, "levels", 1, "client"), None, "escalation.0.levels.1.client"),
        (("escalation", 0, "levels", 0, "within"), "0h", "escalation.0.levels.0.within"),
        (("escalation", 0, "levels", 0, "approves"), -1, "escalation.0.levels.0.approves"),
        (("escalation", 0, "levels", 1, "approves"), 99, "escalation.0.levels.1.approves"),
        (("escalation", 0, "executive", "partner"), None, "escalation.0.executive.partner"),
        (("duties", 0, "kpi"), None, "duties.0"),
        (("duties", 0, "kpi"), "q", "duties.0.kpi"),
        (("duties", 0, "relieves"), ["other"], "duties.0.relieves.0"),
        (("duties", 0, "relieves"), ["none"], "duties.0.relieves.0"),
    ],
)
def test_plan_that_breaks_a_rule_is_told_where(planned, path, value, place):
    part = planned
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert place in places_of(planned)


REPORT = MEETING | {"kind": "report"}


@pytest.mark.parametrize(
    ("item", "problems"),
    [
        (MEETING | {"at": "10:00", "minutes": 45}, []),
        (MEETING | {"minutes": 90}, [("minutes", "90")]),
        (REPORT | {"minutes": 60}, [("minutes", "60")]),
        (REPORT | {"at": "10:00"}, [("at", "10:00")]),
        (REPORT | {"minutes": 30}, [("minutes", "30")]),
        (REPORT | {"at": "00:00", "minutes": 5}, [("at", "00:00"), ("minutes", "5")]),
    ],
)
def test_only_a_meeting_has_a_time_and_a_length(planned, item, problems):
    planned["communication"] = [item]
    found = [(problem.location, problem.seen) for problem in problems_of(planned)]
    assert found == [(("communication", 0, field), seen) for field, seen in problems]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", "24:00"),
        ("at", "9:00"),
        ("at", "10:00:00"),
        ("at", 600),
        ("at", " 10:00"),
        ("minutes", 4),
        ("minutes", 721),
    ],
)
def test_a_time_of_day_is_written_one_way_and_a_length_has_its_bounds(planned, field, value):
    planned["communication"] = [MEETING | {field: value}]
    with pytest.raises(ValidationError):
        Agreement.model_validate(planned)


def test_plan_without_executives_is_told_for_both_sides(planned):
    del planned["escalation"][0]["executive"]
    assert {"escalation.0.executive.client", "escalation.0.executive.partner"} <= places_of(planned)


def test_agreement_without_escalation_has_a_gap(planned):
    del planned["escalation"]
    assert problems_of(planned) == []
    assert len(gaps(Agreement.model_validate(planned))) == 1


def test_plan_that_names_one_of_two_kpis_leaves_their_objective_open(planned):
    planned["kpis"][1]["objective"] = "fast"
    planned["escalation"][0]["objectives"] = []
    one = [item.id for item in without_plan(Agreement.model_validate(planned))]
    planned["escalation"][0]["kpis"] = [kpi["id"] for kpi in planned["kpis"]]
    every = [item.id for item in without_plan(Agreement.model_validate(planned))]
    assert (one, every) == (["fast", "fair"], ["fair"])


def test_plan_that_names_nothing_covers_everything(planned):
    planned["escalation"][0] |= {"objectives": [], "kpis": []}
    assert without_plan(Agreement.model_validate(planned)) == []


def test_what_plans_leave_open_is_told(planned):
    planned["outcome"]["levels"] = [2]
    planned["duties"][0]["relieves"] = []
    told = uncovered(Agreement.model_validate(planned))
    assert "The outcome leaves out level 1, and higher levels do not make up for it." in told
    assert "No escalation plan covers the objective 'Fair'." in told
    assert "The clock 'handling' gives relief, and no duty says for what." in told
