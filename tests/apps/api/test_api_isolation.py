"""Every operation with one's own, another partner's and missing objects: in the address, the query and the body."""

import pytest

from apps.test_isolation import (
    CANARY,
    CLIENT_ROLES,
    MISSING,
    PARTNER_ROLES,
    SPEND,
    TIER,
    body,
    hide,
    not_for,
    objects,
    undone,
)
from rapport.api import api

__all__ = ["objects"]

SCHEMA = api.get_openapi_schema(path_prefix="")
OPERATIONS = [(method.upper(), path) for path, methods in SCHEMA["paths"].items() for method in methods]
BODIES = {
    "change_role": {"role": "editor"},
    "change_function": {"function": "Desk lead"},
    "add_partner": {"name": "New"},
    "change_profile": {"about": "x"},
    "add_contact": {"name": "x"},
    "start_engagement": {"partner": MISSING, "title": "x"},
    "change_engagement": {"purpose": "x"},
    "write_draft": {"text": "x"},
    "rewrite_draft": {"text": "x", "seen": "x"},
    "sign_version": {"digest": "d" * 64},
    "make_remark": {"line": 1, "text": "x"},
    "withdraw_batch": {"reason": "x"},
    "make_team": {"organisation": MISSING, "name": "x"},
    "change_team": {"name": "x"},
    "keep_view": {"name": "x"},
    "report_figure": {"value": 1},
    "verify_figure": {"value": 1},
    "dispute_figure": {"reason": "x"},
    "take_correction_step": {"step": "claim"},
    "add_cause": {"text": "x"},
    "change_cause": {"text": "x"},
    "name_correction_owner": {"owner": MISSING},
    "set_measure": {"periods": 2},
    "add_interim_target": {"until_on": "2099-01-01", "target": 1},
    "resolve_issue": {"what": "x"},
    "make_offer": {"value": 1, "reason": "x"},
    "settle_figure": {"offer": MISSING},
    "raise_issue": {"title": "x"},
    "take_step": {"step": "approve"},
    "assign_issue": {"due_on": "2026-03-02", "seen": 0},
    "comment_on": {"text": "x"},
    "change_issue": {
        "title": "x",
        "what": "",
        "severity": "minor",
        "objective": "",
        "kpi": "",
        "reason": "",
        "seen": 0,
    },
    "give_task": {"what": "x", "owner": MISSING, "due_on": "2026-03-02"},
    "change_task": {"what": "x", "seen": 0},
    "withdraw_task": {"reason": "x"},
    "write_minutes": {"turn": 0, "text": "x"},
    "propose_minutes": {"turn": 0},
    "add_point": {"text": "x"},
    "move_meeting": {"to": "2026-03-02", "reason": "x"},
    "cancel_meeting": {"reason": "x"},
    "hold_meeting": {"on": "2026-03-02", "client": ["x"], "partner": ["x"]},
    "write_decision": {"text": "x"},
    "agree_to_minutes": {"digest": "x"},
    "send_minutes_back": {"reason": "x"},
    "hand_in_report": {"outlook": "x"},
    "send_report_back": {"reason": "x"},
    "start_escalation": {"reason": "x"},
    "give_feedback": {"kind": "change", "seen": "x", "effect": "x", "asked": "x", "team": "x"},
    "take_feedback_step": {"step": "acknowledge"},
    "open_rating_round": {"period": "x", "closes_on": "2099-01-01"},
    "give_rating": {"answers": {"x": {"score": 3}}},
    "promise_support": {"kind": "help", "what": "x", "recipient": "x", "shows": "x", "due_on": "2099-01-01"},
    "give_support": {"note": "x"},
    "take_support_step": {"step": "send_back", "reason": "x"},
    "answer_escalation": {"turn": 0, "text": "x"},
    "accept_answer": {"turn": 0},
    "reject_answer": {"turn": 0, "reason": "x"},
    "step_down": {"turn": 0, "reason": "x"},
    "end_escalation": {"turn": 0, "reason": "x"},
    "enter_absence": {"first_on": "2099-01-01", "last_on": "2099-01-02"},
}
"""A body for each operation that takes one; forms that need files are sent without, which is looked at last."""


