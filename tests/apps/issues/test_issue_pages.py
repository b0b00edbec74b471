"""What people of both sides do with issues on pages."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.apps.audit.queries import entries
from rapport.apps.issues import actions
from rapport.apps.issues.actions import Gap
from rapport.apps.issues.models import Comment, Issue, Task
from rapport.apps.notices.models import Notice
from rapport.domain.issues import Severity


def words(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def take(browser, address, number, step, **given):
    fields = {f"{step}-{name}": value for name, value in given.items()}
    place = address("step", number, step).replace("step/resolve", "correction/resolve")
    return browser.post(place, fields, follow=True)


def test_an_issue_goes_from_one_side_to_the_other_until_it_is_closed(world, owned, in_force, signed_in, address, clock):
    in_force()
    clock(0)
    client, partner = signed_in(world.manager), signed_in(world.signer)
    form = {
        "title": "Nobody answers after five",
        "severity": "major",
        "responsible": "partner",
        "goal": "kpi:resolved-in-time",
    }
    shown = client.post(address("raise"), form, follow=True)
    assert "the partner\N{RIGHT SINGLE QUOTATION MARK}s move" in words(shown)
    assert "Nobody answers after five" in words(partner.get(address("list")))
    take(partner, address, 1, "approve")
    assert "your move" in words(partner.get(address("issue", 1)))
    take(partner, address, 1, "resolve", reason="A second shift has begun")
    assert "A second shift has begun" in words(client.get(address("issue", 1)))
    take(client, address, 1, "return", reason="Not on Fridays")
    take(partner, address, 1, "resolve", reason="On Fridays, too")
    take(client, address, 1, "confirm")
    issue = Issue.objects.get()
    assert (issue.state, issue.kpi, issue.severity) == ("closed", "resolved-in-time", "major")
    assert issue.closed_at is not None
    told = [entry.content["verb"] for entry in entries(owned.chain)]
    assert [verb for verb in reversed(told) if verb.startswith("issue.")] == [
        "issue.proposed", "issue.approved", "issue.resolved", "issue.returned", "issue.resolved", "issue.closed",
    ]  # fmt: skip
    assert "Nothing is off" in words(client.get(address("list")))


@pytest.mark.parametrize(
    ("person", "step", "said"),
    [
        ("manager", "approve", "only the partner can approve it"),
        ("signer", "confirm", "only a resolved issue can be confirmed"),
        ("signer", "resolve", "only an issue on the list can be resolved"),
        ("viewer", "approve", "Your role does not let you"),
        ("partner_viewer", "decline", "Your role does not let you"),
    ],
)
def test_steps_that_are_not_possible_are_refused_with_a_sentence(world, raised, signed_in, address, person, step, said):
    answer = take(signed_in(getattr(world, person)), address, raised.number, step, reason="because")
    assert said in words(answer)
    raised.refresh_from_db()
    assert (raised.state, raised.turn) == ("proposed", 0)


def test_a_step_without_its_reason_is_told_at_the_form(world, raised, signed_in, address):
    answer = take(signed_in(world.signer), address, raised.number, "decline", reason="  ")
    assert answer.status_code == 200
    assert "This field is required" in words(answer)


def test_what_one_side_says_to_itself_stays_there(world, raised, signed_in, address):
    client, partner = signed_in(world.manager), signed_in(world.signer)
    file = SimpleUploadedFile("calls.txt", b"two lines")
    client.post(address("comment", 1), {"comment-text": "They will not manage", "comment-is_private": "private"})
    shared = {"comment-text": "Look at the calls", "comment-file": file, "comment-is_private": "shared"}
    client.post(address("comment", 1), shared)
    assert "They will not manage" in words(client.get(address("issue", 1)))
    shown = words(partner.get(address("issue", 1)))
    assert "They will not manage" not in shown
    assert "Look at the calls" in shown
    private, shared = Comment.objects.order_by("pk")
    assert b"".join(partner.get(address("file", 1, shared.pk))) == b"two lines"
    assert partner.get(address("file", 1, private.pk)).status_code == 404
    assert [one.content["verb"] for one in entries(raised.engagement.chain)].count("issue.commented") == 1


def test_each_side_names_its_own_owner_while_an_issue_is_open(world, raised, signed_in, address, now):
    partner = signed_in(world.signer)
    partner.post(address("own", 1), {"own-owner": world.editor.pk})
    raised.refresh_from_db()
    assert (raised.partner_owner, raised.client_owner) == (world.editor, world.manager)
    assert "Select a valid choice" in words(partner.post(address("own", 1), {"own-owner": world.manager.pk}))
    actions.decline_issue(by=world.signer, issue=raised, reason="No", at=now)
    answer = partner.post(address("own", 1), {"own-owner": world.signer.pk})
    assert "nobody has to see to it any more" in words(answer)


def test_more_time_is_granted_by_the_other_side_and_told(world, raised, signed_in, address, day, clock):
    clock(0)
    client, partner = signed_in(world.manager), signed_in(world.signer)
    later = {"day-due_on": day(60), "day-seen": 0}
    assert "only the client can grant a later day" in words(partner.post(address("set_day", 1), later))
    assert "This day is over" in words(client.post(address("set_day", 1), {"day-due_on": day(-1), "day-seen": 0}))
    Notice.objects.all().delete()
    client.post(address("set_day", 1), later)
    raised.refresh_from_db()
    assert (raised.due_on, raised.turn) == (day(60), 1)
    assert [notice.recipient for notice in Notice.objects.all()] == [world.signer]
    answer = client.post(address("set_day", 1), {"day-due_on": day(30), "day-seen": 0})  # a page opened before
    assert "took a step with this issue a moment ago" in words(answer)
    partner.post(address("set_day", 1), {"day-due_on": day(50), "day-seen": 1})
    raised.refresh_from_db()
    assert raised.due_on == day(50)


def test_what_was_written_is_not_lost_when_a_step_is_refused(world, raised, signed_in, address):
    answer = take(signed_in(world.manager), address, 1, "return", reason="Not on Fridays")
    assert "only a resolved issue can be sent back" in words(answer)
    assert "Not on Fridays" in words(answer)


def test_an_issue_about_an_odd_kpi_is_shown(world, raised, signed_in, address):
    Issue.objects.update(kpi="a/b")
    assert "a/b" in words(signed_in(world.manager).get(address("issue", 1)))


def test_goals_are_called_by_their_names(world, owned, in_force, signed_in, address, now):
    in_force()
    gap = Gap("Late", kpi="resolved-in-time", objective="restore")
    actions.raise_issue(by=world.manager, engagement=owned, gap=gap, at=now)
    shown = words(signed_in(world.manager).get(address("issue", 1)))
    assert ">Tickets closed within the limit of their priority</a>" in shown
    assert "<dd>People can work again soon</dd>" in shown


def test_to_do_says_how_many_more(world, owned, signed_in, address, day, now):
    given = {"by": world.manager, "engagement": owned, "issue": None, "owner": world.signer, "due_on": day(3)}
    for number in range(27):
        actions.give_task(what=f"Task {number}", at=now, **given)
    assert "And 2 more, due later" in words(signed_in(world.manager).get(address("list")))


def test_tasks_are_given_to_either_side_and_done_by_that_side(world, raised, signed_in, address, day):
    client, partner = signed_in(world.manager), signed_in(world.signer)
    form = {"task-what": "Plan a second shift", "task-owner": world.editor.pk, "task-due_on": day(7)}
    client.post(address("give_task", 1), form)
    task = Task.objects.get()
    assert (task.side, task.owner) == ("partner", world.editor)
    assert "Plan a second shift" in words(partner.get(address("list")))
    assert "is the partner&#x27;s" in words(client.post(address("finish_task", task.pk), follow=True))
    partner.post(address("finish_task", task.pk))
    task.refresh_from_db()
    assert task.done_by == world.signer
    form["task-owner"] = world.sibling_editor.pk
    assert "Select a valid choice" in words(client.post(address("give_task", 1), form))


def test_the_list_is_filtered_by_what_its_address_asks_for(world, raised, signed_in, address, now):
    major = Gap("Invoices are wrong", severity=Severity.MAJOR)
    actions.raise_issue(by=world.manager, engagement=raised.engagement, gap=major, at=now)
    browser = signed_in(world.viewer)
    for asked, seen in ((("severity", "major"), {"Invoices are wrong"}), (("q", "desk"), {"The desk does not answer"}),
                        (("show", "closed"), set()), (("side", "client"), set())):  # fmt: skip
        shown = words(browser.get(address("list"), dict([asked])))
        titles = {"Invoices are wrong", "The desk does not answer"}
        assert {title for title in titles if f">{title}<" in shown} == seen, asked


@pytest.mark.parametrize("many", [1, 30])
def test_the_number_of_queries_does_not_grow(world, owned, signed_in, address, now, django_assert_num_queries, many):
    for number in range(many):
        issue = actions.raise_issue(by=world.manager, engagement=owned, gap=Gap(f"Issue {number}"), at=now)
        actions.comment_on(by=world.signer, issue=Issue.objects.get(number=1), text="x", is_private=False, at=now)
        actions.give_task(by=world.signer, engagement=owned, issue=Issue.objects.get(number=1), what="x",
                          owner=world.manager, due_on=issue.due_on, at=now)  # fmt: skip
    browser = signed_in(world.signer)
    browser.get(address("list"))
    with django_assert_num_queries(15):
        browser.get(address("list"))
    with django_assert_num_queries(18):
        browser.get(address("issue", 1))
