"""Who may deliver the records of a source is agreed: other files are refused, and pages say whose they are."""

import pytest

from rapport.apps.delivery.actions import commit_batch, keep_records, upload_records, withdraw_batch
from rapport.apps.delivery.models import Batch
from rapport.domain.refusals import Refused

SIDES = [("client", "manager", "editor"), ("partner", "signer", "manager")]
REFUSED = "This file comes from the {}. The agreement has the {} deliver surveys; ask them, or change `delivered_by`"


@pytest.mark.parametrize(("agreed", "deliverer", "other"), SIDES)
def test_only_the_agreed_side_delivers(world, preview, have_deliver, agreed, deliverer, other):
    have_deliver(agreed)
    other = getattr(world, other)

    with pytest.raises(Refused, match=REFUSED.format(other.side, agreed)):
        preview(by=other)
    assert not Batch.objects.exists()
    assert preview(by=getattr(world, deliverer)).stage == "previewed"


@pytest.mark.parametrize("take_in", [upload_records, keep_records])
def test_large_files_are_refused_just_the_same(world, have_deliver, demo_file, media, now, take_in):
    have_deliver("partner")

    with pytest.raises(Refused, match=REFUSED.format("client", "partner")):
        take_in(by=world.manager, engagement=world.engagement, source="surveys", file=demo_file("surveys"), at=now)
    assert not media.exists()


@pytest.mark.parametrize("person", ["manager", "editor"])
def test_both_deliver_what_nobody_was_chosen_for(world, preview, have_deliver, person):
    have_deliver("partner", "tickets")
    have_deliver("either")

    assert preview(by=getattr(world, person)).stage == "previewed"


def test_what_the_agreed_side_delivered_both_commit_and_withdraw(world, preview, have_deliver, now):
    have_deliver("partner")
    batch = commit_batch(by=world.manager, batch=preview(), at=now)

    assert withdraw_batch(by=world.manager, batch=batch, reason="wrong month", at=now).stage == "withdrawn"


@pytest.mark.parametrize(("agreed", "deliverer", "other"), SIDES)
def test_the_form_offers_what_the_readers_side_delivers(
    world, have_deliver, signed_in, address, agreed, deliverer, other
):
    have_deliver(agreed)
    pages = [
        signed_in(getattr(world, role)).get(address("delivery:records")).content.decode() for role in (deliverer, other)
    ]

    assert ['value="surveys"' in page for page in pages] == [True, False]
    assert all('value="tickets"' in page and f"CSV from the {agreed} only" in page for page in pages)
    told = f"By the agreement the {agreed} delivers surveys; ask them for files."
    assert [told in page for page in pages] == [False, True]


def test_no_form_where_the_other_side_delivers_everything(world, have_deliver, signed_in, address):
    for source in ("tickets", "holds", "duties", "surveys"):
        have_deliver("partner", source)
    page = signed_in(world.manager).get(address("delivery:records")).content.decode()

    assert "By the agreement the partner delivers tickets, holds, duties, surveys" in " ".join(page.split())
    assert "Upload and look at it" not in page
    assert "upload one above" not in page


def test_a_page_that_was_opened_before_is_refused_with_the_reason(world, have_deliver, signed_in, address, demo_file):
    have_deliver("partner")
    sent = {"source": "surveys", "file": demo_file("surveys")}
    page = signed_in(world.manager).post(address("delivery:upload"), sent).content.decode()

    assert "The agreement has the partner deliver surveys; ask them" in page
    assert 'value="surveys"' not in page
    assert not Batch.objects.exists()
