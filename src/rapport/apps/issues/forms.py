"""What people fill in about issues."""

from collections.abc import Mapping, Set
from datetime import date
from typing import Any

from django import forms

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.issues.actions import Gap, Words
from rapport.apps.issues.models import LONGEST_TASK, LONGEST_TEXT, LONGEST_TITLE, Issue, Task
from rapport.apps.issues.queries import GOALS, goals_of, names_of_goals, workers
from rapport.apps.issues.queries.plans import is_corrected
from rapport.domain.issues import DAYS_TO_MEND, Severity
from rapport.domain.roles import Side
from rapport.domain.tasks import Change
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
    file = DocumentField(required=False, hint="Both sides find it under what was said.")

    def __init__(self, *args: Any, engagement: Engagement, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choose(
            self.fields["responsible"],
            [(Side.PARTNER.value, engagement.partner.name), (Side.CLIENT.value, "the client")],
        )
        choose(self.fields["goal"], [("", "none in particular"), *goals_of(names_of_goals(engagement))])

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
        return Gap(
            title=given["title"],
            what=given["what"],
            severity=Severity(given["severity"]),
            responsible=Side(given["responsible"]),
            due_on=given["due_on"],
            **_goal(given["goal"]),
        )


class WordsForm(forms.Form):
    """What an issue says, and the turn that was read."""

    title = forms.CharField(max_length=LONGEST_TITLE, label="What is off, in a line")
    what = forms.CharField(
        required=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 4}), label="More about it"
    )
    severity = forms.ChoiceField(choices=SEVERITIES)
    goal = forms.ChoiceField(required=False, label="Which goal it touches")
    reason = forms.CharField(
        required=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2}), label="Why",
        help_text="Needed where it is more or less serious than before.",
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, issue: Issue, names: Mapping[str, str], **kwargs: Any) -> None:
        goals = [(f"{kind}:{name}", name) for kind in GOALS if (name := getattr(issue, kind))]
        said = {"title": issue.title, "what": issue.what, "severity": issue.severity, "seen": issue.turn}
        kwargs["initial"] = said | {"goal": goals[0][0] if goals else ""}
        super().__init__(*args, **kwargs)
        if issue.cause or is_corrected(issue):  # what was begun for a goal keeps it
            del self.fields["goal"]
        else:
            kept = [goal for goal in goals if goal[0] not in names]
            choose(self.fields["goal"], [("", "none in particular"), *kept, *goals_of(names)])
        self.kept = {"objective": issue.objective, "kpi": issue.kpi}

    @property
    def words(self) -> Words:
        """The same for the action."""
        given = self.cleaned_data
        goal = _goal(given["goal"]) if "goal" in self.changed_data else self.kept
        return Words(title=given["title"], what=given["what"], severity=Severity(given["severity"]), **goal)


class ReasonForm(forms.Form):
    """Why a step is taken."""

    reason = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label


class ResolveForm(ReasonForm):
    """What was done about an issue, and where a minor miss took no corrective action, why it needs none."""

    why_no_correction = forms.CharField(
        required=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2}),
        label="Why it needs no corrective action",
        help_text="Only if there is none. The other side agrees to this when it confirms.",
    )  # fmt: skip

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not issue.may_do_without:
            del self.fields["why_no_correction"]


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
    is_private = forms.TypedChoiceField(
        choices=[("shared", "both sides"), ("private", "only our side; the other side never sees it")],
        coerce=lambda said: said == "private", initial="shared", widget=forms.RadioSelect, label="Who reads it",
    )  # fmt: skip


class TaskForm(forms.Form):
    """Something somebody of either side has to do."""

    what = forms.CharField(max_length=LONGEST_TASK, label="What is to be done")
    owner = forms.ChoiceField(label="By whom")
    due_on = DayField(label="By when")

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(side.value, _named(engagement, side)) for side in Side]
        choose(self.fields["owner"], [("", "choose one"), *people])


class TaskChangeForm(TaskForm):
    """A task as it stands, of which that can be changed which is for a side to change, and the turn that was read."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, task: Task, changes: Set[Change], **kwargs: Any) -> None:
        kwargs["initial"] = {
            "what": task.what, "owner": str(task.owner_id), "due_on": task.due_on, "seen": task.turn,
        }  # fmt: skip
        super().__init__(*args, engagement=task.engagement, **kwargs)
        needed = {"what": {Change.WORDS}, "owner": {Change.OWNER}, "due_on": {Change.EARLIER, Change.LATER}}
        for name, some in needed.items():  # what was sent was open when it was read, and is refused with a reason
            self.fields[name].disabled = name not in self.data and not changes & some
        if Change.SIDE not in changes:
            own = [(str(task.owner_id), task.owner.name)]
            people = own if self.fields["owner"].disabled else _named(task.engagement, Side(task.side))
            choose(self.fields["owner"], [("", "choose one"), *people])
        if Change.LATER not in changes:
            self.fields["due_on"].help_text = "An earlier day; the other side grants a later one."
        elif Change.EARLIER not in changes:
            self.fields["due_on"].help_text = f"A later day; only the {task.side} promises an earlier one."


def choose(field: forms.Field, choices: list[Any]) -> None:
    """Give a field what there is to choose from."""
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _goal(chosen: str) -> dict[str, str]:
    """A goal as it was chosen, by its kind."""
    kind, _, name = chosen.partition(":")
    return {"objective": "", "kpi": ""} | ({kind: name} if name else {})


def _named(engagement: Engagement, side: Side) -> list[tuple[str, str]]:
    return [(str(person.pk), f"{person.name}, {person.role_words}") for person in workers(engagement, side)]
