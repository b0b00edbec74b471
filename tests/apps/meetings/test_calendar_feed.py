"""The calendar of one person, for whoever has its address, until it is revoked or access ends."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from rapport.apps.meetings.models import Feed, Meeting
from rapport.apps.meetings.queries import events_of
from rapport.domain.roles import Role


@pytest.fixture
def link(world, signed_in, call):
    """The address of the partner's calendar, as the page shows it once."""
    browser = signed_in(world.signer)
    page = browser.post("/meetings/calendar/", follow=True).content.decode()
    return re.search(r'id="new-link"[^>]*>([^<]+)<', page)[1]


def read(link):
    return Client().get(link)


def unfolded(answer):
    return answer.content.decode().replace("\r\n ", "")


def test_a_calendar_holds_the_meetings_and_reports_of_its_owner(world, link, call):
    Meeting.objects.create(
        engagement=world.sibling_engagement, series="x", name="Canary", channel="x", first_planned_on=call.planned_on,
        planned_on=call.planned_on,
    )  # fmt: skip
    answer = read(link)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    text = unfolded(answer)
    assert f"UID:meeting-{call.pk}@" in text
    assert "DTSTART;VALUE=DATE:20260303" in text
    assert "SUMMARY:Report of the month due\\, from the partner\\, Service desk" in text
    assert "Canary" not in text


def test_the_secret_is_shown_once_and_only_its_digest_is_kept(world, signed_in, link):
    secret = link.rsplit("/", 1)[1].removesuffix(".ics")
    assert secret not in signed_in(world.signer).get("/meetings/calendar/").content.decode()
    assert secret not in " ".join(Feed.objects.values_list("digest", flat=True))


def test_a_revoked_or_replaced_address_looks_like_none(world, signed_in, link):
    browser = signed_in(world.signer)
    missing = read(re.sub(r"feed/.*", f"feed/{'x' * 43}.ics", link))
    browser.post("/meetings/calendar/")
    assert read(link).content == missing.content
    page = browser.get("/meetings/calendar/").content.decode()
    again = re.search(r'id="new-link"[^>]*>([^<]+)<', page)[1]
    assert read(again).status_code == 200
    browser.post("/meetings/calendar/revoke/")
    revoked = read(again)
    assert (revoked.status_code, revoked.content) == (404, missing.content)
    assert missing.status_code == 404


def test_a_calendar_ends_with_the_account(world, link):
    world.signer.is_active = False
    world.signer.save()
    assert read(link).status_code == 404


def test_a_calendar_shows_what_its_owner_may_see_now(world, link, call):
    world.signer.organisation = world.sibling
    world.signer.save()
    assert f"meeting-{call.pk}@" not in unfolded(read(link))
    world.signer.organisation, world.signer.role = world.own, Role.VIEWER  # a role of the other side: no rights
    world.signer.save()
    assert read(link).status_code == 404


def test_a_calendar_ends_after_five_hundred_events(world, link, call):
    days = [date(2026, 3, 3) + timedelta(days=number) for number in range(600)]
    Meeting.objects.bulk_create(
        Meeting(
            engagement=world.engagement, series="daily", name="Daily", channel="x", first_planned_on=on, planned_on=on
        )
        for on in days
    )
    assert unfolded(read(link)).count("BEGIN:VEVENT") == 500


def test_a_moved_and_a_cancelled_meeting_say_so(world, link, call, now):
    Meeting.objects.filter(pk=call.pk).update(state="cancelled", turn=2)
    text = unfolded(read(link))
    event = next(one for one in text.split("BEGIN:VEVENT") if f"meeting-{call.pk}@" in one)
    assert "STATUS:CANCELLED" in event
    assert "SEQUENCE:2" in event


def test_a_full_calendar_holds_what_is_to_come_and_as_much_of_the_past_as_there_is_room(world, link, call):
    """Forty-five weekly series, twelve weeks back and eight ahead, in their years."""
    days = [date(2026, 3, 3) + timedelta(weeks=week) for week in range(-12, 9)]
    Meeting.objects.bulk_create(
        Meeting(
            engagement=world.engagement,
            series=f"s{number}",
            name="Stand-up",
            channel="x",
            first_planned_on=on,
            planned_on=on,
        )
        for number in range(45)
        for on in days
    )
    found = [event.on for event in events_of(world.signer, date(2026, 3, 3)) if event.title.startswith("Stand-up")]
    coming = [on for on in found if on >= date(2026, 3, 3)]
    past = [on for on in found if on < date(2026, 3, 3)]
    assert len(coming) == 45 * 9
    assert min(past) >= date(2026, 2, 10)
    assert found == sorted(found)
