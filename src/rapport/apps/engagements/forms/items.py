"""An item of an agreement's document as one page of forms, and new items."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import slugify

from rapport.apps.engagements.forms.fields import PartForm, RowForm, fits
from rapport.apps.engagements.forms.parts import FORMS

if TYPE_CHECKING:
    from rapport.engine.document import Fault

    _RowsBase = forms.BaseFormSet[RowForm]
else:
    _RowsBase = forms.BaseFormSet

_KIND_WORDS = {
    "share_within_limit": "share within the limit of a clock, in percent",
    "elapsed_time": "time on a clock, in hours",
    "backlog_age": "age of what is open when the period ends",
    "reopen_rate": "share that was opened again",
    "first_time_right": "share that was right the first time",
    "count": "number of records",
    "share": "share of records for which a condition holds",
    "mean": "mean of a column",
    "sum": "sum of a column",
    "reported": "a value that somebody reports",
}
_ON_CLOCKS = ("share_within_limit", "elapsed_time", "backlog_age", "reopen_rate", "first_time_right")
_ON_COLUMNS = {"share": "condition", "mean": "field", "sum": "field", "reported": "value"}


class ItemForm:
    """One item of a section of the document: its fields, and its short lists in tables."""

    def __init__(self, section: str, document: Mapping[str, Any], part: Mapping[str, Any], given: Any = None) -> None:
        form, tables = FORMS[section]
        self.main = form(given, part=part)
        self.tables: dict[str, _Rows] = {}
        self.unusual = list(self.main.unusual)
        for name, (row, _) in tables.items():
            if _has_rows(part.get(name), row):
                rows: Any = forms.formset_factory(
                    row, formset=_Rows, extra=1, can_delete=True, can_delete_extra=False, max_num=60
                )
                self.tables[name] = rows(given, prefix=name, parts=part.get(name) or [])
            else:
                self.unusual.append(name)
        shown = {form.place(name)[0] for name in form.base_fields} | set(tables)
        self.rest = [name for name in part if name not in shown and name != "id"]
        _offer_parts(self.main, document)

    @property
    def titled_tables(self) -> list[tuple[str, Any]]:
        """The tables with what they are called."""
        titles = {name: title for _, tables in FORMS.values() for name, (_, title) in tables.items()}
        return [(titles[name], rows) for name, rows in self.tables.items()]

    @property
    def errors(self) -> bool:
        """Whether something is to be mended."""
        return bool(self.main.errors) or any(not rows.is_valid() for rows in self.tables.values() if rows.is_bound)

    def is_valid(self) -> bool:
        """Whether every field can be read."""
        return all([self.main.is_valid(), *(rows.is_valid() for rows in self.tables.values())])

    def value(self) -> dict[str, Any]:
        """The item with what was filled in."""
        part = self.main.value()
        for name, rows in self.tables.items():
            found = [row.value() for row in rows.kept()]
            if found:
                part[name] = found
            else:
                part.pop(name, None)
        return part

    def show(self, faults: "Sequence[Fault]", item: str) -> None:
        """Show the faults of this item at their fields, and those that belong to none of them above the form."""
        for fault in faults:
            path = fault.path.removeprefix(item).removeprefix(".").split(".")
            self._show(path, f"Seen {fault.seen}; expected {fault.expected}. {fault.mend}")

    def _show(self, path: Sequence[str], sentence: str) -> None:
        rows = self.tables.get(path[0])
        if rows is None:
            field = self.main.field_at(path)
            named = f"{'.'.join(path).capitalize()}: {sentence}" if any(path) else sentence
            self.main.add_error(field, sentence if field else named)
            return
        kept = rows.kept()
        if len(path) > 1 and path[1].isdecimal() and int(path[1]) < len(kept):
            row = kept[int(path[1])]
            row.add_error(row.field_at(path[2:]), sentence)
        else:
            self.main.add_error(None, f"{path[0].capitalize()}: {sentence}")


class AddKpiForm(forms.Form):
    """The start of a new KPI of a chosen kind; everything else is filled in afterwards."""

    name = forms.CharField(max_length=200, help_text="Such as “Tickets closed within the limit of their priority”.")
    kind = forms.ChoiceField(label="What is measured", choices=list(_KIND_WORDS.items()))
    clock = forms.ChoiceField(required=False, help_text="For everything about time and about opening again.")
    source = forms.ChoiceField(required=False, label="Records", help_text="For everything else.")
    what = forms.CharField(
        required=False, max_length=4000, label="Condition or column",
        help_text="The condition of a share, the column of a mean, a sum or a reported value.",
    )  # fmt: skip

    def __init__(self, *args: Any, document: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document = document
        for name, section in (("clock", "clocks"), ("source", "sources")):
            _choose(self.fields[name], [(key, key.replace("_", " ")) for key in _group(document, section)], "none")

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen kind needs."""
        given = super().clean() or {}
        needed = "clock" if given.get("kind") in _ON_CLOCKS else "source"
        if not given.get(needed):
            self.add_error(needed, f"Choose a {needed} to measure with.")
        if given.get("kind") in _ON_COLUMNS and not given.get("what"):
            self.add_error("what", "Write what is looked at in each record.")
        return given

    def value(self) -> dict[str, Any]:
        """A KPI that says what its kind needs, with a target to be changed."""
        given, kind = self.cleaned_data, self.cleaned_data["kind"]
        on = {"clock": given["clock"]} if kind in _ON_CLOCKS else {"source": given["source"]}
        more = {_ON_COLUMNS[kind]: given["what"]} if kind in _ON_COLUMNS else {}
        is_lower = kind in ("elapsed_time", "backlog_age", "reopen_rate")
        return {
            "name": given["name"], "kind": kind, **on, **more,
            "period": {"kind": "month", "by": "start" if kind in _ON_CLOCKS else self._moment_of(given["source"])},
            "direction": "lower" if is_lower else "higher",
            "bands": [{"name": "Poor", "score": 0}, {"name": "Good", "edge": 10 if is_lower else 90, "score": 100,
                                                     "target": True}],
        }  # fmt: skip

    def _moment_of(self, source: str) -> str:
        """The column that most likely says when a record counts."""
        read = _group(_group(self.document, "sources"), source)
        types = {
            name: column.get("type") if isinstance(column, Mapping) else column
            for name, column in _group(read, "columns").items()
        }
        moments = [name for name, kind in types.items() if kind in ("time", "date")]
        return str(read.get("opened") or next(iter(moments), "day"))


