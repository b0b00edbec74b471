"""Every step in every state, by either side: what is not legal is refused by pages and API, and changes nothing."""

import json
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from apps.corrections.conftest import START
from rapport.apps.accounts.actions import issue_token
from rapport.apps.corrections.models import Cause, Correction, InterimTarget
from rapport.apps.issues.models import Issue
from rapport.domain.corrections import State

STEPS = {
    "contain": {"contain-words": "x"}, "propose_causes": {}, "propose_plan": {}, "accept": {"seen": "{turn}"},
    "send_back": {"send_back-words": "x"}, "claim": {}, "close": {"close-words": "x"}, "fail": {"fail-words": "x"},
    "add_cause": {"cause-text": "x"}, "set_measure": {"measure-kpi": "", "measure-periods": "3"},
    "add_target": {"target-target": "93", "target-until_on": "2026-09-01"}, "start": {},
}  # fmt: skip
"""Every step with what its form is filled in with."""
ANYWHERE_BEFORE_THE_PLAN = {"set_measure", "add_target"}
LEGAL = {
    State.OPEN: {"contain", "add_cause"} | ANYWHERE_BEFORE_THE_PLAN,
    State.CONTAINED: {"add_cause"} | ANYWHERE_BEFORE_THE_PLAN,
    State.CAUSE_AGREED: ANYWHERE_BEFORE_THE_PLAN,
    State.PLAN_AGREED: set(),
    State.DOING: {"claim"},
    State.VERIFYING: set(),
    State.CLOSED: {"start"},
}
"""What the responsible side may do; the other side only begins a closed one anew."""
IN_API = {"propose_causes": "propose_cause"}


def standing():
    found = Correction.objects.values().get()
    parts = [list(model.objects.values()) for model in (Cause, InterimTarget)]
    return found, parts


def filled_in(name):
    return {field: value.format(turn=Correction.objects.get().turn) for field, value in STEPS[name].items()}


@pytest.mark.parametrize("role", ["editor", "manager"])
@pytest.mark.parametrize("state", State)
def test_only_legal_steps_change_anything(world, raised, brought, computed, browser, address, state, role):
    for month in ("2026-04", "2026-05"):
        computed(month)
    for name in STEPS:
        Issue.objects.all().delete()
        brought(raised(), state)
        before = standing()
        browser(role).post(address(name), filled_in(name))
        is_legal = name in LEGAL[state] if role == "editor" else (name == "start" and state is State.CLOSED)
        if role == "manager" and state is State.VERIFYING and name == "close":
            is_legal = True
        assert (standing() != before) == is_legal, (name, state, role)


@pytest.mark.parametrize("role", ["editor", "manager"])
@pytest.mark.parametrize(
    ("state", "part", "legal"),
    [(State.CONTAINED, "cause", ANYWHERE_BEFORE_THE_PLAN), (State.CAUSE_AGREED, "plan", set())],
)
def test_what_is_proposed_is_answered_by_the_other_side(
    world, raised, brought, browser, address, state, part, legal, role
):
    for name in STEPS:
        Issue.objects.all().delete()
        brought(raised(), state)
        Correction.objects.update(proposed=part, turn=9)
        before = standing()
        browser(role).post(address(name), filled_in(name))
        is_legal = name in (legal if role == "editor" else {"accept", "send_back"})
        assert (standing() != before) == is_legal, (name, state, role)


@pytest.mark.parametrize("state", State)
def test_a_program_is_refused_what_a_person_is(world, raised, brought, computed, state):
    for month in ("2026-04", "2026-05"):
        computed(month)
    brought(raised(), state)
    before = standing()
    steps = ("contain", "propose_cause", "propose_plan", "accept", "send_back", "claim", "close", "fail")
    legal = {(State.OPEN, "contain"), (State.DOING, "claim")}
    for step in steps:
        if (state, step) not in legal:
            answer = _program(world.editor)("step", {"step": step, "words": "x", "seen": before[0]["turn"]})
            assert answer.status_code == 409, (state, step)
    assert standing() == before


def _key(person):
    """The header with which a program acts for somebody for half a year."""
    lasts = timedelta(days=180)
    return {"Authorization": f"Bearer {issue_token(by=person, name='t', scope='write', lasts=lasts, at=START)[1]}"}


def _program(person):
    issue, headers = Issue.objects.get(), _key(person)
    home = f"/api/engagements/{issue.engagement_id}/issues/{issue.number}/correction"

    def call(path="", body=None, method="POST"):
        words = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        return Client(headers=headers).generic(method, f"{home}/{path}".removesuffix("/"), **words)

    return call


