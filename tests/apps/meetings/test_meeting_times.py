"""Meetings that begin at a time of day: from the agreement into pages, the API and calendars, and moved."""

import re
from datetime import date, time

import pytest
from django.test import Client

from apps.api.conftest import program, secret_of
from apps.meetings.test_plan_followed import WEEKLY
from rapport.apps.audit.models import Entry
from rapport.apps.meetings import actions
from rapport.apps.meetings.models import Meeting
from rapport.apps.meetings.queries import likely_present
from rapport.apps.notices.models import Notice
from rapport.apps.notices.queries import told
from rapport.apps.portfolio.queries.tellers import TELLERS
from rapport.domain.refusals import Refused
from rapport.domain.roles import Side

__all__ = ["program", "secret_of"]

TIMED = WEEKLY | {"day": "tue", "at": "10:00", "minutes": 90}


@pytest.fixture
def timed(world, agreed, plan, on):
    """The call of Tuesday 3 March 2026 at ten, by the clocks of London; the clocks change on the 29th."""
    agreed(plan(communication=[TIMED], time_zone="Europe/London"), number=2)
    on(0)
    return world.engagement.meetings.get(planned_on="2026-03-03")


def fresh(meeting):
    return Meeting.objects.get(pk=meeting.pk)


def words(browser, path):
    """What a page says, without its marks."""
    return re.sub(r"<[^>]*>", "", browser.get(path).content.decode())


def move(browser, address, meeting, **said):
    given = {"to": "2026-03-03", "starts_at": "10:00", "reason": "We are away", "seen": fresh(meeting).turn} | said
    return browser.post(address("move", meeting), {f"move-{name}": value for name, value in given.items()})


def test_pages_show_from_when_to_when_a_meeting_lasts(world, timed, signed_in, address):
    browser = signed_in(world.signer)
    page = words(browser, address("meeting", timed))
    assert "Tue 3 Mar, 10:00\N{EN DASH}11:30, tomorrow" in page
    assert page.count("Europe/London") == 2  # beside the hours, and where another time is named
    assert "Tue 10 Mar, 10:00\N{EN DASH}11:30, in" in page  # the next one
    overview = words(browser, address("overview"))
    assert "Tue 3 Mar, 10:00\N{EN DASH}11:30, tomorrow" in overview
    assert "Europe/London" not in overview
    file = browser.get(address("overview") + "?format=csv&list=meetings")
    assert "10:00\N{EN DASH}11:30,Europe/London" in b"".join(file.streaming_content).decode()


def test_a_time_in_a_new_version_reaches_what_is_planned_and_goes_again(world, timed, agreed, plan, on):
    agreed(plan(communication=[TIMED | {"at": "15:30"}], time_zone="America/New_York"), number=3)
    on(0)
    later = world.engagement.meetings.get(planned_on="2026-03-10")
    assert (later.starts_at, later.lasts, later.zone) == (time(15, 30), 90, "America/New_York")
    agreed(plan(communication=[{key: value for key, value in TIMED.items() if key not in ("at", "minutes")}]), number=4)
    on(0)
    assert world.engagement.meetings.get(planned_on="2026-03-10").starts_at is None


def test_what_stands_on_an_agenda_holds_up_no_time_but_one_that_people_set_stays(world, timed, agreed, plan, on):
    now, [second, third] = on(0), world.engagement.meetings.filter(planned_on__gt="2026-03-03")[:2]
    actions.add_point(by=world.signer, meeting=second, text="Cover", at=now)
    words = {"to": third.planned_on, "starts_at": time(9), "reason": "x", "seen": third.turn}
    actions.move_meeting(by=world.signer, meeting=third, at=now, **words)
    agreed(plan(communication=[TIMED | {"at": "15:30"}]), number=3)
    on(0)
    assert [fresh(one).starts_at for one in (second, third)] == [time(15, 30), time(9)]
    assert second.points.exists()


def test_a_meeting_is_moved_to_another_time_and_the_other_side_learns_it(world, timed, signed_in, address):
    browser = signed_in(world.manager)
    form = browser.get(address("meeting", timed)).content.decode()
    assert re.search(r'<input[^>]*name="move-to"[^>]*value="2026-03-03"', form)
    assert 'value="10:00"' in form
    same = move(browser, address, timed)
    assert "that is its day and time already; name another day or time, or leave it" in same.content.decode()
    assert move(browser, address, timed, starts_at="25:00").status_code == 200
    assert move(browser, address, timed, starts_at="14:15").status_code == 302
    assert (fresh(timed).planned_on, fresh(timed).starts_at) == (date(2026, 3, 3), time(14, 15))
    line = Entry.objects.filter(content__verb="meeting.moved").get().content["details"]
    assert (line["from"], line["to"]) == ("2026-03-03 10:00", "2026-03-03 14:15")
    notice = Notice.objects.get(recipient=world.signer, kind="meeting", subject=timed.pk)
    said = "Call, Service desk: now on Tue 3 Mar 2026, 14:15\N{EN DASH}15:45 (Europe/London)"
    assert told(notice, TELLERS).title == said


def test_a_page_that_was_read_before_moves_no_time_back(world, timed, signed_in, address, on):
    client, read = signed_in(world.manager), timed.turn
    words = {"to": timed.planned_on, "starts_at": time(14), "reason": "x", "seen": read}
    actions.move_meeting(by=world.signer, meeting=timed, at=on(0), **words)
    stale = move(client, address, timed, to="2026-03-04", seen=read).content.decode()
    assert "Somebody took a step with this meeting a moment ago" in stale
    assert (fresh(timed).planned_on, fresh(timed).starts_at) == (date(2026, 3, 3), time(14))
    [seen] = re.findall(r'name="move-seen" value="(\d+)"', stale)
    assert move(client, address, timed, to="2026-03-04", seen=seen).status_code == 302


