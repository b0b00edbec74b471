"""Whom a ladder means, by name or function; who is asked where it means nobody; and who may approve an amount."""

from decimal import Decimal

import pytest

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import AgreementVersion
from rapport.apps.escalations import actions
from rapport.apps.escalations.queries import adherence_of
from rapport.apps.notices.models import Notice
from rapport.domain.refusals import Refused
from rapport.domain.roles import Role


@pytest.fixture
def is_called():
    """Gives somebody a function."""

    def give(person, function):
        person.function = function
        person.save()

    return give


@pytest.fixture
def asked(world, issue, step, now):
    """The step with which it starts to climb."""

    def start(amount=None):
        actions.start_escalation(by=world.manager, issue=issue, reason="x", amount=amount and Decimal(amount), at=now)
        return step()

    return start


@pytest.fixture
def third(world, now):
    return Person.objects.create(
        organisation=world.client, role="manager", name="Third", email="third@example.org", created_at=now
    )


def test_a_function_finds_its_bearer(world, in_force, issue, is_called, asked):
    in_force({})
    is_called(world.editor, "desk LEAD")
    is_called(world.executive, "Service owner")
    found = asked()
    assert (found.named_partner, found.named_client) == (world.editor, world.executive)
    assert (found.is_owner_partner, found.is_owner_client) == (False, False)


def test_where_nobody_is_called_so_the_owner_is_asked_and_the_page_says_so(
    world, in_force, issue, is_called, asked, signed_in, address, clock
):
    clock("2026-03-02 09:00")
    in_force({})
    is_called(world.executive, "Service owner")
    found = asked()
    assert (found.named_partner, found.is_owner_partner, found.is_owner_client) == (world.signer, True, False)
    page = signed_in(world.manager).get(address()).content.decode()
    assert "the owner, as nobody who can act is “Desk lead”" in page
    assert "the owner, as nobody who can act is “Account manager”" in page  # a level that was not asked yet
    assert "the owner, as nobody who can act is “Service owner”" not in page
    is_called(world.editor, "Desk lead")
    page = signed_in(world.manager).get(address()).content.decode()
    assert "the owner, as nobody who can act is “Desk lead”" in page  # that is how it was


def test_nobody_comes_to_stand_for_a_colleague_by_a_function(world, issue, is_called, asked):
    is_called(world.signer, world.editor.name)
    assert asked().named_partner == world.editor


def test_people_of_the_other_side_and_closed_accounts_are_not_meant(world, in_force, issue, is_called, asked):
    in_force({})
    for person in (world.manager, world.sibling_editor, world.editor):
        is_called(person, "Desk lead")
    world.editor.is_active = False
    world.editor.save()
    assert asked().is_owner_partner


def test_whoever_could_not_answer_is_passed_over(world, in_force, issue, is_called, asked, signed_in):
    in_force({})
    for person in (world.partner_viewer, world.editor):
        is_called(person, "Desk lead")
    is_called(world.viewer, "Service owner")
    found = asked()
    assert (found.expected_partner, found.is_owner_partner) == (world.editor, False)
    assert (found.expected_client, found.is_owner_client) == (world.manager, True)
    assert [one.recipient for one in Notice.objects.all()] == [world.editor]
    page = signed_in(world.signer).get(f"/engagements/{world.engagement.pk}/agreement/").content.decode()
    assert "Desk lead:" not in page
    assert "Service owner, Vendor manager, " in page


def test_an_owner_who_could_not_answer_stands_in_for_nobody(world, in_force, issue, asked):
    in_force({})
    world.signer.role = Role.VIEWER
    world.signer.save()
    found = asked()
    assert (found.expected_partner, found.is_owner_partner) == (None, False)
    assert world.signer not in [one.recipient for one in Notice.objects.all()]


def test_of_several_who_are_no_owner_the_first_by_name_is_asked(world, in_force, issue, is_called, asked, now):
    in_force({})
    anna = Person.objects.create(
        organisation=world.own, role="editor", name="Anna", email="anna@example.org", created_at=now
    )
    for person in (world.editor, anna):
        is_called(person, "Desk lead")
    assert asked().named_partner == anna


def test_a_stand_in_is_not_called_the_owner(world, in_force, issue, asked, signed_in, address, clock, now):
    clock("2026-03-02 09:00")
    in_force({})
    days = {"first_on": now.date(), "last_on": now.date(), "deputy": world.editor.pk}
    actions.add_absence(by=world.signer, person=world.signer, **days, at=now)
    found = asked()
    assert (found.expected_partner, found.is_owner_partner) == (world.editor, True)
    ours, theirs = (signed_in(one).get(address()).content.decode() for one in (world.editor, world.manager))
    assert "stands in for Brightdesk signer" in ours
    assert not any("the owner, as nobody who can act is “Desk lead”" in page for page in (ours, theirs))


