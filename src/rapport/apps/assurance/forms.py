"""What people fill in about figures."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django import forms

from rapport.apps.assurance.models import LONGEST_REASON, Cause, Line
from rapport.apps.assurance.queries.books import Books, Measure
from rapport.apps.assurance.queries.values import value_of
from rapport.kit.uploads import DocumentField

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_CAUSES = [("", "not known"), *Cause.choices]


class ExactField(forms.CharField):
    """A number as people write it, kept exactly as it is written."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=30, **{"widget": widget} | kwargs)

    def clean(self, value: Any) -> Fraction | None:
        """The number, None where nothing is written."""
        text = super().clean(value).replace("\N{MINUS SIGN}", "-")
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise forms.ValidationError(
                f"“{text}” is no number that can be read for certain; write digits, with a point before decimals: 94.5."
            )
        return Fraction(text)


class FigureForm(forms.Form):
    """One side's own figure."""

    value = ExactField(label="Our figure")
    reason = forms.CharField(
        required=False, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        label="How it was measured",
    )  # fmt: skip
    evidence = DocumentField(required=False, hint="It is sealed together with the figure.")

    def __init__(self, *args: Any, measure: Measure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_unit(self, measure)


class FiguresForm(forms.Form):
    """The partner's figures of one period: a field for each line, prefilled where there is a computed value.

    What is left empty is not stated.
    """

    def __init__(self, *args: Any, kept: Books, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {line.kpi: line for line in lines}
        for line in lines:
            measure = kept.measure(line)
            known = value_of(line.partner)
            computed = measure.computed_text(kept.computed(line))
            self.fields[line.kpi] = ExactField(
                required=False,
                label=f"{measure.name}, {measure.unit}" if measure.unit else measure.name,
                initial=(measure.text(known) or computed or "").replace(",", ""),
                help_text=_source(known is not None, computed),
            )

    def figures(self) -> list[tuple[Line, Fraction]]:
        """The lines with the figures that were written, but for those that say what was stated before."""
        return [
            (line, value)
            for kpi, line in self.lines.items()
            if (value := self.cleaned_data[kpi]) is not None and value != value_of(line.partner)
        ]


class DisputeForm(forms.Form):
    """Why the other side's figure is contested."""

    reason = forms.CharField(
        max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}), label="What is wrong with it"
    )
    cause = forms.ChoiceField(choices=_CAUSES, required=False, label="Cause of the difference")
    evidence = DocumentField(required=False, hint="Both sides see it.")


class OfferForm(forms.Form):
    """A value to settle on."""

    value = ExactField(label="Value we would settle on")
    reason = forms.CharField(max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}), label="Why")
    cause = forms.ChoiceField(choices=_CAUSES, required=False, label="Cause of the difference")
    evidence = DocumentField(required=False, hint="Both sides see it.")

    def __init__(self, *args: Any, measure: Measure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_unit(self, measure)


def _name_unit(form: forms.Form, measure: Measure) -> None:
    if measure.unit:
        form.fields["value"].label = f"{form.fields['value'].label}, {measure.unit}"


def _source(is_stated: bool, computed: str | None) -> str:
    """Where the number in a field comes from."""
    if is_stated:
        return "Stated before; you may correct it while it is sealed." + (f" Computed: {computed}." if computed else "")
    return "Computed from the records." if computed else "There are no records to compute it from."
