"""Forms of the way in."""

from django import forms

from rapport.apps.portfolio.models import LONGEST_NAME


class ViewForm(forms.Form):
    """A name for the view of the portfolio that is on the page."""

    name = forms.CharField(max_length=LONGEST_NAME, label="Name of this view")
    is_shared = forms.BooleanField(label="For everybody in our organisation", required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
