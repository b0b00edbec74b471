"""A key opens what its owner may see and do, as long as both live; nothing else opens the API."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rapport.apps.accounts import actions
from rapport.apps.accounts.models import ApiToken
from rapport.domain.roles import Role

PROBLEM = "application/problem+json"


def told(answer):
    assert answer["Content-Type"] == PROBLEM
    said = json.loads(answer.content)
    assert said["status"] == answer.status_code
    assert said.keys() >= {"type", "title", "detail"}
    return said


def test_without_a_key_there_is_an_answer_and_no_way_in(world):
    for header in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer"}):
        answer = Client(headers=header).get("/api/engagements")
        assert told(answer)["title"] == "Unauthorized"
        assert answer["WWW-Authenticate"] == "Bearer"
        assert "no-store" in answer["Cache-Control"]


def test_a_session_does_not_open_the_api_nor_a_key_the_pages(world, signed_in, program):
    browser = signed_in(world.manager)
    assert browser.get("/api/engagements").status_code == 401
    assert browser.post("/api/partners", {"name": "X"}, content_type="application/json").status_code == 401
    assert program(world.manager).browser.get("/people/").status_code == 302


def test_a_key_in_the_address_opens_nothing(world, secret_of):
    secret = secret_of(world.manager)
    for name in ("key", "token", "access_token", "authorization"):
        assert Client().get("/api/engagements", {name: secret}).status_code == 401


def test_a_key_that_reads_does_not_write(world, program):
    reader = program(world.manager, scope="read")
    assert reader("GET", "/partners").status_code == 200
    assert "reads and does not write" in told(reader("POST", "/partners", {"name": "X"}))["detail"]
    assert reader("POST", "/partners", {"name": "X"}, key="once").status_code == 403
    assert reader("DELETE", "/contacts/1").status_code == 403
    assert reader("PATCH", f"/partners/{world.own.pk}", {"about": "X"}).status_code == 403


def test_a_key_that_is_too_old_or_revoked_opens_nothing(world, program):
    old = program(world.manager, days=1, at=timezone.now() - timedelta(days=2))
    assert old("GET", "/me").status_code == 401
    living = program(world.manager)
    assert living("GET", "/me").json()["scope"] == "write"
    actions.revoke_token(by=world.manager, token=ApiToken.objects.latest("pk"), at=timezone.now())
    assert living("GET", "/me").status_code == 401
    assert living("POST", "/partners", {"name": "X"}, key="once").status_code == 401


def test_a_closed_person_is_out_at_the_next_request(world, program):
    editor = program(world.editor)
    assert editor("GET", "/engagements").status_code == 200
    actions.close_account(by=world.signer, person=world.editor, at=timezone.now())
    assert editor("GET", "/engagements").status_code == 401


def test_rights_that_are_taken_away_are_gone_at_the_next_request(world, program):
    editor, versions = program(world.editor), f"/engagements/{world.engagement.pk}/versions"
    written = editor("POST", versions, {"text": "a: 1"}, key="draft")
    assert written.status_code == 201
    actions.change_role(by=world.signer, person=world.editor, role=Role.PARTNER_VIEWER, at=timezone.now())
    assert editor("POST", f"{versions}/{written.json()['id']}/withdraw").status_code == 403
    assert editor("POST", versions, {"text": "a: 1"}, key="draft").status_code == 422
    assert editor("GET", f"/engagements/{world.engagement.pk}/history").status_code == 403


def test_what_a_role_may_not_do_is_refused_with_a_sentence(world, program):
    viewer = program(world.viewer)
    answer = viewer("POST", "/partners", {"name": "Third"})
    assert told(answer)["detail"].startswith("Your role does not let you add partners")
    assert answer.status_code in (403, 409)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/engagements/x", 404), ("GET", "/", 404), ("PUT", "/engagements", 405),
     ("OPTIONS", "/engagements", 405), ("GET", "/engagements/" + "9" * 40, 404)],
)  # fmt: skip
def test_what_is_not_there_is_told_as_a_problem(world, program, method, path, status):
    answer = program(world.manager)(method, path)
    assert answer.status_code == status
    told(answer)


@pytest.mark.parametrize("body", ["{", '{"name": 5}', "[]", "", '{"name": "a\\u0000b"}', '{"name": "\\ud800"}'])
def test_a_body_that_is_not_as_described_says_where(world, program, body):
    answer = program(world.manager).browser.post("/api/partners", body, content_type="application/json")
    assert answer.status_code in (400, 422)
    said = told(answer)
    if answer.status_code == 422:
        assert said["errors"][0]["location"][0] == "body"


def test_the_place_of_a_fault_names_the_field(world, program):
    manager = program(world.manager)
    assert told(manager("POST", "/partners", {"name": 5}))["errors"][0]["location"] == ["body", "name"]
    assert told(manager("GET", "/partners", limit=0))["errors"][0]["location"] == ["query", "limit"]
    assert told(manager("GET", "/partners", limit=201))["errors"][0]["location"] == ["query", "limit"]
    assert told(manager("POST", "/engagements", {"partner": 999, "title": "X"}))["errors"][0]["location"] == [
        "body", "partner"
    ]  # fmt: skip


def test_a_body_that_is_too_large_is_refused(world, program):
    assert program(world.manager)("POST", "/partners", {"name": "x" * 2_100_000}).status_code == 413
    assert program(world.manager)("POST", "/partners", {"name": "x" * 2_100_000}, key="once").status_code == 413


def test_the_page_of_keys_shows_a_new_key_once(world, signed_in):
    browser = signed_in(world.editor)
    page = browser.post("/keys/", {"name": "nightly", "scope": "write", "days": 30}, follow=True).content.decode()
    secret = page.split('id="new-key">')[1].split("<")[0]
    assert Client(headers={"authorization": f"Bearer {secret}"}).get("/api/me").status_code == 200
    assert secret not in browser.get("/keys/").content.decode()
    assert "/api/docs" in page
