"""What people fill in about being told."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from rapport.domain.notices import Habits


class HabitsForm(forms.Form):
    """When somebody wants to be told."""

    is_mailed = forms.BooleanField(
        required=False, label="Send me mail", help_text="Otherwise everything is only shown under What changed."
    )
    zone = forms.CharField(max_length=60, label="Time zone", help_text="Such as Europe/London or America/New_York.")
    digest_at = forms.TimeField(
        label="Digest at", help_text="One mail a day with what can wait.", widget=forms.TimeInput({"type": "time"})
    )
    quiet_from = forms.TimeField(
        label="Quiet from", help_text="What is urgent waits until the end.", widget=forms.TimeInput({"type": "time"})
    )
    quiet_until = forms.TimeField(label="Quiet until", widget=forms.TimeInput({"type": "time"}))

    def clean_zone(self) -> str:
        """Say at the field that there is no such time zone."""
        zone: str = self.cleaned_data["zone"].replace(" ", "_")
        if zone not in available_timezones():
            raise forms.ValidationError(f"“{zone}” is no time zone; write one such as Europe/London.")
        return zone

    @classmethod
    def of(cls, habits: Habits) -> "HabitsForm":
        """The form as it is filled in so far."""
        times = {name: f"{getattr(habits, name):%H:%M}" for name in ("digest_at", "quiet_from", "quiet_until")}
        return cls(initial={"zone": habits.zone, "is_mailed": habits.is_mailed, **times})

    @property
    def habits(self) -> Habits:
        """What was filled in."""
        given: dict[str, Any] = self.cleaned_data
        return Habits(**given)
