"""The issue list of a day, as it goes out to both sides."""

from datetime import timedelta

import pytest
from test_issue_pages import words

from rapport.apps.issues import actions, jobs
from rapport.apps.issues.actions import Gap
from rapport.apps.issues.models import Edition
from rapport.apps.notices.models import Notice
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.refusals import Refused


def test_an_edition_waits_for_the_client_and_then_goes_to_both_sides(world, raised, signed_in, address, now):
    client, partner = signed_in(world.manager), signed_in(world.signer)
    assert "waits to be approved" in words(client.post(address("editions"), follow=True))
    assert partner.get(address("edition", 1)).status_code == 404
    client.post(address("approve", 1))
    shown = words(partner.get(address("edition", 1)))
    assert "The desk does not answer" in shown
    told = set(
        Notice.objects.filter(event__endswith=":sent").values_list("recipient__organisation__name", "recipient__role")
    )
    assert told == {
        *(("Northwind Insurance", role) for role in ("administrator", "manager", "executive", "viewer", "auditor")),
        *(("Brightdesk", role) for role in ("signer", "editor", "partner_viewer")),
    }


def test_an_edition_keeps_what_it_said_and_the_next_says_what_changed(world, raised, signed_in, address, now):
    first = actions.make_edition(by=world.manager, engagement=raised.engagement, at=now)
    actions.approve_edition(by=world.manager, edition=first, at=now)
    actions.approve_issue(by=world.signer, issue=raised, at=now)
    actions.raise_issue(by=world.signer, engagement=raised.engagement, gap=Gap("Questions wait"), at=now)
    actions.make_edition(by=world.manager, engagement=raised.engagement, at=now + timedelta(days=40))
    browser = signed_in(world.manager)
    before, after = (words(browser.get(address("edition", number))) for number in (1, 2))
    assert "Questions wait" not in before
    assert ">Moved<" not in before
    assert "proposed to listed" in after
    assert after.index(">New<") < after.index("Questions wait") < after.index(">Moved<") < after.index(">Late<")


def test_only_the_client_sends_and_nobody_twice(world, raised, now):
    edition = actions.make_edition(by=world.signer, engagement=raised.engagement, at=now)
    with pytest.raises(Refused, match="waits to be approved"):
        actions.make_edition(by=world.manager, engagement=raised.engagement, at=now)
    with pytest.raises(Refused, match="The client approves"):
        actions.approve_edition(by=world.signer, edition=edition, at=now)
    actions.approve_edition(by=world.manager, edition=edition, at=now)
    with pytest.raises(Refused, match="went out or was discarded already"):
        actions.approve_edition(by=world.manager, edition=edition, at=now)


def test_the_agreements_rhythm_makes_one_edition_for_each_day_however_late(world, owned, in_force, now):
    version = in_force()
    version.text += "\nissues:\n  rhythm: monthly\n  day: 5\n"
    version.in_force_at = now
    version.save()
    for days, made in ((2, 0), (3, 1), (4, 1), (34, 1)):
        jobs.make_editions(now + timedelta(days=days))
        assert Edition.objects.count() == made, days
    actions.approve_edition(by=world.manager, edition=Edition.objects.get(), at=now)
    for _ in range(2):
        jobs.make_editions(now + timedelta(days=100))
    assert [one.number for one in Edition.objects.order_by("number")] == [1, 2]


def test_an_edition_names_the_owners_of_both_sides(world, raised, signed_in, address, now):
    made = actions.make_edition(by=world.manager, engagement=raised.engagement, at=now)
    raised.client_owner = raised.partner_owner = None
    raised.save()
    shown = words(signed_in(world.manager).get(address("edition", made.number)))
    assert f"{world.manager.name}, client" in shown
    assert f"{world.signer.name}, partner" in shown
    made.content["rows"] = [{k: v for k, v in made.content["rows"][0].items() if not k.endswith("_owner")}]
    made.save()
    assert "nobody" in words(signed_in(world.manager).get(address("edition", made.number)))  # as they were kept before


def test_an_edition_that_waits_is_discarded_with_a_reason_and_blocks_no_other(world, raised, signed_in, address, now):
    client = signed_in(world.manager)
    client.post(address("editions"))
    Notice.objects.all().delete()
    assert "This field is required" in words(client.post(address("discard", 1)))
    shown = words(client.post(address("discard", 1), {"reason": "Half of it was settled today"}, follow=True))
    assert "goes to nobody" in shown
    assert client.get(address("edition", 1)).status_code == 404
    assert "Half of it was settled today" in words(client.get(f"/engagements/{raised.engagement.pk}/history/"))
    client.post(address("editions"))
    client.post(address("approve", 2))
    assert [(one.number, one.approved_at is None) for one in Edition.objects.all()] == [(2, False)]


def test_the_side_that_made_an_edition_takes_it_back_itself(world, raised, signed_in, address, now):
    partner = signed_in(world.signer)
    shown = words(partner.post(address("editions"), follow=True))
    assert "waits for the client to approve it" in shown
    assert "Approve and send it" not in shown
    partner.post(address("discard", 1), {"reason": "Too early"})
    assert not Edition.objects.exists()
    told = Notice.objects.get(kind="edition_discarded")
    assert told.recipient == world.manager
    assert (
        "edition 1 of the issue list was discarded" in TELLERS["edition_discarded"](world.manager, told.subject).title
    )
    assert "Too early" in TELLERS["edition_discarded"](world.manager, told.subject).text
    assert TELLERS["edition_discarded"](world.sibling_signer, told.subject) is None


def test_what_the_other_side_made_or_what_went_out_is_not_discarded(world, raised, now):
    edition = actions.make_edition(by=None, engagement=raised.engagement, at=now)
    with pytest.raises(Refused, match="Only the client discards"):
        actions.discard_edition(by=world.signer, edition=edition, reason="x", at=now)
    with pytest.raises(Refused, match="Nothing was written"):
        actions.discard_edition(by=world.manager, edition=edition, reason=" ", at=now)
    actions.approve_edition(by=world.manager, edition=edition, at=now)
    with pytest.raises(Refused, match="went out or was discarded already"):
        actions.discard_edition(by=world.manager, edition=edition, reason="x", at=now)


def test_a_discarded_edition_of_the_agreement_is_not_made_again_the_same_day(world, owned, in_force, now):
    version = in_force()
    version.text += "\nissues:\n  rhythm: monthly\n  day: 5\n"
    version.in_force_at = now
    version.save()
    jobs.make_editions(now + timedelta(days=3))
    edition = Edition.objects.get()
    actions.discard_edition(by=world.manager, edition=edition, reason="Nothing new", at=now + timedelta(days=3))
    jobs.make_editions(now + timedelta(days=4))
    assert not Edition.objects.exists()
    with pytest.raises(Refused, match="went out or was discarded already"):
        actions.approve_edition(by=world.manager, edition=edition, at=now + timedelta(days=4))
