"""A part of an agreement's text changes, and every other line stays byte for byte."""

import copy
import json
from pathlib import Path

import pytest

from rapport.engine.amend import amended
from rapport.engine.document import DocumentError, read_data

CLI = Path(__file__).parents[2] / "src" / "rapport" / "cli"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in CLI.rglob("*.yaml")}
TEXT = """\
# what this is
title: Desk # said briefly
kpis:
- id: quick
  name: 'Handled: quickly'
  bands: [{name: Poor},   {name: Good, edge: 90}] # two
  # about the minimum
  minimum: 80
  note: |
    one

    two
- id: other
  name: Other
# before the parties

parties: {client: {name: A}}
"""


def parts_of(data):
    """Every item of every list of groups, and every field of the document."""
    for section, value in data.items():
        yield (section,)
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            yield from ((section, place) for place in range(len(value)))


def at(data, path):
    for step in path:
        data = data[step]
    return data


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_each_item_of_each_text_can_be_changed_alone(name):
    text, data = TEXTS[name], read_data(TEXTS[name])
    for path in parts_of(data):
        item = at(data, path)
        if not isinstance(item, dict) or "name" not in item:
            continue
        changed = amended(text, path, {**item, "name": "Another name"})
        before, after = text.split("\n"), changed.split("\n")
        lines = [new for old, new in zip(before, after, strict=True) if old != new]
        assert len(lines) == 1, (path, lines)
        assert at(read_data(changed), path)["name"] == "Another name"


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_each_part_of_each_text_can_be_removed(name):
    text, data = TEXTS[name], read_data(TEXTS[name])
    for path in parts_of(data):
        left = amended(text, path, None)
        kept = copy.deepcopy(data)
        is_last = len(path) > 1 and len(data[path[0]]) == 1
        gone = path[:-1] if is_last else path
        del at(kept, gone[:-1])[gone[-1]]
        assert read_data(left) == kept
        assert set(left.split("\n")) <= set(text.split("\n"))


def test_same_value_changes_nothing():
    assert amended(TEXT, ("kpis", 0), read_data(TEXT)["kpis"][0]) == TEXT


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("kpis", 0, "minimum"), 81.5, "minimum: 80", "minimum: 81.5"),
        (("kpis", 0, "weight"), 2, "    two\n", "    two\n  weight: 2\n"),
        (("kpis", 1), None, "- id: other\n  name: Other\n", ""),
        (("kpis", 2), {"id": "third", "on": "yes"}, "name: Other\n", 'name: Other\n- id: third\n  on: "yes"\n'),
        (("parties", "partner"), {"name": "B"}, "{client: {name: A}}", "{client: {name: A}, partner: {name: B}}"),
        (("title",), "2026-01-01", "Desk", '"2026-01-01"'),
        (("duties",), [{"id": "a"}], "{name: A}}\n", "{name: A}}\n\nduties:\n- id: a\n"),
    ],
)
def test_change_is_where_it_belongs(path, value, old, new):
    assert TEXT.count(old) == 1
    expected = TEXT.replace(old, new)
    assert read_data(amended(TEXT, path, value)) == read_data(expected)
    if path != ("duties",):
        assert amended(TEXT, path, value) == expected


def test_texts_on_one_line_and_with_aliases_can_be_changed():
    text = json.dumps({"kpis": [{"id": "a", "minimum": 1}]})
    assert read_data(amended(text, ("kpis", 0, "minimum"), 2)) == {"kpis": [{"id": "a", "minimum": 2}]}
    aliased = "a: &x {b: 1, c: 2}\ne:\n  <<: *x\n  f: 1 # kept\n"
    assert amended(aliased, ("e", "f"), 2) == aliased.replace("f: 1", "f: 2")


def test_text_that_is_no_yaml_is_refused():
    with pytest.raises(DocumentError):
        amended("a: [\n", ("a",), 1)
