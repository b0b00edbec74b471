"""What the clock does: issues climb when time runs out, once, in working time; silence approves nothing."""

from datetime import date, timedelta

import pytest

from apps.escalations.conftest import moment
from rapport import schedule
from rapport.apps.audit.models import Entry
from rapport.apps.escalations import actions
from rapport.apps.escalations.models import Escalation, Step
from rapport.apps.issues.actions import return_issue
from rapport.apps.issues.models import Issue
from rapport.apps.notices.models import Dispatch, Notice
from rapport.apps.timers.models import Timer


def verbs():
    return [entry.content["verb"] for entry in Entry.objects.order_by("number")]


def told(kind):
    return sorted(Notice.objects.filter(kind=f"escalation.{kind}").values_list("recipient__name", flat=True))


def test_it_climbs_to_the_executives_and_stays_there(world, raised, work):
    assert raised.due_at == moment("2026-03-02 17:00")
    assert (work("2026-03-02 16:59").level, work("2026-03-02 17:00").level) == (0, 1)
    assert Escalation.objects.get().due_at == moment("2026-03-04 17:00")  # 20 hours of a desk open from 8 to 18
    assert (work("2026-03-04 16:59").level, work("2026-03-04 17:00").level) == (1, 2)
    late = work("2026-04-30 12:00")
    assert (late.level, late.state, late.answer, late.ended_because) == (2, "waiting", "", "")
    assert verbs() == ["escalation.started", "escalation.climbed", "escalation.climbed"]
    assert [step.name for step in Step.objects.all()] == ["Operations", "Management", "Executives"]
    assert Step.objects.first().left_because == "The partner did not answer in time on the level Operations."


def test_a_worker_that_was_away_lets_it_climb_one_level_and_gives_that_its_time(raised, work):
    found = work("2026-03-09 10:00")
    assert (found.level, found.entered_at) == (1, moment("2026-03-09 10:00"))
    assert found.due_at == moment("2026-03-11 10:00")
    assert work("2026-03-09 10:00").level == 1


@pytest.mark.parametrize(
    ("at", "due_at"),
    [("2026-03-27 14:00", "2026-03-30 11:00"), ("2026-10-23 13:00", "2026-10-26 12:00")],
)
def test_it_climbs_in_working_time_across_changes_of_clocks(world, issue, work, at, due_at):
    """From two in the afternoon on a Friday in London, eight hours later: at noon on Monday."""
    Issue.objects.update(due_on=date(2027, 1, 1))
    actions.start_escalation(by=world.manager, issue=issue, reason="It gets worse.", at=moment(at))
    before = moment(due_at) - timedelta(seconds=1)
    assert work(before.strftime("%Y-%m-%d %H:%M:%S")).level == 0
    assert work(due_at).level == 1


def test_each_level_is_told_at_once_and_the_level_before_that_it_climbed(world, raised, work):
    assert told("asked") == ["Brightdesk editor"]  # and not whoever raised it
    work("2026-03-02 17:00")
    assert told("asked") == ["Brightdesk editor", "Brightdesk signer", "Northwind executive"]
    assert told("left") == ["Brightdesk editor", "Northwind manager"]
    work("2026-03-04 17:00")
    assert told("left") == ["Brightdesk editor", "Northwind executive", "Northwind manager"]
    assert all(one.due_at == one.notice.created_at for one in Dispatch.objects.select_related("notice"))


def test_what_is_answered_does_not_climb(answered, work):
    found = work("2026-03-10 12:00")
    assert (found.level, found.state) == (0, "answered")
    assert not Timer.objects.filter(done_at=None, kind=actions.CLIMB).exists()


def test_the_time_of_a_new_level_is_not_cut_short_by_the_old_one(world, answered, work, now):
    actions.reject(by=world.manager, escalation=answered, turn=1, reason="Too late.", at=now.replace(hour=12))
    assert work("2026-03-02 17:00").level == 1
    assert work("2026-03-04 12:00").level == 2


def test_an_issue_that_is_not_mended_by_its_day_climbs_by_itself_once_for_that_day(issue, work):
    assert work("2026-03-21 11:59") is None  # it is the twentieth still, where the day ends last
    found = work("2026-03-21 12:00")
    assert (found.raised_by, found.raiser, found.missed_on, found.level) == ("client", None, issue.due_on, 0)
    assert found.reason == "The issue is still to be mended, and its day, 2026-03-20, is over."
    assert found.due_at == moment("2026-03-23 16:00")  # from eight on Monday
    Escalation.objects.update(state="ended", ended_at=found.started_at)
    Step.objects.update(left_at=found.started_at)
    assert work("2026-03-24 12:00").pk == found.pk
    Issue.objects.update(due_on=date(2026, 3, 27))
    assert work("2026-03-27 12:00").pk == found.pk
    assert work("2026-03-28 12:00").number == 2


