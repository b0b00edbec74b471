"""The forms of the parts of an agreement's document, one for each sort of part."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from rapport.apps.engagements.forms.fields import LinesField, NumberField, PartForm, RowForm
from rapport.domain.issues import FAILURES, USUAL_FAILURES
from rapport.domain.meetings import USUAL_MINUTES
from rapport.domain.periods import PeriodKind
from rapport.domain.rhythm import Rhythm
from rapport.domain.settlement import Window
from rapport.kit.fields import DayField

_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
         "sat": "Saturday", "sun": "Sunday"}  # fmt: skip

_RHYTHMS = [(rhythm.value, rhythm.value) for rhythm in Rhythm]
_RHYTHM_DAYS = (
    "Weekly: mon to sun. Otherwise a day from 1 to 28, or a weekday such as first tue or last fri; a quarter counts "
    "from its first month."
)


class BandRow(RowForm):
    """A band: a named stretch of values."""

    name = forms.CharField(max_length=200, label="Band")
    edge = NumberField(required=False, label="Edge")
    score = NumberField(required=False, label="Score")
    target = forms.BooleanField(required=False, label="Target")


class RampRow(RowForm):
    """A target that holds until a day."""

    until = DayField(label="Until")
    target = NumberField(label="Target")


class ExclusionRow(RowForm):
    """Records both companies agreed not to count."""

    name = forms.CharField(max_length=200, label="What is not counted")
    when = forms.CharField(max_length=4000, label="Condition")


class LevelRow(RowForm):
    """A level of the escalation ladder."""

    name = forms.CharField(max_length=200, label="Level")
    client = forms.CharField(max_length=200, label="For the client")
    partner = forms.CharField(max_length=200, label="For the partner")
    within = forms.CharField(max_length=30, label="Time allowed")
    approves = NumberField(required=False, label="May approve")


class NeedForm(PartForm):
    """A level of the hierarchy of needs."""

    name = forms.CharField(max_length=200)
    level = forms.IntegerField(
        min_value=1, max_value=20, help_text="Level 1 comes first; a higher level does not make up for it."
    )


class ObjectiveForm(PartForm):
    """A business objective."""

    name = forms.CharField(max_length=200)
    need = forms.ChoiceField(required=False, help_text="The need it serves.")


class OutcomeForm(PartForm):
    """What the relationship is to fulfil."""

    statement = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    levels = forms.TypedMultipleChoiceField(
        coerce=int, label="Levels of needs to be fulfilled", widget=forms.CheckboxSelectMultiple
    )


class KpiForm(PartForm):
    """A KPI, as far as a form can show it."""

    places: ClassVar = {"period": ("period", "kind")}
    name = forms.CharField(max_length=200)
    description = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    objective = forms.ChoiceField(required=False)
    need = forms.ChoiceField(required=False)
    period = forms.ChoiceField(choices=[(kind.value, kind.value.replace("_", " ")) for kind in PeriodKind])
    direction = forms.ChoiceField(choices=[("higher", "higher is better"), ("lower", "lower is better")])
    unit = forms.CharField(required=False, max_length=50)
    minimum = NumberField(required=False, label="Minimum level", help_text="A worse value has failed at once.")
    weight = NumberField(required=False, help_text="Its share in the weighted score beside the others; 1 unless given.")
    low_volume = forms.IntegerField(
        required=False, min_value=1, label="Low-volume guard", help_text="With fewer records it is shown, not judged."
    )
    tolerance = NumberField(
        required=False, help_text="How far the figures of both sides may lie apart and still agree; half of the last "
        "decimal unless given.",
    )  # fmt: skip
    measured_by = forms.ChoiceField(
        required=False, choices=[("", "both sides"), ("client", "the client"), ("partner", "the partner")]
    )


class SettlingForm(PartForm):
    """How long each side has after a period."""

    report = forms.CharField(
        required=False, max_length=30, label="For the partner to state its figures",
        help_text=f"Whole calendar days, such as 10d; {Window().report}d if empty, 0d for no time.",
    )  # fmt: skip
    verify = forms.CharField(required=False, max_length=30, label="Then for the client to verify them")
    settle = forms.CharField(required=False, max_length=30, label="Then for both to settle what differs")


class IssuesForm(PartForm):
    """What is put on the issue list by itself."""

    raised_for = forms.MultipleChoiceField(
        required=False, label="Put on the list by itself", choices=FAILURES, widget=forms.CheckboxSelectMultiple,
        help_text="With none of them, nothing is raised by itself.",
    )  # fmt: skip
    rhythm = forms.ChoiceField(
        required=False, label="How often an edition is made", choices=[("", "not by itself"), *_RHYTHMS]
    )
    day = forms.CharField(required=False, max_length=20, help_text=_RHYTHM_DAYS)

    def __init__(self, *args: Any, part: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, part=part, **kwargs)
        if part.get("raised_for") is None:
            self.initial["raised_for"] = list(USUAL_FAILURES)

    def value(self) -> dict[str, Any]:
        """The part with what was filled in; that nothing is raised has to be written, or the usual would be."""
        part = super().value()
        if "raised_for" not in self.fields:
            return part
        given, written = self.cleaned_data["raised_for"], self.part.get("raised_for")
        if set(given) == set(USUAL_FAILURES if written is None else written):
            given = written
        if given is None:
            part.pop("raised_for", None)
        else:
            part["raised_for"] = given
        return part


class CommunicationForm(PartForm):
    """A meeting or a report."""

    name = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=[("meeting", "a meeting"), ("report", "a report")])
    client = LinesField(label="Who for the client", help_text="People or roles, one a line.")
    partner = LinesField(label="Who for the partner", help_text="People or roles, one a line.")
    rhythm = forms.ChoiceField(label="How often", choices=_RHYTHMS)
    day = forms.CharField(max_length=20, help_text=_RHYTHM_DAYS)
    at = forms.RegexField(
        r"^([01][0-9]|2[0-3]):[0-5][0-9]$", required=False, label="When a meeting begins",
        error_messages={"invalid": "Write a time of day such as 10:00."}, widget=forms.TextInput({"type": "time"}),
        help_text="In the agreement's time zone; on the whole day if empty.",
    )  # fmt: skip
    minutes = forms.IntegerField(
        required=False, min_value=5, max_value=720, label="How many minutes it takes",
        help_text=f"{USUAL_MINUTES} if empty.",
    )  # fmt: skip
    channel = forms.CharField(max_length=200, help_text="A room, a video call, e-mail.")
    sent_by = forms.ChoiceField(
        required=False, label="Who owes a report", choices=[("", "the partner"), ("client", "the client")]
    )


class EscalationForm(PartForm):
    """An escalation plan without its levels."""

    places: ClassVar = {"client": ("executive", "client"), "partner": ("executive", "partner")}
    name = forms.CharField(max_length=200, help_text="What goes wrong.")
    objectives = forms.MultipleChoiceField(
        required=False, label="Objectives it covers", widget=forms.CheckboxSelectMultiple
    )
    kpis = forms.MultipleChoiceField(
        required=False, label="KPIs it covers", widget=forms.CheckboxSelectMultiple,
        help_text="With neither objectives nor KPIs it covers everything.",
    )  # fmt: skip
    calendar = forms.ChoiceField(required=False, help_text="The working hours in which the time allowed counts.")
    client = forms.CharField(max_length=200, label="Executive of the client")
    partner = forms.CharField(max_length=200, label="Executive of the partner")


class DutyForm(PartForm):
    """Something the client owes."""

    name = forms.CharField(max_length=200)
    what = forms.CharField(
        max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text="What exactly the client gives or does."
    )
    due = forms.CharField(max_length=200, required=False, help_text="By when, in words.")
    kpi = forms.ChoiceField(required=False, label="Measured by")
    relieves = forms.MultipleChoiceField(
        required=False, label="Clocks it relieves when it fails", widget=forms.CheckboxSelectMultiple,
        help_text="Only clocks that say where such times are recorded (relief) can be relieved.",
    )  # fmt: skip


class CalendarForm(PartForm):
    """Working hours of a week, and whose holidays are closed."""

    places: ClassVar = {
        **{day: ("hours", day) for day in _DAYS},
        "country": ("holidays", "country"),
        "subdivision": ("holidays", "subdivision"),
    }
    mon = forms.CharField(
        required=False, max_length=100, label="Monday", help_text="Such as 09:00-17:00 or 08:00-12:00, 13:00-17:00."
    )
    tue = forms.CharField(required=False, max_length=100, label="Tuesday")
    wed = forms.CharField(required=False, max_length=100, label="Wednesday")
    thu = forms.CharField(required=False, max_length=100, label="Thursday")
    fri = forms.CharField(required=False, max_length=100, label="Friday")
    sat = forms.CharField(required=False, max_length=100, label="Saturday")
    sun = forms.CharField(required=False, max_length=100, label="Sunday")
    country = forms.CharField(
        required=False, max_length=10, label="Public holidays of", help_text="A country's code such as GB."
    )
    subdivision = forms.CharField(required=False, max_length=10, label="Region", help_text="Such as ENG.")

    def __init__(self, *args: Any, part: Mapping[str, Any], **kwargs: Any) -> None:
        self.given = part
        super().__init__(*args, part={**part, "hours": week_of(part.get("hours"))}, **kwargs)

    def value(self) -> dict[str, Any]:
        """The calendar with equal neighbouring days written as spans; hours that were left alone stay as written."""
        part = super().value()
        is_same = week_of(part.get("hours")) == week_of(self.given.get("hours"))
        return {
            **part,
            "hours": self.given["hours"] if is_same and "hours" in self.given else spans_of(part.get("hours") or {}),
        }


class SourceForm(PartForm):
    """How the records of a source are delivered and read; its columns stay in the text."""

    delivered_by = forms.ChoiceField(
        required=False, label="Delivered by", choices=[("", "either side"), ("partner", "the partner"),
                                                       ("client", "the client")],
    )  # fmt: skip
    format = forms.ChoiceField(
        label="Format of its files",
        choices=[("csv", "CSV"), ("xlsx", "Excel (XLSX)"), ("parquet", "Parquet"), ("jsonl", "JSON Lines"),
                 ("xes", "XES")],
    )  # fmt: skip
    key = forms.CharField(max_length=200, help_text="The column that tells one record from another.")
    opened = forms.CharField(
        required=False, max_length=200, label="Opened",
        help_text="The column with the time that decides whether a record lies within the term.",
    )  # fmt: skip
    delimiter = forms.CharField(
        required=False, max_length=1, strip=False,
        help_text="Between the cells of a CSV; a comma if empty. A tab cannot be seen here, and is kept.",
    )  # fmt: skip
    encoding = forms.CharField(required=False, max_length=40, help_text="Such as iso-8859-1; utf-8 if empty.")
    sheet = forms.CharField(required=False, max_length=200, help_text="Of an Excel file; the first one if empty.")
    time_zone = forms.CharField(
        required=False, max_length=60, label="Time zone", help_text="Of times without one; the agreement's if empty."
    )
    date_formats = LinesField(
        required=False, label="How times are written", help_text="One a line, tried in order, such as %d/%m/%Y %H:%M."
    )
    nulls = LinesField(required=False, label="Words for no value", help_text="One a line, besides an empty cell.")
    reject_limit = forms.CharField(
        required=False, max_length=20, label="Unusable rows at most",
        help_text="The share up to which the rest is used, such as 1%; none if empty.",
    )  # fmt: skip


FORMS: Mapping[str, tuple[type[PartForm], Mapping[str, tuple[type[RowForm], str]]]] = {
    "outcome": (OutcomeForm, {}),
    "needs": (NeedForm, {}),
    "objectives": (ObjectiveForm, {}),
    "kpis": (
        KpiForm,
        {
            "bands": (BandRow, "Bands, from worst to best"),
            "ramp": (RampRow, "Ramp: easier targets at first"),
            "exclusions": (ExclusionRow, "What is not counted"),
        },
    ),
    "settling": (SettlingForm, {}),
    "issues": (IssuesForm, {}),
    "communication": (CommunicationForm, {}),
    "escalation": (EscalationForm, {"levels": (LevelRow, "Levels, from the first on")}),
    "duties": (DutyForm, {}),
    "calendars": (CalendarForm, {}),
    "sources": (SourceForm, {}),
}


def week_of(hours: object) -> dict[str, str]:
    """Hours by day from hours as the document writes them, spans of days such as mon-fri taken apart."""
    if hours == "24x7":
        return dict.fromkeys(_DAYS, "00:00-24:00")
    week: dict[str, str] = {}
    names = list(_DAYS)
    for days, text in hours.items() if isinstance(hours, Mapping) else ():
        first, _, last = str(days).strip().lower().partition("-")
        if first in names and (last or first) in names:
            week |= dict.fromkeys(names[names.index(first) : names.index(last or first) + 1], str(text))
    return week


def spans_of(week: Mapping[str, str]) -> dict[str, str]:
    """Hours as the document writes them: neighbouring days with the same hours as one span."""
    spans: list[tuple[str, str, str]] = []
    previous = ""
    for day in _DAYS:
        if text := week.get(day):
            if spans and spans[-1][2] == text and spans[-1][1] == previous:
                spans[-1] = (spans[-1][0], day, text)
            else:
                spans.append((day, day, text))
        previous = day
    return {first if first == last else f"{first}-{last}": text for first, last, text in spans}
