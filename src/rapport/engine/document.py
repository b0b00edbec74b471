"""From the YAML text of an agreement to checked values, or to a list of faults with line and column."""

import difflib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rapport.engine.agreement import Agreement, Availability, Clock, ClockKpi, Kpi
from rapport.engine.check import check_agreement
from rapport.engine.problems import Problem
from rapport.engine.terms import source_name

Location = tuple[int | str, ...]
_MOST_VALUES = 100_000
_MOST_TOLD = 200
"""How many wrong fields are told at once; where each stands in the text has to be looked for."""
_DEEPEST = 50
"""How many groups and lists may stand within each other: YAML is read by recursion, which ends with the stack."""
_RESTED_ON_BY_NONE = frozenset({"delivered_by", "measured_by", "tolerance"})
"""Fields of a KPI or a source that are agreed, but that no result rests on: they say what the two sides do with it."""
_GROUP = "a group of fields"
_PLAIN_WORDS = {
    **dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), _GROUP),
    **dict.fromkeys(("tuple_type", "list_type"), "a list"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "a date such as 2026-01-31",
    ),
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a document: where it is, what was seen, what was expected, how to mend it."""

    line: int
    column: int
    path: str
    seen: str
    expected: str
    mend: str

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}"
        where = f"{place} ({self.path})" if self.path else place
        return f"{where}: seen {self.seen}; expected {self.expected}. {self.mend}"

    def to_json(self) -> dict[str, Any]:
        """The fault as plain data."""
        return asdict(self)


class DocumentError(Exception):
    """A document that cannot be used, with every fault found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class Document:
    """An agreement as read from a file: its values, where it lies, and the plain data it was made from."""

    agreement: Agreement
    folder: Path
    data: dict[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of what the agreement says: independent of layout, comments and where the record files lie."""
        return digest_of({**self.data, "sources": {name: self._source(name) for name in self.data["sources"]}})

    def kpi_digest(self, kpi: Kpi) -> str:
        """SHA-256 of everything a KPI's results rest on: its definition, its clock and calendar, its sources."""
        clock = self._clock(kpi)
        calendar = clock.calendar if clock else kpi.calendar if isinstance(kpi, Availability) else None
        return digest_of(
            {
                "kpi": _rested_on(next(item for item in self.data["kpis"] if item["id"] == kpi.id)),
                "clock": self.data["clocks"][kpi.clock] if isinstance(kpi, ClockKpi) else None,
                "calendar": self.data.get("calendars", {}).get(calendar),
                "sources": {name: self._reading(name) for name in self.sources_of(kpi)},
                "term": self.data["term"],
                "time_zone": self.agreement.time_zone,
            }
        )

    def source_digest(self, name: str) -> str:
        """SHA-256 of how a source's records are read."""
        return digest_of([self._reading(name), self.agreement.time_zone, self.data["term"]])

    def clock_digest(self, name: str) -> str:
        """SHA-256 of how a clock measures: its definition, calendar and records, and the periods it is asked for."""
        clock = self.agreement.clocks[name]
        periods = [item["period"] for item in self.data["kpis"] if item.get("clock") == name]
        sources = sorted({clock.source, *(span.source or clock.source for span in (*clock.pauses, *clock.relief))})
        calendar = self.data.get("calendars", {}).get(clock.calendar)
        read = [self.source_digest(source) for source in sources]
        return digest_of([self.data["clocks"][name], calendar, periods, read])

    def sources_of(self, kpi: Kpi) -> list[str]:
        """The sources a KPI's results rest on: its own, and those of pauses, relief and maintenance."""
        clock = self._clock(kpi)
        spans = [*clock.pauses, *clock.relief] if clock else []
        spans += kpi.maintenance if isinstance(kpi, Availability) else []
        return sorted({name for name in (source_name(self.agreement, kpi), *(span.source for span in spans)) if name})

    def _clock(self, kpi: Kpi) -> Clock | None:
        return self.agreement.clocks[kpi.clock] if isinstance(kpi, ClockKpi) else None

    def _source(self, name: str) -> dict[str, Any]:
        return {**self.data["sources"][name], "files": None}

    def _reading(self, name: str) -> dict[str, Any]:
        return _rested_on(self._source(name))


def load(path: Path) -> Document:
    """Read and check an agreement.

    Raises:
        OSError: the file cannot be read.
        DocumentError: the file is no valid agreement; all faults are listed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(
            [Fault(1, 1, "", "bytes that are not UTF-8", "a UTF-8 text", f"Save it as UTF-8 ({error}).")]
        ) from None
    agreement, data = parse(text)
    return Document(agreement, path.parent, data)


def parse(text: str) -> tuple[Agreement, dict[str, Any]]:
    """The agreement in a YAML text, and the plain data it was made from.

    Raises:
        DocumentError: the text is no valid agreement; of very many faults the first.
    """
    root, data, faults = _read_yaml(text)
    try:
        agreement = Agreement.model_validate(data)
    except ValidationError as error:
        told = [details for details in error.errors() if not _is_consequence(details)]
        faults += [_fault_of_error(root, details) for details in told[:_MOST_TOLD]]
        raise DocumentError(_sorted(faults)) from None
    faults += [_fault_of_problem(root, problem) for problem in check_agreement(agreement)]
    if faults:
        raise DocumentError(_sorted(faults))
    return agreement, data


def read_data(text: str) -> dict[str, Any]:
    """The plain data of a YAML text, whatever faults it may have as an agreement.

    Raises:
        DocumentError: the text is no YAML with fields.
    """
    return _read_yaml(text)[1]


def read_nodes(text: str) -> yaml.Node:
    """Where everything in a YAML text stands.

    Raises:
        DocumentError: the text is no YAML with fields.
    """
    return _read_yaml(text)[0]


def digest_of(data: Any) -> str:
    """SHA-256 of plain data, the same for the same content."""
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _rested_on(part: dict[str, Any]) -> dict[str, Any]:
    """What of a KPI or a source results rest on."""
    return {field: value for field, value in part.items() if field not in _RESTED_ON_BY_NONE}


class _Loader(yaml.CSafeLoader):
    """YAML whose keys are the texts that were written; a value that its look promises but is none, too."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}

    def construct_promised(self, node: yaml.ScalarNode) -> Any:
        try:
            return yaml.CSafeLoader.yaml_constructors[node.tag](self, node)
        except ValueError:  # such as 2026-02-30
            return node.value


for _type in ("timestamp", "int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_type}", _Loader.construct_promised)


def _read_yaml(text: str) -> tuple[yaml.Node, dict[str, Any], list[Fault]]:
    """The nodes of a text, its plain data, and the fields that stand in it twice."""
    try:
        _demand_shallow(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        faults = list(_repeated(node)) if node else []
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise DocumentError(
            [Fault(line, column, "", str(error.problem), "YAML", "Mend the layout of this line.")]
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentError([Fault(1, 1, "", str(error), "YAML", "Mend the text.")]) from None
    if node is None or not isinstance(data, dict):
        seen = "an empty file" if data is None else f"a {type(data).__name__}"
        raise DocumentError([Fault(1, 1, "", seen, "an agreement", "Start with `rapport init`.")])
    return node, data, faults


def _demand_shallow(text: str) -> None:
    """Refuse what is nested deeper than any agreement, before it is read as a whole.

    Raises:
        YAMLError: it is, or it is no YAML up to there.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError(f"more than {_DEEPEST} groups within each other")


def _repeated(root: yaml.Node) -> Iterator[Fault]:
    """Fields that stand twice in one group, of which YAML would silently take the last.

    Raises:
        YAMLError: a field has no name, or aliases stand for more values than any agreement has.
    """
    left, count = [root], 1
    while left:
        node = left.pop()
        names: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.YAMLError(f"a group in place of a field's name in line {line}")
            if key.value in names:
                seen = f"the field {key.value!r} a second time"
                yield Fault(line, column, key.value, seen, "each field once", "Remove one of the two.")
            names.add(key.value)
        parts = _parts(node)
        left += parts
        count += len(parts)
        if count > _MOST_VALUES:
            raise yaml.YAMLError(f"more than {_MOST_VALUES:,} values, aliases counted wherever they stand")


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _is_consequence(details: ErrorDetails) -> bool:
    """Whether a list is called too short only because its items have faults of their own."""
    return details["type"] == "too_short" and bool(details["input"])


def _fault_of_error(root: yaml.Node, details: ErrorDetails) -> Fault:
    location = _document_location(root, details["loc"], is_missing=details["type"] == "missing")
    is_extra = details["type"] == "extra_forbidden"
    node = _node_at(root, location, key=is_extra)
    path = ".".join(map(str, location))
    seen = f"unknown field {location[-1]!r}" if is_extra else _shown(details)
    mark = node.start_mark
    return Fault(mark.line + 1, mark.column + 1, path, seen, _expectation(details), _mend(location, details))


def _fault_of_problem(root: yaml.Node, problem: Problem) -> Fault:
    mark = _node_at(root, problem.location).start_mark
    path = ".".join(map(str, problem.location))
    return Fault(mark.line + 1, mark.column + 1, path, problem.seen, problem.expected, problem.mend)


def _sorted(faults: Any) -> list[Fault]:
    """Faults in the order of the document; where a value may be one thing or another, those of the likelier one."""
    found = list(faults)
    unique: dict[tuple[int, int, str, str], Fault] = {}
    for fault in found:
        if fault.seen != _GROUP or not any(other.path.startswith(f"{fault.path}.") for other in found):
            unique.setdefault((fault.line, fault.column, fault.path, fault.seen), fault)
    return sorted(unique.values(), key=lambda fault: (fault.line, fault.column, fault.path))


def _document_location(root: yaml.Node, location: Location, *, is_missing: bool) -> Location:
    """An error's location without the steps that are not in the document, such as the chosen member of a union.

    Of a missing field the last step, its name, is kept.
    """
    kept: list[int | str] = []
    for index, step in enumerate(location):
        parent = _node_at(root, tuple(kept))
        is_last = index == len(location) - 1
        if _child(parent, step) is not None or (is_missing and is_last and isinstance(parent, yaml.MappingNode)):
            kept.append(step)
    return tuple(kept)


def _node_at(root: yaml.Node, location: Location, *, key: bool = False) -> yaml.Node:
    """The node at a location, or the nearest node above it; with `key` the name of the field instead of its value."""
    node = root
    for index, step in enumerate(location):
        if key and index == len(location) - 1 and isinstance(node, yaml.MappingNode):
            return next((name for name, _ in node.value if name.value == str(step)), node)
        child = _child(node, step)
        if child is None:
            return node
        node = child
    return node


def _child(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in reversed(node.value) if name.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None


def _shown(details: ErrorDetails) -> str:
    if details["type"] == "missing":
        return "nothing"
    value = details["input"]
    if isinstance(value, dict | list | tuple):
        return _GROUP if isinstance(value, dict) else "a list"
    text = str(value) if isinstance(value, date | datetime) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _expectation(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    if details["type"] == "missing":
        return f"the field {str(details['loc'][-1])!r}"
    if details["type"] == "extra_forbidden":
        return "one of the fields that exist here"
    if "expected_tags" in context:
        return f"kind to be one of {context['expected_tags']}"
    if details["type"] in _PLAIN_WORDS:
        return _PLAIN_WORDS[details["type"]]
    message = details["msg"].removeprefix("Value error, ").removeprefix("expected ").removeprefix("Input should be ")
    return message.replace("String should ", "text to ")


def _mend(location: Location, details: ErrorDetails) -> str:
    if details["type"] == "missing":
        return f"Add `{location[-1] if location else details['loc'][-1]}:` here."
    if details["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _field_names(), 1)
        return f"Did you mean {near[0]!r}?" if near else "Remove it, or see `rapport schema`."
    return "Change the value; `rapport schema` describes this field."


@cache  # it takes a tenth of a second, and a text may have thousands of unknown fields
def _field_names() -> list[str]:
    definitions = Agreement.model_json_schema()["$defs"].values()
    return sorted({*Agreement.model_fields, *(name for part in definitions for name in part.get("properties", {}))})
