"""Escalations for programs."""

import pytest

from apps.api.conftest import program, secret_of
from rapport.apps.escalations.models import Escalation

__all__ = ["program", "secret_of"]


@pytest.fixture
def home(world):
    return f"/engagements/{world.engagement.pk}/issues/1/escalation"


def test_programs_take_the_steps_of_both_sides(world, issue, program, clock, home):
    client, partner = program(world.manager), program(world.editor)
    assert client("GET", home).status_code == 404
    started = client("POST", home, {"reason": "It gets worse.", "amount": "800"}).json()
    assert (started["level"], started["waits_for"], started["seconds_left"]) == (2, "partner", 72_000)
    assert [level["name"] for level in started["ladder"]] == ["Operations", "Management", "Executives"]
    assert partner("GET", home).json()["options"] == ["answer"]
    answered = partner("POST", f"{home}/answer", {"turn": 0, "text": "We do."}).json()
    assert (answered["state"], answered["waits_for"]) == ("answered", "client")
    rejected = client("POST", f"{home}/reject", {"turn": 1, "reason": "No."}).json()
    assert (rejected["level"], rejected["ladder"][1]["asked"][0]["answered_by"]["name"]) == (3, "Brightdesk editor")
    lower = client("POST", f"{home}/step-down", {"turn": 2, "reason": "Small."}).json()
    assert lower["level"] == 2
    assert client("POST", f"{home}/end", {"turn": 3, "reason": "Over."}).json()["state"] == "ended"


def test_a_step_that_is_not_possible_is_a_conflict_with_a_sentence(world, raised, program, clock, home):
    client, partner = program(world.manager), program(world.editor)
    for told, step, body, status, words in (
        (client, "/answer", {"turn": 0, "text": "x"}, 409, "only the partner can answer"),
        (partner, "/accept", {"turn": 0}, 409, "only the client can accept"),
        (client, "/accept", {"turn": 0}, 409, "there is no answer"),
        (client, "/step-down", {"turn": 0, "reason": "x"}, 409, "this is the first level"),
        (partner, "/answer", {"turn": 3, "text": "x"}, 409, "a moment ago"),
        (client, "", {"reason": "x"}, 409, "is climbing already"),
        (program(world.viewer), "/end", {"turn": 0, "reason": "x"}, 403, "Your role does not let you"),
    ):
        answer = told("POST", f"{home}{step}", body)
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True), step
    assert Escalation.objects.get().turn == 0


def test_a_stranger_finds_no_escalation(world, raised, program, home):
    stranger = program(world.sibling_signer)
    foreign, missing = stranger("GET", home), stranger("GET", home.replace("issues/1/", "issues/9/"))
    assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_programs_enter_absences_as_people_do(world, program, clock):
    clock("2026-03-02 09:00")
    told, other = program(world.signer), program(world.editor)
    days = {"first_on": "2026-03-02", "last_on": "2026-03-06", "deputy": world.signer.pk}
    entered = told("POST", f"/people/{world.editor.pk}/absences", days)
    assert (entered.status_code, entered.json()["deputy"]["name"]) == (201, "Brightdesk signer")
    assert [one["person"]["name"] for one in other.all("/absences")] == ["Brightdesk editor"]
    assert other("POST", f"/people/{world.signer.pk}/absences", days).status_code == 404
    assert told("POST", f"/people/{world.editor.pk}/absences", days | {"last_on": "2026-03-01"}).status_code == 409
    assert other("DELETE", f"/absences/{entered.json()['id']}").status_code == 204
    assert told.all("/absences") == []
