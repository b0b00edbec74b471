"""Every mistake in an agreement's text is told with its place, what was seen, what was expected and how to mend it."""

import math
import subprocess
import sys

import pytest

from rapport.domain.settlement import Window
from rapport.engine.agreement import json_schema
from rapport.engine.document import DocumentError, digest_of, load, parse

GOOD = """\
rapport: 1
id: desk
title: Service desk
parties: {client: {name: Client}, partner: {name: Partner}}
term: {from: 2026-01-01, to: 2026-12-31}
calendars:
  office:
    hours: {mon-fri: "09:00-17:00"}
    holidays: {add: {2026-12-24: Christmas Eve}, drop: [2026-01-01]}
    replacements: {2026-12-31: "09:00-12:00"}
sources:
  tickets:
    files: [tickets.csv]
    format: csv
    key: id
    columns:
      id: text
      opened: time
      closed: {type: time, header: Closed at}
clocks:
  handling:
    source: tickets
    start: {column: opened}
    stop: {column: closed}
    calendar: office
    limit: 4h
kpis:
  - id: quick
    name: Handled quickly
    kind: share_within_limit
    clock: handling
    period: {kind: month, by: start}
    direction: higher
    bands:
      - {name: Poor}
      - {name: Good, edge: 90, target: true}
"""


HEADER = "sources.tickets.columns.closed.heder"


def faults_of(text):
    with pytest.raises(DocumentError) as refused:
        parse(text)
    return refused.value.faults


def changed(old, new):
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def placed(text, line, column):
    """The words of a document from a line and column on."""
    return text.splitlines()[line - 1][column - 1 :]


def test_days_to_settle_figures_are_ten_each_unless_agreed_otherwise():
    assert parse(GOOD)[0].settling.window == Window(10, 10, 10)
    said = "settling: {report: 0d, verify: 2 weeks}\n"
    assert parse(GOOD + said)[0].settling.window == Window(0, 14, 10)


@pytest.mark.parametrize("days", ["5", "1h", "36h", "367d", "5 business days", "-1d", "soon", "", "[1d]"])
def test_a_phase_is_whole_calendar_days(days):
    [fault] = faults_of(f"{GOOD}settling:\n  report: 5d\n  verify: {days}\n")
    assert (fault.line, fault.path) == (GOOD.count("\n") + 3, "settling.verify")
    assert fault.expected == "whole calendar days from 0d to 366d, such as 10d"


def test_schema_gives_the_days_as_they_are_written():
    said = json_schema()["$defs"]["Settling"]["properties"]
    assert [(field["type"], field["default"]) for field in said.values()] == [("string", "10d")] * 3


def test_a_good_agreement_is_read():
    agreement, data = parse(GOOD)
    assert agreement.kpi("quick").clock == "handling"
    assert data["calendars"]["office"]["holidays"]["add"] == {"2026-12-24": "Christmas Eve"}


