"""The issue list of a day, as it goes out to both sides."""

from datetime import timedelta

import pytest
from test_issue_pages import words

from rapport.apps.issues import actions, jobs
from rapport.apps.issues.actions import Gap
from rapport.apps.issues.models import Edition
from rapport.apps.notices.models import Notice
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
        ("Northwind Insurance", "manager"), ("Northwind Insurance", "executive"), ("Brightdesk", "signer"),
        ("Brightdesk", "editor"), ("Brightdesk", "partner_viewer"),
    }  # fmt: skip


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
    with pytest.raises(Refused, match="went out already"):
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
