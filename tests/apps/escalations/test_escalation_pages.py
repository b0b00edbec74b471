"""The ladder on its page, in a fragment, in a list and for programs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rapport.apps.escalations import actions
from rapport.apps.escalations.models import Escalation
from rapport.apps.escalations.queries.tellers import TELLERS
from rapport.apps.issues.models import Issue
from rapport.apps.notices.models import Notice


@pytest.fixture
def page(signed_in, address):
    """What a page says to somebody."""
    return lambda person, name="show", *rest: signed_in(person).get(address(name, *rest)).content.decode()


@pytest.fixture
def send(signed_in, address):
    """Fills a form of the page in."""

    def post(person, name, **given):
        prefix = "" if name == "start" else f"{name}-"
        return signed_in(person).post(address(name), {f"{prefix}{key}": value for key, value in given.items()})

    return post


def test_an_issue_climbs_from_page_to_page_until_an_answer_is_accepted(world, issue, clock, page, send):
    clock("2026-03-02 09:00")
    assert "Let it climb" in page(world.manager)
    assert send(world.manager, "start", reason="It gets worse.", amount="").status_code == 302
    asked = page(world.editor)
    assert "It is your side" in asked
    assert "8h of 8h working time left" in asked
    assert "17:00 Europe/London" in asked
    assert 'max="28800" value="28800"' in asked
    assert "Your role reads escalations" in page(world.partner_viewer)
    clock("2026-03-02 11:30")
    assert "5h 30m of 8h working time left" in page(world.manager)
    assert send(world.editor, "answer", turn=0, text="Mended by Friday.").status_code == 302
    read = page(world.manager)
    assert "Mended by Friday." in read
    assert "accept or reject the answer" in read
    assert send(world.manager, "accept", turn=1).status_code == 302
    done = page(world.manager)
    assert "The client accepted the partner" in done
    assert "Let it climb again" in done
    assert Escalation.objects.get().state == "ended"


def test_the_ladder_stands_with_the_executives_at_the_top(world, raised, clock, page):
    found = page(world.manager)
    names = [found.index(f"{name}</strong>") for name in ("Executives", "Management", "Operations")]
    assert names == sorted(names)
    assert found.count('aria-current="step"') == 1
    for person in ("Northwind manager", "Northwind executive", "Brightdesk editor", "Brightdesk signer"):
        assert person in found


def test_it_says_that_it_is_late_at_the_top(world, raised, clock, page, work):
    work("2026-03-02 17:00")
    work("2026-03-04 17:00")
    clock("2026-03-10 12:00")
    found = page(world.manager)
    assert "late by" in found
    assert "It stands at the top and waits for the executives, who are told again each working day." in found
    assert 'value="0"' in found


def test_what_is_not_ones_move_is_not_offered_and_refused_with_a_sentence(world, raised, clock, page, send):
    assert "/answer/" not in page(world.manager)
    for person, step, given, words in (
        (world.manager, "answer", {"text": "x"}, "only the partner can answer"),
        (world.editor, "accept", {}, "only the client can accept or reject"),
        (world.manager, "reject", {"reason": "x"}, "there is no answer to accept or reject"),
        (world.manager, "step_down", {"reason": "x"}, "this is the first level"),
        (world.viewer, "end", {"reason": "x"}, "Your role does not let you"),
    ):
        answer = send(person, step, turn=0, **given)
        assert (answer.status_code, words in answer.content.decode()) == (200, True), step
    assert Escalation.objects.get().turn == 0


def test_a_refused_answer_keeps_its_words_and_counts_once_the_page_was_read(world, raised, clock, send, work):
    work("2026-03-02 17:00")
    clock("2026-03-02 17:01")
    late = send(world.editor, "answer", turn=0, text="Here is what we do.")
    said = late.content.decode()
    assert "took a step with this escalation a moment ago" in said
    assert "Here is what we do." in said
    assert 'name="answer-turn" value="1"' in said
    assert send(world.editor, "answer", turn=1, text="Here is what we do.").status_code == 302


def test_no_form_is_left_once_the_issue_is_closed(world, raised, clock, page, send):
    Issue.objects.update(state="closed", resolved_by="partner")
    assert "/answer/" not in page(world.editor)
    assert "is closed" in send(world.editor, "answer", turn=0, text="x").content.decode()


def test_both_sides_go_on_while_the_issue_is_said_to_be_mended(world, raised, clock, page, send):
    clock("2026-03-02 10:00")
    Issue.objects.update(state="resolved", resolved_by="partner")
    assert "climbs no further while the issue is said to be mended" in page(world.manager)
    assert send(world.editor, "answer", turn=0, text="It is mended.").status_code == 302
    assert send(world.manager, "accept", turn=1).status_code == 302
    assert Escalation.objects.get().state == "ended"
    assert "is said to be mended; confirm that" in send(world.manager, "start", reason="x").content.decode()


def test_there_is_no_step_where_nothing_climbs(world, issue, send, page):
    assert send(world.editor, "answer", turn=0, text="x").status_code == 404
    Issue.objects.update(state="proposed")
    assert "This issue does not climb" in page(world.editor)


def test_the_summary_says_whose_move_it_is(world, issue, clock, page, work):
    assert "Let it climb now" in page(world.editor, "summary")
    work("2026-03-21 12:00")
    clock("2026-03-23 09:00")
    ours, theirs = page(world.editor, "summary"), page(world.viewer, "summary")
    assert "Answer</a>" in ours
    assert "See the ladder" in theirs
    assert "<html" not in ours


def test_the_list_shows_whether_each_side_kept_to_the_procedure(world, answered, clock, signed_in):
    clock("2026-03-02 12:00")
    found = signed_in(world.manager).get(f"/engagements/{world.engagement.pk}/escalations/").content.decode()
    assert "Nobody answers" in found
    assert "Kept, %" in found
    file = signed_in(world.manager).get(f"/engagements/{world.engagement.pk}/escalations/?format=csv")
    assert "Nobody answers" in b"".join(file).decode()


@pytest.mark.parametrize(
    ("kind", "role", "words", "verb"),
    [
        ("asked", "editor", "Answer until Mon 2 Mar 2026, 17:00 Europe/London: Nobody answers", "Answer"),
        ("asked", "manager", "Your side asked the partner to answer until", "Open"),
    ],
)
def test_people_are_told_in_words(world, raised, step, kind, role, words, verb):
    told = TELLERS[f"escalation.{kind}"](getattr(world, role), step().pk)
    assert (words in told.title, told.verb) == (True, verb)
    assert TELLERS[f"escalation.{kind}"](world.sibling_signer, step().pk) is None


def test_people_are_told_nothing_that_is_over(world, answered, step, now):
    assert TELLERS["escalation.asked"](world.editor, step().pk) is None
    assert TELLERS["escalation.answered"](world.manager, step().pk).text == "Mended by Friday."
    first = step()
    actions.reject(by=world.manager, escalation=answered, turn=1, reason="Too late.", at=now.replace(hour=12))
    assert TELLERS["escalation.answered"](world.manager, first.pk) is None
    assert "From Operations to Management: " in TELLERS["escalation.left"](world.editor, first.pk).title
    assert Notice.objects.filter(kind="escalation.left", recipient=world.editor).exists()


@pytest.mark.parametrize(("name", "count"), [("show", 16), ("summary", 15)])
def test_a_page_asks_as_much_for_many_steps_as_for_one(world, raised, signed_in, address, now, clock, name, count):
    browser, counted = signed_in(world.manager), []
    for _ in range(2):
        browser.get(address(name))
        with CaptureQueriesContext(connection) as asked:
            browser.get(address(name))
        counted.append(len(asked))
        turn = Escalation.objects.get().turn
        for _ in range(5):
            actions.answer(by=world.editor, escalation=raised, turn=turn, text="x", at=now)
            actions.reject(by=world.manager, escalation=raised, turn=turn + 1, reason="x", at=now)
            turn += 2
    assert counted == [count, count]


@pytest.mark.parametrize("many", [1, 30])
def test_the_list_asks_as_much_for_thirty_as_for_one(world, issue, signed_in, clock, now, many):
    for number in range(2, many + 2):
        issue.pk, issue.number, issue.cause = None, number, f"cause {number}"
        issue.save()
        actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    browser, url = signed_in(world.editor), f"/engagements/{world.engagement.pk}/escalations/"
    browser.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(url).content.decode().count("/escalation/") == many
    assert len(asked) == 15
