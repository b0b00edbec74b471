"""What people fill in about meetings and reports."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from rapport.apps.accounts.models import Person
from rapport.apps.issues.forms import choose
from rapport.apps.meetings.actions.meetings import Present
from rapport.apps.meetings.actions.minutes import NewAction
from rapport.apps.meetings.models import LONGEST_LINE, LONGEST_NAME, LONGEST_TEXT, Meeting
from rapport.apps.meetings.queries import QUESTIONS, actions_of, decisions_of, invited, possible_owners, words_of
from rapport.apps.meetings.queries.template import LONGEST_ANSWER
from rapport.domain.roles import Side
from rapport.kit.fields import ClockField, DayField

_LONGEST_REASON = 1000


def _text(label: str, longest: int, rows: int = 3, **words: Any) -> forms.CharField:
    return forms.CharField(max_length=longest, widget=forms.Textarea(attrs={"rows": rows}), label=label, **words)


class People(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # which Django has at check time only
    """People to be marked as present."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Person.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """A person by name."""
        return str(obj.name)


class Written(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # which Django has at check time only
    """Decisions or actions, as they were written down, to be taken out."""

    def __init__(self, rows: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(rows, required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


class PointForm(forms.Form):
    """Something to talk about."""

    text = forms.CharField(max_length=LONGEST_LINE, label="Add to the agenda", help_text="Both sides see it.")


class MoveForm(forms.Form):
    """Another day or time for a meeting; the present ones are filled in."""

    to = DayField(label="Day")
    starts_at = ClockField(required=False, label="Begins at")
    reason = _text("Why", _LONGEST_REASON, 2, help_text="The other side reads it.")
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = {"to": meeting.planned_on, "starts_at": meeting.starts_at, "seen": meeting.turn}
        self.initial = {**now, **self.initial}
        self.fields["starts_at"].help_text = f"By the clocks of {meeting.zone}; on the whole day if empty."


class ReasonForm(forms.Form):
    """Why something is cancelled or sent back."""

    reason = _text("Why", _LONGEST_REASON, 2, help_text="The other side reads it.")


class PresentForm(forms.Form):
    """Who was there for each side."""

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side, people in invited(meeting).items():
            field = People(label=f"Present for the {side}")
            field.queryset = people
            self.fields[side.value] = field
            self.fields[f"{side.value}_others"] = forms.CharField(
                required=False, max_length=LONGEST_NAME, label=f"Others for the {side}",
                help_text="Names of people without an account here, with commas between them.",
            )  # fmt: skip

    def present(self) -> Present:
        """Who was there, by side."""
        return {side: [*self.cleaned_data[side.value], *self._others(side)] for side in Side}

    def _others(self, side: Side) -> list[str]:
        return [name for one in self.cleaned_data[f"{side.value}_others"].split(",") if (name := one.strip())]


class HoldForm(PresentForm):
    """On which day people met, and who was there."""

    on = DayField(label="Day")


class DraftForm(PresentForm):
    """What was said at a meeting, with a decision and an action to be added; all of it is saved together."""

    turn = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    text = _text("What was said", LONGEST_TEXT, 8, required=False)
    decision = forms.CharField(max_length=LONGEST_LINE, required=False, label="Decision to add")
    what = forms.CharField(max_length=LONGEST_LINE, required=False, label="What is to be done")
    owner = forms.ChoiceField(required=False, label="Who")
    due_on = DayField(required=False, label="By")

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, meeting=meeting, **kwargs)
        self.people = {str(one.pk): one for one in possible_owners(meeting)}
        named = [(key, f"{one.name}, {one.organisation.name}") for key, one in self.people.items()]
        choose(self.fields["owner"], [("", "choose one"), *named])
        self.fields["removed"] = Written(decisions_of(meeting), label="Remove from the decisions")
        self.fields["removed_actions"] = Written(actions_of(meeting), label="Remove from the actions")

    def clean(self) -> dict[str, Any]:
        """Say at the field what is missing of an action that was begun."""
        for name, missing in (("what", "Say what is to be done."), ("owner", "Choose who."), ("due_on", "Name a day.")):
            if self._has_action() and not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, missing)
        return self.cleaned_data

    def said(self) -> dict[str, Any]:
        """What to write down, as the action takes it."""
        given = {name: self.cleaned_data[name] for name in ("turn", "text", "decision", "removed", "removed_actions")}
        return given | {"present": self.present(), "action": self._action() if self._has_action() else None}

    def _has_action(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("what", "owner", "due_on"))

    def _action(self) -> NewAction:
        found = self.cleaned_data
        return NewAction(found["what"], self.people[found["owner"]], found["due_on"])


class AddresseeForm(forms.Form):
    """Who gets the mail links of a report."""

    name = forms.CharField(max_length=LONGEST_NAME, label="Name", help_text="Both companies read it.")
    email = forms.EmailField(max_length=254, label="E-mail address")


class ReportForm(forms.Form):
    """The questions a report answers."""

    def __init__(self, *args: Any, owed_by: Side, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            self.fields[question] = _text(words_of(question, owed_by), LONGEST_ANSWER, 4, required=False)


class LinkReportForm(ReportForm):
    """The same by mail link, where what is written can be saved first."""

    turn = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    field_order = (*QUESTIONS, "turn")