@pytest.mark.parametrize(
    ("zone", "clock", "is_past"),
    [
        ("Europe/London", "14:00", True),
        ("Europe/London", "14:01", False),
        ("America/New_York", "09:00", True),
        ("America/New_York", "09:30", False),
    ],
)
def test_no_meeting_is_moved_into_the_past_of_its_own_clocks(world, timed, on, zone, clock, is_past):
    at = on(0)  # at two in London, and nine in New York
    Meeting.objects.filter(pk=timed.pk).update(zone=zone)
    words = {"to": at.date(), "starts_at": time.fromisoformat(clock), "reason": "x", "seen": fresh(timed).turn}
    if is_past:
        with pytest.raises(Refused, match=f"{clock} of today is past"):
            actions.move_meeting(by=world.signer, meeting=timed, at=at, **words)
    else:
        assert actions.move_meeting(by=world.signer, meeting=timed, at=at, **words).starts_at == words["starts_at"]


def test_at_the_first_meeting_whom_the_plan_means_is_likely_to_be_present(world, agreed, plan, on):
    agreed(plan(communication=[TIMED | {"client": [world.executive.name]}]), number=2)
    on(0)
    assert likely_present(world.engagement.meetings.first()) == {world.executive.pk, world.signer.pk}


def test_a_meeting_without_its_time_is_on_the_whole_day(world, timed, signed_in, address):
    browser = signed_in(world.manager)
    assert move(browser, address, timed, starts_at="").status_code == 302
    assert fresh(timed).starts_at is None
    assert move(browser, address, timed, starts_at="09:30").status_code == 302
    assert fresh(timed).hours == "09:30\N{EN DASH}11:00"


def test_a_program_moves_a_meeting_in_time(world, timed, program):
    partner = program(world.signer)
    home = f"/engagements/{world.engagement.pk}/meetings/{timed.pk}"
    shown = partner("GET", home).json()
    assert (shown["starts_at"], shown["lasts"], shown["zone"]) == ("10:00:00", 90, "Europe/London")
    assert partner("POST", f"{home}/move", {"to": "2026-03-03", "reason": "x"}).status_code == 409
    moved = partner("POST", f"{home}/move", {"to": "2026-03-04", "reason": "x"}).json()
    assert (moved["planned_on"], moved["starts_at"]) == ("2026-03-04", "10:00:00")
    moved = partner("POST", f"{home}/move", {"to": "2026-03-04", "starts_at": "11:00", "reason": "x"}).json()
    assert moved["starts_at"] == "11:00:00"
    moved = partner("POST", f"{home}/move", {"to": "2026-03-04", "starts_at": None, "reason": "x"}).json()
    assert moved["starts_at"] is None
    assert partner("POST", f"{home}/move", {"to": "2026-03-04", "starts_at": "late", "reason": "x"}).status_code == 422
    for clock in ("10:00Z", "10:00+01:00", "10:00:30"):
        refused = partner("POST", f"{home}/move", {"to": "2026-03-04", "starts_at": clock, "reason": "x"})
        assert (refused.status_code, "hours and minutes" in refused.content.decode()) == (409, True)
    assert fresh(timed).starts_at is None


def test_meetings_of_a_day_are_in_the_order_of_their_times(world, agreed, plan, on, signed_in, address):
    both = [TIMED | {"id": f"m{at}", "name": f"At {at}", "at": f"{at}:00"} for at in ("14", "09")]
    untimed = {key: value for key, value in TIMED.items() if key not in ("at", "minutes")}
    agreed(plan(communication=[*both, untimed | {"id": "all-day", "name": "All day"}]), number=2)
    on(0)
    page = signed_in(world.signer).get(address("overview")).content.decode()
    assert page.index("All day") < page.index("At 09") < page.index("At 14")


def test_a_calendar_has_the_hours_in_utc_on_both_sides_of_the_change(world, timed, on):
    secret = actions.make_feed(by=world.signer, at=on(0))
    text = Client().get(f"/meetings/feed/{secret}.ics").content.decode().replace("\r\n ", "")
    for start, end in (("20260324T100000Z", "20260324T113000Z"), ("20260331T090000Z", "20260331T103000Z")):
        assert f"DTSTART:{start}\r\nDTEND:{end}" in text
    assert "TRANSP:OPAQUE" in text


def test_one_that_was_held_on_another_day_has_no_hours(world, timed, on, now):
    at = on(2, is_worked=False)
    there = {Side.CLIENT: [world.manager], Side.PARTNER: [world.signer]}
    held = actions.hold_meeting(by=world.signer, meeting=timed, on=at.date(), present=there, at=at)
    assert (held.hours, str(held)) == ("", "Call on 2026-03-04")
    assert str(fresh(held)) == "Call on 2026-03-04"


def test_the_time_of_day_changes_nothing_about_being_missed(world, timed, on):
    on(4)
    assert fresh(timed).state == "planned"
    on(5)
    assert fresh(timed).state == "missed"


def test_today_names_the_hours_of_what_is_to_be_put_on_record(world, timed, signed_in, on):
    on(2)
    assert "Put Call of Tue 3 Mar, 10:00\N{EN DASH}11:30 on record" in signed_in(world.signer).get("/").content.decode()


def test_old_agreements_have_whole_days(world, call):
    assert (call.starts_at, call.hours, str(call)) == (None, "", "Call about open tickets on 2026-03-03")
