"""Drafts on their page: two people at once, drafts that are gone, and what their addresses tell."""

import re

import pytest

from rapport.apps.feedback import actions
from rapport.apps.feedback.models import Draft, Feedback
from rapport.apps.issues.models import Issue
from rapport.domain.feedback import Kind

TYPED = {
    "kind": "change", "seen": "Reports came on Friday", "effect": "We planned without them", "asked": "Send them early",
    "team": "Second line", "people": "", "measured": "", "issue": "", "meeting": "",
}  # fmt: skip


@pytest.fixture
def home(world):
    return f"/engagements/{world.engagement.pk}/feedback/"


@pytest.fixture
def draft(world, now):
    words = actions.Words(Kind.CHANGE, team="Second line", seen="Reports came late", effect="Delay", asked="Hurry")
    return actions.keep_draft(by=world.manager, engagement=world.engagement, words=words, at=now)


def turn_in(answer):
    return re.search(r'name="turn" value="(\d+)"', answer.content.decode()).group(1)


def test_what_a_colleague_wrote_meanwhile_is_neither_overwritten_nor_shared(world, draft, home, signed_in):
    page = f"{home}drafts/{draft.number}/"
    mine, hers = signed_in(world.manager), signed_in(world.executive)
    read = turn_in(mine.get(page))
    assert hers.post(page, TYPED | {"seen": "Her careful words", "turn": read}).status_code == 302
    late = mine.post(page, TYPED | {"turn": read, "share": "1"})
    assert b"Northwind executive wrote this draft anew meanwhile" in late.content
    assert b"Her careful words" in late.content
    assert b"Reports came on Friday" in late.content
    assert Draft.objects.get().seen == "Her careful words"
    assert not Feedback.objects.exists()
    assert mine.post(f"{page}drop/", {"turn": read}).status_code == 302
    assert Draft.objects.exists()
    assert mine.post(page, TYPED | {"turn": turn_in(late), "share": "1"}).status_code == 302
    assert Feedback.objects.get().seen == "Reports came on Friday"


def test_what_is_typed_into_a_draft_that_is_gone_can_be_kept_as_a_new_one(world, draft, home, signed_in):
    page, browser = f"{home}drafts/{draft.number}/", signed_in(world.manager)
    read = turn_in(browser.get(page))
    actions.drop_draft(by=world.executive, draft=draft, turn=draft.turn)
    answer = browser.post(page, TYPED | {"turn": read})
    assert b"shared or thrown away meanwhile" in answer.content
    assert b"Reports came on Friday" in answer.content
    assert f'action="{home}write/"' in answer.content.decode()
    assert browser.post(f"{home}write/", TYPED | {"turn": read}).status_code == 302
    assert (Draft.objects.get().seen, Draft.objects.get().turn) == ("Reports came on Friday", 1)
    assert browser.get(page).status_code == 404
    assert signed_in(world.viewer).post(page, TYPED).status_code == 404


def test_the_address_of_a_draft_tells_nothing_of_others_and_comes_back_for_none(world, draft, home, signed_in):
    taken = Draft.objects.create(
        engagement=world.engagement, number=draft.number, by="partner", author=world.signer, at=draft.at, kind="change",
        seen="Their own",
    )  # fmt: skip
    page = f"{home}drafts/{draft.number}/"
    assert b"Their own" in signed_in(world.signer).get(page).content
    assert b"Reports came late" in signed_in(world.manager).get(page).content
    assert taken.pk != draft.number
    actions.drop_draft(by=world.manager, draft=draft, turn=draft.turn)
    signed_in(world.manager).post(f"{home}write/", TYPED)
    assert Draft.objects.get(by="client").number not in {draft.number, draft.pk, taken.pk + 1}


def test_what_is_typed_at_the_address_of_the_other_sides_draft_is_answered_as_at_none(world, draft, home, signed_in):
    browser = signed_in(world.signer)
    pages = [browser.post(f"{home}drafts/{number}/", TYPED).content.decode() for number in (draft.number, 999)]
    here, nowhere = (re.sub(r"\b\w{64}\b", "token", page) for page in pages)
    assert "shared or thrown away meanwhile" in here
    assert re.sub(rf"drafts/{draft.number}/", "drafts/999/", here) == nowhere


def test_a_draft_about_an_old_issue_keeps_it(world, home, now, signed_in):
    about = [
        Issue.objects.create(
            engagement=world.engagement, number=number, title="x", origin="by_hand", severity="minor",
            due_on=now.date(), responsible="partner", state="listed", raised_at=now,
        ) for number in range(1001, 1053)
    ]  # fmt: skip
    words = actions.Words(Kind.CHANGE, issue=about[0].number)
    draft = actions.keep_draft(by=world.manager, engagement=world.engagement, words=words, at=now)
    page, browser = f"{home}drafts/{draft.number}/", signed_in(world.manager)
    content = browser.get(page).content.decode()
    assert f'<option value="{about[0].number}" selected>' in content
    assert f'<option value="{about[1].number}"' not in content
    browser.post(page, TYPED | {"issue": about[0].number, "turn": draft.turn, "share": "1"})
    assert Feedback.objects.get().issue == about[0]


def test_only_recognition_says_who_did_well(world, home, now, signed_in):
    browser = signed_in(world.manager)
    answer = browser.post(f"{home}write/", TYPED | {"people": "Ann", "share": "1"}, follow=True)
    assert b"Only recognition names who did well" in answer.content
    assert not Feedback.objects.exists()
    browser.post(f"{home}write/", TYPED | {"share": "1"})
    assert b"Who did well" not in browser.get(f"{home}1/").content