def test_of_several_the_owner_of_the_engagement_is_asked(world, in_force, issue, is_called, asked):
    in_force({})
    for person in (world.editor, world.signer):
        is_called(person, "Desk lead")
    assert asked().named_partner == world.signer


def test_the_agreement_says_whom_it_names_in_vain(world, in_force, issue, is_called, signed_in):
    in_force({})
    for person, function in ((world.editor, "Desk lead"), (world.signer, "Account manager")):
        is_called(person, function)
    page = signed_in(world.signer).get(f"/engagements/{world.engagement.pk}/agreement/").content.decode()
    assert (
        "Managing director: nobody at Northgate Desk Services who can act has this name or function; Brightdesk" in page
    )
    assert "nobody at Harbour Row Insurance who can act has one of these names or functions; Northwind manager" in page
    assert "Desk lead:" not in page


def unknown_of(page):
    """Of which companies a page says that an agreement names people there in vain."""
    return [
        one for one in ("Harbour Row Insurance", "Northgate Desk Services") if f"nobody at {one} who can act" in page
    ]


@pytest.mark.parametrize("page", ["write", "form"])
def test_a_draft_tells_neither_side_how_the_other_s_people_are_called(world, in_force, issue, signed_in, page):
    version = in_force({})
    drafted = {"stage": "draft", "engagement": world.engagement, "created_at": version.created_at, "text": version.text}
    for number, author in ((2, world.manager), (3, world.editor)):
        AgreementVersion.objects.create(number=number, written_by=author.side, author=author, **drafted)
    url = f"/engagements/{world.engagement.pk}/agreement/{page}/"
    found = [unknown_of(signed_in(one).get(url).content.decode()) for one in (world.manager, world.editor)]
    assert found == [["Harbour Row Insurance"], ["Northgate Desk Services"]]


@pytest.mark.parametrize(
    ("stage", "companies"), [("proposed", 2), ("in_force", 2), ("superseded", 0), ("withdrawn", 0)]
)
def test_both_sides_are_told_from_the_proposal_on_and_of_what_holds(
    world, in_force, issue, signed_in, stage, companies
):
    version = in_force({})
    version.stage = stage
    version.save()
    page = signed_in(world.manager).get(f"/engagements/{world.engagement.pk}/agreement/{version.pk}/").content.decode()
    assert len(unknown_of(page)) == companies


@pytest.mark.parametrize(("person", "is_authorised"), [("executive", True), ("third", False)])
def test_whoever_accepts_an_amount_is_judged_by_their_limit(world, asked, third, now, person, is_authorised):
    world.third, escalation = third, asked("2000").escalation
    actions.answer(by=world.signer, escalation=escalation, turn=0, text="More people.", at=now)
    actions.accept(by=getattr(world, person), escalation=escalation, turn=1, at=now)
    assert escalation.steps.get().is_authorised is is_authorised
    conduct = adherence_of(world.engagement, now).client
    assert (conduct.beyond_limit, conduct.kept) == ((0, 1) if is_authorised else (1, 0))


@pytest.mark.parametrize("amount", [None, "0"])
def test_without_an_amount_there_is_no_limit(world, asked, third, now, amount):
    escalation = asked(amount).escalation
    actions.answer(by=world.editor, escalation=escalation, turn=0, text="Mended.", at=now)
    actions.accept(by=third, escalation=escalation, turn=1, at=now)
    assert escalation.steps.get().is_authorised is None
    assert adherence_of(world.engagement, now).client.beyond_limit == 0


def test_whoever_stands_higher_may_accept_what_a_lower_level_may(world, asked, now):
    escalation = asked("400").escalation
    actions.answer(by=world.editor, escalation=escalation, turn=0, text="More people.", at=now)
    actions.accept(by=world.executive, escalation=escalation, turn=1, at=now)
    assert escalation.steps.get().is_authorised is True


def test_a_level_accepts_nothing_above_its_limit_and_the_page_says_how_it_comes_on(
    world, asked, now, signed_in, address, clock
):
    clock("2026-03-02 09:00")
    escalation = asked("2000").escalation
    actions.step_down(by=world.manager, escalation=escalation, turn=0, reason="Small.", at=now)
    actions.answer(by=world.editor, escalation=escalation, turn=1, text="More people.", at=now)
    with pytest.raises(Refused, match=r"may approve 500, and 2,000\.00 is at stake; reject the answer"):
        actions.accept(by=world.manager, escalation=escalation, turn=2, at=now)
    page = signed_in(world.manager).get(address()).content.decode()
    assert "may approve up to GBP 500, and GBP 2,000.00 is at stake. Reject the answer" in page
    assert "/accept/" not in page
    actions.reject(by=world.manager, escalation=escalation, turn=2, reason="Above our limit.", at=now)
    assert escalation.level == 1
