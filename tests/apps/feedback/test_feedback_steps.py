"""Feedback from a draft that nobody else learns of to an answer and an issue."""

import pytest

from rapport.apps.audit.models import Entry
from rapport.apps.feedback import actions, queries
from rapport.apps.feedback.models import Draft, Feedback
from rapport.apps.issues.models import Issue
from rapport.apps.meetings.models import Meeting
from rapport.apps.notices.models import Notice
from rapport.domain.feedback import Kind
from rapport.domain.issues import Severity
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


@pytest.fixture(autouse=True)
def owners(world):
    world.engagement.partner_owner = world.signer
    world.engagement.save()


def words(kind=Kind.CHANGE, **more):
    said = {"seen": "Reports came on Friday", "effect": "We planned without them", "asked": "Send them on Monday"}
    return actions.Words(kind, **{"team": "Second line"} | said | more)


def shared(world, now, by=None, **more):
    by = by or world.manager
    draft = actions.keep_draft(by=by, engagement=world.engagement, words=words(**more), at=now)
    return actions.share_draft(by=by, draft=draft, at=now)


def verbs(engagement):
    return [one.content["verb"] for one in Entry.objects.filter(chain=engagement.chain)]


def test_a_draft_leaves_no_trace_for_the_other_side(world, now):
    draft = actions.keep_draft(by=world.manager, engagement=world.engagement, words=words(), at=now)
    assert list(queries.visible_drafts(world.executive)) == [draft]
    for other in (world.signer, world.sibling_signer, world.viewer):
        assert not queries.visible_drafts(other).exists()
    assert verbs(world.engagement) == []
    assert not Notice.objects.exists()
    assert queries.feedback_counts([world.engagement.pk])[world.engagement.pk] == {Side.CLIENT: 0, Side.PARTNER: 0}
    with pytest.raises(Refused, match="shared or thrown away meanwhile"):
        actions.share_draft(by=world.signer, draft=draft, at=now)


def test_numbers_of_what_is_shared_say_nothing_of_drafts(world, now):
    for _ in range(3):
        actions.keep_draft(by=world.manager, engagement=world.engagement, words=words(), at=now)
    assert [shared(world, now).number, shared(world, now, world.signer).number] == [1, 2]


def test_what_is_shared_is_read_answered_and_becomes_an_issue_of_whoever_was_asked(world, now):
    one = shared(world, now)
    assert Notice.objects.get().recipient == world.signer
    assert not Draft.objects.exists()
    actions.acknowledge(by=world.editor, feedback=one, at=now)
    answered = actions.answer(by=world.editor, feedback=one, text="We will send them earlier.", at=now)
    assert answered.acknowledged_by == world.editor
    raised = actions.raise_from(
        by=world.manager, feedback=answered, title="Late reports", severity=Severity.MINOR, at=now
    ).raised
    assert (raised.responsible, raised.proposed_by, raised.title) == ("partner", "client", "Late reports")
    assert "We will send them earlier." in raised.what
    with pytest.raises(Refused, match="An issue was raised from this feedback already"):
        actions.raise_from(by=world.signer, feedback=answered, title="Again", severity=Severity.MINOR, at=now)
    assert [verb for verb in verbs(world.engagement) if verb.startswith("feedback")] == [
        "feedback.shared", "feedback.acknowledged", "feedback.answered", "feedback.became_issue",
    ]  # fmt: skip


def test_what_is_withdrawn_stays_to_be_seen_and_counts_no_more(world, now):
    one = shared(world, now)
    actions.withdraw(by=world.manager, feedback=one, reason="It was another team.", at=now)
    seen = queries.visible_feedback(world.signer).get()
    assert (seen.reason, seen.seen) == ("It was another team.", "Reports came on Friday")
    assert queries.feedback_counts([world.engagement.pk])[world.engagement.pk][Side.CLIENT] == 0
    with pytest.raises(Refused, match="answered once"):
        actions.answer(by=world.signer, feedback=one, text="But", at=now)


@pytest.mark.parametrize("more", [{"team": ""}, {"asked": " "}, {"kind": Kind.RECOGNITION}])
def test_what_says_too_little_stays_a_draft(world, now, more):
    draft = actions.keep_draft(by=world.manager, engagement=world.engagement, words=words(**more), at=now)
    with pytest.raises(Refused, match=r"Tie it|Say what is asked|Name the people"):
        actions.share_draft(by=world.manager, draft=draft, at=now)
    assert Draft.objects.exists()
    assert not Feedback.objects.exists()


def test_evidence_is_of_the_engagement_or_missing(world, now):
    foreign = Issue.objects.create(
        engagement=world.sibling_engagement, number=1, title="x", origin="by_hand", severity="minor", due_on=now.date(),
        responsible="partner", state="listed", raised_at=now,
    )  # fmt: skip
    planned = Meeting.objects.create(
        engagement=world.engagement, series="x", name="Review", first_planned_on=now.date(), planned_on=now.date()
    )
    said = {}
    for name, number in (("issue", foreign.number), ("issue", 999_999), ("meeting", planned.pk), ("meeting", 999_999)):
        with pytest.raises(Refused) as refusal:
            shared(world, now, world.manager if name == "meeting" else world.signer, **{name: number})
        said.setdefault(name, set()).add(str(refusal.value))
    assert [len(sentences) for sentences in said.values()] == [1, 1]
    with pytest.raises(Refused, match="no result for that period"):
        shared(world, now, kpi="resolved-in-time", period="2026-01")


@pytest.mark.parametrize("role", ["viewer", "auditor", "administrator", "partner_viewer", "sibling_signer"])
def test_who_neither_writes_nor_signs_says_nothing_for_a_side(world, now, role):
    with pytest.raises(Refused):
        shared(world, now, getattr(world, role))


def test_an_issue_says_first_what_was_asked_and_answered_and_is_cut_where_it_can_be_seen(world, now):
    one = shared(world, now, seen="s" * 5000, asked="a" * 5000)
    actions.answer(by=world.signer, feedback=one, text="We will send them earlier.", at=now)
    with pytest.raises(Refused, match="A text has 201 characters; say it in at most 200"):
        actions.raise_from(by=world.manager, feedback=one, title="T" * 201, severity=Severity.MINOR, at=now)
    said = actions.raise_from(by=world.manager, feedback=one, title="T", severity=Severity.MINOR, at=now).raised.what
    assert said.startswith("Asked for: aaa")
    assert "aa\u2026\n\nAnswered: We will send them earlier.\n\nsss" in said
    assert said.endswith("ss\u2026")
    assert len(said) == 5000