def with_id(part: Mapping[str, Any], others: Sequence[Any]) -> dict[str, Any]:
    """A new item with an id made from its name that no other has."""
    stem = slugify(str(part.get("name", "")))[:70] or "new"
    taken = {str(item.get("id")) for item in others if isinstance(item, Mapping)}
    found = next(name for name in [stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))] if name not in taken)
    return {"id": found, **part}


class _Rows(_RowsBase):
    """A short list in a table, with empty rows below."""

    def __init__(self, *args: Any, parts: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        self.parts = parts
        kwargs["initial"] = [{} for _ in parts]
        super().__init__(*args, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """The item of the list that a row shows."""
        is_there = index is not None and index < len(self.parts)
        return {**super().get_form_kwargs(index), "part": self.parts[index] if index is not None and is_there else {}}

    def kept(self) -> list[RowForm]:
        """The rows that are to stay, in their order."""
        gone = set(map(id, self.deleted_forms))
        return [
            row for place, row in enumerate(self.forms)
            if id(row) not in gone and (place < len(self.parts) or row.has_changed())
        ]  # fmt: skip


def _has_rows(value: object, row: type[RowForm]) -> bool:
    """Whether a list has the shape of a table."""
    if value is None:
        return True
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return False
    return all(fits(field, item.get(name)) for item in value for name, field in row.base_fields.items())


def _offer_parts(form: PartForm, document: Mapping[str, Any]) -> None:
    """Let the fields of a form choose among the parts of the document."""
    offered = {
        "need": list(_named(document, "needs")),
        "objective": list(_named(document, "objectives")),
        "kpi": list(_named(document, "kpis")),
        "calendar": [(key, key) for key in _group(document, "calendars")],
        "relieves": [
            (key, key.replace("_", " "))
            for key, clock in _group(document, "clocks").items()
            if isinstance(clock, Mapping) and clock.get("relief")
        ],
        "levels": [(str(level), f"Level {level}: {names}") for level, names in _levels(document).items()],
    }
    offered |= {"objectives": offered["objective"], "kpis": offered["kpi"]}
    for name, choices in offered.items():
        if name in form.fields and isinstance(form.fields[name], forms.ChoiceField):
            now = form.initial.get(name)
            there = {key for key, _ in choices}
            missing = [str(one) for one in (now if isinstance(now, list) else [now]) if one and str(one) not in there]
            _choose(
                form.fields[name],
                [*choices, *((one, f"{one} (not there)") for one in missing)],
                _NONE.get(name, "none"),
            )


_NONE = {"calendar": "around the clock"}


def _choose(field: forms.Field, choices: Sequence[tuple[str, str]], nothing: str) -> None:
    assert isinstance(field, forms.ChoiceField)
    is_list = isinstance(field, forms.MultipleChoiceField)
    field.choices = list(choices) if is_list or field.required else [("", nothing), *choices]


def _named(document: Mapping[str, Any], section: str) -> Iterator[tuple[str, str]]:
    items = document.get(section)
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping) and item.get("id"):
            yield str(item["id"]), str(item.get("name") or item["id"])


def _group(document: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found = document.get(section)
    return found if isinstance(found, Mapping) else {}


def _levels(document: Mapping[str, Any]) -> dict[int, str]:
    needs = document.get("needs")
    found: dict[int, str] = {}
    for need in needs if isinstance(needs, list) else ():
        if isinstance(need, Mapping) and isinstance(need.get("level"), int):
            found[need["level"]] = "; ".join(filter(None, (found.get(need["level"]), str(need.get("name", "")))))
    return dict(sorted(found.items()))
