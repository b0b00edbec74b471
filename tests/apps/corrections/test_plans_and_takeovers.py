"""What is accepted is what was read: plans, takeovers, files; and what happens to the issue meanwhile."""

import os
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.corrections.conftest import START
from rapport.apps.corrections import actions, queries
from rapport.apps.corrections.jobs import begin_anew_what_missed_again
from rapport.apps.corrections.models import Correction
from rapport.apps.issues.actions import confirm_issue, give_task, take_over_issue
from rapport.domain.corrections import Part, State
from rapport.domain.refusals import Refused


@pytest.fixture
def give(world):
    def given(issue, what, by, owner):
        words = {"owner": owner, "due_on": date(2026, 3, 20), "at": START}
        return give_task(by=by, engagement=world.engagement, issue=issue, what=what, **words)

    return given


@pytest.fixture
def two_causes(world):
    """Two causes in a row, the second shown by something; the first of them."""

    def name(correction):
        why = actions.add_cause(by=world.editor, correction=correction, text="First", at=START)
        actions.add_cause(
            by=world.editor, correction=correction, text="Second", evidence="Seen", parent=why.pk, at=START
        )
        return why

    return name


def test_a_task_given_after_the_plan_was_proposed_is_not_part_of_it(world, raised, brought, give):
    issue = raised()
    correction = brought(issue, State.CAUSE_AGREED)
    actions.set_measure(by=world.editor, correction=correction, kpi=issue.kpi, periods=2, at=START)
    planned = give(issue, "Hire", world.editor, world.editor)
    proposed = actions.propose(by=world.editor, correction=correction, part=Part.PLAN, at=START)
    later = give(issue, "Pay for all", world.editor, world.manager)
    agreed = actions.accept(by=world.manager, correction=proposed, seen=proposed.turn, at=START)
    assert list(queries.plan_tasks(agreed)) == [planned]
    planned.issue.tasks.filter(pk=planned.pk).update(done_at=START, done_by=world.editor)
    assert actions.claim(by=world.editor, correction=agreed, at=START).state == "verifying"
    later.refresh_from_db()
    assert later.done_at is None


def test_a_plan_that_was_sent_back_takes_in_new_tasks(world, raised, brought, give):
    issue = raised()
    correction = brought(issue, State.CAUSE_AGREED)
    actions.set_measure(by=world.editor, correction=correction, kpi=issue.kpi, periods=2, at=START)
    first = give(issue, "Hire", world.editor, world.editor)
    correction = actions.propose(by=world.editor, correction=correction, part=Part.PLAN, at=START)
    correction = actions.send_back(by=world.manager, correction=correction, reason="Too little", at=START)
    second = give(issue, "Train", world.editor, world.editor)
    assert set(queries.plan_tasks(correction)) == {first, second}
    correction = actions.propose(by=world.editor, correction=correction, part=Part.PLAN, at=START)
    assert set(queries.plan_tasks(correction)) == {first, second}


def test_taking_an_issue_over_and_back_revives_no_old_proposal(world, raised, brought, two_causes):
    issue = raised()
    correction = brought(issue, State.CONTAINED)
    why = two_causes(correction)
    correction = actions.propose(by=world.editor, correction=correction, part=Part.CAUSE, at=START)
    take_over_issue(by=world.manager, issue=issue, at=START)
    actions.change_cause(by=world.manager, cause=why, text="The partner is lazy", at=START)
    take_over_issue(by=world.editor, issue=issue, at=START)
    with pytest.raises(Refused):
        actions.accept(by=world.manager, correction=correction, seen=Correction.objects.get().turn, at=START)
    assert (Correction.objects.get().state, Correction.objects.get().turn > correction.turn) == ("contained", True)


@pytest.mark.parametrize("origin", ["missed_kpi", "by_hand"])
@pytest.mark.parametrize("state", ["resolved", "closed"])
def test_an_issue_comes_back_when_its_corrective_action_begins_anew(
    world, raised, brought, computed, clock, origin, state
):
    words = {"cause": "", "proposed_by": "client"} if origin == "by_hand" else {}
    issue = raised(origin=origin, **words)
    brought(issue, State.VERIFYING)
    Correction.objects.update(state="closed", closed_at=START)
    actions.resolve(by=world.editor, issue=issue, what="All done", at=START)
    if state == "closed":
        confirm_issue(by=world.manager, issue=issue, at=START)
    computed("2026-04", "below_target", 91)
    begin_anew_what_missed_again(clock(62))
    issue.refresh_from_db()
    assert (issue.state, issue.due_on > clock(62).date()) == ("listed", True)
    assert ("missed again in 2026-04" in issue.title) == (origin == "missed_kpi")


def test_a_file_that_takes_anothers_place_is_the_only_one(
    world, raised, brought, settings, django_capture_on_commit_callbacks
):
    correction = brought(raised(), State.CONTAINED)
    file = SimpleUploadedFile("a.txt", b"1")
    cause = actions.add_cause(by=world.editor, correction=correction, text="a", file=file, at=START)
    with django_capture_on_commit_callbacks(execute=True):
        actions.change_cause(by=world.editor, cause=cause, text="a", file=SimpleUploadedFile("b.txt", b"2"), at=START)
    assert sum(len(files) for *_, files in os.walk(settings.MEDIA_ROOT)) == 1
    cause.refresh_from_db()
    assert (cause.file_name, cause.file.read()) == ("b.txt", b"2")


def test_nothing_is_said_of_met_periods_where_no_kpi_shows_it(world, raised, brought, browser, address):
    brought(raised(kpi="", cause="", origin="by_hand", proposed_by="client"), State.CLOSED)
    page = browser("editor").get(address("show")).content.decode()
    assert "asked for" not in page
    assert "misses again" not in page
