"""Who is away is stood in for; they enter it themselves, or whoever manages the people of their company does."""

from datetime import UTC, date, datetime

import pytest

from rapport.apps.accounts.models import Person
from rapport.apps.audit.actions import INSTALLATION
from rapport.apps.audit.models import Entry
from rapport.apps.escalations import actions
from rapport.apps.escalations.models import Absence
from rapport.apps.escalations.queries import adherence_of
from rapport.apps.escalations.queries.tellers import TELLERS
from rapport.apps.notices.models import Notice
from rapport.domain.refusals import Refused

MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)
URL = "/escalations/absences/"


@pytest.fixture
def away(now):
    """Notes that somebody is away all week, and who acts for them."""

    def note(person, deputy=None, first_on=MONDAY, last_on=FRIDAY):
        number = deputy.pk if deputy else None
        return actions.add_absence(by=person, person=person, first_on=first_on, last_on=last_on, deputy=number, at=now)

    return note


def test_a_deputy_is_asked_in_place_of_whoever_is_away(world, issue, away, step, now):
    away(world.editor, world.signer)
    found = actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    assert (step().named_partner, step().expected_partner) == (world.editor, world.signer)
    assert [one.recipient for one in Notice.objects.filter(kind="escalation.asked")] == [world.signer]
    actions.answer(by=world.signer, escalation=found, turn=0, text="I stand in.", at=now)
    assert adherence_of(world.engagement, now).partner.kept == 1


def test_whoever_is_away_may_answer_all_the_same(world, issue, away, now):
    away(world.editor, world.signer)
    found = actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    actions.answer(by=world.editor, escalation=found, turn=0, text="From the beach.", at=now)
    assert adherence_of(world.engagement, now).partner.kept == 1


def test_the_deputy_of_the_day_of_a_move_is_as_right_as_that_of_the_day_of_asking(world, issue, away, step):
    friday, monday = (datetime(2026, 3, day, 9, tzinfo=UTC) for day in (6, 9))
    found = actions.start_escalation(by=world.manager, issue=issue, reason="x", at=friday)
    away(world.editor, world.signer, monday.date(), date(2026, 3, 13))
    away(world.manager, world.executive, monday.date(), date(2026, 3, 13))
    actions.answer(by=world.signer, escalation=found, turn=0, text="I stand in.", at=monday)
    actions.accept(by=world.executive, escalation=found, turn=1, at=monday)
    conduct = adherence_of(world.engagement, monday)
    assert (conduct.partner.wrong_person, conduct.client.wrong_person, conduct.client.kept) == (0, 0, 1)
    assert (step().named_partner, step().expected_partner) == (world.editor, world.signer)


def test_a_deputy_is_told_of_what_waits_already(world, raised, away, now):
    told = Notice.objects.filter(recipient=world.signer, kind="escalation.asked")
    away(world.editor, world.signer, FRIDAY, FRIDAY)  # the answer is due before
    away(world.manager, world.executive)  # it is not the client's move
    assert not told.exists()
    away(world.editor, world.signer)
    assert told.count() == 1
    assert not Notice.objects.filter(recipient=world.executive).exists()


def test_a_deputy_is_told_of_what_is_late_already(world, answered, away, now):
    late = datetime(2026, 3, 20, 9, tzinfo=UTC)
    days = {"first_on": late.date(), "last_on": late.date(), "deputy": world.executive.pk}
    actions.add_absence(by=world.manager, person=world.manager, **days, at=late)
    assert Notice.objects.filter(recipient=world.executive, kind="escalation.answered").count() == 1


@pytest.mark.parametrize(("first_on", "is_told"), [(date(2026, 3, 3), True), (date(2026, 3, 4), False)])
def test_the_day_of_what_is_due_is_that_of_the_plan(world, raised, away, first_on, is_told):
    raised.ladder["calendar"]["zone"] = "Pacific/Auckland"
    raised.save()  # due at 17:00 UTC on the second, in the morning of the third there
    away(world.editor, world.signer, first_on, FRIDAY)
    assert Notice.objects.filter(recipient=world.signer, kind="escalation.asked").exists() is is_told


def test_whoever_lets_a_colleague_s_moves_come_to_themselves_is_told_and_so_is_the_colleague(world, raised, now):
    days = {"first_on": MONDAY, "last_on": FRIDAY, "deputy": world.signer.pk}
    absence = actions.add_absence(by=world.signer, person=world.editor, **days, at=now)
    assert Notice.objects.filter(recipient=world.signer, kind="escalation.asked").count() == 1
    told = Notice.objects.get(kind="escalation.away")
    assert (told.recipient, told.is_urgent) == (world.editor, True)
    said, other = (TELLERS[told.kind](one, told.subject) for one in (world.editor, world.signer))
    assert said.title == (
        "You are entered as away from Mon 2 Mar 2026 to Fri 6 Mar 2026: Brightdesk signer acts for you"
    )
    assert (said.url, other) == (URL, None)
    actions.stop_absence(by=world.signer, absence=absence, at=now)
    assert TELLERS[told.kind](world.editor, told.subject) is None


def test_nobody_is_told_of_an_absence_they_entered_themselves(world, away):
    away(world.editor, world.signer)
    assert not Notice.objects.exists()


def test_a_deputy_is_told_of_an_answer_that_waits(world, answered, away):
    away(world.manager, world.executive)
    assert Notice.objects.filter(recipient=world.executive, kind="escalation.answered").count() == 1


def test_absences_leave_a_line_of_history(world, away, now):
    actions.stop_absence(by=world.editor, absence=away(world.editor, world.signer), at=now)
    found = [entry.content for entry in Entry.objects.filter(chain=INSTALLATION).order_by("number")]
    assert [one["verb"] for one in found] == ["absence.entered", "absence.taken_back"]
    assert found[0]["details"] == {"from": "2026-03-02", "to": "2026-03-06"}


