"""A corrective action from the gap to the proof, as both sides live it on their pages."""

import re
from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rapport.apps.audit.models import Entry
from rapport.apps.corrections.models import Cause, Correction, InterimTarget
from rapport.apps.issues.models import Task
from rapport.apps.notices.models import Notice
from rapport.domain.corrections import State


def text(answer):
    assert answer.status_code == 200, answer
    return re.sub(r"\s+", " ", answer.content.decode())


def said(answer):
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


@pytest.fixture
def post(browser, address):
    """Posts to an address as somebody, and says what then is on the page."""

    def send(role, name, *more, **fields):
        answer = browser(role).post(address(name, *more), fields, follow=True)
        return text(answer)

    return send


@pytest.fixture
def task(world, browser):
    """Gives or finishes a task on the page of the corrective action."""

    def send(role, name, number, **fields):
        place = reverse(f"issues:{name}", args=[world.engagement.pk, number])
        answer = browser(role).post(place, {**fields, "correction": "1"}, follow=True)
        assert answer.redirect_chain[-1][0].endswith("/correction/")
        return text(answer)

    return send


def state():
    found = Correction.objects.get()
    return found.state, found.proposed


def test_both_sides_go_from_the_gap_to_the_proof(world, raised, computed, browser, post, task, address, clock):
    issue = raised()
    computed("2026-02", "below_target", 91.5)
    assert "Start a corrective action" in text(browser("editor").get(address("show")))
    page = post("editor", "start")
    assert "move: write how it is contained" in page
    assert "91.5" in page
    assert "It waits for the partner to write how it is contained" in text(browser("manager").get(address("show")))

    page = post("editor", "contain", **{"contain-words": "The day shift takes them."})
    assert "find the cause and propose it" in page
    page = post("editor", "add_cause", **{"cause-text": "Weekend tickets wait for Monday"})
    [symptom] = Cause.objects.all()
    assert f"?why={symptom.pk}" in page
    assert "“why?” at least twice" not in page
    assert 'id="why-form"' in text(browser("editor").get(address("show"), {"why": symptom.pk}))
    assert "names no more than a symptom" in post("editor", "propose_causes")
    roster = SimpleUploadedFile("roster.csv", b"Sunday,nobody")
    post("editor", "add_cause", parent=symptom.pk, **{"cause-text": "Nobody is on duty", "cause-file": roster})
    page = post("editor", "propose_causes")
    assert "the client accepts it or sends it back" in page
    assert "roster.csv" in text(browser("manager").get(address("show")))
    page = post("manager", "send_back", **{"send_back-words": "Why is nobody on duty?"})
    assert "Why is nobody on duty?" in text(browser("editor").get(address("show")))
    post("editor", "propose_causes")
    post("manager", "accept", seen=Correction.objects.get().turn)
    assert state() == ("cause_agreed", "")

    page = post("editor", "propose_plan")
    assert "No task is planned" in page
    task("editor", "give_task", 1, **_task("Hire for the weekend", world.editor))
    task("editor", "give_task", 1, **_task("Approve the budget", world.manager))
    assert "the KPI itself: Tickets closed within the limit" in page
    post("editor", "set_measure", **{"measure-kpi": "", "measure-periods": "2"})
    post("editor", "add_target", **{"target-target": "93.5", "target-until_on": "2026-05-31", "target-what": "Trained"})
    page = post("editor", "propose_plan")
    assert "93.5" in page
    assert "Approve the budget" in page
    post("manager", "accept", seen=Correction.objects.get().turn)
    assert state() == ("plan_agreed", "")

    clock(5)
    assert "One task of the plan is still open" in _after(task, "editor", world.editor, lambda: post("editor", "claim"))
    task("manager", "finish_task", Task.objects.get(owner=world.manager).pk)
    assert "being worked on" in text(browser("manager").get(address("show")))
    page = post("editor", "claim")
    assert "2 met periods are needed, 2 more." in page
    assert "2 more met periods are needed" in page
    assert "waits for the client" not in page
    assert "s move until its figures are in" in page
    here = reverse("issues:issue", args=[world.engagement.pk, 1])
    assert "s move until the figures are in" in text(browser("manager").get(here))
    assert "figures to come" in text(browser("editor").get(reverse("issues:list", args=[world.engagement.pk])))

    clock(100)
    computed("2026-03", "below_minimum", 80)  # was under way when the work was done
    computed("2026-04", "met", 96)
    assert "2 met periods are needed, 1 more." in text(browser("manager").get(address("show")))
    assert "Close it" not in text(browser("manager").get(address("show")))
    assert "do not show the effect of the corrective action yet" in post("manager", "close", **{"close-words": ""})
    computed("2026-05", "met", 97)
    page = post("manager", "close", **{"close-words": "It holds."})
    assert "closed it" in page
    assert "It holds." in page
    assert state() == ("closed", "")

    answer = browser("editor").post(address("resolve"), {"resolve-reason": "Two people work on weekends."})
    assert answer.status_code == 302
    issue.refresh_from_db()
    assert issue.state == "resolved"
    verbs = [entry.content["verb"] for entry in Entry.objects.filter(chain=world.engagement.chain).order_by("number")]
    assert verbs == [
        "correction.started", "correction.contained", "cause.added", "cause.added", "correction.cause_proposed",
        "correction.cause_returned", "correction.cause_proposed", "correction.cause_accepted", "task.given",
        "task.given", "correction.measure_set", "correction.target_set", "correction.plan_proposed",
        "correction.plan_accepted", "task.done", "task.done", "correction.claimed", "issue.day_set",
        "correction.closed", "issue.resolved",
    ]  # fmt: skip
    told = Notice.objects.filter(kind="correction")
    assert {notice.recipient for notice in told} == {world.editor, world.manager}


