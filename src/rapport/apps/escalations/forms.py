"""What people fill in about escalations, and about their absences."""

from typing import Any

from django import forms

from rapport.apps.accounts.models import Person
from rapport.apps.escalations.models import LONGEST_TEXT
from rapport.apps.escalations.queries import possible_deputies
from rapport.kit.fields import DayField

_SOME_LINES = {"rows": 3}


class StartForm(forms.Form):
    """Why an issue is to climb, and how much is at stake."""

    reason = forms.CharField(
        max_length=LONGEST_TEXT, widget=forms.Textarea(attrs=_SOME_LINES), label="Why it climbs",
        help_text="The other side reads it, and so does each level it comes to.",
    )  # fmt: skip
    amount = forms.DecimalField(
        required=False, min_value=0, max_digits=14, decimal_places=2, label="Amount to approve",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="It enters at the first level that may approve it.",
    )  # fmt: skip


class _Step(forms.Form):
    """A step with an escalation as it was read."""

    turn = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class AnswerForm(_Step):
    """What the side that is asked answers."""

    text = forms.CharField(
        max_length=LONGEST_TEXT, widget=forms.Textarea(attrs=_SOME_LINES), label="Answer",
        help_text="Both sides read it. Say what is done, by whom and by when.",
    )  # fmt: skip


class AcceptForm(_Step):
    """That an answer settles the matter."""


class ReasonForm(_Step):
    """Why a step is taken."""

    reason = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs=_SOME_LINES), label="Why")


class _Name(forms.ModelChoiceField):  # type: ignore[type-arg]  # which Django has at check time only
    """Somebody as their name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class AbsenceForm(forms.Form):
    """When somebody is away, and who acts for them."""

    first_on = DayField(label="First day")
    last_on = DayField(label="Last day")
    deputy = _Name(Person.objects.none(), required=False, empty_label="nobody", label="Who acts meanwhile")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deputy = self.fields["deputy"]
        assert isinstance(deputy, forms.ModelChoiceField)
        deputy.queryset = possible_deputies(person)