def call(program, method, path, values):
    operation = SCHEMA["paths"][path][method.lower()]
    address, given = path.format(**values), BODIES.get(operation["operationId"])
    if given and "multipart/form-data" in operation["requestBody"]["content"]:
        return program.send(address, **given)
    return program(method, address, given)


def test_every_body_is_of_an_operation_that_takes_one():
    taking = {
        one["operationId"]
        for methods in SCHEMA["paths"].values()
        for one in methods.values()
        for content in one.get("requestBody", {}).get("content", {}).values()
        if "file" not in content["schema"].get("required", ())
    }
    assert taking == set(BODIES)
    assert len(OPERATIONS) > 40


def assert_alike(told, method, path, foreign, missing):
    """Who may not see the objects of an address cannot tell them from missing ones."""
    asked = [call(told, method, path, values) for values in (foreign, missing)]
    seen = [(answer.status_code, body(answer), dict(answer.headers)) for answer in asked]
    assert seen[0] == seen[1], f"{method} {path} tells what is there"
    assert asked[0].status_code in (404, 422), (method, path)


def assert_kept_back(told, method, path, values, words):
    """An answer holds none of the words."""
    answer = call(told, method, path, values)
    content = body(answer).lower()
    assert answer.status_code < 500, (method, path)
    found = [word for word in words if word.encode() in content]
    assert found == [], f"{method} {path} gives away {found}"


@pytest.mark.parametrize("role", PARTNER_ROLES)
def test_a_partner_cannot_tell_a_siblings_object_from_a_missing_one(world, objects, program, role):
    told = program(getattr(world, role))
    for method, path in OPERATIONS:
        if "{" in path:
            assert_alike(told, method, path, objects.sibling, objects.missing)


def test_at_every_address_somebody_can_tell(world, objects, program):
    """Or the test above would prove nothing there: what nobody at all is shown is missing by itself."""
    seeing = [program(person) for person in (world.sibling_signer, world.manager)]
    for method, path in OPERATIONS:
        if "{" in path:
            with undone():
                answers = (call(one, method, path, objects.sibling).status_code for one in seeing)
                assert any(status != 404 for status in answers), (method, path)


@pytest.mark.parametrize("child", ["version_id", "batch_id"])
def test_a_foreign_child_under_an_own_parent_is_missing_too(world, objects, program, child):
    told = program(world.signer)
    foreign, missing = (objects.own | {child: values[child]} for values in (objects.sibling, objects.missing))
    for method, path in OPERATIONS:
        if f"{{{child}}}" in path:
            assert_alike(told, method, path, foreign, missing)


@pytest.mark.parametrize(("reader", "keeper"), [("signer", "of_client"), ("manager", "of_partner")])
def test_the_other_sides_draft_is_missing_too(world, objects, program, reader, keeper):
    told, kept = program(getattr(world, reader)), objects.own | objects.own[keeper]
    for method, path in OPERATIONS:
        if "{version_id}" in path:
            assert_alike(told, method, path, kept, kept | {"version_id": MISSING})


@pytest.mark.parametrize("role", PARTNER_ROLES)
def test_nothing_a_partner_is_answered_holds_what_is_not_theirs(world, objects, program, role):
    reader = hide(getattr(world, role))
    told = program(reader)
    for method, path in sorted(OPERATIONS):
        assert_kept_back(told, method, path, objects.own, not_for(reader, world))


@pytest.mark.parametrize("role", CLIENT_ROLES)
def test_nothing_the_client_is_answered_holds_what_a_partner_keeps_to_itself(world, objects, program, role):
    reader = hide(getattr(world, role))
    told = program(reader)
    for method, path in sorted(OPERATIONS):
        if path.endswith(("/verify", "/confirm")):  # once the client has spoken, the partner's figure is open
            continue
        assert_kept_back(told, method, path, objects.own, not_for(reader, world))


