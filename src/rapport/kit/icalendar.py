"""Calendars as other programs read them (RFC 5545): whole days, each with a title, a place and a way back."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_LONGEST_LINE = 75
"""The most bytes of a line, without its end."""
_UNWRITTEN = {"Cc", "Cs"}
"""Control characters and halves of characters, which no text of a calendar may hold."""
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}


@dataclass(frozen=True)
class Event:
    """A day in a calendar; `uid` tells it from every other one, and `sequence` rises when it changes."""

    uid: str
    on: date
    title: str
    place: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False


def calendar(name: str, events: Iterable[Event], at: datetime) -> bytes:
    """A calendar with its name and its events, as it is at a moment."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Rapport//Rapport//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        *(line for event in events for line in _event(event, at)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"SUMMARY:{_text(event.title)}"
    if event.place:
        yield f"LOCATION:{_text(event.place)}"
    if event.url:
        yield f"URL:{_address(event.url)}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(text: str) -> str:
    """A text that ends no line and no value: line ends of every kind are one sign, other control characters go."""
    lines = "\n".join(text.splitlines())
    plain = "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in _UNWRITTEN)
    return "".join(_ESCAPES.get(sign, sign) for sign in plain)


def _address(url: str) -> str:
    """An address without what could end its line."""
    return "".join(sign for sign in url if unicodedata.category(sign) not in _UNWRITTEN and not sign.isspace())


def _folded(line: str) -> bytes:
    """A line with its end, folded so that no part is too long and no character is cut."""
    parts: list[bytes] = []
    part = b""
    for sign in line:
        encoded = sign.encode()
        if len(part) + len(encoded) > _LONGEST_LINE - bool(parts):
            parts.append(part)
            part = b""
        part += encoded
    return b"\r\n ".join([*parts, part]) + b"\r\n"
