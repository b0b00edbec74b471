"""Fields of a part of the agreement's document: how a form shows a value, and what of it was changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms

_NUMBER = r"^[+-]?[0-9]{1,12}(\.[0-9]{1,9})?$"


class NumberField(forms.RegexField):
    """A number as the document writes it: whole where it is whole."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_NUMBER, error_messages={"invalid": "Write a number such as 95 or 99.5."}, **kwargs)
        self.widget.attrs |= {"inputmode": "decimal"}

    def clean(self, value: Any) -> Any:
        """The number, None where the field is empty."""
        text = super().clean(value)
        return None if not text else float(text) if "." in text else int(text)


class LinesField(forms.CharField):
    """Several texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=5000, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The texts as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The texts as a list."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class PartForm(forms.Form):
    """Some fields of a part of the document; what it does not show stays as it is.

    `places` says where a field stands in the part when that is not under its own name.
    """

    places: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, *args: Any, part: Mapping[str, Any], **kwargs: Any) -> None:
        found = {name: value_at(part, self.place(name)) for name in self.base_fields}
        kwargs["initial"] = {name: value for name, value in found.items() if value is not None}
        super().__init__(*args, **kwargs)
        self.part = part
        self.unusual = [name for name, value in found.items() if not fits(self.fields[name], value)]
        for name in self.unusual:
            del self.fields[name]
        for name, field in self.fields.items():
            _keep_choice(field, found[name])

    @classmethod
    def place(cls, name: str) -> tuple[str, ...]:
        """Where a field stands in the part."""
        return cls.places.get(name, (name,))

    def value(self) -> dict[str, Any]:
        """The part with what was filled in; a field that was left as it was changes nothing."""
        part: dict[str, Any] = dict(self.part)
        for name in self.fields:
            given = self.cleaned_data.get(name)
            if not is_same(self.fields[name], given, value_at(self.part, self.place(name))):
                part = placed(part, self.place(name), given)
        return part

    def field_at(self, path: Sequence[str]) -> str | None:
        """The field that a fault at a place of the part belongs to."""
        asked = tuple(path)
        return next((name for name in self.fields if _begins_alike(self.place(name), asked)), None)


class RowForm(PartForm):
    """One item of a short list, in a line of a table."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs |= {"aria-label": str(field.label or ""), "class": kind}
            if isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "form-check-input"


def _begins_alike(place: tuple[str, ...], path: tuple[str, ...]) -> bool:
    shorter = min(len(place), len(path))
    return bool(shorter) and place[:shorter] == path[:shorter]


def value_at(part: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What stands at a place of a part; None where nothing does."""
    found: Any = part
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def placed(part: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """The part with a value put in its place; nothing removes what stands there."""
    step, rest = path[0], path[1:]
    inner = part.get(step)
    found = placed(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else _nothing(value)
    return {**part, step: found} if found not in (None, {}) else {key: one for key, one in part.items() if key != step}


def _nothing(value: Any) -> Any:
    return None if value is False or value in ("", []) else value


def is_same(field: forms.Field, given: Any, old: Any) -> bool:
    """Whether a field was left as it was: empty fields say nothing, and a number in quotes is the number.

    Ticked choices have no order; lines have one, such as that in which ways to write a time are tried.
    """
    given, old = _nothing(given), _nothing(old)
    if isinstance(given, list) and isinstance(old, list):
        ordered = sorted if isinstance(field, forms.MultipleChoiceField) else list
        return ordered(map(str, given)) == ordered(str(one).strip() for one in old)
    return bool(given == old) or (given is not None and old is not None and str(given) == str(old).strip())


def _keep_choice(field: forms.Field, value: Any) -> None:
    """Offer what the document says also where it is none of the choices, so that saving does not take it out."""
    if value is None or isinstance(field, forms.MultipleChoiceField) or not isinstance(field, forms.ChoiceField):
        return
    if not field.valid_value(value):
        choices: Any = field.choices
        field.choices = [*choices, (str(value), f"{value} (as written)")]


def fits(field: forms.Field, value: object) -> bool:
    """Whether a form can show a value of the document."""
    if value is None:
        return True
    if isinstance(field, LinesField | forms.MultipleChoiceField):
        return isinstance(value, list) and all(isinstance(one, str | int) for one in value)
    if isinstance(field, forms.BooleanField):
        return isinstance(value, bool)
    return isinstance(value, str | int | float | date) and not isinstance(value, bool)