def test_the_tier_and_the_note_are_the_clients_own(world, program, objects):
    partner, client = program(world.signer), program(world.manager)
    home = f"/engagements/{world.engagement.pk}"
    assert (partner("GET", home).json()["tier"], client("GET", home).json()["tier"]) == (None, TIER)
    assert partner("GET", f"/partners/{world.own.pk}").json()["note"] is None
    assert CANARY in client("GET", f"/partners/{world.own.pk}").json()["note"]
    assert (partner("GET", home).json()["spend"], client("GET", home).json()["spend"]) == (None, f"{SPEND}.00")
    assert partner("PATCH", home, {"tier": "strategic"}).status_code == 409
    assert partner("PATCH", home, {"spend": SPEND}).status_code == 409
    assert client("PATCH", home, {"spend": "12.50"}).json()["spend"] == "12.50"
    assert partner("PATCH", f"/partners/{world.own.pk}", {"note": "ours"}).status_code == 403
    assert partner("GET", home).json()["client_owner"]["id"] is None


@pytest.mark.parametrize("tier", ["strategic", "important", "standard"])
def test_a_partner_cannot_find_out_the_tier_by_naming_it(world, program, tier):
    world.engagement.tier = "strategic"
    world.engagement.save()
    answer = program(world.editor)("PATCH", f"/engagements/{world.engagement.pk}", {"tier": tier})
    assert answer.status_code == 409


def test_a_partner_cannot_find_out_the_numbers_of_the_clients_people(world, program):
    editor, place = program(world.editor), f"/engagements/{world.engagement.pk}"
    numbers = (world.manager.pk, world.viewer.pk, world.sibling_editor.pk, 999_999)
    answers = {editor("PATCH", place, {"client_owner": number}).content for number in numbers}
    assert len(answers) == 1


@pytest.mark.parametrize("field", ["partner_owner", "client_owner"])
def test_a_person_in_a_body_is_one_of_the_engagements(world, program, field):
    home, manager = f"/engagements/{world.engagement.pk}", program(world.manager)
    foreign, missing = (manager("PATCH", home, {field: number}) for number in (world.sibling_editor.pk, MISSING))
    assert foreign.status_code == missing.status_code == 422
    assert foreign.content.replace(str(world.sibling_editor.pk).encode(), str(MISSING).encode()) == missing.content


def test_a_partner_in_a_body_is_one_that_may_be_chosen(world, program):
    signer = program(world.signer)
    answers = [
        signer("POST", "/engagements", {"partner": number, "title": "x"})
        for number in (world.own.pk, world.sibling.pk, MISSING)
    ]
    assert [answer.status_code for answer in answers] == [422] * 3


def test_a_cursor_holds_for_one_person_and_one_list(world, program):
    manager, administrator = program(world.manager), program(world.administrator)
    cursor = manager("GET", "/people", limit=2).json()["next"]
    assert manager("GET", "/people", limit=50, cursor=cursor).status_code == 200
    for other in (
        administrator("GET", "/people", cursor=cursor),
        manager("GET", "/engagements", cursor=cursor),
        program(world.signer)("GET", "/people", cursor=cursor),
        manager("GET", "/people", cursor=cursor[:-1]),
        manager("GET", "/people", cursor="MQ"),
        manager("GET", "/people", cursor=""),
    ):
        assert other.status_code == 422
        assert other.json()["errors"][0]["location"] == ["query", "cursor"]


def test_pages_hold_everything_once_in_one_order(world, program):
    manager = program(world.manager)
    assert [one["id"] for one in manager.all("/people", limit=1)] == [one["id"] for one in manager.all("/people")]
    assert len(manager.all("/people", limit=3)) == 11
    names = [one["name"] for one in manager.all("/partners", limit=1)]
    assert names == ["Brightdesk", "Canary Sibling Ltd"]
    assert [one["name"] for one in manager.all("/partners", search="bright")] == ["Brightdesk"]
    assert [one["name"] for one in program(world.signer).all("/partners")] == ["Brightdesk"]


def test_a_page_does_not_move_when_something_comes_before_it(world, program):
    manager = program(world.manager)
    first = manager("GET", "/partners", limit=1).json()
    manager("POST", "/partners", {"name": "Aardvark"})
    rest = manager("GET", "/partners", limit=5, cursor=first["next"]).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["Brightdesk", "Canary Sibling Ltd", "Aardvark"]
