"""What the two sides' programs do about issues."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile


@pytest.fixture
def home(world):
    world.engagement.partner_owner = world.signer
    world.engagement.save()
    return f"/engagements/{world.engagement.pk}"


def test_two_programs_take_an_issue_to_its_end(world, home, program):
    client, partner = program(world.manager), program(world.signer)
    raised = client("POST", f"{home}/issues", {"title": "Late answers", "severity": "major"}).json()
    assert (raised["state"], raised["waits_for"], raised["steps"]) == ("proposed", "partner", ["decline"])
    issue = f"{home}/issues/{raised['number']}"
    assert partner("GET", issue).json()["steps"] == ["approve", "decline"]
    assert partner("POST", f"{issue}/step", {"step": "approve", "seen": 1}).status_code == 409  # not what was read
    partner("POST", f"{issue}/step", {"step": "approve", "seen": 0})
    assert partner("POST", f"{issue}/resolve", {"what": "A second shift", "seen": 0}).status_code == 409
    partner("POST", f"{issue}/resolve", {"what": "A second shift"})
    closed = client("POST", f"{issue}/step", {"step": "confirm"}).json()
    assert (closed["state"], client.all(f"{home}/issues")) == ("closed", [])
    assert [one["number"] for one in client.all(f"{home}/issues", show="closed")] == [raised["number"]]


def test_comments_and_tasks_are_kept_with_their_issue(world, home, program):
    client, partner = program(world.manager), program(world.signer)
    number = client("POST", f"{home}/issues", {"title": "Late answers"}).json()["number"]
    issue, file = f"{home}/issues/{number}", SimpleUploadedFile("calls.txt", b"x")
    client.send(f"{issue}/comments", text="Look at this", attached=file)
    client.send(f"{issue}/comments", text="Among us", is_private=True)
    assert [(one["text"], one["has_file"]) for one in partner.all(f"{issue}/comments")] == [("Look at this", True)]
    assert len(client.all(f"{issue}/comments")) == 2
    task = {"what": "Plan a shift", "owner": world.editor.pk, "due_on": "2026-03-09"}
    given = client("POST", f"{issue}/tasks", task).json()
    assert (given["side"], given["issue"]) == ("partner", number)
    assert client("POST", f"{home}/tasks/{given['id']}/done").status_code == 409
    assert partner("POST", f"{home}/tasks/{given['id']}/done").json()["done_at"]
    foreign = client("POST", f"{issue}/tasks", task | {"owner": world.sibling_editor.pk})
    missing = client("POST", f"{issue}/tasks", task | {"owner": 999_999})
    assert (foreign.status_code, foreign.content) == (409, missing.content)


@pytest.mark.parametrize(
    ("person", "body", "status"),
    [
        ("viewer", {"step": "approve"}, 403), ("manager", {"step": "approve"}, 409),
        ("signer", {"step": "decline"}, 409),
        ("signer", {"step": "close"}, 422), ("sibling_signer", {"step": "approve"}, 404),
    ],
)  # fmt: skip
def test_what_is_not_possible_is_refused(world, home, program, person, body, status):
    program(world.manager)("POST", f"{home}/issues", {"title": "Late answers"})
    assert program(getattr(world, person))("POST", f"{home}/issues/1/step", body).status_code == status


def test_owner_and_day_are_set_for_ones_own_side(world, home, program):
    client = program(world.manager)
    client("POST", f"{home}/issues", {"title": "Late answers"})
    day = {"due_on": "2099-04-01", "seen": 0}
    shown = client("PATCH", f"{home}/issues/1", {"owner": world.executive.pk, **day}).json()
    assert (shown["client_owner"]["id"], shown["due_on"], shown["turn"]) == (world.executive.pk, "2099-04-01", 1)
    assert client("PATCH", f"{home}/issues/1", day | {"due_on": "2099-03-01"}).status_code == 409  # read before
    assert program(world.signer)("PATCH", f"{home}/issues/1", {"due_on": "2099-05-01", "seen": 1}).status_code == 409
    unread = client("PATCH", f"{home}/issues/1", {"due_on": "2099-03-01"})
    assert (unread.status_code, "another day needs `seen`" in unread.content.decode()) == (422, True)
    kept = client("PATCH", f"{home}/issues/1", {"owner": None}).json()
    assert (kept["client_owner"], kept["due_on"]) == (None, "2099-04-01")
    assert client("PATCH", f"{home}/issues/1", {"owner": world.signer.pk}).status_code == 409


def test_what_an_issue_says_is_changed_as_it_was_read(world, home, program):
    client, partner = program(world.manager), program(world.signer)
    client("POST", f"{home}/issues", {"title": "Late answers"})
    said = {"title": "Late answers at night", "what": "Since May", "severity": "major", "objective": "", "kpi": ""}
    words = f"{home}/issues/1/words"
    assert client("PUT", words, said | {"seen": 0}).status_code == 409  # no word why it is major
    shown = client("PUT", words, said | {"seen": 0, "reason": "Every night"}).json()
    assert (shown["title"], shown["severity"], shown["turn"]) == ("Late answers at night", "major", 1)
    assert client("PUT", words, said | {"seen": 0, "title": "Old page"}).status_code == 409
    assert partner("PUT", words, said | {"seen": 1, "severity": "minor", "reason": "x"}).status_code == 409
    assert [one["number"] for one in client.all(f"{home}/issues", is_mine=True)] == [1]
    assert client.all(f"{home}/issues", show="late") == []


def test_tasks_are_changed_and_taken_back(world, home, program):
    client, partner = program(world.manager), program(world.signer)
    client("POST", f"{home}/issues", {"title": "Late answers"})
    task = {"what": "Plan a shift", "owner": world.editor.pk, "due_on": "2099-03-09"}
    given = client("POST", f"{home}/issues/1/tasks", task).json()
    one = f"{home}/tasks/{given['id']}"
    handed = partner("PATCH", one, {"owner": world.signer.pk, "seen": given["turn"]}).json()
    assert (handed["owner"]["id"], handed["what"]) == (world.signer.pk, "Plan a shift")
    assert partner("PATCH", one, {"due_on": "2099-04-01", "seen": handed["turn"]}).status_code == 409
    assert client("PATCH", one, {"due_on": "2099-04-01", "seen": given["turn"]}).status_code == 409  # read before
    assert client("PATCH", one, {"due_on": "2099-04-01"}).status_code == 422
    assert partner("POST", f"{one}/withdraw", {"reason": "x"}).status_code == 409
    assert client("POST", f"{one}/withdraw", {"reason": "It was planned already"}).status_code == 200
    assert client.all(f"{home}/tasks") == []
    assert client("POST", f"{one}/done").status_code == 404
