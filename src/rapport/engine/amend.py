"""Changing single parts of an agreement's YAML text, so that comments and all else stay as they were written.

What changes is the smallest item of the document that holds the difference: its lines alone are read and written anew
by a YAML writer that keeps comments; every other line stays byte for byte.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from rapport.engine.document import DocumentError, digest_of, read_data, read_nodes

Path = tuple[int | str, ...]
_WIDE = 100_000
_LABELS = ("id", "name", "until")


class AmendError(ValueError):
    """A text that cannot be changed this way; its message is a sentence for the person who tried."""


def amended(text: str, path: Path, value: Any) -> str:
    """The text of an agreement with the value at `path` replaced; None removes it, and a list with its last item.

    A path one past the end of a list appends to it; sections that are missing are begun at the end of the text.

    Raises:
        DocumentError: the text is no YAML.
        AmendError: its layout does not allow the change.
    """
    old = read_data(text)
    if value is None and isinstance(path[-1], int) and len(_at(old, path[:-1])) == 1:
        path = path[:-1]
    new = _with(old, path, value)
    for place, part in _edits((), old, new):
        text = _edited(text, place, part)
    if not _says(text, new):
        raise AmendError("This change cannot be made in a form; make it in the text.")
    return text


def _edits(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any]]:
    """The smallest changes that lead from one state of the data to another, None for a part that goes."""
    if digest_of(old) == digest_of(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from (((*path, key), None) for key in old if key not in new)
        for key, value in new.items():
            yield from _edits((*path, key), old.get(key), value)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, value in enumerate(new):
            yield from _edits((*path, place), old[place], value)
    elif isinstance(old, list) and isinstance(new, list) and old and new:
        yield from _edits_of_list(path, old, new)
    else:
        yield path, new


def _edits_of_list(path: Path, old: list[Any], new: list[Any]) -> Iterator[tuple[Path, Any]]:
    """Items that came at the end of a list or went; the list as a whole where more than that happened."""
    before, after = [digest_of(item) for item in old], [digest_of(item) for item in new]
    gone = [place for place, item in enumerate(before) if item not in after]
    kept = [item for item in before if item in after]
    if after[: len(kept)] != kept or (gone and len(after) > len(kept)):
        yield path, new
        return
    yield from (((*path, place), None) for place in reversed(gone))
    yield from (((*path, place), new[place]) for place in range(len(kept), len(new)))


def _edited(text: str, path: Path, value: Any) -> str:
    """The text with one change, made as far inside as its layout allows."""
    old = read_data(text)
    new = _with(old, path, value)
    changed = _scalar_replaced(text, path, value) if _has(old, path) else None
    if changed is not None and _says(changed, new):
        return changed
    for depth in range(len(path), -1, -1):
        changed = _attempt(text, path[:depth], old, new)
        if changed is not None and _says(changed, new):
            return changed
    raise AmendError("The layout of this text does not allow the change in a form; make it in the text.")


def _scalar_replaced(text: str, path: Path, value: Any) -> str | None:
    """The text with a value on one line replaced where it stands; None where one of the two is more than that."""
    nodes = [read_nodes(text)]
    for step in path:
        nodes.append(_child(nodes[-1], step)[1])
    node, is_flow = nodes[-1], any(map(_is_flow_node, nodes[:-1]))
    is_simple = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">") and node.value
    if not is_simple or not isinstance(value, str | int | float | date) or "\n" in str(value):
        return None
    written = _dumped(_writer((2, 2)), _styled(CommentedMap({"k": _fresh(value, is_flow=is_flow)}), is_flow)).strip()
    written = written.removeprefix("{k: ").removesuffix("}") if is_flow else written.removeprefix("k: ")
    lines = text.split("\n")
    begin, end = node.start_mark, node.end_mark
    if begin.line != end.line:
        return None
    line = lines[begin.line]
    lines[begin.line] = line[: begin.column] + written + line[end.column :]
    return "\n".join(lines)


def _says(text: str, data: Any) -> bool:
    try:
        return digest_of(read_data(text)) == digest_of(data)
    except DocumentError:
        return False


def _attempt(text: str, path: Path, old: Any, new: Any) -> str | None:
    """The text with the part at a path written anew; None where the part has no lines of its own."""
    lines = text.split("\n")
    is_there, is_wanted = _has(old, path), _has(new, path)
    if not path:
        return _rewritten(text, _indents(text), old, new)
    if not is_there:
        return _inserted(text, lines, path, old, new)
    span = _lines_of(text, path)
    if span is None:
        return None
    first, last, column = span
    if not is_wanted:
        return "\n".join([*lines[:first], *lines[last + 1 :]])
    indents = _indents(text)
    cut = max(column - indents[1], 0) if isinstance(path[-1], int) else column
    part = "\n".join(line[min(cut, len(line) - len(line.lstrip())) :] for line in lines[first : last + 1])
    wrap = [_at(old, path)], [_at(new, path)]
    if isinstance(path[-1], str):
        wrap = {path[-1]: _at(old, path)}, {path[-1]: _at(new, path)}  # type: ignore[assignment]
    done = _rewritten(part, indents, *wrap)
    return None if done is None else _spliced(lines, first, last + 1, done, column)


def _inserted(text: str, lines: list[str], path: Path, old: Any, new: Any) -> str | None:
    """A new item after the last line of the list or the section it belongs to."""
    parent = path[:-1]
    if not _has(old, parent) or not _at(old, parent):
        return None
    node = _node(text, parent)
    if _is_flow_node(node):
        return None
    value, step = _at(new, path), path[-1]
    item = _fresh(value, is_flow=_has_flow_items(node) or (isinstance(step, str) and _is_small(value)))
    fresh = CommentedSeq([item]) if isinstance(step, int) else CommentedMap({step: item})
    gap = [] if parent else [""]
    lines[_last_line(node) + 1 : _last_line(node) + 1] = gap
    place = _last_line(node) + 1 + len(gap)
    return _spliced(lines, place, place, _dumped(_writer(_indents(text)), fresh), node.start_mark.column)


def _spliced(lines: Sequence[str], first: int, end: int, part: str, column: int) -> str:
    fresh = part.rstrip("\n").split("\n")
    lead = len(fresh[0]) - len(fresh[0].lstrip())
    placed = [" " * column + line[min(lead, len(line) - len(line.lstrip())) :] if line else "" for line in fresh]
    return "\n".join([*lines[:first], *placed, *lines[end:]])


def _rewritten(part: str, indents: tuple[int, int], old: Any, new: Any) -> str | None:
    """A part read with its comments, made to say what is wanted where it does not, and written."""
    writer = _writer(indents)
    try:
        loaded = writer.load(part)
    except YAMLError:
        return None
    if not isinstance(loaded, CommentedMap | CommentedSeq):
        return None
    _merge(loaded, old, new)
    return _dumped(writer, loaded)


def _merge(node: Any, old: Any, new: Any) -> None:
    if isinstance(node, CommentedMap):
        _merge_group(node, old, new)
    else:
        _merge_list(node, list(old), new)


def _merge_group(node: CommentedMap, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    keys = {str(key): key for key in node}
    for name in [name for name in old if name not in new]:
        del node[keys.get(name, name)]
    for name, value in new.items():
        key = keys.get(name, name)
        if name in old and digest_of(old[name]) == digest_of(value):
            continue
        if name in old and _can_merge(node.get(key), old[name], value):
            _merge(node[key], old[name], value)
        else:
            node[key] = _fresh(value, is_flow=True if node.fa.flow_style() else _is_small(value))


def _merge_list(node: CommentedSeq, old: list[Any], new: Sequence[Any]) -> None:
    label = _label(old, new)
    for place in reversed(range(len(old))):
        is_kept = label and any(item[label] == old[place][label] for item in new)
        if len(old) > len(new) and not is_kept:
            del node[place], old[place]
    del node[len(new) :], old[len(new) :]
    is_flow = bool(node.fa.flow_style()) or all(_is_flow(item) for item in node)
    for place, value in enumerate(new):
        if place >= len(old):
            node.append(_fresh(value, is_flow=is_flow))
        elif digest_of(old[place]) != digest_of(value):
            if _can_merge(node[place], old[place], value):
                _merge(node[place], old[place], value)
            else:
                node[place] = _fresh(value, is_flow=is_flow)


def _label(old: Sequence[Any], new: Sequence[Any]) -> str | None:
    """What tells the items of a list apart, in both of its states."""
    items = [*old, *new]
    return next((label for label in _LABELS if all(isinstance(one, Mapping) and label in one for one in items)), None)


def _can_merge(node: Any, old: Any, new: Any) -> bool:
    pairs = ((CommentedMap, Mapping), (CommentedSeq, list))
    is_filled = bool(old)
    return is_filled and any(
        isinstance(node, kept) and isinstance(old, plain) and isinstance(new, plain) for kept, plain in pairs
    )


def _fresh(value: Any, *, is_flow: bool) -> Any:
    """A new value as the writer takes it: texts that YAML would take for something else in quotes."""
    if isinstance(value, Mapping):
        group = CommentedMap((key, _fresh(part, is_flow=is_flow or _is_small(part))) for key, part in value.items())
        return _styled(group, is_flow)
    if isinstance(value, list):
        is_inner_flow = is_flow or all(map(_is_small, value))
        return _styled(CommentedSeq(_fresh(part, is_flow=is_inner_flow) for part in value), is_flow)
    if isinstance(value, str):
        return _text(value, is_flow)
    return value


def _styled(node: Any, is_flow: bool) -> Any:
    if is_flow or not node:
        node.fa.set_flow_style()
    else:
        node.fa.set_block_style()
    return node


def _text(value: str, is_flow: bool) -> Any:
    if "\n" in value:
        return DoubleQuotedScalarString(value) if is_flow else LiteralScalarString(value)
    try:
        is_plain = yaml.safe_load(value) == value
    except yaml.YAMLError:
        return value
    return value if is_plain else DoubleQuotedScalarString(value)


def _is_small(value: Any) -> bool:
    """Whether a value reads well on one line."""
    if isinstance(value, Mapping):
        return len(str(value)) < 90 and not any(isinstance(part, Mapping) for part in value.values())
    return isinstance(value, list) and len(str(value)) < 90 and not any(isinstance(part, Mapping) for part in value)


def _is_flow(item: Any) -> bool:
    return isinstance(item, CommentedMap | CommentedSeq) and bool(item.fa.flow_style())


def _writer(indents: tuple[int, int]) -> YAML:
    mapping, offset = indents
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = _WIDE
    writer.indent(mapping=mapping, sequence=offset + 2, offset=offset)
    writer.brace_single_entry_mapping_in_flow_sequence = True
    return writer


def _dumped(writer: YAML, data: Any) -> str:
    out = StringIO()
    writer.dump(data, out)
    return out.getvalue()


def _indents(text: str) -> tuple[int, int]:
    """How far groups and the dashes of lists are indented in a text."""
    mapping, offset = 2, 2
    left = [read_nodes(text)]
    while left:
        node = left.pop()
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            depth = value.start_mark.column - key.start_mark.column
            if isinstance(value, yaml.SequenceNode) and not value.flow_style and value.value:
                offset = depth
            if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
                mapping = depth
            left.append(value)
        left += node.value if isinstance(node, yaml.SequenceNode) else []
    return mapping, offset


def _node(text: str, path: Path) -> yaml.Node:
    node = read_nodes(text)
    for step in path:
        node = _child(node, step)[1]
    return node


def _child(node: yaml.Node, step: int | str) -> tuple[yaml.Node, yaml.Node]:
    """Where a part begins, and the part."""
    if isinstance(node, yaml.MappingNode):
        return next((key, value) for key, value in node.value if key.value == step)
    return (node.value[step], node.value[step])


def _lines_of(text: str, path: Path) -> tuple[int, int, int] | None:
    """The first and the last line of a part and the column it begins in; None where it shares a line with others."""
    parent = _node(text, path[:-1])
    if _is_flow_node(parent):
        return None
    begin, part = _child(parent, path[-1])
    column, first = parent.start_mark.column, begin.start_mark.line
    line = text.split("\n")[first]
    is_own = line[:column].strip() == "" and (isinstance(path[-1], str) or line[column : column + 1] == "-")
    return (first, max(first, _last_line(part)), column) if is_own else None


def _last_line(node: yaml.Node) -> int:
    """The last line that belongs to a part, comments below it apart."""
    if isinstance(node, yaml.ScalarNode):
        if node.style in ("|", ">"):
            return node.start_mark.line + max(node.end_mark.line - node.start_mark.line - 1, 0)
        return int(node.end_mark.line if node.value or node.style else node.start_mark.line)
    if _is_flow_node(node) or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    if isinstance(node, yaml.MappingNode):
        key, value = last
        is_empty = isinstance(value, yaml.ScalarNode) and not value.value and not value.style
        return int(key.end_mark.line) if is_empty else _last_line(value)
    return _last_line(last)


def _has_flow_items(node: yaml.Node) -> bool:
    """Whether the items of a list, such as it has, each stand on one line."""
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return bool(items) and all(isinstance(one, yaml.CollectionNode) and _is_flow_node(one) for one in items)


def _is_flow_node(node: yaml.Node) -> bool:
    """Whether a group or a list is written in braces or brackets."""
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _has(data: Any, path: Path) -> bool:
    for step in path:
        is_there = step in data if isinstance(data, Mapping) else isinstance(data, list) and _in(step, data)
        if not is_there:
            return False
        data = data[step]
    return True


def _in(step: int | str, items: Sequence[Any]) -> bool:
    return isinstance(step, int) and 0 <= step < len(items)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _with(data: Any, path: Path, value: Any) -> Any:
    """The data with another value at a path."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(data or [])
        part = _with(items[step] if step < len(items) else None, rest, value)
        return [*items[:step], *([] if part is None else [part]), *items[step + 1 :]]
    part = _with((data or {}).get(step), rest, value)
    return {**(data or {}), step: part} if part is not None else {k: v for k, v in (data or {}).items() if k != step}
