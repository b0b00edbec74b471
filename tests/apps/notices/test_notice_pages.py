"""What changed, and when somebody wants to be told."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from rapport.apps.accounts.models import Person
from rapport.apps.notices.actions import choose_habits
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import Told, habits_of
from rapport.domain.notices import Habits
from rapport.domain.refusals import Refused

CHOSEN = {
    "is_mailed": "on",
    "zone": "Europe/Berlin",
    "digest_at": "06:15",
    "quiet_from": "22:00",
    "quiet_until": "06:00",
}


@pytest.fixture
def words(monkeypatch):
    """Has notices of a number say it, but not of 0 to anybody."""

    def teller(person: Person, subject: int) -> Told | None:
        return Told(title=f"Number {subject} for {person.name}", url=f"/numbers/{subject}/") if subject else None

    monkeypatch.setattr("rapport.apps.portfolio.views.TELLERS", {"number": teller})


def test_what_changed_shows_what_one_was_told_oneself(world, tell, signed_in, words):
    tell(world.manager, subject=1)
    tell(world.signer, subject=2)
    tell(world.sibling_signer, subject=3)
    page = signed_in(world.signer).get("/portfolio/notices/").content.decode()
    assert f"Number 2 for {world.signer.name}" in page
    assert "Number 1" not in page
    assert "Number 3" not in page


def test_what_is_over_or_one_may_not_see_any_more_is_left_out_and_counts_as_read(world, tell, signed_in, words):
    tell(world.signer, world.manager, subject=0)
    page = signed_in(world.signer).get("/portfolio/notices/").content
    assert b"is over, or no longer for you to see" in page
    assert b"1 new" not in page
    assert list(Notice.objects.filter(read_at=None).values_list("recipient", flat=True)) == [world.manager.pk]


def test_a_page_of_what_is_over_leads_to_the_others(world, tell, signed_in, monkeypatch, now):
    spoken = {"number": lambda _, subject: None if subject < 25 else Told(title=f"Number {subject}", url="/")}
    monkeypatch.setattr("rapport.apps.portfolio.views.TELLERS", spoken)
    for subject in range(26):
        tell(world.signer, subject=subject, at=now - timedelta(subject))
    browser = signed_in(world.signer)
    assert b"?page=2" in browser.get("/portfolio/notices/").content
    assert b"Number 25" in browser.get("/portfolio/notices/?page=2").content


def test_several_notices_about_the_same_are_one(world, tell, signed_in, words):
    for event in ("raised", "answered"):
        tell(world.signer, subject=1, event=event)
    page = signed_in(world.signer).get("/portfolio/notices/").content.decode()
    assert page.count("<th scope") - page.count('<th scope="col"') == 1
    assert "What changed, 1 new" in page


def test_what_came_after_the_page_was_opened_is_still_new(world, tell, signed_in, words):
    tell(world.signer, subject=1)
    shown = Notice.objects.get()
    tell(world.signer, subject=2)
    signed_in(world.signer).post("/notices/read/", {"newest": shown.pk})
    assert [one.subject for one in Notice.objects.filter(read_at=None)] == [2]


def test_without_any_it_says_what_will_stand_there(world, signed_in):
    assert b"Nothing new" in signed_in(world.signer).get("/portfolio/notices/").content


def test_reading_everything_is_for_oneself(world, tell, signed_in, words):
    tell(world.manager, world.signer)
    browser = signed_in(world.signer)
    assert b"What changed, 1 new" in browser.get("/portfolio/notices/").content
    assert browser.get("/notices/read/").status_code == 405
    newest = Notice.objects.filter(recipient=world.signer).first().pk
    assert f'name="newest" value="{newest}"'.encode() in browser.get("/portfolio/notices/").content
    assert browser.post("/notices/read/", {"newest": newest}).url == "/portfolio/notices/"
    assert b"1 new" not in browser.get("/portfolio/notices/").content
    assert list(Notice.objects.filter(read_at=None).values_list("recipient", flat=True)) == [world.manager.pk]


def test_opening_a_page_reads_nothing(world, tell, signed_in, words):
    """Mail programs open whatever a mail links to."""
    tell(world.signer)
    for address in ("/portfolio/notices/", "/notices/habits/"):
        signed_in(world.signer).get(address)
    assert Notice.objects.filter(read_at=None).count() == 1


def test_somebody_chooses_when_to_be_told(world, signed_in):
    browser = signed_in(world.signer)
    page = browser.get("/notices/habits/").content
    assert b'value="07:30"' in page
    assert browser.post("/notices/habits/", CHOSEN).url == "/notices/habits/"
    assert habits_of(world.signer) == Habits("Europe/Berlin", time(6, 15), time(22), time(6))
    assert habits_of(world.manager) == Habits()
    assert b'value="06:15"' in browser.get("/notices/habits/").content


def test_no_mail_is_a_choice(world, signed_in):
    signed_in(world.signer).post("/notices/habits/", {name: CHOSEN[name] for name in CHOSEN if name != "is_mailed"})
    assert not habits_of(world.signer).is_mailed


@pytest.mark.parametrize(
    ("field", "given"), [("zone", "Mars/Base"), ("digest_at", "25:00"), ("quiet_from", ""), ("quiet_until", "noon")]
)
def test_what_is_no_time_or_zone_is_refused_where_it_stands(world, signed_in, field, given):
    answer = signed_in(world.signer).post("/notices/habits/", CHOSEN | {field: given})
    assert answer.status_code == 200
    assert b"k-error" in answer.content or b"invalid" in answer.content
    assert habits_of(world.signer) == Habits()


def test_a_zone_that_there_is_not_is_refused(world):
    with pytest.raises(Refused, match="no time zone"):
        choose_habits(by=world.signer, habits=Habits(zone="../../etc/passwd"))


def test_what_is_on_its_way_leaves_as_it_was_planned(world, tell, send, moments):
    tell(world.signer, at=moments.evening)
    choose_habits(by=world.signer, habits=Habits(quiet_until=time(12)))
    assert len(send(moments.next_digest)) == 1


@pytest.mark.parametrize("many", [1, 30])
def test_the_bell_is_one_question_however_many_there_are(world, tell, signed_in, django_assert_num_queries, many):
    for subject in range(many):
        tell(world.signer, subject=subject, at=timezone.now() - timedelta(subject))
    browser = signed_in(world.signer)
    browser.get("/notices/habits/")
    with django_assert_num_queries(10):
        browser.get("/notices/habits/")
