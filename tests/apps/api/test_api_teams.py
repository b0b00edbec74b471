"""Teams and kept views, as programs make, change and remove them."""

import pytest

pytestmark = pytest.mark.django_db


def test_a_team_is_made_changed_and_dissolved(world, program):
    signer = program(world.signer)
    asked = {"organisation": world.own.pk, "name": "Desk", "members": [world.editor.pk, world.editor.pk]}
    team = signer("POST", "/teams", asked).json()
    assert (team["name"], team["members"]) == ("Desk", [world.editor.pk])
    changed = signer("PUT", f"/teams/{team['id']}", {"name": "Night desk", "members": [world.signer.pk]}).json()
    assert (changed["name"], changed["members"]) == ("Night desk", [world.signer.pk])
    assert [one["name"] for one in program(world.manager).all("/teams")] == ["Night desk"]
    assert program(world.sibling_signer).all("/teams") == []
    assert signer("DELETE", f"/teams/{team['id']}").status_code == 204
    assert signer.all("/teams") == []


@pytest.mark.parametrize(("person", "status"), [("viewer", 422), ("editor", 422), ("sibling_signer", 422)])
def test_a_team_is_made_by_who_manages_people_there(world, program, person, status):
    asked = {"organisation": world.own.pk, "name": "Desk"}
    assert program(getattr(world, person))("POST", "/teams", asked).status_code == status


def test_nobody_of_another_organisation_is_put_into_a_team(world, program):
    answers = [
        program(world.signer)("POST", "/teams", {"organisation": world.own.pk, "name": "Desk", "members": [number]})
        for number in (world.manager.pk, world.sibling_signer.pk, 10**9)
    ]
    assert [answer.status_code for answer in answers] == [422] * 3


def test_a_view_is_kept_shared_and_removed_by_who_keeps_it(world, program):
    signer, editor = program(world.signer), program(world.editor)
    kept = signer("POST", "/views", {"name": " Bad\u200b ones ", "query": "standing=missed&evil=1", "is_shared": True})
    view = kept.json()
    assert (kept.status_code, view["name"], view["query"]) == (201, "Bad ones", "standing=missed")
    assert [one["is_mine"] for one in editor.all("/views")] == [False]
    assert program(world.manager).all("/views") == program(world.sibling_signer).all("/views") == []
    assert editor("DELETE", f"/views/{view['id']}").status_code == 409
    assert signer("POST", "/views", {"name": "\u200b"}).status_code == 409
    assert signer("DELETE", f"/views/{view['id']}").status_code == 204
    assert editor.all("/views") == []
