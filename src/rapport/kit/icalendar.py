"""Calendars as other programs read them (RFC 5545): what stands in them, each with a title, a place and a way back.

One event sent to one person is an invitation (RFC 5546), which a mail carries.
"""

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
    """A day in a calendar, or with `hours` a start and an end; who has those is busy meanwhile.

    `uid` tells it from every other one, and `sequence` rises when it changes.
    """

    uid: str
    on: date
    title: str
    place: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False
    hours: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class Party:
    """Who invites or is invited: a name and a mail address."""

    name: str
    email: str


def calendar(name: str, events: Iterable[Event], at: datetime) -> bytes:
    """A calendar with its name and its events, as it is at a moment."""
    head = ["METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}"]
    return _written([*head, *(line for event in events for line in _event(event, at))])


def invitation(event: Event, by: Party, to: Party, at: datetime) -> bytes:
    """An event that somebody is asked to, or is told of that it is cancelled; no answer is expected."""
    parties = [f"ORGANIZER;{_party(by)}", f"ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE;{_party(to)}"]
    return _written([f"METHOD:{method_of(event)}", *_event(event, at, parties)])


def method_of(event: Event) -> str:
    """What an invitation to an event asks of the calendar that reads it."""
    return "CANCEL" if event.is_cancelled else "REQUEST"


def _written(lines: Iterable[str]) -> bytes:
    frame = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rapport//Rapport//EN", "CALSCALE:GREGORIAN"]
    return b"".join(_folded(line) for line in [*frame, *lines, "END:VCALENDAR"])


def _event(event: Event, at: datetime, parties: Iterable[str] = ()) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(at)}"
    yield from _when(event)
    yield f"SEQUENCE:{event.sequence}"
    yield f"SUMMARY:{_text(event.title)}"
    if event.place:
        yield f"LOCATION:{_text(event.place)}"
    if event.url:
        yield f"URL:{_address(event.url)}"
    yield from parties
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield f"TRANSP:{'OPAQUE' if event.hours else 'TRANSPARENT'}"
    yield "END:VEVENT"


def _when(event: Event) -> Iterator[str]:
    if event.hours:
        start, end = event.hours
        yield f"DTSTART:{_moment(start)}"
        yield f"DTEND:{_moment(end)}"
    else:
        yield f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _party(party: Party) -> str:
    """The name as a quoted parameter, in which no quotation mark can stand, and the address."""
    name = "".join(sign for sign in party.name if unicodedata.category(sign) not in _UNWRITTEN)
    return f'CN="{" ".join(name.replace(chr(34), chr(39)).split())}":mailto:{_address(party.email)}'


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
