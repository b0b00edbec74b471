"""What people fill in about feedback, ratings and support."""

from collections.abc import Sequence
from typing import Any

from django import forms

from rapport.apps.accounts.models import Person
from rapport.apps.engagements.models import Engagement
from rapport.apps.feedback.actions import Offer, Words
from rapport.apps.feedback.models import LONGEST_LINE, LONGEST_PERIOD, LONGEST_TEXT, Draft, Feedback, Promise, Rating
from rapport.apps.feedback.queries import issue_choices, measured_choices, meeting_choices
from rapport.apps.issues.forms import SEVERITIES, choose
from rapport.apps.issues.models import LONGEST_TITLE
from rapport.domain import feedback, support
from rapport.domain.issues import Severity
from rapport.domain.ratings import HIGHEST, LOWEST, Answer, Question
from rapport.kit.addresses import number
from rapport.kit.fields import DayField
from rapport.kit.uploads import DocumentField

_KINDS = [
    (feedback.Kind.RECOGNITION.value, "what was good: recognition"),
    (feedback.Kind.CHANGE.value, "what should change"),
]
_SUPPORT = [
    (support.Kind.TRAINING.value, "training"),
    (support.Kind.RESOURCES.value, "resources: people, tools or money"),
    (support.Kind.ACCESS.value, "access to systems, places or people"),
    (support.Kind.HELP.value, "help"),
]
_NOTHING = ("", "none")


def _text(label: str, rows: int = 3, help_text: str = "", *, required: bool = True) -> forms.CharField:
    area = forms.Textarea({"rows": rows})
    return forms.CharField(max_length=LONGEST_TEXT, widget=area, label=label, help_text=help_text, required=required)


def _turn() -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class SayForm(forms.Form):
    """Feedback in the form that people can take: what was seen, what effect it had, what is asked for.

    `turn` says which state of a draft was read.
    """

    turn = _turn()
    kind = forms.TypedChoiceField(choices=_KINDS, coerce=feedback.Kind, widget=forms.RadioSelect, label="You say")
    seen = _text("Observation", help_text="What did you see or hear, and when? No judgement yet.")
    effect = _text("Impact", 2, "What effect did it have? Needed to share it.", required=False)
    asked = _text("Request", 2, "What do you ask for? Needed for what should change.", required=False)
    people = forms.CharField(
        required=False, max_length=LONGEST_LINE, label="People or team who did well",
        help_text="For recognition. The names stand on record where both sides read them.",
    )  # fmt: skip
    measured = forms.ChoiceField(required=False, label="About a KPI's period")
    issue = forms.ChoiceField(required=False, label="About an issue")
    meeting = forms.ChoiceField(required=False, label="About a meeting")
    team = forms.CharField(
        required=False, max_length=LONGEST_LINE, label="About a team", help_text="Tie it to at least one of the four."
    )

    def __init__(
        self, *args: Any, actor: Person, engagement: Engagement, draft: Draft | None = None, **kw: Any
    ) -> None:
        start: dict[str, Any] = {"kind": feedback.Kind.RECOGNITION.value}
        kw["initial"] = _said_in(draft) if draft else start
        super().__init__(*args, **kw)
        periods = measured_choices(engagement)
        kept = self.initial.get("measured")
        if kept and not any(kept == value for _, choices in periods for value, _ in choices):
            periods = [("as in the draft", [(kept, kept.replace("|", ", "))]), *periods]
        choose(self.fields["measured"], [_NOTHING, *periods])
        issue, meeting = (draft.issue, draft.meeting) if draft else (None, None)
        choose(self.fields["issue"], [_NOTHING, *issue_choices(actor, engagement, issue)])
        choose(self.fields["meeting"], [_NOTHING, *meeting_choices(actor, engagement, meeting)])

    @property
    def words(self) -> Words:
        """What was filled in, as the action takes it."""
        given = self.cleaned_data
        kpi, _, period = given["measured"].partition("|")
        same = {name: given[name] for name in ("kind", "people", "team", "seen", "effect", "asked")}
        issue, meeting = number(given["issue"]), number(given["meeting"])
        return Words(kpi=kpi, period=period, issue=issue, meeting=meeting, **same)


