"""XES event logs: one row per event, with the attributes of its case beside its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

import numpy as np
import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from rapport.engine.agreement import Source
from rapport.engine.records import guard
from rapport.engine.records.cells import number_text
from rapport.engine.records.pace import UNTOLD, Pace
from rapport.engine.records.report import RecordsRefused
from rapport.engine.records.rows import Rows, check_headings, headings_of

_CHUNK = 1024**2
_CASE = "case:"
_DATES = ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z")
_NUMBERS = ("int", "float")
_LISTS = ("list", "container")


def read_xes(path: Path, source: Source, pace: Pace = UNTOLD) -> Rows:
    """The events of a log, numbered from 1; an attribute of the event is headed by its key, of its case `case:<key>`.

    Raises:
        RecordsRefused: the file is not well-formed XML, declares a document type or entities, or lacks a heading.
    """
    wanted = list(dict.fromkeys(headings_of(source).values()))
    columns: dict[str, list[str | None]] = {heading: [] for heading in wanted}
    headings: dict[str, None] = {}
    count = 0
    with guard.open_unpacked(path, pace) as file:
        for event in _events(file, source.decimal, path.name):
            count += 1
            headings |= dict.fromkeys(event)
            for heading, values in columns.items():
                values.append(event.get(heading))
    guard.check_columns(path.name, len(headings))
    if count:
        check_headings(path.name, list(headings), source)
    cells = pa.table({heading: pa.array(values, pa.string()) for heading, values in columns.items()})
    guard.check_cells(path.name, cells)
    return Rows(cells, pa.array(np.arange(1, count + 1)), formats=_DATES)


def _events(file: BinaryIO, decimal: str, name: str) -> Iterator[dict[str, str]]:
    log = _Log(decimal)
    parser = DefusedXMLParser(target=log, forbid_dtd=True)
    try:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
            yield from log.taken()
        parser.close()
    except DefusedXmlException:
        raise RecordsRefused(f"{name} declares a document type or entities, which no event log needs") from None
    except ParseError as error:
        raise RecordsRefused(f"{name} is not well-formed XML: {error}; export it again") from None


class _Log:
    """Told by the parser which elements begin and end, gathers events with the attributes of their case.

    Only the plain attributes directly below a trace or an event count; lists, and the attributes of attributes, do not.
    No tree is built, so memory holds one case at a time.
    """

    def __init__(self, decimal: str) -> None:
        self._decimal = decimal
        self._case: dict[str, str] | None = None
        self._event: dict[str, str] | None = None
        self._events: list[dict[str, str]] = []
        self._done: list[dict[str, str]] = []
        self._depth = 0

    def taken(self) -> list[dict[str, str]]:
        """The events of the cases that have ended since this was last asked."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        kind = _local(tag)
        if kind == "trace":
            self._case, self._events = {}, []
        elif kind == "event":
            self._event = {}
        elif (owner := self._owner) is not None:
            if self._depth == 0 and kind not in _LISTS and attributes.keys() >= {"key", "value"}:
                value = attributes["value"]
                owner[attributes["key"]] = number_text(value, self._decimal) if kind in _NUMBERS else value
            self._depth += 1

    def end(self, tag: str) -> None:
        """The element that began last and has not ended does."""
        kind = _local(tag)
        if kind == "event" and self._event is not None:
            (self._done if self._case is None else self._events).append(self._event)
            self._event = None
        elif kind == "trace" and self._case is not None:
            case = {f"{_CASE}{key}": value for key, value in self._case.items()}
            self._done += [case | event for event in self._events]
            self._case = None
        elif self._owner is not None:
            self._depth -= 1

    @property
    def _owner(self) -> dict[str, str] | None:
        """What an attribute belongs to: the event, else the case, that has begun."""
        return self._case if self._event is None else self._event


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