def test_what_was_climbing_when_the_day_passed_stands_for_it(world, issue, work):
    at = moment("2026-03-20 09:00")
    first = actions.start_escalation(by=world.manager, issue=issue, reason="It gets worse.", at=at)
    actions.end_escalation(by=world.manager, escalation=first, turn=0, reason="Agreed.", at=moment("2026-03-21 09:00"))
    assert work("2026-03-22 09:00").pk == first.pk


@pytest.mark.parametrize("state", ["proposed", "resolved", "closed", "declined"])
def test_only_what_is_on_the_list_and_not_mended_climbs_by_itself(issue, work, state):
    Issue.objects.update(
        state=state, proposed_by="client", resolved_by="partner" if state in ("resolved", "closed") else ""
    )
    assert work("2026-04-01 09:00") is None


def test_an_agreement_without_a_plan_lets_nothing_climb(issue, in_force, work):
    version = in_force()
    version.text = without_plan(version.text)
    version.save()
    assert work("2026-04-01 09:00") is None


def without_plan(text):
    start, end = text.index("escalation:\n"), text.index("\nduties:")
    return text[:start] + text[end:]


@pytest.mark.parametrize(
    ("state", "words"), [("declined", "The issue was declined."), ("closed", "The issue is closed.")]
)
def test_the_escalation_of_an_issue_that_is_settled_ends(issue, raised, work, state, words):
    Issue.objects.update(state=state, resolved_by="partner")
    found = work("2026-03-02 17:00")
    assert (found.state, found.level) == ("ended", 0)
    assert words in found.ended_because
    assert verbs()[-1] == "escalation.ended"
    assert not Timer.objects.filter(done_at=None).exists()
    assert work("2026-03-02 18:00").turn == found.turn


def test_the_asked_side_holds_the_climb_by_its_word_and_ends_nothing(world, issue, raised, work):
    Issue.objects.update(state="resolved", resolved_by="partner")
    for day in ("2026-03-02 17:00", "2026-03-30 09:00"):
        held = work(day)
        assert (held.state, held.level) == ("waiting", 0)
    issue.refresh_from_db()
    return_issue(by=world.manager, issue=issue, reason="It is not.", at=moment("2026-03-30 10:00"))
    back = work("2026-03-30 10:01")
    assert (back.number, back.level, back.entered_at) == (1, 1, moment("2026-03-30 10:01"))
    assert work("2026-03-30 10:02").turn == back.turn


def test_what_was_held_at_the_top_or_answered_does_not_climb(answered, work):
    assert work("2026-03-30 10:00").level == 0
    Escalation.objects.update(state="waiting", level=2)
    assert work("2026-03-30 10:00").turn == answered.turn


def test_a_plan_that_changes_later_changes_nothing_that_is_climbing(world, raised, in_force, work):
    in_force({"Desk lead, within: 8h": "Desk lead, within: 1h", "within: 20h": "within: 30h"})
    assert work("2026-03-02 17:00").due_at == moment("2026-03-04 17:00")


def test_the_schedule_does_all_of_it(world, raised):
    schedule.run([*schedule.SHARED, *schedule.FOLLOWING], moment("2026-03-02 17:00"))
    assert Escalation.objects.get().level == 1
    Issue.objects.update(state="closed", resolved_by="partner")
    schedule.run(schedule.FOLLOWING, moment("2026-03-02 17:01"))
    assert Escalation.objects.get().state == "ended"
    Issue.objects.update(state="listed", resolved_by="")
    schedule.run(schedule.FOLLOWING, moment("2026-03-21 12:00"))
    assert Escalation.objects.filter(missed_on=date(2026, 3, 20)).exists()


def test_the_clock_moves_nothing_that_does_not_climb(world, raised, now):
    late = moment("2027-01-01 09:00")
    assert not actions.climb(escalation=raised.pk, at=moment("2026-03-02 16:59"))
    assert not actions.end_settled(escalation=raised.pk, at=late)
    assert actions.start_overdue(issue=raised.issue_id, at=late) is None
    actions.answer(by=world.editor, escalation=raised, turn=0, text="Yes.", at=now)
    assert not actions.climb(escalation=raised.pk, at=late)
    actions.accept(by=world.manager, escalation=raised, turn=1, at=now)
    assert not actions.climb(escalation=raised.pk, at=late)
    assert Escalation.objects.get(pk=raised.pk).turn == 2
