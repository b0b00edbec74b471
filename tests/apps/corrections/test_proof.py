"""What the figures since the claim do by themselves, races, what KPIs are told, and how much is asked for."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.corrections.conftest import START
from rapport.apps.accounts.models import Organisation, Person
from rapport.apps.corrections import actions, queries
from rapport.apps.corrections.jobs import begin_anew_what_missed_again
from rapport.apps.corrections.models import Cause, Correction
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.models import Issue, Task
from rapport.apps.notices.models import Notice
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.corrections import Part, Proof, State
from rapport.domain.refusals import Refused
from rapport.schedule import FOLLOWING


def again():
    found = Correction.objects.get()
    return found.state, found.round


def test_the_worker_looks_by_itself():
    assert begin_anew_what_missed_again in FOLLOWING


def test_a_miss_begins_a_new_round_and_tells_both_owners(world, raised, brought, computed, clock):
    brought(raised(), State.VERIFYING)
    Notice.objects.all().delete()
    computed("2026-03", "below_target", 91)  # under way when the work was done
    begin_anew_what_missed_again(clock(31))
    assert again() == ("verifying", 1)
    computed("2026-04", "below_target", 91)
    for _ in range(2):
        begin_anew_what_missed_again(clock(62))
    assert again() == ("open", 2)
    found = Correction.objects.get()
    assert "missed again in 2026-04" in found.again
    assert (found.containment, found.claimed_at) == ("", None)
    told = Notice.objects.filter(kind="correction")
    assert {notice.recipient for notice in told} == {world.editor, world.manager}
    assert told.count() == 2
    for notice in told:
        words = TELLERS["correction"](notice.recipient, notice.subject)
        assert "It began anew because it did not work" in words.text
        assert ("it is your side's move" in words.text) == (notice.recipient == world.editor)
    assert TELLERS["correction"](world.sibling_editor, found.pk) is None


@pytest.mark.parametrize(("days", "is_reopened"), [(170, True), (200, False)])
def test_after_closing_it_is_watched_for_half_a_year(world, raised, brought, computed, clock, days, is_reopened):
    issue = raised()
    for month in ("2026-04", "2026-05"):
        computed(month)
    brought(issue, State.CLOSED)
    Issue.objects.update(state="closed", resolved_by="partner", closed_at=clock(0))
    computed("2026-06", "below_minimum", 80)
    begin_anew_what_missed_again(clock(days))
    assert again() == (("open", 2) if is_reopened else ("closed", 1))
    issue.refresh_from_db()
    assert issue.state == ("listed" if is_reopened else "closed")


def test_a_round_that_failed_is_kept_to_be_read(world, raised, brought, computed, clock, browser, address):
    brought(raised(), State.VERIFYING)
    computed("2026-04", "below_target", 91)
    begin_anew_what_missed_again(clock(62))
    page = browser("viewer").get(address("show")).content.decode()
    assert "Round 1: what was thought then" in page
    assert "Nobody is on duty" in page
    assert "The round before did not work" in page
    assert not queries.causes_of(Correction.objects.get()).exists()
    assert not queries.plan_tasks(Correction.objects.get()).exists()
    assert Task.objects.count() == 1


def test_who_begins_a_closed_one_anew_begins_with_nothing_agreed(world, raised, brought, computed, browser, address):
    for month in ("2026-04", "2026-05"):
        computed(month)
    brought(raised(), State.CLOSED)
    browser("manager").post(address("start"))
    assert again() == ("open", 2)
    assert Correction.objects.get().closed_by is None


@pytest.mark.parametrize(("value", "verdict"), [(93.5, Proof.PENDING), (93.4, Proof.FAILED)])
def test_an_interim_target_that_is_reached_is_no_failure(world, raised, brought, computed, clock, value, verdict):
    correction = brought(raised(), State.VERIFYING)
    correction.targets.create(round=1, until_on=clock(60).date().replace(month=4, day=30), target="187/2")
    computed("2026-04", "below_target", value)
    effect = queries.effect_of(correction)
    assert effect.verdict is verdict
    assert effect.missing == 2
    begin_anew_what_missed_again(clock(62))
    assert again()[1] == (1 if verdict is Proof.PENDING else 2)
    if verdict is Proof.PENDING:
        computed("2026-05", "below_target", value)
        assert queries.effect_of(correction).verdict is Proof.FAILED


def test_periods_without_data_or_under_way_say_nothing(world, raised, brought, computed):
    correction = brought(raised(), State.VERIFYING)
    computed("2026-04", "no_data", None)
    computed("2026-05", "low_volume", 50)
    computed("2026-06", "below_minimum", 50, is_complete=False)
    computed("2026-07", "met", 96)
    effect = queries.effect_of(correction)
    assert [one.is_met for one in effect.periods] == [None, None, True]
    assert effect.verdict is Proof.PENDING
    assert effect.missing == 1


def _proposed():
    client = Organisation.objects.create(name="Northwind Insurance", side="client", created_at=START)
    partner = Organisation.objects.create(name="Brightdesk", side="partner", created_at=START)
    manager, executive, editor = (
        Person.objects.create(organisation=company, role=role, name=role, email=f"{role}@example.org", created_at=START)
        for company, role in ((client, "manager"), (client, "executive"), (partner, "editor"))
    )
    engagement = Engagement.objects.create(partner=partner, title="Desk", client_owner=manager, created_at=START)
    issue = Issue.objects.create(
        engagement=engagement, number=1, title="Late", origin="by_hand", severity="minor", proposed_by="client",
        responsible="partner", state="listed", due_on=START.date(), raised_at=START,
    )  # fmt: skip
    correction = actions.start_correction(by=editor, issue=issue, at=START)
    actions.contain(by=editor, correction=correction, how="So", at=START)
    _two_causes(editor, correction)
    return actions.propose(by=editor, correction=correction, part=Part.CAUSE, at=START), manager, executive


def _two_causes(editor, correction):
    why = actions.add_cause(by=editor, correction=correction, text="First", at=START)
    actions.add_cause(by=editor, correction=correction, text="Second", evidence="Seen", parent=why.pk, at=START)
    return why


@pytest.mark.skipif(connection.vendor != "sqlite", reason="makes a database of its own in a file")
def test_of_two_who_answer_at_once_one_is_told_so(at_once):
    [(correction, manager, executive)] = at_once(_proposed)
    outcomes = at_once(
        lambda: actions.accept(by=manager, correction=correction, seen=correction.turn, at=START),
        lambda: actions.send_back(by=executive, correction=correction, reason="Not yet.", at=START),
    )
    assert [type(outcome) for outcome in outcomes].count(Refused) == 1
    [(state, returned, turn)] = at_once(lambda: Correction.objects.values_list("state", "returned", "turn").get())
    assert turn == correction.turn + 1
    assert (state, returned) in {("cause_agreed", ""), ("contained", "Not yet.")}


def test_what_was_not_read_is_not_accepted(world, raised, brought, clock):
    at = clock(0)
    correction = brought(raised(), State.CONTAINED)
    why = _two_causes(world.editor, correction)
    read = actions.propose(by=world.editor, correction=correction, part=Part.CAUSE, at=at).turn
    actions.send_back(by=world.executive, correction=correction, reason="Not yet.", at=at)
    actions.change_cause(by=world.editor, cause=why, text="Something else", at=at)
    actions.propose(by=world.editor, correction=correction, part=Part.CAUSE, at=at)
    with pytest.raises(Refused, match="a moment ago"):
        actions.accept(by=world.manager, correction=correction, seen=read, at=at)


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("role", "expected"), [("manager", 22), ("editor", 23)])
def test_a_page_asks_as_much_for_thirty_causes_as_for_one(
    world, raised, brought, computed, browser, address, count, role, expected
):
    correction = brought(raised(), State.CONTAINED)
    computed("2026-02", "below_target", 91)
    for number in range(count):
        parent = Cause.objects.last() if number % 5 else None
        Cause.objects.create(correction=correction, round=1, text=f"Because {number}", evidence="Seen", parent=parent)
        Task.objects.create(
            engagement=world.engagement, issue=correction.issue, what="Do", side="partner", owner=world.editor,
            due_on=correction.began_at.date() + timedelta(days=9), made_by=world.editor, made_at=correction.began_at,
        )  # fmt: skip
    reader = browser(role)
    reader.get(address("show"))
    with CaptureQueriesContext(connection) as asked:
        reader.get(address("show"))
    assert len(asked) == expected
