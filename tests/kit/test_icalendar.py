"""Calendars as other programs read them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.kit.icalendar import Event, calendar

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