def _after(task, role, owner, act):
    task(role, "finish_task", Task.objects.get(owner=owner).pk)
    return act()


def _task(what, owner):
    return {"task-what": what, "task-owner": str(owner.pk), "task-due_on": "2026-03-20"}


@pytest.mark.parametrize("role", ["viewer", "auditor", "partner_viewer"])
def test_who_only_reads_sees_it_all_and_takes_no_step(world, raised, brought, browser, address, role):
    brought(raised(), State.CAUSE_AGREED)
    page = text(browser(role).get(address("show")))
    assert "Nobody is on duty" in page
    assert '<form method="post" action="/engagements' not in page
    assert "role does not let you" in said(browser(role).post(address("claim")))
    assert "role does not let you" in said(browser(role).post(address("start")))


def test_a_cause_is_changed_and_removed_while_it_is_worked_out(world, raised, brought, browser, post, address):
    brought(raised(), State.CONTAINED)
    post("editor", "add_cause", **{"cause-text": "First"})
    first = Cause.objects.get()
    post("editor", "add_cause", parent=first.pk, **{"cause-text": "Second"})
    second = Cause.objects.get(parent=first)
    assert "First" in text(browser("editor").get(address("cause", first.pk)))
    post("editor", "cause", first.pk, text="First of all", evidence="The log")
    assert "Other causes explain this one" in post("editor", "remove_cause", first.pk)
    post("editor", "remove_cause", second.pk)
    assert [(one.text, one.evidence) for one in Cause.objects.all()] == [("First of all", "The log")]


def test_a_file_that_shows_a_cause_is_an_attachment(world, raised, brought, browser, post, address):
    brought(raised(), State.CONTAINED)
    shown = SimpleUploadedFile("../<b>x</b>.html", b"<script>1</script>")
    post("editor", "add_cause", **{"cause-text": "So it is", "cause-file": shown})
    cause = Cause.objects.get()
    answer = browser("viewer").get(address("cause_file", cause.pk))
    assert b"".join(answer) == b"<script>1</script>"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert "x" not in cause.file.name.removesuffix(".html").rsplit("/", 1)[-1]
    assert browser("sibling_editor").get(address("cause_file", cause.pk)).status_code == 404
    post("editor", "add_cause", **{"cause-text": "Without a file"})
    assert browser("editor").get(address("cause_file", Cause.objects.last().pk)).status_code == 404


def test_what_is_wrong_in_a_form_is_said_at_the_form(world, raised, brought, post):
    brought(raised(), State.CAUSE_AGREED)
    assert "is no number that can be read for certain" in post(
        "editor", "add_target", **{"target-target": "9,5", "target-until_on": "2026-05-31"}
    )
    over = {"target-target": "93", "target-until_on": "2026-03-01"}
    assert "This day is over; choose one to come." in post("editor", "add_target", **over)
    assert "Select a valid choice" in post(
        "editor", "set_measure", **{"measure-kpi": "none-such", "measure-periods": "2"}
    )
    assert "Select a valid choice" in post("editor", "name_owner", **{"owner-owner": world.sibling_editor.pk})
    assert not InterimTarget.objects.exists()


def test_an_interim_target_is_taken_away_again(world, raised, brought, post):
    brought(raised(), State.CAUSE_AGREED)
    post("editor", "add_target", **{"target-target": "93", "target-until_on": "2026-05-31"})
    post("editor", "remove_target", InterimTarget.objects.get().pk)
    assert not InterimTarget.objects.exists()


