"""What people fill in about corrective actions."""

from collections.abc import Sequence
from typing import Any

from django import forms

from rapport.apps.accounts.models import Person
from rapport.apps.assurance.forms import ExactField
from rapport.apps.corrections.models import LONGEST_TEXT, MOST_PERIODS, Correction
from rapport.apps.engagements.queries import document_of, faults_of, version_in_force
from rapport.apps.issues.forms import choose
from rapport.apps.issues.queries import workers
from rapport.kit.fields import DayField
from rapport.kit.uploads import DocumentField


class WordsForm(forms.Form):
    """Something that is said with a step."""

    words = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, label: str, help_text: str = "", is_required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["words"]
        field.label, field.help_text, field.required = label, help_text, is_required


class CauseForm(forms.Form):
    """One answer to "why?", and what shows that it is so."""

    text = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2}), label="Because …")
    evidence = forms.CharField(
        required=False, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2}), label="What shows that it is so",
        help_text="The last answer of every chain needs it, in words or as a file.",
    )  # fmt: skip
    file = DocumentField(required=False, label="File that shows it", hint="Both sides see it.")


class OwnerForm(forms.Form):
    """Who of the reader's side sees to it."""

    owner = forms.TypedChoiceField(coerce=int, label="Who sees to it")

    def __init__(self, *args: Any, correction: Correction, actor: Person, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"owner": correction.owner_id or ""}} | kwargs)
        people = workers(correction.issue.engagement, actor.side)
        choose(self.fields["owner"], [("", "choose one"), *((one.pk, one.name) for one in people)])


class MeasureForm(forms.Form):
    """By what the effect is seen."""

    kpi = forms.ChoiceField(required=False, label="KPI that shows the effect")
    periods = forms.IntegerField(
        min_value=1, max_value=MOST_PERIODS, label="Periods that have to be met",
        help_text="Counted from the first period that begins after the work is claimed done.",
    )  # fmt: skip

    def __init__(self, *args: Any, correction: Correction, **kwargs: Any) -> None:
        initial = {"kpi": correction.proof_kpi, "periods": correction.proof_periods}
        super().__init__(*args, **{"initial": initial} | kwargs)
        kpis = dict(_kpis(correction))
        own = kpis.pop(correction.issue.kpi, None)
        usual = f"the KPI itself: {own}" if own else "none: the other side says whether it worked"
        choose(self.fields["kpi"], [("", usual), *kpis.items()])


class TargetForm(forms.Form):
    """What the KPI is to reach by a day."""

    target = ExactField(label="Interim target")
    until_on = DayField(label="Until")
    what = forms.CharField(required=False, max_length=200, label="What it takes")


def _kpis(correction: Correction) -> Sequence[tuple[str, str]]:
    """The KPIs of the agreement in force; one that this release cannot read any more has none."""
    version = version_in_force(correction.issue.engagement)
    if version is None or faults_of(version.text):
        return []
    return [(one.id, one.name) for one in document_of(version).agreement.kpis]
