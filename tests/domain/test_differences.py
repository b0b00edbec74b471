from collections import Counter
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import rapport.cli
from rapport.domain.differences import Change, ChangeKind, differences, words

ADDED, REMOVED, CHANGED = ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED
DEMO = yaml.safe_load((Path(rapport.cli.__file__).parent / "demo" / "agreement.yaml").read_text(encoding="utf-8"))
IN_TIME, REOPENED, HOURS = 0, 1, 2


@pytest.fixture
def edited():
    """The demo agreement, to be changed at will."""
    return deepcopy(DEMO)


def told(after, before=DEMO):
    return [words(change) for change in differences(before, after)]


def test_identical_documents_do_not_differ():
    assert differences(DEMO, deepcopy(DEMO)) == []


def test_order_of_kpis_and_fields_is_no_difference(edited):
    edited["kpis"].reverse()
    edited["kpis"] = [dict(reversed(kpi.items())) for kpi in edited["kpis"]]
    edited["needs"].reverse()
    assert differences(DEMO, edited) == []


def test_a_difference_says_where_it_is_and_what_stood_there(edited):
    edited["kpis"][IN_TIME]["minimum"] = 75
    path = ("kpis", "resolved-in-time", "minimum")
    assert differences(DEMO, edited) == [Change(path, CHANGED, 80, 75)]


def test_other_days_and_a_tolerance_are_told(edited):
    edited["settling"]["verify"] = "5d"
    edited["kpis"][REOPENED]["tolerance"] = 0.5
    assert told(edited) == ["KPI reopened: tolerance set to 0.5", "Time to verify changed from 10d to 5d"]


def test_a_raised_target_is_called_a_target(edited):
    edited["kpis"][IN_TIME]["bands"][3]["edge"] = 95
    edited["kpis"][IN_TIME]["bands"][2]["edge"] = 88
    assert told(edited) == [
        "KPI resolved-in-time: edge of band 'Approaching target' raised from 85 to 88",
        "KPI resolved-in-time: target of band Good raised from 90 to 95",
    ]


def test_a_target_that_moves_to_another_band_is_told(edited):
    bands = edited["kpis"][REOPENED]["bands"]
    bands[1]["target"] = bands[2].pop("target")
    assert told(edited) == [
        "KPI reopened: target of band Acceptable set to yes",
        "KPI reopened: target of band Good removed (was yes)",
    ]


def test_exclusions_come_and_go_by_name(edited):
    edited["kpis"][IN_TIME]["exclusions"] = []
    edited["kpis"][REOPENED]["exclusions"] = [{"name": "Spam", "when": "category = 'spam'"}]
    assert told(edited) == [
        "KPI resolved-in-time: exclusion 'Force majeure' removed",
        "KPI reopened: exclusion Spam added (condition \"category = 'spam'\")",
    ]


def test_hours_of_a_calendar_are_told_by_day(edited):
    edited["calendars"]["desk"]["hours"] = {"mon-fri": "09:00-17:00", "sat": "10:00-14:00"}
    edited["calendars"]["desk"]["replacements"].pop("2025-12-31")
    assert told(edited) == [
        "Calendar desk: hours on mon-fri changed from 08:00-18:00 to 09:00-17:00",
        "Calendar desk: hours on sat set to 10:00-14:00",
        "Calendar desk: replaced hours on 2025-12-31 removed (was 08:00-13:00)",
    ]


def test_ramp_steps_go_by_their_last_day(edited):
    edited["kpis"][IN_TIME]["ramp"] = [
        {"until": date(2025, 2, 28), "target": 60},
        {"until": date(2025, 3, 31), "target": 65},
    ]
    assert told(edited) == [
        "KPI resolved-in-time: ramp step until 2025-02-28 added (target 60)",
        "KPI resolved-in-time: target of ramp step until 2025-03-31 lowered from 70 to 65",
        "KPI resolved-in-time: ramp step until 2025-06-30 removed",
    ]