def test_programs_go_the_whole_way_too(world, raised, computed, clock):
    issue = raised()
    partner, client = _program(world.editor), _program(world.manager)
    assert partner(method="GET").status_code == 404
    assert partner(body={}).status_code == 201
    partner("step", {"step": "contain", "words": "The day shift takes them."})
    form = Client(headers=_key(world.editor))
    home = f"/api/engagements/{issue.engagement_id}/issues/{issue.number}"
    why = form.post(f"{home}/correction/causes", {"text": "Weekend tickets wait"}).json()["id"]
    form.post(f"{home}/correction/causes", {"text": "Nobody is on duty", "evidence": "Roster", "parent": why})
    shown = partner("step", {"step": "propose_cause"}).json()
    assert (shown["proposed"], shown["waits_for"]) == ("cause", "client")
    assert client("step", {"step": "accept", "seen": shown["turn"] - 1}).status_code == 409
    shown = client("step", {"step": "accept", "seen": shown["turn"]}).json()
    assert shown["state"] == "cause_agreed"
    assert partner("measure", {"kpi": issue.kpi, "periods": 1}, "PUT").json()["periods_needed"] == 1
    assert partner("targets", {"until_on": "2026-05-31", "target": "93.5"}).json()["targets"][0]["target"] == 93.5
    task = {"what": "Hire", "owner": world.editor.pk, "due_on": "2026-03-20"}
    made = form.post(f"{home}/tasks", json.dumps(task), content_type="application/json").json()
    shown = partner("step", {"step": "propose_plan"}).json()
    client("step", {"step": "accept", "seen": shown["turn"]})
    form.post(f"/api/engagements/{issue.engagement_id}/tasks/{made['id']}/done")
    assert partner(method="GET").json()["state"] == "doing"
    partner("step", {"step": "claim"})
    resolving = {"data": json.dumps({"what": "Hired"}), "content_type": "application/json"}
    assert form.post(f"{home}/resolve", **resolving).status_code == 409
    clock(70)
    computed("2026-04")
    shown = client("step", {"step": "close", "words": "It holds."}).json()
    assert (shown["state"], shown["proof"], shown["note"]) == ("closed", "effective", "It holds.")
    assert form.post(f"{home}/resolve", **resolving).status_code == 204


def test_a_program_says_why_a_minor_miss_needs_none(world, raised):
    issue = raised(severity="minor")
    form, home = Client(headers=_key(world.editor)), f"/api/engagements/{issue.engagement_id}/issues/{issue.number}"

    def resolve(**said):
        return form.post(f"{home}/resolve", json.dumps({"what": "A lapse."} | said), content_type="application/json")

    assert resolve().status_code == resolve(why_no_correction=" ").status_code == 409
    assert resolve(why_no_correction="It was one day.").status_code == 204
    assert form.get(home).json()["why_no_correction"] == "It was one day."


@pytest.mark.parametrize("state", ["proposed", "declined", "resolved", "closed"])
def test_only_an_issue_on_the_list_has_one(world, raised, browser, address, state):
    raised(state=state, resolved_by="partner" if state in ("resolved", "closed") else "", proposed_by="client")
    answer = browser("editor").post(address("start"))
    assert "only one on the list has a corrective action" in " ".join(map(str, get_messages(answer.wsgi_request)))
    assert not Correction.objects.exists()


def test_an_issue_has_one_at_a_time(world, raised, brought, browser, address):
    brought(raised(), State.OPEN)
    answer = browser("manager").post(address("start"))
    assert "has a corrective action already" in " ".join(map(str, get_messages(answer.wsgi_request)))


def test_what_lies_with_the_other_side_stays_as_they_read_it(world, raised, brought, browser, address):
    brought(raised(), State.CONTAINED)
    editor = browser("editor")
    editor.post(address("add_cause"), {"cause-text": "First"})
    first = Cause.objects.get()
    editor.post(address("add_cause"), {"cause-text": "Second", "cause-evidence": "Seen", "parent": first.pk})
    editor.post(address("propose_causes"))
    before = standing()
    editor.post(address("add_cause"), {"cause-text": "Third"})
    editor.post(address("cause", first.pk), {"text": "Other words"})
    editor.post(address("remove_cause", Cause.objects.last().pk))
    assert standing() == before


def test_why_is_not_asked_without_end(world, raised, brought, browser, address):
    brought(raised(), State.CONTAINED)
    editor, parent = browser("editor"), ""
    for _ in range(10):
        editor.post(address("add_cause"), {"cause-text": "Why", "parent": parent})
        parent = Cause.objects.last().pk
    assert b"was asked 10 times in a row" in editor.post(
        address("add_cause"), {"cause-text": "Why", "parent": parent}
    ).content.replace(b"&quot;", b'"')
    assert Cause.objects.count() == 10
    assert editor.get(address("show")).status_code == 200


@pytest.mark.parametrize("parent", ["999999", "x", "-1"])
def test_a_cause_explains_one_that_is_there(world, raised, brought, browser, address, parent):
    brought(raised(), State.CONTAINED)
    answer = browser("editor").post(address("add_cause"), {"cause-text": "Why", "parent": parent})
    assert b"is not there any more" in answer.content
    assert not Cause.objects.exists()


def test_whoever_takes_the_issue_over_has_to_propose_anew(world, raised, brought, browser, address):
    issue = raised()
    correction = brought(issue, State.CONTAINED)
    Cause.objects.create(correction=correction, round=1, text="First")
    Cause.objects.create(
        correction=correction, round=1, text="Second", evidence="Seen", parent=Cause.objects.get(text="First")
    )
    browser("editor").post(address("propose_causes"))
    Issue.objects.update(responsible="client")
    turn = Correction.objects.get().turn
    browser("editor").post(address("accept"), {"seen": turn})
    assert Correction.objects.get().state == "contained"
    browser("manager").post(address("propose_causes"))
    found = Correction.objects.get()
    assert (found.responsible, found.proposed, found.owner) == ("client", "cause", None)
    browser("editor").post(address("accept"), {"seen": found.turn})
    assert Correction.objects.get().state == "cause_agreed"


def test_a_plan_needs_an_owner_of_the_responsible_side(world, raised, brought, browser, address):
    brought(raised(partner_owner=None), State.CAUSE_AGREED)
    answer = browser("editor").post(address("propose_plan"))
    assert "Nobody is named as its owner" in " ".join(map(str, get_messages(answer.wsgi_request)))
    browser("editor").post(address("name_owner"), {"owner-owner": world.signer.pk})
    assert Correction.objects.get().owner == world.signer
    answer = browser("editor").post(address("propose_plan"))
    assert "Nobody is named as its owner" not in " ".join(map(str, get_messages(answer.wsgi_request)))
