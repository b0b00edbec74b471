"""Tasks that are said in other words, moved, handed on and taken back."""

import pytest
from test_issue_pages import words

from rapport.apps.audit.queries import entries
from rapport.apps.corrections.models import Correction
from rapport.apps.issues import actions
from rapport.apps.issues.models import Issue, Task
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
    return {"what": task.what, "owner": task.owner_id, "due_on": task.due_on, "seen": task.turn} | changed


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
    assert "It was planned already" in TELLERS[told.kind](world.editor, task.pk).text
    assert TELLERS[told.kind](world.sibling_editor, task.pk) is None
    assert entries(task.engagement.chain)[0].content["details"]["reason"] == "It was planned already"


@pytest.fixture
def planned(world, task, now):
    """Makes the task one of a plan that was proposed, and with a state one that was agreed to."""

    def plan(state="cause_agreed", **more):
        proposed = {"proposed": "plan"} if state == "cause_agreed" else {}
        words = {"responsible": "partner", "began_at": now, "moved_at": now, "plan": [task.pk], "state": state}
        Issue.objects.update(state="listed")
        return Correction.objects.create(issue=task.issue, **words | proposed | more)

    return plan


@pytest.fixture
def change(task, now):
    """Changes the task as it stands."""

    def changed(by, **asked):
        found = Task.objects.get(pk=task.pk)
        words = {"what": found.what, "owner": found.owner, "due_on": found.due_on, "seen": found.turn}
        return actions.change_task(by=by, task=found, at=now, **words | asked)

    return changed


def test_what_lies_before_the_other_side_is_not_changed_by_who_gave_it(world, task, planned, change, day, now):
    planned()
    for asked in ({"what": "Nothing"}, {"owner": world.manager}, {"due_on": day(30)}):
        for by in (world.manager, world.signer):
            with pytest.raises(Refused, match="lies before the other side"):
                change(by, **asked)
    with pytest.raises(Refused, match="belongs to a plan"):
        actions.withdraw_task(by=world.manager, task=task, reason="x", at=now)
    Correction.objects.update(proposed="", plan=None)  # it was sent back
    assert change(world.manager, what="Plan two shifts").what == "Plan two shifts"


def test_of_an_agreed_plan_the_words_and_the_side_stay_whoever_gave_the_task(world, task, planned, change, day, now):
    planned("plan_agreed")
    for by, asked in (
        (world.manager, {"what": "Nothing"}), (world.manager, {"owner": world.manager}),
        (world.manager, {"owner": world.signer}), (world.manager, {"due_on": day(3)}),
        (world.signer, {"what": "Nothing"}), (world.signer, {"owner": world.manager}),
        (world.signer, {"due_on": day(30)}),
    ):  # fmt: skip
        with pytest.raises(Refused, match="Both sides agreed to the plan"):
            change(by, **asked)
    with pytest.raises(Refused, match="belongs to a plan"):
        actions.withdraw_task(by=world.manager, task=task, reason="x", at=now)
    assert not Notice.objects.exists()


def test_of_an_agreed_plan_a_side_hands_on_and_the_other_grants_time_and_each_is_told(
    world, task, planned, change, day
):
    planned("plan_agreed")
    Task.objects.update(made_by=world.signer)  # the plan's own side gave it, so that its giver is no one to be told
    assert change(world.signer, owner=world.signer, due_on=day(3)).owner == world.signer
    assert world.manager in {one.recipient for one in Notice.objects.all()}
    Notice.objects.all().delete()
    assert change(world.manager, due_on=day(30)).due_on == day(30)
    assert world.signer in {one.recipient for one in Notice.objects.all()}


@pytest.mark.parametrize(
    ("state", "person", "offered", "said"),
    [
        ("cause_agreed", "manager", False, "lies before the other side"),
        ("plan_agreed", "manager", True, "the other side grants a later one"),
        ("plan_agreed", "signer", True, "hands it to another of its people"),
        (None, "manager", True, "Take it back"), (None, "viewer", False, "The client gave it"),
    ],
)  # fmt: skip
def test_a_page_offers_what_may_be_done_with_a_task(
    world, task, planned, signed_in, address, clock, state, person, offered, said
):
    clock(0)
    if state:
        planned(state)
    browser = signed_in(getattr(world, person))
    shown = words(browser.get(address("task", task.pk)))
    assert said in shown
    assert ("Save the task" in shown, "Take it back" in shown) == (offered, offered and not state)
    assert (f'href="{address("task", task.pk)}"' in words(browser.get(address("issue", 1)))) == offered
    assert (f'href="{address("task", task.pk)}"' in words(browser.get(address("list")))) == offered


def test_the_other_side_grants_a_day_on_a_page_where_nothing_else_is_open(
    world, task, planned, signed_in, address, day, clock
):
    clock(0)
    planned("plan_agreed")
    world.editor.is_active = False
    world.editor.save()
    signed_in(world.manager).post(address("task", task.pk), {"due_on": day(30), "seen": task.turn})
    task.refresh_from_db()
    assert (task.what, task.owner, task.due_on) == ("Plan a shift", world.editor, day(30))


@pytest.mark.parametrize(
    ("state", "told"), [("cause_agreed", "lies before the other side"), ("plan_agreed", "can only grant a later day")]
)
def test_who_opened_a_task_before_it_became_part_of_a_plan_is_told_why_nothing_is_saved(
    world, task, planned, signed_in, address, clock, state, told
):
    clock(0)
    planned(state)
    shown = words(signed_in(world.manager).post(address("task", task.pk), form(task, what="Plan two shifts")))
    task.refresh_from_db()
    assert told in shown
    assert task.what == "Plan a shift"


def test_of_two_people_at_one_page_the_second_writes_over_nothing(world, task, signed_in, address, day, clock):
    clock(0)
    client, read = signed_in(world.manager), form(task)
    client.post(address("task", task.pk), read | {"owner": world.signer.pk})
    shown = words(client.post(address("task", task.pk), read | {"what": "Plan two shifts"}))
    assert "Somebody changed this task or did it a moment ago" in shown
    task.refresh_from_db()
    assert (task.what, task.owner) == ("Plan a shift", world.signer)


def test_what_somebody_did_meanwhile_is_not_changed(world, task, now):
    seen = Task.objects.get(pk=task.pk)
    actions.finish_task(by=world.signer, task=task, at=now)
    with pytest.raises(Refused, match="The task is done"):
        actions.withdraw_task(by=world.manager, task=seen, reason="x", at=now)
    with pytest.raises(Refused, match="a moment ago"):
        actions.change_task(
            by=world.manager, task=seen, what="x", owner=seen.owner, due_on=seen.due_on, seen=seen.turn, at=now
        )


def test_who_had_a_task_does_not_say_that_it_is_done(world, task, now):
    seen = Task.objects.get(pk=task.pk)
    actions.change_task(
        by=world.manager, task=task, what=task.what, owner=world.manager, due_on=task.due_on, seen=0, at=now
    )
    with pytest.raises(Refused, match="The task is the client's"):
        actions.finish_task(by=world.signer, task=seen, at=now)


def test_a_task_that_was_taken_back_is_done_by_nobody(world, task, now):
    actions.withdraw_task(by=world.manager, task=task, reason="x", at=now)
    with pytest.raises(Refused):
        actions.finish_task(by=world.signer, task=task, at=now)