@pytest.mark.parametrize(
    ("first_on", "last_on", "stands_in"),
    [(MONDAY, MONDAY, True), (date(2026, 3, 3), FRIDAY, False), (date(2026, 2, 1), MONDAY, True)],
)
def test_an_absence_counts_on_its_days(world, issue, away, step, now, first_on, last_on, stands_in):
    away(world.editor, world.signer, first_on, last_on)
    actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    assert (step().expected_partner == world.signer) is stands_in


def test_deputies_of_deputies_are_followed_and_those_who_left_are_none(world, issue, away, step, now):
    third = Person.objects.create(
        organisation=world.own, role="editor", name="Third", email="third@example.org", created_at=now
    )
    away(world.editor, world.signer)
    away(world.signer, third)
    away(world.manager, world.executive)
    world.executive.is_active = False
    world.executive.save()
    actions.start_escalation(by=world.editor, issue=issue, reason="x", at=now)
    assert (step().expected_client, step().expected_partner) == (world.manager, third)


def test_a_deputy_who_could_not_answer_any_more_is_none(world, issue, away, step, now):
    away(world.editor, world.signer)
    world.signer.role = "partner_viewer"
    world.signer.save()
    actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    assert step().expected_partner == world.editor


def test_a_deputy_is_somebody_else_of_the_same_organisation_who_can_act(world, away):
    for deputy in (world.editor, world.manager, world.sibling_editor, world.partner_viewer):
        with pytest.raises(Refused, match="The deputy has to be somebody else of the same organisation"):
            away(world.editor, deputy)
    assert not Absence.objects.exists()


def test_an_absence_lies_ahead_and_ends_after_it_began(away, world):
    with pytest.raises(Refused, match="before its first day"):
        away(world.editor, None, FRIDAY, MONDAY)
    with pytest.raises(Refused, match="was over on 2026-02-27"):
        away(world.editor, None, date(2026, 2, 20), date(2026, 2, 27))


def test_people_enter_their_own_absences_and_take_them_back(world, signed_in, clock, away):
    clock("2026-03-02 09:00")
    browser, others = signed_in(world.editor), away(world.signer)
    given = {"first_on": "2026-03-02", "last_on": "2026-03-06", "deputy": world.signer.pk}
    assert browser.post(URL, given).status_code == 302
    mine = Absence.objects.get(person=world.editor)
    page = browser.get(URL).content.decode()
    assert f'<a href="/people/{world.editor.pk}/">Brightdesk editor</a>' in page
    assert "Brightdesk signer" in page
    assert f"/{mine.pk}/stop/" in page
    assert f"/{others.pk}/stop/" not in page
    assert browser.post(f"{URL}{others.pk}/stop/").status_code == 404
    assert browser.post(f"{URL}{mine.pk}/stop/").status_code == 302
    assert list(Absence.objects.all()) == [others]


def test_whoever_manages_people_enters_the_absence_of_a_colleague_who_fell_ill(world, signed_in, clock, step, issue):
    clock("2026-03-02 09:00")
    browser, url = signed_in(world.signer), f"/people/{world.editor.pk}/absences/"
    assert url in browser.get(f"/people/{world.editor.pk}/").content.decode()
    given = {"first_on": "2026-03-02", "last_on": "2026-03-06", "deputy": world.signer.pk}
    assert browser.post(url, given).url == url
    absence = Absence.objects.get()
    assert (absence.person, absence.deputy) == (world.editor, world.signer)
    entry = Entry.objects.filter(chain=INSTALLATION).last().content
    assert (entry["by"], entry["subject"]) == (world.signer.name, world.editor.name)
    assert "Brightdesk signer" in browser.get(url).content.decode()
    assert browser.post(f"{URL}{absence.pk}/stop/").url == url
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("by", "person"),
    [("editor", "signer"), ("manager", "executive"), ("administrator", "editor"), ("signer", "sibling_editor")],
)
def test_nobody_else_enters_the_absence_of_another(world, signed_in, now, by, person):
    actor, other = getattr(world, by), getattr(world, person)
    days = {"first_on": MONDAY, "last_on": FRIDAY, "deputy": None, "at": now}
    with pytest.raises(Refused, match=f"own absences only; ask {other.name}"):
        actions.add_absence(by=actor, person=other, **days)
    absence = actions.add_absence(by=other, person=other, **days)
    with pytest.raises(Refused, match="own absences only"):
        actions.stop_absence(by=actor, absence=absence, at=now)
    browser = signed_in(actor)
    assert browser.get(f"/people/{other.pk}/absences/").status_code == 404
    assert browser.post(f"{URL}{absence.pk}/stop/").status_code == 404


def test_a_page_offers_no_deputy_of_another_company(world, signed_in):
    browser = signed_in(world.editor)
    page = browser.get(URL).content.decode()
    assert "Brightdesk signer" in page
    assert not {"Northwind", "Canary"} & set(page.split())
    given = {"first_on": "2026-03-02", "last_on": "2099-03-06", "deputy": world.sibling_signer.pk}
    assert browser.post(URL, given).status_code == 200
    assert not Absence.objects.exists()


def test_the_other_side_is_not_told_for_whom_a_deputy_stands_in(world, issue, away, signed_in, clock, address, now):
    clock("2026-03-02 09:00")
    away(world.editor, world.signer)
    actions.start_escalation(by=world.manager, issue=issue, reason="x", at=now)
    ours, theirs = (signed_in(one).get(address()).content.decode() for one in (world.signer, world.manager))
    assert "stands in for Brightdesk editor" in ours
    assert "Brightdesk signer" in theirs
    assert "Brightdesk editor" not in theirs
