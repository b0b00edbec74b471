"""What people fill in about issues."""

from datetime import date
from typing import Any

from django import forms

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.actions import Gap
from rapport.apps.issues.models import LONGEST_TEXT, LONGEST_TITLE, Issue
from rapport.apps.issues.queries import goals_of, workers
from rapport.domain.issues import DAYS_TO_MEND, Severity
from rapport.domain.roles import Side
from rapport.kit.fields import DayField
from rapport.kit.uploads import DocumentField

SEVERITIES = [
    (Severity.MINOR.value, "minor: a single lapse"),
    (Severity.MAJOR.value, "major: it keeps the work from reaching its result"),
    (Severity.OBSERVATION.value, "observation: nothing agreed is broken yet"),
]
_DAYS = ", ".join(f"{severity} {days}" for severity, days in DAYS_TO_MEND.items())


class RaiseForm(forms.Form):
    """What is off."""

    title = forms.CharField(max_length=LONGEST_TITLE, label="What is off, in a line")
    what = forms.CharField(
        required=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 4}), label="More about it",
        help_text="What happened, since when, and what it does harm to. Both sides read it.",
    )  # fmt: skip
    severity = forms.ChoiceField(choices=SEVERITIES, help_text="In doubt minor.")
    responsible = forms.ChoiceField(label="Who has to mend it")
    goal = forms.ChoiceField(required=False, label="Which goal it touches")
    due_on = DayField(required=False, label="To be mended by", help_text=f"Unless given, by severity in days: {_DAYS}.")

    def __init__(self, *args: Any, engagement: Engagement, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choose(
            self.fields["responsible"],
            [(Side.PARTNER.value, engagement.partner.name), (Side.CLIENT.value, "the client")],
        )
        choose(self.fields["goal"], [("", "none in particular"), *goals_of(engagement)])

    def clean_due_on(self) -> date | None:
        """Nothing is to have been mended already."""
        day: date | None = self.cleaned_data["due_on"]
        if day and day < self.today:
            raise forms.ValidationError("This day is over; choose one to come.")
        return day

    @property
    def gap(self) -> Gap:
        """The same for the action."""
        given = self.cleaned_data
        kind, _, goal = given["goal"].partition(":")
        return Gap(
            title=given["title"],
            what=given["what"],
            severity=Severity(given["severity"]),
            responsible=Side(given["responsible"]),
            objective=goal if kind == "objective" else "",
            kpi=goal if kind == "kpi" else "",
            due_on=given["due_on"],
        )


class ReasonForm(forms.Form):
    """Why a step is taken."""

    reason = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label


class DueForm(forms.Form):
    """By when an issue is to be mended, and the turn that was read."""

    due_on = DayField(label="To be mended by")
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, issue: Issue, actor: Person, **kwargs: Any) -> None:
        kwargs["initial"] = {"due_on": issue.due_on, "seen": issue.turn}
        super().__init__(*args, **kwargs)
        if issue.responsible == actor.side:
            self.fields["due_on"].help_text = f"An earlier day; the {actor.side.other} grants a later one."


class OwnerForm(forms.Form):
    """Who owns an issue on the reader's side."""

    owner = forms.ChoiceField(required=False, label="Owner on our side")

    def __init__(self, *args: Any, issue: Issue, actor: Person, **kwargs: Any) -> None:
        owner = issue.owner_of(actor.side)
        kwargs["initial"] = {"owner": owner.pk if owner else ""}
        super().__init__(*args, **kwargs)
        choose(self.fields["owner"], [("", "nobody"), *_named(issue.engagement, actor.side)])


class CommentForm(forms.Form):
    """Something to say, with a file or without."""

    text = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 3}), label="Comment")
    file = DocumentField(required=False)
    is_private = forms.BooleanField(required=False, label="Only for our side")


class TaskForm(forms.Form):
    """Something somebody of either side has to do."""

    what = forms.CharField(max_length=500, label="What is to be done")
    owner = forms.ChoiceField(label="By whom")
    due_on = DayField(label="By when")

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(side.value, _named(engagement, side)) for side in Side]
        choose(self.fields["owner"], [("", "choose one"), *people])


def choose(field: forms.Field, choices: list[Any]) -> None:
    """Give a field what there is to choose from."""
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _named(engagement: Engagement, side: Side) -> list[tuple[str, str]]:
    return [(str(person.pk), f"{person.name}, {person.role_words}") for person in workers(engagement, side)]
