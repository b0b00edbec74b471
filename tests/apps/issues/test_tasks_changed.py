"""Tasks that are said in other words, moved, handed on and taken back."""

import pytest
from test_issue_pages import words

from rapport.apps.audit.queries import entries
from rapport.apps.corrections.models import Correction
from rapport.apps.issues import actions
from rapport.apps.issues.models import Task
from rapport.apps.notices.models import Notice
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.refusals import Refused


@pytest.fixture
def task(world, raised, day, now):
    """A task that the client gave to one of the partner's people."""
    given = actions.give_task(
        by=world.manager, engagement=raised.engagement, issue=raised, what="Plan a shift", owner=world.editor,
        due_on=day(7), at=now,
    )  # fmt: skip
    Notice.objects.all().delete()
    return given


def form(task, **changed):
    return {"what": task.what, "owner": task.owner_id, "due_on": task.due_on} | changed


def test_who_gave_a_task_changes_it_and_its_owner_is_told(world, task, signed_in, address, day, clock):
    clock(0)
    client = signed_in(world.manager)
    assert "Plan a shift" in words(client.get(address("task", task.pk)))
    answer = client.post(address("task", task.pk), form(task, what="Plan two shifts", due_on=day(20)))
    assert answer.url == address("issue", 1)
    task.refresh_from_db()
    assert (task.what, task.due_on) == ("Plan two shifts", day(20))
    assert [(one.recipient, one.kind) for one in Notice.objects.all()] == [(world.editor, "task")]
    said = entries(task.engagement.chain)[0].content
    assert (said["verb"], said["details"]["what before"], said["details"]["due"]) == (
        "task.changed", "Plan a shift", day(20).isoformat(),
    )  # fmt: skip


def test_a_side_hands_a_task_to_a_colleague_and_gives_itself_no_more_time(world, task, signed_in, address, day, clock):
    clock(0)
    partner = signed_in(world.signer)
    later = partner.post(address("task", task.pk), form(task, due_on=day(20)))
    assert "only the client can grant a later day" in words(later)
    partner.post(address("task", task.pk), form(task, owner=world.signer.pk))
    task.refresh_from_db()
    assert (task.owner, task.due_on) == (world.signer, day(7))
    assert {one.recipient for one in Notice.objects.all()} == {world.editor, world.manager}
    assert TELLERS["task"](world.editor, task.pk).title.startswith(f"For {world.signer.name} to do")


def test_a_task_whose_owner_has_left_is_handed_on(world, task, signed_in, address, clock):
    clock(0)
    world.editor.is_active = False
    world.editor.save()
    signed_in(world.signer).post(address("task", task.pk), form(task, owner=world.signer.pk))
    task.refresh_from_db()
    assert task.owner == world.signer


@pytest.mark.parametrize(
    ("person", "owner", "said"),
    [
        ("viewer", "editor", "Your role does not let you"), ("manager", "sibling_editor", "Select a valid choice"),
        ("signer", "manager", "Select a valid choice"),
    ],
)  # fmt: skip
def test_nobody_else_is_asked_or_asks(world, task, signed_in, address, clock, person, owner, said):
    clock(0)
    browser, given = signed_in(getattr(world, person)), form(task, owner=getattr(world, owner).pk, what="Plan it")
    assert said in words(browser.post(address("task", task.pk), given))
    task.refresh_from_db()
    assert (task.owner, task.what) == (world.editor, "Plan a shift")


def test_a_task_is_taken_back_with_a_reason_and_is_open_nowhere(world, task, signed_in, address):
    client = signed_in(world.manager)
    assert "This field is required" in words(client.post(address("withdraw_task", task.pk)))
    shown = words(client.post(address("withdraw_task", task.pk), {"reason": "It was planned already"}, follow=True))
    assert "The task is taken back" in shown
    assert "Plan a shift" not in shown
    assert client.get(address("task", task.pk)).status_code == 404
    told = Notice.objects.get()
    assert (told.recipient, told.kind) == (world.editor, "task_withdrawn")
    assert "Not to be done any more: Plan a shift" in TELLERS[told.kind](world.editor, task.pk).title
    assert TELLERS[told.kind](world.sibling_editor, task.pk) is None
    assert entries(task.engagement.chain)[0].content["details"]["reason"] == "It was planned already"


def test_a_task_of_a_plan_is_not_taken_back_and_moves_on_its_own_side(world, task, day, now):
    Correction.objects.create(
        issue=task.issue, responsible="partner", began_at=now, moved_at=now, plan=[task.pk], state="plan_agreed"
    )
    with pytest.raises(Refused, match="belongs to a plan"):
        actions.withdraw_task(by=world.manager, task=task, reason="x", at=now)
    moved = actions.change_task(
        by=world.signer, task=task, what=task.what, owner=task.owner, due_on=day(30), at=now
    )  # fmt: skip
    assert moved.due_on == day(30)


def test_what_somebody_did_meanwhile_is_not_changed(world, task, now):
    seen = Task.objects.get(pk=task.pk)
    actions.finish_task(by=world.signer, task=task, at=now)
    for act in (
        lambda: actions.withdraw_task(by=world.manager, task=seen, reason="x", at=now),
        lambda: actions.change_task(
            by=world.manager, task=seen, what="x", owner=seen.owner, due_on=seen.due_on, at=now
        ),
    ):
        with pytest.raises(Refused, match="a moment ago"):
            act()


def test_a_task_that_was_taken_back_is_done_by_nobody(world, task, now):
    actions.withdraw_task(by=world.manager, task=task, reason="x", at=now)
    with pytest.raises(Refused):
        actions.finish_task(by=world.signer, task=task, at=now)