@pytest.mark.parametrize(
    ("old", "new", "place", "path", "seen", "told"),
    [
        ("title: Service desk\n", "", "rapport: 1", "title", "nothing", "Add `title:` here"),
        ("id: desk", "id: Desk!", "Desk!", "id", "'Desk!'", "pattern"),
        ("rapport: 1", "rapport: 2", "2", "rapport", "2", "1"),
        ("title: Service desk", "titel: Service desk", "titel", "titel", "unknown field 'titel'", "'title'"),
        ("clock: handling", "clok: handling", "clok", "kpis.0.clok", "unknown field 'clok'", "'clock'"),
        ("header: Closed at", "heder: Closed at", "heder", HEADER, "unknown field 'heder'", "'header'"),
        ("limit: 4h", "limit: 4x", "4x", "clocks.handling.limit", "'4x'", "is not a unit of time"),
        ("limit: 4h", "limit: 4", "4", "clocks.handling.limit", "4", "text in quotes"),
        (
            "limit: 4h",
            "limit: {by: id, values: {a: 4x}}",
            "4x",
            "clocks.handling.limit.values.a",
            "'4x'",
            "unit of time",
        ),
        ("id: text", "id: txt", "txt", "sources.tickets.columns.id", "'txt'", "'text', 'number'"),
        ("key: id", "key: 5", "5", "sources.tickets.key", "5", "a list"),
        ("kind: share_within_limit", "kind: speed", "id: quick", "kpis.0", "a group of fields", "'share_within_limit'"),
        ("direction: higher", "direction: up", "up", "kpis.0.direction", "'up'", "'higher' or 'lower'"),
        ("edge: 90", "edge: ninety", "ninety", "kpis.0.bands.1.edge", "'ninety'", "a number such as 95"),
        ("edge: 90", "edge: .nan", ".nan", "kpis.0.bands.1.edge", "nan", "a number such as 95"),
        ("edge: 90", "edge: -.inf", "-.inf", "kpis.0.bands.1.edge", "-inf", "a number such as 95"),
        ("edge: 90", "edge: true", "true", "kpis.0.bands.1.edge", "True", "a number such as 95"),
        ("target: true", "target: 5", "5", "kpis.0.bands.1.target", "5", "true or false"),
        (
            "files: [tickets.csv]",
            "files: tickets.csv",
            "tickets.csv",
            "sources.tickets.files",
            "'tickets.csv'",
            "a list",
        ),
        ("files: [tickets.csv]", "files: [1]", "1", "sources.tickets.files.0", "1", "text"),
        ("from: 2026-01-01", "from: 2026-02-30", "2026-02-30", "term.from", "'2026-02-30'", "a date such as"),
        ("from: 2026-01-01", "from: soon", "soon", "term.from", "'soon'", "a date such as"),
        (
            "from: 2026-01-01",
            "from: 2026-01-01 10:00:00",
            "2026-01-01 10:00:00",
            "term.from",
            "2026-01-01 10:00:00",
            "a date such as",
        ),
        (
            "2026-12-24: C",
            "24 December: C",
            "Christmas Eve",
            "calendars.office.holidays.add.24 December",
            "'24 December'",
            "a date",
        ),
        (
            '{mon-fri: "09:00-17:00"}',
            '{mon-fry: "09:00-17:00"}',
            "{mon-fry",
            "calendars.office.hours",
            "a group",
            "names no day",
        ),
        (
            '{mon-fri: "09:00-17:00"}',
            '{fri-mon: "09:00-17:00"}',
            "{fri-mon",
            "calendars.office.hours",
            "a group",
            "backwards",
        ),
        ('{mon-fri: "09:00-17:00"}', "always", "always", "calendars.office.hours", "'always'", "24x7"),
        (
            '2026-12-31: "09:00-12:00"',
            "2026-12-31: 9-12",
            "9-12",
            "calendars.office.replacements.2026-12-31",
            "'9-12'",
            "times of day",
        ),
        ("kind: month", "kind: fortnight", "fortnight", "kpis.0.period.kind", "'fortnight'", "'week'"),
        (
            "format: csv",
            "format: csv\n    reject_limit: 5",
            "5",
            "sources.tickets.reject_limit",
            "5",
            "percentage with its sign",
        ),
        (
            "format: csv",
            "format: csv\n    reject_limit: 101%",
            "101%",
            "sources.tickets.reject_limit",
            "'101%'",
            "between 0% and 100%",
        ),
        (
            "format: csv",
            "format: csv\n    delivered_by: Partner",
            "Partner",
            "sources.tickets.delivered_by",
            "'Partner'",
            "'partner', 'client' or 'either'",
        ),
        ("clock: handling", "clock: handeling", "handeling", "kpis.0.clock", "'handeling'", "Did you mean 'handling'?"),
    ],
)
def test_each_fault_is_told_with_its_place(old, new, place, path, seen, told):
    text = changed(old, new)
    fault = next(fault for fault in faults_of(text) if fault.path == path)
    assert placed(text, fault.line, fault.column).startswith(place)
    assert seen in fault.seen
    assert told in f"{fault.expected} {fault.mend}"
    others = [other.seen for other in faults_of(text) if other != fault]
    assert others == (["nothing"] if "unknown" in seen and path != HEADER else [])
    assert str(fault).startswith(f"line {fault.line}, column {fault.column} ({path}): seen ")


def test_all_faults_are_told_at_once_and_in_order():
    text = GOOD.replace("id: desk", "id: D").replace("limit: 4h", "limit: 4x").replace("edge: 90", "edge: x")
    text += "colour: red\nneeds: {}\n"
    assert [fault.path for fault in faults_of(text)] == [
        "id", "clocks.handling.limit", "kpis.0.bands.1.edge", "colour", "needs"
    ]  # fmt: skip


def test_all_broken_rules_are_told_at_once():
    text = GOOD.replace("calendar: office", "calendar: offices").replace("by: start", "by: begin")
    assert [fault.path for fault in faults_of(text)] == ["clocks.handling.calendar", "kpis.0.period.by"]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("limit: 4h", "limit: 4h\n    limit: 8h", "limit"),
        ("id: text", "id: text\n      id: number", "id"),
        ("2026-12-24: Christmas Eve", "2026-12-24: a, 2026-12-24: b", "2026-12-24"),
        ("id: desk", "id: desk\nkpis: []", "kpis"),
    ],
)
def test_a_field_given_twice_is_refused(old, new, name):
    text = changed(old, new)
    fault = next(fault for fault in faults_of(text) if "a second time" in fault.seen)
    assert placed(text, fault.line, fault.column).startswith(name)


def test_names_of_fields_are_the_texts_that_were_written():
    column = 'id: {type: boolean, true: [y], false: [n], values: {1: "yes", no: "n", 2026-01-01: "y"}}'
    agreement, _ = parse(changed("id: text", column))
    found = agreement.sources["tickets"].column("id")
    assert (found.true, found.values) == (("y",), {"1": "yes", "no": "n", "2026-01-01": "y"})


