"""Calendars as other programs read them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.kit.icalendar import Event, Party, calendar, invitation, method_of

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def lines(title, place=""):
    content = calendar("Mine", [Event("1@x", date(2026, 12, 31), title, place, url="https://x.example/a")], AT)
    return content, content.decode().replace("\r\n ", "").split("\r\n")


def test_an_event_is_a_whole_day():
    _, said = lines("Call")
    assert said == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rapport//Rapport//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        "X-WR-CALNAME:Mine", "BEGIN:VEVENT", "UID:1@x", "DTSTAMP:20260302T090000Z", "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101", "SEQUENCE:0", "SUMMARY:Call", "URL:https://x.example/a", "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("a, b; c \\ d", r"a\, b\; c \\ d"),
        ("a\r\nEND:VEVENT\nb\rc", r"a\nEND:VEVENT\nb\nc"),
        ("a\x00\x07b\u2028c\x85d", r"ab\nc\nd"),
        ('"quoted": yes', '"quoted": yes'),
    ],
)
def test_a_text_ends_neither_its_line_nor_its_value(title, written):
    assert f"SUMMARY:{written}" in lines(title)[1]


@given(st.text(max_size=300), st.text(max_size=100))
def test_whatever_is_written_stays_one_event_in_short_lines(title, place):
    content, said = lines(title, place)
    assert sum(line.startswith("BEGIN:VEVENT") for line in said) == 1
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    content.decode()


def fields(content):
    """What stands in a calendar, by name; parameters belong to the name."""
    plain = content.decode().replace("\r\n ", "")
    return dict(line.rsplit(":", 1) if "mailto" in line else line.split(":", 1) for line in plain.split("\r\n") if line)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25", "2026-10-26"])
@pytest.mark.parametrize("hour", [0, 3, 10, 23])
def test_an_event_with_hours_is_said_in_utc_and_keeps_people_busy(day, hour):
    start = datetime.fromisoformat(day).replace(hour=hour, tzinfo=ZoneInfo("Europe/London"))
    end = (start.astimezone(UTC) + timedelta(minutes=90)).astimezone(start.tzinfo)
    event = Event("1@x", start.date(), "Call", hours=(start, end))
    found = fields(calendar("Mine", [event], AT))
    read = [datetime.strptime(found[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for name in ("DTSTART", "DTEND")]
    assert read[1] - read[0] == timedelta(minutes=90)
    assert read[0].astimezone(ZoneInfo("Europe/London")).isoformat() == start.isoformat()
    assert found["TRANSP"] == "OPAQUE"
    assert "VTIMEZONE" not in calendar("Mine", [event], AT).decode()


BY, TO = Party("Northwind", "rapport@northwind.example"), Party("Ann Hill", "ann@desk.example")


def test_an_invitation_says_who_invites_whom_and_wants_no_answer():
    found = fields(invitation(Event("1@x", date(2026, 12, 31), "Call", sequence=3), BY, TO, AT))
    assert found["METHOD"] == "REQUEST"
    assert found['ORGANIZER;CN="Northwind":mailto'] == BY.email
    assert found['ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE;CN="Ann Hill":mailto'] == TO.email
    assert (found["SEQUENCE"], found["STATUS"], found["UID"]) == ("3", "CONFIRMED", "1@x")


def test_an_invitation_to_what_is_cancelled_takes_it_out():
    event = Event("1@x", date(2026, 12, 31), "Call", is_cancelled=True)
    found = fields(invitation(event, BY, TO, AT))
    assert (found["METHOD"], found["STATUS"], method_of(event)) == ("CANCEL", "CANCELLED", "CANCEL")


@given(st.text(max_size=200), st.text(max_size=100))
def test_no_name_or_address_adds_a_line_or_a_parameter(name, email):
    content = invitation(Event("1@x", date(2026, 12, 31), "Call"), BY, Party(name, email), AT)
    said = content.decode().replace("\r\n ", "").split("\r\n")
    assert len(said) == 19
    [line] = [one for one in said if one.startswith("ATTENDEE")]
    assert line.count('"') == 2 or '"' in email
