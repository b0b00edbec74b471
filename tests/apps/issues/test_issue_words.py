"""Changing what an issue says, raising one with a file, and finding it on the list."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from test_issue_pages import words

from rapport.apps.audit.queries import entries
from rapport.apps.corrections.models import Correction
from rapport.apps.issues import actions
from rapport.apps.issues.actions import Gap, Words
from rapport.apps.issues.models import Comment, Issue
from rapport.apps.notices.models import Notice
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.issues import Origin, Severity
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side


@pytest.fixture
def said():
    """What the form of an issue holds, with changes."""
    return lambda turn=0, **changed: {
        f"words-{name}": value
        for name, value in {
            "title": "The desk does not answer", "what": "", "severity": "minor", "goal": "", "seen": turn, **changed,
        }.items()
    }  # fmt: skip


def test_what_an_issue_says_is_changed_and_history_keeps_both(world, raised, in_force, signed_in, address, said):
    in_force()
    Notice.objects.all().delete()
    client = signed_in(world.manager)
    shown = client.get(address("issue", 1))
    assert "Change what it says" in words(shown)
    form = said(title="Nobody answers", severity="major", goal="kpi:resolved-in-time", reason="It is every day")
    client.post(address("change", 1), form)
    raised.refresh_from_db()
    assert (raised.title, raised.severity, raised.kpi) == ("Nobody answers", "major", "resolved-in-time")
    assert [(one.recipient, one.kind) for one in Notice.objects.all()] == [(world.signer, "issue")]
    details = entries(raised.engagement.chain)[0].content["details"]
    assert (details["severity before"], details["severity"], details["KPI before"]) == ("minor", "major", "nothing")
    assert (details["title before"], details["reason"]) == ("The desk does not answer", "It is every day")


def test_why_it_is_major_reaches_who_has_to_know(world, raised, signed_in, address, said):
    signed_in(world.manager).post(address("change", 1), said(severity="major", reason="It is every day"))
    told = Notice.objects.latest("pk")
    assert told.recipient == world.signer
    assert "It is called major: It is every day" in TELLERS[told.kind](world.signer, told.subject).text
    assert "It is every day" in words(signed_in(world.signer).get(address("issue", 1)))


@pytest.mark.parametrize(("severity", "why"), [(Severity.MAJOR, "It is every day"), (Severity.MINOR, "")])
def test_why_it_is_major_stays_with_what_fails_again_as_long_as_it_is(world, raised, now, severity, why):
    Issue.objects.update(state="closed", resolved_by="partner", severity="major", why_severity="It is every day")
    gap = Gap("Again", responsible=Side.PARTNER, severity=severity)
    assert actions.reopen_by_rule(issue=raised.pk, gap=gap, at=now).why_severity == why


def test_what_is_resolved_stays_as_serious_as_it_was_mended(world, raised, signed_in, address, said):
    Issue.objects.update(state="resolved", resolved_by="partner")
    partner = signed_in(world.signer)
    shown = words(partner.post(address("change", 1), said(severity="major", reason="It is every day")))
    assert "how serious it is decides on what that takes" in shown
    assert partner.post(address("change", 1), said(what="Since May")).status_code == 302
    raised.refresh_from_db()
    assert (raised.severity, raised.what) == ("minor", "Since May")


def test_an_issue_about_an_objective_and_a_kpi_keeps_both_when_its_title_changes(
    world, raised, in_force, signed_in, address, said
):
    in_force()
    Issue.objects.update(objective="restore", kpi="resolved-in-time")
    form = said(title="Nobody answers", goal="objective:restore")
    assert signed_in(world.manager).post(address("change", 1), form).status_code == 302
    raised.refresh_from_db()
    assert (raised.title, raised.objective, raised.kpi) == ("Nobody answers", "restore", "resolved-in-time")


@pytest.mark.parametrize(
    ("person", "changed", "seen"),
    [
        ("manager", {"severity": "major"}, "why it is major and not minor"),
        ("signer", {"severity": "observation", "reason": "x"}, "only the client can call it less serious"),
        ("manager", {"title": "x", "turn": 7}, "took a step with this issue a moment ago"),
        ("manager", {"title": "\u200b"}, "Say in a line what is off"),
        ("viewer", {"title": "x"}, "Your role does not let you"),
    ],
)
def test_what_is_wrong_with_a_change_is_said_at_its_form(
    world, raised, signed_in, address, said, person, changed, seen
):
    answer = signed_in(getattr(world, person)).post(address("change", 1), said(**changed))
    assert answer.status_code == 200
    assert seen in words(answer)
    raised.refresh_from_db()
    assert (raised.title, raised.severity, raised.turn) == ("The desk does not answer", "minor", 0)


def test_the_goal_of_what_the_agreement_raised_stays(world, owned, missed, only, now):
    missed("below_target")
    gap = Gap("Missed", kpi="resolved-in-time")
    issue = actions.raise_by_rule(
        engagement=owned, gap=gap, origin=Origin.MISSED_KPI, subject="resolved-in-time", at=now
    )
    other = Words("Missed", "", Severity.MINOR, "", "")
    with pytest.raises(Refused, match="its goal stays"):
        actions.change_issue(by=world.manager, issue=issue, words=other, reason="", seen=0, at=now)


def test_the_goal_of_an_issue_that_was_corrected_stays(world, raised, signed_in, address, now):
    from rapport.apps.corrections.actions import start_correction

    issue = actions.approve_issue(by=world.signer, issue=raised, at=now)
    start_correction(by=world.signer, issue=issue, at=now)
    issue.refresh_from_db()
    Issue.objects.update(kpi="resolved-in-time")
    other = Words(issue.title, "", Severity.MINOR, "", "")
    for state in ("open", "closed"):  # the next round would be about another goal
        Correction.objects.update(state=state)
        with pytest.raises(Refused, match="and so the goal stays"):
            actions.change_issue(by=world.manager, issue=issue, words=other, reason="", seen=issue.turn, at=now)
    assert "Which goal it touches" not in words(signed_in(world.manager).get(address("issue", 1)))


def test_a_page_that_was_opened_before_a_change_takes_no_step(world, raised, signed_in, address, said):
    signed_in(world.manager).post(address("change", 1), said(what="It is only the night shift"))
    answer = signed_in(world.signer).post(address("step", 1, "approve"), {"seen": 0}, follow=True)
    assert "took a step with this issue a moment ago" in words(answer)
    raised.refresh_from_db()
    assert raised.state == "proposed"


def test_an_issue_is_raised_with_a_file_that_both_sides_find(world, owned, signed_in, address, clock):
    clock(0)
    form = {"title": "Nobody answers", "severity": "minor", "responsible": "partner"}
    file = SimpleUploadedFile("calls.txt", b"two lines")
    signed_in(world.manager).post(address("raise"), form | {"file": file})
    kept = Comment.objects.get()
    assert not kept.is_private
    assert b"".join(signed_in(world.signer).get(address("file", 1, kept.pk))) == b"two lines"
    assert [(one.recipient, one.kind) for one in Notice.objects.all()] == [(world.signer, "issue")]


def test_who_says_something_has_said_who_reads_it(world, raised, signed_in, address):
    answer = signed_in(world.manager).post(address("comment", 1), {"comment-text": "They will not manage"})
    assert "This field is required" in words(answer)
    assert not Comment.objects.exists()


def test_an_issue_about_a_dispute_leads_to_the_figures(world, owned, signed_in, address, now):
    gap = Gap("Figures in dispute", kpi="resolved-in-time", period="2026-02")
    subject = "resolved-in-time:2026-02"
    actions.raise_by_rule(engagement=owned, gap=gap, origin=Origin.DISPUTE, subject=subject, at=now)
    figures = reverse("assurance:line", args=[owned.pk, "resolved-in-time", "2026-02"])
    assert f'href="{figures}"' in words(signed_in(world.signer).get(address("issue", 1)))


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("show=late", ["Invoices"]), ("owner=me", ["Desk", "Stock"]), ("sort=severity", ["Stock", "Desk", "Invoices"]),
        ("sort=-severity", ["Invoices", "Desk", "Stock"]), ("sort=-due", ["Stock", "Desk", "Invoices"]),
        ("sort=password&owner=7&show=x", ["Invoices", "Desk", "Stock"]),
    ],
)  # fmt: skip
def test_the_list_is_sorted_and_shows_what_is_late_or_mine(world, owned, signed_in, address, clock, asked, titles):
    now = clock(0)
    for title, severity, days in (("Desk", "minor", 9), ("Invoices", "major", 1), ("Stock", "observation", 20)):
        gap = Gap(title, severity=Severity(severity))
        issue = actions.raise_issue(by=world.manager, engagement=owned, gap=gap, at=now)
        due_on = clock(days).date()
        Issue.objects.filter(pk=issue.pk).update(due_on=due_on, state="listed")
    Issue.objects.filter(title="Invoices").update(partner_owner=world.editor)
    clock(5)
    shown = words(signed_in(world.signer).get(f"{address('list')}?{asked}"))
    found = {title: shown.find(f">{title}<") for title in ("Desk", "Invoices", "Stock")}
    assert sorted((title for title, place in found.items() if place > 0), key=found.get) == titles