def test_limits_and_pauses_of_a_clock(edited):
    clock = edited["clocks"]["resolution"]
    clock["limit"]["values"]["P1"] = "2h"
    clock["pauses"][0]["filter"] = "waiting_for = 'nobody'"
    edited["clocks"]["answer"]["limit"] = {"by": "waiting_for", "values": {"customer": "1 business day"}}
    assert told(edited) == [
        "Clock resolution: value for P1 of limit changed from 4h to 2h",
        "Clock resolution: filter of pause 1 changed from \"waiting_for = 'customer'\" to \"waiting_for = 'nobody'\"",
        "Clock answer: limit changed from '2 business days' to (by waiting_for, values (customer '1 business day'))",
    ]


def test_a_new_kpi_is_told_with_its_name_where_it_stands(edited):
    kept = edited["kpis"].pop(HOURS)
    edited["kpis"].insert(0, {"id": "tickets", "name": "Tickets in a month", "kind": "count", "source": "tickets"})
    edited["title"] = "Help desk"
    edited["term"]["to"] = date(2027, 12, 31)
    assert told(edited) == [
        "Agreement: title changed from 'Service desk' to 'Help desk'",
        "Term: last day changed from 2026-12-31 to 2027-12-31",
        "KPI tickets added (Tickets in a month)",
        f"KPI {kept['id']} removed",
    ]


def test_a_section_that_was_missing_is_told_item_by_item(edited):
    del edited["calendars"], edited["objectives"]
    assert told(DEMO, before=edited)[:3] == [
        "Calendar desk added",
        "Objective restore added (People can work again soon)",
        "Objective duties added (We do our own part)",
    ]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({"title": None}, {"title": "Desk"}, "Agreement: title set to Desk"),
        ({"currency": "GBP"}, {"currency": "EUR"}, "Agreement: currency changed from GBP to EUR"),
        (
            {"parties": {"client": {"name": "Insurer"}}},
            {"parties": {"client": {"name": "Bank"}}},
            "Client: name changed from Insurer to Bank",
        ),
        (
            {"clocks": {"fix": {"stop": {"statuses": ["Done", "Shut"]}}}},
            {"clocks": {"fix": {"stop": {"statuses": ["Done", "On hold"]}}}},
            "Clock fix: statuses of stop changed ('On hold' added, Shut removed)",
        ),
        (
            {"sources": {"calls": {"date_formats": ["%d/%m", "%m/%d"]}}},
            {"sources": {"calls": {"date_formats": ["%m/%d", "%d/%m"]}}},
            "Source calls: date formats changed from %d/%m, %m/%d to %m/%d, %d/%m",
        ),
        (
            {"kpis": [{"id": "calls", "by": []}]},
            {"kpis": [{"id": "calls", "by": ["region"], "rounding": None}]},
            "KPI calls: by set to region",
        ),
        (
            {"kpis": [{"id": "calls", "rounding": {"decimals": 1, "mode": "half_up"}}]},
            {"kpis": [{"id": "calls"}]},
            "KPI calls: rounding removed",
        ),
        (
            {"kpis": [{"id": "calls"}]},
            {"kpis": [{"id": "calls", "rounding": {"decimals": 1}}]},
            "KPI calls: rounding added (decimals 1)",
        ),
        (
            {"governance": {"bodies": [{"name": "board", "after": "2d"}]}},
            {"governance": {"bodies": [{"name": "board", "after": "1d"}]}},
            "Governance: after of board of bodies changed from 2d to 1d",
        ),
        (
            {"escalation": [{"id": "desk", "levels": [{"name": "Board", "within": "2d"}]}]},
            {"escalation": [{"id": "desk", "levels": [{"name": "Board", "within": "1d"}]}]},
            "Escalation plan desk: time allowed of level Board changed from 2d to 1d",
        ),
        (
            {"duties": [{"id": "answers", "due": "within two days"}]},
            {"duties": [{"id": "answers", "due": "within two days"}, {"id": "files", "name": "Files are ready"}]},
            "Duty files added (Files are ready)",
        ),
        ({"credits": [{"rate": 5}]}, {"credits": [{"rate": 7.5}]}, "Credits: rate of 1 raised from 5 to 7.5"),
    ],
)
def test_words_fit_known_and_unknown_sections(before, after, sentence):
    assert told(after, before) == [sentence]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"weight": 90}, {"weight": 90.0}),
        ({"weight": 90}, {"weight": "90"}),
        ({"since": date(2025, 1, 1)}, {"since": "2025-01-01"}),
        ({"weight": float("nan")}, {"weight": float("nan")}),
        ({"kpis": [], "clocks": {}}, {}),
        ({"filter": None}, {}),
    ],
)
def test_another_spelling_of_the_same_is_no_difference(before, after):
    assert differences(before, after) == []