def test_an_issue_with_an_open_corrective_action_is_not_resolved(world, raised, brought, browser, address):
    issue = raised()
    brought(issue, State.DOING)
    shown = text(browser("editor").post(address("resolve"), {"resolve-reason": "Done, I think."}))
    assert "resolved only when that has proved to work" in shown
    assert "Done, I think." in shown
    issue.refresh_from_db()
    assert issue.state == "listed"


@pytest.mark.parametrize("words", [{"origin": "by_hand", "proposed_by": "client"}, {"severity": "observation"}])
def test_what_is_no_miss_is_resolved_without_one(world, raised, browser, address, words):
    issue = raised(**words)
    browser("editor").post(address("resolve"), {"resolve-reason": "A lapse.", "resolve-why_no_correction": "No."})
    issue.refresh_from_db()
    assert (issue.state, issue.reason, issue.why_no_correction) == ("resolved", "A lapse.", "")


def test_a_major_miss_is_never_resolved_without_one(world, raised, browser, address):
    issue = raised()
    here = reverse("issues:issue", args=[world.engagement.pk, 1])
    assert "Why it needs no corrective action" not in text(browser("editor").get(here))
    said = {"resolve-reason": "A lapse.", "resolve-why_no_correction": "It was one day."}
    assert "start the corrective action" in text(browser("editor").post(address("resolve"), said))
    issue.refresh_from_db()
    assert (issue.state, issue.why_no_correction) == ("listed", "")


def test_of_a_minor_miss_both_sides_read_why_it_needed_none(world, raised, browser, address):
    issue = raised(severity="minor")
    here = reverse("issues:issue", args=[world.engagement.pk, 1])
    assert "Why it needs no corrective action" in text(browser("editor").get(here))
    shown = text(browser("editor").post(address("resolve"), {"resolve-reason": "A lapse."}))
    assert "write why none is needed, or start one" in shown
    browser("editor").post(
        address("resolve"), {"resolve-reason": "A lapse.", "resolve-why_no_correction": "It was one day."}
    )
    issue.refresh_from_db()
    assert (issue.state, issue.why_no_correction) == ("resolved", "It was one day.")
    for role in ("manager", "editor"):
        assert "Without a corrective action:</strong> It was one day." in text(browser(role).get(here))
    details = Entry.objects.get(chain=world.engagement.chain).content["details"]
    assert details == {"reason": "A lapse.", "without a corrective action": "It was one day."}


def test_how_its_effect_is_seen_is_offered_as_it_is(world, raised, brought, browser, address, post):
    brought(raised(), State.CAUSE_AGREED)
    page = text(browser("editor").get(address("show")))
    assert "the KPI itself: Tickets closed within the limit" in page
    assert "none: the other side says" not in page
    assert "1 period that begins after the work is done has to be met" in post(
        "editor", "set_measure", **{"measure-kpi": "", "measure-periods": "1"}
    )
    assert (Correction.objects.get().proof_kpi, Correction.objects.get().kpi) == ("", "resolved-in-time")


def test_the_issues_page_is_told_in_a_line(world, raised, brought, browser, address):
    issue = raised()
    assert "Start a corrective action" in text(browser("manager").get(address("summary")))
    assert "There is no corrective action" in text(browser("viewer").get(address("summary")))
    brought(issue, State.CAUSE_AGREED)
    line = text(browser("manager").get(address("summary")))
    assert "the cause is agreed; the plan is made" in line
    assert "It waits for the partner to make a plan and propose it" in line
    assert address("show") in line


def test_where_no_kpi_can_show_it_the_other_sides_word_does(world, raised, brought, browser, post, address):
    brought(raised(kpi="", cause="", origin="by_hand", proposed_by="client"), State.VERIFYING)
    assert "write what shows it to you" in post("manager", "close", **{"close-words": " "})
    assert "This field is required" in post("manager", "fail", **{"fail-words": " "})
    page = post("manager", "fail", **{"fail-words": "A ticket waited again."})
    assert "A ticket waited again." in page
    assert (Correction.objects.get().round, state()) == (2, ("open", ""))
    assert "Round 2" in text(browser("editor").get(address("show")))
    assert "Earlier rounds" in page


def test_dates_of_tasks_are_days_to_come_or_late(world, raised, brought, browser, address, clock):
    brought(raised(), State.PLAN_AGREED)
    assert Task.objects.get().due_on == date(2026, 3, 20)
    assert "in 18 days" in text(browser("manager").get(address("show")))
    clock(20)
    assert "2 days late" in text(browser("manager").get(address("show")))