def test_parts_may_be_shared_with_anchors():
    text = GOOD.replace(
        "clocks:", "clocks:\n  other: &clock {source: tickets, start: {column: opened}, stop: {column: closed}}"
    )
    text = text.replace(
        "    source: tickets\n    start: {column: opened}\n    stop: {column: closed}\n", "    <<: *clock\n"
    )
    agreement, _ = parse(text)
    assert agreement.clocks["handling"].stop == agreement.clocks["other"].stop
    assert agreement.clocks["handling"].calendar == "office"


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join(['*' + before] * 10)}], k{name}: 1}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "an empty file"),
        ("# nothing yet\n", "an empty file"),
        ("~", "an empty file"),
        ("- rapport: 1", "a list"),
        ("rapport", "a str"),
        (LAUGHS, "more than 100,000 values"),
        (MERGES, "more than 100,000 values"),
        ("a: &a [*a]", "more than 100,000 values"),
        ("a: *nowhere", "undefined alias"),
        ("? [a, b]\n: 1", "in place of a field's name in line 1"),
        ("rapport: 1\n---\nrapport: 1", "another document"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("rapport: \0", "control characters are not allowed"),
        ("a: " + "[" * 20_000, "more than 50 groups within each other"),
    ],
)  # fmt: skip
def test_what_is_no_agreement_at_all_is_refused(text, told):
    (fault,) = faults_of(text)
    assert told in fault.seen


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("rapport: 1\n\tid: desk", 2, 1),
        ("rapport: 1\nid: [a\ntitle: x", 3, 6),
        ("rapport: 1\nid: 'desk", 2, 10),
        ("rapport: 1\n  id: desk", 2, 5),
        ("rapport: 1\nid: @desk", 2, 5),
    ],
)
def test_mistakes_of_layout_are_told_with_their_place(text, line, column):
    (fault,) = faults_of(text)
    assert (fault.line, fault.column, fault.mend) == (line, column, "Mend the layout of this line.")


def test_files_in_other_encodings_are_refused(tmp_path):
    path = tmp_path / "agreement.yaml"
    path.write_bytes(changed("title: Service desk", "title: Büro").encode("latin-1"))
    with pytest.raises(DocumentError, match="not UTF-8"):
        load(path)
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(path).agreement.title == "Service desk"


def loaded(tmp_path, text):
    path = tmp_path / "agreement.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_the_digest_is_of_what_is_said_not_of_how(tmp_path):
    document = loaded(tmp_path, GOOD)
    for text in (
        "# A comment\n" + GOOD,
        changed("{name: Poor}", "\n        name: 'Poor'"),
        changed("files: [tickets.csv]", "files: [elsewhere/tickets.csv, more.csv]"),
        changed("    files: [tickets.csv]\n", ""),
        "title: Service desk\n" + changed("title: Service desk\n", ""),
        changed("2026-12-24:", '"2026-12-24":'),
    ):
        assert loaded(tmp_path, text).digest == document.digest


@pytest.mark.parametrize(
    ("old", "new", "kpi_changes"),
    [
        ("limit: 4h", "limit: 5h", True),
        ("edge: 90", "edge: 91", True),
        ("mon-fri", "mon-thu", True),
        ("2026-12-24", "2026-12-23", True),
        ("header: Closed at", "header: Closed", True),
        ("to: 2026-12-31", "to: 2026-12-30", True),
        ("title: Service desk", "title: Desk", False),
    ],
)
def test_the_digest_changes_with_the_definition(tmp_path, old, new, kpi_changes):
    before, after = loaded(tmp_path, GOOD), loaded(tmp_path, changed(old, new))
    assert after.digest != before.digest
    digests = [document.kpi_digest(document.agreement.kpi("quick")) for document in (before, after)]
    assert (digests[0] != digests[1]) == kpi_changes


@pytest.mark.parametrize(
    ("old", "added"),
    [
        ("format: csv", "    delivered_by: partner"),
        ("name: Handled quickly", "    measured_by: client"),
        ("name: Handled quickly", "    tolerance: 0.5"),
    ],
)
def test_what_the_sides_do_with_a_figure_is_agreed_but_no_result_rests_on_it(tmp_path, old, added):
    before, after = loaded(tmp_path, GOOD), loaded(tmp_path, changed(old, f"{old}\n{added}"))

    assert after.digest != before.digest
    assert after.kpi_digest(after.agreement.kpi("quick")) == before.kpi_digest(before.agreement.kpi("quick"))
    assert after.source_digest("tickets") == before.source_digest("tickets")


def test_digests_of_equal_data_are_equal():
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": math.nan})


READ = """
import sys
from rapport.engine.document import DocumentError, parse
try:
    parse(sys.stdin.read())
except DocumentError as error:
    print(error.faults[0].seen)
"""


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "- " * 100_000, "a: " + "{a: " * 100_000])
def test_a_text_of_many_groups_within_each_other_ends_no_process(text):
    done = subprocess.run([sys.executable, "-c", READ], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.returncode
    assert "more than 50 groups within each other" in done.stdout


def test_of_a_text_of_many_unknown_fields_the_first_faults_are_told():
    with pytest.raises(DocumentError) as refused:
        parse("".join(f"k{place}: 1\n" for place in range(20_000)))
    assert len(refused.value.faults) == 200
