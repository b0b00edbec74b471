"""What becomes of the plan by itself."""

from datetime import date, timedelta

from apps.meetings.conftest import DEMO
from rapport.apps.meetings import actions
from rapport.apps.meetings.jobs import follow_plans
from rapport.apps.meetings.models import Meeting
from rapport.apps.meetings.queries import Plan, plan_of
from rapport.apps.notices.models import Notice

WEEKLY = {
    "id": "weekly-call", "name": "Call", "kind": "meeting", "rhythm": "weekly", "day": "wed", "channel": "Phone",
    "client": ["Service owner"], "partner": ["Desk lead"],
}  # fmt: skip


def days(world, **found):
    return [str(one.planned_on) for one in world.engagement.meetings.filter(**found).order_by("planned_on")]


def test_eight_weeks_are_entered_once(world, agreed, on):
    on(0)
    calls = days(world, series="weekly-call")
    assert calls == [str(date(2026, 3, 3) + timedelta(weeks=week)) for week in range(8)]
    assert days(world, series="monthly-review") == ["2026-03-12", "2026-04-09"]
    assert [str(one.due_on) for one in world.engagement.reports.all()] == ["2026-03-05", "2026-04-05"]
    on(0)
    assert days(world, series="weekly-call") == calls
    on(7)
    assert days(world, series="weekly-call") == [*calls, "2026-04-28"]


def test_nothing_is_entered_without_an_agreement_or_after_its_term(world, agreed, plan, on):
    agreed(plan(term={"from": "2025-01-01", "to": "2026-03-10"}), number=2)
    on(0)
    assert days(world, series="weekly-call") == ["2026-03-03", "2026-03-10"]
    world.engagement.versions.update(stage="superseded")
    on(0)
    assert days(world) == []
    assert not world.sibling_engagement.meetings.exists()


def test_a_changed_plan_keeps_what_was_touched(world, agreed, plan, on, now):
    on(0)
    second, third = world.engagement.meetings.filter(series="weekly-call")[1:3]
    moved_to = second.planned_on + timedelta(days=1)
    actions.move_meeting(by=world.manager, meeting=second, to=moved_to, starts_at=None, reason="Away", seen=0, at=now)
    actions.add_point(by=world.signer, meeting=third, text="Cover", at=now)
    agreed(plan(communication=[WEEKLY]), number=2)
    on(1)
    kept = {str(moved_to), str(third.planned_on)}
    found = days(world)
    assert kept <= set(found)
    assert "2026-03-03" in found  # today's stays
    assert "2026-03-24" not in found
    assert "2026-03-25" in found
    assert not world.engagement.reports.filter(due_on__gt=now.date() + timedelta(days=1)).exists()


def test_a_new_name_and_place_reach_what_is_planned(world, agreed, plan, on):
    on(0)
    agreed(plan(communication=[WEEKLY | {"day": "tue", "name": "Stand-up"}]), number=2)
    on(0)
    calls = world.engagement.meetings.filter(planned_on__gt="2026-03-03")
    assert {(one.name, one.channel) for one in calls} == {("Stand-up", "Phone")}


def test_a_meeting_nobody_put_on_record_is_missed_and_both_sides_are_told(world, call, on):
    on(4)
    assert Meeting.objects.get(pk=call.pk).state == "planned"
    for _ in range(2):
        on(5)
    assert Meeting.objects.get(pk=call.pk).state == "missed"
    for person in (world.manager, world.signer):
        assert Notice.objects.filter(recipient=person, kind="meeting", subject=call.pk).count() == 1


def test_a_missed_meeting_shows_and_is_held_late(world, signed_in, call, on, address):
    on(5)
    browser = signed_in(world.manager)
    assert "missed" in browser.get(address("overview")).content.decode()
    there = {"hold-on": "2026-03-04", "hold-client": [world.manager.pk], "hold-partner": [world.signer.pk]}
    browser.post(address("hold", call), there)
    assert Meeting.objects.get(pk=call.pk).state == "held"


def test_people_named_in_the_plan_are_told_instead_of_the_owners(world, agreed, plan, on):
    named = WEEKLY | {"client": [world.executive.name.upper()], "partner": ["Nobody known"], "day": "tue"}
    agreed(plan(communication=[named]), number=2)
    on(0)
    on(5)
    told = set(Notice.objects.filter(kind="meeting").values_list("recipient", flat=True))
    assert told == {world.executive.pk, world.signer.pk}


def test_a_worker_that_was_away_does_it_all_when_it_is_back(world, agreed, on):
    on(0)
    on(40)
    assert world.engagement.meetings.filter(state="missed", series="weekly-call").count() == 6
    assert world.engagement.reports.filter(state="late").count() == 2
    assert "2026-06-02" in days(world)


def test_an_agreement_that_cannot_be_read_any_more_keeps_its_meetings_and_stops_nobody_else(world, agreed, now):
    follow_plans(now)
    assert world.engagement.meetings.count() == 10
    world.engagement.versions.update(text="rapport: 99")
    version = world.engagement.versions.get()
    version.pk, version.engagement, version.text = None, world.sibling_engagement, DEMO.read_text(encoding="utf-8")
    version.save()
    follow_plans(now)
    assert world.engagement.meetings.count() == 10
    assert world.sibling_engagement.meetings.exists()


def test_a_plan_that_fails_keeps_no_other_from_its_turn(world, agreed, now, monkeypatch):
    version = world.engagement.versions.get()
    version.pk, version.engagement, version.text = None, world.sibling_engagement, version.text + "\n# other\n"
    version.save()
    true = Plan.occurrences
    broken = plan_of(version.text)

    def failing(plan, today):
        if plan is broken:
            raise ValueError("no day")
        return true(plan, today)

    monkeypatch.setattr(Plan, "occurrences", failing)
    follow_plans(now)
    assert world.engagement.meetings.count() == 10
    assert not world.sibling_engagement.meetings.exists()


def test_a_report_that_fails_keeps_no_other_from_its_turn(world, agreed, on, now, monkeypatch):
    on(-7)
    first, second = world.engagement.reports.all()[:2]
    second.pk, second.series, second.due_on = None, "other", first.due_on
    second.state, second.mend_by = "returned", first.due_on
    second.save()
    true = actions.remind_of_report

    def failing(*, report, at):
        if report == first:
            raise ValueError("no")
        true(report=report, at=at)

    monkeypatch.setattr(actions, "remind_of_report", failing)
    on(0)
    assert Notice.objects.filter(kind="report", subject=second.pk).exists()
