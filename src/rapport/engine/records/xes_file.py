"""XES event logs: one row per event, with the attributes of its case beside its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from rapport.engine.agreement import Source
from rapport.engine.records import guard
from rapport.engine.records.cells import number_text
from rapport.engine.records.report import RecordsRefused
from rapport.engine.records.rows import Rows, check_headings, headings_of

_CASE = "case:"
_DATES = ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z")
_NUMBERS = ("int", "float")
_LISTS = ("list", "container")


def read_xes(path: Path, source: Source) -> Rows:
    """The events of a log, numbered from 1; an attribute of the event is headed by its key, of its case `case:<key>`.

    Raises:
        RecordsRefused: the file is not well-formed XML, declares a document type or entities, or lacks a heading.
    """
    wanted = list(dict.fromkeys(headings_of(source).values()))
    columns: dict[str, list[str | None]] = {heading: [] for heading in wanted}
    headings: dict[str, None] = {}
    count = 0
    with guard.open_unpacked(path) as file:
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
    try:
        yield from _walk(file, decimal)
    except DefusedXmlException:
        raise RecordsRefused(f"{name} declares a document type or entities, which no event log needs") from None
    except ParseError as error:
        raise RecordsRefused(f"{name} is not well-formed XML: {error}; export it again") from None


def _walk(file: BinaryIO, decimal: str) -> Iterator[dict[str, str]]:
    """Events with their case's attributes, case by case; what has been read is cleared, so memory stays flat."""
    steps = iterparse(file, ("start", "end"), forbid_dtd=True)
    _, log = next(steps)
    events: list[dict[str, str]] = []
    for step, element in steps:
        match step, _tag(element):
            case "end", "event":
                events.append(_attributes(element, decimal))
                element.clear()
            case "end", "trace":
                case = {f"{_CASE}{key}": value for key, value in _attributes(element, decimal).items()}
                yield from (case | event for event in events)
                log.clear()
                events = []


def _attributes(element: Element, decimal: str) -> dict[str, str]:
    """The plain attributes directly below a trace or an event; lists and the attributes of attributes are left out."""
    return {
        child.attrib["key"]: number_text(child.attrib["value"], decimal) if tag in _NUMBERS else child.attrib["value"]
        for child in element
        if (tag := _tag(child)) not in _LISTS and "key" in child.attrib and "value" in child.attrib
    }


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
