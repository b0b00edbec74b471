"""Forms of the way in."""

from django import forms

from rapport.apps.partners.queries import plain_name
from rapport.apps.portfolio.models import LONGEST_NAME


class ViewForm(forms.Form):
    """A name for the view of the portfolio that is on the page."""

    name = forms.CharField(max_length=LONGEST_NAME, label="Name of this view")
    is_shared = forms.BooleanField(label="For everybody in our organisation", required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)

    def clean_name(self) -> str:
        """The name without what cannot be seen."""
        if not (name := plain_name(self.cleaned_data["name"])):
            raise forms.ValidationError("This name has nothing that can be read; write a word or two.")
        return name
