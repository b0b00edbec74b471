"""What results and the pages about them must withstand, each of which once broke them."""

from datetime import timedelta

from django.contrib.messages import get_messages

from rapport.apps.delivery.actions import commit_batch, withdraw_batch
from rapport.apps.kpis.actions import compute_results
from rapport.apps.kpis.queries import evaluations, outdated_engagements


def test_records_behind_a_number_that_waits_to_be_computed_anew_are_refused_kindly(
    world, preview, signed_in, address, now
):
    batch, browser = commit_batch(by=world.editor, batch=preview("surveys"), at=now), signed_in(world.editor)
    compute_results(engagement=world.engagement, at=now)
    withdraw_batch(by=world.editor, batch=batch, reason="Of another month", at=now)
    for page in ("kpis:rows", "kpis:rows_csv"):
        answer = browser.get(address(page, "satisfaction", "2025-Q1"))
        assert answer.status_code == 302
        assert "computed anew" in " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_what_was_kept_last_stands_whenever_it_was_begun(world, preview, now):
    batch, later = commit_batch(by=world.editor, batch=preview("surveys"), at=now), now + timedelta(minutes=3)
    compute_results(engagement=world.engagement, at=later)
    withdraw_batch(by=world.editor, batch=batch, reason="Of another month", at=later)
    kept = compute_results(engagement=world.engagement, at=now)
    assert evaluations(world.engagement).first() == kept
    assert not outdated_engagements()
