"""What people fill in about a channel."""

from typing import Any

from django import forms

from rapport.apps.accounts.models import Person
from rapport.apps.channels.queries import hearable_people


class ChannelForm(forms.Form):
    """Where somebody's notices go as well."""

    name = forms.CharField(max_length=100, help_text="What you call it here, such as “#service-desk”.")
    person = forms.ModelChoiceField(
        Person.objects.none(), label="Carries what is told to", empty_label=None,
        help_text="It says what this person may see at that moment, and falls silent when their account is closed.",
    )  # fmt: skip
    address = forms.CharField(
        max_length=2000, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    is_urgent_only = forms.BooleanField(
        required=False, label="Only urgent notices",
        help_text="Otherwise all of them, each at once: quiet hours and digests are for mail alone.",
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Person, hint: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.fields["person"]
        assert isinstance(people, forms.ModelChoiceField)
        people.queryset, people.initial = hearable_people(actor), actor.pk
        self.fields["address"].help_text = hint