def test_true_is_not_one():
    assert differences({"weight": 1}, {"weight": True}) == [Change(("weight",), CHANGED, 1, True)]


def test_items_with_the_same_name_are_matched_by_place():
    before = {"flags": [{"name": "late", "when": "a"}, {"name": "late", "when": "b"}]}
    after = {"flags": [{"name": "late", "when": "a"}, {"name": "late", "when": "c"}]}
    assert differences(before, after) == [Change(("flags", "2", "when"), CHANGED, "b", "c")]


IDS = st.sampled_from(["in-time", "reopened", "backlog", "values"])
SCALARS = st.none() | st.booleans() | st.integers(0, 3) | st.floats(0, 3) | st.sampled_from(["", "4h", "two words"])
FIELDS = st.sampled_from(["minimum", "edge", "target", "weight", "hours", "by"])


def labelled(label, fields):
    items = st.tuples(IDS, fields).map(lambda item: {label: item[0], **item[1]})
    return st.lists(items, max_size=3, unique_by=lambda item: item[label])


BANDS = st.dictionaries(FIELDS, SCALARS, max_size=3)
KPIS = st.builds(
    lambda fields, bands: {**fields, "bands": bands}, st.dictionaries(FIELDS, SCALARS), labelled("name", BANDS)
)
AGREEMENTS = st.fixed_dictionaries(
    {}, optional={"title": SCALARS, "kpis": labelled("id", KPIS), "clocks": st.dictionaries(IDS, BANDS)}
)
ANYTHING = st.dictionaries(
    FIELDS | IDS | st.just(""),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.just("id"), inner, max_size=3),
        max_leaves=8,
    ),
)
TURNED = {ADDED: REMOVED, REMOVED: ADDED, CHANGED: CHANGED}


def leaves(value, path=()):
    """Every single value of a document by its path, items of lists by id or name."""
    if isinstance(value, list):
        value = {item.get("id", item.get("name")): item for item in value}
    if isinstance(value, dict):
        return {key: leaf for field, part in value.items() for key, leaf in leaves(part, (*path, field)).items()}
    return {} if value is None else {path: value}


def applied(changes, before):
    """The leaves of a document after the changes."""
    paths = {change.path for change in changes}
    kept = {path: leaf for path, leaf in leaves(before).items() if all(path[:n] not in paths for n in range(9))}
    for change in changes:
        kept |= leaves(change.after, change.path)
    return kept


@given(AGREEMENTS | ANYTHING)
def test_no_document_differs_from_itself(document):
    assert differences(document, deepcopy(document)) == []


@given(AGREEMENTS | ANYTHING, AGREEMENTS | ANYTHING)
def test_what_is_added_one_way_is_removed_the_other_way(before, after):
    there, back = differences(before, after), differences(after, before)
    turned = [Change(each.path, TURNED[each.kind], each.after, each.before, each.is_target) for each in back]
    assert Counter(map(repr, there)) == Counter(map(repr, turned))


@given(AGREEMENTS, AGREEMENTS)
def test_the_changes_lead_from_one_document_to_the_other(before, after):
    assert applied(differences(before, after), before) == leaves(after)


@given(AGREEMENTS)
def test_no_changes_lead_nowhere(document):
    assert applied([], document) == leaves(document)


@given(AGREEMENTS | ANYTHING, AGREEMENTS | ANYTHING)
def test_every_change_can_be_said(before, after):
    for change in differences(before, after):
        sentence = words(change)
        assert sentence == sentence.strip()
        assert "\n" not in sentence
