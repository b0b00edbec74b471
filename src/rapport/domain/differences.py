"""What two versions of an agreement document say differently, and how to say it in one plain sentence each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LABELS = ("id", "name", "until", "version")
"""The fields that can tell the items of a list apart, the strongest first."""
_PARTS = {
    "kpis": "KPI {}",
    "calendars": "calendar {}",
    "sources": "source {}",
    "clocks": "clock {}",
    "needs": "need {}",
    "objectives": "objective {}",
    "communication": "meeting or report {}",
    "escalation": "escalation plan {}",
    "levels": "level {}",
    "duties": "duty {}",
    "settling": "time to {}",
    "issues": "what is raised by itself: {}",
    "parties": "{}",
    "versions": "history entry {}",
    "bands": "band {}",
    "exclusions": "exclusion {}",
    "ramp": "ramp step until {}",
    "hours": "hours on {}",
    "replacements": "replaced hours on {}",
    "columns": "column {}",
    "flags": "flag {}",
    "pauses": "pause {}",
    "relief": "relief {}",
    "values": "value for {}",
    "add": "closed day {}",
}
"""What one part of a known section is called."""
_WORDS = {
    "approves": "approval limit",
    "at_limit": "boundary rule",
    "delivered_by": "delivering side",
    "drop": "worked days",
    "from": "first day",
    "to": "last day",
    "low_volume": "low-volume guard",
    "measured_by": "measuring side",
    "minimum": "minimum level",
    "relieves": "relieved clocks",
    "sent_by": "sender",
    "when": "condition",
    "within": "time allowed",
}
"""Fields whose name in the document is not the word of the field."""


class ChangeKind(StrEnum):
    """What happened to a part of the document."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Change:
    """One difference: where in the document, and what stood there before and after as YAML loads it, None for nothing.

    `path` runs from the section inward; an item of a list goes by its id or name, one without either by its place from
    1 on. `is_target` marks the edge of a band that is the KPI's target.
    """

    path: tuple[str, ...]
    kind: ChangeKind
    before: Any
    after: Any
    is_target: bool = False


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What changed from one document to the other, in the order of the later one; what is gone stands where it stood.

    Items of a list are matched by id, else by name (a ramp step by its last day, a history entry by its version), so
    that reordering them is no change. An empty field, an empty list and a missing one all say the same: nothing.
    """
    return list(_differences((), before, after))


def _differences(path: tuple[str, ...], before: Any, after: Any, is_target: bool = False) -> Iterator[Change]:
    before, after = _said(before), _said(after)
    parts = _parts(path, before, after)
    if parts is None:
        if not _is_same(before, after):
            yield Change(path, _kind(before, after), before, after, is_target)
        return
    old, new = parts
    for key in _in_order(old, new):
        is_target = key == "edge" and old.get("target") is True and new.get("target") is True
        yield from _differences((*path, str(key)), old.get(key), new.get(key), is_target)


def _said(value: Any) -> Any:
    """The value, None where it is empty and so says nothing."""
    return None if value in ([], {}) else value


def _kind(before: Any, after: Any) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    return ChangeKind.REMOVED if after is None else ChangeKind.CHANGED


def _is_same(before: Any, after: Any) -> bool:
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_is_same, before, after))
    if isinstance(before, bool | None) or isinstance(after, bool | None):
        return before is after
    # A number or a day in quotes says the same as one without.
    return bool(before == after) or str(before) == str(after)


def _parts(path: tuple[str, ...], before: Any, after: Any) -> tuple[Mapping[Any, Any], Mapping[Any, Any]] | None:
    """The parts by which two values are compared one by one; None where they are compared as a whole.

    A list or a section of the document that is missing counts as an empty one, so that each of its items is told by
    itself; any other group of fields that comes or goes is one change.
    """
    values = [value for value in (before, after) if value is not None]
    is_section = len(path) < 2
    if values and all(_is_items(value) for value in values):
        label = _label(values)
        return _items(before or [], label), _items(after or [], label)
    if (is_section or len(values) == 2) and all(isinstance(value, Mapping) for value in values):
        return before or {}, after or {}
    return None


def _is_items(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _items(items: Sequence[Mapping[str, Any]], label: str | None) -> dict[str, Mapping[str, Any]]:
    return {str(item[label]) if label else str(place): item for place, item in enumerate(items, start=1)}


def _label(lists: Sequence[Sequence[Mapping[str, Any]]]) -> str | None:
    return next((label for label in _LABELS if all(_tells_apart(label, items) for items in lists)), None)


def _tells_apart(label: str, items: Sequence[Mapping[str, Any]]) -> bool:
    found = [item.get(label) for item in items]
    is_plain = all(value is not None and not isinstance(value, list | Mapping) for value in found)
    return is_plain and len({str(value) for value in found}) == len(items)


def _in_order(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[Any]:
    gone = defaultdict(list)
    last = None
    for key in old:
        if key in new:
            last = key
        else:
            gone[last].append(key)
    yield from gone[None]
    for key in new:
        yield key
        yield from gone[key]


def words(change: Change) -> str:
    """A change as one sentence without a full stop, such as "KPI in-time: target of band Good raised from 90 to 95"."""
    phrases = _phrases(change.path)
    if change.is_target:
        phrases[-1] = "target"
    if len(change.path) == 1:
        phrases = ["agreement", *phrases]
    subject, inner = phrases[0], " of ".join(reversed(phrases[1:]))
    head = subject[:1].upper() + subject[1:]
    return f"{head}: {inner} {_event(change)}" if inner else f"{head} {_event(change)}"


def _phrases(path: tuple[str, ...]) -> list[str]:
    """The path in words, from the outside in."""
    if not path:
        return []
    if path[0] in _PARTS and len(path) > 1:
        return [_PARTS[path[0]].format(_shown(path[1])), *_phrases(path[2:])]
    return [_word(path[0]), *_phrases(path[1:])]


def _word(field: str) -> str:
    return _WORDS.get(field, field.replace("_", " "))


def _event(change: Change) -> str:
    if change.kind is ChangeKind.CHANGED:
        return _move(change.before, change.after)
    if change.kind is ChangeKind.REMOVED:
        return "removed" if isinstance(change.before, Mapping) else f"removed (was {_shown(change.before)})"
    if not isinstance(change.after, Mapping):
        return f"set to {_shown(change.after)}"
    detail = _detail(change.path, change.after)
    return f"added ({detail})" if detail else "added"


def _detail(path: tuple[str, ...], value: Mapping[str, Any]) -> str:
    """What to tell of an added part: its name where it goes by something shorter, else what it says if that is little.

    The parts of the document's sections, such as KPIs and sources, say too much for a sentence.
    """
    name = str(value.get("name", ""))
    if name and name != path[-1]:
        return name
    told = {field: part for field, part in value.items() if field not in _LABELS or str(part) != path[-1]}
    return _shown(told) if len(path) > 2 else ""


def _move(before: Any, after: Any) -> str:
    if _is_number(before) and _is_number(after):
        return f"{'raised' if after > before else 'lowered'} from {_shown(before)} to {_shown(after)}"
    if isinstance(before, list) and isinstance(after, list):
        events = [f"{_shown(item)} added" for item in after if item not in before]
        events += [f"{_shown(item)} removed" for item in before if item not in after]
        if events:
            return f"changed ({', '.join(events)})"
    return f"changed from {_enclosed(before)} to {_enclosed(after)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """A value as people write it; text of several words in quotes, so that it is seen where it ends."""
    match _said(value):
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case str():
            return _quoted(" ".join(value.split()))
        case list():
            return ", ".join(map(_enclosed, value))
        case Mapping():
            return ", ".join(f"{_word(str(field))} {_enclosed(part)}" for field, part in value.items())
    return str(value)


def _enclosed(value: Any) -> str:
    return f"({_shown(value)})" if isinstance(value, Mapping) else _shown(value)


def _quoted(text: str) -> str:
    if text and " " not in text:
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"
