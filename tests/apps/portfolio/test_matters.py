"""What waits for whom in the work under way, as Today shows it."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from apps.assurance.conftest import DEMO
from rapport.apps.accounts.models import Person
from rapport.apps.corrections.models import Correction
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.escalations.actions import answer, start_escalation
from rapport.apps.escalations.models import Step
from rapport.apps.feedback.actions import Words, keep_draft, share_draft
from rapport.apps.issues.models import Edition, Issue, Task
from rapport.apps.meetings.models import Meeting, Minutes, Report
from rapport.apps.portfolio.queries.matters import matters
from rapport.domain.feedback import Kind

TODAY = date(2026, 3, 2)


@pytest.fixture
def owned(world, now):
    """The engagement with owners on both sides and the example in force, and an issue on its list."""
    world.engagement.partner_owner = world.signer
    world.engagement.save()
    AgreementVersion.objects.create(
        engagement=world.engagement, number=1, text=DEMO.read_text(encoding="utf-8"), stage="in_force",
        written_by="client", author=world.manager, created_at=now,
    )  # fmt: skip
    issue = Issue.objects.create(
        engagement=world.engagement, number=1, title="Nobody answers", origin="by_hand", severity="minor",
        responsible="partner", state="listed", client_owner=world.manager, partner_owner=world.signer,
        due_on=TODAY + timedelta(9), raised_at=now, kpi="resolved-in-time",
    )  # fmt: skip
    return SimpleNamespace(engagement=world.engagement, issue=issue)


@pytest.fixture
def meeting(owned):
    def made(days, state="planned", **minutes):
        on = TODAY + timedelta(days)
        found = Meeting.objects.create(
            engagement=owned.engagement, series="call", name="Call", channel="Phone", state=state,
            first_planned_on=on, planned_on=on, held_on=on if state == "held" else None,
        )  # fmt: skip
        if minutes:
            Minutes.objects.create(meeting=found, written_by="partner", **minutes)
        return found

    return made


def whats(person, owned, but="Nobody answers"):
    """What is asked of somebody, without the issue itself."""
    return [need.what for need in matters(person, TODAY) if need.what != f"Mend “{but}”"]


def test_an_issue_waits_for_its_owner_on_the_side_whose_move_it_is(world, owned):
    assert [need.what for need in matters(world.signer, TODAY)] == ["Mend “Nobody answers”"]
    assert list(matters(world.manager, TODAY)) == []
    assert list(matters(world.sibling_signer, TODAY)) == []


@pytest.mark.parametrize(("state", "days"), [("proposed", 5), ("listed", 9), ("resolved", None)])
def test_an_issue_is_wanted_by_the_day_silence_lists_it_or_by_its_own(world, owned, state, days):
    Issue.objects.update(state=state, proposed_by="client", resolved_by="client" if state == "resolved" else "")
    (need,) = matters(world.signer, TODAY)
    assert need.due_on == (None if days is None else TODAY + timedelta(days))


@pytest.mark.parametrize(("part", "state"), [("cause", "contained"), ("plan", "cause_agreed")])
def test_a_proposed_part_of_a_correction_waits_for_the_other_side(world, owned, now, part, state):
    Correction.objects.create(
        issue=owned.issue, state=state, responsible="partner", proposed=part, began_at=now, moved_at=now
    )
    Issue.objects.update(move="client")
    assert whats(world.manager, owned) == [f"Accept the {part} or send it back: “Nobody answers”"]
    assert whats(world.signer, owned) == []


def test_an_edition_waits_for_the_client_alone_until_it_is_approved(world, owned, now):
    edition = Edition.objects.create(engagement=owned.engagement, number=1, content={}, made_at=now)
    assert whats(world.manager, owned) == ["Approve the edition of the issue list"]
    assert whats(world.signer, owned) == []
    Edition.objects.filter(pk=edition.pk).update(approved_at=now)
    assert whats(world.manager, owned) == []


def test_minutes_wait_for_who_has_to_agree_and_once_sent_back_for_who_wrote_them(world, owned, meeting, now):
    held = meeting(-3, "held", text="Said")
    Minutes.objects.filter(meeting=held).update(state="proposed", proposed_at=now)
    assert whats(world.manager, owned) == ["Agree to the minutes of Call of Fri 27 Feb"]
    assert whats(world.signer, owned) == []
    Minutes.objects.filter(meeting=held).update(state="draft", returned="The days are wrong.")
    assert whats(world.manager, owned) == []
    assert whats(world.signer, owned) == ["Mend the minutes of Call of Fri 27 Feb, which were sent back"]


@pytest.mark.parametrize(("days", "waits"), [(0, []), (-1, ["Finish the minutes of Call of Sun 1 Mar"])])
def test_minutes_wait_for_who_writes_them_from_the_day_after_the_meeting(world, owned, meeting, days, waits):
    meeting(days, "held", text="Said")
    assert whats(world.signer, owned) == waits
    assert whats(world.manager, owned) == []


def test_a_meeting_that_passed_waits_for_either_side_to_say_what_became_of_it(world, owned, meeting):
    meeting(-1)
    meeting(0)
    meeting(-9, "cancelled")
    for person in (world.manager, world.signer):
        assert whats(person, owned) == ["Put Call of Sun 1 Mar on record"]


def test_a_report_is_asked_for_until_the_day_it_is_owed_by(world, owned):
    Report.objects.create(
        engagement=owned.engagement, series="r", name="Monthly report", channel="Mail", owed_by="partner",
        due_on=TODAY, mend_by=TODAY + timedelta(3), state="returned",
    )  # fmt: skip
    (need,) = [one for one in matters(world.signer, TODAY) if one.what.startswith("Hand in")]
    assert need.due_on == TODAY + timedelta(3)
    assert whats(world.manager, owned) == []


def test_a_task_waits_for_whom_it_was_given_to(world, owned, now):
    Task.objects.create(
        engagement=owned.engagement, what="Call back", side="partner", owner=world.editor, due_on=TODAY,
        made_by=world.manager, made_at=now,
    )  # fmt: skip
    assert whats(world.editor, owned) == ["Call back"]
    assert whats(world.signer, owned) == []


@pytest.mark.parametrize("owner", ["manager", "executive"])
def test_feedback_waits_for_who_owns_the_engagement_whether_they_manage_or_lead(world, owned, now, owner):
    owned.engagement.client_owner = getattr(world, owner)
    owned.engagement.save()
    words = Words(Kind.RECOGNITION, people="The desk", seen="Every\ncall was answered", effect="We slept", team="Desk")
    draft = keep_draft(by=world.signer, engagement=owned.engagement, words=words, at=now)
    share_draft(by=world.signer, draft=draft, at=now)
    for role in ("manager", "executive"):
        waits = ["Read what was good: “Every call was answered”"] if role == owner else []
        assert whats(getattr(world, role), owned) == waits


@pytest.fixture
def climbing(world, owned, now):
    return start_escalation(by=world.manager, issue=owned.issue, reason="It gets worse.", at=now)


def asked(person, owned):
    return [what for what in whats(person, owned) if "escalation" in what]


def test_a_level_waits_for_whoever_is_asked_and_then_for_who_asked(world, owned, climbing, now):
    Step.objects.update(expected_partner=world.editor, expected_client=world.manager)
    assert asked(world.editor, owned) == ["Answer the escalation “Nobody answers”"]
    assert asked(world.signer, owned) == asked(world.manager, owned) == []
    answer(by=world.editor, escalation=climbing, turn=0, text="By Friday.", at=now)
    assert asked(world.manager, owned) == ["Accept or reject the answer to the escalation “Nobody answers”"]
    assert asked(world.editor, owned) == []


@pytest.mark.parametrize("who", ["nobody", "somebody who has left"])
def test_a_level_that_asks_nobody_who_is_there_waits_for_who_owns_the_engagement(world, owned, climbing, who):
    Step.objects.update(expected_partner=None if who == "nobody" else world.editor)
    Person.objects.filter(pk=world.editor.pk).update(is_active=False)
    assert asked(world.signer, owned) == ["Answer the escalation “Nobody answers”"]


def test_the_day_of_a_level_is_the_one_that_clocks_of_the_plan_show(world, owned, climbing):
    climbing.ladder["calendar"]["zone"] = "Europe/Berlin"
    climbing.save()
    Step.objects.update(expected_partner=world.signer, due_at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    (need,) = [one for one in matters(world.signer, TODAY) if "escalation" in one.what]
    assert need.due_on == date(2026, 3, 3)