def _said_in(draft: Draft) -> dict[str, Any]:
    said = {name: getattr(draft, name) for name in ("kind", "people", "team", "seen", "effect", "asked")}
    about = {"issue": draft.issue.number if draft.issue else "", "meeting": draft.meeting_id or "", "turn": draft.turn}
    return said | about | {"measured": f"{draft.kpi}|{draft.period}" if draft.kpi else ""}


class AnswerForm(forms.Form):
    """What the other side makes of feedback."""

    text = _text("Our answer", help_text="It is said once; both sides see it.")


class ReasonForm(forms.Form):
    """Why something is withdrawn or sent back."""

    reason = _text("Why", 2, "Both sides see it, and it stays.")


class RaiseForm(forms.Form):
    """An issue that comes of feedback."""

    title = forms.CharField(max_length=LONGEST_TITLE, label="What is off")
    severity = forms.TypedChoiceField(choices=SEVERITIES, coerce=Severity)

    def __init__(self, *args: Any, said: Feedback, **kwargs: Any) -> None:
        kwargs["initial"] = {"title": " ".join(said.asked.split())[:LONGEST_TITLE]}
        super().__init__(*args, **kwargs)


class OpenForm(forms.Form):
    """A round of ratings: about which period, and until when."""

    period = forms.CharField(max_length=LONGEST_PERIOD, label="Period that is rated", help_text="Such as a quarter.")
    closes_on = DayField(label="Both sides rate until", help_text="This day included.")


class RateForm(forms.Form):
    """A side's rating: each statement from 1 to 5, with a note or without.

    `turn` says which of the side's ratings was read.
    """

    turn = _turn()

    def __init__(self, *args: Any, questions: Sequence[Question], given: Rating | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.fields["turn"].initial = given.turn if given else 0
        said = given.said if given else {}
        for one in questions:
            answer = said.get(one.id)
            self.fields[one.id] = forms.TypedChoiceField(
                choices=[(score, _anchor(one, score)) for score in range(LOWEST, HIGHEST + 1)], coerce=int,
                widget=forms.RadioSelect, label=f"{one.name}: {one.statement}",
                initial=answer.score if answer else None,
            )  # fmt: skip
            note = _text(f"Note on {one.name.lower()}", 1, required=False)
            note.initial = answer.note if answer else ""
            self.fields[f"{one.id}_note"] = note

    @property
    def answers(self) -> dict[str, Answer]:
        """What was answered, by the id of the question."""
        given = self.cleaned_data
        return {one.id: Answer(given[one.id], given[f"{one.id}_note"]) for one in self.questions}

    @property
    def typed(self) -> list[tuple[Question, str, str]]:
        """What was filled in, whether it holds or not."""
        return [(one, self.data.get(one.id, ""), self.data.get(f"{one.id}_note", "")) for one in self.questions]


def _anchor(question: Question, score: int) -> str:
    words = {LOWEST: question.lowest, (LOWEST + HIGHEST) // 2: question.middle, HIGHEST: question.highest}
    return f"{score}: {words[score]}" if score in words else str(score)


class PromiseForm(forms.Form):
    """Support that is promised."""

    kind = forms.TypedChoiceField(choices=_SUPPORT, coerce=support.Kind, label="What kind of support")
    what = forms.CharField(max_length=LONGEST_LINE, label="What we give")
    recipient = forms.CharField(max_length=LONGEST_LINE, label="To whom")
    shows = forms.CharField(max_length=LONGEST_LINE, label="How one sees that it was given")
    due_on = DayField(label="By when")

    @property
    def offer(self) -> Offer:
        """What was filled in, as the action takes it."""
        return Offer(**self.cleaned_data)


class KeepForm(forms.Form):
    """How support was given."""

    note = _text("How it was given", 2, "When, to whom, and where that can be seen.")
    file = DocumentField(required=False, hint="Both sides see it.")


class MoveForm(forms.Form):
    """Another day that is asked for."""

    to = DayField(label="New day")
    reason = _text("Why", 2, "The other side reads it, and grants the day or declines it.")


class AnswerMoveForm(forms.Form):
    """Whether another day is granted, and the one that was read."""

    is_granted = forms.BooleanField(required=False, widget=forms.HiddenInput)
    seen = forms.DateField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, promise: Promise, is_granted: bool = True, **kwargs: Any) -> None:
        kwargs["initial"] = {"is_granted": is_granted, "seen": promise.proposed_on}
        super().__init__(*args, **kwargs)
