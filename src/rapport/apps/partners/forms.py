"""What people fill in about a partner."""

from typing import Any

from django import forms

from rapport.apps.partners.actions import LONGEST_NAME
from rapport.apps.partners.models import PartnerDocument
from rapport.kit.fields import DayField
from rapport.kit.uploads import DocumentField


class ProfileForm(forms.Form):
    """What is known about a partner; with the note only for those whose note it is."""

    website = forms.URLField(required=False, assume_scheme="https", help_text="Such as https://example.org.")
    about = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6}), label="About the company",
        help_text="What it does, where it works, how large it is. Both sides see this.",
    )  # fmt: skip
    note = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6}), label="Our note",
        help_text="Only administrators and managers of your own organisation see this.",
    )  # fmt: skip

    def __init__(self, *args: Any, has_note: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_note:
            del self.fields["note"]


class ContactForm(forms.Form):
    """Somebody at a partner who can be reached."""

    name = forms.CharField(max_length=LONGEST_NAME)
    position = forms.CharField(max_length=LONGEST_NAME, required=False, help_text="Such as “account manager”.")
    email = forms.EmailField(max_length=254, required=False, label="E-mail address")
    phone = forms.CharField(max_length=50, required=False)


class DocumentForm(forms.Form):
    """A document with its term."""

    kind = forms.ChoiceField(choices=PartnerDocument.kind.field.flatchoices, label="What it is")
    file = DocumentField()
    title = forms.CharField(
        max_length=LONGEST_NAME, required=False, help_text="Left empty, the name of the file is taken."
    )
    valid_from = DayField(label="Holds from")
    valid_until = DayField(label="Last day it holds", required=False, help_text="Left empty, it does not expire.")
